"""What members said, and how often what was done to them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any


class Score:
    """claims, samples, removed: by server, what is still to be looked at."""

    def __init__(self) -> None:
        self.claims: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self.samples: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self.removed: dict[int, list[int]] = defaultdict(list)
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.counts: Counter[str] = Counter()

    def table(self) -> str:
        """Commands by kind and outcome, and what else has happened."""
        kinds = sorted({kind for kind, _ in self.outcomes})
        columns = ("revision", "refused", "unknown")
        rows = [(k, *(self.outcomes[k, c] for c in columns)) for k in kinds]
        totals = [sum(row[1 + i] for row in rows) for i in range(3)]
        lines = [f"{'command':<18}{'accepted':>10}{'refused':>10}{'unknown':>10}"]
        lines += [f"{k:<18}{a:>10}{r:>10}{u:>10}" for k, a, r, u in (*rows, ("all", *totals))]
        lines.append("")
        lines += [f"{what:<28}{count:>10}" for what, count in sorted(self.counts.items())]
        return "\n".join(lines)
