"""Whether a command is carried out, and what that changes. The only place that says yes.

    decide(state, actor, request, rules, now) -> event | None | raises RefusedError

None is "nothing to do". Pure: `state` is never touched, and the same arguments give the same
answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import assert_never

from collab_kernel.core import moderation, people, pins, playback, proposals
from collab_kernel.core.code import check_code
from collab_kernel.core.commands import (
    AcceptProposal,
    BringEveryone,
    CancelWork,
    Chat,
    Command,
    DeclineProposal,
    DeclineRequest,
    Edit,
    Follow,
    FollowEveryone,
    GoTo,
    Lock,
    Mute,
    Pause,
    PlacePin,
    Play,
    Promote,
    Propose,
    Redo,
    Remove,
    RemovePin,
    Rename,
    Request,
    RequestRight,
    SetColour,
    SetConnectId,
    SetHome,
    Sync,
    Undo,
    WithdrawRequest,
)
from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.draft import Draft
from collab_kernel.core.edit import edit
from collab_kernel.core.events import Change, Event, EventKind, Put
from collab_kernel.core.evolve import apply
from collab_kernel.core.files import FileRules
from collab_kernel.core.labels import MAX_LABEL_CHARACTERS, describe
from collab_kernel.core.playback import Playhead
from collab_kernel.core.quarantine import lifted_quarantine
from collab_kernel.core.state import State, Table
from collab_kernel.core.undo import entry_changes, is_entry, redo, undo
from collab_kernel.core.values import SERVER, BlobLookup, ParticipantId, no_blobs
from collab_kernel.errors import InvalidCommandError, RefusedError
from collab_kernel.spi import Policy

Veto = Callable[[Command, State, ParticipantId], RefusedError | None]


@dataclass(frozen=True, slots=True)
class Rules:
    """What `decide` asks besides the state: who may, what there is, and who objects."""

    policy: Policy
    catalogue: Catalogue
    veto: Veto = lambda command, state, actor: None
    files: FileRules = field(default_factory=FileRules)
    allow_code: bool = False
    viewers_look_only: bool = False
    everybody_looks: bool = False
    """Whether whoever joins is a viewer, as in a session that shows the past."""
    blobs: BlobLookup = no_blobs
    """What is known of the contents of large values: of one hash always the same, or nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command with all that its answer depends on. playhead: where playing is, if it is."""

    state: State
    actor: ParticipantId
    request: Request
    rules: Rules
    now_s: float
    playhead: Playhead | None = None

    @property
    def revision(self) -> int:
        """Of the event that it may become."""
        return self.state.revision + 1


@dataclass(frozen=True, slots=True)
class _Deed:
    """What sort of event it is, what it changes, and how to call it if nobody says. author:
    whose it is, if not the actor's."""

    kind: EventKind
    changes: tuple[Change, ...]
    label: str
    author: ParticipantId | None = None


def decide(
    state: State,
    actor: ParticipantId,
    request: Request,
    rules: Rules,
    now_s: float,
    playhead: Playhead | None = None,
) -> Event | None:
    """The event that `request` becomes; None if it changes nothing. Raises RefusedError.

    The server itself (actor 0) is asked for nothing: it acts for whoever started it.
    """
    command = request.command
    if isinstance(command, Sync):
        return None
    _check_right(state, actor, command, rules)
    deed = _carry_out(Asked(state, actor, request, rules, now_s, playhead), command)
    if not deed.changes:
        return None
    if not rules.allow_code:
        check_code(state, actor, deed.changes, rules.catalogue)
    event = Event(
        state.revision + 1,
        actor if deed.author is None else deed.author,
        request.number if deed.author is None else 0,
        deed.kind,
        _label(request.label) or _printable(deed.label),
        request.undo_set if deed.author is None else 0,
        now_s,
        deed.changes,
    )
    if deed.kind is EventKind.EDIT and is_entry(deed.changes):
        rows = entry_changes(state, event, _author_name(state, event, command))
        event = replace(event, changes=deed.changes + rows)
    return event


