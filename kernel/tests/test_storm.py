"""The server is killed again and again, and cables are cut at any message, while several clients
ask for things: everything has its answer, and what was acknowledged is there, once."""

import asyncio
import contextlib
import os
import random
from collections import Counter

from collab_kernel.core.commands import Chat, Command, Promote, SetColour, Sync
from collab_kernel.core.messages import Hello
from collab_kernel.core.peer import Backoff
from collab_kernel.errors import CollabError, ConnectionLostError
from collab_kernel.host.client import Connection
from collab_kernel.host.memory_store import MemoryStore
from collab_kernel.host.memory_transport import MemoryTransport
from collab_kernel.host.reconnection import Reconnection
from collab_kernel.server import Server
from collab_kernel.spi import Channel
from collab_kernel.stored import StoredLog
from collab_kernel.testing.catalogue import definitions

LIVES, PEOPLE = 12, 5
WITHIN_S = 60.0
WORK_S = (0.0, 0.15)
CUT_AFTER = (0, 0, 1, 2, 3, 4, 5, 6, 8, 10, 20, 50)
"""Messages, to and fro; 0: the cable stays whole."""


class Cable:
    """quietly: the other side does not notice the cut at once."""

    def __init__(self, inner: Channel, after: int, quietly: bool, chance: random.Random) -> None:
        self.inner, self.peer = inner, inner.peer
        self._left, self._quietly, self._chance = after, quietly, chance
        self._is_cut = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None

    async def send(self, data: bytes) -> None:
        self._left -= 1
        if self._left == 0 and self._chance.random() < 0.5:
            self.cut()
        if self._is_cut.is_set():
            raise ConnectionLostError("the cable was cut")
        await self.inner.send(data)
        if self._left == 0:
            self.cut()

    async def receive(self) -> bytes | None:
        receiving = asyncio.ensure_future(self.inner.receive())
        ending = asyncio.ensure_future(self._is_cut.wait())
        try:
            await asyncio.wait([receiving, ending], return_when=asyncio.FIRST_COMPLETED)
        finally:
            ending.cancel()
            receiving.cancel()
            await asyncio.wait([receiving])
        self._left -= 1
        if self._left == 0:
            self.cut()
        return None if self._is_cut.is_set() or receiving.cancelled() else receiving.result()

    def cut(self) -> None:
        self._is_cut.set()
        if not self._quietly and self._closing is None:
            self._closing = asyncio.create_task(self.inner.close())

    async def close(self) -> None:
        self._quietly = False
        self.cut()


class Place:
    """A store, and a server on it that is killed: nobody hears of it any more, and what it still
    writes is refused, since another one has taken over."""

    def __init__(self, chance: random.Random) -> None:
        self.store = MemoryStore()
        self._chance = chance
        self._servers: list[Server] = []
        self._cables: list[Cable] = []
        self._stands = False

    async def begin(self) -> None:
        address = f"memory://storm-{len(self._servers)}"
        server = Server(
            [address],
            store=self.store,
            renderer=None,
            catalogue=definitions(),
            multi_clients=True,
        )
        self._servers.append(server)
        await server.__aenter__()
        self._stands = True

    async def kill(self) -> None:
        self._stands = False
        cables, self._cables = self._cables, []
        for cable in cables:
            await cable.close()

    async def plug_in(self, after: int) -> Cable:
        if not self._stands:
            raise ConnectionLostError("nobody listens")
        channel = await MemoryTransport().connect(self._servers[-1].addresses[0], None)
        cable = Cable(channel, after, self._chance.random() < 0.5, self._chance)
        self._cables.append(cable)
        return cable

    async def dial(self) -> Channel:
        return await self.plug_in(self._chance.choice(CUT_AFTER))

    async def close(self) -> None:
        for server in self._servers:
            with contextlib.suppress(CollabError):
                await server.__aexit__(None, None, None)


class Client:
    """done: what came of each command, by its mark.  said: those that always make an event."""

    def __init__(self, connection: Connection, chance: random.Random) -> None:
        self.connection = connection
        self._chance = chance
        self.done: dict[str, int | CollabError] = {}
        self.waiting: dict[str, int] = {}
        self.said: set[str] = set()

    async def work(self, stop: asyncio.Event) -> None:
        number = 0
        while not stop.is_set():
            count = self._chance.choice((1, 1, 2, 5))
            marks = [f"#{self.connection.me}/{number + n}" for n in range(count)]
            number += count
            await asyncio.gather(*map(self._ask, marks))
            await asyncio.sleep(self._chance.choice((0.0, 0.0, 0.002)))

    async def _ask(self, mark: str) -> None:
        colour = f"#{self._chance.randrange(1 << 24):06x}"
        me = self.connection.me
        some: tuple[Command | Sync, ...] = (Chat(mark), SetColour(colour), Sync(), Promote(me))
        command = self._chance.choice((Chat(mark), SetColour("no colour"), *some))
        if isinstance(command, Chat):
            self.said.add(mark)
        asked = self.connection.begin(command, mark)
        self.waiting[mark] = self.connection._last_request
        try:
            self.done[mark] = await asked
        except CollabError as error:
            self.done[mark] = error
        del self.waiting[mark]


async def joined(place: Place, name: str, chance: random.Random) -> Client:
    reconnection = Reconnection(place.dial, WITHIN_S)
    reconnection._backoff = Backoff(0.001, 0.01)
    connection = Connection(await place.plug_in(0), reconnection)
    await connection.join(Hello(name=name))
    return Client(connection, chance)


async def test_nothing_that_is_asked_in_a_storm_is_left_without_an_answer() -> None:
    seed = int(os.environ.get("COLLAB_SEED", random.randrange(1 << 32)))
    print(f"COLLAB_SEED={seed}")  # shown when it fails
    chance = random.Random(seed)
    place, stop = Place(chance), asyncio.Event()
    await place.begin()
    clients = [await joined(place, f"P{n}", chance) for n in range(PEOPLE)]
    working = [asyncio.create_task(client.work(stop)) for client in clients]
    try:
        for _ in range(LIVES):
            await asyncio.sleep(chance.uniform(*WORK_S))
            await place.kill()
            await asyncio.sleep(chance.choice((0.0, 0.0, 0.01)))
            await place.begin()
        stop.set()
        _, late = await asyncio.wait(working, timeout=WITHIN_S)
        left = {c.connection.me: (c.waiting, c.connection._requests) for c in clients if c.waiting}
        assert not late, f"without an answer: {left}"
        await asyncio.gather(*working)
    finally:
        for task in working:
            task.cancel()
        for client in clients:
            await client.connection.close()
        await place.close()
    check(place, clients)


def check(place: Place, clients: list[Client]) -> None:
    """What was acknowledged is in the log where it was told to be, and nothing is there twice."""
    events = [event for event, _ in StoredLog(place.store).events()]
    there = {event.label: event.revision for event in events if event.label.startswith("#")}
    times = Counter((event.author, event.request) for event in events if event.request)
    assert set(times.values()) == {1}
    for client in clients:
        for mark, outcome in client.done.items():
            if isinstance(outcome, CollabError):
                assert not isinstance(outcome, ConnectionLostError), f"{mark}: {outcome}"
                assert mark not in there, f"{mark} was refused ({outcome}), and is there"
            elif mark in there or mark in client.said:
                assert there.get(mark) == outcome
    assert len(there) > PEOPLE * LIVES
