"""When one who watches a view is sent a picture, and how good it is.

Pure: times are given, in seconds of one clock. What moves is drawn as large as leaves it fluent,
and in full once it rests. Nothing is kept for later: whoever is slow gets the newest when their
turn comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

MOST_UNSHOWN = 2
"""Pictures of one watcher that are made, on their way, or not shown yet."""

STILL_AFTER_S = 0.14
"""What has not changed for so long rests."""

DRAWN_WITHIN_S = 0.05
ARRIVES_WITHIN_S = 0.08
"""A moving picture: how long it may take to make, and to carry."""

STILL_WITHIN_S = 0.1
"""A picture in full that takes no longer is the first one after a change, too."""

STILL_ARRIVES_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Detail:
    """scale: part of each side.  quality: 1 to 100."""

    scale: float
    quality: int


MOVING = (
    Detail(1.0, 74),
    Detail(0.71, 70),
    Detail(0.5, 65),
    Detail(0.35, 55),
    Detail(0.25, 45),
)
"""From fine to coarse; each step has half the pixels."""

STILL = (Detail(1.0, 92), Detail(1.0, 78), Detail(1.0, 55))
"""Each step has about half the bytes."""

FINE = Detail(1.0, 92)
"""Where nothing shall be saved, moving or not."""


@dataclass(slots=True)
class Level:
    """Which of some steps suits, where each costs about half of the one before."""

    steps: int
    within_s: float
    now: int = 0
    _over: int = 0

    def cost(self, level: int, cost_s: float) -> None:
        """What a picture at `level` has cost; one at another level than now says nothing."""
        if level != self.now:
            return
        self._over = self._over + 1 if cost_s > self.within_s else 0
        if self._over > 1 or cost_s > 2 * self.within_s:  # once may be by chance
            self.now, self._over = min(level + 1, self.steps - 1), 0
        elif cost_s < 0.45 * self.within_s:
            self.now = max(level - 1, 0)


@dataclass(slots=True)
class Line:
    """How much a watcher's connection carries, judged by when pictures are shown.

    bytes_per_s: infinite while no limit is felt.
    """

    bytes_per_s: float = inf
    _shortest_s: float = inf

    def carried(self, size_bytes: int, took_s: float, round_trip_s: float | None) -> None:
        """So much was on the way and is shown after so long. round_trip_s: of a few bytes."""
        if round_trip_s is not None:  # what is shown late for other reasons is not the line's
            self._shortest_s = min(self._shortest_s, round_trip_s + 0.03)
        self._shortest_s = min(self._shortest_s, took_s)
        beyond_s = took_s - self._shortest_s
        if beyond_s < 0.01:
            self.bytes_per_s *= 1.25
            return
        sample = size_bytes / beyond_s
        known = self.bytes_per_s < inf
        self.bytes_per_s = 0.7 * self.bytes_per_s + 0.3 * sample if known else sample

    def carries_s(self, size_bytes: int) -> float:
        """How long a picture of this size takes."""
        return size_bytes / self.bytes_per_s


@dataclass(frozen=True, slots=True)
class _Sent:
    """still: whether in full.  level: how coarse.  before_bytes: that were on the way already."""

    still: bool
    level: int
    size_bytes: int
    before_bytes: int
    sent_s: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A picture is due. still: in full.  level: of the line, for what it costs to carry."""

    still: bool
    detail: Detail
    level: int


@dataclass(slots=True)
class Pacing:
    """One watcher of one view.

    fine: it wants every picture in full.  drawing: how coarse moving pictures have to be to be
    drawn in time, shared by all who watch.
    """

    drawing: Level
    fine: bool = False
    line: Line = field(default_factory=Line)
    moving: Level = field(default_factory=lambda: Level(len(MOVING), ARRIVES_WITHIN_S))
    still: Level = field(default_factory=lambda: Level(len(STILL), STILL_ARRIVES_WITHIN_S))
    still_took_s: float = inf
    """How long a picture in full takes, made and carried."""
    _changed_s: float = -inf
    _stale: bool = False
    """Whether what is seen differs from the last picture that is made or on its way."""
    _moves: bool = False
    _owes_still: bool = False
    """Whether the last picture was not in full."""
    _making: Turn | None = None
    _unshown: dict[int, _Sent] = field(default_factory=dict)

    # -- what happens ----------------------------------------------------------------------

    def begins(self, fine: bool) -> None:
        """The first picture is wanted: small, since that is there sooner, and then in full."""
        self.fine = fine
        self._stale, self._moves = True, True

    def changed(self, now_s: float, turning: bool) -> None:
        """What is seen has changed. turning: by a camera, which seldom moves once."""
        again = now_s < self._rests_s
        self._moves = turning or again or self.still_took_s > STILL_WITHIN_S
        self._changed_s, self._stale = now_s, True

    def making(self, turn: Turn, newest: bool) -> None:
        """A picture is made. newest: of what is seen now."""
        self._making, self._owes_still, self._stale = turn, not turn.still, not newest

    def renewed(self) -> None:
        """The picture that is made is of what is seen now, after all."""
        self._stale = False

    def unmade(self) -> None:
        """No picture came of it."""
        self._making = None
        self._owes_still = False

    def missed(self) -> None:
        """The picture that was made is no use here: another one is due."""
        self._making, self._stale = None, True

    def sent(self, serial: int, size_bytes: int, now_s: float, drawn_s: float) -> None:
        """It is on its way. drawn_s: how long it took to make."""
        turn, self._making = self._making, None
        if turn is None:
            return
        before = sum(sent.size_bytes for sent in self._unshown.values())
        self._unshown[serial] = _Sent(turn.still, turn.level, size_bytes, before, now_s)
        if turn.still:
            self.still_took_s = drawn_s + self.line.carries_s(size_bytes)

    def shown(self, serial: int, now_s: float, round_trip_s: float | None) -> bool:
        """The watcher sees it, and waits for none that came before; whether it was on its way."""
        sent = self._unshown.get(serial)
        if sent is None:
            return False
        self._unshown = {s: sent for s, sent in self._unshown.items() if s > serial}
        size_bytes = sent.before_bytes + sent.size_bytes
        self.line.carried(size_bytes, now_s - sent.sent_s, round_trip_s)
        level = self.still if sent.still else self.moving
        level.cost(sent.level, self.line.carries_s(sent.size_bytes))
        return True

    # -- what is due -----------------------------------------------------------------------

    def turn(self, now_s: float) -> Turn | None:
        """The picture that is due now; None: none is."""
        if self._making is not None or len(self._unshown) >= MOST_UNSHOWN:
            return None
        rests = now_s >= self._rests_s
        if self._stale:
            soon = rests and self.still_took_s <= STILL_WITHIN_S
            return self._turn(still=soon or not self._moves)
        return self._turn(still=True) if self._owes_still and rests else None

    def _turn(self, still: bool) -> Turn:
        if self.fine:
            return Turn(True, FINE, 0)
        if still:
            return Turn(True, STILL[self.still.now], self.still.now)
        level = self.moving.now
        return Turn(False, MOVING[max(level, self.drawing.now)], level)

    @property
    def due_s(self) -> float | None:
        """When one is due that only waits for time to pass; None: none does."""
        if self._stale or not self._owes_still or self._making is not None:
            return None
        if len(self._unshown) >= MOST_UNSHOWN:
            return None
        return self._rests_s

    @property
    def _rests_s(self) -> float:
        return self._changed_s + STILL_AFTER_S
