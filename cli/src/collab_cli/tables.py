"""What commands print for people: tables, sizes, and times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import click


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as they have to be; those that are empty are left out. What is in them may be
    from elsewhere."""
    table = [head, *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width)
        click.echo("  ".join(cells).rstrip())


def size(size_bytes: int) -> str:
    """As people read it: 0 B, 1.5 kB, 23 MB."""
    number, unit = float(size_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if number < 1000:
            break
        number, unit = number / 1000, larger
    return f"{number:.1f} {unit}" if number < 10 and unit != "B" else f"{number:.0f} {unit}"


def moment(time_s: float) -> str:
    """A time, on the clock of whoever reads it."""
    return datetime.fromtimestamp(time_s).strftime("%Y-%m-%d %H:%M:%S")


def printable(text: str) -> str:
    """Text from elsewhere, which must not talk to the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
