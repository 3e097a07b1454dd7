"""The renderer's process and simulation time: the newest is shown, and said to be."""

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest

from collab_kernel.core.commands import Connect
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import Question
from collab_kernel.core.queries import Answer, Query, UpdatePipeline
from collab_kernel.core.values import Input
from collab_kernel.host.renderer_child import Child, Host
from collab_kernel.host.renderer_process import RendererProcess
from collab_kernel.host.roots import Allowance
from collab_kernel.testing.simulator import World
from collab_kernel.testing.toy import TOY, ToyRenderer
from collab_kernel.wire import pipe

WITHIN_S = 30.0


class Stage:
    """A renderer's process beside a session that does not change, and what it says, in order."""

    def __init__(self, world: World) -> None:
        self.said: asyncio.Queue[Any] = asyncio.Queue()
        self.process = RendererProcess(
            TOY.factory,
            Allowance(),
            lambda: world.state,
            self.said.put_nowait,
            lambda proxy, reason: self.said.put_nowait((proxy, reason)),
            self.said.put_nowait,
            lambda _values: {},
        )

    async def until_shown(self) -> tuple[float, dict[int, Derived]]:
        """The next time that is shown, and the facts that came before it."""
        facts = {}
        async with asyncio.timeout(WITHIN_S):
            while not isinstance(said := await self.said.get(), float):
                if isinstance(said, Derived):
                    facts[said.proxy] = said
        return said, facts

    async def until(self, fact: object) -> None:
        async with asyncio.timeout(WITHIN_S):
            while await self.said.get() != fact:
                pass


def _left(fact: Derived) -> float:
    """Where the toy's source of time begins: half a unit left of the time."""
    return fact.ports[0].bounds[0]


@pytest.fixture
def world() -> World:
    with World(0, ["ann"]) as world:
        ann = world["ann"]
        ann.create("sources", "SphereSource")
        moving = ann.create("sources", "TimeSource")
        view = ann.create("views", "RenderView")
        shown = ann.create("representations", "GeometryRepresentation", Input=Input(moving))
        ann.edit(Connect(view, "Representations", Input(shown)))
        return world


def _id(world: World, type: str) -> int:
    return next(id for id, row in world.state.proxies.items() if row.type == type)


@pytest.fixture
async def stage(world: World) -> AsyncIterator[Stage]:
    stage = Stage(world)
    yield stage
    await stage.process.stop()


async def test_a_time_is_shown_when_everything_visible_was_executed_at_it(
    stage: Stage, world: World
) -> None:
    moving = _id(world, "TimeSource")
    for time in (2.0, 3.0):
        stage.process.show_time(time)
        shown, facts = await stage.until_shown()
        assert shown == time
        assert _left(facts[moving]) == time - 0.5
    assert set(facts) == {moving}


async def test_a_time_that_is_shown_already_is_said_to_be_again(stage: Stage) -> None:
    for _ in range(2):
        stage.process.show_time(2.0)
        assert (await stage.until_shown())[0] == 2.0


async def test_of_the_times_that_wait_only_the_newest_is_shown(world: World) -> None:
    busy = world["ann"].create("sources", "Trouble", Mischief="Wait")
    stage = Stage(world)
    asked = asyncio.create_task(stage.process.ask(UpdatePipeline(busy)))
    await stage.until(Progress(busy, 0.25, "waiting"))
    for time in (1.0, 2.0, 3.0):
        stage.process.show_time(time)
    await asked
    shown, facts = await stage.until_shown()
    if shown == 0.0:  # what its state says, if that was not shown before it was asked
        shown, facts = await stage.until_shown()
    assert shown == 3.0
    assert _left(facts[_id(world, "TimeSource")]) == 2.5
    await stage.process.stop()


async def test_a_renderer_that_is_started_again_shows_the_time_there_is(
    stage: Stage, world: World
) -> None:
    stage.process.show_time(2.0)
    await stage.until_shown()
    os.kill(stage.process.pid or 0, signal.SIGKILL)
    shown, facts = await stage.until_shown()
    assert shown == 2.0
    assert _left(facts[_id(world, "TimeSource")]) == 1.5


class Besieged(ToyRenderer):
    """Is asked again each time it answers."""

    inbox: Any
    answers = 0

    def query(self, query: Query) -> Answer:
        self.answers += 1
        if self.answers == 100:
            pytest.fail("it only answers")
        self.inbox(Question(self.answers, query))
        return Answer(0)


class EnoughError(Exception):
    """Ends a renderer's process where it would go on for ever."""


def test_who_asks_for_pictures_without_a_pause_keeps_no_time_from_being_shown() -> None:
    class Overheard(Host):
        def send(self, message: pipe.FromRenderer) -> None:
            if message == pipe.TimeShown(2.0):
                raise EnoughError

    renderer = Besieged(host := Overheard(io.BytesIO(), Allowance()))
    child = Child(renderer, host)
    renderer.inbox = child._inbox.put
    child._inbox.put(pipe.ShowTime(2.0))
    child._inbox.put(Question(1, UpdatePipeline(1)))
    with pytest.raises(EnoughError):
        child.run()
