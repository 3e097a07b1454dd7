"""One connection, seen from either side: a message is a binary frame."""

from __future__ import annotations

import asyncio

from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.protocol import State

from collab_kernel.errors import ConnectionLostError
from collab_kernel.network import check_size

GOODBYE_S = 2.0


class WebsocketChannel:
    """peer: an address.  connection: after its handshake."""

    def __init__(self, peer: str, connection: Connection) -> None:
        self.peer = peer
        self._connection = connection
        self._closing: asyncio.Task[None] | None = None

    async def send(self, data: bytes) -> None:
        check_size(data)
        try:
            if self._connection.state is State.OPEN:
                return await self._connection.send(data)
        except ConnectionClosed:
            pass
        raise ConnectionLostError(f"the channel with {self.peer} is closed")

    async def receive(self) -> bytes | None:
        try:
            data = await self._connection.recv()
        except ConnectionClosed:
            return None
        if self._closing is None and isinstance(data, bytes):
            return data
        # A text frame: somebody who speaks another language. After a close: nothing is news.
        await self._end(CloseCode.UNSUPPORTED_DATA)
        return None

    async def close(self) -> None:
        await self._end(CloseCode.NORMAL_CLOSURE)

    async def _end(self, code: CloseCode) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(code))
        await asyncio.shield(self._closing)

    async def _close(self, code: CloseCode) -> None:
        connection = self._connection
        try:
            async with asyncio.timeout(GOODBYE_S):
                # Not when it ends by itself: then the library aborts what is closed already,
                # which asyncio (CPython 3.11) may answer with an AttributeError.
                if connection.state is State.OPEN:
                    await connection.close(code)
                await connection.wait_closed()
        except TimeoutError:
            # The library's own deadline begins when the peer has read all that was sent.
            connection.transport.abort()
            await connection.wait_closed()
