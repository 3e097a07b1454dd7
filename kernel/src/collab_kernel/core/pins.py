"""Notes at places in the world, by whoever looks at it."""

from __future__ import annotations

import math

from collab_kernel.core.commands import PlacePin, RemovePin
from collab_kernel.core.draft import Draft
from collab_kernel.core.people import clean_text
from collab_kernel.core.presence import Shown, checked
from collab_kernel.core.state import PinRow, State, Table
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import InvalidCommandError, InvalidValueError, UnknownPinError

MAX_PINS = 1_000
MAX_OF_ONE_AUTHOR = 100
MAX_TEXT_CHARACTERS = 2_000


def pin(state: State, number: int) -> PinRow:
    """Raises UnknownPinError."""
    row: PinRow | None = state.table(Table.PINS).get(number)
    if row is None:
        raise UnknownPinError(f"there is no pin {number}: somebody has removed it")
    return row


def place(
    draft: Draft,
    actor: ParticipantId,
    command: PlacePin,
    time: float,
    revision: int,
    now_s: float,
) -> None:
    """Leave a note. time: the simulation's, as it is shown. Raises InvalidValueError for a place
    or a look that can't be."""
    state = draft.state
    text = clean_text(command.text, MAX_TEXT_CHARACTERS, "text of a pin", keep="\n")
    if not all(map(math.isfinite, command.position)):
        raise InvalidValueError(f"{command.position} is no place: its coordinates are finite")
    rows = state.table(Table.PINS)
    if sum(row.author == actor for row in rows.values()) >= MAX_OF_ONE_AUTHOR:
        raise InvalidCommandError(f"you have left {MAX_OF_ONE_AUTHOR} pins: remove one first")
    if len(rows) >= MAX_PINS:
        raise InvalidCommandError(f"the session has {MAX_PINS} pins: remove one first")
    x, y, z = (c + 0.0 for c in command.position)  # -0.0 becomes 0.0
    if state.proxy(command.view).group != "views":
        raise InvalidValueError(f"{state.title(command.view)} is no view: a pin is left in one")
    look = checked(state, Shown(actor, command.view, 0, command.values))
    row = PinRow(
        actor,
        state.name_of(actor),
        text,
        now_s,
        (x, y, z),
        command.view,
        look.values,
        time,
    )
    draft.put(Table.PINS, revision, row)


def remove(draft: Draft, command: RemovePin) -> None:
    pin(draft.state, command.pin)
    draft.put(Table.PINS, command.pin, None)
