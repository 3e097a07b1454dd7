"""Who is here: joining, leaving, names, chat, and whom everybody follows."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from collab_kernel.core.commands import Chat, Follow, FollowEveryone, Rename, SetColour
from collab_kernel.core.draft import Draft
from collab_kernel.core.following import check_choice, without
from collab_kernel.core.state import (
    FOLLOW_MASTER,
    ChatRow,
    FollowTarget,
    ParticipantRow,
    Role,
    State,
    Table,
)
from collab_kernel.core.values import COUNTER_BITS, ID_BITS, ParticipantId
from collab_kernel.errors import (
    InvalidValueError,
    ResumeFailedError,
    SessionFullError,
    UnknownParticipantError,
)

MAX_NAME_CHARACTERS = 64
MAX_CHAT_CHARACTERS = 8_192
MAX_CHAT_ROWS = 500
MAX_LOST = 1_000
LOST_FOR_S = 24 * 3600.0

RESERVED = ("the server", "nobody", "everyone")
"""What texts call others than participants."""

COLOURS = (
    "#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1",
    "#76b7b2", "#edc948", "#ff9da7", "#9c755f", "#86bcb6",
)  # fmt: skip
"""Of participants, in the order of joining: told apart by most colour-blind eyes."""


def clean_text(text: str, most: int, what: str, keep: str = "") -> str:
    """`text` without control characters (but those in `keep`) and outer blanks.

    Raises InvalidValueError when nothing is left or more than `most` characters are.
    """
    text = unicodedata.normalize("NFC", text)
    text = "".join(c for c in text if c.isprintable() or c in keep).strip()
    if not text:
        raise InvalidValueError(f"the {what} is empty")
    if len(text) > most:
        raise InvalidValueError(f"the {what} has {len(text)} characters: at most {most} fit")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidValueError(f"the {what} is no valid Unicode text") from None
    return text


def _folded(name: str) -> str:
    """What two names that look alike have in common."""
    return unicodedata.normalize("NFKC", name).casefold()


def unique_name(state: State, wanted: str, but: ParticipantId | None = None) -> str:
    """`wanted`, with a number behind it if somebody else is called that, or nearly so."""
    taken = {_folded(row.name) for id, row in state.participants.items() if id != but}
    taken |= {_folded(name) for name in RESERVED}
    name, number = wanted, 2
    while _folded(name) in taken:
        name, number = f"{wanted[: MAX_NAME_CHARACTERS - 6]} ({number})", number + 1
    return name


def join(
    draft: Draft,
    name: str,
    role: Role,
    front_end: str,
    transport: str,
    seats: int,
    now_s: float,
) -> ParticipantId:
    """Give somebody a seat. Raises SessionFullError or InvalidValueError."""
    state = draft.state
    _check_seats(state, seats)
    id = state.session.next_participant
    if id >= 1 << (ID_BITS - COUNTER_BITS):
        raise SessionFullError("the session has used up its participant numbers")
    wanted = clean_text(name, MAX_NAME_CHARACTERS, "name") if name else f"User {id}"
    draft.put(Table.SESSION, (), replace(state.session, next_participant=id + 1))
    row = ParticipantRow(
        unique_name(state, wanted),
        role,
        COLOURS[(id - 1) % len(COLOURS)],
        clean_text(front_end, 64, "front end") if front_end else "",
        transport,
        joined_at_s=now_s,
    )
    draft.put(Table.PARTICIPANTS, id, row)
    return id


def resume(
    draft: Draft,
    participant: ParticipantId,
    role: Role,
    front_end: str,
    transport: str,
    seats: int,
) -> None:
    """Give somebody who was lost a seat again, as who they were; they may do no more than
    before, and no more than `role`.

    Raises ResumeFailedError, SessionFullError or InvalidValueError.
    """
    row = draft.state.participants.get(participant)
    if row is None:
        raise ResumeFailedError(
            f"participant {participant} has left this session, or was lost for too long: join anew"
        )
    _check_seats(draft.state, seats, but=participant)
    back = replace(
        row,
        role=max(row.role, role),
        front_end=clean_text(front_end, 64, "front end") if front_end else "",
        transport=transport,
        connected=True,
        lost_at_s=0.0,
    )
    draft.put(Table.PARTICIPANTS, participant, back)


def _check_seats(state: State, seats: int, but: ParticipantId = 0) -> None:
    """but: whose seat counts as free."""
    if sum(id != but for id in state.present) >= seats:
        raise SessionFullError(
            f"session {state.session.name!r} admits one participant and has one: "
            "start the server with --multi-clients to let more people join"
            if seats == 1
            else f"session {state.session.name!r} is full: all {seats} seats are taken "
            "(--max-clients)"
        )


def leave(draft: Draft, participant: ParticipantId) -> None:
    """Take a participant out; those who followed it follow the master."""
    draft.put(Table.PARTICIPANTS, participant, None)
    draft.put(Table.REQUESTS, participant, None)
    draft.put(Table.MUTES, participant, None)
    for follower, target in without(draft.state, participant).items():
        row = draft.state.participant(follower)
        draft.put(Table.PARTICIPANTS, follower, replace(row, following=target))


def lose(draft: Draft, participant: ParticipantId, now_s: float) -> None:
    """Note that a participant's connection broke: the seat is free, the rest waits."""
    row = draft.state.participant(participant)
    draft.put(Table.PARTICIPANTS, participant, replace(row, connected=False, lost_at_s=now_s))


