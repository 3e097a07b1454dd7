"""One client of the crowd, in a process of its own.

It is told what to do by lines of JSON on stdin, and does what a seed says in between. On stdout
it says what became of each command as soon as it knows: whoever kills it still has what it was
told. Commands are labelled each in a way of their own (`mark`), and events keep labels.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random
from typing import Any

from collab_kernel.client import Back, Camera, Session
from collab_kernel.core.commands import (
    Chat,
    Command,
    Edit,
    Lock,
    Mute,
    PlacePin,
    Promote,
    Propose,
    Remove,
    Set,
    SetConnectId,
    Sync,
)
from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.state import Role
from collab_kernel.desk import Desk, builtin_catalogue
from collab_kernel.errors import (
    CollabError,
    ConnectionLostError,
    RemovedError,
    RendererError,
    ResumeFailedError,
    SessionLockedError,
    UnknownProxyError,
)
from collab_kernel.testing.whims import Whims

CONNECT_ID = "tea"
"""Whoever sets one sets this, and whoever joins gives it: a locked door is tried enough."""

TYPES = """ConeSource CubeSource TimeSource IDSelectionSource Clip ShrinkFilter ElevationFilter
    RenderView XYChartView GeometryRepresentation""".split()
"""What is created: few types, so that members meet; none that takes a renderer for ever."""

PAUSE_S = (0.01, 0.12)
KNOCK_S = 0.25
BURST = 6
MANY = 5
"""So many that somebody is always there."""
SMALL_PX = (96, 64)


def say(**news: Any) -> None:
    """Tell the conductor, at once."""
    sys.stdout.write(json.dumps(news) + "\n")
    sys.stdout.flush()


class Place:
    """A session that this member takes part in. number: of its server."""

    def __init__(self, desk: Desk, number: int, url: str, name: str, random: Random) -> None:
        self.number = number
        self._desk = desk
        self._url = url
        self._name = name
        self._random = random
        catalogue = builtin_catalogue()
        chosen = [d for key, d in catalogue.definitions.items() if key[1] in TYPES]
        self._whims = Whims(random, Catalogue(catalogue.name, chosen))
        self._marks = 0
        self._works = asyncio.Event()
        self._rests = asyncio.Event()
        self._rests.set()
        self.doing: set[str] = set()
        """What has no answer yet."""
        self._listening: asyncio.Task[None] | None = None
        self.session: Session

    async def join(self) -> None:
        """Take part, as somebody new; try again where the door is locked, or the cable is cut."""
        while True:
            try:
                connection = await self._desk.connect(
                    self._url, name=self._name, connect_id=CONNECT_ID
                )
                break
            except (SessionLockedError, ConnectionLostError) as error:
                say(knocks=self.number, error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(KNOCK_S)
        self._connection = connection
        self.session = connection.session
        self._listening = asyncio.create_task(self._listen(self.session))
        say(joined=self.number, id=self.session.id)

    async def _listen(self, session: Session) -> None:
        try:
            async for notice in session.notices():
                if isinstance(notice, Back):
                    say(resumed=self.number, id=session.id)
        except CollabError:
            pass  # `_again` says why it has ended

    # -- work ------------------------------------------------------------------------------

    async def work(self) -> None:
        """Do one thing after another, except while it shall rest."""
        while True:
            if self._works.is_set():
                self._rests.clear()
                try:
                    await self._step()
                except CollabError:
                    if self.session.lost is None:
                        raise
            else:
                await self._keep_door()
            if self.session.lost is not None:
                await self._again(self.session.lost)
            self._rests.set()
            await asyncio.sleep(self._random.uniform(*PAUSE_S))

    def go_on(self) -> None:
        self._works.set()

    async def rest(self) -> None:
        """Begin nothing any more; what was begun has its answer when this returns."""
        self._works.clear()
        await self._rests.wait()

    async def _keep_door(self) -> None:
        """While resting: whoever still stands before the door has to be let in."""
        state = self.session.state
        if state.door.locked_by and state.master == self.session.id:
            await self._ask((Lock(False), 0))

    async def _again(self, reason: CollabError) -> None:
        """Somebody has put us out, which may have happened while we were lost: join anew."""
        if not isinstance(reason, RemovedError | ResumeFailedError):
            raise reason
        say(removed=self.number, id=self.session.id)
        await self._desk.disconnect(self._connection)
        await self.join()

    async def _step(self) -> None:
        chance = self._random.random()
        if chance < 0.05:
            await asyncio.gather(*(self._ask(self._command()) for _ in range(BURST)))
        elif chance < 0.15:
            self._show()
        elif chance < 0.25 and self.session.renderer:
            await self._look()
        else:
            await self._ask(self._command())
        if self._random.random() < 0.1:
            say(at=self.session.revision, digest=self.session.digest(), place=self.number)

    def _show(self) -> None:
        """Look somewhere else, or point at something."""
        session = self.session
        views = session.views
        if views and self._random.random() < 0.5:
            x, y, z = (self._random.uniform(-9.0, 9.0) for _ in range(3))
            view = self._random.choice(views)
            if view.has_camera:
                view.camera = Camera(position=(x, y, z))
            view.point((self._random.random(), self._random.random()))
        else:
            session.show_typing(self._random.random() < 0.5)

    async def _look(self) -> None:
        """Ask for a picture; the renderer may be dead, or the view be gone."""
        views = [view for view in self.session.views if view.has_camera]
        if not views:
            return
        view = self._random.choice(views)
        wish = f"a picture of {view}"
        self.doing.add(wish)
        try:
            await view.render(*SMALL_PX)
            say(picture=True, place=self.number)
        except (RendererError, UnknownProxyError) as error:
            say(picture=False, place=self.number, code=error.code)
        finally:
            self.doing.remove(wish)

    # -- commands --------------------------------------------------------------------------

    def _command(self) -> tuple[Command, int]:
        """What to ask for next, and its undo set."""
        session = self.session
        while True:
            request = self._whims.request(0, session.state, session.id, session.new_id)
            command = request.command
            assert not isinstance(command, Sync)
            if not self._is_left_out(command):
                return command, request.undo_set

    def _is_left_out(self, command: Command) -> bool:
        """Whether it is about the witness, who stays, or locks a door that nobody may be left to
        open: the witness may not, and then keeps it locked by being there."""
        state = self.session.state
        if isinstance(command, Lock):
            return command.locked and len(state.present) < MANY
        if not isinstance(command, Remove | Mute | Promote):
            return False
        row = state.participants.get(command.participant)
        return row is not None and row.role is Role.VIEWER

    async def _ask(self, wish: tuple[Command, int]) -> None:
        """Ask for it, and say what became of it."""
        command, undo_set = wish
        session = self.session
        self._marks += 1
        mark = f"#{self._name}/{session.id}/{self._marks}"
        command = _marked(command, mark)
        news = {"mark": mark, "kind": type(command).__name__, "place": self.number}
        asked = f"{mark} ({command})"
        self.doing.add(asked)
        try:
            revision = await session.begin(command, mark, undo_set)
        except CollabError as error:
            unknown = session.lost is not None or isinstance(error, ConnectionLostError)
            say(**news, **({"unknown": error.code} if unknown else {"refused": error.code}))
        else:
            say(**news, revision=revision, author=session.id, did=_evidence(command))
        finally:
            self.doing.remove(asked)

    async def report(self, revision: int) -> None:
        """Say what there is, at a revision or later; nothing where we were just put out."""
        session = self.session
        try:
            await session.catch_up()
            await session.reached(revision)
        except CollabError:
            if session.lost is None:
                raise
            say(report=self.number, revision=0)
            return
        say(
            report=self.number,
            revision=session.revision,
            digest=session.digest(),
            id=session.id,
            master=session.state.master,
        )

    async def promote(self, id: int) -> None:
        """Hand the right over, if we have it."""
        await self._ask((Promote(id), 0))


def _marked(command: Command, mark: str) -> Command:
    """With the mark in what it says, where it says something, so that no two say the same."""
    if isinstance(command, Chat | PlacePin | Propose):
        return replace(command, text=f"{mark} {command.text}")
    if isinstance(command, SetConnectId):
        return SetConnectId(CONNECT_ID if command.connect_id else "")
    return command


def _evidence(command: Command) -> list[Any]:
    """What can be seen of it in the state that it led to: a value that it set. Of several in one
    edit one may win over the other, where they are linked."""
    if isinstance(command, Edit) and len(command.operations) == 1:
        [operation] = command.operations
        if isinstance(operation, Set) and len(operation.values) == 1:
            [(name, value)] = operation.values
            if all(isinstance(element, int | float | str) for element in value.elements):
                return [operation.proxy, name, list(value.elements)]
    return []


# -- the process ----------------------------------------------------------------------------


async def obey(places: dict[int, Place]) -> None:
    """Do what stdin says, to its end."""
    async for order in _orders():
        place = places.get(order.get("place", -1))
        match order["do"]:
            case "work":
                for each in places.values():
                    each.go_on()
            case "rest":
                try:
                    async with asyncio.timeout(order["within_s"]):
                        await asyncio.gather(*(each.rest() for each in places.values()))
                except TimeoutError:
                    raise AssertionError(
                        "; ".join(f"{each.number}: {each.doing}" for each in places.values())
                    ) from None
                say(rests=True)
            case "report":
                assert place is not None
                await place.report(order["revision"])
            case "hand over":
                assert place is not None
                await place.promote(order["to"])
            case "leave":
                return


async def _orders() -> AsyncIterator[dict[str, Any]]:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        yield json.loads(line)


async def main(name: str, seed: str, urls: dict[int, str]) -> None:
    desk = Desk(multi_servers=True, name=name)
    places = {
        number: Place(desk, number, url, name, Random(f"{seed} {number}"))
        for number, url in urls.items()
    }
    try:
        for place in places.values():
            await place.join()
        async with asyncio.TaskGroup() as tasks:
            working = [tasks.create_task(place.work()) for place in places.values()]
            await obey(places)
            for task in working:
                task.cancel()
    finally:
        await desk.close()
    say(left=True)


def _options() -> tuple[str, str, dict[int, str]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("urls", nargs="+", metavar="SERVER=URL")
    options = parser.parse_args()
    pairs = (given.split("=", 1) for given in options.urls)
    return options.name, options.seed, {int(number): url for number, url in pairs}


if __name__ == "__main__":
    asyncio.run(main(*_options()))
