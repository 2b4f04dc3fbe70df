"""The page at / in a real browser: scripts/test-page runs this beside a server.

The environment: IDGEN_URL, where the server is; SCREENSHOTS, a folder to write pictures to.
"""

import json
import os
import unittest

from chromium import Chromium, Tab

URL = os.environ["IDGEN_URL"] + "/"
EXAMPLE = "275238510129057792"

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
        bits, _, milliseconds, machine, sequence = tab.evaluate(PICTURE % root)
        self.assertEqual(bits, f"{number:064b}")
        self.assertEqual(milliseconds, number >> 22)
        self.assertEqual(machine, number >> 12 & 1023)
        self.assertEqual(sequence, number & 4095)
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
    CASES = [
        (EXAMPLE, int(EXAMPLE), "2026-01-29T12:19:34.499Z"),
        ("275238510129057793", 275238510129057793, "2026-01-29T12:19:34.499Z"),
        ("9223372036854775807", (1 << 63) - 1, "2093-09-06T15:47:35.551Z"),
        ("9007199254740993", (1 << 53) + 1, "2024-01-25T20:31:23.648Z"),
        ("0", 0, "2024-01-01T00:00:00.000Z"),
        ('  "275238510129057792",\t', int(EXAMPLE), "2026-01-29T12:19:34.499Z"),
        ("'275238510129057792';", int(EXAMPLE), "2026-01-29T12:19:34.499Z"),
        # What the server responds. JSON.parse would round each of these numbers.
        ('{"id": 275238510129057793, "machine_id": 1}', int(EXAMPLE) + 1,
         "2026-01-29T12:19:34.499Z"),
        ('{"id": "275238510129057793", "machine_id": 1}', int(EXAMPLE) + 1,
         "2026-01-29T12:19:34.499Z"),
        ('{"id": 275238510129057793, "timestamp_ms": 65621974499, '
         '"timestamp": "2026-01-29T12:19:34.499Z", "machine_id": 1, "sequence": 1}',
         int(EXAMPLE) + 1, "2026-01-29T12:19:34.499Z"),
        ('{"ids": [275238510129057793], "machine_id": 1}', int(EXAMPLE) + 1,
         "2026-01-29T12:19:34.499Z"),
        ('{"machine_id":1,"note":"\\"12, 13","id":275238510129057793}', int(EXAMPLE) + 1,
         "2026-01-29T12:19:34.499Z"),
    ]

    def test_exactly(self):
        tab = self.tab()
        for text, number, time in self.CASES:
            with self.subTest(text):
                self.decode(tab, text)
                self.assertFalse(tab.evaluate("decoded.hidden"))
                self.expectPicture(tab, "#decoded", number)
                self.assertEqual(tab.evaluate(PICTURE % "#decoded")[1], time)
                self.assertEqual(tab.evaluate("paste.getAttribute('aria-invalid')"), "false")

    def test_saysWhatJavaScriptWouldMakeOfIt(self):
        tab = self.tab()
        self.decode(tab, "275238510129057793")
        self.assertIn("would become 275238510129057792.", tab.evaluate("note.textContent"))
        self.decode(tab, EXAMPLE)  # A multiple of 4096: it happens to be exact.
        self.assertNotIn("would become", tab.evaluate("note.textContent"))
        self.assertIn(
            "Thursday, 29 January 2026 at 12:19:34 UTC.", tab.evaluate("note.textContent"))

    def test_takesTheFirstOfSeveral(self):
        tab = self.tab()
        for text in [
            '{"ids": [275238510129057793, 275238510129057794, 275238510129057795], '
            '"machine_id": 1}',
            '["275238510129057793", "275238510129057794", "275238510129057795"]',
        ]:
            with self.subTest(text):
                self.decode(tab, text)
                self.expectPicture(tab, "#decoded", int(EXAMPLE) + 1)
                self.assertRegex(tab.evaluate("note.textContent"), "^The first of 3 IDs. ")

    def test_refuses(self):
        tab = self.tab()
        notAnID = "This is not an ID. An ID is a whole number from 0 to 9223372036854775807."
        severalNumbers = (
            "This is more than one number. Paste one ID, without spaces or commas in it.")
        noID = 'This JSON has no ID in "id" or "ids".'
        for message, texts in [
            (notAnID, ["x", "-1", "1.5", "1e3", "0x10", "9223372036854775808", "1" * 100, "١",
                       "null", "true", '"', "{", '{"id": 1.5}', "1_000", "1'000"]),
            (severalNumbers, ["1 2", "12,34", "12, 34", "275 238 510 129 057 792", "1;2", "1,,2",
                              "275,238,510,129,057,792", "1\t2"]),
            (noID, ["{}", "[]", '{"ids": []}', '{"machine_id": 1}', '{"id": null}',
                    '{"id": "x"}', '{"id": 9223372036854775808}',
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
            ('{\n  "id": 275238510129057793,\n  "machine_id": 1\n}\n',
             '{ "id": 275238510129057793, "machine_id": 1 }'),
            ("275238510129057793\n", "275238510129057793"),
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
        for _ in range(9):
            tab.press("Tab")
            reached.append(tab.evaluate(
                "document.activeElement.id || document.activeElement.textContent"))
            self.assertNotEqual(
                tab.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "none")
        self.assertEqual(reached, ["pause", "paste"] + ["Copy"] * 4
                         + ["API description", "Metrics", "Readiness"])

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
        self.assertEqual(number >> 12 & 1023, 1)
        text = tab.evaluate("document.body.innerText")
        self.assertIn("Load the page again", text)
        for absent in ["Pause", "Decode", "Copy", "…", "{{"]:
            self.assertNotIn(absent, text)


class Appearance(PageTest):
    def test_fitsEveryWidth(self):
        for script in [True, False]:
            tab = self.tab(script=script)
            if script:
                self.decode(tab, "9223372036854775807")
            for width in [320, 360, 414, 600, 768, 900, 1280, 1920]:
                with self.subTest(width=width, script=script):
                    tab.resize(width)
                    self.assertLessEqual(
                        tab.evaluate("document.documentElement.scrollWidth"), width)
                    # One line, and no cell so narrow that its digit does not fit.
                    self.assertLess(tab.evaluate(HEIGHT_IN_LINES), 1.5)
                    self.assertGreaterEqual(tab.evaluate(
                        "document.querySelector('.bits i').getBoundingClientRect().width"), 9)

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
        for name, options in [
            ("light", {}), ("dark", {"dark": True}), ("phone-light", {"width": 360}),
            ("phone-dark", {"width": 360, "dark": True}), ("without-script", {"script": False}),
        ]:
            with self.subTest(name):
                tab = self.tab(**options)
                if options.get("script", True):
                    self.decode(tab, EXAMPLE)
                    tab.evaluate("paste.blur()")
                    tab.waitFor(r"/\d/.test(document.querySelector('#rate').textContent)")
                path = os.path.join(folder, f"{name}.png")
                tab.screenshot(path)
                self.assertGreater(os.path.getsize(path), 10_000)


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
