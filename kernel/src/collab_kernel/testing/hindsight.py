"""What undo and redo would do now, tried on a branch that nobody hears of."""

from __future__ import annotations

from collab_kernel.core.commands import Action, Redo, Request, RightRequest, Undo
from collab_kernel.core.decide import Rules
from collab_kernel.core.definitions import Scope
from collab_kernel.core.effects import Effect, Reply
from collab_kernel.core.events import Put, SetValue, UndoLog
from collab_kernel.core.evolve import apply
from collab_kernel.core.session import Session
from collab_kernel.core.state import State, Table
from collab_kernel.core.stimuli import Ask
from collab_kernel.core.values import ParticipantId
from collab_kernel.testing import invariants
from collab_kernel.wire.rows import digest

UNDOABLE = (
    Table.PROXIES,
    Table.NAMES,
    Table.VALUES,
    Table.LINKS,
    Table.SELECTIONS,
    Table.ANNOTATIONS,
)


class _Lawless:
    """Whoever asks may."""

    def permits(self, state: State, actor: ParticipantId, action: Action) -> None:
        return None

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        return ()

    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        return ()


class _Branch:
    """A session that goes on from `state` by itself, as `author` likes."""

    def __init__(self, session: Session, state: State, author: ParticipantId) -> None:
        self.session = Session(Rules(_Lawless(), session.rules.catalogue), state=state)
        self._author = author
        self._number = state.table(Table.REQUESTS).get(author, 0)

    def ask(self, command: Undo | Redo) -> list[Effect]:
        """The refusal, if it is one."""
        self._number += 1
        effects = self.session.step(Ask(self._author, Request(self._number, command)))
        return [effect for effect in effects if isinstance(effect, Reply)]


def check_undo(session: Session) -> None:
    """Whatever anybody could undo now, if they were allowed to, keeps every promise; and done
    again, all is as it was."""
    state = session.state
    authors = {entry.author for entry in (state.undo or UndoLog()).done}
    for author in sorted(authors & set(state.participants)):
        for mine in (False, True):
            branch = _Branch(session, state, author)
            if branch.ask(Undo(mine)):
                continue
            invariants.check_state(branch.session.state, state)
            refused = branch.ask(Redo())
            assert not refused, f"what was undone can't be redone: {refused}"
            again = undoable(branch.session.state)
            assert again == undoable(state), "undo and redo do not lead back"


def check_undo_of(session: Session, before: State, after: State) -> None:
    """The edit that led from `before` to `after`, undone at once, leads back."""
    entry = after.undo.done[-1] if after.undo is not None and after.undo.done else None
    back = after
    if after.undo is not before.undo:
        if entry is None or entry.entry != after.revision:
            return  # it is a part of an entry
        if entry.author not in after.participants:
            return
        branch = _Branch(session, after, entry.author)
        refused = branch.ask(Undo())
        assert not refused, f"what was just done can't be undone: {refused}"
        back = branch.session.state
    for table in UNDOABLE:
        assert back.table(table) == before.table(table), f"undo leaves {table.name}"


def undoable(state: State) -> str:
    """The digest of what undo and redo take back and bring again: home values are nobody's,
    and a change lifts a quarantine whichever way it goes."""
    tables = (
        Table.PROXIES,
        Table.NAMES,
        Table.DEFINITIONS,
        Table.COUNTERS,
        Table.LINKS,
        Table.SELECTIONS,
    )
    kept = [
        Put(table, key, None, row) for table in tables for key, row in state.table(table).items()
    ]
    values = [
        SetValue(id, name, None, value)
        for (id, name), value in state.table(Table.VALUES).items()
        if state.definition(id).property(name).scope is not Scope.OWN
    ]
    return digest(apply(State(), [*kept, *values]))
