"""Work that somebody does not want to wait for: given up, or ended with its process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from collab_kernel.client import Derived, Progress, Proxy, Session, connect
from collab_kernel.core.state import Table
from collab_kernel.errors import CancelledQueryError, PipelineFailedError
from collab_kernel.host import unwanted
from collab_kernel.host.renderer_process import RendererProcess
from collab_kernel.server import Server
from collab_kernel.testing.toy import TOY

WITHIN_S = 30.0
BY_ADA = "cancelled by Ada"


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


async def until(items: AsyncIterator[Any], holds: Callable[[Any], bool]) -> Any:
    """The next item that is as it should be."""
    async with asyncio.timeout(WITHIN_S):
        while not holds(item := await anext(items)):
            pass
    return item


def failed(proxy: Proxy) -> Callable[[Derived], bool]:
    return lambda fact: fact.proxy == proxy.id and BY_ADA in fact.error


async def test_work_is_given_up_by_whoever_may_and_everybody_sees_whose_wish_it_was(
    server: Server, ada: Session, bob: Session
) -> None:
    trouble = await ada.create("sources", "Trouble", Mischief="Wait")
    presence, facts = ada.presence(), bob.derived()
    asked = asyncio.create_task(trouble.update())
    await until(presence, lambda item: item == Progress(trouble.id, 0.25, "waiting"))
    await ada.cancel_work(trouble)
    with pytest.raises(CancelledQueryError):
        await asked
    await until(facts, failed(trouble))
    assert dict(bob.state.table(Table.QUARANTINE)) == {trouble.id: BY_ADA}
    assert child(server).restarts == 0


async def test_what_was_cancelled_is_left_out_until_it_changes(
    server: Server, ada: Session
) -> None:
    trouble = await ada.create("sources", "Trouble", Mischief="Wait")
    presence, facts = ada.presence(), ada.derived()
    asked = asyncio.create_task(trouble.update())
    await until(presence, lambda item: item == Progress(trouble.id, 0.25, "waiting"))
    await ada.cancel_work()  # whatever it is
    with pytest.raises(CancelledQueryError):
        await asked
    await until(facts, failed(trouble))
    with pytest.raises(PipelineFailedError, match=BY_ADA):
        await trouble.update()
    await trouble.set(Mischief="None")
    assert (await trouble.update()).points == 64


async def test_cancelling_what_is_not_worked_at_changes_nothing(
    server: Server, ada: Session
) -> None:
    trouble = await ada.create("sources", "Trouble", Mischief="Wait")
    idle = await ada.create("sources", "SphereSource")
    await idle.update()
    await ada.cancel_work()
    presence = ada.presence()
    asked = asyncio.create_task(trouble.update())
    await until(presence, lambda item: item == Progress(trouble.id, 0.25, "waiting"))
    await ada.cancel_work(idle)
    assert (await asked).points == 64
    assert not ada.state.table(Table.QUARANTINE)


async def test_work_that_can_not_be_given_up_ends_with_its_process(
    server: Server, ada: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unwanted, "CANCEL_WITHIN_S", 0.05)
    sphere = await ada.create("sources", "SphereSource")
    presence, facts = ada.presence(), ada.derived()
    trouble = await ada.create("sources", "Trouble", Mischief="Hang")
    await until(presence, lambda item: item == Progress(trouble.id, 0.25, "hanging"))
    asked = asyncio.create_task(sphere.update())
    await ada.cancel_work(trouble)
    assert (await asked).points == 64  # asked of the process that ended
    await until(facts, failed(trouble))
    assert child(server).restarts == 1
    await trouble.set(Mischief="None")
    assert (await trouble.update()).points == 64
    assert child(server).restarts == 1


async def test_a_process_that_was_ended_is_not_held_against_the_proxy(
    server: Server, ada: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unwanted, "CANCEL_WITHIN_S", 0.05)
    presence, facts = ada.presence(), ada.derived()
    trouble = await ada.create("sources", "Trouble", Mischief="Hang")
    await until(presence, lambda item: item == Progress(trouble.id, 0.25, "hanging"))
    await ada.cancel_work(trouble)
    await until(facts, failed(trouble))
    await trouble.set(Mischief="Crash")
    await until(facts, lambda fact: "died twice" in fact.error)
    assert child(server).restarts == 1 + 2
