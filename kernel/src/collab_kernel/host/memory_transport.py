"""The wire without a wire: channels between two places of one event loop.

Addresses are `memory://NAME` or `memory://NAME:PORT`; port 0 picks a free one, as sockets do.
They are known to the event loop that listens, so two loops of one process never meet. It keeps
the same contract as every transport, and is the shortest example of one.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from itertools import count
from weakref import WeakKeyDictionary

from collab_kernel.errors import AddressError, ConnectionLostError
from collab_kernel.spi import (
    MAX_MESSAGE_BYTES,
    Accept,
    Channel,
    Listener,
    Security,
)

BUFFER_BYTES = 1 << 20
"""A sender waits while more than this is unread; one message of any size fits an empty buffer."""

# What an empty message counts, so that a flood of them fills the buffer too.
_MESSAGE_BYTES = 64

_ADDRESS = re.compile(r"memory://(?P<name>[A-Za-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?")

_listening: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Listener]] = WeakKeyDictionary()


class _Pipe:
    """One direction of a channel."""

    def __init__(self, max_message_bytes: int) -> None:
        self.ended = False
        self.max_message_bytes = max_message_bytes
        self._messages: deque[bytes] = deque()
        self._unread_bytes = 0
        self._readable, self._writable = asyncio.Event(), asyncio.Event()
        # Senders that wait for room go on in the order in which they came.
        self._turn = asyncio.Lock()

    async def put(self, data: bytes) -> None:
        async with self._turn:
            while self._unread_bytes >= BUFFER_BYTES and not self.ended:
                self._writable.clear()
                await self._writable.wait()
            if self.ended:
                raise ConnectionLostError("the channel is closed")
            self._messages.append(data)
            self._unread_bytes += len(data) + _MESSAGE_BYTES
            self._readable.set()

    async def get(self) -> bytes | None:
        while not self._messages:
            if self.ended:
                return None
            self._readable.clear()
            await self._readable.wait()
        data = self._messages.popleft()
        self._unread_bytes -= len(data) + _MESSAGE_BYTES
        self._writable.set()
        return data

    def end(self, *, forget: bool) -> None:
        """Take no more messages; what is unread can still be read unless it is forgotten."""
        self.ended = True
        if forget:
            self._messages.clear()
        self._readable.set()
        self._writable.set()


class _Channel:
    def __init__(self, peer: str, incoming: _Pipe, outgoing: _Pipe) -> None:
        self.peer = peer
        self._incoming, self._outgoing = incoming, outgoing

    @property
    def ended(self) -> bool:
        return self._incoming.ended and self._outgoing.ended

    async def send(self, data: bytes) -> None:
        if len(data) > self._outgoing.max_message_bytes:
            self._outgoing.end(forget=False)
            self._incoming.end(forget=False)
        await self._outgoing.put(data)

    async def receive(self) -> bytes | None:
        return await self._incoming.get()

    async def close(self) -> None:
        self._outgoing.end(forget=False)
        self._incoming.end(forget=True)


class _Listener:
    def __init__(
        self,
        address: str,
        accept: Accept,
        listening: dict[str, _Listener],
        max_message_bytes: int,
    ) -> None:
        self.address = address
        self._accept, self._listening = accept, listening
        self._max_message_bytes = max_message_bytes
        self._accepted: list[_Channel] = []
        self._numbers = count(1)

    def dial(self, max_message_bytes: int) -> _Channel:
        there, here = _Pipe(self._max_message_bytes), _Pipe(max_message_bytes)
        accepted = _Channel(f"{self.address}#{next(self._numbers)}", there, here)
        self._accepted = [channel for channel in self._accepted if not channel.ended]
        self._accepted.append(accepted)
        self._accept(accepted)
        return _Channel(self.address, here, there)

    async def close(self) -> None:
        if self._listening.get(self.address) is self:
            del self._listening[self.address]
        while self._accepted:
            await self._accepted.pop().close()


class MemoryTransport:
    """Carries messages between the tasks of one event loop, with back-pressure."""

    async def listen(
        self,
        address: str,
        accept: Accept,
        security: Security | None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> Listener:
        address = self._checked(address, security)
        listening = _listening.setdefault(asyncio.get_running_loop(), {})
        if address.endswith(":0"):
            stem = address.removesuffix("0")
            address = next(a for n in count(1) if (a := f"{stem}{n}") not in listening)
        if address in listening:
            raise AddressError(f"{address} is in use: somebody listens there already")
        listener = _Listener(address, accept, listening, max_message_bytes)
        listening[address] = listener
        return listener

    async def connect(
        self,
        address: str,
        security: Security | None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> Channel:
        address = self._checked(address, security)
        listener = _listening.get(asyncio.get_running_loop(), {}).get(address)
        if listener is None:
            raise ConnectionLostError(f"nobody listens at {address}")
        return listener.dial(max_message_bytes)

    @staticmethod
    def _checked(address: str, security: Security | None) -> str:
        match = _ADDRESS.fullmatch(address)
        if match is None or int(match["port"] or 0) > 0xFFFF:
            raise AddressError(f"{address!r} is no address here: memory://NAME or memory://NAME:0")
        if security is not None:
            raise AddressError(f"{address} cannot be encrypted: nothing leaves the process")
        return address
