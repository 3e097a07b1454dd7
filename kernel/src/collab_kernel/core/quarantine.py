"""Proxies that killed the renderer: not executed until they, or what they need, have changed."""

from __future__ import annotations

from collections.abc import Sequence

from collab_kernel.core.events import Change, Put, SetValue
from collab_kernel.core.state import State, Table


def lifted_quarantine(after: State, changes: Sequence[Change]) -> tuple[Put, ...]:
    """A proxy that killed the renderer gets another chance once it, or anything upstream of
    it, has changed; by `changes`, which led to `after`."""
    quarantined = after.table(Table.QUARANTINE)
    if not quarantined:
        return ()
    changed = {c.proxy for c in changes if isinstance(c, SetValue)}
    return tuple(
        Put(Table.QUARANTINE, proxy, reason, None)
        for proxy, reason in sorted(quarantined.items())
        if proxy not in after.proxies or any(after.is_upstream(c, proxy) for c in changed)
    )
