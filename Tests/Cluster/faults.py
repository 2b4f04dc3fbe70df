"""Faults of machines and of etcd: a random plan, which a seed repeats, and its execution."""

import collections
import dataclasses
import heapq
import itertools
import random
import signal
import time

GAP_SECONDS = (0.6, 2.6)
# The pause between two faults of one target, in which machines and nodes start and do some work.
MACHINE_REST_SECONDS = 0.4
NODE_REST_SECONDS = 1
# The others are killed, and take its machine ID, so long before a stopped machine continues.
TAKEOVER_SECONDS = 1.5
NODES = ("node-1", "node-2", "node-3")



@dataclasses.dataclass(frozen=True)
class Kind:
    """A fault: its target, its signal, and its shortest and longest duration."""
    group: str  # machine, machines, node, nodes, leader
    signal: int
    seconds: tuple = (0, 0)
    windows: tuple = (0, 0)


KINDS = {
    "machine killed": Kind("machine", signal.SIGKILL),
    "machine terminated": Kind("machine", signal.SIGTERM),
    "machine stopped for a moment": Kind("machine", signal.SIGSTOP, windows=(0.1, 0.6)),
    "machine stopped for longer than its window": Kind(
        "machine", signal.SIGSTOP, windows=(1.1, 2)),
    "all machines killed": Kind("machines", signal.SIGKILL),
    "all machines terminated": Kind("machines", signal.SIGTERM),
    # Clocks are up to four seconds apart, so a window can end that much later.
    "machine stopped, its machine ID taken": Kind(
        "machines", signal.SIGSTOP, windows=(1, 1.2), seconds=(5.5, 6.5)),
    "node killed": Kind("node", signal.SIGKILL, seconds=(1, 5)),
    "leader killed": Kind("leader", signal.SIGKILL, seconds=(1, 4)),
    "leader stopped": Kind("leader", signal.SIGSTOP, seconds=(2, 4)),
    "all nodes stopped": Kind("nodes", signal.SIGSTOP, windows=(0.2, 1.2)),
    "all nodes killed": Kind("nodes", signal.SIGKILL, windows=(0.1, 0.8)),
}
MACHINE_KINDS = {name: kind for name, kind in KINDS.items() if kind.group.startswith("machine")}


@dataclasses.dataclass(frozen=True)
class Fault:
    at: float  # Seconds from the start of the plan.
    kind: str
    targets: tuple
    seconds: float

    def __str__(self):
        lasting = f" for {self.seconds:.1f} s" if self.seconds else ""
        is_one = KINDS[self.kind].group in ("machine", "node") or "ID taken" in self.kind
        which = f" ({self.targets[0]})" if is_one else ""
        return f"{self.kind}{which}{lasting}"


def plan(seed, seconds, window_seconds, machine_count, kinds):
    """Faults of all kinds in turn, in a random order, all over before `seconds`.

    A target suffers one at a time, so those of different targets overlap and those of one do not.
    """
    chance = random.Random(seed)
    machines = tuple(f"machine-{number + 1}" for number in range(machine_count))
    free_at = collections.defaultdict(float)
    faults, at = [], 0.0
    for name in rounds(chance, list(kinds)):
        at += chance.uniform(*GAP_SECONDS)
        if at > seconds:
            return sorted(faults, key=lambda fault: fault.at)
        kind = kinds[name]
        lasting = chance.uniform(*kind.windows) * window_seconds
        lasting += chance.uniform(*kind.seconds)
        choice = chance.random()
        targets = machines if kind.group.startswith("machine") else NODES
        if kind.group in ("machine", "node"):
            # One that is free, or else the one that will be free first.
            free = [target for target in targets if free_at[target] < at]
            free = free or [min(targets, key=lambda target: free_at[target])]
            targets = (free[int(choice * len(free))],)
        elif kind.group == "machines":
            first = int(choice * len(targets))
            targets = targets[first:] + targets[:first]
        begin = max([at] + [free_at[target] + 0.001 for target in targets])
        if begin + lasting >= seconds:
            continue
        is_of_machines = kind.group.startswith("machine")
        rest = MACHINE_REST_SECONDS if is_of_machines else NODE_REST_SECONDS
        for target in targets:
            free_at[target] = begin + lasting + rest
        faults.append(Fault(begin, name, targets, lasting))


def rounds(chance, kinds):
    while True:
        yield from chance.sample(kinds, len(kinds))


class Injector:
    """Executes a plan. `cluster` is None if the machines keep their records in a folder."""

    def __init__(self, machines, cluster, log):
        self._machines = {machine.name: machine for machine in machines}
        self._cluster = cluster
        self._nodes = {node.name: node for node in cluster.nodes} if cluster else {}
        self._log = log
        self.counts = collections.Counter()

    def run(self, faults, seconds):
        """Runs for `seconds`, and then ends all faults."""
        start = time.monotonic()
        numbers = itertools.count()  # Keeps the order of actions that are due at the same time.
        steps = [(fault.at, next(numbers), fault, None) for fault in faults]
        heapq.heapify(steps)
        while steps:
            at, _, fault, action = heapq.heappop(steps)
            time.sleep(max(0, start + at - time.monotonic()))
            if action:
                action()
                continue
            self.counts[fault.kind] += 1
            self._log(str(fault))
            for later, action in self.begin(fault):
                heapq.heappush(steps, (at + later, next(numbers), fault, action))
        time.sleep(max(0, start + seconds - time.monotonic()))
        self.heal()

    def heal(self):
        for machine in self._machines.values():
            machine.signal(signal.SIGCONT)
        if self._cluster:
            self._cluster.heal()

    def begin(self, fault):
        """Begins a fault. Returns what is left to do, each with a delay in seconds."""
        kind = KINDS[fault.kind]
        if not kind.group.startswith("machine"):
            return [(fault.seconds, self._begin_nodes(kind, fault.targets))]
        machines = [self._machines[name] for name in fault.targets]
        if kind.signal != signal.SIGSTOP:
            send(kind.signal, machines)
            return []  # The supervisors start them again.
        stopped, others = machines[:1], machines[1:]
        send(signal.SIGSTOP, stopped)
        return [(fault.seconds - TAKEOVER_SECONDS, lambda: send(signal.SIGKILL, others)),
                (fault.seconds, lambda: send(signal.SIGCONT, stopped))]

    def _begin_nodes(self, kind, targets):
        """Begins a fault of etcd, and returns the function that ends it."""
        nodes = [self._nodes[name] for name in targets]
        if kind.group == "leader":
            # If there is no leader, as just after another fault, any node.
            nodes = [self._cluster.leader() or nodes[0]]
        for node in nodes:
            node.stop() if kind.signal == signal.SIGSTOP else node.kill()
        if kind.signal == signal.SIGSTOP:
            return lambda: [node.resume() for node in nodes]
        return lambda: self._cluster.start(nodes)


def send(number, machines):
    for machine in machines:
        machine.signal(number)
