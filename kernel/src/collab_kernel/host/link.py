"""A connection at work: one channel, one outbox, and the peer's manners.

Both sides use it: the server's messages and the client's differ only in how they are read
and written.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

from collab_kernel.core.messages import Credit, Goodbye, Ping, Pong
from collab_kernel.core.outbox import Outbox
from collab_kernel.core.peer import DEAD_AFTER_S, HEARTBEAT_S, Liveness, Receipts, Throttle
from collab_kernel.errors import CollabError, ConnectionLostError, MessageTooLargeError
from collab_kernel.host.counters import Traffic
from collab_kernel.spi import MAX_MESSAGE_BYTES, Channel

GOODBYE_WITHIN_S = 1.0

Incoming = TypeVar("Incoming")
Control = Credit | Ping | Pong | Goodbye


class Link(Generic[Incoming]):
    """Sends what is put into `outbox`, and hands on what arrives.

    read: the messages of a packet.  write: the packet of a control message.
    max_incoming_bytes: what the other side may send in one go.  traffic: where it is counted.
    """

    def __init__(
        self,
        channel: Channel,
        read: Callable[[bytes], Iterable[Incoming | Control]],
        write: Callable[[Control], bytes],
        max_incoming_bytes: int = MAX_MESSAGE_BYTES,
        traffic: Traffic | None = None,
    ) -> None:
        self.channel = channel
        self._traffic = traffic or Traffic()
        self.outbox = Outbox()
        self._read = read
        self._write = write
        self._max_incoming_bytes = max_incoming_bytes
        self._liveness = Liveness(asyncio.get_running_loop().time())
        self._receipts = Receipts()
        self._pace = Throttle(asyncio.get_running_loop().time())
        self._wake = asyncio.Event()
        self._sent = asyncio.Event()
        self._parting = asyncio.Event()
        self._ending: CollabError | None = None
        self._parted = False
        self._pausing = False
        """Whether it is us who don't listen now: silence says nothing of the peer."""

    # -- out -------------------------------------------------------------------------------

    def flush(self) -> None:
        """Send what waits in the outbox, as far as the peer's credit goes."""
        self._wake.set()

    async def room(self) -> None:
        """Return when little that is large waits in the outbox: before making more."""
        while self.outbox.busy:
            self._sent.clear()
            await self._sent.wait()

    def end(self, error: CollabError) -> None:
        """Say goodbye with a reason and close: `run` raises the error."""
        if self._ending is None:
            self._ending = error
            self._parting.set()
            self._wake.set()

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while (packet := self.outbox.next_packet()) is not None:
                await self.channel.send(packet)
                self._traffic.sent_bytes += len(packet)
                self._sent.set()
            if self._ending is not None:  # the goodbye is the last word, behind what could go
                await self.channel.send(self._write(Goodbye(self._ending)))
                self._parted = True
                raise self._ending

    async def _part(self) -> None:
        """Wait no longer than a moment for a peer that does not even take the goodbye."""
        await self._parting.wait()
        await asyncio.sleep(GOODBYE_WITHIN_S)
        assert self._ending is not None
        raise self._ending

    @property
    def latency_s(self) -> float | None:
        """There and back, as last measured."""
        return self._liveness.latency_s

    # -- in --------------------------------------------------------------------------------

    async def packet(self) -> bytes:
        """The next packet as it is, for a handshake. Raises ConnectionLostError at the end."""
        data = await self.channel.receive()
        if data is None:
            raise ConnectionLostError(f"{self.channel.peer} closed the connection")
        if len(data) > self._max_incoming_bytes:
            raise MessageTooLargeError(
                f"{self.channel.peer} sent {len(data)} bytes in one go: at most "
                f"{self._max_incoming_bytes} are accepted"
            )
        self._traffic.received_bytes += len(data)
        return data

    def took(self, size_bytes: int) -> None:
        """A packet was dealt with: the peer may send as much again."""
        credit = self._receipts.took(size_bytes)
        if credit is not None:
            self.outbox.control(self._write(credit), Credit)
            self._wake.set()

    async def run(
        self,
        handle: Callable[[Incoming], None],
        pause: Callable[[], Awaitable[None]] | None = None,
        behind: Iterable[Incoming | Control] = (),
    ) -> None:
        """Send and receive until the connection ends; never returns normally.

        handle: called for each message, in order.  pause: awaited after each packet, before
        more is read and the peer is credited.  behind: messages that came in the packet of the
        handshake, behind it: they are the first. Raises the peer's reason if it said goodbye,
        ConnectionLostError if it is gone, ProtocolError if it spoke nonsense, or the error
        given to `end`.
        """
        tasks = [
            asyncio.create_task(self._receive(handle, pause, behind)),
            asyncio.create_task(self._send()),
            asyncio.create_task(self._watch()),
            asyncio.create_task(self._part()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task in done:
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _receive(
        self,
        handle: Callable[[Incoming], None],
        pause: Callable[[], Awaitable[None]] | None,
        behind: Iterable[Incoming | Control],
    ) -> None:
        now = asyncio.get_running_loop().time
        self._take(behind, handle)
        while True:
            data = await self.packet()
            self._liveness.heard(now())
            messages = self._take(self._read(data), handle)
            if pause is not None:
                self._pausing = True
                delay_s = self._pace.delay_s(now(), messages, len(data))
                if delay_s:
                    await asyncio.sleep(delay_s)
                await pause()
                self._pausing = False
                self._liveness.heard(now())
            self.took(len(data))

    def _take(
        self, messages: Iterable[Incoming | Control], handle: Callable[[Incoming], None]
    ) -> int:
        """Deal with the messages of a packet; how many of them were handed on."""
        handed_on = 0
        for message in messages:
            if isinstance(message, Credit):
                self.outbox.credit(message.packets)
                self._wake.set()
            elif isinstance(message, Ping):
                self.outbox.control(self._write(Pong(message.serial)), Pong)
                self._wake.set()
            elif isinstance(message, Goodbye):
                raise message.error
            elif isinstance(message, Pong):
                self._liveness.ponged(message, asyncio.get_running_loop().time())
            else:
                handle(message)
                handed_on += 1
        return handed_on

    async def _watch(self) -> None:
        """Ask a silent peer whether it is there, and give it up after a while."""
        now_s = asyncio.get_running_loop().time()
        while True:
            slept_since_s = now_s
            await asyncio.sleep(HEARTBEAT_S / 2)
            now_s = asyncio.get_running_loop().time()
            if now_s - slept_since_s > 2 * HEARTBEAT_S:
                self._liveness.heard(now_s)  # it is us who were stopped: that says nothing of it
            if self._liveness.dead(now_s) and not self._pausing:
                raise ConnectionLostError(
                    f"nothing was heard from {self.channel.peer} for {DEAD_AFTER_S:g} s"
                )
            ping = self._liveness.ping(now_s)
            if ping is not None:
                self.outbox.control(self._write(ping), Ping)
                self._wake.set()

    async def close(self, error: CollabError | None = None) -> None:
        """Close the channel; with an error, tell the peer first, for at most a second."""
        if error is not None and not self._parted:
            with contextlib.suppress(CollabError, TimeoutError):
                async with asyncio.timeout(GOODBYE_WITHIN_S):
                    await self.channel.send(self._write(Goodbye(error)))
        self.outbox.forget()  # an error, and its traceback, may keep this link for a while
        await self.channel.close()
