"""What is asked of each server, and what one run of it comes to."""

import re
import subprocess
import time
from dataclasses import dataclass

from clients import check, run
from fixed_rate import BatchBesideSingles, BesideBatches, HalfLoad, HealthMeanwhile
from peers import BUILD, SERVER_CORE, Peer, Server
from peers import command_line, environment, free_port
from rest import bytes_of_each
from tls import TLS_SCENARIOS
from wrk import CPUTime, check_run, wrk


@dataclass(frozen=True)
class Load:
    """A load from wrk, as fast as it goes."""

    name: str
    title: str
    connections: int
    path: str = "/id"
    script: str = "plain"
    depth: int = 1
    ids: int = 1
    closes: bool = False
    check_requests: int = 20_000

    @property
    def columns(self) -> list[str]:
        # wrk corrects its percentiles for requests that it should have sent. With several at once
        # it takes their number for their rate, and what comes out is no latency.
        latency = ["p50", "p99"] if self.depth == 1 else []
        return ["cpu", "user", "system", "rate", *latency, "core"]

    def measure(self, peer: Peer, seconds: float, _) -> dict:
        with Server(peer) as server:
            # Checks the answers, and warms the server up.
            length = check(server, self.path, min(self.connections, 64), self.depth,
                           self.check_requests, self.closes)
            before = CPUTime(server)
            found = wrk(server.url(self.path), self.connections, seconds, self.script, self.closes)
            cost = before.per_million(found["requests"])
        check_run(self.name, found, length, self.connections * self.depth)
        return {
            **cost,
            "rate": found["requests"] * self.ids / found["seconds"],
            "p50": found["p50"], "p99": found["p99"],
            "core": cost["cpu"] * found["requests"] / 1e6 / found["seconds"],
        }


@dataclass(frozen=True)
class Start:
    """From the start of the process to its first 200."""

    name: str = "start"
    title: str = "start to first answer"
    columns = ["milliseconds"]

    def measure(self, peer: Peer, seconds: float, _) -> dict:
        samples = []
        for _ in range(9):
            port = free_port()
            command = command_line(peer, port)
            line = run([BUILD / "start", SERVER_CORE, port, "/id", *command],
                       env=environment(peer, port))
            samples.append(int(line) / 1000)
        return {"milliseconds": sorted(samples)[len(samples) // 2]}


@dataclass(frozen=True)
class AtRest:
    """Nothing is asked."""

    name: str = "rest"
    title: str = "at rest"
    columns = ["resident", "written", "cpu", "calls"]

    def measure(self, peer: Peer, seconds: float, _) -> dict:
        with Server(peer) as server:
            check(server, "/id", 1, 1, 1)
            time.sleep(0.5)
            memory, before = server.memory(), server.cpu()
            time.sleep(seconds)
            cpu = server.cpu()[0] - before[0]
            return {
                "resident": memory["Rss"] / 1e6,
                "written": memory["Private_Dirty"] / 1e6,
                "cpu": cpu / seconds * 1000,
                "calls": system_calls(server, seconds) / seconds,
            }


def system_calls(server: Server, seconds: float) -> int:
    """How many system calls a server at rest makes, as strace counts them."""
    arguments = ["timeout", "-s", "INT", str(seconds), "strace", "-f", "-c", "-U", "calls"]
    for process_id in server.process_ids():
        arguments += ["-p", str(process_id)]
    output = subprocess.run(arguments, capture_output=True, text=True).stderr
    match = re.search(r"^ *(\d+) total$", output, re.MULTILINE)
    return int(match[1]) if match else 0


@dataclass(frozen=True)
class IdleConnections:
    """Ten thousand connections that each made one request."""

    name: str = "idle"
    title: str = "10,000 connections at rest"
    columns = ["bytes"]
    connections: int = 10_000

    def measure(self, peer: Peer, seconds: float, _) -> dict:
        with Server(peer) as server:
            check(server, "/id", 1, 1, 1)
            return {"bytes": bytes_of_each(server, self.connections)}


SCENARIOS = [
    Load("keepalive-64", "64 keep-alive connections", 64),
    Load("pipelined-16", "pipelined 16 deep, 64 connections", 64, script="pipelined", depth=16,
         check_requests=200_000),
    Load("varied-16", "pipelined 16 deep, no two requests alike", 64, script="varied", depth=16),
    Load("one", "one connection", 1, check_requests=2000),
    Load("close", "a connection for each request", 64, closes=True, check_requests=2000),
    Load("connections-2000", "2,000 keep-alive connections", 2000),
    Load("ids-1", "batches of 1", 64, path="/ids?count=1"),
    Load("ids-64", "batches of 64", 64, path="/ids?count=64", ids=64),
    Load("ids-100", "batches of 100", 64, path="/ids?count=100", ids=100),
    Load("ids-4096", "batches of 4096", 16, path="/ids?count=4096", ids=4096, check_requests=200),
    HealthMeanwhile(),
    BesideBatches("fairness-16", 16),
    BesideBatches("fairness-64", 64),
    BesideBatches("fairness-256", 256),
    BesideBatches("fairness-1000", 1000),
    BatchBesideSingles(),
    HalfLoad(),
    Start(),
    AtRest(),
    IdleConnections(),
    *TLS_SCENARIOS,
]
