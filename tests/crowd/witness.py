"""Who sees everything that happens in a session, and holds it against what members were told."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

from collab_kernel.client import Session
from collab_kernel.core.events import Event, EventKind, Put
from collab_kernel.core.evolve import evolve
from collab_kernel.core.state import State, Table
from collab_kernel.core.values import SERVER, ParticipantId
from collab_kernel.testing.invariants import check_right, check_state
from collab_kernel.testing.rights import GRACE_S
from collab_kernel.wire.rows import digest

STEERING = (EventKind.EDIT, EventKind.UNDO, EventKind.REDO, EventKind.TIME, EventKind.HOME)

KINDS = {
    "Edit": EventKind.EDIT,
    "Undo": EventKind.UNDO,
    "Redo": EventKind.REDO,
    "SetHome": EventKind.HOME,
    "Chat": EventKind.CHAT,
    "Promote": EventKind.RIGHT,
    "RequestRight": EventKind.RIGHT,
    "WithdrawRequest": EventKind.RIGHT,
    "DeclineRequest": EventKind.RIGHT,
    "CancelWork": EventKind.SYSTEM,
    "Propose": EventKind.PROPOSAL,
    "DeclineProposal": EventKind.PROPOSAL,
    "PlacePin": EventKind.PIN,
    "RemovePin": EventKind.PIN,
    "GoTo": EventKind.TIME,
    "Play": EventKind.TIME,
    "Pause": EventKind.TIME,
}
"""What sort of event a command becomes; of all others it is one about people."""

ALWAYS_NEWS = {"Chat", "Propose", "DeclineProposal", "PlacePin", "RemovePin", "Undo", "Redo"}
"""Commands that change something if they are accepted."""

LATE_S = 5.0
"""By how much the server's clock may tick late on a busy machine."""

TOLD_AT_MOST = 100
"""Events that the server is asked about at a checkpoint."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An event, and the states that it led from and to."""

    event: Event
    before: State
    after: State


