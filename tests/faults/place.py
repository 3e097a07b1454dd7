"""A server with a store that is ended and started again, at the same addresses."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.crowd.processes import COLLAB, Serving, announced, ended, gather_lines
from tests.ports import HeldPort

WIRES = ("zmq", "grpc", "websocket")
START_WITHIN_S = 120.0


class Place:
    """urls: one for each wire, the same in every life."""

    def __init__(self, store: Path, *arguments: str) -> None:
        self.store = store
        self._arguments = ("--multi-clients", "--store", f"sqlite:{store}", *arguments)
        self._ports = [HeldPort() for _ in WIRES]
        self.urls = tuple(
            f"{wire}://127.0.0.1:{port.number}"
            for wire, port in zip(WIRES, self._ports, strict=True)
        )
        self.server: Serving
        self._reading: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        return self.server.process.pid

    async def spawn(self) -> None:
        """Start a server, and don't wait for it."""
        listen = [part for url in self.urls for part in ("--transport", url)]
        process = await asyncio.create_subprocess_exec(
            str(COLLAB),
            *("serve", *listen, *self._arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self.server = Serving(process)
        self._reading = asyncio.create_task(gather_lines(process.stderr, self.server.errors))

    async def begin(self) -> None:
        """Start a server, and return when it is ready."""
        await self.spawn()
        async with asyncio.timeout(START_WITHIN_S):
            assert await announced(self.server) == self.urls

    async def kill(self, after_s: float) -> None:
        """SIGKILL at a moment that has nothing to do with ours: a thread waits for it."""
        await asyncio.to_thread(_kill, self.pid, after_s)
        await self._ended(-signal.SIGKILL)

    async def stop(self) -> None:
        """Let it end in good order."""
        self.server.process.terminate()
        await self._ended(0)

    async def _ended(self, code: int) -> None:
        assert await self.server.process.wait() == code
        assert self._reading is not None
        await self._reading
        assert not self.server.errors, "the server said: " + "\n".join(self.server.errors)

    async def abandon(self) -> None:
        """Leave no process behind, whatever has happened."""
        if self._reading is not None:
            await ended(self.server.process)
            await self._reading
        for port in self._ports:
            port.close()


def _kill(pid: int, after_s: float) -> None:
    time.sleep(after_s)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def placed(store: Path, *arguments: str) -> AsyncIterator[Place]:
    """A place whose first server is ready."""
    place = Place(store, *arguments)
    try:
        await place.begin()
        yield place
    finally:
        await place.abandon()
