"""The kit accepts the memory transport and catches each way of breaking the contract."""

import asyncio
import subprocess
import sys
import unittest
from collections.abc import Callable
from typing import ClassVar

import pytest

from collab_kernel.builtin import MEMORY
from collab_kernel.errors import AddressError, ConnectionLostError
from collab_kernel.host.memory_transport import BUFFER_BYTES, MemoryTransport
from collab_kernel.spi import (
    MAX_MESSAGE_BYTES,
    Accept,
    Channel,
    Listener,
    Security,
    Transport,
)
from collab_kernel.testing.clause import ContractBrokenError, check_entry_module
from collab_kernel.testing.transport_contract import TransportContract


class TestMemory(TransportContract):
    address = "memory://kit:0"
    make_transport = MemoryTransport
    garbage = ("memory://white space", "memory://a/b")
    entry_module = "collab_kernel.host.memory_transport"
    wire_libraries = ("zmq", "grpc", "websockets")


class TestMemoryByName(TransportContract):
    address = "memory://named"
    make_transport = MemoryTransport
    entry_module = "collab_kernel.host.memory_transport"
    wire_libraries = ("zmq", "grpc", "websockets")


MOST = MAX_MESSAGE_BYTES


# -- broken on purpose -----------------------------------------------------------------------


class LibraryError(Exception):
    """What a wire's library raises, and no plugin should let through."""


class BrokenChannel:
    """A channel that keeps the contract; each class below breaks it in one place."""

    def __init__(self, inner: Channel) -> None:
        self.inner, self.peer = inner, inner.peer

    async def send(self, data: bytes) -> None:
        await self.inner.send(data)

    async def receive(self) -> bytes | None:
        return await self.inner.receive()

    async def close(self) -> None:
        await self.inner.close()


class Reordering(BrokenChannel):
    held: bytes | None = None

    async def receive(self) -> bytes | None:
        if self.held is not None:
            held, self.held = self.held, None
            return held
        message = await self.inner.receive()
        if message == b"100":
            self.held, message = message, await self.inner.receive()
        return message


class Dropping(BrokenChannel):
    async def send(self, data: bytes) -> None:
        if data != b"":
            await self.inner.send(data)


class Duplicating(BrokenChannel):
    async def send(self, data: bytes) -> None:
        await self.inner.send(data)
        if data == b"4999":
            await self.inner.send(data)
            await self.inner.send(data)

    async def receive(self) -> bytes | None:
        message = await self.inner.receive()
        return await self.inner.receive() if message == b"4998" else message


class Truncating(BrokenChannel):
    async def send(self, data: bytes) -> None:
        await self.inner.send(data[: 1 << 20])


class LosingAtCancellation(BrokenChannel):
    async def receive(self) -> bytes | None:
        message = await self.inner.receive()
        await asyncio.sleep(0)
        return message


class HangingOnClose(BrokenChannel):
    """Waits until the peer has read everything, as many libraries do."""

    unread = 0

    async def send(self, data: bytes) -> None:
        self.unread += len(data)
        await self.inner.send(data)

    async def close(self) -> None:
        if self.unread > BUFFER_BYTES // 2:
            await asyncio.Event().wait()
        await self.inner.close()


class LeakingErrors(BrokenChannel):
    async def send(self, data: bytes) -> None:
        try:
            await self.inner.send(data)
        except ConnectionLostError as error:
            raise LibraryError("socket operation on non-socket") from error


class ForgettingTheEnd(BrokenChannel):
    ended = False

    async def receive(self) -> bytes | None:
        if self.ended:
            return b""
        message = await self.inner.receive()
        self.ended = message is None
        return message


class EndingEarly(BrokenChannel):
    """Its end overtakes what was sent just before."""

    last: bytes | None = None

    async def send(self, data: bytes) -> None:
        if self.last is not None:
            await self.inner.send(self.last)
        self.last = data


class ClosingOnce(BrokenChannel):
    is_closed = False

    async def close(self) -> None:
        if self.is_closed:
            raise LibraryError("already closed")
        self.is_closed = True
        await self.inner.close()


class ReceivingForEver(BrokenChannel):
    async def receive(self) -> bytes | None:
        message = await self.inner.receive()
        return await asyncio.Future() if message is None else message


class OneForAll(BrokenChannel):
    """Sends through one lock for all channels: a silent peer holds it."""

    locks: ClassVar[dict[asyncio.AbstractEventLoop, asyncio.Lock]] = {}

    async def send(self, data: bytes) -> None:
        async with self.locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            await self.inner.send(data)


