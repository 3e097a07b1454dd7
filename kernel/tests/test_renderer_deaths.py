"""A renderer dies, is cancelled, comes back: the session goes on."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from collab_kernel.client import Derived, Progress, Proxy, Session, connect
from collab_kernel.core.state import Table
from collab_kernel.errors import (
    CancelledQueryError,
    ConnectionLostError,
    PipelineFailedError,
    RendererLostError,
)
from collab_kernel.host.renderer_process import RendererProcess
from collab_kernel.server import Server
from collab_kernel.spi import UpdatePipeline
from collab_kernel.testing.simulator import World
from collab_kernel.testing.toy import TOY, ToyRenderer

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


# -- deaths ----------------------------------------------------------------------------------


async def test_a_killed_renderer_comes_back_and_draws_the_same(
    server: Server, ada: Session
) -> None:
    await ada.show(await ada.create("sources", "SphereSource", Radius=2))
    before, digest, pid = await raw(ada), ada.digest(), child(server).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert await raw(ada) == before
    assert ada.digest() == digest
    assert child(server).pid not in (None, pid)
    assert not ada.state.table(Table.QUARANTINE)


async def test_a_question_under_way_is_asked_again_after_a_death(
    server: Server, ada: Session
) -> None:
    trouble = await ada.create("sources", "Trouble")
    await trouble.update()
    presence = ada.presence()
    await trouble.set(Mischief="Wait")
    asked = asyncio.create_task(trouble.update())
    await _waits(presence, trouble)
    os.kill(child(server).pid or 0, signal.SIGKILL)
    await _waits(presence, trouble)  # it is at work again
    assert not asked.done()
    os.kill(child(server).pid or 0, signal.SIGKILL)
    with pytest.raises(RendererLostError, match="died twice"):
        await asked


async def _waits(presence: AsyncIterator[Any], proxy: Proxy) -> None:
    async with asyncio.timeout(WITHIN_S):
        while await anext(presence) != Progress(proxy.id, 0.25, "waiting"):
            pass


async def test_two_deaths_at_one_proxy_quarantine_it_until_it_changes(
    server: Server, ada: Session, bob: Session
) -> None:
    events = bob.events()
    sphere = await ada.create("sources", "SphereSource")
    trouble = await ada.create("sources", "Trouble", Mischief="Crash")
    async with asyncio.timeout(WITHIN_S):
        while trouble.id not in bob.state.table(Table.QUARANTINE):
            await anext(events)
    assert "died twice" in bob.state.table(Table.QUARANTINE)[trouble.id]
    with pytest.raises(PipelineFailedError, match="not executed until it changes"):
        await trouble.update()
    assert (await sphere.update()).points == 64  # the rest works
    deaths = child(server).restarts
    await trouble.set(Mischief="None")
    assert not ada.state.table(Table.QUARANTINE)
    assert (await trouble.update()).points == 64
    assert child(server).restarts == deaths == 2


async def test_undoing_what_killed_the_renderer_lifts_the_quarantine(
    server: Server, ada: Session
) -> None:
    events = ada.events()
    trouble = await ada.create("sources", "Trouble")
    await trouble.set(Mischief="Crash")
    async with asyncio.timeout(WITHIN_S):
        while trouble.id not in ada.state.table(Table.QUARANTINE):
            await anext(events)
    await ada.undo()
    assert (await trouble.update()).points == 64


# -- cancelling ------------------------------------------------------------------------------


async def test_a_question_that_is_taken_back_before_its_turn_is_not_worked_at(
    server: Server, ada: Session
) -> None:
    busy = await ada.create("sources", "Trouble", Mischief="Wait")
    idle = await ada.create("sources", "Trouble", Mischief="Wait")
    presence = ada.presence()
    first = asyncio.create_task(busy.update())
    await _waits(presence, busy)
    second = asyncio.create_task(idle.update())
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert len(await raw(ada)) == 24
    assert (await first).points == 64
    assert idle.derived is None
    assert child(server).restarts == 0


async def test_who_goes_takes_back_what_they_asked(
    server: Server, ada: Session, bob: Session
) -> None:
    busy = await ada.create("sources", "Trouble", Mischief="Wait")
    idle = await ada.create("sources", "Trouble", Mischief="Wait")
    await bob.reached(ada.revision)
    presence = ada.presence()
    asked = [asyncio.create_task(bob.proxies[p.id].update()) for p in (busy, idle)]
    await _waits(presence, busy)
    await bob.close()
    for question in asked:
        with pytest.raises(ConnectionLostError):
            await question
    assert len(await raw(ada)) == 24
    assert idle.derived is None
    assert child(server).restarts == 0


class Impatient:
    """A renderer's host that wants the work given up."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, object]] = []

    def working(self, proxy: int) -> None:
        self.seen.append(("working", proxy))

    def progress(self, proxy: int, fraction: float, text: str = "") -> None:
        self.seen.append(("progress", fraction))

    def tell(self, derived: Derived) -> None:
        self.seen.append(("tell", derived))

    def cancelled(self) -> bool:
        return True

    def file(self, name: str) -> str:
        return name

    def save(self, name: str, replace: bool, write: Callable[[str], None]) -> str:
        return name

    def runs_code(self) -> bool:
        return False


def test_a_renderer_gives_up_when_it_is_told_to() -> None:
    with World(0, ["ann"]) as world:
        trouble = world["ann"].create("sources", "Trouble", Mischief="Wait")
    host = Impatient()
    toy = ToyRenderer(host)
    toy.load(world.state)
    with pytest.raises(CancelledQueryError):
        toy.query(UpdatePipeline(trouble))
    given_up = Derived(trouble, world.state.revision, error="cancelled")
    seen = [("working", trouble), ("progress", 0.25), ("tell", given_up), ("working", 0)]
    assert host.seen == seen
