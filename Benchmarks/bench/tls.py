"""Scenarios over TLS, in which idgen and nginx have the same certificates and the same OpenSSL."""

import ssl
import subprocess
from dataclasses import dataclass

from clients import WrongAnswer, run
from peers import BUILD, Peer, Server, certificate_files
from rest import bytes_of_each
from wrk import CPUTime, check_run, wrk

CERTIFICATES = {"ecdsa": "ECDSA P-256", "rsa": "RSA 2048"}
CIPHERS = {
    ("1.2", "ecdsa"): "ECDHE-ECDSA-AES256-GCM-SHA384",
    ("1.2", "rsa"): "ECDHE-RSA-AES256-GCM-SHA384",
    ("1.3", "ecdsa"): "TLS_AES_256_GCM_SHA384",
    ("1.3", "rsa"): "TLS_AES_256_GCM_SHA384",
}


def requests_over(server: Server, seconds: float, kind: str, version: str) -> tuple[int, int]:
    """Requests one after the other, on connections of this kind: see Benchmarks/load/tls.c.

    Returns how many there were, and the length of a response in bytes.
    """
    line = run([BUILD / "tls", server.port, "/id", seconds, kind, version])
    _, requests, _, length, _, cipher = line.split()
    if cipher != CIPHERS[version, server.certificate]:
        raise WrongAnswer(f"TLS {version} with {cipher}")
    return int(requests), int(length)


@dataclass(frozen=True)
class OverTLS:
    """What the scenarios over TLS have in common."""

    version: str
    certificate: str = "ecdsa"
    peers = ("idgen", "nginx")
    # What the ratios refer to.
    base = "nginx"

    @property
    def name(self) -> str:
        suffix = "" if self.certificate == "ecdsa" else f"-{self.certificate}"
        return f"tls-{self.kind}-{self.version}{suffix}"

    @property
    def detail(self) -> str:
        return f"TLS {self.version}, {CERTIFICATES[self.certificate]}"

    @property
    def long_title(self) -> str:
        return f"{self.title.removesuffix(' over TLS')}, {self.detail}"

    def row_of(self, peer: Peer) -> str:
        return f"{peer.title}, {self.detail}"


@dataclass(frozen=True)
class Handshakes(OverTLS):
    """A connection for each request, one after the other."""

    kind: str = "full"
    columns = ["cpu", "user", "system"]

    @property
    def title(self) -> str:
        return f"a {self.kind} handshake for each request"

    def measure(self, peer: Peer, seconds: float, _) -> dict:
        with Server(peer, certificate=self.certificate) as server:
            requests_over(server, 0.2, self.kind, self.version)
            before = CPUTime(server)
            requests, _ = requests_over(server, seconds, self.kind, self.version)
            return before.per_million(requests)


@dataclass(frozen=True)
class KeepAlive(OverTLS):
    """64 connections that stay, as in the scenario without TLS."""

    kind = "keepalive"
    title = "64 keep-alive connections over TLS"
    columns = ["cpu", "user", "system", "rate", "p50", "p99", "core"]
    connections = 64

    def measure(self, peer: Peer, seconds: float, _) -> dict:
        with Server(peer, certificate=self.certificate) as server:
            _, length = requests_over(server, 0.2, "kept", self.version)
            before = CPUTime(server)
            found = wrk(server.url("/id"), self.connections, seconds, configuration=self.openssl())
            cost = before.per_million(found["requests"])
        check_run(self.name, found, length, self.connections)
        return {**cost, "rate": found["requests"] / found["seconds"],
                "p50": found["p50"], "p99": found["p99"],
                "core": cost["cpu"] * found["requests"] / 1e6 / found["seconds"]}

    def openssl(self) -> str:
        """A configuration of OpenSSL that has wrk speak this version: it has no option for it."""
        path = BUILD / f"openssl-{self.version}.cnf"
        path.write_text(
            "openssl_conf = main\n[main]\nssl_conf = ssl\n[ssl]\nsystem_default = default\n"
            f"[default]\nMinProtocol = TLSv{self.version}\nMaxProtocol = TLSv{self.version}\n")
        return str(path)


@dataclass(frozen=True)
class IdleOverTLS(OverTLS):
    """Two thousand connections that each made one request."""

    kind = "idle"
    title = "2,000 connections at rest over TLS"
    columns = ["bytes", "bytes_ratio"]
    connections = 2000

    def measure(self, peer: Peer, seconds: float, _) -> dict:
        context = ssl.create_default_context(cafile=certificate_files(self.certificate)[0])
        context.minimum_version = context.maximum_version = {
            "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[self.version]
        with Server(peer, certificate=self.certificate) as server:
            requests_over(server, 0.1, "full", self.version)
            return {"bytes": bytes_of_each(
                server, self.connections,
                lambda client: context.wrap_socket(client, server_hostname="localhost"))}


VERSIONS = ["1.3", "1.2"]
TLS_SCENARIOS = [
    *[Handshakes(version, certificate) for version in VERSIONS for certificate in CERTIFICATES],
    *[Handshakes(version, kind="resumed") for version in VERSIONS],
    *[KeepAlive(version) for version in VERSIONS],
    *[IdleOverTLS(version) for version in VERSIONS],
]
