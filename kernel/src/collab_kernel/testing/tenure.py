"""Whoever steers when the server ends keeps the right for the grace time from when another one
begins: said a second time, so that the policy and the session can't err alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_kernel.core.state import Role
from collab_kernel.core.stimuli import Ask, Begin, Join, Leave, Stimulus
from collab_kernel.core.values import ParticipantId
from collab_kernel.testing.rights import GRACE_S

if TYPE_CHECKING:
    from collab_kernel.testing.conduct import Moment


class Tenure:
    """Watches one session's steps under the master/slave policy."""

    def __init__(self) -> None:
        self._holder: ParticipantId | None = None
        self._until_s = 0.0
        self._displaced: set[ParticipantId] = set()
        """Who steered, and was lost, when a newcomer found nobody: it is theirs in time again."""

    def check(self, before: Moment, stimulus: Stimulus, after: Moment) -> None:
        """Nobody else steers before the grace time is over, unless the right was given away, its
        holder left or may not have it any more, or a newcomer found nobody here."""
        old, new = before.state.master, after.state.master
        if isinstance(stimulus, Begin):
            self._holder, self._until_s = old, after.now_s + GRACE_S
        newcomer = isinstance(stimulus, Join) and not stimulus.resume
        if newcomer and old is not None and new != old:
            self._displaced.add(old)
        holder = self._holder
        if holder is None or new == holder:
            return
        row = after.state.participants.get(holder)
        given = isinstance(stimulus, Ask | Leave) or row is None or row.role is Role.VIEWER
        in_time = after.now_s <= self._until_s
        assert given or newcomer or not in_time or new in self._displaced, (
            f"{holder} steered when the server ended, and {new} does before the grace time is over"
        )
        self._holder = None
