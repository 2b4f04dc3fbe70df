"""The attacks: what the clients of each do, and what must have happened."""

from dataclasses import dataclass, field


def request(target: str, method: str = "GET") -> str:
    return f"{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n"


@dataclass(frozen=True)
class Attack:
    name: str
    # What docs/attacks.md says.
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
    # What stands in nginx's configuration besides.
    nginx: str = ""
    # Whether what the clients send, or that they close, reaches the server in one go.
    at_once: bool = False
    # Whether idgen is to close connections because it holds too much.
    evicts: bool = False

    def arguments(self, port: int) -> list[str]:
        values = [self.mode, port, self.clients, self.request, self.bytes, self.status,
                  self.seconds, self.bytes_per_second]
        return [str(value) for value in values]

    def problem(self, sent: int, closed: int) -> str | None:
        """What of it did not happen. The clients see to it that their connections are open."""
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


NOTHING = Attack("nothing", "No attack: what the probe measures by itself.",
                 "endless", 1, request("/health"), seconds=2, bytes_per_second=100)
DRAIN = Attack(
    "drain",
    "30 clients send pipelined `HEAD /metrics` as fast as they can, and read, when SIGTERM comes "
    "(`DRAIN_TIMEOUT_MS=2000`).",
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
           "9,900 clients have sent half a head each at the same time, and the time for the rest "
           "of it runs out (`HEAD_TIMEOUT_MS=2000`).",
           "expire", MANY, request("/id"), status=408, variables={"HEAD_TIMEOUT_MS": "2000"},
           nginx="client_header_timeout 2s;", at_once=True),
    Attack("eviction",
           "9,900 clients send 2 kB each of pipelined `GET /ids?count=4096` and read nothing, so "
           "that `MAX_HELD_BYTES` runs out and connections are closed.",
           "unread", MANY, BATCH, 2_000, seconds=4, at_once=True, evicts=True),
    Attack("connect-flood", "9,900 connections are opened at once, with one `GET /health` each, "
           "after which the server is to close them.",
           "connect", MANY, request("/health")),
    Attack("close-flood", "9,900 connections, on each of which a request was answered, are closed "
           "at once.",
           "close", MANY, request("/health"), at_once=True),
]
