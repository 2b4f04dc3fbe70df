"""A cluster of three etcd nodes on loopback, each of which can be killed, stopped and continued."""

import json
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

NODE_COUNT = 3
START_SECONDS = 30
# Below Linux's ephemeral ports, so that they are still free when a node is restarted.
PORTS = range(20000, 30000)


class Node:
    """One member: its process, which may be started again on the same data."""

    def __init__(self, name, client_port, peer_port, folder):
        self.name = name
        self.url = f"http://127.0.0.1:{client_port}"
        self.peer_url = f"http://127.0.0.1:{peer_port}"
        self._data = folder / name
        self._log = folder / f"{name}.log"
        self._process = None

    def start(self, members):
        """Starts the process, unless it runs; `members` is what `--initial-cluster` names."""
        if self._process and self._process.poll() is None:
            return
        command = [
            "etcd", "--name", self.name, "--data-dir", self._data, "--logger", "zap",
            "--listen-client-urls", self.url, "--advertise-client-urls", self.url,
            "--listen-peer-urls", self.peer_url, "--initial-advertise-peer-urls", self.peer_url,
            "--initial-cluster", members, "--initial-cluster-state", "new",
            "--initial-cluster-token", "idgen-test",
            "--auto-compaction-mode", "revision", "--auto-compaction-retention", "1000"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self):
        """Sends SIGKILL, which also ends a stopped process."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def stop(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def leads(self, timeout_seconds=1):
        """Whether this member leads the cluster, or None if it does not answer."""
        request = urllib.request.Request(f"{self.url}/v3/maintenance/status", data=b"{}")
        try:
            with urllib.request.urlopen(request, timeout=timeout_seconds) as answer:
                status = json.load(answer)
        except (OSError, ValueError):
            return None
        return status.get("leader", "0") == status["header"]["member_id"]


class Cluster:
    def __init__(self, folder):
        ports = free_ports(2 * NODE_COUNT)
        self.nodes = [Node(f"node-{number + 1}", *ports[2 * number:2 * number + 2], folder)
                      for number in range(NODE_COUNT)]
        self._members = ",".join(f"{node.name}={node.peer_url}" for node in self.nodes)

    def __enter__(self):
        try:
            self.start()
            self.await_leader()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            node.kill()

    @property
    def endpoints(self):
        """The value for ETCD_ENDPOINTS."""
        return ",".join(node.url for node in self.nodes)

    def start(self, nodes=None):
        for node in nodes or self.nodes:
            node.start(self._members)

    def heal(self):
        """Makes every node run again, whatever was done to it."""
        for node in self.nodes:
            node.resume()
        self.start()

    def leader(self):
        """The leader, or None while there is none."""
        return next((node for node in self.nodes if node.leads()), None)

    def has_leader(self):
        """In a second at most; a node that is stopped does not answer."""
        return any(node.leads(0.3) for node in self.nodes)

    def await_leader(self):
        deadline = time.monotonic() + START_SECONDS
        while not (leader := self.leader()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"etcd has no leader for {START_SECONDS} s")
            time.sleep(0.1)
        return leader

    def records(self):
        """Every key and value as text, to investigate a failure."""
        try:
            return subprocess.run(
                ["etcdctl", "--endpoints", self.endpoints, "get", "--prefix", ""], timeout=20,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={
                    "ETCDCTL_API": "3", "PATH": "/usr/bin:/bin"}).stdout
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"etcdctl: {error}\n"


def free_ports(count):
    ports = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise RuntimeError("no free port")
