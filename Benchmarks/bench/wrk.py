"""A load from wrk, and what it costs the server."""

import json
import os

from clients import WrongAnswer, run
from peers import BENCHMARKS, Server


class CPUTime:
    """What a server has used so far."""

    def __init__(self, server: Server):
        self.server = server
        self.before = server.cpu()

    def per_million(self, requests: int) -> dict:
        """CPU seconds since then, for a million requests."""
        total, user, system = (b - a for a, b in zip(self.before, self.server.cpu()))
        # The scheduler's total is exact; the ticks only say how it splits.
        millions, ticks = max(requests, 1) / 1e6, max(user + system, 1e-9)
        return {"cpu": total / millions,
                "user": total * user / ticks / millions,
                "system": total * system / ticks / millions}


def wrk(url: str, connections: int, seconds: float, script: str = "plain", closes: bool = False,
        configuration: str | None = None) -> dict:
    """As fast as it goes.

    `configuration` is a file of OpenSSL's.
    """
    arguments = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s",
                 "-s", f"{script}.lua"]
    if closes:
        arguments += ["-H", "Connection: close"]
    variables = {"OPENSSL_CONF": configuration} if configuration else {}
    output = run([*arguments, url], cwd=BENCHMARKS / "wrk", env={**os.environ, **variables})
    return json.loads(output.strip().splitlines()[-1])


def check_run(name: str, found: dict, length: int, unfinished: int) -> None:
    """Checks what wrk has found.

    It counts what it has read of responses that were still coming when it stopped: `unfinished` at
    most. `length` is that of a response in bytes, 0 if it varies.
    """
    if found["requests"] == 0 or found["wrong_status"] or found["errors"]:
        raise WrongAnswer(f"{name}: {found}")
    if length and not 0 <= found["bytes"] / length - found["requests"] <= unfinished:
        raise WrongAnswer(f"{name}: {found} of {length} bytes each")
