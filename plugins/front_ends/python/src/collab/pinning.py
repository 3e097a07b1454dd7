"""Notes at places in the world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from collab.client import client
from collab.looking import follow_nobody
from collab.people import session, view_or_active
from collab.view import View
from collab_kernel.client import Pin as Note
from collab_kernel.client import Session

Pinned: TypeAlias = int | Note
"""A pin, by its number or as it comes out of `GetPins`."""


def Pin(text: str, position: Sequence[float], view: View | None = None) -> int:
    """Leave a note at a place (world coordinates), with how I look at a view (the active one);
    its number. Raises InvalidValueError."""
    connection = client.active()
    where = view_or_active(connection, view)
    return connection.run(connection.session.pin(text, position, where.id))


def GetPins() -> tuple[Note, ...]:
    """All of them, oldest first: .number, .author_name, .text, .position, .view, .time..."""
    return session().pins


def RemovePin(pin: Pinned) -> None:
    """Remove a pin: my own, or as who may remove those of others. Raises UnknownPinError."""
    connection = client.active()
    connection.run(connection.session.unpin(_number(pin)))


def GoToPin(pin: Pinned) -> None:
    """Look at the pin's view as its author did; I follow nobody then. Raises UnknownPinError."""
    connection = client.active()
    connection.run(_go(connection.session, _number(pin)))


async def _go(session: Session, number: int) -> None:
    await follow_nobody(session)
    session.go_to_pin(number)


def _number(pin: Pinned) -> int:
    return pin.number if isinstance(pin, Note) else pin
