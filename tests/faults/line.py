"""What lies between a client and its server: slow, far, held, or cut where it hurts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, field
from typing import Self

CHUNK_BYTES = 4096
QUEUED_CHUNKS = 64
"""On the way, per direction: what waits longer is not read, so that whoever sends feels it."""

BUFFER_BYTES = 64 * 1024
"""Of each socket: the system's own would hide megabytes."""


@dataclass
class Way:
    """One direction. delay_s: of every byte.  bytes_per_s: None: as fast as may be.
    cut_after: so many bytes pass, over all connections, before the line is cut; None: all.
    """

    delay_s: float = 0.0
    bytes_per_s: float | None = None
    cut_after: int | None = None
    passed: int = 0
    carries: asyncio.Event = field(default_factory=asyncio.Event)


class Line:
    """A TCP proxy to a port of this machine, from a port of its own. Towards the server it is
    `up`, towards the client `down`."""

    def __init__(self, port: int) -> None:
        self._there = port
        self._server: asyncio.Server
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.up, self.down = Way(), Way()
        self.connections = 0
        """That were made so far."""
        self.port = 0
        self.release()

    async def __aenter__(self) -> Self:
        listening = socket.create_server(("127.0.0.1", 0))
        _small(listening)
        self._server = await asyncio.start_server(self._plugged_in, sock=listening)
        self.port = listening.getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, url: str) -> str:
        """The address of the server, by way of this line."""
        return url.replace(f":{self._there}", f":{self.port}")

    # -- what happens to it ----------------------------------------------------------------

    def cut(self) -> None:
        """Break what is connected now, without a goodbye; a new connection stands."""
        for end in self._ends:
            end.transport.abort()

    def hold(self) -> None:
        """Carry nothing, and tell nobody: a black hole until `release`."""
        self.up.carries.clear()
        self.down.carries.clear()

    def hold_answers(self) -> None:
        """Carry nothing that the server says until `release`; a cut before it loses that."""
        self.down.carries.clear()

    def release(self) -> None:
        self.up.carries.set()
        self.down.carries.set()

    def half_close(self) -> None:
        """Say to each server that its client will say nothing more, and go on with the other
        direction."""
        for end in self._ends:
            if end.get_extra_info("peername")[1] == self._there:
                with contextlib.suppress(OSError, RuntimeError):
                    end.write_eof()

    # -- carrying --------------------------------------------------------------------------

    async def _plugged_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        try:
            dialled = socket.socket()
            _small(dialled)
            dialled.setblocking(False)
            await asyncio.get_running_loop().sock_connect(dialled, ("127.0.0.1", self._there))
            there_reader, there = await asyncio.open_connection(sock=dialled)
        except OSError:  # the server has ended
            writer.transport.abort()
            return
        self._ends |= {writer, there}
        try:
            await asyncio.gather(
                self._carry(reader, there, self.up), self._carry(there_reader, writer, self.down)
            )
        finally:
            self._ends -= {writer, there}

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way
    ) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUED_CHUNKS)
        reading = asyncio.create_task(self._read(reader, queue, way))
        now_s = asyncio.get_running_loop().time
        try:
            while (item := await queue.get())[1]:
                due_s, data = item
                await asyncio.sleep(max(0.0, due_s - now_s()))
                if way.bytes_per_s is not None:
                    await asyncio.sleep(len(data) / way.bytes_per_s)
                await way.carries.wait()
                left = None if way.cut_after is None else way.cut_after - way.passed
                writer.write(data[:left])
                await writer.drain()
                way.passed += len(data)
                if left is not None and left <= len(data):
                    way.cut_after = None
                    self.cut()
        except OSError:
            pass  # cut: the other direction ends with this one
        finally:
            reading.cancel()
            writer.transport.abort()

    async def _read(
        self, reader: asyncio.StreamReader, queue: asyncio.Queue[tuple[float, bytes]], way: Way
    ) -> None:
        data = b"."
        while data:
            try:
                data = await reader.read(CHUNK_BYTES)
            except OSError:
                data = b""
            await queue.put((asyncio.get_running_loop().time() + way.delay_s, data))


def _small(end: socket.socket) -> None:
    """Let the system buffer little."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
