"""Those of a class who look on, in a process of their own: each a client that takes pictures.

    python -m tests.classroom.audience

It is told what to do by lines of JSON, `{"do": ORDER, ...}`, and answers each with one: what came
of it, or the error. Pictures are taken and acknowledged, and not decoded.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

from collab_kernel.client import Camera, Participant, Session, connect
from collab_kernel.core.queries import Answer
from collab_kernel.core.scene import DescribeScene, FetchGeometry
from collab_kernel.core.values import guess
from collab_kernel.errors import CollabError
from collab_kernel.host.watchers import shows
from collab_kernel.wire.scene import decode_scene

FORMATS = ("h264", "jpeg")
"""What a page in today's browsers takes."""

DRAWN_HERE_BYTES = 20 * 1024 * 1024
"""What a page draws by itself, unless it is told otherwise."""

RADIUS = 3.0
"""How far away they look from."""


class Onlooker:
    """One of them. came: the pictures that it has had, as (revision, whether in full, when in
    seconds of the wall clock, bytes)."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.came: list[tuple[int, bool, float, int]] = []
        self.drawn = 0
        """The revision of what it has drawn itself."""
        self._news = asyncio.Condition()
        self._taking: asyncio.Task[None] | None = None

    @property
    def view(self) -> int:
        return self.session.views[0].id

    # -- pictures --------------------------------------------------------------------------

    async def watch(self) -> None:
        """Take pictures from now on."""
        await self._instead(self._take_pictures())

    async def draw(self) -> None:
        """Take no pictures any more: fetch what is there, and whatever it becomes."""
        await self._instead(self._fetch_scenes())

    async def leave_off(self) -> None:
        await self._instead(None)

    async def _instead(self, doing: Any) -> None:
        if self._taking is not None:
            self._taking.cancel()
            await asyncio.gather(self._taking, return_exceptions=True)
        self._taking = None if doing is None else asyncio.create_task(doing)

    async def _take_pictures(self) -> None:
        async with self.session.watch(self.view, formats=FORMATS) as frames:
            async for frame in frames:
                self.came.append((frame.revision, frame.still, time.time(), len(frame.data)))
                await self._tell()

    async def _fetch_scenes(self) -> None:
        """As a page does that draws by itself: what is known by its name is not fetched again."""
        session, known = self.session, set[bytes]()
        events = session.events()
        while True:
            scene_of = DescribeScene(self.view, max_bytes=DRAWN_HERE_BYTES)
            answer: Answer = await session.ask(scene_of)
            for surface in decode_scene(answer.data).surfaces:
                if surface.geometry.sha256 not in known:
                    await session.ask(FetchGeometry(surface.geometry.sha256))
                    known.add(surface.geometry.sha256)
            self.drawn = answer.revision
            await self._tell()
            while (event := await anext(events)).revision <= answer.revision or not shows(event):
                pass

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def has_seen(self, revision: int) -> None:
        """Return when it shows that revision, or a newer one, as good as it gets."""

        def shows() -> bool:
            seen = max((r for r, still, *_ in self.came if still), default=0)
            return max(seen, self.drawn) >= revision

        async with self._news:
            while not shows():
                if self._taking is None:
                    raise RuntimeError("it looks at nothing")
                waiting = asyncio.ensure_future(self._news.wait())
                await asyncio.wait({waiting, self._taking}, return_when="FIRST_COMPLETED")
                if not waiting.done():
                    waiting.cancel()
                    await asyncio.gather(waiting, return_exceptions=True)
                if self._taking.done():
                    self._taking.result()

    async def sees_pointers(self, names: set[str]) -> None:
        """Return when these people's pointers are shown, and nobody else's but its own."""
        session = self.session
        me = session.me.name
        news = session.presence()
        while {p.name for p in self._pointing()} - {me} != names - {me}:
            await anext(news)

    def _pointing(self) -> list[Participant]:
        here = {person.id: person for person in self.session.participants}
        return [here[p.participant] for p in self.session.pointers if p.at or p.place]

    async def turn(self, phase: float, seconds: float, per_s: float) -> None:
        """Look around on its own, with so many cameras a second."""
        for step in range(round(seconds * per_s)):
            angle = phase + step / per_s
            at = (RADIUS * math.sin(angle), 0.4, RADIUS * math.cos(angle))
            self.session.views[0].camera = Camera(at)
            await asyncio.sleep(1 / per_s)


class Audience:
    """What each order does; `all` takes those that are numbered."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._all: list[Onlooker] = []

    async def join(self, url: str, people: list[tuple[str, str, tuple[int, int]]]) -> list[int]:
        """Come in. people: name, token and size of the window of each."""
        for name, token, size_px in people:
            session = await self._stack.enter_async_context(await connect(url, name, token=token))
            self._all.append(Onlooker(session))
            session.looking.show(session.views[0].id, (("ViewSize", guess(size_px)),))
        return [one.session.id for one in self._all]

    async def watch(self) -> None:
        for one in self._all:
            await one.watch()

    async def draw(self) -> None:
        for one in self._all:
            await one.draw()

    async def has_seen(self, revision: int) -> None:
        await asyncio.gather(*(one.has_seen(revision) for one in self._all))

    async def came(self) -> list[list[tuple[int, bool, float, int]]]:
        """The pictures that each has had since this was asked last."""
        found = [one.came for one in self._all]
        for one in self._all:
            newest = [p for p in one.came if p[1]][-1:]
            one.came = newest  # what it shows is still shown
        return found

    async def turn(self, seconds: float, per_s: float) -> None:
        await asyncio.gather(
            *(one.turn(number, seconds, per_s) for number, one in enumerate(self._all))
        )

    async def follow(self) -> None:
        """Follow whoever steers."""
        for one in self._all:
            await one.session.follow_master()

    async def request(self, who: int) -> None:
        await self._all[who].session.request_master()

    async def promote(self, who: int, participant: int) -> None:
        await self._all[who].session.promote(participant)

    async def chat(self, who: int, text: str) -> None:
        await self._all[who].session.chat(text)

    async def point(self, who: int, x: float, y: float) -> None:
        self._all[who].session.views[0].point((x, y))
        await self._all[who].session.catch_up()

    async def set_radius(self, who: int, radius: float) -> None:
        [sphere] = [p for p in self._all[who].session.proxies.values() if p.group == "sources"]
        await sphere.set(Radius=radius)

    # -- what they see ---------------------------------------------------------------------

    async def queues(self) -> list[list[str]]:
        """Who asks to steer, as each sees it."""
        return await self._told(lambda s: [p.name for p in s.requests])

    async def masters(self) -> list[str]:
        return await self._told(lambda s: s.master.name if s.master else "")

    async def said(self) -> list[list[str]]:
        return await self._told(lambda s: [row.text for row in s.chat_history])

    async def sees_pointers(self, names: list[str]) -> None:
        """Return when each is shown these people's pointers, their own aside."""
        await asyncio.gather(*(one.sees_pointers(set(names)) for one in self._all))

    async def revision(self) -> int:
        """The newest, as everybody has it."""
        return max(await self._told(lambda s: s.revision))

    async def id_of(self, name: str) -> int:
        return next(p.id for p in self._all[0].session.participants if p.name == name)

    async def digests(self) -> list[str]:
        return await self._told(lambda s: s.digest())

    async def answers(self) -> dict[str, int]:
        """Of the renderer so far, by the kind of the question."""
        status = await self._all[0].session.server_status()
        [metric] = [m for m in status.metrics if m.name == "collab_renderer_answers_total"]
        return {dict(sample.labels)["question"]: int(sample.value) for sample in metric.samples}

    async def _told(self, reads: Any) -> list[Any]:
        """What each knows, once it has all that was accepted before."""
        await asyncio.gather(*(one.session.catch_up() for one in self._all))
        return [reads(one.session) for one in self._all]

    async def leave(self) -> None:
        for one in self._all:
            await one.leave_off()


async def main() -> None:
    reader = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with AsyncExitStack() as stack:
        audience = Audience(stack)
        async for raw in reader:
            order = json.loads(raw)
            answer: dict[str, Any] = {}
            try:
                answer["is"] = await getattr(audience, order.pop("do"))(**order)
            except CollabError as error:
                answer["refused"] = error.code
                answer["why"] = str(error)
            print(json.dumps(answer), flush=True)
        await audience.leave()


if __name__ == "__main__":
    asyncio.run(main())
