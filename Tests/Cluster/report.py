"""The report of a run as text."""

import collections
import time

import load

EXITS = {-9: "kill -9", -15: "SIGTERM before it listened", 0: "status 0", 75: "status 75"}


def is_ready(machine):
    """Whether /ready says so."""
    process = machine.process
    port = process and process.port
    if not port:
        return False
    try:
        connection = load.Connection(port, 0.5)
        try:
            connection.send("/ready")
            return connection.receive()[0] == 200
        finally:
            connection.close()
    except load.Refusal:
        return False


def clock(seconds):
    """The time of day, formatted as in the logs of machines and faults."""
    return f"{time.strftime('%H:%M:%S', time.gmtime(seconds))}.{int(seconds % 1 * 1000):03}"


def total(parts, name):
    return sum((getattr(part, name) for part in parts), collections.Counter())


def listed(counts):
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common()) or "none"


def lines(run):
    answers = total(run.clients, "answers")
    answered = answers.pop("answered", 0)
    exits = total(run.machines, "exits")
    named = collections.Counter(
        {EXITS.get(status, f"status {status}"): count for status, count in exits.items()})
    windows = " and then ".join(f"{seconds} s" for seconds in run.windows)
    yield (f"{run.seconds} s with seed {run.seed}, layout {run.layout.name}, "
           f"with a window of {windows}")
    yield f"faults: {run.injector.counts.total()}: {listed(run.injector.counts)}"
    yield f"processes: {exits.total()}, ended by: {listed(named)}"
    yield f"requests: {answered:,} answered; refused: {listed(answers)}"
    yield (f"longest time without an ID from any machine: "
           f"{run.availability.longest_seconds:.1f} s, until {clock(run.availability.ended)}")
    if run.leaderless_seconds:
        yield (f"etcd without a leader: {len(run.leaderless_seconds)} times, "
               f"{max(run.leaderless_seconds):.1f} s at the longest")
    for seconds, bound in run.ready_seconds:
        yield (f"ready again after the last fault: {min(seconds):.2f} s to {max(seconds):.2f} s "
               f"(at most {bound} s)")
    if hasattr(run, "owner_counts"):
        ids = sum(client.id_count for client in run.clients)
        counts = run.owner_counts
        yield (f"machine IDs: {len(counts)}, used by {counts.total()} processes; "
               f"ranges that overlap: {len(run.overlaps)}")
        yield f"IDs received: {ids:,}; received twice: {len(run.repeated)}"