class Witness:
    """Watches `session` from the beginning on, and says what is wrong by AssertionErrors.

    It folds the events itself, beside the mirror: an event that is missing, or comes twice, is
    found even where every mirror errs alike.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.handovers = 0
        self.successions = 0
        self._events = session.events()
        self._state = session.state
        self._began = session.revision
        self._seen: dict[int, Seen] = {}
        self._marks: dict[str, int] = {}
        self._requests: set[tuple[ParticipantId, int]] = set()
        self._gone: set[ParticipantId] = set()
        self._waiting: list[tuple[int, asyncio.Event]] = []

    @property
    def events_seen(self) -> int:
        return len(self._seen)

    @property
    def state(self) -> State:
        """After all that was looked at so far."""
        return self._state

    async def watch(self) -> None:
        """Look at every event, until the session ends."""
        async for event in self._events:
            self._look_at(event)

    async def caught_up(self) -> int:
        """The revision that everything has led to which was accepted before the call, once it
        was looked at."""
        await self.session.catch_up()
        revision = self.session.revision
        looked = asyncio.Event()
        if self._state.revision < revision:
            self._waiting.append((revision, looked))
            await looked.wait()
        return revision

    # -- each event ------------------------------------------------------------------------

    def _look_at(self, event: Event) -> None:
        before, after = self._state, evolve(self._state, event)
        assert event.revision == before.revision + 1, (
            f"event {event.revision} came after {before.revision}"
        )
        check_state(after, before)
        check_right(after, event.time_s, GRACE_S + LATE_S)
        self._check_once(event)
        self._check_author(event, before)
        if event.author not in (SERVER, *before.present):
            assert self._accepted(event), f"event {event.revision} is of somebody who is not here"
        if None not in (before.master, after.master) and before.master != after.master:
            if event.kind is EventKind.RIGHT:
                self.handovers += 1
            else:
                self.successions += 1
        self._gone |= set(before.participants) - set(after.participants)
        self._seen[event.revision] = Seen(event, before, after)
        self._state = after
        for revision, looked in self._waiting:
            if revision <= after.revision:
                looked.set()
        self._waiting = [w for w in self._waiting if not w[1].is_set()]

    def _check_once(self, event: Event) -> None:
        """No request was decided twice, and no command was carried out twice."""
        if event.request:
            asked = (event.author, event.request)
            assert asked not in self._requests, f"request {asked} was decided twice"
            self._requests.add(asked)
        if event.label.startswith("#") and not self._accepted(event):
            first = self._marks.setdefault(event.label, event.revision)
            assert first == event.revision, f"{event.label} was done at {first}, and again"

    def _check_author(self, event: Event, before: State) -> None:
        """Whoever steered had the right to."""
        if event.kind in STEERING and event.author != SERVER and not self._accepted(event):
            assert event.author == before.master, (
                f"event {event.revision} ({event.kind.name}) is of {event.author}, and "
                f"{before.master} steered"
            )

    def _accepted(self, event: Event) -> bool:
        """Whether it carries out a proposal: it is its author's, and somebody else did it."""
        taken_off = any(
            isinstance(c, Put) and c.table == Table.PROPOSALS and c.after is None
            for c in event.changes
        )
        return taken_off and not event.request and event.author != SERVER

    # -- what members say ------------------------------------------------------------------

    def check_sample(self, revision: int, theirs: str) -> bool:
        """A member's digest at a revision is the one of the events up to there; False if they
        came to it before we did."""
        if revision > self._state.revision:
            return False
        if revision > self._began:
            ours = digest(self._seen[revision].after)
            assert theirs == ours, f"at revision {revision} a member has {theirs}, we have {ours}"
        return True

    def check_claim(self, claim: dict[str, Any]) -> None:
        """What a member was told of a command is what has happened."""
        mark, kind = claim["mark"], claim["kind"]
        at = self._marks.get(mark)
        if "refused" in claim:
            assert at is None, f"{mark} ({kind}) was refused, and is event {at}"
        if "revision" not in claim:
            return
        revision = claim["revision"]
        if kind == "AcceptProposal":
            assert self._accepted(self._seen[revision].event), f"{mark}: no proposal was accepted"
            return
        if at is None:
            assert kind not in ALWAYS_NEWS, f"{mark} ({kind}) was accepted, and is nowhere"
            return
        assert at == revision, f"{mark} was acknowledged as {revision}, and is {at}"
        seen = self._seen[at]
        assert seen.event.author == claim["author"], f"{mark} is of somebody else"
        assert seen.event.kind is KINDS.get(kind, EventKind.PEOPLE), f"{mark}: {kind} became else"
        if claim["did"]:
            proxy, name, elements = claim["did"]
            value = seen.after.value(proxy, name)
            assert value is not None, f"{mark} set {name} of {proxy}, which is gone"
            assert list(value.elements) == elements, (
                f"{mark} set {name} to {elements}, and it is {value.elements}"
            )
        if kind in ("Chat", "PlacePin", "Propose"):
            said = [c.after.text for c in seen.event.changes if _says(c)]
            assert any(text.split()[:1] == [mark] for text in said), f"{mark} said {said}"

    def check_gone(self, participant: ParticipantId) -> None:
        """Somebody who was told that they are out is out."""
        assert participant in self._gone, f"participant {participant} was put out, and is here"

    async def check_log(self) -> None:
        """What the server tells about the newest events is what was seen."""
        log = await self.session.read_log(self._began, TOLD_AT_MOST)
        for entry in log.entries:
            if entry.revision <= self._state.revision:
                event = self._seen[entry.revision].event
                told = (entry.author, entry.kind, entry.label)
                assert told == (event.author, event.kind, event.label)

    def kinds(self) -> Counter[str]:
        """How many events there were of each kind."""
        return Counter(seen.event.kind.name for seen in self._seen.values())


def _says(change: object) -> bool:
    return isinstance(change, Put) and hasattr(change.after, "text") and change.before is None
