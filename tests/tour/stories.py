"""What happens in the two films. Each step is a real one: a command and its event, or a refusal."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.crowd.processes import Serving, serving

from collab_kernel.client import Camera, Proxy, Session, Set, View, connect
from collab_kernel.errors import CollabError

from .film import Film, Panel, Sink, rows
from .samples import DEPTH, write_series

STEPS = 24
WITHIN_S = 60.0
ADA, BOB, CYD = "#6cb4ee", "#7fd1a1", "#d79be8"
AWAY, FAR = 19.0, 66.0
"""How far cameras are from the middle of the field, and of the larger wavelet."""

NARROW = 1.3
"""How much farther in narrow windows."""


async def until(session: Session, condition: Callable[[], object]) -> None:
    """Return when what others show of themselves makes it so."""
    news = session.presence()
    async with asyncio.timeout(WITHIN_S):
        while not condition():
            await anext(news)
    news.close()


async def alike(*sessions: Session) -> None:
    """Return when all have come to the newest revision that any of them knows."""
    newest = max(session.revision for session in sessions)
    async with asyncio.timeout(WITHIN_S):
        for session in sessions:
            await session.reached(newest)


def camera(around_deg: float, above_deg: float = 22.0, away: float = AWAY) -> Camera:
    """One that looks at the middle."""
    around, above = math.radians(around_deg), math.radians(above_deg)
    return Camera(
        position=(
            away * math.cos(above) * math.cos(around),
            away * math.cos(above) * math.sin(around),
            away * math.sin(above),
        ),
        view_up=(0.0, 0.0, 1.0),
    )


async def hand_over(master: Session, heir: Session) -> None:
    """Let another one steer, who goes on looking from where they do."""
    seen = view_of(heir).camera
    await master.promote(heir.id)
    await alike(master, heir)
    view_of(heir).camera = seen
    await until(master, lambda: view_of(master).camera == seen)


def view_of(session: Session) -> View:
    return session.views[0]


async def turn(
    film: Film,
    who: Session,
    cameras: Iterable[Camera],
    followers: Iterable[Session] = (),
) -> None:
    """Let somebody look around, a frame for each camera; who follows has seen it by then."""
    following = tuple(followers)
    for each in cameras:
        view_of(who).camera = each
        for session in following:
            await until(session, lambda s=session, c=each: view_of(s).camera == c)  # type: ignore[misc]
        await film.hold(0.0)


def around(
    film: Film, start_deg: float, end_deg: float, seconds: float, above_deg: float, away: float
) -> Iterable[Camera]:
    """Cameras on the way from one side to another, gently."""
    count = film.count(seconds)
    for number in range(1, count + 1):
        eased = (1 - math.cos(math.pi * number / count)) / 2
        yield camera(start_deg + (end_deg - start_deg) * eased, above_deg, away)


def there_and_back(
    film: Film, start_deg: float, by_deg: float, seconds: float, away: float
) -> Iterable[Camera]:
    """Cameras that end where they began."""
    count = film.count(seconds)
    for number in range(1, count + 1):
        swing = math.sin(math.pi * number / count) ** 2
        yield camera(start_deg + by_deg * swing, away=away)


async def refusal(attempt: Callable[[], object]) -> str:
    """What somebody is told who tries what they may not do."""
    try:
        await attempt()  # type: ignore[misc]
    except CollabError as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError("nobody has objected")


def named(session: Session, group: str, name: str) -> Proxy:
    found = session.proxy(group, name)
    assert found is not None, f"{name} is not there"
    return found


@asynccontextmanager
async def shared_field(folder: Path) -> AsyncIterator[Serving]:
    """A server that has opened the wandering field."""
    path = folder / write_series(folder, STEPS)
    async with serving("--data-dir", str(folder), str(path)) as server:
        yield server


async def surface(session: Session) -> Proxy:
    """Draw the field as a surface of equal value."""
    field = next(p for p in session.proxies.values() if p.type == "PVDReader")
    await field.update()
    await session.hide(field)
    contour = await session.create("filters", "Contour", Input=field, ContourValues=[0.0])
    await session.color_by(await session.show(contour), DEPTH)
    return contour


# -- one server, several clients -------------------------------------------------------------


async def one_server(folder: Path, sink: Sink, fps: int) -> Film:
    """Three people share a pipeline: who steers, who follows, and what the others may do."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(shared_field(folder))
        [url] = server.urls
        ada, bob, cyd = [
            await stack.enter_async_context(await connect(url, name=name))
            for name in ("Ada", "Bob", "Cyd")
        ]
        everybody = (ada, bob, cyd)
        film = Film(
            "One server, several clients", "collab serve --multi-clients field.pvd", sink, fps
        )
        contour = await surface(ada)
        away = NARROW * AWAY
        begin = view_of(ada).camera = camera(-60.0, away=away)
        await alike(*everybody)
        for session in (bob, cyd):
            await until(session, lambda s=session: view_of(s).camera == begin)  # type: ignore[misc]
        film.panels = [
            Panel(session, box, colour)
            for session, box, colour in zip(everybody, rows(3, 3), (ADA, BOB, CYD), strict=True)
        ]

        film.say("Three clients share one pipeline. Ada came first, so she steers.")
        await film.hold(2.0)
        film.say("Ada turns it, and whoever follows her sees what she sees.")
        await turn(film, ada, around(film, -60.0, 10.0, 2.5, 22.0, away), (bob, cyd))

        film.say("Bob looks from another side: a camera is everybody's own.")
        await turn(film, bob, around(film, 10.0, 100.0, 1.8, 45.0, away))
        await film.hold(0.7)

        theirs = named(bob, "filters", contour.name)
        told = await refusal(lambda: theirs.set(ContourValues=[0.9]))
        film.say("Bob wants another surface, but he does not steer.", told, alarm=True)
        await film.hold(3.2)

        await bob.request_master()
        await alike(*everybody)
        film.say("So Bob asks for the right, which everybody sees ...")
        await film.hold(1.8)
        await ada.grant()
        await alike(*everybody)
        film.say("... and Ada hands it over. Who followed the master now follows Bob.")
        for session in (ada, cyd):
            await until(
                session,
                lambda s=session: view_of(s).camera == view_of(bob).camera,  # type: ignore[misc]
            )
        await film.hold(2.2)
        film.say("Bob drags the value of the surface: one entry of the history.")
        async with bob.drag("Move the surface") as drag:
            for number in range(film.count(1.6)):
                drag.set(theirs, ContourValues=[0.9 * (number + 1) / film.count(1.6)])
                await bob.catch_up()
                await alike(*everybody)
                await film.hold(0.0)
        await alike(*everybody)

        mine = named(cyd, "filters", contour.name)
        await cyd.propose(
            Set(mine.id, cyd.values({"ContourValues": [-0.7, 0.7]})), text="Two surfaces at once"
        )
        await alike(*everybody)
        film.say("Cyd may propose a change without steering. Everybody sees it ...")
        await film.hold(2.2)
        [proposal] = bob.proposals
        await bob.accept(proposal.number)
        await alike(*everybody)
        film.say("... and Bob accepts it.", _history(bob))
        await film.hold(2.2)
        await bob.undo()
        await alike(*everybody)
        film.say("Bob undoes it again: the history is everybody's.", _history(bob))
        await film.hold(2.0)

        film.say("Ada leaves a pin, with the way she looks at it.")
        view_of(ada).camera = camera(30.0, 30.0, 15.0)
        hit = await view_of(ada).pick(0.5, 0.6, film.panels[0].picture_px)
        assert hit is not None
        await ada.pin("Thin here?", hit.position, view_of(ada))
        await alike(*everybody)
        await film.hold(2.0)
        cyd.go_to_pin(cyd.pins[0].number)
        await cyd.catch_up()
        film.say("Cyd goes there.")
        await film.hold(1.6)

        await ada.follow_master()
        await cyd.follow_master()
        await alike(*everybody)
        film.say("Time is everybody's, too: Bob goes through the steps.")
        for step in range(0, STEPS, max(1, round(STEPS / film.count(2.4)))):
            await bob.go_to_time(float(step))
            await alike(*everybody)
            film.say("Time is everybody's, too: Bob goes through the steps.", f"Time {step}")
            await film.hold(0.0)

        await alike(*everybody)
        assert len({session.digest() for session in everybody}) == 1
        film.say(
            "All three hold the same, to the last bit.",
            f"Revision {ada.revision}, SHA-256 {ada.digest()[:32]} ...",
        )
        await film.hold(2.2)
        return film


