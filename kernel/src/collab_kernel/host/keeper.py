"""Where the sessions of a server are kept, and which of them it serves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from collab_kernel.errors import StoreError
from collab_kernel.host.journal import Journal
from collab_kernel.host.snapshots import History
from collab_kernel.host.stored_log import called, sessions_of
from collab_kernel.plugins import Plugins, made
from collab_kernel.spi import Store

T = TypeVar("T")

DEFAULT_SESSION = "main"


class Keeper:
    """One store for all sessions of a server, and the thread it is called in; or none.

    owned: whether it is closed with the server.
    """

    def __init__(self, store: Store | None, history: History, owned: bool = False) -> None:
        self._store = store
        self._history = history
        self._owned = owned
        self._thread = None if store is None else ThreadPoolExecutor(1, "store")

    @classmethod
    def of(cls, store: Store | str | None, history: History, plugins: Plugins) -> Keeper:
        """store: itself, or a plugin's name and a location: `sqlite:work.collab`.

        Raises StoreError or PluginError.
        """
        if not isinstance(store, str):
            return cls(store, history)
        name, _, location = store.partition(":")
        if not name or not location:
            raise StoreError(f"{store!r} names no store: write NAME:LOCATION (sqlite:work.collab)")
        spec = plugins.store(name)
        return cls(made(spec, partial(spec.create, location)), history, owned=True)

    async def names(self, wanted: Sequence[str]) -> list[str]:
        """The sessions to serve: those that are wanted; or else all that are not archived; or else
        a new one. Raises StoreError."""
        if wanted or self._store is None:
            return list(wanted) or [DEFAULT_SESSION]
        stored = await self._called(partial(sessions_of, self._store))
        return [s.name for s in stored if not s.archived] or [DEFAULT_SESSION]

    def journal(self, session: str) -> Journal:
        return Journal(session, self._store, self._thread, self._history)

    async def close(self) -> None:
        """What was being written is; nothing is after this."""
        if self._store is not None and self._thread is not None:
            if self._owned:
                await self._called(self._store.close)
            self._thread.shutdown(wait=False)

    async def _called(self, call: Callable[[], T]) -> T:
        """Raises StoreError, whatever the store raises."""
        answer = partial(called, call)
        return await asyncio.get_running_loop().run_in_executor(self._thread, answer)
