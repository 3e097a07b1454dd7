"""Taking proxies out: with the sub-proxies made with them, and only when nobody else uses them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collab_kernel.core.annotations import clear
from collab_kernel.core.draft import Draft
from collab_kernel.core.links import untie
from collab_kernel.core.state import ProxyRow, State, Table
from collab_kernel.core.values import ProxyId, Value
from collab_kernel.errors import ProxyInUseError

MAX_SHOWN = 10
"""Users that the text of a refusal names."""


def _family(state: State, proxy: ProxyId) -> Iterator[ProxyId]:
    """A proxy and the sub-proxies made with it, owner first."""
    yield proxy
    for _, value in state.values(proxy):
        for reference in value.references:
            row = state.proxies.get(reference)
            if row and row.owner == proxy:
                yield from _family(state, reference)


def delete(draft: Draft, proxy: ProxyId) -> None:
    draft.state.proxy(proxy)
    family = list(dict.fromkeys(_family(draft.state, proxy)))
    users = [
        f"{draft.state.title(user)} ({property})"
        for member in family
        for user, property in draft.state.users_of(member)
        if user not in family
    ]
    if users:
        shown = list(dict.fromkeys(users))
        more = f" and {len(shown) - MAX_SHOWN} more" if len(shown) > MAX_SHOWN else ""
        raise ProxyInUseError(
            f"{draft.state.title(proxy)} can't be deleted: it is used by "
            f"{', '.join(shown[:MAX_SHOWN])}{more}"
        )
    for member in family:
        row = draft.state.proxy(member)
        for name, _ in list(draft.state.values(member)):
            draft.set(member, name, None)
        if row.name:
            draft.put(Table.NAMES, (row.group, row.name), None)
        untie(draft, member)
        clear(draft, member)
        draft.put(Table.PROXIES, member, None)


def release(draft: Draft, proxy: ProxyId, before: Value | None, value: Value) -> None:
    """See to the sub-proxies that a property names no more."""
    for released in sorted(set(before.references if before else ()) - set(value.references)):
        row = draft.state.proxies.get(released)
        if row and row.owner == proxy:
            _let_go(draft, released, row)


def _let_go(draft: Draft, released: ProxyId, row: ProxyRow) -> None:
    """Of a sub-proxy that its owner names no more: it is deleted, or is the next user's."""
    users = [user for user, _ in draft.state.users_of(released)]
    if not users:
        delete(draft, released)
    elif row.owner not in users:
        draft.put(Table.PROXIES, released, replace(row, owner=users[0]))
