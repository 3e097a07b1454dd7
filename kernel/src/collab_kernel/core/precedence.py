"""For whom pictures are made first: for whoever changes what the others see, too.

Many who look on have windows of many sizes, and each size is a picture to be made. What one changes
is on one's own screen as soon as if nobody else were there; and while that goes on, the others get
every second picture. Pure: times are given, in seconds of one clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from collab_kernel.core.values import SERVER, ParticipantId

GOES_ON_S = 0.5
"""Changes of one participant that are no further apart are one that goes on: a slider that is
dragged, a camera that is turned."""


@dataclass(slots=True)
class Precedence:
    """first: who has made the last change; SERVER: somebody who sees no pictures."""

    first: ParticipantId = SERVER
    _changed_s: float = 0.0
    _goes_on_until_s: float = 0.0

    def changed(self, by: ParticipantId, now_s: float) -> None:
        """Somebody has changed what others see. by: SERVER: they see no pictures themselves."""
        if by != self.first or by == SERVER:
            self._goes_on_until_s = 0.0
        elif now_s - self._changed_s < GOES_ON_S:
            self._goes_on_until_s = now_s + GOES_ON_S
        self.first, self._changed_s = by, now_s

    def lets(self, who: ParticipantId, making: Iterable[set[ParticipantId]], now_s: float) -> bool:
        """Whether a picture can be made for somebody now. making: for whom each is that is made:
        while a change goes on, one of them may be for others only."""
        if who == self.first or now_s >= self._goes_on_until_s:
            return True
        return all(self.first in watchers for watchers in making)
