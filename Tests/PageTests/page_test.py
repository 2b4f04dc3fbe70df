"""The page at / in a real browser: scripts/test-page runs this beside a server.

The environment: IDGEN_URL, where the server is; SCREENSHOTS, a folder to write pictures to;
ID_LAYOUT, the layout of the server's IDs: a preset of those below, or bits such as 41/10/12.
"""

import datetime
import json
import os
import unittest

from chromium import Chromium, Tab

URL = os.environ["IDGEN_URL"] + "/"
LAYOUT = os.environ.get("ID_LAYOUT", "default")


class Layout:
    """The fields of an ID, by their figures in docs; no code is shared with the server."""

    def __init__(self, timestamp, machine, sequence, epoch=1704067200000, unit=1,
                 sequenceFirst=False):
        self.bits = {"timestamp": timestamp, "machine": machine, "sequence": sequence}
        self.epoch, self.unit, self.sequenceFirst = epoch, unit, sequenceFirst
        order = ["machine", "sequence"] if sequenceFirst else ["sequence", "machine"]
        self.shifts = {order[0]: 0, order[1]: self.bits[order[0]],
                       "timestamp": machine + sequence}
        self.maximum = (1 << timestamp + machine + sequence) - 1

    def field(self, name, number):
        return number >> self.shifts[name] & (1 << self.bits[name]) - 1

    def id(self, milliseconds, machine, sequence):
        return ((milliseconds - self.epoch) // self.unit << self.shifts["timestamp"]
                | machine << self.shifts["machine"] | sequence << self.shifts["sequence"])

    def time(self, number):
        milliseconds = self.epoch + self.field("timestamp", number) * self.unit
        time = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.timezone.utc)
        return f"{time:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"


if "/" in LAYOUT:
    layout = Layout(*map(int, LAYOUT.split("/")))
else:
    layout = {
        "default": Layout(41, 10, 12),
        "javascript": Layout(41, 6, 6),
        "sonyflake": Layout(39, 16, 8, epoch=1409529600000, unit=10, sequenceFirst=True),
    }[LAYOUT]
EXAMPLE = str(layout.id(1769689174499, 1, 0))
NEXT = str(layout.id(1769689174499, 1, 1))

# The bits, as the picture shows them, and the parts beside it.
PICTURE = """(root => [
  [...root.querySelectorAll('i')].map(cell => cell.textContent).join(''),
  root.querySelector('.parts .timestamp .value').textContent,
  Number(root.querySelector('.milliseconds').textContent),
  Number(root.querySelector('.parts .machine .value').textContent),
  Number(root.querySelector('.parts .sequence .value').textContent),
])(document.querySelector('%s .anatomy'))"""


def setUpModule():
    global browser
    browser = Chromium().__enter__()
    unittest.addModuleCleanup(browser.__exit__)


class PageTest(unittest.TestCase):
    def tab(self, **options):
        tab = Tab(browser, **options)
        self.addCleanup(tab.close)
        tab.open(URL)
        return tab

    def decode(self, tab, text):
        tab.evaluate("paste.value = ''")
        tab.evaluate("paste.focus()")
        tab.type(text)

    def expectPicture(self, tab, root, number):
        """The picture is that of the number, by arithmetic of our own."""
        bits, _, timestamp, machine, sequence = tab.evaluate(PICTURE % root)
        self.assertEqual(bits, f"{number:064b}")
        self.assertEqual(timestamp, layout.field("timestamp", number))
        self.assertEqual(machine, layout.field("machine", number))
        self.assertEqual(sequence, layout.field("sequence", number))
        lit = tab.evaluate(f"""[...document.querySelectorAll('{root} i')].map(
            cell => cell.classList.contains('on') ? 1 : 0).join('')""")
        self.assertEqual(lit, bits)


