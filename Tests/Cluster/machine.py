"""A machine: idgen under a supervisor that restarts it at once, whatever its exit status."""

import collections
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

# The shortest time between two starts, in case a process ends at once.
SHORTEST_LIFE_SECONDS = 0.25
LISTENING = re.compile(rb"listening on http://\S+:(\d+)[ \n]")
READY = re.compile(rb"ready: machine ID \d+")
FAKETIME = "/usr/lib/{}-linux-gnu/faketime/libfaketimeMT.so.1".format(os.uname().machine)


class Process:
    """One process of a machine, from its start to its end."""

    def __init__(self, name, program, environment):
        self.name = name
        self.port = None  # Until it listens, and when it has ended.
        self.is_ready = threading.Event()  # Or it has ended.
        self.has_listened = False
        self.status = None  # Until it has ended: its exit status, or -N for signal N.
        self.started = time.monotonic()
        # The smallest and the largest ID that a client got from it.
        self.first_id, self.last_id = None, None
        self._process = subprocess.Popen(
            [program, "serve"], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.id = self._process.pid

    def read_log(self, log):
        """Waits until the process has ended."""
        with self._process.stderr as lines:
            for line in lines:
                log.write(line)
                if self.port is None and (match := LISTENING.search(line)):
                    self.port, self.has_listened = int(match[1]), True
                if READY.search(line):
                    self.is_ready.set()
        self.status = self._process.wait()
        self.port = None
        self.is_ready.set()
        log.write(f"[process {self.id} ended: {self.status}]\n".encode())
        log.flush()

    def send_signal(self, number):
        """Returns whether the process still existed."""
        is_running = self._process.poll() is None
        self._process.send_signal(number)
        return is_running

    def received(self, ids):
        """Records what a client got, for the check that no two processes used the same range."""
        low, high = min(ids), max(ids)
        self.first_id = low if self.first_id is None else min(self.first_id, low)
        self.last_id = high if self.last_id is None else max(self.last_id, high)


class Machine:
    """`environment` is that of its processes, which also get HOST, PORT and a clock that is
    `clock_seconds` ahead of the system's."""

    def __init__(self, name, program, environment, folder, clock_seconds=0):
        self.name = name
        self.program = program
        self.environment = dict(environment)
        self.clock_seconds = clock_seconds
        self.signals = collections.Counter()
        self.processes = []
        self.has_ended_in_time = True
        self._log = pathlib.Path(folder) / f"{name}.log"
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name=name, daemon=True)

    def start(self):
        self._thread.start()

    def end(self):
        """Stops the supervisor and the process, by SIGTERM and then by SIGKILL."""
        self._is_ending.set()
        for number in (signal.SIGCONT, signal.SIGTERM):
            self.signal(number)
        self._thread.join(15)
        if self._thread.is_alive():
            self.has_ended_in_time = False
            self.signal(signal.SIGKILL)
            self._thread.join(5)

    @property
    def exits(self):
        return collections.Counter(
            process.status for process in self.processes if process.status is not None)

    @property
    def process(self):
        return self.processes[-1] if self.processes else None

    def signal(self, number):
        process = self.process
        if process and process.send_signal(number):
            self.signals[number] += 1

    def _supervise(self):
        with self._log.open("ab") as log:
            while not self._is_ending.is_set():
                process = Process(self.name, self.program, self._whole_environment())
                self.processes.append(process)
                if self._is_ending.is_set():
                    process.send_signal(signal.SIGTERM)
                process.read_log(log)
                remove_faketime_files(process.id)
                rest = process.started + SHORTEST_LIFE_SECONDS - time.monotonic()
                self._is_ending.wait(max(0, rest))

    def _whole_environment(self):
        environment = {"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": "0", "TZ": "UTC"}
        if self.clock_seconds:
            # As FakeClock does for the other tests. This offset stays, so it needs no file.
            environment |= {"LD_PRELOAD": FAKETIME, "FAKETIME": f"{self.clock_seconds:+}s",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        return environment | self.environment


def remove_faketime_files(process_id):
    """Removes what the library leaves in shared memory if its process is killed."""
    for name in (f"faketime_shm_{process_id}", f"sem.faketime_sem_{process_id}"):
        pathlib.Path("/dev/shm", name).unlink(missing_ok=True)
