"""One attack on one server, and what a probe of that server measures during it."""

import contextlib
import os
import resource
import signal
import subprocess
import time
from dataclasses import dataclass

import servers
from attacks import Attack
from peers import BUILD, LOAD_CORE, ROOT, Peer, Server, compile_c, pinned

PROBE_INTERVAL_MICROSECONDS = 2000
# New connections of the probe at once: what the default of MAX_CONNECTIONS leaves, and no more than
# fit into the queue of a listener.
CONNECTION_LIMIT, SPARE_CONNECTIONS, NEW_LIMIT = 10_000, 20, 2000
SPARE_DESCRIPTORS = 100
CLIENTS, PROBE = str(BUILD / "attack-clients"), str(BUILD / "attack-probe")


class Failure(Exception):
    """A server died or refused the probe, or the attack did not happen as described."""


@dataclass(frozen=True)
class Latency:
    """In milliseconds, from when a request was due to when it was answered."""
    p50: float
    p99: float
    worst: float


@dataclass(frozen=True)
class Outcome:
    kept: Latency
    new: Latency
    # The longest time in which no request of the probe was answered.
    silent_milliseconds: float
    sent_bytes: int
    evicted_connections: int
    # CPU time of the server, without what the probe costs it.
    cpu_milliseconds: float
    # In which the server could have run but other programs used its core.
    disturbed_milliseconds: float
    seconds: float

    def bytes_per_millisecond(self) -> float | None:
        """How many bytes the clients sent for each millisecond of the server's CPU time."""
        if self.sent_bytes == 0 or self.cpu_milliseconds < 1:
            return None
        return self.sent_bytes / self.cpu_milliseconds


def prepare(attacks: list[Attack]) -> None:
    """Builds the clients, and allows them and the servers as many descriptors as they need."""
    BUILD.mkdir(parents=True, exist_ok=True)
    compile_c(ROOT / "Tests/Attack/clients.c", CLIENTS, [])
    compile_c(ROOT / "Tests/Attack/probe.c", PROBE, [])
    needed = max(attack.clients + new_limit(attack) for attack in attacks) + SPARE_DESCRIPTORS
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise SystemExit(f"{needed} open files are needed, and `ulimit -Hn` allows {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def new_limit(attack: Attack) -> int:
    return min(NEW_LIMIT, CONNECTION_LIMIT - SPARE_CONNECTIONS - attack.clients)


def start_clients(attack: Attack, server: Server) -> subprocess.Popen:
    return start("clients", [CLIENTS, *attack.arguments(server.port)])


def start(name: str, command: list[str]) -> subprocess.Popen:
    """Returns when it is ready; it begins with a line on its standard input."""
    process = subprocess.Popen(pinned(LOAD_CORE) + command, text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    await_line(process, "ready", name)
    return process


def begin(process: subprocess.Popen) -> None:
    with contextlib.suppress(BrokenPipeError):  # If it has died, `finish` reports why.
        process.stdin.write("begin\n")
        process.stdin.flush()


def await_line(process: subprocess.Popen, line: str, name: str) -> None:
    if process.stdout.readline() != line + "\n":
        raise Failure(f"the {name} failed: {process.stderr.read().strip()}")


def finish(process: subprocess.Popen, name: str) -> str:
    """Waits for its end, and returns what it has printed since. `communicate` would miss what was
    read into the buffer together with an earlier line."""
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    output, errors = process.stdout.read(), process.stderr.read()
    if process.wait():
        raise Failure(f"the {name} failed: {errors.strip()}")
    return output


def begin_both(attack: Attack, server: Server, clients: subprocess.Popen,
               probe: subprocess.Popen) -> None:
    """Sends what must reach the server at one instant while the server is stopped. The probe begins
    afterwards."""
    if attack.at_once:
        os.killpg(server.process.pid, signal.SIGSTOP)
        try:
            begin(clients)
            await_line(clients, "begun", "clients")
            begin(probe)
        finally:
            os.killpg(server.process.pid, signal.SIGCONT)
    else:
        begin(probe)
        time.sleep(0.1)
        begin(clients)
        await_line(clients, "begun", "clients")


def measure(attack: Attack, peer: Peer, idle_share: float) -> Outcome:
    """`idle_share` is the share of its core that the server uses for the probe alone."""
    with Server(peer) as server:
        servers.go_first(server)
        try:
            return measure_running(attack, peer, server, idle_share)
        except Failure:
            check_runs(server)  # Clients and probe could not tell a crash.
            raise


def check_runs(server: Server) -> None:
    if (status := servers.status(server)) is not None:
        raise Failure(f"the server ended, with status {status}") from None


def measure_running(attack: Attack, peer: Peer, server: Server, idle_share: float) -> Outcome:
    clients = start_clients(attack, server)
    probe = start("probe", [PROBE, str(server.port), str(PROBE_INTERVAL_MICROSECONDS),
                            str(new_limit(attack))])
    try:
        before = time.monotonic(), server.cpu()[0], servers.seconds_without_core(server)
        begin_both(attack, server, clients, probe)
        output = finish(clients, "clients")
        time.sleep(0.1)
        seen = finish(probe, "probe")
        check_runs(server)
        after = time.monotonic(), server.cpu()[0], servers.seconds_without_core(server)
    finally:
        for process in (clients, probe):
            process.kill()
            process.wait()
    evicted = servers.evicted_connections(server) if peer.name == "idgen" else 0
    words = output.split()
    found = dict(zip(words[::2], map(int, words[1::2])))
    if problem := attack.problem(found["sent"], found["closed"]):
        raise Failure(problem)
    if attack.evicts and peer.name == "idgen" and evicted == 0:
        raise Failure("no connection was evicted")
    seconds, cpu, disturbed = (late - early for early, late in zip(before, after))
    figures = [float(word) / 1000 for word in seen.split() if word.isdigit()]
    return Outcome(Latency(*figures[1:4]), Latency(*figures[5:8]), figures[8], found["sent"],
                   evicted, max(0, cpu - idle_share * seconds) * 1000, disturbed * 1000, seconds)
