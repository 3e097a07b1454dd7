"""What happens in a class, part by part: each has figures, and says by AssertionErrors what is
wrong whatever the machine. What only a quiet machine can show is for `__main__` to hold against.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from .room import LARGE, SMALL, RefusedOrderError, Room
from .screen import Seen

WARM_UP = 3
REST_S = 0.4
"""Between changes: what moves has come to rest, and nothing is on its way."""

IDLE_S = 10.0
RESTS_WITHIN_S = 60.0
HELD_S = 5.0
CAMERAS_PER_S = 10.0

ONE_EXTRACTION = Counter(DescribeScene=1, FetchGeometry=1)
"""What there is, and the geometry of the only thing that has changed."""


def load() -> float:
    """How many processes have wanted to run, on the average of the last minute."""
    return os.getloadavg()[0]


@dataclass(frozen=True, slots=True)
class Change:
    """How long a change took until its picture was seen, in seconds. full: in full.
    onlookers: each one's first picture of it; () where there are none."""

    teacher_s: float
    teacher_full_s: float
    student_s: float = 0.0
    onlookers: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """A series of them. load: of the machine, at its end."""

    all: tuple[Change, ...]
    load: float

    def median(self, of: Callable[[Change], float]) -> float:
        return statistics.median(of(change) for change in self.all)


@dataclass(frozen=True, slots=True)
class Used:
    """Parts of a core that the server and its renderer have used, and for how long."""

    server: float
    renderer: float
    over_s: float
    load: float


# -- changes and their pictures ------------------------------------------------------------------


async def alone(room: Room, changes: int) -> Changes:
    """The teacher changes something, with nobody else there."""
    return await _changes(changes, lambda radius: change_alone(room, radius))


async def together(room: Room, changes: int) -> Changes:
    """The teacher changes something, and everybody looks on."""
    return await _changes(changes, lambda radius: change_together(room, radius))


async def _changes(count: int, change: Callable[[float], Awaitable[Change]]) -> Changes:
    radii = itertools.cycle((SMALL, LARGE))
    found = []
    for _ in range(WARM_UP + count):
        found.append(await change(next(radii)))
        await asyncio.sleep(REST_S)
    return Changes(tuple(found[WARM_UP:]), load())


async def change_alone(room: Room, radius: float) -> Change:
    seen = await room.teacher.set_radius(radius)
    return Change(seen.first_s - seen.asked_s, seen.full_s - seen.asked_s)


async def change_together(room: Room, radius: float) -> Change:
    await room.student.begin()
    await room.audience.do("came")
    mine = await room.teacher.set_radius(radius)
    revision = await room.teacher.revision()
    theirs: Seen = await room.student.seen()
    await room.audience.do("has_seen", revision=revision)
    came = await room.audience.do("came")
    first = [min(at_s for r, _, at_s, _ in pictures if r >= revision) for pictures in came]
    return Change(
        mine.first_s - mine.asked_s,
        mine.full_s - mine.asked_s,
        theirs.first_s - mine.asked_s,
        tuple(at_s - mine.asked_s for at_s in first),
    )


@dataclass(frozen=True, slots=True)
class HeldUp:
    """pictures_per_s: at the teacher.  theirs: of all that were drawn meanwhile, the part that the
    teacher has seen."""

    pictures_per_s: float
    theirs: float
    load: float


async def held_up_alone(room: Room) -> HeldUp:
    """The teacher raises the radius step by step and lowers it again, with nobody else there."""
    _, per_s = await room.teacher.hold_up(HELD_S)
    await _put_back(room)
    return HeldUp(per_s, 1.0, load())


async def held_up_together(room: Room) -> HeldUp:
    """The same, and everybody looks on."""
    before = await room.audience.do("answers")
    pictures, per_s = await room.teacher.hold_up(HELD_S)
    after = await room.audience.do("answers")
    await _put_back(room)
    await room.audience.do("has_seen", revision=await room.teacher.revision())
    drawn = after["RenderImage"] - before["RenderImage"]
    return HeldUp(per_s, pictures / drawn, load())


