"""Whether a command is carried out, and what that changes. The only place that says yes.

    decide(state, actor, request, rules, now) -> event | None | raises RefusedError

None is "nothing to do". Pure: `state` is never touched, and the same arguments give the same
answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import assert_never

from collab_kernel.core import people
from collab_kernel.core.commands import (
    Chat,
    Command,
    Connect,
    Create,
    Delete,
    Disconnect,
    Edit,
    Follow,
    FollowEveryone,
    Operation,
    Promote,
    Redo,
    Register,
    Rename,
    Request,
    Set,
    SetHome,
    Sync,
    Undo,
)
from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.draft import Draft
from collab_kernel.core.edit import edit, lifted_quarantine
from collab_kernel.core.events import Change, Event, EventKind
from collab_kernel.core.evolve import apply
from collab_kernel.core.files import FileRules
from collab_kernel.core.state import State, Table
from collab_kernel.core.undo import entry_changes, is_entry, redo, undo
from collab_kernel.core.values import SERVER, ParticipantId
from collab_kernel.errors import InvalidCommandError, RefusedError
from collab_kernel.spi import Policy

MAX_LABEL_CHARACTERS = 255

Veto = Callable[[Command, State, ParticipantId], RefusedError | None]


@dataclass(frozen=True, slots=True)
class Rules:
    """What `decide` asks besides the state: who may, what there is, and who objects."""

    policy: Policy
    catalogue: Catalogue
    veto: Veto = lambda command, state, actor: None
    files: FileRules = field(default_factory=FileRules)


def decide(
    state: State, actor: ParticipantId, request: Request, rules: Rules, now_s: float
) -> Event | None:
    """The event that `request` becomes; None if it changes nothing. Raises RefusedError.

    The server itself (actor 0) is asked for nothing: it acts for whoever started it.
    """
    command = request.command
    if isinstance(command, Sync):
        return None
    if actor != SERVER:
        state.participant(actor)
        refusal = rules.policy.permits(state, actor, command)
        if refusal is None:
            refusal = rules.veto(command, state, actor)
        if refusal is not None:
            raise refusal
    revision = state.revision + 1
    kind, changes, label = _carry_out(state, actor, command, rules, revision, now_s)
    if not changes:
        return None
    event = Event(
        revision,
        actor,
        request.number,
        kind,
        _label(request.label) or label,
        request.undo_set,
        now_s,
        changes,
    )
    if kind is EventKind.EDIT and is_entry(changes):
        rows = entry_changes(state, event, state.name_of(actor))
        event = replace(event, changes=changes + rows)
    return event


def _carry_out(
    state: State,
    actor: ParticipantId,
    command: Command,
    rules: Rules,
    revision: int,
    now_s: float,
) -> tuple[EventKind, tuple[Change, ...], str]:
    """What sort of event it is, its changes, and how to call it if the author did not say."""
    draft = Draft(state)
    match command:
        case Edit():
            changes = edit(state, actor, command, rules.catalogue, rules.files)
            # What the server sets up is nobody's to undo.
            kind = EventKind.SYSTEM if actor == SERVER else EventKind.EDIT
            return kind, changes, describe(state, command)
        case SetHome():
            changes = edit(state, actor, command, rules.catalogue, rules.files)
            return EventKind.HOME, changes, f"Home view of {state.title(command.proxy)}"
        case Undo(mine):
            entry, changes = undo(state, actor, mine, revision)
            changes += lifted_quarantine(apply(state, changes), changes)
            return EventKind.UNDO, changes, f"Undo {_history_label(state, entry.entry)}"
        case Redo():
            entry, changes = redo(state, revision)
            changes += lifted_quarantine(apply(state, changes), changes)
            return EventKind.REDO, changes, f"Redo {_history_label(state, entry.entry)}"
        case Chat():
            people.chat(draft, actor, command, revision, now_s)
            return EventKind.CHAT, tuple(draft.changes), "Chat"
        case Rename():
            people.rename(draft, actor, command)
            label = f"{state.name_of(actor)} is now {draft.state.name_of(actor)}"
            return EventKind.PEOPLE, tuple(draft.changes), label
        case Promote(participant):
            changes = rules.policy.on_request(state, actor, command)
            return EventKind.RIGHT, changes, f"{state.name_of(participant)} steers"
        case Follow():
            people.follow(draft, actor, command)
            label = f"{state.name_of(actor)} chose whom to follow"
            return EventKind.PEOPLE, tuple(draft.changes), label
        case FollowEveryone(participant):
            people.follow_everyone(draft, command)
            label = f"Everyone follows {state.name_of(participant)}"
            return EventKind.PEOPLE, tuple(draft.changes), label
        case _:
            assert_never(command)


def _history_label(state: State, entry: int) -> str:
    return str(state.table(Table.HISTORY)[entry].label)


def _label(text: str) -> str:
    if len(text) > MAX_LABEL_CHARACTERS or not (text.isprintable() or text == ""):
        raise InvalidCommandError(
            f"{text!r:.60} is no label: at most {MAX_LABEL_CHARACTERS} printable characters"
        )
    return text


def describe(state: State, command: Edit) -> str:
    """One line for the history: what an edit does."""
    lines = [_describe(state, operation) for operation in command.operations[:3]]
    more = len(command.operations) - len(lines)
    text = ", ".join(lines) + (f" and {more} more" if more > 0 else "")
    return text if len(text) <= MAX_LABEL_CHARACTERS else text[: MAX_LABEL_CHARACTERS - 1] + "…"


def _describe(state: State, operation: Operation) -> str:
    match operation:
        case Create(_, _, type, name):
            return f"Create {name or type}"
        case Set(proxy, values):
            return f"Set {', '.join(name for name, _ in values)} of {state.title(proxy)}"
        case Connect(proxy, property, element):
            return f"Add {state.title(element.proxy)} to {property} of {state.title(proxy)}"
        case Disconnect(proxy, property, element):
            return f"Remove {state.title(element.proxy)} from {property} of {state.title(proxy)}"
        case Register(proxy, name):
            return f"Rename {state.title(proxy)} to {name}"
        case Delete(proxy):
            return f"Delete {state.title(proxy)}"
        case _:
            assert_never(operation)
