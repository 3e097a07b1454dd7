"""The hook `collab_committed`: plugins hear of durable events, and can hold nobody up."""

from __future__ import annotations

import asyncio
import logging

from collab_kernel.core.events import Event
from collab_kernel.core.state import State
from collab_kernel.plugins import Plugins

log = logging.getLogger(__name__)

MAX_BEHIND = 1_000


class CommittedHook:
    """Calls the hook in a worker thread, in order; drops and counts what falls behind."""

    def __init__(self, plugins: Plugins) -> None:
        self._hook = plugins.hooks.hook.collab_committed
        self._queue: asyncio.Queue[tuple[str, Event, State]] = asyncio.Queue(MAX_BEHIND)
        self.dropped = 0

    @property
    def wanted(self) -> bool:
        """Whether any plugin listens."""
        return bool(self._hook.get_hookimpls())

    def tasks(self) -> list[asyncio.Task[None]]:
        """What has to run for the hook: nothing, if no plugin listens."""
        return [asyncio.create_task(self._run())] if self.wanted else []

    def put(self, session: str, event: Event, state: State) -> None:
        """Tell the plugins of an event, some time."""
        try:
            self._queue.put_nowait((session, event, state))
        except asyncio.QueueFull:
            self.dropped += 1
            log.warning("collab_committed is too slow: %d events were dropped", self.dropped)

    async def _run(self) -> None:
        while True:
            session, event, state = await self._queue.get()
            try:
                await asyncio.to_thread(self._hook, session=session, event=event, state=state)
            except Exception:
                log.exception("a plugin failed over event %d", event.revision)
