"""Dragging: many values in a row of which only the newest matters, and one entry to undo."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from collab_kernel.core.commands import Edit, Set
from collab_kernel.core.values import ProxyId, Value
from collab_kernel.errors import CollabError

if TYPE_CHECKING:
    from collab_kernel.client.proxies import Proxy
    from collab_kernel.client.session import Session


class Drag:
    """One command is on its way at a time, and of what comes meanwhile only the newest values
    wait. An async context manager: leaving it waits for the last ones, and raises the first
    refusal.

        async with session.drag("Move the plane") as drag:
            drag.set(plane, Origin=(0, 0, 0.1))
            drag.set(plane, Origin=(0, 0, 0.2))
    """

    def __init__(self, session: Session, label: str = "") -> None:
        self._session = session
        self._label = label
        self._undo_set = session.new_undo_set()
        self._waiting: dict[tuple[ProxyId, str], Value] = {}
        self._on_its_way: asyncio.Future[int] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self.error: CollabError | None = None
        """Why values were refused, if some were: what came after was sent all the same."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._idle.wait()
        if error is None and self.error is not None:
            raise self.error

    def set(self, proxy: Proxy, **values: Any) -> None:
        """Set properties, as soon as what was set before has arrived."""
        id = self._session.id_of(proxy)
        for name, value in self._session.values(values):
            self._waiting[id, name] = value
        if self._on_its_way is None:
            self._send()

    def _send(self) -> None:
        by_proxy: dict[ProxyId, list[tuple[str, Value]]] = {}
        for (id, name), value in self._waiting.items():
            by_proxy.setdefault(id, []).append((name, value))
        self._waiting.clear()
        self._idle.clear()
        operations = tuple(Set(id, tuple(values)) for id, values in by_proxy.items())
        self._on_its_way = self._session.begin(Edit(operations), self._label, self._undo_set)
        self._on_its_way.add_done_callback(self._arrived)

    def _arrived(self, future: asyncio.Future[int]) -> None:
        self._on_its_way = None
        if not future.cancelled():
            error = future.exception()
            if isinstance(error, CollabError) and self.error is None:
                self.error = error
        if self._waiting:
            self._send()
        else:
            self._idle.set()
