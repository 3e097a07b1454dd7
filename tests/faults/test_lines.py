"""Lines between clients and a server that are slow, held, half closed or cut in the middle of a
message: everybody comes back as who they were, and nothing is lost or done twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from collab_kernel.client import Back, Session, connect
from collab_kernel.errors import CollabError
from collab_kernel.server import Server

from .line import Line

WIRES = ("zmq", "grpc", "websocket")
WITHIN_S = 60.0
SEED = 4
CUTS = 6


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    places = [f"{wire}://127.0.0.1:0" for wire in WIRES]
    async with Server(places, renderer=None, multi_clients=True) as server:
        yield server


@pytest.fixture
async def ada(server: Server) -> AsyncIterator[Session]:
    """Somebody whose line is whole."""
    async with await connect(server.addresses[0], "Ada") as session:
        yield session


def lined(server: Server, wire: str) -> tuple[Line, str]:
    """A line to the server, and the server's address on that wire."""
    url = server.addresses[WIRES.index(wire)]
    return Line(int(url.rpartition(":")[2])), url


async def agree(*sessions: Session) -> None:
    """All of them have the same state in the end."""
    async with asyncio.timeout(WITHIN_S):
        await sessions[0].catch_up()
        await asyncio.gather(*(s.reached(sessions[0].revision) for s in sessions))
    assert len({(s.revision, s.digest()) for s in sessions}) == 1


def said_by(session: Session, name: str) -> list[str]:
    return [row.text for row in session.chat_history if row.author_name == name]


@pytest.mark.parametrize("wire", WIRES)
async def test_cut_in_the_middle_of_messages_everybody_is_back_and_nothing_is_lost_or_doubled(
    server: Server, ada: Session, wire: str
) -> None:
    chance = random.Random(SEED)
    line, url = lined(server, wire)
    async with line, await connect(line.url(url), "Bob", reconnect_s=WITHIN_S) as bob:
        me, number = bob.id, 0
        for _ in range(CUTS):
            way = chance.choice((line.up, line.down))
            way.cut_after = way.passed + chance.randrange(1, 400)
            while way.cut_after is not None:  # until it was cut
                number += 1
                async with asyncio.timeout(WITHIN_S):
                    await bob.chat(f"{number}")
        assert line.connections > CUTS
        assert bob.id == me
        await agree(ada, bob)
        texts = said_by(ada, "Bob")
    assert texts == [f"{n}" for n in range(1, number + 1)][-len(texts) :]
    assert texts


@pytest.mark.parametrize("wire", WIRES)
async def test_a_line_of_200_ms_carries_all_in_order_and_loses_nobody(
    server: Server, ada: Session, wire: str
) -> None:
    line, url = lined(server, wire)
    line.up.delay_s = line.down.delay_s = 0.1
    async with line, await connect(line.url(url), "Bob") as bob:
        said = [asyncio.create_task(bob.chat(f"{n}")) for n in range(100)]
        async with asyncio.timeout(WITHIN_S):
            revisions = await asyncio.gather(*said)
        assert revisions == sorted(revisions)
        assert line.connections == 1
        await agree(ada, bob)
        assert said_by(ada, "Bob") == [f"{n}" for n in range(100)]


@pytest.mark.parametrize("wire", WIRES)
async def test_half_closed_it_is_made_anew(server: Server, ada: Session, wire: str) -> None:
    line, url = lined(server, wire)
    async with line, await connect(line.url(url), "Bob", reconnect_s=WITHIN_S) as bob:
        notices = bob.notices()
        await bob.chat("before")
        line.half_close()
        async with asyncio.timeout(WITHIN_S):
            while not isinstance(await anext(notices), Back):
                pass
            await bob.chat("after")
        await agree(ada, bob)
        assert said_by(ada, "Bob") == ["before", "after"]


async def test_out_of_a_black_hole_comes_all_that_was_asked_for_once(
    server: Server, ada: Session
) -> None:
    """Both ends take each other for dead; what was on the way may arrive late or never. On every
    wire at once, as it takes a while until somebody counts as dead."""
    async with AsyncExitStack() as stack:

        async def swallowed(wire: str) -> Session:
            line, url = lined(server, wire)
            await stack.enter_async_context(line)
            bob = await stack.enter_async_context(
                await connect(line.url(url), f"Bob on {wire}", reconnect_s=WITHIN_S)
            )
            notices = bob.notices()
            await bob.chat("before")
            line.hold()
            asked = asyncio.create_task(bob.chat("into the dark"))
            async with asyncio.timeout(WITHIN_S):
                await anext(notices)  # the client has noticed
                await ada.chat("meanwhile")
                line.cut()
                line.release()
                while not isinstance(await anext(notices), Back):
                    pass
                await asked
            return bob

        async with asyncio.TaskGroup() as group:
            swallowing = [group.create_task(swallowed(wire)) for wire in WIRES]
        bobs = [task.result() for task in swallowing]
        await agree(ada, *bobs)
        for bob in bobs:
            assert said_by(ada, bob.me.name) == ["before", "into the dark"]
            assert bob.lost is None


async def test_where_no_line_leads_any_more_it_says_so(server: Server) -> None:
    line, url = lined(server, "websocket")
    async with line:
        bob = await connect(line.url(url), "Bob", reconnect_s=1.0)
    with pytest.raises(CollabError, match="could not be made again within 1 s"):
        async with asyncio.timeout(WITHIN_S):
            await bob.chat("hello?")
    await bob.close()
