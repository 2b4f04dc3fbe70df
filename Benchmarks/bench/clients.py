"""The clients that load a server and check its answers: see Benchmarks/load."""

import subprocess
from dataclasses import dataclass

from peers import BUILD, LOAD_CORE, Server, pinned


class NotThere(Exception):
    """The server has no such resource."""


class WrongAnswer(Exception):
    """The server answered something else than it should."""


def run(arguments: list, core: int = LOAD_CORE, **options) -> str:
    command = pinned(core) + [str(argument) for argument in arguments]
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode == 3:
        raise NotThere
    if result.returncode != 0:
        raise WrongAnswer(result.stderr.strip() or f"{arguments[0]}: {result.returncode}")
    return result.stdout


def check(server: Server, path: str, connections: int, depth: int, requests: int,
          closes: bool = False) -> int:
    """Checks every answer of a bounded run. Returns the length of a response in bytes."""
    options = (["close"] if closes else []) + ([] if server.peer.makes_ids else ["fixed"])
    line = run([BUILD / "check", server.port, path, connections, depth, requests, *options])
    return int(line.split()[-1])


@dataclass(frozen=True)
class Clients:
    """Connections that ask for a path: see Benchmarks/load/paced.c."""

    path: str
    connections: int
    # Requests a second, of all together; 0: one after the other, without a pause.
    rate: float = 0


def paced(server: Server, seconds: float, *groups: Clients, may_refuse: bool = False) -> list[dict]:
    """What each group found: counts, and times in microseconds."""
    arguments = [BUILD / "paced", server.port, seconds]
    for group in groups:
        arguments += [group.path, group.connections, group.rate]
    found = []
    for line in run(arguments).splitlines():
        words = line.split()
        found.append({name: float(value) for name, value in zip(words[::2], words[1::2])})
    if not may_refuse and any(group["refused"] for group in found):
        raise WrongAnswer(f"refused: {found}")
    return found
