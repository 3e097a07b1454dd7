"""Views that are watched: pictures come as what one sees changes, and only then."""

import asyncio
import contextlib
import itertools
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from collab_kernel.client import (
    Back,
    Camera,
    Create,
    Edit,
    Frames,
    Proxy,
    Session,
    WatchedFrame,
    connect,
)
from collab_kernel.core import precedence
from collab_kernel.core.messages import FrameShown, Watch
from collab_kernel.core.pacing import MOST_UNSHOWN
from collab_kernel.core.queries import Query, RenderImage
from collab_kernel.errors import (
    CollabError,
    InvalidCommandError,
    InvalidValueError,
    InvariantError,
    NoRendererError,
    RendererLostError,
    UnknownProxyError,
)
from collab_kernel.host.questions import Asked
from collab_kernel.host.renderer_process import RendererProcess
from collab_kernel.host.watching import MAX_WATCHED, Watching
from collab_kernel.server import Server
from collab_kernel.spi import Kind, Value
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.toy import TOY

WITHIN_S = 30.0
RAW = ("raw",)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server(["memory://watching:0"], renderer=TOY, multi_clients=True) as server:
        yield server


@pytest.fixture
async def ada(server: Server) -> AsyncIterator[Session]:
    async with await connect(server.addresses[0], "Ada") as session:
        yield session


@pytest.fixture
async def bob(server: Server, ada: Session) -> AsyncIterator[Session]:
    async with await connect(server.addresses[0], "Bob") as session:
        yield session


@pytest.fixture
async def sphere(ada: Session) -> Proxy:
    """Something to see."""
    sphere = await ada.create("sources", "SphereSource")
    await ada.show(sphere)
    return sphere


def watching(server: Server) -> Watching:
    return server.sessions["main"].watching


def child(server: Server) -> RendererProcess:
    renderer = server.sessions["main"].renderer
    assert renderer is not None
    return renderer


def asked(server: Server) -> int:
    """How many questions the renderer has got so far."""
    return child(server)._questions._numbers


async def still(frames: Frames) -> WatchedFrame:
    """The next picture in full."""
    async with asyncio.timeout(WITHIN_S):
        while not (frame := await anext(frames)).still:
            pass
    return frame


async def frame_that(frames: Frames, **expected: object) -> WatchedFrame:
    """The first picture that is as it should be."""
    async with asyncio.timeout(WITHIN_S):
        async for frame in frames:
            if all(getattr(frame, name) == value for name, value in expected.items()):
                return frame
    raise AssertionError("there are no more pictures")


async def error_of(frames: Frames) -> CollabError:
    """Why there are no pictures any more."""
    async with asyncio.timeout(WITHIN_S):
        try:
            async for _ in frames:
                pass
        except CollabError as error:
            return error
    raise AssertionError("the pictures ended without a reason")


def camera(x: float) -> Camera:
    return Camera((x, 0.0, 5.0))


# -- when pictures come ----------------------------------------------------------------------


async def test_a_first_picture_comes_and_then_one_for_each_change(
    ada: Session, sphere: Proxy
) -> None:
    async with ada.watch(ada.views[0], 8, 4, RAW) as frames:
        first = await still(frames)
        assert (first.width, first.height, first.format) == (8, 4, "raw")
        assert first.data == (await ada.views[0].render(8, 4, "raw")).data
        revision = await sphere.set(Radius=3.0)
        second = await frame_that(frames, revision=revision, still=True)
        assert second.data == (await ada.views[0].render(8, 4, "raw")).data != first.data


async def test_the_first_picture_is_small_and_the_next_in_full(ada: Session) -> None:
    async with ada.watch(ada.views[0], 80, 40, RAW) as frames:
        small = await anext(frames)
        assert not small.still
        assert small.width < 80
        full = await anext(frames)
        assert (full.still, full.width, full.height) == (True, 80, 40)


async def test_where_nothing_changes_that_one_sees_nothing_is_drawn_and_nothing_waits(
    server: Server, ada: Session, bob: Session, sphere: Proxy
) -> None:
    async with ada.watch(ada.views[0], 8, 4, RAW) as frames:
        await still(frames)
        drawn = asked(server)
        await bob.chat("hello")
        bob.views[0].point((0.5, 0.5))
        ada.views[0].point((0.5, 0.5))
        bob.views[0].camera = camera(9.0)
        await sphere.annotate("note", "nice")
        await ada.catch_up()
        await bob.catch_up()
        assert asked(server) == drawn
        assert watching(server)._timer is None


