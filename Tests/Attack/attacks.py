"""The attacks: what the clients of each do, and how to check that they did it."""

from dataclasses import dataclass, field


def request(target: str, method: str = "GET") -> str:
    return f"{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n"


@dataclass(frozen=True)
class Attack:
    name: str
    # The description in docs/attacks.md.
    sentence: str
    # As in clients.c.
    mode: str
    clients: int
    request: str
    bytes: int = 0
    status: int = 200
    seconds: float = 0
    bytes_per_second: int = 0
    variables: dict[str, str] = field(default_factory=dict)
    # Further lines of nginx's configuration.
    nginx: str = ""
    # Whether what the clients send, or that they close, reaches the server at one instant.
    at_once: bool = False
    # Whether idgen must evict connections.
    evicts: bool = False

    def arguments(self, port: int) -> list[str]:
        values = [self.mode, port, self.clients, self.request, self.bytes, self.status,
                  self.seconds, self.bytes_per_second]
        return [str(value) for value in values]

    def problem(self, sent: int, closed: int) -> str | None:
        """What did not happen as described. The clients check that their connections are open."""
        if self.mode == "unread" and sent < self.clients * len(self.request):
            return f"the clients sent {sent} bytes: not a request each"
        if self.mode == "expire" and closed < self.clients:
            return f"{closed} of {self.clients} connections were closed"
        if self.bytes_per_second and sent < 0.9 * self.seconds * self.bytes_per_second:
            return f"the clients sent {sent} bytes in {self.seconds} s"
        return None


# Below the default of MAX_CONNECTIONS, with room for the probe.
MANY = 9_900
HEAD_METRICS = request("/metrics", "HEAD")
OPENAPI = request("/openapi.yaml")
BATCH = request("/ids?count=4096")


def pipelined(name: str, target: str, status: int = 200) -> Attack:
    return Attack(
        f"pipelined-{name}",
        f"50 clients send pipelined `GET {target}` as fast as they can, for two seconds, and "
        "read.",
        "endless", 50, request(target), 65_536, status, seconds=2)


NOTHING = Attack("nothing", "No attack: what the probe measures on an idle server.",
                 "endless", 1, request("/health"), seconds=2, bytes_per_second=100)
DRAIN = Attack(
    "drain",
    "30 clients send pipelined `HEAD /metrics` as fast as they can, and read, and the server gets "
    "SIGTERM (`DRAIN_TIMEOUT_MS=2000`).",
    "drain", 30, HEAD_METRICS, 65_536,
    variables={"DRAIN_TIMEOUT_MS": "2000", "LOG_LEVEL": "notice"})
ATTACKS = [
    Attack("head-metrics", "50 clients send 60 kB each of pipelined `HEAD /metrics`, and read.",
           "once", 50, HEAD_METRICS, 60_000),
    Attack("head-metrics-sustained",
           "50 clients send pipelined `HEAD /metrics`, 1 MB/s together, for three seconds, and "
           "read.",
           "endless", 50, HEAD_METRICS, 60_000, seconds=3, bytes_per_second=1_000_000),
    Attack("openapi", "50 clients send 60 kB each of pipelined `GET /openapi.yaml`, and read.",
           "once", 50, OPENAPI, 60_000),
    Attack("openapi-sustained",
           "50 clients send pipelined `GET /openapi.yaml`, 1 MB/s together, for three seconds, and "
           "read.",
           "endless", 50, OPENAPI, 60_000, seconds=3, bytes_per_second=1_000_000),
    Attack("openapi-unread",
           "9,900 clients ask for `/openapi.yaml` and read nothing.",
           "unread", MANY, OPENAPI, seconds=2, at_once=True),
    pipelined("id", "/id"),
    pipelined("nothing-there", "/nothing", 404),
    pipelined("decode", "/decode/1"),
    pipelined("page", "/"),
    pipelined("batches", "/ids?count=4096"),
    Attack("heads-expire",
           "9,900 clients send half a head each at the same instant, and the time for the rest "
           "runs out (`HEAD_TIMEOUT_MS=2000`).",
           "expire", MANY, request("/id"), status=408, variables={"HEAD_TIMEOUT_MS": "2000"},
           nginx="client_header_timeout 2s;", at_once=True),
    Attack("eviction",
           "9,900 clients send 2 kB each of pipelined `GET /ids?count=4096` and read nothing, so "
           "that idgen reaches `MAX_HELD_BYTES` and evicts connections.",
           "unread", MANY, BATCH, 2_000, seconds=4, at_once=True, evicts=True),
    Attack("connect-flood", "9,900 clients connect at the same instant, send one `GET /health` "
           "with `Connection: close` each, and read until the server closes.",
           "connect", MANY, request("/health")),
    Attack("close-flood", "9,900 clients, each with a connection on which a request was answered, "
           "close it at the same instant.",
           "close", MANY, request("/health"), at_once=True),
]
