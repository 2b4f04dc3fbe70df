"""The figures as a table for the terminal."""

from summary import Summary


def render(results: dict) -> str:
    summary = Summary(results)
    blocks = []
    for title, header, rows in summary.tables():
        header[0] = title
        widths = [max(len(row[index]) for row in [header, *rows]) for index in range(len(header))]
        widths[0] = max(widths[0], 40)
        blocks.append("\n".join(line(row, widths) for row in [header, *rows]))
    return "\n\n".join(blocks)


def line(cells: list[str], widths: list[int]) -> str:
    first = cells[0].ljust(widths[0])
    return "  ".join([first, *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:]))])
