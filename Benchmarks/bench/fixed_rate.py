"""Scenarios at a fixed rate or with two kinds of clients, whose load is Benchmarks/load/paced.c."""

import time
from dataclasses import dataclass

from clients import Clients, check, paced
from peers import Peer, Server

BATCH = "/ids?count=4096"


@dataclass(frozen=True)
class HalfLoad:
    """A fixed rate, the same for all: half of what idgen did with 64 connections."""

    name: str = "half-load"
    title: str = "fixed rate, half of what idgen can"
    columns = ["p50", "typical", "typical_ratio", "p99", "p999", "max", "rate", "waited"]
    range_of = "typical"
    # Each round is so many short ones: what disturbs one server's tail then meets the others', too.
    turns = 4

    def measure(self, peer: Peer, seconds: float, results: dict) -> dict:
        rate = self.rate(results)
        with Server(peer) as server:
            check(server, "/id", 64, 1, 20_000)
            before, start = server.waited(), time.monotonic()
            found = paced(server, seconds, Clients("/id", 64, rate))[0]
            waited = (server.waited() - before) / (time.monotonic() - start)
        return {**found, "due": rate, "waited": waited * 1000}

    def rate(self, results: dict) -> float:
        """One for all rounds, those included that others are added to."""
        for rounds in results[self.name].values():
            if "due" in rounds[0]:
                return rounds[0]["due"]
        rates = [round_["rate"] for round_ in results.get("keepalive-64", {}).get("idgen", [])]
        return sorted(rates)[len(rates) // 2] / 2 if rates else 20_000


@dataclass(frozen=True)
class HealthMeanwhile:
    """How long /health takes while other connections take all the IDs there are."""

    name: str = "health-meanwhile"
    title: str = "/health at 200 a second while 16 connections take batches of 4096"
    columns = ["p50", "p99", "max"]

    def measure(self, peer: Peer, seconds: float, _) -> dict:
        with Server(peer) as server:
            check(server, BATCH, 4, 1, 8)
            return paced(server, seconds, Clients("/health", 4, 200), Clients(BATCH, 16))[0]


@dataclass(frozen=True)
class BesideBatches:
    """How long /id takes while so many others take all the IDs there are, and what those get."""

    name: str
    batch_clients: int
    title: str = "/id at 990 a second while clients take batches of 4096"
    peers = ("idgen",)
    columns = ["p50", "p99", "max", "refused", "batch_rate", "batch_refused", "batch_p99"]

    @property
    def row(self) -> str:
        return f"{self.batch_clients:,} clients take batches"

    def measure(self, peer: Peer, seconds: float, _) -> dict:
        with Server(peer) as server:
            check(server, BATCH, 4, 1, 8)
            # A thousand a second would meet every millisecond at the same moment of it.
            single, batches = paced(
                server, seconds, Clients("/id", 64, 990), Clients(BATCH, self.batch_clients),
                may_refuse=True)
        return {**single, "batch_rate": batches["rate"] * 4096,
                "batch_refused": batches["refused"], "batch_p99": batches["p99"] / 1000}


@dataclass(frozen=True)
class BatchBesideSingles:
    """The other way round: how long a batch takes while many take one ID after the other."""

    name: str = "fairness-batch"
    title: str = "one client takes batches of 4096 while 256 take one ID after the other"
    peers = ("idgen",)
    columns = ["p50", "p99", "max", "refused", "single_rate", "single_p99"]

    def measure(self, peer: Peer, seconds: float, _) -> dict:
        with Server(peer) as server:
            check(server, "/id", 64, 1, 20_000)
            batch, singles = paced(server, seconds, Clients(BATCH, 1), Clients("/id", 256),
                                   may_refuse=True)
        return {**batch, "refused": batch["refused"] + singles["refused"],
                "single_rate": singles["rate"], "single_p99": singles["p99"]}