async def _put_back(room: Room) -> None:
    for radius in (2 * LARGE, LARGE):  # wherever it was left: both are seen to be another
        await room.teacher.set_radius(radius)
        await asyncio.sleep(REST_S)


# -- what it costs -------------------------------------------------------------------------------


async def at_rest(room: Room, idle_s: float = IDLE_S) -> Used:
    """Nobody changes anything. Nothing is drawn, once everybody has had their picture."""
    async with asyncio.timeout(RESTS_WITHIN_S):
        while (before := await room.audience.do("answers")) != await _answers_later(room):
            pass
    await room.audience.do("came")
    used = await _used(room, asyncio.sleep(idle_s))
    came = await room.audience.do("came")
    assert await room.audience.do("answers") == before, "the renderer was asked for nothing new"
    assert all(len(pictures) <= 1 for pictures in came), "pictures were sent of nothing new"
    return used


async def _answers_later(room: Room) -> dict[str, int]:
    await asyncio.sleep(REST_S)
    found: dict[str, int] = await room.audience.do("answers")
    return found


async def _used(room: Room, meanwhile: Awaitable[Any]) -> Used:
    """What is used until something is done."""
    now_s = asyncio.get_running_loop().time
    began_s, before = now_s(), room.used_s()
    await meanwhile
    after, over_s = room.used_s(), now_s() - began_s
    server, renderer = ((b - a) / over_s for a, b in zip(before, after, strict=True))
    return Used(server, renderer, over_s, load())


@dataclass(frozen=True, slots=True)
class LookedAround:
    """answers: of the renderer to a change, while everybody draws by themselves, by the kind of
    the question.  used: while everybody looks around.  cameras: that were sent meanwhile."""

    answers: Counter[str]
    used: Used
    cameras: int


async def look_around(room: Room, seconds: float = IDLE_S) -> LookedAround:
    """Everybody draws by themselves, and looks around on their own. The renderer draws nothing."""
    pages = (room.teacher, room.student)
    for page in pages:
        await page.draw("Automatic")
    await room.audience.do("draw")
    await room.audience.do("has_seen", revision=await room.teacher.revision())
    before = Counter(await room.audience.do("answers"))
    await _change_drawn(room, SMALL)
    after = Counter(await room.audience.do("answers"))
    for page in pages:
        page.sent.clear()
        page.received.clear()
    steps = round(seconds * CAMERAS_PER_S)
    turning = room.audience.do("turn", seconds=seconds, per_s=CAMERAS_PER_S)
    used = await _used(room, asyncio.gather(turning, *(page.turn(steps) for page in pages)))
    assert await room.audience.do("answers") == after, "the renderer was asked while all turned"
    for page in pages:
        assert page.sent["presence"] > 0, "a page was turned, and nobody was told"
        assert not page.sent["query"] + page.sent["watch"], page.sent
        assert not page.received["frame"], "the server has drawn for a page that draws by itself"
    cameras = steps * room.others + sum(page.sent["presence"] for page in pages)
    return LookedAround(after - before, used, cameras)


async def _change_drawn(room: Room, radius: float) -> None:
    """A change that everybody draws by themselves."""
    await room.student.begin()
    await room.teacher.set_radius(radius)
    revision = await room.teacher.revision()
    await room.student.seen()
    await room.audience.do("has_seen", revision=revision)
    for page in (room.teacher, room.student):
        await page.drawn_by("local")


async def look_together(room: Room) -> None:
    """The server draws again, and everybody follows whoever steers."""
    for page in (room.teacher, room.student):
        await page.draw("On the server")
    await room.student.page.keyboard.press("f")
    await room.student.sees("you follow their view")
    await room.audience.do("follow")
    await room.audience.do("watch")


# -- who steers ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queue:
    """order: as they have asked.  granted: whom the teacher let steer, in the middle of it."""

    order: tuple[str, ...]
    granted: str


