"""What was tried in a simulation, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from collab_kernel.core.commands import BringEveryone, CancelWork, Edit, Request, Sync
from collab_kernel.core.effects import Effect, Persist, Reply
from collab_kernel.errors import CollabError


@dataclass(slots=True)
class Tally:
    """What was tried."""

    seeds: int = 0
    commands: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    idle: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: Tally) -> Tally:
        self.seeds += other.seeds
        self.commands += other.commands
        self.accepted += other.accepted
        self.operations += other.operations
        self.refused += other.refused
        self.idle += other.idle
        return self

    def lines(self) -> Iterator[str]:
        """For people."""
        yield (
            f"{self.seeds} seeds, {self.commands} commands: {self.accepted.total()} accepted, "
            f"{self.refused.total()} refusals, {self.idle.total()} with nothing to do"
        )
        for title, counts in (
            ("accepted commands", self.accepted),
            ("operations in accepted edits", self.operations),
            ("refusals", self.refused),
        ):
            whole = counts.total() or 1
            yield f"{title}, in percent:"
            yield from (f"  {100 * n / whole:5.1f}  {name}" for name, n in counts.most_common())

    def decided(self, request: Request, effects: list[Effect]) -> None:
        """Count a request by what its step has led to; a duplicate has led to nothing."""
        command, name = request.command, type(request.command).__name__
        error = next((e.error for e in effects if isinstance(e, Reply)), None)
        if error is not None:
            self.refuse(error)
        elif any(isinstance(e, Persist) for e in effects) or (
            effects and isinstance(command, BringEveryone | CancelWork | Sync)
        ):
            self.accepted[name] += 1
            if isinstance(command, Edit):
                self.operations.update(type(o).__name__ for o in command.operations)
        elif effects:
            self.idle[name] += 1

    def refuse(self, error: CollabError) -> None:
        self.refused[error.code] += 1
