"""Connections that ZeroMQ would keep for ever are ended, and nobody else's."""

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from collab_kernel.spi import Channel
from collab_transport_zmq import threshold
from collab_transport_zmq.transport import ZmqTransport

SOON_S = 15.0

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
READY = b"\x05READY\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER"
HANDSHAKE = GREETING + b"\x04" + bytes([len(READY)]) + READY
HELLO = b"\x01\x00\x00\x0ecollab/1 hello"

Accepted = tuple[str, "asyncio.Queue[Channel]"]


@pytest.fixture
async def listener() -> AsyncIterator[Accepted]:
    accepted: asyncio.Queue[Channel] = asyncio.Queue()
    listening = await ZmqTransport().listen("zmq://127.0.0.1:0", accepted.put_nowait, None)
    yield listening.address, accepted
    await listening.close()


class Stranger:
    """A connection that says what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def at(cls, address: str, data: bytes = b"") -> "Stranger":
        port = int(address.rpartition(":")[2])
        stranger = cls(*await asyncio.open_connection("127.0.0.1", port))
        stranger.writer.write(data)
        return stranger

    async def until(self, data: bytes) -> None:
        await asyncio.wait_for(self.reader.readuntil(data), SOON_S)

    async def says_hello(self, accepted: "asyncio.Queue[Channel]") -> Channel:
        await self.until(b"READY")
        self.writer.write(HELLO)
        await self.until(b"welcome")
        return await asyncio.wait_for(accepted.get(), SOON_S)

    async def hung_up_on(self) -> None:
        async with asyncio.timeout(SOON_S):
            await asyncio.gather(self.reader.read(), return_exceptions=True)
        await self.close()

    async def close(self) -> None:
        self.writer.close()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)


async def works(address: str, accepted: "asyncio.Queue[Channel]") -> None:
    here = await ZmqTransport().connect(address, None)
    there = await asyncio.wait_for(accepted.get(), SOON_S)
    await here.send(b"hello")
    assert await asyncio.wait_for(there.receive(), SOON_S) == b"hello"
    await here.close()


@pytest.mark.parametrize("said", [b"", GREETING, HANDSHAKE])
async def test_who_says_no_hello_is_hung_up_on_and_that_is_a_line_in_the_log(
    listener: Accepted,
    said: bytes,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, threshold.__name__)
    monkeypatch.setattr(threshold, "HELLO_WITHIN_S", 0.05)
    stranger = await Stranger.at(listener[0], said)
    await stranger.hung_up_on()
    await works(*listener)
    assert len([record for record in caplog.records if "no hello" in record.getMessage()]) == 1


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\n", b"\x01\x00"]
)
async def test_the_protocol_of_zeromqs_first_versions_is_hung_up_on_at_once(
    listener: Accepted, said: bytes
) -> None:
    stranger = await Stranger.at(listener[0], said + bytes(20))
    await stranger.hung_up_on()
    await works(*listener)


async def test_beyond_a_bound_who_is_silent_for_longest_has_to_go(
    listener: Accepted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threshold, "MAX_SILENT", 3)
    crowd = [await Stranger.at(listener[0], HANDSHAKE) for _ in range(3)]
    for stranger in crowd:
        await stranger.until(b"READY")
    await works(*listener)
    await crowd.pop(0).hung_up_on()
    for stranger in crowd:
        assert not stranger.reader.at_eof()
        await stranger.close()


async def test_a_crowd_that_comes_at_once_is_as_bounded(
    listener: Accepted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threshold, "MAX_SILENT", 3)
    port = int(listener[0].rpartition(":")[2])
    # While the loop stands still, so that all of them are news at once.
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(400)]
    crowd = [Stranger(*await asyncio.open_connection(sock=each)) for each in sockets]
    await works(*listener)
    for stranger in crowd[:-3]:
        await stranger.hung_up_on()
    for stranger in crowd[-3:]:
        await stranger.close()


async def test_who_has_said_hello_may_be_silent(
    listener: Accepted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threshold, "HELLO_WITHIN_S", 0.05)
    address, accepted = listener
    here = await ZmqTransport().connect(address, None)
    there = await asyncio.wait_for(accepted.get(), SOON_S)
    stranger = await Stranger.at(address)  # whose time is up later
    await stranger.hung_up_on()
    await here.send(b"still here")
    assert await asyncio.wait_for(there.receive(), SOON_S) == b"still here"
    await here.close()


async def test_who_stays_after_the_end_is_hung_up_on(
    listener: Accepted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threshold, "HELLO_WITHIN_S", 0.05)
    address, accepted = listener
    stranger = await Stranger.at(address, HANDSHAKE)
    there = await stranger.says_hello(accepted)
    await there.close()
    await stranger.hung_up_on()


async def test_who_vanishes_without_an_end_is_noticed_and_was_read_to_the_end(
    listener: Accepted,
) -> None:
    address, accepted = listener
    stranger = await Stranger.at(address, HANDSHAKE)
    there = await stranger.says_hello(accepted)
    ours = "{}:{}".format(*stranger.writer.get_extra_info("sockname"))
    assert there.peer == f"zmq://{ours}"
    stranger.writer.write(b"\x00\x05words")
    await stranger.close()
    assert await asyncio.wait_for(there.receive(), SOON_S) == b"words"
    assert await asyncio.wait_for(there.receive(), SOON_S) is None
