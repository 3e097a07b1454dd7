"""A server with a store is killed, or stopped, under load and started again: everybody comes back
by themselves as who they were, and everything that was acknowledged is there, once."""

import asyncio
import itertools
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import (
    Back,
    Camera,
    Delete,
    Edit,
    Reconnecting,
    Session,
    Set,
    connect,
)
from collab_kernel.core.commands import Chat
from collab_kernel.errors import (
    NotMasterError,
    ResumeFailedError,
    ServerAwayError,
    ServerStoppedError,
    UnknownProxyError,
)
from collab_kernel.plugins import load
from collab_kernel.spi import Store
from collab_kernel.stored import StoredLog

TRANSPORTS = ("zmq", "grpc", "websocket")
WITHIN_S = 90.0

Serve = Callable[..., Any]
Placed = Callable[..., "Place"]


class Place:
    """A server that is ended and started again at the same addresses, with the same file."""

    def __init__(
        self, serve: Serve, hold_port: Callable[[], int], store: Path, *arguments: str
    ) -> None:
        self._serve = serve
        self.store = store
        self._arguments = ("--store", f"sqlite:{store}", "--multi-clients", *arguments)
        self.urls = [f"{name}://127.0.0.1:{hold_port()}" for name in TRANSPORTS]
        self.server = self._started()

    def _started(self) -> Any:
        listen = [part for url in self.urls for part in ("--transport", url)]
        return self._serve(*listen, "--renderer", "none", *self._arguments)

    async def end(self, number: int = signal.SIGKILL) -> None:
        code, errors = await asyncio.to_thread(self.server.stop, number)
        assert (code, errors) == ((0, "") if number == signal.SIGTERM else (-number, ""))

    async def begin(self) -> None:
        self.server = await asyncio.to_thread(self._started)


@pytest.fixture
def placed(serve: Serve, hold_port: Callable[[], int]) -> Placed:
    """Makes places; their first server is ready."""
    return partial(Place, serve, hold_port)


@asynccontextmanager
async def people(
    place: Place, within_s: float = WITHIN_S
) -> AsyncIterator[tuple[Session, Session, Session]]:
    """Ada, who is the master, and two others, each over another transport."""
    async with AsyncExitStack() as stack, asyncio.timeout(within_s):
        names = ("Ada", "Bob", "Cyd")
        joined = [
            await stack.enter_async_context(await connect(url, name))
            for url, name in zip(place.urls, names, strict=True)
        ]
        yield joined[0], joined[1], joined[2]


async def back(notices: Any) -> None:
    """Return when a session's connection stands again."""
    while not isinstance(await anext(notices), Back):
        pass


async def agree(*sessions: Session) -> None:
    newest = max([session.revision for session in sessions])
    await asyncio.gather(*(session.reached(newest) for session in sessions))
    for session in sessions:
        await session.catch_up()
    newest = max(session.revision for session in sessions)
    await asyncio.gather(*(session.reached(newest) for session in sessions))
    assert len({(s.revision, s.digest()) for s in sessions}) == 1


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Store]:
    store = load().store("sqlite").create(str(path))
    try:
        yield store
    finally:
        store.close()


async def test_a_server_that_is_killed_under_load_loses_nothing_and_does_nothing_twice(
    placed: Placed, tmp_path: Path
) -> None:
    seed = int(os.environ.get("COLLAB_SEED", random.randrange(1 << 32)))
    kills = int(os.environ.get("COLLAB_KILLS", "4"))
    chance = random.Random(seed)
    print(f"seed {seed}")  # shown when it fails
    place = placed(tmp_path / "work.collab")
    acknowledged: dict[str, int] = {}
    numbers = itertools.count()
    stop = asyncio.Event()

    async def talk(session: Session) -> None:
        """Several commands under way all the time."""
        while not stop.is_set():
            texts = [f"{session.name} {next(numbers)}" for _ in range(chance.randrange(1, 8))]
            revisions = await asyncio.gather(*(session.chat(text) for text in texts))
            acknowledged.update(zip(texts, revisions, strict=True))

    async with people(place, WITHIN_S * (1 + kills / 5)) as everybody:
        listeners = [session.notices() for session in everybody]
        talking = [asyncio.create_task(talk(session)) for session in everybody]
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(0.02, 0.3))  # at any point of whatever it does
            await place.end()
            await place.begin()
            await asyncio.gather(*(back(notices) for notices in listeners))
        stop.set()
        await asyncio.gather(*talking)
        await agree(*everybody)
        digest, ids = everybody[0].digest(), [session.id for session in everybody]
        assert ids == [1, 2, 3]
    await place.end(signal.SIGTERM)

    said: Counter[str] = Counter()
    requests: Counter[tuple[int, int]] = Counter()
    revisions: dict[str, int] = {}
    async with opened(place.store) as store:
        for event, _ in StoredLog(store).events():
            if event.author and event.request:
                requests[event.author, event.request] += 1
            for change in event.changes:
                if getattr(change, "table", 0) == 9 and change.after is not None:
                    said[change.after.text] += 1
                    revisions[change.after.text] = event.revision
    assert len(acknowledged) > kills
    assert {text: revisions.get(text) for text in acknowledged} == acknowledged
    assert set(said.values()) == {1}
    assert set(requests.values()) == {1}
    assert len(digest) == 64


