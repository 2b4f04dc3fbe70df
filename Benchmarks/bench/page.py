"""docs/benchmarks.md and its plots."""

import os
import platform
import re
import subprocess
from pathlib import Path

from peers import BASE, BENCHMARKS, PEERS
from plot import Bar, chart
from summary import Summary, base_of
from targets import target_rows

MICRO = """### Without a socket

From `scripts/bench-micro`: nanoseconds and allocations of the parts of a request, in a plain loop.

```
{}
```

"""
BATCHES = ["ids-1", "ids-64", "ids-100", "ids-4096"]


def machine() -> dict:
    """What the figures depend on."""
    processor = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    versions = {}
    for name, command in {"wrk": ["wrk", "-v"], "nginx": ["nginx", "-v"],
                          "Go": ["go", "version"], "Swift": ["swift", "--version"],
                          "OpenSSL": ["openssl", "version"], "cc": ["cc", "--version"]}.items():
        versions[name] = version(command)
    return {"processor": processor[1] if processor else platform.machine(),
            "cores": os.cpu_count(), "kernel": platform.release(),
            "system": system_name(), "load": os.getloadavg()[0], "versions": versions}


def version(command: list[str]) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return "none"
    found = re.search(r"\d+\.\d+(\.\d+)?", result.stdout + result.stderr)
    return found[0] if found else "unknown"


def system_name() -> str:
    release = Path("/etc/os-release").read_text()
    found = re.search(r'PRETTY_NAME="(.*)"', release)
    return found[1] if found else platform.system()


def write(results: dict, folder: Path) -> None:
    summary = Summary(results)
    folder.mkdir(exist_ok=True)
    for name, content in plots(summary).items():
        (folder / f"benchmarks-{name}.svg").write_text(content)
    template = (BENCHMARKS / "bench" / "page.md").read_text()
    found = results["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    values = {
        "MACHINE": f"{found['processor']}, {found['cores']} cores, Linux {found['kernel']}, "
                   f"{found['system']}; {versions}",
        "LOAD": f"{found['load']:.2f}",
        "ROUNDS": str(results["rounds"]),
        "SECONDS": f"{results['seconds']:g}",
        "TARGETS": markdown(["what", "target", "measured", "met"], target_rows(summary)),
        "LOSSES": losses(summary),
        "TABLES": tables(summary),
        "MICRO": MICRO.format(results["micro"].rstrip()) if results.get("micro") else "",
    }
    for name, value in values.items():
        template = template.replace("{{" + name + "}}", value)
    (folder / "benchmarks.md").write_text(template)


def tables(summary: Summary) -> str:
    parts = []
    for title, header, rows in summary.tables():
        parts.append(f"### {title[0].upper()}{title[1:]}\n\n{markdown(header, rows)}")
    return "\n\n".join(parts)


def markdown(header: list[str], rows: list[list[str]], text_columns: int = 1) -> str:
    """The columns from the first on that hold text are aligned to the left."""
    alignment = ["---"] * text_columns + ["---:"] * (len(header) - text_columns)
    lines = [header, alignment, *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def losses(summary: Summary) -> str:
    """Every scenario in which another server needs less, in its own words."""
    lines = []
    for scenario in summary.scenarios:
        column = scenario.columns[0]
        better = []
        for peer in PEERS:
            ratio = summary.ratio(scenario.name, "idgen", column, base=peer.name)
            if not peer.name.startswith("idgen") and ratio is not None and ratio > 1.02:
                better.append(f"{peer.title} ({ratio:.2f} times)")
        if better:
            title = getattr(scenario, "long_title", scenario.title)
            lines.append(f"- {title}: idgen needs more than {'; '.join(better)}.")
    return "\n".join(lines) or "In no scenario."


def plots(summary: Summary) -> dict[str, str]:
    loads = [one for one in summary.scenarios
             if "user" in one.columns and base_of(one) == BASE]
    requests = [one for one in loads if one.name not in BATCHES]
    return {
        "cpu": chart(
            "CPU seconds per million requests, as multiples of the minimal C baseline over libuv",
            [(one.title, bars(summary, one.name, "cpu", "{:.2f}", base=BASE))
             for one in requests],
            limit=6),
        "batches": chart(
            "Million IDs a second by size of batch",
            [(one.title, bars(summary, one.name, "rate", "{:.2f}", 1e-6))
             for one in loads if one.name in BATCHES]),
        "latency": chart(
            "Latency at a fixed rate, in microseconds",
            [(title, bars(summary, "half-load", column, "{:,.0f}"))
             for title, column in [("p50", "p50"), ("typical p99", "typical"), ("p99", "p99"),
                                   ("p99.9", "p999")]],
            limit=latency_limit(summary)),
        "memory": chart(
            "Memory at rest, in MB",
            [("", bars(summary, "rest", "resident", "{:.1f}"))]),
        "connections": chart(
            "Memory of a connection at rest, in bytes",
            [("", bars(summary, "idle", "bytes", "{:,.0f}"))], limit=4000),
        "start": chart(
            "Start to first answer, in milliseconds",
            [("", bars(summary, "start", "milliseconds", "{:.1f}"))]),
        "tls": chart(
            "CPU and memory over TLS, as multiples of nginx's",
            [(one.long_title, bars(summary, one.name, one.columns[0], "{:.2f}", base=one.base))
             for one in summary.scenarios if base_of(one) != BASE]),
    }


def latency_limit(summary: Summary) -> float | None:
    own = summary.value("half-load", "idgen", "p999")
    return own * 5 if own else None


def bars(summary: Summary, scenario: str, column: str, style: str, scale: float = 1,
         base: str | None = None) -> list[Bar]:
    """A bar for each server; with `base`, of its ratio to that server."""
    found = []
    for peer in PEERS:
        value = (summary.ratio(scenario, peer.name, column, base) if base
                 else summary.value(scenario, peer.name, column))
        if value is not None:
            value *= scale
            found.append(Bar(peer.title, value, style.format(value), peer.colour))
    return found
