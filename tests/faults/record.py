"""What a store has of a session, held against what its participants were told."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from contextlib import closing
from pathlib import Path

from collab_kernel.core.events import Event, EventKind
from collab_kernel.core.evolve import evolve
from collab_kernel.core.state import State, Table
from collab_kernel.core.undo import remember
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.plugins import load
from collab_kernel.stored import StoredLog
from collab_kernel.testing.invariants import check_right, check_state
from collab_kernel.testing.rights import GRACE_S
from collab_kernel.wire.rows import digest

from .work import PAIR, Told

KEPT = 5_000
"""The newest revisions, of which mirrors may be compared."""

WHOLE_EVERY = 20
"""So many events are folded between two looks at all of the state."""

LATE_S = 5.0
"""By how much the server's clock may tick late on a busy machine."""


class Record:
    """Reads the log of an sqlite file on, event by event, while a server writes it or none does,
    and says by AssertionErrors what is wrong.

    handovers, successions: how often the right went to somebody else, by a promotion or since
    whoever had it was away for longer than the grace time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.state = State()
        self.handovers = self.successions = self.starts = 0
        self._marks: dict[str, int] = {}
        self._requests: set[tuple[ParticipantId, int]] = set()
        self._states: OrderedDict[int, State] = OrderedDict()
        self.acknowledged = self.compared = 0

    async def read_on(self, told: Told) -> None:
        """Fold what was written since the last time, and check all that was told up to now."""
        told = told.taken()
        with closing(load().store("sqlite").create(str(self._path))) as store:
            for number, (event, _) in enumerate(StoredLog(store).events(self.state.revision)):
                self._fold(event, whole=number % WHOLE_EVERY == 0)
                await asyncio.sleep(0)  # whoever works here goes on meanwhile
        check_state(self.state)
        self._check(told)

    def check_whole(self) -> None:
        """The log, read from its start in one go, leads to the same, undo included."""
        with closing(load().store("sqlite").create(str(self._path))) as store:
            log, state = StoredLog(store), State()
            for event, _ in log.events(until=self.state.revision):
                state = remember(evolve(state, event), event)
            opened = log.state(state.revision)  # as a server does: from the newest snapshot
        assert digest(opened) == digest(state) == digest(self.state)
        assert opened.undo == state.undo

    # -- each event ------------------------------------------------------------------------

    def _fold(self, event: Event, whole: bool) -> None:
        before = self.state
        assert event.revision == before.revision + 1, f"{event.revision} follows {before.revision}"
        after = remember(evolve(before, event), event)
        if whole:
            check_state(after)
        _check_pairs(after)
        if event.request:
            asked = (event.author, event.request)
            assert asked not in self._requests, f"request {asked} was carried out twice"
            self._requests.add(asked)
        if event.label.startswith("#"):
            assert event.label not in self._marks, f"{event.label} was carried out twice"
            self._marks[event.label] = event.revision
        self.starts += event.kind is EventKind.SYSTEM and event.label.startswith("Session")
        self._check_right(event, before, after)
        self.state = self._states[after.revision] = after
        if len(self._states) > KEPT:
            self._states.popitem(last=False)

    def _check_right(self, event: Event, before: State, after: State) -> None:
        """The right went to somebody else only where it was handed over, or its holder was away
        for longer than the grace time."""
        check_right(after, event.time_s, GRACE_S + LATE_S)
        if before.master is None or before.master == after.master:
            return
        if event.kind is EventKind.RIGHT:
            self.handovers += 1
            return
        if before.master not in after.participants:  # it has left
            return
        self.successions += 1
        holder = before.participants[before.master]
        assert not holder.connected, f"{event.revision} takes the right from {holder.name}"
        away_s = event.time_s - holder.lost_at_s
        assert away_s > GRACE_S, f"{holder.name} was away for {away_s:.1f} s, and lost the right"

    # -- what was told ---------------------------------------------------------------------

    def _check(self, told: Told) -> None:
        for mark, revision in told.acknowledged.items():
            found = self._marks.get(mark)
            assert found is not None, f"{mark} was acknowledged as {revision}, and is nowhere"
            assert found == revision, f"{mark} was acknowledged as {revision}, and is {found}"
        for mark, code in told.refused.items():
            assert mark not in self._marks, f"{mark} was refused ({code}), and is there"
        for revision, theirs in told.samples:
            assert revision <= self.state.revision, f"the log has less than {revision}"
            state = self._states.get(revision)
            if state is not None:
                assert digest(state) == theirs, f"a mirror differs at revision {revision}"
                self.compared += 1
        self.acknowledged += len(told.acknowledged)


def _check_pairs(state: State) -> None:
    """What one edit set is all there or not at all."""
    for (id, key), text in state.table(Table.ANNOTATIONS).items():
        if key == PAIR:
            radius = _radius(state, id)
            assert float(text) == radius, f"an edit is half applied: {text} and {radius}"


def _radius(state: State, id: ProxyId) -> float:
    value = state.value(id, "Radius")
    assert value is not None
    return float(value.plain)


def counted(refused: dict[str, str]) -> str:
    """Refusals by their reason, for people."""
    return ", ".join(f"{n} {code}" for code, n in Counter(refused.values()).most_common())
