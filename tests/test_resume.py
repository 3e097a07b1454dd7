"""A connection that breaks beneath each real wire: its participant is back, and nothing that was
acknowledged is lost or done twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from collab_kernel.client import Back, Reconnecting, Session, connect
from collab_kernel.core.commands import Chat
from collab_kernel.errors import ConnectionLostError, MessageTooLargeError, ResumeFailedError
from collab_kernel.plugins import load
from collab_kernel.server import Server
from collab_kernel.testing.catalogue import definitions

TRANSPORTS = ("zmq", "grpc", "websocket")
WITHIN_S = 60.0
MESSAGES = 400


class Cable:
    """A TCP proxy. after_bytes: how many of the server's bytes pass before the cable is cut, on
    every connection from the next on; None: it stays whole."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: asyncio.Server
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.after_bytes: int | None = None
        self.connections = 0
        self.open = True

    async def __aenter__(self) -> "Cable":
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break what is connected now, without a goodbye."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.open:
            writer.transport.abort()
            return
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        there_reader, there = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers |= {writer, there}
        budget = self.after_bytes
        await asyncio.gather(
            self._pump(reader, there, None), self._pump(there_reader, writer, budget)
        )

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, budget: int | None
    ) -> None:
        try:
            while data := await reader.read(4096):
                if budget is not None:
                    budget -= len(data)
                    if budget < 0:
                        writer.write(data[:budget])
                        self.cut()
                        return
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.transport.abort()


@asynccontextmanager
async def people(transport: str) -> AsyncIterator[tuple[Cable, Session, Session]]:
    """Ada behind a cable, and Bob, who is the master, beside it."""
    async with Server(
        [f"{transport}://127.0.0.1:0"],
        renderer=None,
        catalogue=definitions(),
        multi_clients=True,
    ) as server:
        url = server.addresses[0]
        async with (
            Cable(int(url.rpartition(":")[2])) as cable,
            await connect(url, "Bob") as bob,
            await connect(f"{transport}://127.0.0.1:{cable.port}", "Ada") as ada,
        ):
            yield cable, ada, bob


async def agree(*sessions: Session) -> None:
    for session in sessions:
        await session.catch_up()
    newest = max(session.revision for session in sessions)
    await asyncio.gather(*(session.reached(newest) for session in sessions))
    assert len({(s.revision, s.digest()) for s in sessions}) == 1


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_whoever_is_cut_off_comes_back_as_who_they_were(transport: str) -> None:
    async with asyncio.timeout(WITHIN_S), people(transport) as (cable, ada, bob):
        notices, id = ada.notices(), ada.id
        for number in range(3):
            cable.cut()
            assert isinstance(await anext(notices), Reconnecting)
            await ada.chat(str(number))
            assert isinstance(await anext(notices), Back)
        await agree(ada, bob)
        assert [row.text for row in bob.chat_history] == ["0", "1", "2"]
        assert [p.id for p in bob.participants] == [bob.id, id]
        assert cable.connections == 4


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_wire_that_breaks_at_any_byte_loses_nothing_and_doubles_nothing(
    transport: str,
) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    print(f"seed {seed}")  # shown when it fails
    async with asyncio.timeout(WITHIN_S), people(transport) as (cable, ada, bob):
        events = bob.events()
        before = bob.revision
        saying: list[asyncio.Future[int]] = []
        for number in range(MESSAGES):
            if number % 50 == 0:
                # Each time from a byte in the middle of a handshake, a snapshot or an answer.
                cable.after_bytes = chance.randrange(200, 20_000)
                cable.cut()
            saying.append(ada.begin(Chat(f"{number} " + "x" * chance.randrange(200))))
            if chance.random() < 0.2:
                await bob.chat("in between")
        cable.after_bytes = None
        cable.cut()
        revisions = await asyncio.gather(*saying)
        await agree(ada, bob)
        mine = []
        for _ in range(bob.revision - before):
            event = await anext(events)
            if event.author == ada.id and event.request:
                mine.append(event.revision)
        assert mine == revisions == sorted(set(revisions))
        said = [r.text.split()[0] for r in bob.chat_history if r.author == ada.id]
        assert said == [str(number) for number in range(MESSAGES)]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_connection_that_only_seems_to_stand_is_taken_over(transport: str) -> None:
    """The client's half is gone, and nobody has told the server."""
    async with asyncio.timeout(WITHIN_S), people(transport) as (_, ada, bob):
        notices = ada.notices()
        ada._connection._link.end(ConnectionLostError("taken for dead"))
        assert isinstance(await anext(notices), Reconnecting)
        assert isinstance(await anext(notices), Back)
        await agree(ada, bob)
        assert len(bob.participants) == 2
        assert ada.connected


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_another_server_at_the_same_address_is_not_mistaken_for_the_first(
    transport: str,
) -> None:
    async with (
        asyncio.timeout(WITHIN_S),
        people(transport) as (cable, ada, _),
        Server(
            [f"{transport}://127.0.0.1:0"],
            renderer=None,
            catalogue=definitions(),
            multi_clients=True,
        ) as other,
    ):
        cable._port = int(other.addresses[0].rpartition(":")[2])
        cable.cut()
        with pytest.raises(ResumeFailedError, match="join as somebody new"):
            await ada.chat("hello?")
        assert not other.state().participants


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_server_takes_far_less_of_a_stranger_than_a_client_of_a_server(
    transport: str,
) -> None:
    """A little above the limit there is a reason; far above it the wire is cut."""
    async with asyncio.timeout(WITHIN_S), people(transport) as (_, ada, bob):
        carrier = load().transport(transport).create()
        for size in (700 << 10, 2 << 20):
            channel = await carrier.connect(bob.url, None)
            try:
                await channel.send(bytes(size))
                ended = await channel.receive()
            except ConnectionLostError:
                ended = None
            if size < 1 << 20:
                assert ended is not None
                assert MessageTooLargeError.code.encode() in ended
                assert await channel.receive() is None
            else:
                assert ended is None
            await channel.close()
        await agree(ada, bob)
