"""How the modules that scripts import make their functions public."""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType
from typing import Any

from collab.calls import Handle, public
from collab.client import client
from collab_kernel.errors import ForeignProxyError


def publish(module: dict[str, Any], names: Iterable[str]) -> None:
    """Make the functions of these names public ones, that take what is of the active server
    only; two names of one function stay so.

    module: its `globals()`.
    """
    made: dict[FunctionType, Any] = {}
    for name in names:
        found = module[name]
        if isinstance(found, FunctionType) and not hasattr(found, "__wrapped__"):
            made.setdefault(found, public(found, at_home))
            module[name] = made[found]


def at_home(handle: Handle) -> None:
    """Raises ForeignProxyError for what is not of the active server, ConnectionLostError if
    that is gone, UnknownProxyError for what was deleted there."""
    home, current = handle.connection, client.current
    if home is not current:
        closed = "" if home in client.connections else ", which was closed"
        active = f"connection {current.ID}, {current.title}" if current else "no connection"
        raise ForeignProxyError(
            f"{handle.title} belongs to connection {home.ID}, {home.title}{closed}; active is "
            f"{active}: SetActiveConnection() switches"
        )
    home.check_stands()
    handle.check_exists()
