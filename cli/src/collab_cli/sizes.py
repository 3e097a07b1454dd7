"""Numbers of bytes as people write them."""

from __future__ import annotations

import re

import click

MOST_BYTES = 1 << 30
MOST_MEMORY_BYTES = 1 << 50

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def size_bytes(text: str | int, most: int = MOST_BYTES) -> int:
    """A number of bytes, with K, M or G behind it for 1024 of the one before: 64M.

    Raises BadParameter for what is none, or more than `most`.
    """
    found = re.fullmatch(r"(\d{1,12})([KMG]?)", str(text).strip().upper())
    if found is None:
        raise click.BadParameter(f"{text!r} is no size: 100000, 512K, 64M or 1G is one")
    size = int(found[1]) * _UNITS[found[2]]
    if size > most:
        raise click.BadParameter(f"{text} is too much: at most {most} bytes are possible")
    return size


def memory_bytes(text: str | int) -> int:
    """As `size_bytes`, of a process."""
    return size_bytes(text, MOST_MEMORY_BYTES)