async def test_pictures_follow_a_time_that_moves(ada: Session) -> None:
    timed = await ada.create("sources", "TimeSource")
    await ada.show(timed)
    async with ada.watch(ada.views[0], 8, 4, RAW, full=True) as frames:
        before = await anext(frames)
        await ada.go_to_time(2.0)
        after = await anext(frames)
        assert after.data != before.data
        assert after.data == (await ada.views[0].render(8, 4, "raw")).data


async def test_a_picture_never_shows_less_than_one_before(
    ada: Session, bob: Session, sphere: Proxy
) -> None:
    """However fast things change, whoever takes them, and in whatever sizes they are made."""
    last: tuple[int, ...] = ()

    async def take(session: Session, size: tuple[int, int], full: bool) -> None:
        seen = (0, 0)
        async with session.watch(session.views[0], *size, RAW, full=full) as frames:
            async for frame in frames:
                assert frame.revision >= seen[0]
                assert frame.presence >= seen[1]
                seen = (frame.revision, frame.presence)
                if last and seen[0] >= last[0] and seen[1] >= last[1] and frame.still:
                    return

    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as group:
        group.create_task(take(ada, (64, 48), False))
        group.create_task(take(bob, (33, 44), True))
        for step in range(60):
            ada.views[0].camera = camera(float(step))
            if step % 7 == 0:
                await sphere.set(Radius=1.0 + step)
            await asyncio.sleep(0)
        shown = ada._connection.mirror.presence.shown[ada.id, ada.views[0].id]
        last = (ada.revision, shown.serial)


# -- what is seen ----------------------------------------------------------------------------


async def test_who_follows_sees_with_the_camera_of_the_last_in_the_chain(
    server: Server, ada: Session, bob: Session, sphere: Proxy
) -> None:
    """The server works that out; nobody copies cameras."""
    async with await connect(server.addresses[0], "Cid") as cid:
        await cid.follow(bob.id)
        async with cid.watch(cid.views[0], 8, 4, RAW) as frames:
            ada.views[0].camera = camera(1.0)
            serial = ada._connection.mirror.presence.shown[ada.id, ada.views[0].id].serial
            theirs = await frame_that(frames, whose=ada.id, presence=serial, still=True)
            assert theirs.data == (await ada.views[0].render(8, 4, "raw")).data
            bob.views[0].camera = camera(2.0)
            own = await frame_that(frames, whose=bob.id, still=True)
            assert own.data == (await bob.views[0].render(8, 4, "raw")).data != theirs.data
            assert not cid._presence.own(cid.id, cid.views[0].id)


async def test_who_looks_around_sees_with_their_own_camera(
    ada: Session, bob: Session, sphere: Proxy
) -> None:
    async with bob.watch(bob.views[0], 8, 4, RAW) as frames:
        first = await still(frames)
        assert (first.whose, first.presence) == (ada.id, 0), "the master's, who shows none yet"
        bob.views[0].camera = camera(3.0)
        mine = await frame_that(frames, whose=bob.id, still=True)
        assert mine.data == (await bob.views[0].render(8, 4, "raw")).data != first.data


async def test_who_follows_somebody_with_a_wider_window_sees_all_that_they_see(
    ada: Session, bob: Session, sphere: Proxy
) -> None:
    ada.looking.show(ada.views[0].id, (("ViewSize", Value(Kind.INT, (1600, 400))),))
    ada.views[0].camera = camera(1.0)
    await ada.catch_up()
    await bob.catch_up()
    async with bob.watch(bob.views[0], 8, 8, RAW) as frames:
        frame = await still(frames)
        assert frame.data == (await bob.views[0].render(8, 8, "raw")).data
        assert frame.data != (await ada.views[0].render(8, 8, "raw")).data