def forget_lost(draft: Draft, now_s: float) -> None:
    """Take out who has been lost for a day, and the longest lost above a bound."""
    lost = sorted(
        (row.lost_at_s, id) for id, row in draft.state.participants.items() if not row.connected
    )
    for index, (since_s, id) in enumerate(lost):
        if now_s - since_s > LOST_FOR_S or len(lost) - index > MAX_LOST:
            leave(draft, id)


def rename(draft: Draft, actor: ParticipantId, command: Rename) -> None:
    wanted = clean_text(command.name, MAX_NAME_CHARACTERS, "name")
    row = draft.state.participant(actor)
    name = unique_name(draft.state, wanted, but=actor)
    draft.put(Table.PARTICIPANTS, actor, replace(row, name=name))


_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def set_colour(draft: Draft, actor: ParticipantId, command: SetColour) -> None:
    """Raises InvalidValueError."""
    if not _COLOUR.fullmatch(command.colour):
        raise InvalidValueError(f"{command.colour!r:.20} is no colour: write it as #rrggbb")
    row = draft.state.participant(actor)
    draft.put(Table.PARTICIPANTS, actor, replace(row, colour=command.colour.lower()))


def chat(draft: Draft, actor: ParticipantId, command: Chat, revision: int, now_s: float) -> None:
    text = clean_text(command.text, MAX_CHAT_CHARACTERS, "chat message", keep="\n\t")
    rows = draft.state.table(Table.CHAT)
    if len(rows) >= MAX_CHAT_ROWS:
        draft.put(Table.CHAT, min(rows), None)
    draft.put(Table.CHAT, revision, ChatRow(actor, draft.state.name_of(actor), text, now_s))


def follow(draft: Draft, actor: ParticipantId, command: Follow) -> None:
    kind = command.target.kind
    whom = command.target.participant if kind is FollowTarget.Kind.PARTICIPANT else 0
    target = FollowTarget(kind, whom, chosen=kind is not FollowTarget.Kind.MASTER)
    check_choice(draft.state, actor, target)
    row = draft.state.participant(actor)
    draft.put(Table.PARTICIPANTS, actor, replace(row, following=target))


def follow_everyone(draft: Draft, command: FollowEveryone) -> None:
    """Everybody's target becomes one participant, who follows nobody."""
    leader = command.participant
    if not draft.state.participant(leader).connected:
        raise UnknownParticipantError(f"{draft.state.name_of(leader)} is not here now")
    if leader == draft.state.master:
        everyone, own = FOLLOW_MASTER, FOLLOW_MASTER
    else:
        everyone = FollowTarget(FollowTarget.Kind.PARTICIPANT, leader)
        own = FollowTarget(FollowTarget.Kind.NOBODY)
    for id, row in sorted(draft.state.participants.items()):
        target = own if id == leader else everyone
        draft.put(Table.PARTICIPANTS, id, replace(row, following=target))
