"""Who may come in, who has to go, and who is kept quiet."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from collab_kernel.core.commands import (
    Chat,
    Command,
    Lock,
    Mute,
    PlacePin,
    Propose,
    Remove,
    SetConnectId,
)
from collab_kernel.core.draft import Draft
from collab_kernel.core.people import clean_text, leave
from collab_kernel.core.state import MuteRow, Role, State, Table
from collab_kernel.core.values import SERVER, ParticipantId
from collab_kernel.errors import (
    InvalidValueError,
    NotAllowedError,
    RefusedError,
    SessionLockedError,
    WrongConnectIdError,
)

MAX_REASON_CHARACTERS = 500
MAX_CONNECT_ID_CHARACTERS = 64

LOCK_OUTLASTS_S = 300.0
"""How long a lock holds when everybody was lost: as long as clients try to come back."""


# -- the door ------------------------------------------------------------------------------


def check_door(state: State, role: Role, knows_connect_id: bool, now_s: float) -> None:
    """Whether a newcomer may come in. Raises SessionLockedError or WrongConnectIdError."""
    if state.door.connect_id and not knows_connect_id:
        raise WrongConnectIdError(
            "this session asks for its connect id, and it was not this one: ask whoever steers it"
        )
    if is_locked(state, now_s) and role is not Role.OWNER:
        raise SessionLockedError(
            f"{state.door.locked_by} has locked session {state.session.name!r}: nobody can join "
            "until it is unlocked"
        )


def is_locked(state: State, now_s: float) -> bool:
    """A lock holds while anybody who is more than a viewer is here, or was lost so lately that
    they may be on their way back; and never for ever, since then nobody could open it again."""
    return bool(state.door.locked_by) and any(
        row.role is not Role.VIEWER and (row.connected or now_s - row.lost_at_s <= LOCK_OUTLASTS_S)
        for row in state.participants.values()
    )


def unlock_empty(draft: Draft) -> None:
    """Open a session that its last participant has left."""
    if draft.state.door.locked_by and not draft.state.participants:
        draft.put(Table.DOOR, (), replace(draft.state.door, locked_by=""))


def lock(draft: Draft, actor: ParticipantId, command: Lock) -> None:
    by = draft.state.name_of(actor) if command.locked else ""
    if bool(draft.state.door.locked_by) != command.locked:
        draft.put(Table.DOOR, (), replace(draft.state.door, locked_by=by))


def check_connect_id(text: str) -> str:
    """Raises InvalidValueError."""
    if len(text) > MAX_CONNECT_ID_CHARACTERS or not (text.isprintable() or not text):
        raise InvalidValueError(
            f"that is no connect id: at most {MAX_CONNECT_ID_CHARACTERS} printable characters"
        )
    return text


def hashed(connect_id: str) -> bytes:
    """What is kept of a connect id, to know it again; b"" of none."""
    return sha256(b"connect id:" + connect_id.encode()).digest() if connect_id else b""


def set_connect_id(draft: Draft, command: SetConnectId) -> None:
    """Raises InvalidValueError."""
    ask_for_connect_id(draft, bool(check_connect_id(command.connect_id)))


def ask_for_connect_id(draft: Draft, asks: bool) -> None:
    """Note whether one has to be given; which one is told to nobody."""
    draft.put(Table.DOOR, (), replace(draft.state.door, connect_id=asks))


# -- putting out, keeping quiet ------------------------------------------------------------


def remove(draft: Draft, actor: ParticipantId, command: Remove) -> None:
    if command.participant == actor:
        raise InvalidValueError("nobody can remove themselves: leave instead")
    draft.state.participant(command.participant)
    reason_of(command)
    leave(draft, command.participant)


def reason_of(command: Remove) -> str:
    """Raises InvalidValueError."""
    reason = command.reason.strip()
    return clean_text(reason, MAX_REASON_CHARACTERS, "reason") if reason else ""


def mute(draft: Draft, command: Mute) -> None:
    """Participant 0 is everyone who may not mute others."""
    if command.participant != SERVER:
        draft.state.participant(command.participant)
    row = MuteRow(command.chat, command.pointers)
    draft.put(Table.MUTES, command.participant, row if row != MuteRow() else None)


def is_muted(state: State, actor: ParticipantId, command: Command) -> bool:
    """Whether a mute, own or everyone's, is about `command`: whatever puts text before all."""
    return isinstance(command, Chat | PlacePin | Propose) and state.muted(actor).chat


def muted_error(state: State, actor: ParticipantId) -> RefusedError:
    return NotAllowedError(state.name_of(actor), "say anything", "whoever directs has muted them")


def looks_only(state: State, actor: ParticipantId, command: Command) -> RefusedError | None:
    """What a viewer may not do where viewers only look; None: anything else."""
    what = {Chat: "chat", PlacePin: "leave a pin", Propose: "propose"}.get(type(command))
    if what is None or state.participant(actor).role is not Role.VIEWER:
        return None
    return NotAllowedError(
        state.name_of(actor), what, "viewers only look here (--viewers-look-only)"
    )
