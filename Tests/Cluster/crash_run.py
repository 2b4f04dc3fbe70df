"""Five machines under load while they, and the etcd nodes that keep their records, fail."""

import collections
import signal
import threading
import time

import faults
import load
import report
import uniqueness
from machine import Machine

MACHINE_COUNT = 5
# Two of the clocks are wrong, by less than CLOCK_SKEW_MS allows.
CLOCK_SECONDS = (0, 2, -2, 0, 0)
# By the lease window: so few that machine IDs move between machines all the time.
MACHINE_ID_RANGE = {3: "0-7", 15: "0-9"}
WARM_UP_SECONDS = 30
HEALTHY_SECONDS = 2
LEAST_IDS_A_SECOND = 500


def windows(seconds):
    """The phases of a run: the lease window of each, in seconds. A short run has one."""
    return (3,) if seconds < 300 else (3, 15)


def environment(store, number, window_seconds):
    """`store` has the variables that name it. Each machine begins with another of its endpoints."""
    if "ETCD_ENDPOINTS" in store:
        endpoints = store["ETCD_ENDPOINTS"].split(",")
        first = number % len(endpoints)
        store = store | {"ETCD_ENDPOINTS": ",".join(endpoints[first:] + endpoints[:first])}
    return store | {"MACHINE_ID": "auto", "MACHINE_ID_RANGE": MACHINE_ID_RANGE[window_seconds],
                    "RESERVATION_MS": str(1000 * window_seconds)}