class Mixing(BrokenChannel):
    """Answers through whichever channel was opened last."""

    last: ClassVar[Channel | None] = None

    def __init__(self, inner: Channel) -> None:
        super().__init__(inner)
        Mixing.last = inner

    async def send(self, data: bytes) -> None:
        assert Mixing.last is not None
        await (Mixing.last if data.startswith(b"0:7") else self.inner).send(data)


class BrokenTransport:
    """The memory transport, with one kind of broken channel on both sides."""

    def __init__(self, channel: Callable[[Channel], Channel] = BrokenChannel) -> None:
        self.inner, self.channel = MemoryTransport(), channel

    async def listen(
        self, address: str, accept: Accept, security: Security | None, most: int = MOST
    ) -> Listener:
        def wrapped(channel: Channel) -> None:
            accept(self.channel(channel))

        return await self.inner.listen(address, wrapped, security, most)

    async def connect(self, address: str, security: Security | None, most: int = MOST) -> Channel:
        return self.channel(await self.inner.connect(address, security, most))


class ForgettingListener:
    """Stops accepting and leaves its channels open."""

    def __init__(self, inner: Listener) -> None:
        self.inner, self.address = inner, inner.address

    async def close(self) -> None:
        await asyncio.sleep(0)


class ForgettingChannels(BrokenTransport):
    async def listen(
        self, address: str, accept: Accept, security: Security | None, most: int = MOST
    ) -> Listener:
        return ForgettingListener(await super().listen(address, accept, security, most))


class LyingListener(ForgettingListener):
    """Reports what it was told instead of what it got."""

    def __init__(self, inner: Listener, address: str) -> None:
        super().__init__(inner)
        self.address = address

    async def close(self) -> None:
        await self.inner.close()


class LyingAboutTheAddress(BrokenTransport):
    async def listen(
        self, address: str, accept: Accept, security: Security | None, most: int = MOST
    ) -> Listener:
        return LyingListener(await super().listen(address, accept, security, most), address)


class SharingTheAddress(BrokenTransport):
    async def listen(
        self, address: str, accept: Accept, security: Security | None, most: int = MOST
    ) -> Listener:
        try:
            return await super().listen(address, accept, security, most)
        except AddressError:
            return LyingListener(
                await super().listen("memory://kit:0", accept, security, most), address
            )


class LeakingAddressErrors(BrokenTransport):
    async def connect(self, address: str, security: Security | None, most: int = MOST) -> Channel:
        try:
            return await super().connect(address, security, most)
        except AddressError as error:
            raise ValueError(address) from error


class WaitingForEver(BrokenTransport):
    async def connect(self, address: str, security: Security | None, most: int = MOST) -> Channel:
        try:
            return await super().connect(address, security, most)
        except ConnectionLostError:
            return HangingFromTheStart(address)


class Swallowing(BrokenTransport):
    """Takes messages of whatever size."""

    async def listen(
        self, address: str, accept: Accept, security: Security | None, most: int = MOST
    ) -> Listener:
        return await super().listen(address, accept, security)


class HangingFromTheStart:
    def __init__(self, peer: str) -> None:
        self.peer = peer

    async def send(self, data: bytes) -> None:
        await asyncio.Event().wait()

    async def receive(self) -> bytes | None:
        await asyncio.Event().wait()
        return None

    async def close(self) -> None:
        await asyncio.Event().wait()


BROKEN: list[tuple[Callable[[], Transport], str]] = [
    (lambda: BrokenTransport(Reordering), "many messages arrive each once and in order"),
    (lambda: BrokenTransport(Duplicating), "many messages arrive each once and in order"),
    (lambda: BrokenTransport(Dropping), "messages of every size arrive whole and in order"),
    (lambda: BrokenTransport(Truncating), "messages of every size arrive whole and in order"),
    (lambda: BrokenTransport(Mixing), "two channels do not mix"),
    (lambda: BrokenTransport(LosingAtCancellation), "a cancelled receive loses nothing"),
    (lambda: BrokenTransport(EndingEarly), "the end comes after the last message and stays"),
    (lambda: BrokenTransport(ForgettingTheEnd), "the end comes after the last message and stays"),
    (lambda: BrokenTransport(LeakingErrors), "sending after close raises connection lost"),
    (lambda: BrokenTransport(ReceivingForEver), "a receive that waits ends with its own close"),
    (lambda: BrokenTransport(HangingOnClose), "close is idempotent and quick"),
    (lambda: BrokenTransport(ClosingOnce), "close is idempotent and quick"),
    (lambda: BrokenTransport(OneForAll), "a silent peer does not hold up another"),
    (Swallowing, "a message above the limit ends the connection that brings it"),
    (LyingAboutTheAddress, "the reported address is real"),
    (SharingTheAddress, "listening twice on one address is an address error"),
    (LeakingAddressErrors, "a garbage address is an address error"),
    (WaitingForEver, "connecting to nobody fails or stays silent and still closes"),
    (ForgettingChannels, "closing the listener ends its channels and frees the address"),
]


