"""What clients send, good and bad: made by the grammar, or by changing that. The same seed always
makes the same."""

import random
import re

PROBE = b"GET /health HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n"

METHODS = b"GET GET GET HEAD POST PUT DELETE OPTIONS TRACE PATCH".split()
TARGETS = b"""/ /id /health /ids?count=3 /decode/1?x=%20y
    /bounds?from=2026-01-29T13:00:00+01:00&to=2026-01-3%30 http://a http://a:80/id https://a/?q
    /%2e%2E// /a;b=c,d /~!$&'()*+:@ /a?b?c/d /a?""".split()
VERSIONS = [b"HTTP/1.1"] * 8 + [b"HTTP/1.0"] * 2
RARE_LINES = [
    b"OPTIONS * HTTP/1.1", b"CONNECT a:80 HTTP/1.1", b"QUERY /id HTTP/1.1", b"X / HTTP/1.1",
    b"GET / HTTP/1.2", b"get / HTTP/1.1", b"GETX / HTTP/1.1", b"GET * HTTP/1.1",
]
HOSTS = b"a a:80 localhost:8080 127.0.0.1 [::1]:80 a.b.c".split() + [b""]
FIELDS = [
    b"Accept: */*", b"Accept: text/plain;q=0.5, application/json", b"X: y", b"x:\tz ", b"X:",
    b"Connection: close", b"Connection: keep-alive", b"connection: x, Close",
    b"Connection: Upgrade",
    b"Upgrade: websocket", b"Expect: 100-continue", b"User-Agent: a/1 (b; c) \xe9\xff",
    b"Cookie: a=b; c=\"d\"", b"TE: trailers", b"Connection: TE", b"Keep-Alive: timeout=5",
]
CHUNKS = [b"5\r\nhello\r\n", b"a\r\n0123456789\r\n", b"1;a=b\r\nx\r\n", b"01;a=\"b c\"\r\nx\r\n",
          b"1D\r\nGET /id HTTP/1.1\r\nHost: b\r\n\r\n\r\n"]
TRAILERS = [b"", b"", b"X: y\r\n", b"X: y\r\nZ:\r\n"]
# Where parsers have been found to differ.
MORSELS = [
    b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\n\n", b"\r\r\n", b" ", b"\t", b"\x0b", b"\x0c", b"\x00",
    b"\x7f", b"\x80", b"\xff", b":", b" :", b",", b";", b"=", b"\"", b"+", b"-", b"0x", b"0", b"5",
    b"chunked", b"identity", b"gzip, chunked", b", chunked", b"chunked,", b"xchunked", b"close",
    b"keep-alive", b"\r\n ", b"\r\n\t", b"Host: b\r\n", b"Content-Length: 5\r\n",
    b"Content-Length: 0\r\n", b"Content-Length : 5\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding: x\r\n", b"Connection: close\r\n",
    b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"http/1.1", b"HTTP/1.10", b"%", b"%zz",
    b"#",
    b"//", b"@", b"\\", b"|", b"^", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"99999999999999999999", b"65537",
    b"ffffffffffffffff", b"10001", b"0\r\n\r\n", b"1\r\n",
]

# What shows a row of differences.md that chance shows too seldom.
EXAMPLES = [
    b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a%s\r\nx\r\n0\r\n\r\n" % text
    for text in (b"=}", b"=\"b", b"=\"b\"c")
] + [
    b"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\nx",
]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def input(self):
        """Often valid, else with a few changes."""
        data = self.requests()
        return data + PROBE if self.random.random() < 0.4 else self.variant(data)

    def variant(self, data):
        """With a few changes, and mostly with a last request behind it."""
        data = data[:4000]
        for _ in range(self.random.choice([1, 1, 1, 2, 2, 3, 5])):
            data = self.changed(data)
        return data + PROBE if self.random.random() < 0.9 else data

    def requests(self):
        return b"".join(self.request() for _ in range(self.random.choice([1, 1, 1, 2, 3])))

    def request(self):
        choice, chance = self.random.choice, self.random.random
        lines = [b" ".join([choice(METHODS), choice(TARGETS), choice(VERSIONS)])
                 if chance() < 0.95 else choice(RARE_LINES)]
        fields = [b"Host: " + choice(HOSTS)] if chance() < 0.95 else []
        fields += [choice(FIELDS) for _ in range(choice([0, 0, 1, 2, 3]))]
        body = b""
        kind = chance()
        if kind < 0.25:
            body = b"x" * choice([0, 1, 5, 9, 300])
            if chance() < 0.2:
                body = b"GET /id HTTP/1.1\r\nHost: b\r\n\r\n"
            fields.append(b"Content-Length: %s%d" % (choice([b"", b"", b"00"]), len(body)))
        elif kind < 0.5:
            fields.append(b"Transfer-Encoding: " + choice([b"chunked", b"Chunked", b" chunked "]))
            body = b"".join(choice(CHUNKS) for _ in range(choice([0, 1, 1, 2])))
            body += choice([b"0\r\n", b"0\r\n", b"000;x\r\n"]) + choice(TRAILERS) + b"\r\n"
        self.random.shuffle(fields)
        return choice([b"", b"", b"", b"\r\n"]) + b"\r\n".join(lines + fields) + b"\r\n\r\n" + body

    def changed(self, data):
        choice, below = self.random.choice, self.random.randrange
        at = below(len(data) + 1)
        to = min(len(data), at + choice([1, 1, 1, 2, 4, 8]))
        kind = below(8)
        if kind == 0:  # One byte is another.
            return data[:at] + bytes([below(256)]) + data[at + 1:]
        if kind == 1:
            return data[:at] + data[to:]
        if kind == 2:
            return data[:at] + choice(MORSELS) + data[at:]
        if kind == 3:
            return data[:at] + choice(MORSELS) + data[to:]
        if kind == 4:  # Within a line that says how long a body is, or at a line's end.
            places = [match.end() for match in
                      re.finditer(rb"\r|\n|(?i:length|encoding|connection|host)|:|HTTP/", data)]
            at = choice(places) if places else at
            return data[:at] + choice(MORSELS) + data[at:]
        lines = data.split(b"\r\n")
        line = below(len(lines))
        if kind == 5:
            lines.insert(below(len(lines) + 1), lines[line])
        elif kind == 6:
            del lines[line]
        else:
            lines.insert(line, choice(MORSELS).strip(b"\r\n"))
        return b"\r\n".join(lines)