class CrashRun:
    """`store` has the variables that name it; `cluster` the nodes that fail, unless it is None."""

    def __init__(self, program, store, cluster, folder, seconds, seed, layout):
        self.seconds, self.seed, self.layout = seconds, seed, layout
        self.store = store | {"ID_LAYOUT": layout.name}
        self.windows = windows(seconds)
        self.failures = []
        self.ready_seconds = []
        self.leaderless_seconds = []
        self._is_over = threading.Event()
        self.cluster = cluster
        self._events = (folder / "faults.log").open("w", buffering=1)
        self.machines = [
            Machine(f"machine-{number + 1}", program,
                    environment(self.store, number, self.windows[0]), folder, CLOCK_SECONDS[number])
            for number in range(MACHINE_COUNT)]
        self.availability = load.Availability()
        self.clients = [load.Client(machine, folder, seed, self.availability, layout)
                        for machine in self.machines]
        self.injector = faults.Injector(self.machines, cluster, self.log)

    def log(self, text):
        self._events.write(f"{report.clock(time.time())} {text}\n")

    def run(self):
        try:
            for machine in self.machines:
                machine.start()
            if not self._await_ready(WARM_UP_SECONDS) or not self._clocks_are_apart():
                return
            self.availability.answered()
            self.availability.longest_seconds = 0
            for client in self.clients:
                client.start()
            if self.cluster:
                threading.Thread(target=self._watch_leader, daemon=True).start()
            for number, window_seconds in enumerate(self.windows):
                self._run_phase(number, window_seconds)
            time.sleep(HEALTHY_SECONDS)
        finally:
            self._is_over.set()
            for client in self.clients:
                client.end()
            self.availability.answered()
            for machine in self.machines:
                machine.end()
        self._check()

    def _watch_leader(self):
        """Logs when etcd loses its leader and when it has one again, to explain the other logs."""
        begin = None  # When it lost its leader.
        while not self._is_over.wait(0.3):
            now = time.monotonic()
            if self.cluster.has_leader():
                if begin is not None:
                    self.leaderless_seconds.append(now - begin)
                    self.log(f"etcd has a leader, after {now - begin:.1f} s")
                begin = None
            elif begin is None:
                begin = now
                self.log("etcd has no leader")

    def _run_phase(self, number, window_seconds):
        self.log(f"a window of {window_seconds} s")
        if number > 0:
            for index, machine in enumerate(self.machines):
                machine.environment = environment(self.store, index, window_seconds)
                machine.signal(signal.SIGTERM)
        kinds = faults.KINDS if self.cluster else faults.MACHINE_KINDS
        seconds = self.seconds / len(self.windows)
        plan = faults.plan(f"{self.seed} {number}", seconds, window_seconds, MACHINE_COUNT, kinds)
        self.injector.run(plan, seconds)
        self.log("all is healed")
        # By a clock that is ahead, every machine ID may have an owner for one more window.
        bound = 2 * window_seconds + 15
        if ready := self._await_ready(bound):
            self.ready_seconds.append((ready, bound))

    def _await_ready(self, bound_seconds):
        """After how many seconds each machine was ready, or None if one was not in time."""
        begin, seconds = time.monotonic(), {}
        while len(seconds) < MACHINE_COUNT:
            time.sleep(0.02)
            elapsed = time.monotonic() - begin
            for machine in self.machines:
                if machine.name not in seconds and report.is_ready(machine):
                    seconds[machine.name] = elapsed
            if elapsed > bound_seconds:
                missing = [machine.name for machine in self.machines if machine.name not in seconds]
                self.failures.append(f"not ready after {bound_seconds} s: {', '.join(missing)}")
                return None
        self.log("all are ready")
        return list(seconds.values())

    def _clocks_are_apart(self):
        """Fails if a clock is not as set: a static program would not load faketime's library."""
        for machine in self.machines:
            connection = load.Connection(machine.process.port, 5)
            connection.send("/id")
            milliseconds = self.layout.milliseconds(connection.receive_ids(1, self.layout)[0])
            connection.close()
            seconds = milliseconds / 1000 - time.time()
            if abs(seconds - machine.clock_seconds) > 1:
                self.failures.append(
                    f"the clock of {machine.name} is {seconds:+.3f} s from the system's, "
                    f"and not {machine.clock_seconds:+} s")
        return not self.failures

    def _check(self):
        self._check_ids()
        self._check_exits()
        for client in self.clients:
            self.failures += client.faults[:5]
            if not client.id_count:
                self.failures.append(f"no ID from {client.machine.name}")
        if sum(client.id_count for client in self.clients) < LEAST_IDS_A_SECOND * self.seconds:
            self.failures.append(f"less than {LEAST_IDS_A_SECOND} IDs a second")

    def _check_exits(self):
        exits = report.total(self.machines, "exits")
        signals = report.total(self.machines, "signals")
        for machine in self.machines:
            if not machine.has_ended_in_time:
                self.failures.append(f"{machine.name} does not end on SIGTERM")
            for process in machine.processes:
                # Before `main` has begun, SIGTERM ends any process.
                is_early = process.status == -signal.SIGTERM and not process.has_listened
                if process.status not in (0, 75, -signal.SIGKILL) and not is_early:
                    self.failures.append(
                        f"{machine.name}, process {process.id} ended with {process.status}")
        for status, number in ((0, signal.SIGTERM), (-signal.SIGKILL, signal.SIGKILL)):
            if exits[status] > signals[number]:
                self.failures.append(
                    f"{exits[status]} ended with {status}, after {signals[number]} signals")

    def _check_ids(self):
        paths = [client.path for client in self.clients]
        slice = self.layout.distance(uniqueness.SLICE_MILLISECONDS)
        self.repeated = list(uniqueness.repeated_ids(map(uniqueness.read_ids, paths), slice))
        for id in self.repeated[:5]:
            self.failures += [f"{id} came twice:"] + uniqueness.places(id, paths)
        ranges = [(self.layout.machine_id(process.first_id), process.first_id, process.last_id,
                   f"{machine.name} process {process.id}")
                  for machine in self.machines for process in machine.processes if process.first_id]
        self.overlaps = uniqueness.overlapping(ranges)
        self.failures += [f"the ranges of two processes overlap: {pair}"
                          for pair in self.overlaps[:5]]
        self.owner_counts = collections.Counter(entry[0] for entry in ranges)

    def report(self):
        for line in report.lines(self):
            print(line)
