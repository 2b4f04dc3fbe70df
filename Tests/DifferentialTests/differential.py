"""Our parser beside llhttp: differential.py PRINT_FRAMING [COUNT [SEED [FOLDER…]]]

Whatever both accept they must frame alike. Where one accepts what the other refuses, differences.md
must say why; a row of it that nothing shows any more is an error, too. The inputs are the fuzzer's
corpora and findings, those of the conformance tests, and COUNT more that are generated. Files in
further folders are compared as well, such as what scripts/fuzz has found: .build/fuzz/corpus.
"""

import collections
import json
import pathlib
import re
import struct
import subprocess
import sys
import zlib

import inputs
import llhttp

HERE = pathlib.Path(__file__).parent
METHODS = {b"GET": "get", b"HEAD": "head", b"OPTIONS": "options", b"CONNECT": "connect"}


def main():
    program, count, seed, *folders = sys.argv[1:] + ["100000", "1"][len(sys.argv) - 2:]
    seeds = conformance(program) + corpus(HERE.parent.parent / "Fuzz")
    for folder in folders:
        seeds += corpus(pathlib.Path(folder))
    cases = inputs.EXAMPLES + [data for text in seeds for data in (text, text + inputs.PROBE)]
    for text in seeds:
        # Each by numbers of its own, so that one more does not change the others.
        generator = inputs.Generator(f"{seed} {zlib.crc32(text)}")
        cases += [generator.variant(text) for _ in range(int(count) // 4 // len(seeds))]
    generator = inputs.Generator(seed)
    cases += [generator.input() for _ in range(int(count) - int(count) // 4)]

    differences = Differences()
    for data, ours in zip(cases, framings(program, cases), strict=True):
        differences.compare(data, ours, llhttp.Stream(data))
    differences.report()
    sys.exit(1 if differences.faults else 0)


def conformance(program):
    data = subprocess.run([program, "exchanges"], stdout=subprocess.PIPE, check=True).stdout
    result, at = [], 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        result.append(data[at + 4:at + 4 + length])
        at += 4 + length
    return result


def corpus(folder):
    """Behind the last 0xFF, the session's inputs say how they are cut."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    texts = [path.read_bytes() for path in files if path.parent.name in ("parser", "session")]
    return [text.rpartition(b"\xff")[0] or text for text in texts]


def framings(program, cases):
    data = b"".join(struct.pack("<I", len(case)) + case for case in cases)
    result = subprocess.run([program, "framing"], input=data, stdout=subprocess.PIPE, check=True)
    return map(json.loads, result.stdout.splitlines())


class Differences:
    def __init__(self):
        table = (HERE / "differences.md").read_text()
        self.rows = set(re.findall(r'^\| (\w+) \| "(.*)" \| \S+ .* \|$', table, re.M))
        self.counts = collections.Counter()
        self.seen = collections.Counter()
        self.faults = 0

    def compare(self, data, ours, theirs):
        """Counts a case by what the two make of its first request that they do not both accept."""
        if any(map(has_body_to_upgrade, theirs.messages)):
            return self.differ("framing", "a body, to upgrade", data)
        for request, message in zip(ours["requests"], theirs.messages):
            if difference := framing_difference(request, message):
                return self.differ("framing", difference, data)
        ahead = len(ours["requests"]) - len(theirs.messages)
        is_error = ours["end"] not in ("open", "incomplete", "closed")
        is_their_error = theirs.end not in ("open", "incomplete", "closed")
        if ahead > 0:
            self.differ("laxer" if is_their_error else "framing", theirs.end, data)
        elif ahead < 0:
            self.differ("stricter" if is_error else "framing", ours["end"], data)
        elif is_error and is_their_error:
            self.counts["both refuse"] += 1
        elif is_error or is_their_error:
            # The other has seen no end of the request, and so has accepted nothing.
            self.counts["one refuses, the other waits for more"] += 1
        elif ours["end"] == theirs.end:
            self.counts["both accept" if ours["end"] != "incomplete" else "both wait for more"] += 1
        else:
            self.differ("framing", f"{ours['end']}, {theirs.end}", data)

    def differ(self, kind, what, data):
        self.counts[kind] += 1
        self.seen[kind, what] += 1
        if (kind, what) not in self.rows:
            self.fault(f"{kind}: {what}: no row says why, for {data[:600]!r}", (kind, what))

    def fault(self, text, row):
        if self.seen[row] <= 3:
            print(text, file=sys.stderr)
        self.faults += 1

    def report(self):
        for row in sorted(self.rows - set(self.seen)):
            self.fault(f"{row[0]}: {row[1]}: a row that nothing shows", row)
        print(f"{sum(self.counts.values())} inputs")
        for name, count in self.counts.most_common():
            print(f"{count:8} {name}")
            for (kind, what), number in self.seen.most_common():
                if kind == name:
                    print(f"{number:16} {what}")


def framing_difference(request, message):
    """What of a request that both accept they do not see alike; None if nothing."""
    target = message["url"].decode("latin-1")
    path, query = request["path"], request["query"]
    ours = path + ("?" + query if query else "")
    if request["method"] != METHODS.get(message["method"], "other"):
        return "method"
    if request["form"] in ("origin", "absolute") and not target.removesuffix("?").endswith(ours):
        return "target"
    if request["form"] == "origin" and target.removesuffix("?") != ours:
        return "target"
    if f"1.{request['minor']}" != message["version"]:
        return "version"
    if request["persistent"] != message["persistent"]:
        stays = "stays open" if request["persistent"] else "closes"
        return f"{stays}, by {persistence_field(message)}"
    if request["method"] == "connect":
        return None  # It has no body: RFC 9110 §9.3.6.
    if request["chunked"] != message["chunked"]:
        return "chunked"
    if not request["chunked"] and request["bodyBytes"] != message["body"]:
        return "body length"
    for name, value in request["values"]:
        theirs = [text.strip(b" \t").decode("latin-1") for key, text in message["headers"]
                  if key.decode("latin-1").lower() == name]
        if value not in theirs:
            return f"value of {name}"
    return None


def persistence_field(message):
    """Which field it is that llhttp reads in its own way."""
    if any(name.lower() == b"proxy-connection" for name, _ in message["headers"]):
        return "Proxy-Connection"
    return "Connection"


def has_body_to_upgrade(message):
    return message["upgrade"] and message["method"] != b"CONNECT" and any(
        name.lower() in (b"content-length", b"transfer-encoding") and value.strip(b" 0")
        for name, value in message["headers"])


main()