async def test_everybody_comes_back_as_who_they_were_with_what_they_saw(
    placed: Placed, tmp_path: Path
) -> None:
    place = placed(tmp_path / "work.collab")
    async with people(place) as (ada, bob, cyd):
        ball = await ada.create("sources", "SphereSource", name="Ball")
        await ada.reached(await ball.set(Radius=2))
        await bob.rename("Robert")
        await bob.set_colour("#123456")
        await cyd.follow(bob.id)
        await ada.chat("before")
        camera = Camera((1.0, 2.0, 3.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0))
        bob.views[0].camera = camera
        await bob.catch_up()
        before = [(p.id, p.name, p.role, p.colour, p.is_master) for p in ada.participants]
        listeners = [session.notices() for session in (ada, bob, cyd)]
        await place.end()
        for notices in listeners:
            assert isinstance(await anext(notices), Reconnecting)
        await place.begin()
        await asyncio.gather(*(back(notices) for notices in listeners))
        await agree(ada, bob, cyd)
        assert [(p.id, p.name, p.role, p.colour, p.is_master) for p in ada.participants] == before
        assert cyd.me.following == bob.id
        seen = cyd.presence()
        while cyd.views[0].camera.position != camera.position:
            await anext(seen)  # whoever comes back brings their own camera
        with pytest.raises(NotMasterError):
            await bob.create("sources", "SphereSource")
        await ada.undo()
        await agree(ada, bob, cyd)
        assert bob.proxy("sources", "Ball")["Radius"] == 0.5  # type: ignore[index]
        async with await connect(place.urls[0], "Dan") as dan:
            assert dan.id == 4


async def test_who_steers_keeps_the_right_for_the_grace_time_after_a_restart(
    placed: Placed, tmp_path: Path
) -> None:
    place = placed(tmp_path / "work.collab")
    async with people(place) as (ada, bob, cyd):
        notices = [session.notices() for session in (bob, cyd)]
        await agree(ada, bob, cyd)
        await place.end()
        await ada.close()
        await place.begin()
        await asyncio.gather(*(back(n) for n in notices))
        assert bob.master is None or bob.master.id == ada.id
        events = bob.events()
        while not bob.me.is_master:
            await anext(events)
        began = next(row for row in bob.state.participants.values() if row.name == "Ada")
        assert not began.connected


async def test_what_is_under_way_when_the_server_dies_is_refused_or_done_once(
    placed: Placed, tmp_path: Path
) -> None:
    place = placed(tmp_path / "work.collab")
    async with people(place) as (ada, bob, cyd):
        notices = ada.notices()
        ball = await ada.create("sources", "SphereSource")
        os.kill(place.server.pid, signal.SIGSTOP)  # so that all of it is under way
        wrong = ada.begin(Edit((Delete(7_000),)))
        done = ada.begin(Edit((Set(ball.id, ada.values({"Radius": 3.0})),)))
        said = [ada.begin(Chat(str(number))) for number in range(5)]
        await place.end()
        await place.begin()
        await back(notices)
        with pytest.raises(UnknownProxyError):
            await wrong
        revisions = [await done, *[await future for future in said]]
        assert revisions == list(range(revisions[0], revisions[0] + 6))
        await agree(ada, bob, cyd)
        assert ball["Radius"] == 3.0
        assert [row.text for row in bob.chat_history] == list("01234")


@pytest.mark.parametrize("stored", [True, False], ids=["with a store", "without"])
async def test_a_server_that_stops_in_good_order_says_whether_it_pays_to_wait(
    placed: Placed, serve: Serve, tmp_path: Path, stored: bool
) -> None:
    if stored:
        place = placed(tmp_path / "work.collab")
        async with people(place) as (ada, bob, cyd):
            notices = ada.notices()
            await ada.chat("good night")
            await place.end(signal.SIGTERM)
            notice = await anext(notices)
            assert isinstance(notice, Reconnecting)
            assert isinstance(notice.reason, ServerAwayError)
            await place.begin()
            await back(notices)
            await ada.chat("good morning")
            await agree(ada, bob, cyd)
            assert [row.text for row in bob.chat_history] == ["good night", "good morning"]
            assert ada.me.is_master
    else:
        server = serve("--renderer", "none", "--multi-clients")
        ada = await connect(server.url, "Ada")
        await asyncio.to_thread(server.stop)
        with pytest.raises(ServerStoppedError):
            await ada.chat("hello?")
        await ada.close()


async def test_a_server_with_another_store_takes_nobody_for_somebody_it_knows(
    placed: Placed, tmp_path: Path
) -> None:
    place = placed(tmp_path / "work.collab")
    async with people(place) as (ada, _, _):
        await place.end()
        place.store.rename(tmp_path / "away.collab")
        for end in ("-wal", "-shm"):
            (tmp_path / f"work.collab{end}").unlink(missing_ok=True)
        await place.begin()
        with pytest.raises(ResumeFailedError, match="join as somebody new"):
            await ada.chat("hello?")
