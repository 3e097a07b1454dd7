"""The simulation's time: going to one, and playing through many, the same for everyone.

While it plays, the time that is shown is the server's presence, and moves on only when the
renderer has shown the last one; steps are left out rather than shown late. Only going somewhere,
pausing and reaching the end are events.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise

from collab_kernel.core.commands import GoTo, Play
from collab_kernel.core.draft import Draft
from collab_kernel.core.state import State, Table, TimeRow
from collab_kernel.errors import InvalidValueError

MAX_STEPS = 4_096
MAX_SPEED = 240.0


def _checked(time: float) -> float:
    if not math.isfinite(time):
        raise InvalidValueError(f"{time} is no time: it has to be finite")
    return time + 0.0  # -0.0 becomes 0.0


def _shown(row: TimeRow, playhead: Playhead | None) -> float:
    """The time that everybody sees."""
    return playhead.time if playhead else row.time


def go_to(draft: Draft, command: GoTo, playhead: Playhead | None) -> None:
    """Raises InvalidValueError."""
    row = draft.state.time
    asked = replace(row, time=_checked(command.time))
    if asked == row:  # where playing began: what is shown now is another time
        draft.put(Table.TIME, (), replace(row, time=_shown(row, playhead)))
    draft.put(Table.TIME, (), asked)


def play(draft: Draft, command: Play, playhead: Playhead | None) -> None:
    """Raises InvalidValueError for steps that don't rise or a speed that can't be."""
    steps = tuple(map(_checked, command.steps))
    if not 1 <= len(steps) <= MAX_STEPS:
        raise InvalidValueError(f"{len(steps)} time steps: 1 to {MAX_STEPS} can be played")
    if any(a >= b for a, b in pairwise(steps)):
        raise InvalidValueError("the time steps to play have to rise")
    if not 0.0 < command.speed <= MAX_SPEED:
        raise InvalidValueError(
            f"{command.speed:g} steps a second: the speed is above 0 and at most {MAX_SPEED:g}"
        )
    time = _shown(draft.state.time, playhead)
    if not steps[0] <= time < steps[-1]:
        time = steps[0]
    draft.put(Table.TIME, (), TimeRow(time, True, steps, command.speed, command.loop))


def pause(draft: Draft, playhead: Playhead | None) -> None:
    """Stop where everybody is."""
    row = draft.state.time
    if row.playing:
        draft.put(Table.TIME, (), TimeRow(_shown(row, playhead)))


@dataclass(frozen=True, slots=True)
class Playhead:
    """Where playing is: at `time`, which is step `index` or (when it starts) lies before the
    next one; -1 is before the first. since_s: when it was due.  shown: whether the renderer has
    shown it."""

    row: TimeRow
    index: int
    time: float
    since_s: float
    shown: bool = False

    @property
    def due_s(self) -> float:
        """When the next step is due."""
        return self.since_s + 1.0 / self.row.speed

    def moved(self, now_s: float) -> Playhead | None:
        """Where it is now: itself if nothing is due or the last step is not shown yet; None
        at the end."""
        due = math.floor((now_s - self.since_s) * self.row.speed + 1e-6)
        if due < 1 or not self.shown:
            return self
        index, count = self.index + due, len(self.row.steps)
        if index >= count and not self.row.loop:
            return None if self.index == count - 1 else self._at(count - 1, now_s)
        return self._at(index % count, self.since_s + due / self.row.speed)

    def _at(self, index: int, since_s: float) -> Playhead:
        time = self.row.steps[index]
        if time == self.time:  # a loop of one step, or all the way round: shown already
            return replace(self, since_s=since_s)
        return Playhead(self.row, index, time, since_s)


def playhead(state: State, now_s: float) -> Playhead | None:
    """Where playing starts; None: nothing plays."""
    row = state.time
    if not row.playing or not row.steps:
        return None
    return Playhead(row, bisect_right(row.steps, row.time) - 1, row.time, now_s)