def _check_right(state: State, actor: ParticipantId, command: Command, rules: Rules) -> None:
    """Raises the refusal of whoever objects: the policy may grant, all others only refuse."""
    if actor == SERVER:
        return
    state.participant(actor)
    refusal = rules.policy.permits(state, actor, command)
    if refusal is None and rules.viewers_look_only:
        refusal = moderation.looks_only(state, actor, command)
    if (
        refusal is None
        and moderation.is_muted(state, actor, command)
        and mutable(state, actor, rules)
    ):
        refusal = moderation.muted_error(state, actor)
    if refusal is None:
        refusal = rules.veto(command, state, actor)
    if refusal is not None:
        raise refusal


def mutable(state: State, actor: ParticipantId, rules: Rules) -> bool:
    """Whether a mute holds for `actor`: not for those who may mute others."""
    return rules.policy.permits(state, actor, Mute(SERVER)) is not None


def _carry_out(asked: Asked, command: Command) -> _Deed:
    state, actor, rules = asked.state, asked.actor, asked.rules
    name = state.name_of(actor)
    draft = Draft(state)
    match command:
        case Edit():
            changes = edit(state, actor, command, rules.catalogue, rules.files, rules.blobs)
            # What the server sets up is nobody's to undo.
            kind = EventKind.SYSTEM if actor == SERVER else EventKind.EDIT
            return _Deed(kind, changes, describe(state, command.operations))
        case SetHome():
            changes = edit(state, actor, command, rules.catalogue, rules.files, rules.blobs)
            return _Deed(EventKind.HOME, changes, f"Home view of {state.title(command.proxy)}")
        case Undo(mine):
            entry, changes = undo(state, actor, mine, asked.revision)
            changes += lifted_quarantine(apply(state, changes), changes)
            return _Deed(EventKind.UNDO, changes, f"Undo {_history_label(state, entry.entry)}")
        case Redo():
            entry, changes = redo(state, asked.revision)
            changes += lifted_quarantine(apply(state, changes), changes)
            return _Deed(EventKind.REDO, changes, f"Redo {_history_label(state, entry.entry)}")
        case AcceptProposal():
            return _accept(asked, command)
        case Propose():
            kind, label = EventKind.PROPOSAL, f"{name} proposes: {_propose(asked, draft, command)}"
        case DeclineProposal(number):
            proposer = proposals.proposal(state, number).author_name
            proposals.decline(draft, command)
            kind, label = EventKind.PROPOSAL, f"{name} declined what {proposer} proposed"
        case Chat():
            people.chat(draft, actor, command, asked.revision, asked.now_s)
            kind, label = EventKind.CHAT, "Chat"
        case Rename():
            people.rename(draft, actor, command)
            kind, label = EventKind.PEOPLE, f"{name} is now {draft.state.name_of(actor)}"
        case SetColour(colour):
            people.set_colour(draft, actor, command)
            kind, label = EventKind.PEOPLE, f"{name} is shown in {colour}"
        case Promote() | RequestRight() | WithdrawRequest() | DeclineRequest():
            for put in rules.policy.on_request(state, actor, command):
                draft.put(Table(put.table), put.key, put.after)
            kind, label = EventKind.RIGHT, _right_label(state, draft.state, name)
        case Follow():
            people.follow(draft, actor, command)
            kind, label = EventKind.PEOPLE, f"{name} chose whom to follow"
        case FollowEveryone(participant):
            people.follow_everyone(draft, command)
            kind, label = EventKind.PEOPLE, f"Everyone follows {state.name_of(participant)}"
        case Remove(participant):
            label = f"{name} removed {state.name_of(participant)}"
            moderation.remove(draft, actor, command)
            for put in rules.policy.successor(draft.state, asked.now_s):
                draft.put(Table(put.table), put.key, put.after)
            kind = EventKind.PEOPLE
        case Lock(locked):
            moderation.lock(draft, actor, command)
            verb = "locked" if locked else "unlocked"
            kind, label = EventKind.PEOPLE, f"{name} {verb} the session"
        case SetConnectId():
            moderation.set_connect_id(draft, command)
            kind, label = EventKind.PEOPLE, f"{name} changed the connect id"
        case Mute(participant):
            moderation.mute(draft, command)
            whom = state.name_of(participant) if participant else "everyone"
            kind, label = EventKind.PEOPLE, f"{name} changed what {whom} may say"
        case PlacePin():
            time = asked.playhead.time if asked.playhead else state.time.time
            pins.place(draft, actor, command, time, asked.revision, asked.now_s)
            kind, label = EventKind.PIN, f"{name} left a pin"
        case RemovePin(number):
            author = pins.pin(state, number).author_name
            pins.remove(draft, command)
            kind, label = EventKind.PIN, f"{name} removed a pin of {author}"
        case GoTo(time):
            playback.go_to(draft, command, asked.playhead)
            kind, label = EventKind.TIME, f"Time {time:g}"
        case Play():
            playback.play(draft, command, asked.playhead)
            kind, label = EventKind.TIME, "Play"
        case Pause():
            playback.pause(draft, asked.playhead)
            kind, label = EventKind.TIME, "Pause"
        case BringEveryone(view):
            state.proxy(view)  # nothing changes: see `Session`
            kind, label = EventKind.PEOPLE, "Bring everyone here"
        case CancelWork(proxy):
            if proxy:
                state.proxy(proxy)
            kind, label = EventKind.SYSTEM, "Cancel"
        case _:
            assert_never(command)
    return _Deed(kind, tuple(draft.changes), label)


