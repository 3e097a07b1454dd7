"""Registered names: unique in each group, and the next free one."""

from __future__ import annotations

from collab_kernel.core.draft import Draft
from collab_kernel.core.state import ProxyRow, State, Table
from collab_kernel.core.values import ProxyId
from collab_kernel.errors import InvalidValueError, NameTakenError

MAX_NAME_CHARACTERS = 255


def checked_name(name: str) -> str:
    """`name` as a registered name. Raises InvalidValueError."""
    if not name.strip() or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise InvalidValueError(
            f"{name!r:.80} is no name: allowed are 1 to {MAX_NAME_CHARACTERS} printable characters"
        )
    return name


def check_name_is_free(state: State, group: str, name: str) -> None:
    if state.named(group, name) is not None:
        raise NameTakenError(f"{group} has a proxy named {name!r} already: choose another name")


def free_name(state: State, group: str, stem: str) -> str:
    """`stem` and a number that is free while the one before is taken: found by halving, so
    that the ten-thousandth sphere costs no more than the tenth."""

    def taken(number: int) -> bool:
        return state.named(group, f"{stem}{number}") is not None

    high = 1
    while taken(high):
        high *= 2
    low = high // 2  # taken, or 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if taken(middle) else (low, middle)
    return f"{stem}{high}"


def register(draft: Draft, proxy: ProxyId, name: str) -> None:
    row = draft.state.proxy(proxy)
    if row.name == checked_name(name):
        return
    check_name_is_free(draft.state, row.group, name)
    if row.name:
        draft.put(Table.NAMES, (row.group, row.name), None)
    draft.put(Table.NAMES, (row.group, name), proxy)
    draft.put(Table.PROXIES, proxy, ProxyRow(row.group, row.type, name, row.owner))