class Live(PageTest):
    def test_idsArriveAndTheirBitsChange(self):
        tab = self.tab()
        # The picture must be of the ID beside it, so both are read before the next comes.
        tab.evaluate("pause.click()")
        first = int(tab.evaluate("document.querySelector('.id').textContent"))
        self.expectPicture(tab, "#live", first)
        tab.evaluate("pause.click()")
        tab.waitFor(f"document.querySelector('.id').textContent != '{first}'")
        tab.evaluate("pause.click()")
        second = int(tab.evaluate("document.querySelector('.id').textContent"))
        self.assertGreater(second, first)
        self.expectPicture(tab, "#live", second)

    def test_sayWhoAndHow(self):
        tab = self.tab()
        self.assertEqual(tab.evaluate("document.title"), "idgen, machine 1")
        tab.waitFor("document.querySelector('#ready').textContent == 'ready'")
        # A rate takes two looks.
        tab.waitFor(r"/^[\d,]+$/.test(document.querySelector('#rate').textContent)")

    def test_saysWhatIsWrong(self):
        tab = self.tab()
        text = "document.querySelector('#ready').textContent"
        tab.waitFor(f"{text} == 'ready'")
        tab.evaluate("""window.fetch = (real => (url, ...rest) => url == '/ready'
            ? Promise.resolve(new Response('{"code": "clock_behind"}', { status: 503 }))
            : real(url, ...rest))(window.fetch)""")
        tab.waitFor(f"{text} == 'clock behind'")
        tab.evaluate("""window.fetch = (real => (url, ...rest) => url == '/ready'
            ? Promise.resolve(new Response('', { status: 404 }))
            : real(url, ...rest))(window.fetch)""")
        tab.waitFor(f"{text} == 'unknown'")

    def test_saysThatTheServerDoesNotRespondUntilItDoes(self):
        tab = self.tab()
        state = "document.querySelector('#ready').textContent"
        rate = "document.querySelector('#rate').textContent"
        for name, conditions in [("gone", {"offline": True, "latency": 0}),
                                 ("hangs", {"offline": False, "latency": 600_000})]:
            with self.subTest(name):
                tab.waitFor(f"{state} == 'ready' && /[0-9]/.test({rate})")
                tab.call("Network.emulateNetworkConditions", **conditions,
                         downloadThroughput=-1, uploadThroughput=-1)
                tab.waitFor(f"{state} == 'does not respond'")
                self.assertEqual(tab.evaluate(rate), "–")
                self.assertEqual(tab.evaluate("document.querySelector('#ready').className"), "no")
                tab.call("Network.emulateNetworkConditions", offline=False, latency=0,
                         downloadThroughput=-1, uploadThroughput=-1)
        tab.waitFor(f"{state} == 'ready' && /[0-9]/.test({rate})")

    def test_nothingIsWrongAndNothingIsFromElsewhere(self):
        tab = self.tab()
        tab.waitFor("document.querySelector('#ready').textContent == 'ready'")
        self.decode(tab, EXAMPLE)
        self.assertEqual(tab.complaints(), [])
        elsewhere = [url for url in tab.requestedURLs() if not url.startswith((URL, "data:"))]
        self.assertEqual(elsewhere, [])
        self.assertIn(URL + "id?format=string", tab.requestedURLs())

    def test_policyStopsWhatIsNotThePages(self):
        tab = self.tab()
        tab.evaluate("""document.body.append(Object.assign(
            document.createElement('script'), { textContent: 'window.stolen = true' }))""")
        self.assertFalse(tab.evaluate("'stolen' in window"))
        self.assertIn("Content Security Policy", str(tab.complaints()))


