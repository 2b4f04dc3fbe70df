"""The targets of idgen, and whether it meets them."""

from summary import Summary
from tls import TLS_SCENARIOS


def target_rows(summary: Summary) -> list[list[str]]:
    def ratio(scenario: str, column: str = "cpu") -> float | None:
        return summary.ratio(scenario, "idgen", column)

    def value(scenario: str, column: str) -> float | None:
        return summary.value(scenario, "idgen", column)

    rows = []

    def most(what: str, limit: float, found: float | None, style: str, unit: str = "") -> None:
        add(what, f"at most {style.format(limit)}{unit}", found, style, unit,
            found is not None and found <= limit)

    def least(what: str, limit: float, found: float | None, style: str, unit: str = "") -> None:
        add(what, f"at least {style.format(limit)}{unit}", found, style, unit,
            found is not None and found >= limit)

    def add(what: str, wanted: str, found: float | None, style: str, unit: str, met: bool) -> None:
        if found is not None:
            rows.append([what, wanted, style.format(found) + unit, "yes" if met else "**no**"])

    times = " times C baseline"
    most("64 keep-alive connections, CPU", 1.05, ratio("keepalive-64"), "{:.2f}", times)
    most("pipelined 16 deep, CPU", 1.5, ratio("pipelined-16"), "{:.2f}", times)
    least("pipelined 16 deep, requests a second", 1e6, value("pipelined-16", "rate"), "{:,.0f}")
    pipelined = value("pipelined-16", "cpu")
    least("pipelined 16 deep, requests for a second of CPU", 1e6, pipelined and 1e6 / pipelined,
          "{:,.0f}")
    for name, what, limit in [("one", "one connection", 1.1),
                              ("close", "a connection for each request", 0.75),
                              ("connections-2000", "2,000 connections", 1.1)]:
        most(f"{what}, CPU", limit, ratio(name), "{:.2f}", times)
        most(f"{what}, p50", 1.05, ratio(name, "p50"), "{:.2f}", times)
    least("batches of 4096, IDs a second", 4.05e6, value("ids-4096", "rate"), "{:,.0f}")
    most("batches of 4096, share of a core", 0.3, value("ids-4096", "core"), "{:.0%}")
    most("/health meanwhile, p99", 2000, value("health-meanwhile", "p99"), "{:,.0f}", " µs")
    for clients in [16, 64, 256, 1000]:
        name, beside = f"fairness-{clients}", f"beside {clients:,} clients that take batches"
        most(f"/id {beside}, p99", 2000, value(name, "p99"), "{:,.0f}", " µs")
        if clients <= 256:
            refused = [value(name, "refused"), value(name, "batch_refused")]
            most(f"{beside}, refused", 0, None if None in refused else sum(refused), "{:,.0f}")
        least(f"{beside}, IDs a second in batches", 3.9e6, value(name, "batch_rate"), "{:,.0f}")
    most("a batch of 4096 beside 256 clients at /id, max", 10_000, value("fairness-batch", "max"),
         "{:,.0f}", " µs")
    least("batches of 64, IDs a second", 4e6, value("ids-64", "rate"), "{:,.0f}")
    most("half load, typical p99", 1.1, ratio("half-load", "typical"), "{:.2f}", times)
    for scenario, column, what, limit in [
            ("keepalive-64", "cpu", "64 keep-alive connections, CPU", 1.02),
            ("pipelined-16", "cpu", "pipelined 16 deep, CPU", 1.02),
            ("half-load", "p999", "half load, p99.9", 1.1)]:
        most(f"with STATE_DIR: {what}", limit,
             summary.ratio(scenario, "idgen-state", column, base="idgen"), "{:.3f}",
             " times without")
    most("a connection at rest", 512, value("idle", "bytes"), "{:,.0f}", " bytes")
    most("resident at rest", 10, value("rest", "resident"), "{:.1f}", " MB")
    most("CPU at rest", 0.05, value("rest", "cpu"), "{:.2f}", " ms a second")
    most("start to first answer", 8, value("start", "milliseconds"), "{:.1f}", " ms")
    for scenario in TLS_SCENARIOS:
        limit, column = (1.0, "bytes") if scenario.kind == "idle" else (1.1, "cpu")
        what = "memory" if column == "bytes" else "CPU"
        most(f"{scenario.long_title}, {what}", limit,
             summary.ratio(scenario.name, "idgen", column, base=scenario.base), "{:.2f}",
             " times nginx")
    return rows