def kit_of(transport: Callable[[], Transport]) -> TransportContract:
    class Broken(TransportContract):
        address = "memory://kit:0"
        make_transport = staticmethod(transport)
        # How long a hang is waited for: the memory transport needs milliseconds.
        answer_s = 1.0
        close_s = 1.0

    return Broken()


def clause_of(sentence: str) -> str:
    """The one clause whose name begins with `sentence`."""
    start = "test_" + sentence.replace(" ", "_")
    [name] = [name for name in TransportContract.clauses() if name.startswith(start)]
    return name


@pytest.mark.parametrize(("transport", "sentence"), BROKEN)
def test_a_broken_transport_is_caught_by_the_clause_it_breaks(
    transport: Callable[[], Transport], sentence: str
) -> None:
    with pytest.raises(ContractBrokenError, match=f"^{sentence}"):
        getattr(kit_of(transport), clause_of(sentence))()


@pytest.mark.parametrize("clause", sorted({sentence for _, sentence in BROKEN}))
def test_what_breaks_nothing_passes_the_same_way(clause: str) -> None:
    getattr(kit_of(BrokenTransport), clause_of(clause))()


def test_every_clause_is_proven_by_a_transport_that_breaks_it() -> None:
    proven = {clause_of(sentence) for _, sentence in BROKEN}
    # Proven by the test below.
    proven.add("test_the_entry_module_imports_no_wire_library")
    assert proven == set(TransportContract.clauses())


def test_an_entry_module_that_imports_its_wire_is_caught() -> None:
    with pytest.raises(AssertionError, match=r"importing asyncio\.streams loads ssl"):
        check_entry_module("asyncio.streams", ("ssl",))


def test_a_contract_without_an_entry_module_skips_that_clause() -> None:
    with pytest.raises(unittest.SkipTest):
        kit_of(MemoryTransport).test_the_entry_module_imports_no_wire_library()


def test_the_kit_needs_no_test_runner() -> None:
    code = (
        "import sys\n"
        "from collab_kernel.host.memory_transport import MemoryTransport\n"
        "from collab_kernel.testing.transport_contract import TransportContract\n"
        "class Pigeon(TransportContract):\n"
        "    address = 'memory://kit:0'\n"
        "    make_transport = MemoryTransport\n"
        "Pigeon().test_two_channels_do_not_mix()\n"
        "assert 'pytest' not in sys.modules and '_pytest' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# -- the memory transport itself -------------------------------------------------------------


async def test_a_sender_waits_for_its_reader() -> None:
    accepted: list[Channel] = []
    listener = await MEMORY.create().listen("memory://room", accepted.append, None)
    here = await MEMORY.create().connect("memory://room", None)
    await here.send(bytes(BUFFER_BYTES))
    sending = asyncio.create_task(here.send(b"more"))
    await asyncio.wait([sending], timeout=0.05)
    assert not sending.done()
    assert await accepted[0].receive() == bytes(BUFFER_BYTES)
    await sending
    assert await accepted[0].receive() == b"more"
    await listener.close()


async def test_closing_wakes_a_sender_that_waits() -> None:
    accepted: list[Channel] = []
    listener = await MEMORY.create().listen("memory://room", accepted.append, None)
    here = await MEMORY.create().connect("memory://room", None)
    await here.send(bytes(BUFFER_BYTES))
    sending = asyncio.create_task(here.send(b"more"))
    await asyncio.sleep(0)
    await accepted[0].close()
    with pytest.raises(ConnectionLostError):
        await sending
    await listener.close()


async def test_port_0_gives_each_listener_its_own_address() -> None:
    listeners = [await MEMORY.create().listen("memory://a:0", print, None) for _ in range(2)]
    assert [listener.address for listener in listeners] == ["memory://a:1", "memory://a:2"]
    for listener in listeners:
        await listener.close()


def test_two_event_loops_do_not_meet() -> None:
    async def listen() -> None:
        await MEMORY.create().listen("memory://room", print, None)

    async def connect() -> None:
        with pytest.raises(ConnectionLostError, match="nobody listens at memory://room"):
            await MEMORY.create().connect("memory://room", None)

    asyncio.run(listen())
    asyncio.run(connect())