class Decoder(PageTest):
    CASES = [(text, int(text)) for text in [
        EXAMPLE, NEXT, "0", str(layout.maximum), str(min((1 << 53) + 1, layout.maximum - 1)),
    ]] + [
        (f'  "{EXAMPLE}",\t', int(EXAMPLE)), (f"'{EXAMPLE}';", int(EXAMPLE)),
        # What the server responds. JSON.parse would round these numbers above 2^53.
        (f'{{"id": {NEXT}, "machine_id": 1}}', int(NEXT)),
        (f'{{"id": "{NEXT}", "machine_id": 1}}', int(NEXT)),
        (f'{{"id": {NEXT}, "timestamp_ms": 65621974499, '
         '"timestamp": "2026-01-29T12:19:34.499Z", "machine_id": 1, "sequence": 1}', int(NEXT)),
        (f'{{"ids": [{NEXT}], "machine_id": 1}}', int(NEXT)),
        (f'{{"machine_id":1,"note":"\\"12, 13","id":{NEXT}}}', int(NEXT)),
    ]

    def test_exactly(self):
        tab = self.tab()
        for text, number in self.CASES:
            with self.subTest(text):
                self.decode(tab, text)
                self.assertFalse(tab.evaluate("decoded.hidden"))
                self.expectPicture(tab, "#decoded", number)
                self.assertEqual(tab.evaluate(PICTURE % "#decoded")[1], layout.time(number))
                self.assertEqual(tab.evaluate("paste.getAttribute('aria-invalid')"), "false")

    def test_saysWhatJavaScriptWouldMakeOfIt(self):
        tab = self.tab()
        for number in [int(EXAMPLE), int(NEXT), layout.maximum, layout.maximum - 1, 4097]:
            with self.subTest(number):
                self.decode(tab, str(number))
                rounded = int(float(number))
                if rounded == number:
                    self.assertNotIn("would become", tab.evaluate("note.textContent"))
                else:
                    self.assertIn(f"would become {rounded}.", tab.evaluate("note.textContent"))
        self.decode(tab, EXAMPLE)
        self.assertIn(
            "Thursday, 29 January 2026 at 12:19:34 UTC.", tab.evaluate("note.textContent"))

    def test_saysWhetherJavaScriptRounds(self):
        tab = self.tab()
        text = tab.evaluate("document.body.innerText")
        isExact = layout.maximum <= 1 << 53
        self.assertEqual("JavaScript, which rounds numbers above 253" in text, not isExact)
        self.assertEqual("exact in JavaScript too" in text, isExact)

    def test_takesTheFirstOfSeveral(self):
        tab = self.tab()
        for text in [
            f'{{"ids": [{NEXT}, {EXAMPLE}, {EXAMPLE}], "machine_id": 1}}',
            f'["{NEXT}", "{EXAMPLE}", "{EXAMPLE}"]',
        ]:
            with self.subTest(text):
                self.decode(tab, text)
                self.expectPicture(tab, "#decoded", int(NEXT))
                self.assertRegex(tab.evaluate("note.textContent"), "^The first of 3 IDs. ")

    def test_refuses(self):
        tab = self.tab()
        notAnID = f"This is not an ID. An ID is a whole number from 0 to {layout.maximum}."
        tooGreat = str(layout.maximum + 1)
        severalNumbers = (
            "This is more than one number. Paste one ID, without spaces or commas in it.")
        noID = 'This JSON has no ID in "id" or "ids".'
        for message, texts in [
            (notAnID, ["x", "-1", "1.5", "1e3", "0x10", tooGreat, "1" * 100, "١",
                       "null", "true", '"', "{", '{"id": 1.5}', "1_000", "1'000"]),
            (severalNumbers, ["1 2", "12,34", "12, 34", "275 238 510 129 057 792", "1;2", "1,,2",
                              "275,238,510,129,057,792", "1\t2"]),
            (noID, ["{}", "[]", '{"ids": []}', '{"machine_id": 1}', '{"id": null}',
                    '{"id": "x"}', f'{{"id": {tooGreat}}}',
                    '{"title": "Service Unavailable", "status": 503, "code": "draining"}']),
        ]:
            for text in texts:
                with self.subTest(text):
                    self.decode(tab, text)
                    self.assertTrue(tab.evaluate("decoded.hidden"))
                    self.assertEqual(tab.evaluate("paste.getAttribute('aria-invalid')"), "true")
                    self.assertEqual(tab.evaluate("note.textContent"), message)
        for empty in ["", "  "]:
            tab.evaluate(f"paste.value = '{empty}'; decode()")
            self.assertEqual(tab.evaluate("note.textContent"), "")
            self.assertEqual(tab.evaluate("paste.getAttribute('aria-invalid')"), "false")

    def test_takesSeveralLines(self):
        """From the clipboard: the browser would remove line breaks, and so join two numbers."""
        tab = self.tab()
        tab.call("Browser.grantPermissions",
                 permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
                 browserContextId=tab.context)
        for text, value in [
            (f'{{\n  "id": {NEXT},\n  "machine_id": 1\n}}\n',
             f'{{ "id": {NEXT}, "machine_id": 1 }}'),
            (NEXT + "\n", NEXT),
            ("12\n34\n", "12 34"),
        ]:
            with self.subTest(text):
                tab.evaluate(f"navigator.clipboard.writeText({json.dumps(text)})")
                self.decode(tab, "")
                tab.press("v", commands=["paste"])
                self.assertEqual(tab.evaluate("paste.value"), value)
                self.assertEqual(tab.evaluate("decoded.hidden"), value == "12 34")

    def test_escapeClears(self):
        tab = self.tab()
        for text in [EXAMPLE, "x"]:
            with self.subTest(text):
                self.decode(tab, text)
                tab.press("Escape")
                self.assertEqual(tab.evaluate("paste.value"), "")
                self.assertEqual(tab.evaluate("note.textContent"), "")
                self.assertTrue(tab.evaluate("decoded.hidden"))
                self.assertEqual(tab.evaluate("document.activeElement.id"), "paste")


