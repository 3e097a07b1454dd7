"""A value above 64 KiB over real wires, from one client's script to everybody's picture."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from collab_kernel.client import Blob, Session, connect
from collab_kernel.errors import InvalidValueError

Serve = Callable[..., Any]

DEADLINE_S = 60.0
MANY = (157.0, 220.0, *(1_000.0 + n for n in range(10_238)))
"""80 KiB of contour values, of which two meet the data."""


async def at(revision: int, *sessions: Session) -> set[str]:
    """The digests of all mirrors at one revision."""
    async with asyncio.timeout(DEADLINE_S):
        for session in sessions:
            await session.reached(revision)
    return {session.digest() for session in sessions}


@pytest.mark.parametrize("transport", ["zmq", "grpc", "websocket"])
async def test_contour_values_of_80_kib_reach_everybody_and_the_pipeline(
    serve: Serve, transport: str
) -> None:
    server = serve("--multi-clients", "--transport", f"{transport}://127.0.0.1:0")
    async with await connect(server.url, "Ada") as ada, await connect(server.url, "Bob") as bob:
        field = await ada.create("sources", "RTAnalyticSource")
        contour = await ada.create("filters", "Contour", Input=field, ContourValues=[157.0, 220.0])
        expected = await contour.update()
        await contour.set(ContourValues=[157.0])
        assert (await contour.update()).points < expected.points

        revision = await contour.set(ContourValues=MANY)
        assert len(await at(revision, ada, bob)) == 1
        theirs = bob.proxy_of(contour.id)
        assert isinstance(theirs["ContourValues"], Blob)
        assert await bob.fetch_value(theirs, "ContourValues") == MANY
        assert (await theirs.update()).points == expected.points

        assert len(await at(await ada.undo(), ada, bob)) == 1
        assert theirs["ContourValues"] == (157.0,)
        assert (await theirs.update()).points < expected.points
        assert len(await at(await ada.redo(), ada, bob)) == 1
        async with await connect(server.url, "Cid") as cid:
            late = cid.proxy_of(contour.id)
            assert await cid.fetch_value(late, "ContourValues") == MANY
            assert (await late.update()).points == expected.points
            assert cid.digest() == ada.digest()


async def test_the_limit_is_what_the_server_was_started_with(serve: Serve) -> None:
    server = serve("--max-blob", "128K", "--renderer", "none")
    async with await connect(server.url, "Ada") as ada:
        thing = await ada.create("sources", "RTAnalyticSource")
        contour = await ada.create("filters", "Contour", Input=thing, ContourValues=MANY)
        assert await ada.fetch_value(contour, "ContourValues") == MANY
        with pytest.raises(InvalidValueError, match=r"at most 131072 \(--max-blob\)"):
            await contour.set(ContourValues=MANY * 2)
        assert await ada.fetch_value(contour, "ContourValues") == MANY
