"""The renderer's process: facts and pictures reach all, and its deaths are survived."""

import asyncio
import os
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from collab_kernel.client import Derived, Progress, Proxy, Session, connect
from collab_kernel.errors import (
    CollabError,
    InvalidValueError,
    PipelineFailedError,
    RendererError,
    UnknownProxyError,
)
from collab_kernel.host.renderer_process import RendererProcess
from collab_kernel.server import Server
from collab_kernel.spi import RendererSpec
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.toy import TOY, png

WITHIN_S = 30.0


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server(["memory://toy:0"], renderer=TOY, multi_clients=True) as server:
        yield server


@pytest.fixture
async def ada(server: Server) -> AsyncIterator[Session]:
    session = await connect(server.addresses[0], "Ada")
    yield session
    await session.close()


@pytest.fixture
async def bob(server: Server, ada: Session) -> AsyncIterator[Session]:
    session = await connect(server.addresses[0], "Bob")
    yield session
    await session.close()


def child(server: Server) -> RendererProcess:
    renderer = server.sessions["main"].renderer
    assert renderer is not None
    return renderer


async def learned(session: Session, proxy: int, holds: Callable[[Derived], bool]) -> Derived:
    """The first fact about a proxy that is as it should be."""
    facts = session.derived()
    known = session._connection.mirror.derived.get(proxy)
    async with asyncio.timeout(WITHIN_S):
        while known is None or known.proxy != proxy or not holds(known):
            known = await anext(facts)
    facts.close()
    return known


async def raw(session: Session) -> bytes:
    """A small picture as the session sees it."""
    async with asyncio.timeout(WITHIN_S):
        return (await session.views[0].render(4, 2, "raw")).data


async def _waits(presence: AsyncIterator[Any], proxy: Proxy) -> None:
    async with asyncio.timeout(WITHIN_S):
        while await anext(presence) != Progress(proxy.id, 0.25, "waiting"):
            pass


# -- facts -----------------------------------------------------------------------------------


async def test_facts_reach_every_participant_and_who_joins_later(
    server: Server, ada: Session, bob: Session
) -> None:
    sphere = await ada.create("sources", "SphereSource", Radius=2)
    for session in (ada, bob):
        fact = await learned(session, sphere.id, lambda d: bool(d.ports))
        assert fact.ports[0].bounds == (-2.0, 2.0) * 3
    await sphere.set(Radius=3)
    await learned(bob, sphere.id, lambda d: d.ports[0].bounds[0] == -3.0)
    late = await connect(server.addresses[0], "Late")
    assert (await learned(late, sphere.id, lambda d: True)).ports[0].bounds[0] == -3.0
    await late.close()


async def test_a_failure_is_tied_to_its_proxy_and_the_session_goes_on(
    ada: Session, bob: Session
) -> None:
    trouble = await ada.create("sources", "Trouble", Mischief="Fail")
    shrink = await ada.create("filters", "ShrinkFilter", Input=trouble)
    await learned(bob, trouble.id, lambda d: d.error == "it was told to fail")
    await learned(bob, shrink.id, lambda d: d.error == "its input Trouble1 failed")
    with pytest.raises(PipelineFailedError, match="Shrink1: its input Trouble1 failed"):
        await bob.proxies[shrink.id].update()
    await trouble.set(Mischief="None")
    assert (await shrink.update()).points == 64
    await learned(bob, shrink.id, lambda d: not d.error)


async def test_facts_name_the_revision_that_they_hold_for(ada: Session) -> None:
    sphere = await ada.create("sources", "SphereSource")
    revision = await sphere.set(Radius=2)
    await sphere.update()
    fact = await learned(ada, sphere.id, lambda d: d.revision >= revision)
    assert fact.revision == revision


async def test_progress_reaches_everybody(ada: Session, bob: Session) -> None:
    presence = bob.presence()
    sphere = await ada.create("sources", "SphereSource")
    async with asyncio.timeout(WITHIN_S):
        while (item := await anext(presence)) != Progress(sphere.id, 1.0, "done"):
            assert isinstance(item, Progress)


# -- pictures --------------------------------------------------------------------------------


async def test_a_picture_is_of_the_state_and_the_same_for_all(ada: Session, bob: Session) -> None:
    sphere = await ada.create("sources", "SphereSource")
    empty = await raw(ada)
    shown = await ada.show(sphere)
    await bob.reached(ada.revision)
    first = await raw(ada)
    assert len(first) == 4 * 2 * 3
    assert first == await raw(bob) != empty
    await sphere.set(Radius=2)
    assert await raw(ada) not in (first, empty)
    await shown.set(Visibility=False)
    assert await raw(ada) == empty