def _propose(asked: Asked, draft: Draft, command: Propose) -> str:
    """Put a proposal on the table; the first line of its text."""
    state, actor, rules = asked.state, asked.actor, asked.rules
    proposals.check_room(state, actor, command.operations)
    would = edit(
        state,
        actor,
        Edit(command.operations),
        rules.catalogue,
        rules.files,
        rules.blobs,
        most_work=proposals.MAX_PROPOSAL_WORK,
    )
    if not rules.allow_code:
        check_code(state, actor, would, rules.catalogue)
    named = replace(command, text=command.text or describe(state, command.operations))
    proposals.propose(draft, actor, named, would, asked.revision, asked.now_s)
    return _first_line(named.text)


def _accept(asked: Asked, command: AcceptProposal) -> _Deed:
    """Decide a proposal afresh, as an edit of its author's: the right to accept it is that of
    whoever does."""
    state, rules = asked.state, asked.rules
    row, proposed = proposals.accepted(state, command)
    objection = rules.veto(proposed, state, asked.actor) if asked.actor != SERVER else None
    if objection is not None:
        raise objection
    changes = edit(
        state, row.author, proposed, rules.catalogue, rules.files, rules.blobs, reserved=True
    )
    rest: tuple[Change, ...] = (Put(Table.PROPOSALS, command.proposal, row, None),)
    if asked.actor != SERVER:  # a duplicate must not find it again, whoever the author is
        decided = state.table(Table.REQUESTS).get(asked.actor)
        rest += (Put(Table.REQUESTS, asked.actor, decided, asked.request.number),)
    kind = EventKind.EDIT if changes else EventKind.PROPOSAL
    label = f"{_first_line(row.text)} (accepted by {state.name_of(asked.actor)})"
    return _Deed(kind, changes + rest, label, author=row.author)


def _author_name(state: State, event: Event, command: Command) -> str:
    if isinstance(command, AcceptProposal):  # its author may have left
        return proposals.proposal(state, command.proposal).author_name
    return state.name_of(event.author)


def _right_label(before: State, after: State, name: str) -> str:
    if before.master != after.master:
        return f"{after.name_of(after.master)} steers"
    asks = set(after.requests) - set(before.requests)
    return f"{name} asks for the right" if asks else "A request for the right was taken back"


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:80]


def _history_label(state: State, entry: int) -> str:
    return str(state.table(Table.HISTORY)[entry].label)


def _printable(text: str) -> str:
    """A label as the log can show it: it may quote what somebody wrote."""
    shown = text
    if not text.isprintable():
        shown = "".join(c if c.isprintable() else " " for c in text)
    fits = len(shown) <= MAX_LABEL_CHARACTERS
    return shown if fits else shown[: MAX_LABEL_CHARACTERS - 1] + "…"


def _label(text: str) -> str:
    if len(text) > MAX_LABEL_CHARACTERS or not (text.isprintable() or text == ""):
        raise InvalidCommandError(
            f"{text!r:.60} is no label: at most {MAX_LABEL_CHARACTERS} printable characters"
        )
    return text
