"""A transport on trial: a listener, what dials it, and checks of what comes through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from collab_kernel.errors import ConnectionLostError
from collab_kernel.spi import (
    MAX_MESSAGE_BYTES,
    Accept,
    Channel,
    Listener,
    Security,
    Transport,
)

from .clause import within

Result = TypeVar("Result")


class Trial:
    """A listener and what is connected to it; every wait has a deadline.

    answer_s: how long anything may take that should happen at once.
    close_s: how long a close may take.
    listen_security, connect_security: how either side encrypts.
    max_message_bytes: what either side takes in one message.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        answer_s: float,
        close_s: float,
        listen_security: Security | None = None,
        connect_security: Security | None = None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        self.transport = transport
        self.max_message_bytes = max_message_bytes
        self.answer_s, self.close_s = answer_s, close_s
        self.listen_security, self.connect_security = listen_security, connect_security
        self.listener: Listener
        self._accepted: asyncio.Queue[Channel] = asyncio.Queue()
        self._open: list[Channel] = []

    @asynccontextmanager
    async def listening(self, address: str) -> AsyncIterator[Trial]:
        """Listen at `address`; close everything in the end. What failed first is what is told."""
        self.listener = await self.soon(
            "listening", self.listen(address, self._accepted.put_nowait)
        )
        try:
            yield self
        except BaseException:
            with suppress(Exception):
                await self._close()
            raise
        await self._close()

    def listen(self, address: str, accept: Accept = lambda _: None) -> Awaitable[Listener]:
        """Listen as this trial does: encrypted or not, within its limit."""
        return self.transport.listen(address, accept, self.listen_security, self.max_message_bytes)

    def connect(self, address: str) -> Awaitable[Channel]:
        """Connect as this trial does: encrypted or not, within its limit."""
        return self.transport.connect(address, self.connect_security, self.max_message_bytes)

    async def dial(self) -> tuple[Channel, Channel]:
        """A new channel: the connecting side and the accepting side."""
        connecting = self.connect(self.listener.address)
        self._open.append(here := await self.soon("connecting", connecting))
        self._open.append(there := await self.soon("accepting a channel", self._accepted.get()))
        return here, there

    async def soon(self, doing: str, awaitable: Awaitable[Result]) -> Result:
        """The result, or an AssertionError that says what took too long."""
        return await within(self.answer_s, doing, awaitable)

    async def closed(self, what: Channel | Listener, doing: str) -> None:
        """Close it as fast as the contract asks, or raise an AssertionError."""
        await within(self.close_s, doing, what.close())

    async def arrive(self, receiver: Channel, messages: Sequence[bytes], where: str) -> None:
        """Raise an AssertionError unless exactly these come next."""
        for n, due in enumerate(messages):
            got = await self.soon(f"message {n} {where}", receiver.receive())
            check_message(got, due, n, where)

    async def ends(self, receiver: Channel, where: str) -> None:
        """Raise an AssertionError unless the end comes next."""
        got = await self.soon(f"the end {where}", receiver.receive())
        assert got is None, f"{where}: {got!r:.40} came where the end was due"

    async def carry(
        self, sender: Channel, receiver: Channel, messages: Sequence[bytes], where: str
    ) -> None:
        """Send the messages, receive them at the other side meanwhile, and compare each."""

        async def send() -> None:
            for message in messages:
                await sender.send(message)

        sending = asyncio.create_task(send())
        try:
            await self.arrive(receiver, messages, where)
            await self.soon(f"sending {where}", asyncio.shield(sending))
        finally:
            sending.cancel()
            [result] = await asyncio.gather(sending, return_exceptions=True)
            if isinstance(result, Exception):
                # Then it is the reason for whatever was missed at the other side.
                raise result

    async def _close(self) -> None:
        closing = [self.closed(channel, "close in the end") for channel in self._open]
        results = await asyncio.gather(*closing, return_exceptions=True)
        await self.closed(self.listener, "close of the listener in the end")
        for result in results:
            if isinstance(result, BaseException):
                raise result


def check_message(got: bytes | None, due: bytes, number: int, where: str) -> None:
    """Raise an AssertionError unless message `number` came as it was sent."""
    if got != due:
        what = "the end" if got is None else f"{len(got)} bytes {got!r:.40}"
        raise AssertionError(
            f"{what} came as message {number} {where}, where {len(due)} bytes {due!r:.40} were due"
        )


def pattern(size: int, seed: int) -> bytes:
    """Bytes that differ at every offset of interest, so that a shift or a swap is seen."""
    block = bytes((seed + n * 7 + (n >> 8)) & 0xFF for n in range(4099))
    return (block * (size // len(block) + 1))[:size]


async def flood(channel: Channel) -> None:
    """Send 8 MiB in packets of the kernel's greatest size, or until the channel is closed."""
    packet = bytes(256 << 10)
    with suppress(ConnectionLostError):
        for _ in range(32):
            await channel.send(packet)
