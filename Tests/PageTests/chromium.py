"""Headless Chromium by its DevTools protocol, over a pair of pipes: no port, no driver, no package.

https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import json
import os
import select
import subprocess
import tempfile
import time


class Chromium:
    """A browser with a profile of its own. It ends with the `with` block."""

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        # It reads commands from descriptor 3 and writes answers to descriptor 4.
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec chromium "$@" 3<&{commands} 4>&{answers}', "chromium",
             "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
             "--disable-background-networking", "--disable-component-update",
             "--force-color-profile=srgb", "--lang=en",
             *os.environ.get("CHROMIUM_FLAGS", "").split(),
             f"--user-data-dir={self.profile.name}", "about:blank"],
            pass_fds=(commands, answers), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=os.environ | {"TZ": "UTC"})
        os.close(commands)
        os.close(answers)
        self.received = b""
        self.lastID = 0
        self.events = []
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.process.wait(10)
        except (OSError, TimeoutError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.commands)
        os.close(self.answers)
        self.profile.cleanup()

    def call(self, method, session=None, **parameters):
        """Gives a command and returns its result. Events that come before it are kept."""
        self.lastID += 1
        message = {"id": self.lastID, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") != self.lastID:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            else:
                return answer["result"]

    def receive(self, seconds=30):
        """The next message: an answer or an event."""
        deadline = time.monotonic() + seconds
        while b"\0" not in self.received:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("Chromium does not answer")
            block = os.read(self.answers, 1 << 20)
            if not block:
                raise OSError("Chromium has ended")
            self.received += block
        message, _, self.received = self.received.partition(b"\0")
        return json.loads(message)


class Tab:
    """One page, with nothing kept from another."""

    def __init__(self, browser, width=1280, height=900, dark=False, script=True):
        self.browser = browser
        self.context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call(
            "Target.createTarget", url="about:blank", browserContextId=self.context)
        self.session = browser.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.resize(width, height)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"}])
        self.call("Emulation.setScriptExecutionDisabled", value=not script)

    def close(self):
        self.browser.call("Target.disposeBrowserContext", browserContextId=self.context)

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def resize(self, width, height=900):
        """As a phone if it is narrow."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=2 if width < 500 else 1, mobile=width < 500)

    def open(self, url):
        """Goes there and waits until all of it is loaded."""
        result = self.call("Page.navigate", url=url)
        if "errorText" in result:
            raise RuntimeError(f"{url}: {result['errorText']}")
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events()):
            self.browser.events.append(self.browser.receive())

    def events(self):
        return [event for event in self.browser.events if event.get("sessionId") == self.session]

    def complaints(self):
        """What the console shows of errors, warnings and violations of the security policy."""
        self.evaluate("1")  # All that came before this answer is in.
        complaints = []
        for event in self.events():
            parameters = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                complaints.append(parameters["exceptionDetails"])
            elif event["method"] == "Runtime.consoleAPICalled":
                complaints.append(parameters["args"])
            elif event["method"] == "Log.entryAdded":
                complaints.append(parameters["entry"])
        return complaints

    def requestedURLs(self):
        return [event["params"]["request"]["url"] for event in self.events()
                if event["method"] == "Network.requestWillBeSent"]

    def evaluate(self, expression):
        """The value of a JavaScript expression, or of what it promises."""
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def waitFor(self, expression, seconds=20):
        """Waits until the expression is true."""
        deadline = time.monotonic() + seconds
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not true after {seconds} s: {expression}")
            time.sleep(0.05)

    def press(self, key, modifiers=0, commands=()):
        """A key, as the keyboard sends it: `Tab`, `Enter`, `Escape`, a space, or a letter.

        `commands` are what it makes the editor do, such as `paste`.
        """
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}
        text = {"Enter": "\r", " ": " "}.get(key, "")
        common = {"key": key, "code": "Space" if key == " " else key,
                  "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper())),
                  "modifiers": modifiers}
        self.call(
            "Input.dispatchKeyEvent", type="keyDown", text=text, commands=list(commands), **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        """Into what has the focus, as a paste does."""
        self.call("Input.insertText", text=text)

    def screenshot(self, path):
        """The whole page, not only what is in the window."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        image = self.call(
            "Page.captureScreenshot", captureBeyondViewport=True,
            clip={"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1})
        with open(path, "wb") as file:
            file.write(base64.b64decode(image["data"]))
