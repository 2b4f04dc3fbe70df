"""How many requests are refused while etcd fails: one machine, 200 requests a second."""

import collections
import signal
import threading
import time

import load
import report
from machine import Machine

REQUESTS_A_SECOND = 200
TIMEOUT_SECONDS = 2
BEFORE_SECONDS = 5
READY_SECONDS = 60


def cases(cluster):
    """The faults: a name, a function that begins it and returns one that ends it, and seconds."""
    first = cluster.nodes[0]

    def kill_leader():
        nodes = [cluster.await_leader()]
        nodes[0].kill()
        return lambda: cluster.start(nodes)

    def kill(nodes):
        def begin():
            for node in nodes:
                node.kill()
            return lambda: cluster.start(nodes)
        return begin

    def stop(nodes):
        def begin():
            for node in nodes:
                node.stop()
            return lambda: [node.resume() for node in nodes]
        return begin

    everyone = cluster.nodes
    return [
        ("the leader is killed", kill_leader, 20),
        ("the first node is killed, for a minute", kill([first]), 60),
        ("the first node is stopped, for a minute", stop([first]), 60),
        ("all are killed, for 5 s", kill(everyone), 5),
        ("all are stopped, for 5 s", stop(everyone), 5),
        ("all are killed, for 30 s", kill(everyone), 30),
        ("all are stopped, for 30 s", stop(everyone), 30),
    ]


class SteadyClient:
    """One connection, a request every five milliseconds; the outcome and time of each."""

    def __init__(self, machine):
        self._machine = machine
        self.outcomes = []  # (when it was asked, the code of its refusal or None)
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self):
        self._is_ending.set()
        self._thread.join()

    def _run(self):
        connection, due = None, time.monotonic()
        while not self._is_ending.wait(max(0, due - time.monotonic())):
            asked = time.monotonic()
            try:
                connection = connection or load.Connection(
                    self._machine.process.port or 0, TIMEOUT_SECONDS)
                connection.send("/id")
                connection.receive_ids(1)
                self.outcomes.append((asked, None))
            except load.Refusal as refusal:
                self.outcomes.append((asked, str(refusal)))
                if "connection" in str(refusal) or "timed" in str(refusal):
                    connection = connection and connection.close()
            if connection and connection.is_last:
                connection = connection.close()
            due = max(due + 1 / REQUESTS_A_SECOND, time.monotonic() - 1)


def run(program, store, cluster, folder):
    # With the default window.
    machine = Machine("machine-1", program, store | {"MACHINE_ID": "1"}, folder)
    machine.start()
    failures = []
    print("what fails\tasked\trefused\tfirst, s\tlast, s\twhy")
    try:
        for name, begin, seconds in cases(cluster):
            if not await_ready(machine):
                return [f"not ready for {READY_SECONDS} s, before: {name}"]
            print(row(name, *watch(machine, begin, seconds)), flush=True)
            cluster.await_leader()
            time.sleep(BEFORE_SECONDS)
        if machine.exits:
            failures.append(f"processes ended: {dict(machine.exits)}")
    finally:
        machine.end()
    return failures


def await_ready(machine):
    deadline = time.monotonic() + READY_SECONDS
    while not report.is_ready(machine):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def watch(machine, begin, seconds):
    """When the fault began, and the outcomes until some time after its end."""
    client = SteadyClient(machine)
    try:
        time.sleep(BEFORE_SECONDS)
        began = time.monotonic()
        end = begin()
        time.sleep(max(0, began + seconds - time.monotonic()))
        end()
        await_ready(machine)
        time.sleep(BEFORE_SECONDS)
    finally:
        client.end()
    return began, client.outcomes


def row(name, began, outcomes):
    refused = [(when - began, code) for when, code in outcomes if code]
    codes = collections.Counter(code for _, code in refused)
    first, last = (f"{refused[at][0]:.1f}" if refused else "-" for at in (0, -1))
    return "\t".join([name, str(len(outcomes)), str(len(refused)), first, last,
                      report.listed(codes)])
