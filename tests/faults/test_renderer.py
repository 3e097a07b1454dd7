"""The VTK renderer is killed while it is at work, again and again: the pictures are the same."""

import os
import random
import signal
from collections.abc import AsyncIterator

import pytest

from collab_kernel.client import Proxy, Session, connect
from collab_kernel.server import Server

KILLS = 5
SEED = 20
SIZE_PX = (320, 240)


@pytest.fixture
async def spared() -> AsyncIterator[Session]:
    """A session whose renderer nobody harms."""
    async with (
        Server(["memory://spared:0"]) as server,
        await connect(server.addresses[0], "Ada") as session,
    ):
        yield session


@pytest.fixture
async def struck() -> AsyncIterator[tuple[Server, Session]]:
    """A session whose renderer is killed."""
    async with (
        Server(["memory://struck:0"]) as server,
        await connect(server.addresses[0], "Ada") as session,
    ):
        yield server, session


async def _scene(session: Session) -> tuple[Proxy, Proxy]:
    """A clipped wavelet and its isosurfaces, coloured; the filters that change."""
    wavelet = await session.create("sources", "RTAnalyticSource")
    await wavelet.update()
    contour = await session.create(
        "filters", "Contour", Input=wavelet, ContourValues=[90.0, 150.0, 220.0]
    )
    sphere = await session.create("sources", "SphereSource", Radius=6.0, ThetaResolution=40)
    for source in (contour, sphere):
        await session.show(source)
    await session.views[0].reset_camera()
    return contour, sphere


async def _pixels(session: Session) -> bytes:
    return (await session.views[0].render(*SIZE_PX, "raw")).data


async def test_what_is_drawn_after_each_kill_is_what_a_renderer_draws_that_was_never_killed(
    spared: Session, struck: tuple[Server, Session]
) -> None:
    chance = random.Random(SEED)
    server, session = struck
    renderer = server.sessions["main"].renderer
    assert renderer is not None
    ours, theirs = await _scene(session), await _scene(spared)
    seen = {await _pixels(session)}
    assert seen == {await _pixels(spared)}
    for _ in range(KILLS):
        values = sorted(chance.uniform(60.0, 260.0) for _ in range(3))
        radius = chance.uniform(2.0, 8.0)
        for contour, sphere in (ours, theirs):
            await contour.set(ContourValues=values)
            await sphere.set(Radius=radius)
        os.kill(renderer.pid or 0, signal.SIGKILL)  # in the middle of the work, or before it
        picture = await _pixels(session)
        assert picture == await _pixels(spared)
        seen.add(picture)
    assert len(seen) == KILLS + 1  # every change was seen
    assert renderer.restarts == KILLS