async def queue_up(room: Room, seed: int) -> Queue:
    """Many ask to steer, one after another; the teacher lets one of them, who hands back."""
    names = room.audience.names
    asking = list(range(room.may_steer))
    Random(seed).shuffle(asking)
    order = [names[n] for n in asking]
    for number in asking:
        await room.audience.do("request", who=number)
    await _all_see_the_queue(room, order)
    viewer, me = room.others - 1, room.audience.ids[-1]
    await _is_refused(room, "request", "refused.not_allowed", who=viewer)
    await _is_refused(room, "promote", "refused.not_allowed", who=viewer, participant=me)
    await _is_refused(room, "set_radius", "refused.not_allowed", who=viewer, radius=SMALL)
    await _all_see_the_queue(room, order)
    granted = order.pop(len(order) // 2)
    await room.teacher.show("People")
    await room.teacher.press(f"Grant it to {granted}")
    await room.student.sees(f"{granted} steers")
    assert set(await room.audience.do("masters")) == {granted}
    await _all_see_the_queue(room, order)
    await _hand_back(room, names.index(granted))
    await _all_see_the_queue(room, order)
    return Queue(tuple(names[n] for n in asking), granted)


async def _all_see_the_queue(room: Room, order: list[str]) -> None:
    for queue in await room.audience.do("queues"):
        assert queue == order
    revision = await room.audience.do("revision")
    for page in (room.teacher, room.student):
        await page.reached(revision)
        assert await page.queue() == order


async def _hand_back(room: Room, who: int) -> None:
    teacher = await room.audience.do("id_of", name="Teacher")
    await room.audience.do("promote", who=who, participant=teacher)
    await room.student.sees("Teacher steers")


async def _is_refused(room: Room, order: str, code: str, **arguments: object) -> None:
    refusal = ""
    try:
        await room.audience.do(order, **arguments)
    except RefusedOrderError as error:
        refusal = error.code
    assert refusal == code, f"{order} was not refused as {code!r}, but {refusal!r}"


# -- who speaks ----------------------------------------------------------------------------------


async def keep_quiet(room: Room) -> None:
    """The teacher mutes everybody: nobody else says or points at anything until they may again."""
    speakers = {"collaborator": 0, "viewer": room.others - 1}
    pointing = {room.audience.names[who] for who in speakers.values()}
    said = await room.audience.do("said")
    for role, who in speakers.items():
        await room.audience.do("chat", who=who, text=f"a {role} speaks")
        await room.audience.do("point", who=who, x=0.4, y=0.6)
    expected = [*said[0], *(f"a {role} speaks" for role in speakers)]
    await _all_see(room, expected, pointing)

    await room.teacher.show("People")
    await room.teacher.press("Mute everyone")
    await room.student.sees("asks for quiet")
    for who in speakers.values():
        await _is_refused(room, "chat", "refused.not_allowed", who=who, text="psst")
        await room.audience.do("point", who=who, x=0.5, y=0.5)
    await room.student.show("Chat")
    assert await room.student.may_not_speak()
    await room.teacher.say("now listen")
    await room.student.sees("now listen")
    await room.teacher.press("Show my pointer to the others")
    await room.teacher.point(0.3, 0.7)
    expected.append("now listen")
    await _all_see(room, expected, {"Teacher"})

    await room.teacher.show("People")
    await room.teacher.press("Let everyone chat and point")
    for role, who in speakers.items():
        await room.audience.do("chat", who=who, text=f"a {role} speaks again")
        await room.audience.do("point", who=who, x=0.6, y=0.4)
    expected += (f"a {role} speaks again" for role in speakers)
    await room.teacher.press("Hide my pointer from the others")
    await _all_see(room, expected, pointing)
    await room.student.say("so do I")
    await room.teacher.show("Chat")
    await room.teacher.sees("so do I")


async def _all_see(room: Room, said: list[str], pointing: set[str]) -> None:
    for texts in await room.audience.do("said"):
        assert texts == said
    await room.audience.do("sees_pointers", names=sorted(pointing))
    for page, name in ((room.teacher, "Teacher"), (room.student, "Student")):
        await page.sees_pointers(sorted(pointing - {name}))


async def agree(room: Room) -> None:
    """Everybody has the same."""
    digests = set(await room.audience.do("digests"))
    revision = await room.audience.do("revision")
    for page in (room.teacher, room.student):
        await page.reached(revision)
        digests.add(await page.digest())
    assert len(digests) == 1, "not everybody has the same"
