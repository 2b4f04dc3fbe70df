"""Rounds to figures: medians, and ratios to the minimal C baseline, or over TLS to nginx."""

from statistics import median

from peers import BASE, PEERS
from scenarios import SCENARIOS

# What a column is called, and how its figures are written.
COLUMNS = {
    "cpu": ("CPU s per million", "{:.2f}"),
    "ratio": ("times C baseline", "{:.2f}"),
    "user": ("user", "{:.2f}"),
    "system": ("system", "{:.2f}"),
    "rate": ("a second", "{:,.0f}"),
    "p50": ("p50 µs", "{:,.0f}"),
    "p99": ("p99 µs", "{:,.0f}"),
    "typical": ("typical p99 µs", "{:,.0f}"),
    "typical_ratio": ("times C baseline", "{:.2f}"),
    "p999": ("p99.9 µs", "{:,.0f}"),
    "max": ("max µs", "{:,.0f}"),
    "waited": ("waited for its core, ms a second", "{:,.1f}"),
    "core": ("of a core", "{:.0%}"),
    "milliseconds": ("ms", "{:.1f}"),
    "resident": ("MB resident", "{:.1f}"),
    "written": ("of it written to", "{:.1f}"),
    "calls": ("system calls a second", "{:.1f}"),
    "bytes": ("bytes each", "{:,.0f}"),
    "bytes_ratio": ("times C baseline", "{:.2f}"),
    "refused": ("refused", "{:,.0f}"),
    "batch_rate": ("IDs a second in batches", "{:,.0f}"),
    "batch_refused": ("batches refused", "{:,.0f}"),
    "batch_p99": ("p99 of a batch, ms", "{:,.1f}"),
    "single_rate": ("/id a second", "{:,.0f}"),
    "single_p99": ("p99 of /id, µs", "{:,.0f}"),
}
# At rest, CPU is counted in milliseconds a second and not by requests.
REST_COLUMNS = {**COLUMNS, "cpu": ("CPU ms a second", "{:.2f}")}


class Summary:
    def __init__(self, results: dict):
        self.results = results
        self.scenarios = [one for one in SCENARIOS if results["runs"].get(one.name)]

    def rounds(self, scenario: str, peer: str, column: str) -> list[float]:
        runs = self.results["runs"].get(scenario, {}).get(peer, [])
        return [one[column] for one in runs if column in one]

    def value(self, scenario: str, peer: str, column: str) -> float | None:
        values = self.rounds(scenario, peer, column)
        return median(values) if values else None

    def ratio(self, scenario: str, peer: str, column: str = "cpu",
              base: str = BASE) -> float | None:
        """The median of the rounds' ratios to another server, by default the minimal C baseline.

        Both ran within seconds of each other in each round, so drift of the machine cancels out."""
        own, others = self.rounds(scenario, peer, column), self.rounds(scenario, base, column)
        pairs = [a / b for a, b in zip(own, others) if b > 0]
        return median(pairs) if pairs else None

    def tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        """A title, a header and rows for each table. Scenarios with one title share a table."""
        found: dict[str, tuple[str, list[str], list[list[str]]]] = {}
        for scenario in self.scenarios:
            header, rows = self.table(scenario)
            found.setdefault(scenario.title, (scenario.title, header, []))[2].extend(rows)
        return list(found.values())

    def table(self, scenario) -> tuple[list[str], list[list[str]]]:
        """A header, and a row for each peer, all as text. A scenario may name its row itself."""
        is_load = "user" in scenario.columns
        names = list(scenario.columns)
        if is_load:
            names[1:1] = ["ratio"]
        known = COLUMNS if is_load else REST_COLUMNS
        first = getattr(scenario, "range_of", scenario.columns[0])
        titles = [known[name][0] for name in names]
        if base_of(scenario) != BASE:
            titles = [title.replace("C baseline", base_of(scenario)) for title in titles]
        header = ["", *titles, f"range of {known[first][0]}"]
        rows = []
        for peer in PEERS:
            values = self.rounds(scenario.name, peer.name, first)
            if not values:
                continue
            style = known[first][1]
            cells = [self.cell(scenario, peer.name, name, known[name][1]) for name in names]
            spread = f"{style.format(min(values))}–{style.format(max(values))}"
            rows.append([row_title(scenario, peer), *cells, spread])
        return header, rows

    def cell(self, scenario, peer: str, column: str, style: str) -> str:
        name, base = scenario.name, base_of(scenario)
        if column == "ratio":
            value = self.ratio(name, peer, base=base)
        elif column.endswith("_ratio"):
            value = self.ratio(name, peer, column.removesuffix("_ratio"), base)
        else:
            value = self.value(name, peer, column)
        return "" if value is None else style.format(value)


def base_of(scenario) -> str:
    """The server that a scenario's ratios refer to."""
    return getattr(scenario, "base", BASE)


def row_title(scenario, peer) -> str:
    if hasattr(scenario, "row_of"):
        return scenario.row_of(peer)
    return getattr(scenario, "row", peer.title)