async def test_a_picture_names_its_size_format_and_revision(ada: Session) -> None:
    frame = await ada.views[0].render(5, 3, "png")
    assert (frame.width, frame.height, frame.format) == (5, 3, "png")
    assert frame.revision == ada.revision
    assert frame.data.startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("width", "height", "format"), [(0, 1, "raw"), (9, 9000, "raw"), (1, 1, "x")]
)
async def test_a_picture_that_can_not_be_is_refused(
    ada: Session, width: int, height: int, format: str
) -> None:
    with pytest.raises(InvalidValueError):
        await ada.views[0].render(width, height, format)


async def test_a_large_answer_comes_in_parts_and_whole(ada: Session) -> None:
    frame = await ada.views[0].render(1024, 1024, "raw")
    assert len(frame.data) == 3 * 1024 * 1024


async def test_the_camera_is_fitted_to_what_is_visible(ada: Session) -> None:
    await ada.show(await ada.create("sources", "SphereSource", Center=(5, 0, 0), Radius=1))
    camera = await ada.views[0].reset_camera()
    assert camera.focal_point == (5.0, 0.0, 0.0)
    assert ada.views[0].camera == camera


async def test_data_comes_as_an_archive(ada: Session) -> None:
    pytest.importorskip("numpy")
    answer = await (await ada.create("sources", "SphereSource")).fetch()
    assert answer.format == "npz"
    assert answer.data.startswith(b"PK")


async def test_a_question_about_what_is_not_there_is_refused(ada: Session) -> None:
    with pytest.raises(UnknownProxyError):
        await Proxy(ada, 999).update()


async def test_a_colour_needs_an_array_that_there_is(ada: Session) -> None:
    shown = await ada.show(await ada.create("sources", "SphereSource"))
    await ada.color_by(shown, "height")
    assert shown["ColorArrayName"] == ("POINTS", "height")
    assert ada.history[-1].label == "Colour Sphere1 by height", "by the name that people know"
    with pytest.raises(
        InvalidValueError, match=r"there are: height \(POINTS\), Normals \(POINTS\)"
    ):
        await ada.color_by(shown, "pressure")


def test_the_toys_png_is_one() -> None:
    data = png(2, 1, b"\x01\x02\x03\x04\x05\x06")
    start = data.index(b"IDAT") + 4
    assert zlib.decompressobj().decompress(data[start:]) == b"\0\x01\x02\x03\x04\x05\x06"


# -- files -----------------------------------------------------------------------------------


async def test_a_file_is_read_shown_coloured_and_looked_at(server: Server, ada: Session) -> None:
    reader = await server.open_file("/data/ball.toy")
    await ada.reached(server.state().revision)
    proxy = ada.proxy("sources", "ball.toy")
    assert proxy is not None
    assert (proxy.id, proxy["FileName"]) == (reader, "/data/ball.toy")
    [shown, bar] = ada.views[0]["Representations"]
    assert shown["Input"] == proxy
    assert shown["ColorArrayName"] == ("POINTS", "height")
    assert bar["Title"] == "height"
    assert ada.views[0].camera.position[2] > 1.0
    await server.open_file("/data/ball.toy")
    await ada.reached(server.state().revision)
    assert ada.proxy("sources", "ball.toy (2)")


async def test_a_file_that_can_not_be_read_is_an_error_that_names_it(server: Server) -> None:
    with pytest.raises(PipelineFailedError, match=r"broken\.toy"):
        await server.open_file("broken.toy")
    with pytest.raises(InvalidValueError, match=r"there are readers for \.toy"):
        await server.open_file("ball.stl")


# -- starting and stopping -------------------------------------------------------------------


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_server_that_stops_leaves_no_process_and_no_task() -> None:
    before = asyncio.all_tasks()
    async with Server(["memory://toy:0"], renderer=TOY) as server:
        ada = await connect(server.addresses[0])
        trouble = await ada.create("sources", "Trouble", Mischief="Wait")
        presence = ada.presence()
        asked = asyncio.create_task(trouble.update())
        await _waits(presence, trouble)  # stopped in the middle of its work
        pid = child(server).pid
    assert pid is not None
    assert not is_running(pid)
    with pytest.raises(CollabError):
        await asked
    await ada.close()
    assert asyncio.all_tasks() == before


async def test_a_server_that_stops_at_once_leaves_nothing_either() -> None:
    before = asyncio.all_tasks()
    for _ in range(3):
        async with Server(["memory://toy:0"], renderer=TOY):
            pass
    assert asyncio.all_tasks() == before


async def test_a_renderer_that_can_not_start_says_why() -> None:
    spec = RendererSpec("still", definitions, "collab_kernel.no_such_module:Renderer")
    async with Server(["memory://still:0"], renderer=spec) as server:
        session = await connect(server.addresses[0])
        with pytest.raises(RendererError, match="can't start: ModuleNotFoundError"):
            await session.views[0].render(1, 1, "raw")
        await session.create("sources", "SphereSource")  # the session goes on
        with pytest.raises(RendererError, match="can't start"):
            await session.views[0].render(1, 1, "raw")
        await session.close()
