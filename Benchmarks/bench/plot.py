"""Bar charts as SVG, by hand: a few rectangles and their labels need no library."""

from dataclasses import dataclass
from html import escape

WIDTH, LABEL, BAR, GAP, GROUP = 760, 250, 16, 3, 34


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    text: str
    colour: str


def chart(title: str, groups: list[tuple[str, list[Bar]]], limit: float | None = None) -> str:
    """Groups of horizontal bars, all to one scale.

    A bar longer than `limit` is cut, and its figure says so.
    """
    groups = [group for group in groups if group[1]]
    longest = max((bar.value for _, bars in groups for bar in bars), default=1)
    scale = (WIDTH - LABEL - 90) / min(longest, limit or longest)
    parts, y = [], 34
    for name, bars in groups:
        parts.append(text(8, y + 13, name, "bold"))
        y += 20 if name else 0
        for bar in bars:
            length = min(bar.value, limit or bar.value) * scale
            cut = " →" if limit and bar.value > limit else ""
            parts.append(text(LABEL - 8, y + 12, bar.label, anchor="end"))
            parts.append(f'<rect x="{LABEL}" y="{y}" width="{max(length, 1):.1f}" height="{BAR}" '
                         f'fill="{bar.colour}"/>')
            parts.append(text(LABEL + max(length, 1) + 6, y + 12, bar.text + cut))
            y += BAR + GAP
        y += GROUP - 20
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" '
            f'font-family="system-ui, sans-serif" font-size="12">\n'
            f"<title>{escape(title)}</title>\n"
            f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>\n'
            f'{text(8, 20, title, "bold", size=15)}\n' + "\n".join(parts) + "\n</svg>\n")


def text(x: float, y: float, content: str, weight: str = "normal", anchor: str = "start",
         size: int = 12) -> str:
    return (f'<text x="{x:.1f}" y="{y}" font-weight="{weight}" text-anchor="{anchor}" '
            f'font-size="{size}" fill="#222222">{escape(content)}</text>')
