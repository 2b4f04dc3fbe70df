"""Pages of other origins in a real browser: scripts/test-page runs this after page_test.py.

It starts its own servers. The environment: IDGEN, the program.
"""

import glob
import http.server
import os
import re
import subprocess
import threading
import unittest

from chromium import Chromium, Tab

FAKETIME = glob.glob("/usr/lib*/*/faketime/libfaketimeMT.so.1")
PAGE = b"<!doctype html><link rel=icon href=data:,><title>Another origin</title>"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        pass


def setUpModule():
    global browser
    browser = Chromium().__enter__()
    unittest.addModuleCleanup(browser.__exit__)


def serve_page():
    """Serves the page, and returns its origin."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    unittest.addModuleCleanup(server.server_close)
    unittest.addModuleCleanup(server.shutdown)
    return f"http://127.0.0.1:{server.server_port}"


def serve_ids(**settings):
    """Starts the program, and returns its address."""
    process = subprocess.Popen(
        [os.environ["IDGEN"], "serve"], stderr=subprocess.PIPE, text=True,
        env=os.environ | {"MACHINE_ID": "1", "HOST": "127.0.0.1", "PORT": "0"} | settings)

    def stop():
        process.terminate()
        process.communicate()

    unittest.addModuleCleanup(stop)
    url = None
    for line in process.stderr:
        if match := re.search(r"listening on (http://[\d.:]+)", line):
            url = match[1]
        if " ready" in line:
            return url
    raise RuntimeError("the server did not start")


class OtherOrigins(unittest.TestCase):
    # What a request is, and what a page that may read the response gets.
    REQUESTS = [
        ("id", "fetch('%s/id?format=string')", 200),
        ("text", "fetch('%s/id', { headers: { Accept: 'text/plain' } })", 200),
        ("error", "fetch('%s/nothing')", 404),
        # Another header: the browser asks first.
        ("preflight", "fetch('%s/id', { headers: { traceparent: '00-0-0-00' } })", 200),
    ]

    @classmethod
    def setUpClass(cls):
        cls.origins = [serve_page() for _ in range(3)]

    def result(self, tab, request, server):
        return tab.evaluate(f"""{request % server}.then(
            async response => [response.status, (await response.text()).length > 0],
            error => error.name)""")

    def expect(self, origin, server, mayRead):
        tab = Tab(browser)
        self.addCleanup(tab.close)
        tab.open(origin + "/")
        for name, request, status in self.REQUESTS:
            # Again from what the browser keeps of the preflight.
            for _ in range(2):
                with self.subTest(name, origin=origin):
                    self.assertEqual(
                        self.result(tab, request, server),
                        [status, True] if mayRead else "TypeError")

    def test_none(self):
        server = serve_ids()
        self.expect(self.origins[0], server, False)
        self.expect(server, server, True)

    def test_all(self):
        server = serve_ids(CORS_ALLOW_ORIGIN="*")
        for origin in self.origins[:2]:
            self.expect(origin, server, True)

    def test_one(self):
        server = serve_ids(CORS_ALLOW_ORIGIN=self.origins[0])
        for origin, mayRead in zip(self.origins, [True, False]):
            self.expect(origin, server, mayRead)

    def test_list(self):
        server = serve_ids(CORS_ALLOW_ORIGIN=",".join(self.origins[:2]))
        for origin, mayRead in zip(self.origins, [True, True, False]):
            self.expect(origin, server, mayRead)

    def test_whenToRetryIsReadable(self):
        """A server whose clock reads a time before 2024 makes no IDs."""
        server = serve_ids(
            CORS_ALLOW_ORIGIN="*", LD_PRELOAD=FAKETIME[0], FAKETIME="@2023-01-01 00:00:00",
            FAKETIME_DONT_FAKE_MONOTONIC="1")
        tab = Tab(browser)
        self.addCleanup(tab.close)
        tab.open(self.origins[0] + "/")
        self.assertEqual(
            tab.evaluate(f"""fetch('{server}/id').then(
                response => [response.status, response.headers.get('Retry-After')])"""),
            [503, "60"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
