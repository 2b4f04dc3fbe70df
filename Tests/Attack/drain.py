"""SIGTERM while clients send requests without a pause: when idgen notices it, and when it ends."""

import subprocess
import threading
import time
from dataclasses import dataclass

import servers
from attacks import DRAIN
from measure import Failure, begin, finish, start_clients
from peers import Server

# Between the beginning of the attack and the signal.
HEAD_START_SECONDS = 1
PATIENCE_SECONDS = 100


@dataclass(frozen=True)
class Drain:
    """In milliseconds from the signal."""
    noticed: float
    ended: float


def measure(program: str) -> Drain:
    lines: list[tuple[float, str]] = []
    with Server(servers.idgen(program, DRAIN.variables), subprocess.PIPE) as server:
        servers.go_first(server)
        reader = threading.Thread(target=read_lines, args=(server, lines))
        reader.start()
        clients = start_clients(DRAIN, server)
        try:
            begin(clients)
            time.sleep(HEAD_START_SECONDS)
            start = time.monotonic()
            server.process.terminate()
            status = server.process.wait(PATIENCE_SECONDS)
            end = time.monotonic()
            finish(clients, "clients")
        except subprocess.TimeoutExpired:
            raise Failure(f"it has not ended after {PATIENCE_SECONDS} s") from None
        finally:
            clients.kill()
            clients.wait()
        reader.join()
    if status:
        raise Failure(f"the server ended with status {status}")
    expected = f" draining {DRAIN.clients} connections"
    noticed = [when for when, line in lines if expected in line]
    if not noticed:
        raise Failure(f"the log has no line with '{expected}':\n"
                      + "".join(line for _, line in lines))
    return Drain((noticed[0] - start) * 1000, (end - start) * 1000)


def read_lines(server: Server, lines: list[tuple[float, str]]) -> None:
    """The lines of the log, each with the time at which it came."""
    for line in server.process.stderr:
        lines.append((time.monotonic(), line.decode()))
