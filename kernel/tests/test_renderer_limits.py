"""A renderer that hangs, or takes too much memory, is ended as if it had died."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable

import pytest

from collab_kernel.client import Session, connect
from collab_kernel.core.state import Table
from collab_kernel.core.stimuli import Quarantine
from collab_kernel.errors import RendererError
from collab_kernel.host import deaths, renderer_process
from collab_kernel.host.renderer_process import RendererProcess
from collab_kernel.server import RendererLimits, Server
from collab_kernel.testing.toy import TOY

WITHIN_S = 60.0
SILENT_S = 0.5
MIB = 1 << 20


@pytest.fixture
def limits() -> RendererLimits:
    return RendererLimits(silent_s=SILENT_S)


@pytest.fixture
async def server(limits: RendererLimits) -> AsyncIterator[Server]:
    address = "memory://limits:0"
    async with Server(
        [address], renderer=TOY, multi_clients=True, renderer_limits=limits
    ) as server:
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


async def until(session: Session, holds: Callable[[], bool]) -> None:
    """Return once an event has made it so."""
    events = session.events()
    async with asyncio.timeout(WITHIN_S):
        while not holds():
            await anext(events)
    events.close()


def said(session: Session) -> list[str]:
    return [row.text for row in session.chat_history]


@pytest.mark.parametrize(
    ("limits", "mischief", "told", "put_aside"),
    [
        (
            RendererLimits(silent_s=SILENT_S),
            "Hang",
            "The renderer hung at Trouble1 (there was no sign of life for 0.5 s) and is started "
            "again.",
            "the renderer hung twice while it worked at this proxy",
        ),
        (
            RendererLimits(memory_bytes=400 * MIB),
            "Hog",
            "The renderer ran out of memory at Trouble1 (it took more than 400 MiB) and is "
            "started again.",
            "the renderer ran out of memory twice while it worked at this proxy",
        ),
    ],
)
async def test_it_is_told_to_all_and_at_the_second_time_the_proxy_is_put_aside(
    server: Server, ada: Session, bob: Session, mischief: str, told: str, put_aside: str
) -> None:
    sphere = await ada.create("sources", "SphereSource")
    await sphere.update()
    trouble = await ada.create("sources", "Trouble", Mischief=mischief)
    await until(bob, lambda: trouble.id in bob.state.table(Table.QUARANTINE))
    assert bob.state.table(Table.QUARANTINE)[trouble.id] == put_aside
    assert said(bob) == [told, told]
    assert (await sphere.update()).points == 64
    assert child(server).restarts == 2


async def test_long_work_that_says_how_far_it_is_is_no_hang(server: Server, ada: Session) -> None:
    trouble = await ada.create("sources", "Trouble", Mischief="Toil")
    assert (await trouble.update()).points == 64  # it takes twice the limit
    assert child(server).restarts == 0


async def test_work_of_the_same_length_that_says_nothing_is(server: Server, ada: Session) -> None:
    trouble = await ada.create("sources", "Trouble", Mischief="Wait")
    with pytest.raises(RendererError, match="died twice over this question"):
        await trouble.update()
    assert child(server).restarts == 2


async def test_a_renderer_with_nothing_to_do_is_asked_and_lives(
    server: Server, ada: Session
) -> None:
    sphere = await ada.create("sources", "SphereSource")
    await sphere.update()
    pid = child(server).pid
    await asyncio.sleep(3 * SILENT_S)
    assert child(server).pid == pid


async def test_one_that_was_stopped_while_it_had_nothing_to_do_is_replaced(
    server: Server, ada: Session
) -> None:
    sphere = await ada.create("sources", "SphereSource")
    await sphere.update()
    os.kill(child(server).pid or 0, signal.SIGSTOP)
    await sphere.set(Radius=2)
    assert (await sphere.update()).points == 64
    assert said(ada) == [
        "The renderer hung (there was no sign of life for 0.5 s) and is started again."
    ]
    assert not ada.state.table(Table.QUARANTINE)


@pytest.mark.parametrize("limits", [RendererLimits()])
async def test_deleting_it_or_changing_what_it_is_made_from_lifts_the_quarantine(
    server: Server, ada: Session
) -> None:
    trouble = await ada.create("sources", "Trouble", Mischief="Crash")
    await until(ada, lambda: trouble.id in ada.state.table(Table.QUARANTINE))
    below = await ada.create("filters", "ShrinkFilter", Input=trouble)
    await below.set(ShrinkFactor=0.25)
    assert trouble.id in ada.state.table(Table.QUARANTINE)  # what is made from it is another matter
    await ada.delete(below)
    await ada.delete(trouble)
    assert not ada.state.table(Table.QUARANTINE)
    sphere = await ada.create("sources", "SphereSource")
    shrunk = await ada.create("filters", "ShrinkFilter", Input=sphere)
    server.sessions["main"].put(Quarantine(shrunk.id, "it has killed the renderer"))
    await until(ada, lambda: shrunk.id in ada.state.table(Table.QUARANTINE))
    await sphere.set(Radius=2)
    assert not ada.state.table(Table.QUARANTINE)


@pytest.mark.parametrize("limits", [RendererLimits()])
async def test_one_that_is_killed_again_and_again_at_nothing_is_given_up_until_a_change(
    server: Server, ada: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deaths, "FIRST_PAUSE_S", 0.01)
    sphere = await ada.create("sources", "SphereSource")
    renderer = child(server)
    while not renderer.trouble:
        assert (await sphere.update()).points == 64
        pid = renderer.pid
        os.kill(pid or 0, signal.SIGKILL)
        async with asyncio.timeout(WITHIN_S):
            while not renderer.trouble and renderer.pid in (None, pid):
                await asyncio.sleep(0.01)
    assert renderer.restarts == deaths.DEATHS_TO_GIVE_UP - 1
    await until(ada, lambda: any(text.startswith("No pictures: ") for text in said(ada)))
    with pytest.raises(RendererError, match=r"no pictures: .* in a row"):
        await sphere.update()
    assert renderer.pid is None  # asking alone does not start it at once
    await sphere.set(Radius=3)
    await until(ada, lambda: said(ada)[-1] == "There are pictures again.")
    assert (await sphere.update()).points == 64
    assert renderer.trouble == ""


@pytest.mark.parametrize("limits", [RendererLimits()])
async def test_given_up_it_is_tried_again_by_a_question_after_a_while(
    server: Server, ada: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deaths, "DEATHS_TO_GIVE_UP", 1)
    monkeypatch.setattr(renderer_process, "RETRY_AFTER_S", 0.0)
    sphere = await ada.create("sources", "SphereSource")
    await sphere.update()
    os.kill(child(server).pid or 0, signal.SIGKILL)
    await until(ada, lambda: bool(said(ada)))
    assert (await sphere.update()).points == 64


def test_a_limit_on_memory_is_refused_where_memory_can_not_be_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collab_kernel.host.watchdog._STATM", "/nowhere/{pid}")
    RendererLimits().check()
    with pytest.raises(RendererError, match="needs Linux"):
        RendererLimits(memory_bytes=1).check()
