"""What a server counts while it works: plain numbers, which cost nothing to keep."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

ANSWER_BOUNDS_S = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
APPEND_BOUNDS_S = (0.0001, 0.0005, 0.001, 0.005, 0.02, 0.1, 0.5, 2.0)

ACCEPTED, NOTHING_TO_DO = "accepted", "nothing"
"""What becomes of a command, beside the codes of refusals."""


class Histogram:
    """How often something took how long. bounds_s: rising, without the infinite one."""

    __slots__ = ("_bounds_s", "_counts", "count", "sum_s")

    def __init__(self, bounds_s: Sequence[float]) -> None:
        self._bounds_s = tuple(bounds_s)
        self._counts = [0] * (len(self._bounds_s) + 1)
        self.count = 0
        self.sum_s = 0.0

    def add(self, took_s: float) -> None:
        self._counts[bisect_left(self._bounds_s, took_s)] += 1
        self.count += 1
        self.sum_s += took_s

    def buckets(self) -> tuple[tuple[float, int], ...]:
        """Each (upper bound, how many took no longer)."""
        total, found = 0, []
        for bound_s, count in zip((*self._bounds_s, math.inf), self._counts, strict=True):
            total += count
            found.append((bound_s, total))
        return tuple(found)


@dataclass(slots=True)
class Traffic:
    """What has gone over the connections of one transport."""

    received_bytes: int = 0
    sent_bytes: int = 0
    connections: int = 0
    """Since the start."""


@dataclass(slots=True)
class ServerCounters:
    """Of a server, beside its sessions'. traffic: by transport."""

    traffic: dict[str, Traffic] = field(default_factory=dict)
    turned_away: Counter[str] = field(default_factory=Counter)
    """Connections that ended with a reason, by its code."""

    def traffic_of(self, transport: str) -> Traffic:
        return self.traffic.setdefault(transport, Traffic())


@dataclass(slots=True)
class Counters:
    """Of one session, since the server was started."""

    commands: Counter[str] = field(default_factory=Counter)
    """By what became of them: `ACCEPTED`, `NOTHING_TO_DO`, or the refusal's code."""
    events: int = 0
    append_s: Histogram = field(default_factory=lambda: Histogram(APPEND_BOUNDS_S))
    resynced: int = 0
    """How often somebody who had fallen behind was sent the state instead of what they missed."""
    let_go: int = 0
    """Who had fallen too far behind for that."""
