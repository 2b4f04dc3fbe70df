"""What is measured: how each server is built and started."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "Benchmarks"
BUILD = ROOT / ".build" / "bench"

# What the images hold: see scripts/build-static.
IDGEN = str(BUILD / "idgen")
DYNAMIC_IDGEN = str(ROOT / ".build/release/idgen")
SERVER_CORE, LOAD_CORE = (0, 1) if (os.cpu_count() or 1) > 1 else (0, 0)

# The keys of the certificates that servers can have, as options of `openssl req`.
CERTIFICATE_KEYS = {
    "ecdsa": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    "rsa": ["-newkey", "rsa:2048"],
}


@dataclass(frozen=True)
class Peer:
    name: str
    title: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    # Whether it makes IDs; nginx only returns bytes.
    makes_ids: bool = True
    # Whether it may use every core, the load's too.
    all_cores: bool = False
    colour: str = "#888888"

    # Only in these scenarios, if it is not of interest in all.
    scenarios: tuple[str, ...] = ()
    # Whether it reserves time on the disk.
    has_state: bool = False
    # Further lines of nginx's server block.
    configuration: str = ""

    def is_built(self) -> bool:
        return shutil.which(self.command[0]) is not None


PEERS = [
    Peer("idgen", "idgen", [IDGEN, "serve"], colour="#f05138"),
    Peer("idgen-dynamic", "idgen, with shared libraries", [DYNAMIC_IDGEN, "serve"],
         colour="#f79a87", scenarios=("keepalive-64", "pipelined-16", "start", "rest")),
    Peer("idgen-state", "idgen, with STATE_DIR", [IDGEN, "serve"], colour="#c7402a",
         scenarios=("keepalive-64", "pipelined-16", "half-load", "start", "rest"), has_state=True),
    # Two machines on one port, for all cores.
    Peer("idgen-pair", "idgen, two processes, all cores",
         ["sh", "-c", f"MACHINE_ID=2 {IDGEN} serve & exec {IDGEN} serve"], {"REUSE_PORT": "1"},
         all_cores=True, colour="#b3361f",
         scenarios=("keepalive-64", "pipelined-16", "connections-2000")),
    Peer("ceiling-libuv", "C baseline, libuv", [str(BUILD / "ceiling-libuv")], colour="#3b6ea5"),
    # The other two accept a connection when it is established, before its first bytes.
    Peer("ceiling-libuv-deferred", "C baseline, libuv, deferred accept",
         [str(BUILD / "ceiling-libuv")], {"DEFER_ACCEPT": "1"}, colour="#6d9bc9",
         scenarios=("close",)),
    Peer("ceiling-epoll", "C baseline, epoll", [str(BUILD / "ceiling-epoll")], colour="#8fb4d9"),
    Peer("nginx", "nginx, fixed body", ["nginx", "-e", "stderr", "-c"], makes_ids=False,
         colour="#4e9a51"),
    Peer("go-1", "Go net/http, 1 processor", [str(BUILD / "peer-go")], {"GOMAXPROCS": "1"},
         colour="#c9a227"),
    Peer("go-all", "Go net/http, all processors", [str(BUILD / "peer-go")], all_cores=True,
         colour="#e3cd83"),
]
BASE = "ceiling-libuv"


def compile_all() -> None:
    """Builds everything but idgen itself, which scripts/bench has built."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for folder in BUILD.glob("state-*"):
        shutil.rmtree(folder)
    for name in ["ceiling-libuv", "ceiling-epoll"]:
        compile_c(BENCHMARKS / name / "main.c", BUILD / name,
                  ["-luv"] if name == "ceiling-libuv" else [])
    for name in ["check", "paced", "start", "tls"]:
        compile_c(BENCHMARKS / "load" / f"{name}.c", BUILD / name,
                  ["-lssl", "-lcrypto"] if name == "tls" else [])
    for name in CERTIFICATE_KEYS:
        make_certificate(name)
    if shutil.which("go"):
        subprocess.run(["go", "build", "-o", BUILD / "peer-go", "main.go"],
                       cwd=BENCHMARKS / "peer-go", check=True)


def compile_c(source: Path, output: Path, libraries: list[str]) -> None:
    subprocess.run(["cc", "-O2", "-o", output, source, *libraries], check=True)