async def test_ones_pictures_have_ones_own_size_pixel_ratio_and_quality(
    server: Server, ada: Session, bob: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = listening(server, monkeypatch)
    for session, size in ((ada, (400, 300)), (bob, (50, 20))):
        tell(session, ViewSize=size)
        async with session.watch(session.views[0]) as frames:
            full = await still(frames)
            assert (full.width, full.height) == size
            tell(session, PixelRatio=2.0)
            twice = await frame_that(frames, width=2 * size[0], still=True)
            assert twice.height == 2 * size[1]
            assert asked_for[-1].quality > 30
            tell(session, Quality=30)
            await still(frames)
            assert asked_for[-1].quality == 30
            tell(session, PixelRatio=1.0, Quality=0)
            await frame_that(frames, width=size[0], still=True)
            assert asked_for[-1].quality > 30


def tell(session: Session, **values: Any) -> None:
    """Show what is of one's window."""
    session.looking.show(session.views[0].id, session.values(values))


def listening(server: Server, monkeypatch: pytest.MonkeyPatch) -> list[RenderImage]:
    """The pictures that the renderer is asked for from now on."""
    asked_for: list[RenderImage] = []
    begin = child(server).begin

    def hear(query: Query, by: int = 0) -> Asked:
        if isinstance(query, RenderImage):
            asked_for.append(query)
        return begin(query, by)

    monkeypatch.setattr(child(server), "begin", hear)
    return asked_for


# -- who shares what -------------------------------------------------------------------------


async def test_those_who_see_the_same_share_one_picture(
    server: Server, ada: Session, sphere: Proxy
) -> None:
    """A class of twelve in windows of four sizes costs four pictures a change."""
    sizes = [(40, 30), (64, 36), (80, 50), (90, 90)]
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        watched: list[Frames] = []
        for number in range(12):
            student = await enter(await connect(server.addresses[0], f"Student {number}"))
            size = sizes[number % len(sizes)]
            watched.append(await enter(student.watch(student.views[0], *size, RAW, full=True)))
        for frames in watched:
            await still(frames)
        for radius in (2.0, 3.0, 4.0):
            before = asked(server)
            revision = await sphere.set(Radius=radius)
            pictures = [await frame_that(frames, revision=revision) for frames in watched]
            assert asked(server) == before + len(sizes)
            serials = {(p.width, p.height): p.data for p in pictures}
            assert len(serials) == len(sizes)


async def test_who_takes_no_pictures_delays_nobody_and_holds_two_at_most(
    server: Server, ada: Session, bob: Session, sphere: Proxy
) -> None:
    stopped = bob.watch(bob.views[0], 64, 48, RAW, full=True)
    async with ada.watch(ada.views[0], 64, 48, RAW, full=True) as frames:
        await still(frames)
        for radius in range(1, 30):
            revision = await sphere.set(Radius=float(radius))
            await frame_that(frames, revision=revision)
        await bob.catch_up()
        assert len(stopped._pictures._come) == MOST_UNSHOWN
        newest = [await still(stopped) for _ in range(3)][-1]
        assert newest.revision == ada.revision, "what comes next is the newest"


async def test_what_one_asks_besides_does_not_hold_up_what_all_see(
    server: Server, ada: Session, bob: Session, sphere: Proxy
) -> None:
    async with (
        ada.watch(ada.views[0], 8, 4, RAW, full=True) as mine,
        bob.watch(bob.views[0], 8, 4, RAW, full=True) as theirs,
    ):
        for frames in (mine, theirs):
            await still(frames)
        flood = [asyncio.create_task(ada.views[0].render(9, 9)) for _ in range(500)]
        revision = await sphere.set(Radius=7.0)
        await frame_that(theirs, revision=revision)
        assert not all(task.done() for task in flood)
        await asyncio.gather(*flood)


async def test_whoever_changes_something_is_drawn_for_first_whenever_they_came(
    server: Server, ada: Session, sphere: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        watched: list[Frames] = []
        for number in range(3):
            bob = await enter(await connect(server.addresses[0], f"Bob {number}"))
            watched.append(await enter(bob.watch(bob.views[0], 20 + number, 10, RAW, full=True)))
        watched.append(await enter(ada.watch(ada.views[0], 40, 30, RAW, full=True)))
        for frames in watched:
            await still(frames)
        asked_for = listening(server, monkeypatch)
        for radius in (2.0, 3.0):
            asked_for.clear()
            revision = await sphere.set(Radius=radius)
            for frames in watched:
                await frame_that(frames, revision=revision)
            assert asked_for[0].width == 40
            assert sorted(query.width for query in asked_for[1:]) == [20, 21, 22]


async def test_while_a_change_goes_on_the_others_take_turns_in_what_its_maker_leaves(
    server: Server, ada: Session, sphere: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precedence, "GOES_ON_S", 1e6)
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        for_others: list[int] = []
        begin = child(server).begin

        def hear(query: Query, by: int = 0) -> Asked:
            made = watching(server)._made.values()
            if isinstance(query, RenderImage) and query.width != 40:
                for_others.append(sum(ada.id not in picture.participants for picture in made))
            return begin(query, by)

        seen = [0] * 4
        enough = asyncio.Event()

        async def look_on(number: int, frames: Frames) -> None:
            async for _ in frames:
                seen[number] += 1
                if min(seen) >= 5:
                    enough.set()

        mine = await enter(ada.watch(ada.views[0], 40, 30, RAW, full=True))
        watched: list[Frames] = []
        for number in range(4):
            bob = await enter(await connect(server.addresses[0], f"Bob {number}"))
            watched.append(await enter(bob.watch(bob.views[0], 20 + number, 10, RAW, full=True)))
        for frames in (mine, *watched):
            await still(frames)
        for radius in (2.0, 3.0):
            revision = await sphere.set(Radius=radius)
            for frames in (mine, *watched):
                await frame_that(frames, revision=revision)
        monkeypatch.setattr(child(server), "begin", hear)
        looking = asyncio.gather(*itertools.starmap(look_on, enumerate(watched)))
        radii = itertools.cycle((4.0, 5.0))
        async with asyncio.timeout(WITHIN_S):
            while not enough.is_set():
                await frame_that(mine, revision=await sphere.set(Radius=next(radii)))
        for frames in watched:
            frames.close()
        await looking
        assert len(for_others) >= 20
        assert set(for_others) == {0}, "others were drawn for at once"


# -- pictures that are made from one another -------------------------------------------------

VIDEO = ("h264", "raw")


def number(frame: WatchedFrame) -> int:
    """How many there were in its stream since the one that needs none."""
    return int.from_bytes(frame.data[5:9], "big")


async def turned(leader: Session, frames: Frames, step: int) -> WatchedFrame:
    """The first picture after the leader has turned."""
    leader.views[0].camera = camera(float(step))
    return await newest(leader, frames)


async def newest(
    leader: Session, frames: Frames, came: list[WatchedFrame] | None = None
) -> WatchedFrame:
    """The first picture of what the leader sees now. came: all until then."""
    serial = leader._connection.mirror.presence.shown[leader.id, leader.views[0].id].serial
    async with asyncio.timeout(WITHIN_S):
        async for frame in frames:
            if came is not None:
                came.append(frame)
            if frame.presence >= serial:
                return frame
    raise AssertionError("there are no more pictures")


async def test_what_moves_is_video_where_both_sides_have_it_and_what_rests_is_whole(
    ada: Session,
) -> None:
    async with ada.watch(ada.views[0], 65, 33, VIDEO) as frames:
        first = await still(frames)
        assert (first.format, first.key) == ("raw", True)
        moving = await turned(ada, frames, 1)
        assert (moving.format, moving.key, moving.still) == ("h264", True, False)
        assert (moving.width % 2, moving.height % 2) == (0, 0)
        rest = await still(frames)
        assert (rest.format, rest.width, rest.height, rest.key) == ("raw", 65, 33, True)


async def test_each_picture_of_a_film_follows_the_one_before(ada: Session, bob: Session) -> None:
    """For all who share it, whoever comes and is slow."""
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        mine = await enter(ada.watch(ada.views[0], 64, 32, VIDEO))
        theirs = await enter(bob.watch(bob.views[0], 64, 32, VIDEO))
        seen: dict[Frames, list[WatchedFrame]] = {mine: [], theirs: []}
        for step in range(60):
            ada.views[0].camera = camera(float(step))
            for frames in (mine,) if step % 10 < 4 else (mine, theirs):
                await newest(ada, frames, seen[frames])
        for frames, least in ((mine, 30), (theirs, 3)):  # who is slow gets whole ones for a while
            film = [frame for frame in seen[frames] if frame.format == "h264"]
            assert len(film) >= least
            assert film[0].key
            assert not all(frame.key for frame in film)
            for before, frame in itertools.pairwise(film):
                if not frame.key:
                    assert (before.width, before.height) == (frame.width, frame.height)
                    assert number(frame) == number(before) + 1, "one was left out"


async def test_a_film_that_another_came_between_begins_again(server: Server, ada: Session) -> None:
    """What shows pictures of one size can't go on with those of another."""
    came: list[WatchedFrame] = []
    async with ada.watch(ada.views[0], formats=VIDEO) as frames, asyncio.timeout(WITHIN_S):
        for step, size in enumerate([(64, 32), (32, 64)] * 4):
            tell(ada, ViewSize=size)
            ada.views[0].camera = camera(float(step))
            async for frame in frames:
                came.append(frame)
                if frame.still and (frame.width, frame.height) == size:
                    break
    film = [frame for frame in came if frame.format == "h264"]
    assert len({(frame.width, frame.height) for frame in film}) > 1
    for before, frame in itertools.pairwise(film):
        same = (before.width, before.height) == (frame.width, frame.height)
        assert frame.key or (same and number(frame) == number(before) + 1)


async def test_who_watches_anew_gets_a_picture_that_needs_no_other(ada: Session) -> None:
    await turned(ada, ada.watch(ada.views[0], 64, 32, VIDEO), 0)
    for step in range(1, 9, 3):
        async with ada.watch(ada.views[0], 64, 32, VIDEO) as frames:
            came: list[WatchedFrame] = []
            for next_step in (step, step + 1, step + 2):
                ada.views[0].camera = camera(float(next_step))
                await newest(ada, frames, came)
            film = [frame.key for frame in came if frame.format == "h264"]
            assert film[0]


async def test_a_renderer_that_died_goes_on_with_a_picture_that_needs_no_other(
    server: Server, ada: Session
) -> None:
    async with ada.watch(ada.views[0], 64, 32, VIDEO) as frames:
        await still(frames)
        await turned(ada, frames, 1)
        pid = child(server).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        frame = await turned(ada, frames, 2)
        assert frame.format != "h264" or frame.key


async def test_nobody_else_adds_to_a_film(ada: Session) -> None:
    with pytest.raises(InvalidValueError):
        await ada.ask(RenderImage(ada.views[0].id, 64, 32, "h264", stream=1))


# -- what does not work ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height", "formats", "error"),
    [
        (0, 9, RAW, InvalidValueError),
        (9, 0, RAW, InvalidValueError),
        (8193, 9, RAW, InvalidValueError),
        (9, 2**32 - 1, RAW, InvalidValueError),
        (9, 9, ("gif", ""), InvalidValueError),
        (9, 9, ("raw", "x" * 200), InvalidValueError),
    ],
)
async def test_what_can_not_be_made_is_refused_by_type(
    server: Server,
    ada: Session,
    width: int,
    height: int,
    formats: tuple[str, ...],
    error: type[CollabError],
) -> None:
    frames = ada.watch(ada.views[0], width, height, formats)
    assert type(await error_of(frames)) is error
    assert len(watching(server)) == 0
    with pytest.raises(StopAsyncIteration):
        await anext(frames)


async def test_a_view_that_is_not_there_or_is_none_is_an_error(ada: Session, sphere: Proxy) -> None:
    assert isinstance(await error_of(ada.watch(4_711)), UnknownProxyError)
    assert isinstance(await error_of(ada.watch(sphere)), InvalidValueError)


async def test_a_view_that_was_just_made_can_be_watched_at_once(ada: Session) -> None:
    view = ada.new_id()
    made = ada.begin(Edit((Create(view, "views", "RenderView"),)))
    async with ada.watch(view, 8, 4, RAW) as frames:
        await still(frames)
    await made


async def test_a_view_that_is_deleted_is_watched_no_more(server: Server, ada: Session) -> None:
    view = await ada.create("views", "RenderView")
    frames = ada.watch(view, 8, 4, RAW)
    await still(frames)
    await ada.delete(view)
    assert isinstance(await error_of(frames), UnknownProxyError)
    assert len(watching(server)) == 0


async def test_pictures_come_again_when_what_killed_the_renderer_is_mended(ada: Session) -> None:
    trouble = await ada.create("sources", "Trouble", Mischief="Crash")
    await ada.show(trouble)
    revision = 0
    async with ada.watch(ada.views[0], 8, 4, RAW) as frames:
        for _ in range(2):
            while True:
                try:
                    if (await still(frames)).revision >= revision:
                        break
                except RendererLostError:
                    pass  # it died twice over one picture
            revision = await trouble.set(Mischief="None")


async def test_pictures_come_again_when_the_renderer_has_died(
    server: Server, ada: Session, sphere: Proxy
) -> None:
    async with ada.watch(ada.views[0], 8, 4, RAW) as frames:
        await still(frames)
        pid = child(server).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        revision = await sphere.set(Radius=5.0)
        await frame_that(frames, revision=revision, still=True)


async def test_a_server_without_a_renderer_says_so() -> None:
    async with (
        Server(["memory://blind:0"], renderer=None, catalogue=definitions()) as server,
        await connect(server.addresses[0]) as ada,
    ):
        assert isinstance(await error_of(ada.watch(ada.views[0])), NoRendererError)


async def test_a_server_of_an_earlier_version_is_asked_for_each_picture(ada: Session) -> None:
    connection = ada._connection
    connection.terms = replace(connection.terms, capabilities=frozenset())
    with pytest.raises(InvalidCommandError, match="render"):
        ada.watch(ada.views[0])


# -- coming and going ------------------------------------------------------------------------


async def test_watching_anew_takes_the_place_of_what_was_watched(
    server: Server, ada: Session
) -> None:
    first = ada.watch(ada.views[0], 8, 4, RAW)
    await still(first)
    async with ada.watch(ada.views[0], 16, 4, RAW) as second:
        assert (await still(second)).width == 16
        assert len(watching(server)) == 1
        assert [frame async for frame in first] == []


async def test_who_stops_or_leaves_is_sent_nothing_more(server: Server, ada: Session) -> None:
    async with await connect(server.addresses[0], "Bob") as bob:
        frames = bob.watch(bob.views[0], 8, 4, RAW)
        await still(frames)
        frames.close()
        await bob.catch_up()
        assert [frame async for frame in frames] == []
        assert len(watching(server)) == 0
        bob.watch(bob.views[0], 8, 4, RAW)
        await bob.catch_up()
        assert len(watching(server)) == 1
    async with asyncio.timeout(WITHIN_S):
        while watching(server)._paces:
            await asyncio.sleep(0.01)
    assert len(watching(server)) == 0
    assert not watching(server)._made


async def test_over_another_connection_pictures_go_on(
    server: Server, ada: Session, bob: Session, sphere: Proxy
) -> None:
    async with bob.watch(bob.views[0], 8, 4, RAW) as frames:
        await still(frames)
        notices = bob.notices()
        await bob._connection._link.channel.close()
        async with asyncio.timeout(WITHIN_S):
            while not isinstance(await anext(notices), Back):
                pass
        revision = await sphere.set(Radius=2.5)
        await frame_that(frames, revision=revision, still=True)
        assert len(watching(server)) == 1


# -- what nobody sane says -------------------------------------------------------------------


async def test_asking_again_and_again_makes_no_more_pictures_than_are_shown(
    server: Server, ada: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by watching anew, nor by stopping in between, nor by saying what was never sent."""
    view = ada.views[0].id
    send = ada._connection._tell
    monkeypatch.setattr(ada._connection.watched, "take", lambda part: None)
    for _ in range(50):
        for watch in (Watch(view, 8, 4, RAW), Watch(view, stop=True), Watch(view, 9, 9, RAW)):
            send(watch)
            for serial in (0, 2**53, 2**64 - 1):
                send(FrameShown(view, serial))
            await ada.catch_up()
    [(_, pacing)] = watching(server)._paces.values()
    async with asyncio.timeout(WITHIN_S):
        while len(pacing._unshown) < MOST_UNSHOWN or child(server).asked:
            await asyncio.sleep(0.01)
    assert len(pacing._unshown) == MOST_UNSHOWN


async def test_who_watches_again_what_they_had_closed_gets_pictures(
    ada: Session, sphere: Proxy
) -> None:
    """Also where some had come that were not taken."""
    for _ in range(3):
        frames = ada.watch(ada.views[0], 8, 4, RAW, full=True)
        await still(frames)
        async with asyncio.timeout(WITHIN_S):
            while len(frames._pictures._come) < MOST_UNSHOWN:
                await sphere.set(Radius=ada.revision + 1.0)
        frames.close()


async def test_who_says_that_they_have_shown_what_they_never_read_is_sent_no_more(
    server: Server, ada: Session, bob: Session, sphere: Proxy
) -> None:
    bob._connection._tell(Watch(bob.views[0].id, 8, 4, RAW, full=True))
    async with ada.watch(ada.views[0], 8, 4, RAW, full=True) as frames:
        await still(frames)
        [link] = [link for (who, _), (link, _) in watching(server)._paces.items() if who == bob.id]
        link.outbox._window_bytes = 0  # as if nothing that is sent were ever taken
        for radius in range(1, 20):
            revision = await sphere.set(Radius=float(radius))
            await frame_that(frames, revision=revision)
            for guess in range(200):
                bob._connection._tell(FrameShown(bob.views[0].id, guess))
            await asyncio.sleep(0)
        async with asyncio.timeout(WITHIN_S):
            while not link.outbox.pictures:
                await asyncio.sleep(0.01)
        assert link.outbox.pictures <= MOST_UNSHOWN
        link.outbox._window_bytes = 2**20
        link.flush()


async def test_what_was_never_sent_is_not_shown(server: Server, ada: Session) -> None:
    async with ada.watch(ada.views[0], 8, 4, RAW, full=True) as frames:
        await still(frames)
        for view, serial in ((ada.views[0].id, 77), (4_711, 1), (0, 0)):
            ada._connection._tell(FrameShown(view, serial))
        ada.views[0].camera = camera(4.0)
        await still(frames)


async def test_views_that_are_not_there_are_refused_however_many(
    server: Server, ada: Session, bob: Session
) -> None:
    for view in range(10_000, 10_000 + 2 * MAX_WATCHED):
        ada._connection._tell(Watch(view))
    await ada.catch_up()
    assert len(watching(server)) == 0
    assert not watching(server)._paces
    await bob.chat("all is well")


async def test_nobody_watches_more_views_at_once_than_there_may_be(
    server: Server, ada: Session, bob: Session
) -> None:
    """Else one participant makes every change as dear as they like."""
    await ada.edit(*(Create(ada.new_id(), "views", "RenderView") for _ in range(MAX_WATCHED)))
    await bob.catch_up()
    views = [view.id for view in bob.views]
    assert len(views) == MAX_WATCHED + 1
    for view in views[:-1]:
        bob._connection._tell(Watch(view, 8, 4, RAW))
        await bob.catch_up()
    refused = await error_of(bob.watch(views[-1], 8, 4, RAW))
    assert f"at most {MAX_WATCHED} views" in str(refused)
    assert len(watching(server)) == MAX_WATCHED
    bob._connection._tell(Watch(views[0], stop=True))
    async with bob.watch(views[-1], 8, 4, RAW) as frames:
        await still(frames)


async def test_a_fault_ends_what_one_watches_and_nothing_else(
    server: Server, ada: Session, bob: Session, sphere: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    import collab_kernel.host.watching as module

    right = module.sight

    def wrong(state: Any, presence: Any, whose: int, *rest: Any) -> Any:
        if whose == bob.id:
            raise ZeroDivisionError("a bug")
        return right(state, presence, whose, *rest)

    async with ada.watch(ada.views[0], 8, 4, RAW) as mine:
        theirs = bob.watch(bob.views[0], 8, 4, RAW)
        await still(mine)
        await still(theirs)
        monkeypatch.setattr(module, "sight", wrong)
        bob.views[0].camera = camera(1.0)
        assert isinstance(await error_of(theirs), InvariantError)
        revision = await sphere.set(Radius=3.0)
        await frame_that(mine, revision=revision)
