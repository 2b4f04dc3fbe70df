"""Clients that request IDs all the time, and record every ID and every refusal."""

import array
import collections
import json
import random
import re
import socket
import threading
import time

import layouts

BATCH_COUNT = 96
SINGLE_COUNT = 4
PERIOD_SECONDS = 0.01
CONNECTION_SECONDS = 5
# A patient client gets the late responses of a machine that was stopped; an impatient one leaves.
TIMEOUTS_SECONDS = (1, 60)
ID = re.compile(rb'\{"id": (\d+), "machine_id": (\d+)\}')
IDS = re.compile(rb'\{"ids": \[([\d, ]+)\], "machine_id": (\d+)\}')


class Refusal(Exception):
    """No ID: a failed connection, or a response other than 200. Its text is the code."""


class Connection:
    """One keep-alive connection; raises Refusal for whatever ends it."""

    def __init__(self, port, timeout_seconds):
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), timeout_seconds)
        except TimeoutError:
            raise Refusal("timed out") from None
        except OSError:
            raise Refusal("connection refused") from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb")
        self.is_last = False

    def close(self):
        self._reader.close()
        self._socket.close()

    def send(self, *targets):
        data = "".join(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n" for target in targets)
        try:
            self._socket.sendall(data.encode())
        except TimeoutError:
            raise Refusal("timed out") from None
        except OSError:
            raise Refusal("connection lost") from None

    def receive(self):
        """Reads the next response: its status and content."""
        try:
            line, length = self._reader.readline(), 0
            status = int(line[9:12] or 0)
            while line not in (b"\r\n", b""):
                line = self._reader.readline()
                name, _, value = line.lower().partition(b":")
                if name == b"content-length":
                    length = int(value)
                if name == b"connection" and b"close" in value:
                    self.is_last = True
            content = self._reader.read(length)
        except TimeoutError:
            raise Refusal("timed out") from None
        except OSError:
            raise Refusal("connection lost") from None
        if line == b"" or len(content) != length:
            raise Refusal("connection lost")
        return status, content

    def receive_ids(self, count, layout=layouts.DEFAULT):
        """Reads the next response, which must have this number of IDs."""
        status, content = self.receive()
        if status == 503:
            raise Refusal(json.loads(content)["code"])
        match = (ID if count == 1 else IDS).fullmatch(content)
        if status != 200 or not match:
            raise ValueError(f"status {status}: {content[:200]}")
        ids = array.array("Q", map(int, match[1].split(b", ")))
        machine_id = int(match[2])
        if len(ids) != count or any(layout.machine_id(id) != machine_id for id in ids):
            raise ValueError(f"{len(ids)} IDs for {count}, or not of machine ID {machine_id}")
        return ids


class Availability:
    """The longest time without an ID from any machine, and when it ended."""

    def __init__(self):
        self._lock = threading.Lock()
        self._last = time.monotonic()
        self.longest_seconds, self.ended = 0.0, time.time()

    def answered(self):
        with self._lock:
            now = time.monotonic()
            if now - self._last > self.longest_seconds:
                self.longest_seconds, self.ended = now - self._last, time.time()
            self._last = now


class Client:
    """A thread that asks one machine, and its next process when one has ended."""

    def __init__(self, machine, folder, seed, availability, layout):
        self.machine = machine
        self._layout = layout
        self.path = folder / f"{machine.name}.ids"
        self.answers = collections.Counter()  # By "answered", or the code of the refusal.
        self.faults = []  # Responses that must never come.
        self.id_count = 0
        self._random = random.Random(f"{seed} {machine.name}")
        self._availability = availability
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()

    def end(self):
        self._is_ending.set()
        if self._thread.ident:  # It was started.
            self._thread.join(max(TIMEOUTS_SECONDS) + 5)

    def _run(self):
        # The position in the file of IDs at which each connection begins, to find an ID's process.
        with self.path.open("wb") as ids, self.path.with_suffix(".connections").open("w") as places:
            while not self._is_ending.is_set():
                process = self.machine.process
                port = process and process.port
                if not port:
                    self._is_ending.wait(PERIOD_SECONDS)
                    continue
                places.write(f"{ids.tell() // 8} {time.time():.3f} process {process.id}\n")
                try:
                    self._use_connection(process, port, ids)
                except Refusal as refusal:
                    self.answers[str(refusal)] += 1
                except Exception as error:
                    self.faults.append(f"{self.machine.name}, process {process.id}: {error!r}")
                    self._is_ending.wait(0.1)
                self._is_ending.wait(PERIOD_SECONDS)

    def _use_connection(self, process, port, file):
        connection = Connection(port, self._random.choice(TIMEOUTS_SECONDS))
        deadline = time.monotonic() + self._random.uniform(0, 2 * CONNECTION_SECONDS)
        last = 0
        try:
            while time.monotonic() < deadline and not self._is_ending.is_set():
                asked = time.monotonic()
                connection.send(f"/ids?count={BATCH_COUNT}", *["/id"] * SINGLE_COUNT)
                for count in (BATCH_COUNT, *[1] * SINGLE_COUNT):
                    last = self._receive(connection, count, last, process, file)
                if connection.is_last:
                    return
                self._is_ending.wait(max(0, asked + PERIOD_SECONDS - time.monotonic()))
        finally:
            connection.close()

    def _receive(self, connection, count, last, process, file):
        """Returns the last ID of the connection."""
        try:
            ids = connection.receive_ids(count, self._layout)
        except Refusal as refusal:
            if str(refusal) in ("timed out", "connection lost"):
                raise
            self.answers[str(refusal)] += 1
            return last
        self.answers["answered"] += 1
        self._availability.answered()
        ids.tofile(file)
        self.id_count += count
        process.received(ids)
        for id in ids:
            if id <= last:
                self.faults.append(f"{self.machine.name}, process {process.id}: {id} after {last}")
            last = id
        return last