class Keyboard(PageTest):
    def test_reachesEverything(self):
        tab = self.tab()
        reached = []
        for _ in range(10):
            tab.press("Tab")
            reached.append(tab.evaluate(
                "document.activeElement.id || document.activeElement.textContent"))
            self.assertNotEqual(
                tab.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "none")
        self.assertEqual(reached, ["pause", "paste"] + ["Copy"] * 5
                         + ["API description", "metrics", "Readiness"])

    def test_pausesDecodesAndCopies(self):
        tab = self.tab()
        tab.call("Browser.grantPermissions",
                 permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
                 browserContextId=tab.context)
        tab.press("Tab")
        tab.press("Enter")
        self.assertEqual(tab.evaluate("pause.textContent"), "Resume")
        tab.press("Tab")
        tab.type("4096")
        self.expectPicture(tab, "#decoded", 4096)
        tab.press("Tab")
        tab.press(" ")
        tab.waitFor("document.activeElement.textContent == 'Copied'")
        self.assertEqual(
            tab.evaluate("navigator.clipboard.readText()"), f"curl {URL}id")
        self.assertEqual(tab.complaints(), [])


class WithoutScript(PageTest):
    def test_showsOneIDAndItsParts(self):
        tab = self.tab(script=False)
        number = int(tab.evaluate("document.querySelector('.id').textContent"))
        self.expectPicture(tab, "#live", number)
        self.assertEqual(layout.field("machine", number), 1)
        text = tab.evaluate("document.body.innerText")
        for name, words in [("machine", "0 to %d"), ("sequence", "0 to %d per")]:
            self.assertIn(words % ((1 << layout.bits[name]) - 1), text)
        self.assertIn("Load the page again", text)
        for absent in ["Pause", "Decode", "Copy", "…", "{{"]:
            self.assertNotIn(absent, text)