def _history(session: Session) -> str:
    """The last entry, in words."""
    entry = session.history[-1]
    undone = " (undone)" if entry.undone_at else ""
    return f"History: {entry.author_name}: {entry.label}{undone}"


# -- several servers, several clients ---------------------------------------------------------


async def several_servers(folder: Path, sink: Sink, fps: int) -> Film:
    """One client on two servers: it steers here, and follows there."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(shared_field(folder))
        second = await stack.enter_async_context(serving("--data-dir", str(folder)))

        async def join(server: Serving, name: str) -> Session:
            return await stack.enter_async_context(await connect(server.urls[0], name=name))

        here, bob = await join(first, "Ada"), await join(first, "Bob")
        cyd, there = await join(second, "Cyd"), await join(second, "Ada")
        film = Film(
            "Several servers, several clients",
            "collab client --multi-servers",
            sink,
            fps,
        )
        contour = await surface(here)
        view_of(here).camera = camera(-60.0)
        wavelet = await cyd.create("sources", "RTAnalyticSource")
        clip = await cyd.create("filters", "Clip", Input=wavelet)
        await clip["ClipFunction"].set(Origin=[0.0, 0.0, 0.0], Normal=[-0.5, -0.2, 1.0])
        await cyd.color_by(await cyd.show(clip), "RTData")
        view_of(cyd).camera = camera(-60.0, away=FAR)
        await alike(here, bob)
        await alike(cyd, there)
        await until(bob, lambda: view_of(bob).camera == camera(-60.0))
        await until(there, lambda: view_of(there).camera == camera(-60.0, away=FAR))
        boxes = list(rows(4, 2))
        film.panels = [
            Panel(here, boxes[0], ADA, "on the first server"),
            Panel(bob, boxes[1], BOB, "on the first server"),
            Panel(there, boxes[2], ADA, "on the second server"),
            Panel(cyd, boxes[3], CYD, "on the second server"),
        ]

        film.say("Ada's one client is on two servers: on each with somebody else.")
        await film.hold(2.6)
        film.say("On the first server Ada steers, and Bob follows her.")
        await turn(film, here, there_and_back(film, -60.0, 80.0, 2.4, AWAY), (bob,))
        film.say("On the second one Cyd steers, and Ada follows her.")
        await turn(film, cyd, there_and_back(film, -60.0, -60.0, 2.4, FAR), (there,))

        await contour.set(ContourValues=[-0.6, 0.6])
        await alike(here, bob)
        film.say("What Ada changes on the first server is so for Bob ...")
        await film.hold(2.2)
        theirs = named(there, "filters", clip.name)
        told = await refusal(lambda: theirs["ClipFunction"].set(Normal=[1.0, 0.0, 0.0]))
        film.say("... and on the second she is told who steers there.", told, alarm=True)
        await film.hold(3.2)
        told = await refusal(lambda: there.create("filters", "ShrinkFilter", Input=contour))
        film.say(
            "Nothing of one server can be used on the other.",
            _shortened(told, first, second),
            alarm=True,
        )
        await film.hold(3.2)

        await hand_over(cyd, there)
        await hand_over(here, bob)
        film.say("Now the other way round: Cyd lets Ada steer, and Ada lets Bob.")
        await film.hold(2.4)
        count = film.count(1.8)
        film.say("Ada moves the cut on the second server ...")
        async with there.drag("Move the cut") as drag:
            for number in range(1, count + 1):
                drag.set(theirs["ClipFunction"], Origin=[0.0, 0.0, 5.0 * number / count])
                await there.catch_up()
                await alike(cyd, there)
                await film.hold(0.0)
        await alike(cyd, there)
        film.say("... while Bob shows her another value on the first.")
        surfaces = named(bob, "filters", contour.name)
        for value in (0.2, 0.0):
            await bob.catch_up()
            await surfaces.set(ContourValues=[value])
            await alike(here, bob)
            await film.hold(0.7)
        await there.undo()
        await alike(cyd, there)
        film.say("Undo is each server's own: Ada's cut is back, Bob's surface stays.")
        await film.hold(2.4)
        assert (here.digest(), there.digest()) == (bob.digest(), cyd.digest())
        film.say(
            "On each server everybody holds the same, to the last bit.",
            f"First: revision {here.revision}, {here.digest()[:16]} ...   "
            f"Second: revision {there.revision}, {there.digest()[:16]} ...",
        )
        await film.hold(2.4)
        return film


def _shortened(told: str, first: Serving, second: Serving) -> str:
    """With words for addresses that nobody needs to know."""
    for server, name in ((first, "the first server"), (second, "the second server")):
        told = told.replace(server.urls[0], name)
    return told


FILMS = {"one-server": one_server, "several-servers": several_servers}
