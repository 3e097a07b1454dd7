"""Who holds the master's right, who had it, who asks for it, and whether nobody is here: rows of
the policy table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from collab_kernel.spi import ParticipantId, PolicyRow, Put, Role, State, Table

GRACE_S = 10.0
"""How long a master whose connection broke keeps the right."""

_MASTER, _FORMER, _REQUESTS, _LAST = "master", "former", "requests", "last"


def _is_entitled(state: State, participant: ParticipantId) -> bool:
    """Whether it is somebody whose role lets them steer, here or lost."""
    row = state.participants.get(participant)
    return row is not None and row.role is not Role.VIEWER


def may_hold(state: State, participant: ParticipantId) -> bool:
    """Whether it is somebody who is here and whose role lets them steer."""
    return _is_entitled(state, participant) and state.participant(participant).connected


@dataclass(frozen=True, slots=True)
class Right:
    """former: a lost master whom a joiner replaced who found nobody here, and who has the right
    again on coming back in time. requests: in the order of asking. last: while nobody is here,
    who had joined last by then: numbers rise, so who comes and has a higher one has joined since.
    """

    master: ParticipantId | None = None
    former: ParticipantId | None = None
    requests: tuple[ParticipantId, ...] = ()
    last: ParticipantId | None = None

    @classmethod
    def of(cls, state: State) -> Right:
        former, last = _row(state, _FORMER), _row(state, _LAST)
        return cls(
            state.master,
            former[0] if former else None,
            _row(state, _REQUESTS),
            last[0] if last else None,
        )

    def changes(self, state: State) -> tuple[Put, ...]:
        """What has to change in `state` for it to say this."""
        master = (self.master,) if self.master is not None else ()
        former = (self.former,) if self.former is not None else ()
        return (
            *_put(state, _MASTER, master),
            *_put(state, _FORMER, former),
            *_put(state, _REQUESTS, self.requests),
            *_put(state, _LAST, (self.last,) if self.last is not None else ()),
        )

    def handed_to(self, participant: ParticipantId) -> Right:
        return replace(self.without_request(participant), master=participant, former=None)

    def requested_by(self, participant: ParticipantId) -> Right:
        """In the queue, once."""
        if participant in self.requests:
            return self
        return replace(self, requests=(*self.requests, participant))

    def without_request(self, participant: ParticipantId) -> Right:
        left = tuple(id for id in self.requests if id != participant)
        return replace(self, requests=left)

    def settled(self, state: State, now_s: float) -> Right:
        """As it is after people came and went, and time passed."""
        right = self._reclaimed(state, now_s)._succeeded(state, now_s)
        waiting = tuple(id for id in right.requests if id != right.master and may_hold(state, id))
        return replace(right, requests=waiting, last=self._last(state))

    def _last(self, state: State) -> ParticipantId | None:
        if state.present or not state.participants:
            return None
        return max(state.participants) if self.last is None else self.last

    def _reclaimed(self, state: State, now_s: float) -> Right:
        """The former master's again if they are back, and nobody's claim after the grace."""
        if self.former is None or _may_return(state, self.former, now_s):
            return self
        if may_hold(state, self.former):
            return replace(self, master=self.former, former=None)
        return replace(self, former=None)

    def _succeeded(self, state: State, now_s: float) -> Right:
        """The earliest-joined participant's that is here and may hold it, when the holder is
        gone, or lost for longer than the grace, or when it has joined since and found nobody
        here."""
        heir = next((id for id in state.present if may_hold(state, id)), None)
        if self.master is None or not _is_entitled(state, self.master):
            return replace(self, master=heir)
        if state.participant(self.master).connected or heir is None:
            return self  # with nobody to take over, it waits where it is
        if not _may_return(state, self.master, now_s):
            return replace(self, master=heir)
        if self.last is None or heir <= self.last:
            return self  # it has found somebody, or came back: then the grace time goes on
        return replace(self, master=heir, former=self.former or self.master)


def _may_return(state: State, participant: ParticipantId, now_s: float) -> bool:
    """Whether it is somebody who may hold the right and was lost, but not for too long."""
    if not _is_entitled(state, participant):
        return False
    row = state.participant(participant)
    return not row.connected and now_s - row.lost_at_s <= GRACE_S


def _row(state: State, key: str) -> tuple[ParticipantId, ...]:
    row = state.table(Table.POLICY).get(key)
    return row.participants if isinstance(row, PolicyRow) else ()


def _put(state: State, key: str, participants: tuple[ParticipantId, ...]) -> Iterator[Put]:
    before = state.table(Table.POLICY).get(key)
    after = PolicyRow(participants) if participants else None
    if before != after:
        yield Put(Table.POLICY, key, before, after)
