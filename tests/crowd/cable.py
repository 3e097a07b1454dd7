"""What lies between a client and its server, and can be cut."""

from __future__ import annotations

import asyncio
from typing import Self


class Cable:
    """A TCP proxy to a port of this machine, from a port of its own."""

    def __init__(self, port: int) -> None:
        self._there = port
        self._server: asyncio.Server
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self.release()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._plugged_in, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break what is connected now, without a goodbye; a new connection stands."""
        for end in self._ends:
            end.transport.abort()

    def hold(self) -> None:
        """Carry nothing, and tell nobody, until `release`."""
        self._up.clear()
        self._down.clear()

    def hold_answers(self) -> None:
        """Carry nothing that the server says until `release`; a cut before it loses that."""
        self._down.clear()

    def release(self) -> None:
        self._up.set()
        self._down.set()

    async def _plugged_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            there_reader, there = await asyncio.open_connection("127.0.0.1", self._there)
        except OSError:  # the server has ended
            writer.transport.abort()
            return
        self._ends |= {writer, there}
        try:
            await asyncio.gather(
                self._carry(reader, there, self._up), self._carry(there_reader, writer, self._down)
            )
        finally:
            self._ends -= {writer, there}

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, open: asyncio.Event
    ) -> None:
        try:
            while data := await reader.read(1 << 16):
                await open.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # cut: the other direction ends with this one
        finally:
            writer.transport.abort()