class Appearance(PageTest):
    def test_fitsEveryWidth(self):
        for script in [True, False]:
            tab = self.tab(script=script)
            if script:
                self.decode(tab, str(layout.maximum))
            for width in [320, 360, 414, 600, 768, 900, 1280, 1920]:
                with self.subTest(width=width, script=script):
                    tab.resize(width)
                    self.assertLessEqual(
                        tab.evaluate("document.documentElement.scrollWidth"), width)
                    # One line, and no cell so narrow that its digit does not fit.
                    self.assertLess(tab.evaluate(HEIGHT_IN_LINES), 1.5)
                    self.assertGreaterEqual(tab.evaluate(
                        "document.querySelector('.bits i').getBoundingClientRect().width"), 9)
                    # The words below a field are not wider than their place.
                    self.assertEqual(tab.evaluate(OVERFLOWING), [])

    def test_partsAreBelowTheirBits(self):
        tab = self.tab()
        self.assertEqual(tab.evaluate("document.querySelectorAll('#live .sign i').length"),
                         64 - sum(layout.bits.values()))
        for name, bits in layout.bits.items():
            self.assertEqual(
                tab.evaluate(f"document.querySelectorAll('#live .{name} i').length"), bits)
        isStacked = tab.evaluate("document.querySelector('.parts').matches('.stacked')")
        self.assertEqual(isStacked, layout.bits["timestamp"] < 22
                         or min(layout.bits["machine"], layout.bits["sequence"]) < 6)
        for name in layout.bits if not isStacked else []:
            with self.subTest(name):
                [first, last, part] = tab.evaluate(SPAN % name)
                self.assertAlmostEqual(first, part[0], delta=1)
                self.assertAlmostEqual(last, part[1], delta=1)

    def test_contrast(self):
        """WCAG 2.2, 1.4.3: text against what is behind it, 4.5 to 1 at least."""
        for dark in [False, True]:
            tab = self.tab(dark=dark)
            self.decode(tab, "x")
            for name in ["ink", "soft", "timestamp", "machine", "sequence", "alarm"]:
                with self.subTest(name, dark=dark):
                    ratio = tab.evaluate(CONTRAST % f"--{name}")
                    self.assertGreaterEqual(ratio, 4.5)

    def test_screenshots(self):
        folder = os.environ["SCREENSHOTS"]
        os.makedirs(folder, exist_ok=True)
        pictures = [
            ("light", {}), ("dark", {"dark": True}), ("phone-light", {"width": 360}),
            ("phone-dark", {"width": 360, "dark": True}), ("without-script", {"script": False}),
        ]
        if LAYOUT != "default":
            pictures = [("page-" + LAYOUT.replace("/", "-"), {})]
        for name, options in pictures:
            with self.subTest(name):
                tab = self.tab(**options)
                if options.get("script", True):
                    self.decode(tab, EXAMPLE)
                    tab.evaluate("paste.blur()")
                    tab.waitFor(r"/\d/.test(document.querySelector('#rate').textContent)")
                path = os.path.join(folder, f"{name}.png")
                tab.screenshot(path)
                self.assertGreater(os.path.getsize(path), 10_000)


OVERFLOWING = """[...document.querySelectorAll('.parts > div, .parts dt, .parts dd')]
  .filter(part => part.scrollWidth > part.clientWidth + 1).map(part => part.textContent)"""

# Where the bits of a field begin and end, and the part below them.
SPAN = """(name => {
  const box = part => part.getBoundingClientRect();
  const cells = [...document.querySelectorAll(`#live .${name} i`)];
  const part = box(document.querySelector(`#live .parts .${name}`));
  return [box(cells[0]).left, box(cells.at(-1)).right, [part.left, part.right]];
})('%s')"""

HEIGHT_IN_LINES = """(id => id.getBoundingClientRect().height
  / parseFloat(getComputedStyle(id).lineHeight))(document.querySelector('.id'))"""

# The lowest contrast of a colour to the page and to what is raised above it.
CONTRAST = """(() => {
  const probe = document.body.appendChild(document.createElement('b'));
  const luminance = name => {
    probe.style.color = `var(${name})`;
    const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(value => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return Math.min(...['--paper', '--raised'].map(behind => {
    const [low, high] = [luminance('%s'), luminance(behind)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }));
})()"""


if __name__ == "__main__":
    unittest.main(verbosity=2)