def make_certificate(name: str) -> None:
    certificate, key = certificate_files(name)
    subprocess.run(
        ["openssl", "req", "-x509", "-nodes", "-days", "30", *CERTIFICATE_KEYS[name],
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", key, "-out", certificate], check=True, stderr=subprocess.DEVNULL)


def certificate_files(name: str) -> tuple[str, str]:
    """The files of a certificate, which all servers share, and of its key."""
    return str(BUILD / f"{name}.pem"), str(BUILD / f"{name}.key")


class Server:
    """A peer while it runs, in a session of its own, by which its processes are found."""

    def __init__(self, peer: Peer, log: int = subprocess.DEVNULL, certificate: str = ""):
        """It speaks TLS if it has a certificate: one of CERTIFICATE_KEYS."""
        self.peer = peer
        self.certificate = certificate
        self.port = free_port()
        self.process = subprocess.Popen(
            pinned(None if peer.all_cores else SERVER_CORE)
            + command_line(peer, self.port, certificate),
            env=environment(peer, self.port, certificate), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=log)

    def __enter__(self):
        deadline = time.monotonic() + 10
        while True:
            try:
                if self.peer.has_state:  # Until its time is reserved, it answers 503.
                    urllib.request.urlopen(self.url("/ready")).close()
                else:
                    socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except OSError:  # Includes urllib's errors.
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    raise SystemExit(f"{self.peer.name} does not start") from None
                time.sleep(0.005)

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, 9)
        except ProcessLookupError:
            pass
        self.process.wait()

    def url(self, path: str) -> str:
        return f"http{'s' if self.certificate else ''}://127.0.0.1:{self.port}{path}"

    def process_ids(self) -> list[int]:
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                fields = stat_fields(int(entry))
                if fields and int(fields[3]) == self.process.pid:
                    found.append(int(entry))
        return found

    def cpu(self) -> tuple[float, float, float]:
        """CPU seconds so far: all, user, system.

        All comes from the scheduler, in nanoseconds; the split from ticks, so it is coarser.
        """
        user = system = 0.0
        ticks = os.sysconf("SC_CLK_TCK")
        for process_id in self.process_ids():
            fields = stat_fields(process_id)
            user += int(fields[11]) / ticks
            system += int(fields[12]) / ticks
        return self.scheduled(0), user, system

    def waited(self) -> float:
        """Seconds so far for which a thread could have run and something else had its core."""
        return self.scheduled(1)

    def scheduled(self, field_: int) -> float:
        """The sum of a field of all threads' schedstat, in seconds: 0 has run, 1 has waited."""
        tasks = [task for process_id in self.process_ids()
                 for task in Path(f"/proc/{process_id}/task").iterdir()]
        return sum(int((task / "schedstat").read_text().split()[field_]) for task in tasks) / 1e9

    def memory(self) -> dict[str, int]:
        """In bytes: what is resident, this server's share of that where pages are shared (Pss), and
        what it has written to and no other program can share."""
        sums = {"Rss": 0, "Pss": 0, "Private_Dirty": 0}
        for process_id in self.process_ids():
            for line in Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines():
                name, _, value = line.partition(":")
                if name in sums:
                    sums[name] += int(value.split()[0]) * 1024
        return sums


def stat_fields(process_id: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def pinned(core: int | None) -> list[str]:
    return [] if core is None else ["taskset", "-c", str(core)]


def command_line(peer: Peer, port: int, certificate: str = "") -> list[str]:
    if peer.name != "nginx":
        return peer.command
    folder = BUILD / f"nginx-{port}"
    folder.mkdir(parents=True, exist_ok=True)
    template = (BENCHMARKS / "peer-nginx" / "nginx.conf").read_text()
    configuration = folder / "nginx.conf"
    listen, more = str(port), peer.configuration
    if certificate:
        listen += " ssl"
        more += ("ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {}; ssl_certificate_key {};"
                 .format(*certificate_files(certificate)))
    configuration.write_text(
        template.replace("FOLDER", str(folder)).replace("PORT", listen).replace("# MORE", more))
    return [*peer.command, str(configuration)]


def environment(peer: Peer, port: int, certificate: str = "") -> dict[str, str]:
    found = {**os.environ, "MACHINE_ID": "1", "PORT": str(port), "LOG_LEVEL": "error",
             **peer.environment}
    if certificate:
        found["TLS_CERTIFICATE_FILE"], found["TLS_KEY_FILE"] = certificate_files(certificate)
    if peer.has_state:
        # A new folder each time: the next server would wait for the limit of one that was killed.
        found["STATE_DIR"] = tempfile.mkdtemp(prefix="state-", dir=BUILD)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
