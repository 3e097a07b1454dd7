"""Files that are steps of one series: by their names, which differ in one number only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

Pattern: TypeAlias = tuple[str, str]
"""What stands before and after the number that differs."""

_NUMBER = re.compile(r"\d+")


def grouped(names: Iterable[str]) -> list[tuple[str, ...]]:
    """`names` in groups, each a series by number or a single file, in the order in which each
    group begins. The last number that differs is the one that counts; folders don't differ."""
    names = list(dict.fromkeys(names))
    members: dict[Pattern, list[str]] = {}
    for name in names:
        for pattern in _patterns(name):
            members.setdefault(pattern, []).append(name)
    groups: dict[str, tuple[str, ...]] = {}
    for name in names:
        if name not in groups:
            fellows: Iterator[tuple[str, ...]] = (
                _by_number(pattern, [n for n in members[pattern] if n not in groups])
                for pattern in _patterns(name)
            )
            group = next((found for found in fellows if len(found) > 1), (name,))
            groups |= dict.fromkeys(group, group)
    return list(dict.fromkeys(groups[name] for name in names))


def series_name(names: Sequence[str]) -> str:
    """What to call what is read from these files: `ball_*.vtp`, or the first one's own name."""
    first = names[0]
    if len(names) > 1:
        for head, tail in _patterns(first):
            if all((head, tail) in _patterns(name) for name in names):
                return f"{head}*{tail}".rpartition("/")[2]
    return first.rpartition("/")[2]


def _patterns(name: str) -> list[Pattern]:
    """One for each number in the last part of a name, the last number first."""
    start = name.rfind("/") + 1
    found = list(_NUMBER.finditer(name, start))
    return [(name[: number.start()], name[number.end() :]) for number in reversed(found)]


def _by_number(pattern: Pattern, names: Iterable[str]) -> tuple[str, ...]:
    head, tail = pattern
    return tuple(sorted(names, key=lambda name: int(name[len(head) : len(name) - len(tail)])))
