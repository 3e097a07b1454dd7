"""What can not last is not done; what lasts goes on after a restart; plugins hear of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from collab_kernel import hookimpl
from collab_kernel.client import Session, connect
from collab_kernel.core.commands import Play
from collab_kernel.core.effects import Effect
from collab_kernel.core.stimuli import Ask, Stimulus
from collab_kernel.errors import (
    StoreError,
    VetoedError,
)
from collab_kernel.host import session as session_module
from collab_kernel.plugins import load
from collab_kernel.server import MemoryStore, Server
from collab_kernel.spi import NO_RECORDS
from collab_kernel.testing.catalogue import definitions

WITHIN_S = 20.0


def a_server(**options: Any) -> Server:
    chosen: dict[str, Any] = {"renderer": None, "catalogue": definitions(), "multi_clients": True}
    return Server(["memory://t:0"], **chosen | options)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with a_server() as server:
        yield server


@asynccontextmanager
async def joined(server: Server, *names: str) -> AsyncIterator[list[Session]]:
    sessions = [await connect(server.addresses[0], name) for name in names]
    try:
        yield sessions
    finally:
        for session in sessions:
            await session.close()


async def until(session: Session, condition: Callable[[], object]) -> None:
    """Return when the mirror shows it, as events arrive."""
    events = session.events()
    async with asyncio.timeout(WITHIN_S):
        while not condition():
            await anext(events)
    events.close()


async def together(*sessions: Session) -> None:
    newest = max(s.revision for s in sessions)
    async with asyncio.timeout(WITHIN_S):
        for session in sessions:
            await session.reached(newest)


# -- stores ----------------------------------------------------------------------------------


class FailingStore(MemoryStore):
    """A store that fails when told to."""

    fails = False

    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        if self.fails:
            raise StoreError("the disk is full")
        super().append(session, epoch, first_revision, events, records)


async def test_what_can_not_last_is_not_done_and_the_session_goes_on() -> None:
    store = FailingStore()
    async with a_server(store=store) as server, joined(server, "Ada", "Bob") as [ada, bob]:
        sphere = await ada.create("sources", "SphereSource")
        await together(ada, bob)
        before, heard = (ada.revision, ada.digest()), bob.events()
        store.fails = True
        with pytest.raises(StoreError, match="disk is full"):
            await sphere.set(Radius=2)
        with pytest.raises(StoreError, match="disk is full"):
            await connect(server.addresses[0], "Cyd")
        assert sphere["Radius"] == 0.5  # still readable
        assert (ada.revision, ada.digest()) == before == (bob.revision, bob.digest())
        store.fails = False
        revision = await sphere.set(Radius=3)
        assert revision == before[0] + 1
        async with asyncio.timeout(WITHIN_S):
            assert (await anext(heard)).revision == revision  # and of nothing before
        await together(ada, bob)
        assert ada.digest() == bob.digest()


async def test_who_leaves_while_nothing_lasts_is_gone_once_it_does() -> None:
    store = FailingStore()
    async with a_server(store=store) as server, joined(server, "Ada", "Bob") as [ada, bob]:
        await together(ada, bob)
        store.fails = True
        await ada.close()
        with pytest.raises(StoreError):
            await bob.chat("is anybody here?")
        store.fails = False
        await until(bob, lambda: bob.me.is_master)
        assert ada.id not in bob.state.participants


async def test_a_stored_session_goes_on_where_it_was_with_everybody_lost() -> None:
    store = MemoryStore()
    async with a_server(store=store) as server, joined(server, "Ada") as [ada]:
        sphere = await ada.create("sources", "SphereSource", name="Ball")
        await sphere.set(Radius=2)
        await ada._connection._link.channel.close()
    async with a_server(store=store) as server, joined(server, "Bob") as [bob]:
        assert bob.proxy("sources", "Ball")["Radius"] == 2.0  # type: ignore[index]
        assert [v.name for v in bob.views] == ["RenderView1"]
        assert bob.me.is_master
        assert not bob.state.participant(ada.id).connected
        await bob.undo()
        assert bob.proxy("sources", "Ball")["Radius"] == 0.5  # type: ignore[index]


# -- plugins ---------------------------------------------------------------------------------


class Listener:
    """Objects to some chat, and notes what has become durable."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int, int]] = []

    @hookimpl
    def collab_veto(self, command: object) -> VetoedError | None:
        return VetoedError("mind your language") if "damn" in repr(command) else None

    @hookimpl
    def collab_committed(self, session: str, event: Any, state: Any) -> None:
        self.heard.append((session, event.revision, state.revision))
        if event.revision % 2:
            raise RuntimeError("a plugin fails")


async def test_plugins_object_to_commands_and_hear_of_what_lasts() -> None:
    listener = Listener()
    plugins = load(extra=[listener])
    async with a_server(plugins=plugins) as server, joined(server, "Ada") as [ada]:
        with pytest.raises(VetoedError, match="mind your language"):
            await ada.chat("damn")
        for number in range(5):
            await ada.chat(f"hello {number}")
        last = ada.revision
        async with asyncio.timeout(WITHIN_S):
            while len(listener.heard) < last:
                await asyncio.sleep(0.001)  # it hears in a thread of its own
    assert [heard[1] for heard in listener.heard[:last]] == list(range(1, last + 1))
    assert all(session == "main" and at == state for session, at, state in listener.heard)


async def test_a_played_step_that_can_not_last_waits_for_the_next_tick_and_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(session_module, "TICK_EVERY_S", 3600.0)
    store = FailingStore()
    async with a_server(store=store) as server, joined(server, "Ada") as [ada]:
        hosted = server.sessions["main"]
        append, failed, failures = hosted._journal.append, asyncio.Event(), 0

        async def counted(*args: Any) -> list[bytes]:
            nonlocal failures
            try:
                return await append(*args)
            except StoreError:
                failures += 1
                failed.set()
                raise

        monkeypatch.setattr(hosted._journal, "append", counted)
        await ada.begin(Play((0.0, 1.0), 200.0))
        store.fails = True
        async with asyncio.timeout(WITHIN_S):
            await failed.wait()
            for _ in range(50):
                await ada.read_log()  # questions are no steps
        assert failures == 1
        for _ in range(3):
            with pytest.raises(StoreError, match="disk is full"):
                await ada.chat("hello?")
        assert caplog.text.count("disk is full") == 1
        store.fails = False
        await ada.chat("hello!")
        assert not ada.state.time.playing
        store.fails = True
        with pytest.raises(StoreError, match="disk is full"):
            await ada.chat("hello?")
        assert caplog.text.count("disk is full") == 2


async def test_steps_that_take_long_do_not_keep_the_wires_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_server() as server, joined(server, "Ada") as [ada]:
        hosted, batches = server.sessions["main"], []
        step, append = hosted._session.step, hosted._journal.append

        def slow(stimulus: Stimulus) -> list[Effect]:
            time.sleep(session_module.BATCH_S if isinstance(stimulus, Ask) else 0.0)
            return step(stimulus)

        async def noted(events: Any, *args: Any) -> list[bytes]:
            batches.append(len(events))
            return await append(events, *args)

        monkeypatch.setattr(hosted._session, "step", slow)
        monkeypatch.setattr(hosted._journal, "append", noted)
        await asyncio.gather(*(ada.chat(f"hello {number}") for number in range(20)))
        assert sum(batches) == 20
        assert max(batches) == 1
