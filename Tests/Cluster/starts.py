"""Measures from a start to the first ID: after a clean stop, after kill -9, a hundred at once."""

import signal
import statistics
import threading
import time

import layouts
import load
from machine import Process

ROUNDS = 20
MACHINES_AT_ONCE = 100
BOUND_SECONDS = 60


class Start:
    """A process from its start on. Its log tells when it is ready."""

    def __init__(self, name, program, environment, folder):
        self._began = time.monotonic()
        self._process = Process(name, program, environment)
        self._log = (folder / f"{name}.log").open("ab")
        self._thread = threading.Thread(target=self._process.read_log, args=(self._log,))
        self._thread.start()
        self.milliseconds, self.id = None, None

    def first_id(self):
        """Waits for the first ID. Returns None if there was none in time."""
        if self._process.is_ready.wait(BOUND_SECONDS) and (port := self._process.port):
            while time.monotonic() < self._began + BOUND_SECONDS and self.id is None:
                try:
                    connection = load.Connection(port, 5)
                    connection.send("/id")
                    self.id = connection.receive_ids(1)[0]
                    self.milliseconds = (time.monotonic() - self._began) * 1000
                    connection.close()
                except load.Refusal:
                    time.sleep(0.002)
        return self.id

    def end(self, number):
        self._process.send_signal(number)
        self._thread.join()
        self._log.close()


def run(program, store, folder):
    environment = {"HOST": "127.0.0.1", "PORT": "0", "MACHINE_ID": "auto"} | store
    failures = []
    print("start to first ID\tstarts\tmedian, ms\tworst, ms")
    for name, number in [("after a clean stop", signal.SIGTERM), ("after kill -9", signal.SIGKILL)]:
        times = []
        for round in range(ROUNDS + 1):
            start = Start("one", program, environment, folder)
            if start.first_id() is None:
                failures.append(f"{name}: no ID for {BOUND_SECONDS} s")
            elif round:  # The first round has no stop before it.
                times.append(start.milliseconds)
            start.end(number)
        print(row(name, times), flush=True)
    return failures + start_at_once(program, environment, folder)


def start_at_once(program, environment, folder):
    starts = []
    try:
        begin = time.monotonic()
        for number in range(MACHINES_AT_ONCE):
            starts.append(Start(f"{number + 1} of many", program, environment, folder))
        threads = [threading.Thread(target=start.first_id) for start in starts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - begin
    finally:
        for start in starts:
            start.end(signal.SIGKILL)
    times = [start.milliseconds for start in starts if start.milliseconds]
    machine_ids = {layouts.DEFAULT.machine_id(start.id) for start in starts if start.id}
    print(row(f"{MACHINES_AT_ONCE} at once", times))
    print(f"the last of {MACHINES_AT_ONCE} had its first ID after {seconds:.1f} s; "
          f"{len(machine_ids)} machine IDs")
    if len(machine_ids) != MACHINES_AT_ONCE:
        return [f"{len(times)} of {MACHINES_AT_ONCE} got an ID, of {len(machine_ids)} machine IDs"]
    return []


def row(name, times):
    if not times:
        return f"{name}\t0\t-\t-"
    return f"{name}\t{len(times)}\t{statistics.median(times):.0f}\t{max(times):.0f}"
