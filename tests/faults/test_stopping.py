"""A server is told to stop: everybody hears why, and nobody holds it up."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from collab_kernel.client import Session, connect
from collab_kernel.errors import CollabError, ServerStoppedError

from .peers import member

Serve = Callable[..., Any]

WIRES = ("zmq", "grpc", "websocket")
SOON_S = 60.0


def crowded(serve: Serve, *arguments: str) -> Any:
    """A server for many, on all transports, without a renderer."""
    places = [o for wire in WIRES for o in ("--transport", f"{wire}://127.0.0.1:0")]
    return serve("--multi-clients", "--renderer", "none", *places, *arguments)


async def end_of(session: Session) -> CollabError:
    """Why a session has ended, once it has."""
    try:
        async with asyncio.timeout(SOON_S):
            async for _ in session.events():
                pass
    except CollabError as error:
        return error
    raise AssertionError("it ended without a reason")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_everybody_on_every_wire_hears_why_and_for_how_long(
    serve: Serve, number: int
) -> None:
    server = crowded(serve, "--stop-text", "a disk is changed", "--back-in", "90")
    async with AsyncExitStack() as stack:
        people = [
            await stack.enter_async_context(await connect(url, reconnect_s=0.0))
            for url in server.urls
        ]
        ending = [asyncio.create_task(end_of(session)) for session in people]
        assert await asyncio.to_thread(server.stop, number) == (0, "")
        for error in await asyncio.gather(*ending):
            assert isinstance(error, ServerStoppedError)
            assert str(error) == "a disk is changed; it will be back in about 90 s"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "the server is stopping"),
        (("--back-in", "5"), "the server restarts; it will be back in about 5 s"),
    ],
)
async def test_without_words_of_ones_own_it_says_what_is_known(
    serve: Serve, arguments: tuple[str, ...], text: str
) -> None:
    server = serve("--renderer", "none", *arguments)
    async with await connect(server.url, reconnect_s=0.0) as session:
        ending = asyncio.create_task(end_of(session))
        await asyncio.to_thread(server.stop)
        assert str(await ending) == text


async def test_what_was_asked_for_is_acknowledged_before_the_end(serve: Serve) -> None:
    server = serve("--renderer", "none")
    async with await connect(server.url, reconnect_s=0.0) as session:
        said = [asyncio.create_task(session.chat(f"{n}")) for n in range(50)]
        await said[0]
        await asyncio.to_thread(server.stop)
        outcomes = await asyncio.gather(*said, return_exceptions=True)
    told = [o for o in outcomes if isinstance(o, int)]
    assert told == sorted(told)
    assert all(isinstance(o, int | ServerStoppedError) for o in outcomes)
    assert outcomes[: len(told)] == told  # what came too late came last


async def test_peers_that_stand_still_hold_up_nobody(serve: Serve) -> None:
    """One on each wire does not read a word of what waits for it, goodbyes included."""
    server = crowded(serve)
    async with AsyncExitStack() as stack:
        frozen = [
            await stack.enter_async_context(member(url, f"Frozen {n}"))
            for n, url in enumerate(server.urls)
        ]
        ada = await stack.enter_async_context(await connect(server.urls[0], reconnect_s=0.0))
        for each in frozen:
            each.freeze()
        text = "x" * 8_000
        for _ in range(20):
            await asyncio.gather(*(ada.chat(text) for _ in range(20)))  # 3 MB for each
        ending = asyncio.create_task(end_of(ada))
        assert await asyncio.to_thread(server.stop) == (0, "")  # in a time that is bounded
        assert isinstance(await ending, ServerStoppedError)


async def test_the_second_signal_waits_for_nobody(serve: Serve) -> None:
    server = crowded(serve)
    async with member(server.url, "Frozen") as frozen:
        frozen.freeze()
        server.process.terminate()
        assert server.output.wait_for("Stopping. The same again ends it at once.")
        code, errors = await asyncio.to_thread(server.stop)
        assert (code, errors) == (-signal.SIGTERM, "")
