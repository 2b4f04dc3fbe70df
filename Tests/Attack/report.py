"""The figures as tables: for the terminal, and in docs/attacks.md."""

import page
import table
from attacks import ATTACKS, DRAIN, NOTHING
from drain import Drain
from measure import Latency, Outcome
from peers import ROOT

Results = dict[str, dict[str, Outcome]]

HEADER = ["attack", "server", "kept p50", "p99", "worst", "new p50", "p99", "worst", "silence",
          "sent", "CPU", "bytes/ms", "evicted", "disturbed"]
DRAIN_HEADER = ["attack", "server", "noticed", "ended"]


def rows(results: Results) -> list[list[str]]:
    return [[name, server, *latency(found.kept), *latency(found.new),
             milliseconds(found.silent_milliseconds), size(found.sent_bytes),
             milliseconds(found.cpu_milliseconds), cost(found), evicted(found, server),
             milliseconds(found.disturbed_milliseconds)]
            for name, servers in results.items() for server, found in servers.items()]


def drain_rows(found: Drain, with_nginx: bool) -> list[list[str]]:
    own = [DRAIN.name, "idgen", milliseconds(found.noticed), milliseconds(found.ended)]
    return [own, [DRAIN.name, "nginx", "", ""]] if with_nginx else [own]


def latency(found: Latency) -> list[str]:
    return [milliseconds(value) for value in (found.p50, found.p99, found.worst)]


def milliseconds(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def size(count: int) -> str:
    return f"{count / 1000:,.0f}" if count >= 1000 else "0"


def cost(found: Outcome) -> str:
    value = found.bytes_per_millisecond()
    return "" if value is None else f"{value:,.0f}"


def evicted(found: Outcome, server: str) -> str:
    return f"{found.evicted_connections:,}" if server == "idgen" else ""


def render(header: list[str], body: list[list[str]]) -> str:
    # The second column is text, too.
    server = max(len(row[1]) for row in [header, *body])
    lines = [[row[0], row[1].ljust(server), *row[2:]] for row in [header, *body]]
    widths = [max(len(row[index]) for row in lines) for index in range(len(header))]
    return "\n".join(table.line(row, widths) for row in lines)


def write(results: Results, drain: Drain | None) -> None:
    found = page.machine()
    names = {"nginx", "Swift"}
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items()
                         if name in names)
    values = {
        "MACHINE": f"{found['processor']}, {found['cores']} cores, Linux {found['kernel']}, "
                   f"{found['system']}; {versions}",
        "ATTACKS": page.markdown(
            ["attack", "what happens"],
            [[attack.name, attack.sentence] for attack in [NOTHING, *ATTACKS, DRAIN]],
            text_columns=2),
        "TABLE": page.markdown(HEADER, rows(results), text_columns=2),
        "DRAIN": page.markdown(DRAIN_HEADER, drain_rows(drain, True), text_columns=2),
    }
    template = (ROOT / "Tests/Attack/page.md").read_text()
    for name, value in values.items():
        template = template.replace("{{" + name + "}}", value)
    (ROOT / "docs/attacks.md").write_text(template)
