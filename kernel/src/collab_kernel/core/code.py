"""Which proxies may hold code: judged by what an event changes, whatever command led to it.

The renderer judges again before it runs any: a log may come from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.events import Change, SetValue
from collab_kernel.core.state import ProxyRow, State, Table
from collab_kernel.core.values import SERVER, ParticipantId
from collab_kernel.errors import FlagNeededError

ALLOW_CODE = "--allow-code"


def check_code(
    state: State, actor: ParticipantId, changes: Iterable[Change], catalogue: Catalogue
) -> None:
    """Raises FlagNeededError where `changes` make a proxy that runs code, or set its values.

    Taking one away, or calling it otherwise, is anybody's. The server may do all: it acts for
    whoever started it.
    """
    if actor == SERVER or not catalogue.runs_code:
        return
    made: dict[int, ProxyRow] = {}
    for change in changes:
        if isinstance(change, SetValue):
            row = made.get(change.proxy) or state.proxies.get(change.proxy)
            sets = change.after is not None
        elif change.table == Table.PROXIES and isinstance(change.after, ProxyRow):
            row = made[change.key] = change.after
            sets = change.before is None
        else:
            continue
        if sets and row is not None and (row.group, row.type) in catalogue.runs_code:
            raise FlagNeededError(
                state.name_of(actor), f"use {row.group}/{row.type}, which runs code", ALLOW_CODE
            )
