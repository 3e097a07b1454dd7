"""Who asks much waits behind themselves, and who looks around waits for nobody's bulk."""

import asyncio
import math
from collections.abc import AsyncIterator

import pytest

from collab_kernel.client import Progress, Session, connect
from collab_kernel.core.queries import (
    MAX_IMAGE_SIDE_PX,
    FetchData,
    FetchRows,
    FitCamera,
    Pick,
    Query,
    RenderImage,
    SaveData,
    SelectOn,
    UpdatePipeline,
)
from collab_kernel.core.scene import DescribeScene, FetchGeometry
from collab_kernel.host.questions import (
    AT_ONCE,
    AT_WORK_S,
    HELD_BACK_S,
    TIMES_AS_LONG,
    Asked,
    Questions,
    may_take_long,
)
from collab_kernel.server import Server
from collab_kernel.testing.toy import TOY

WITHIN_S = 30.0
ADA, BOB, EVE = 1, 2, 3

SMALL = RenderImage(1, 400, 300)
HUGE = RenderImage(1, MAX_IMAGE_SIDE_PX, MAX_IMAGE_SIDE_PX)


class Desk:
    """Questions, and a renderer that answers those that it has in order."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.questions = Questions()
        self.given: list[Asked] = []

    def ask(self, by: int, *queries: Query) -> list[Asked]:
        loop = asyncio.get_running_loop()
        asked = [self.questions.add(q, by, self.now_s, loop.create_future()) for q in queries]
        self.go_on()
        return asked

    def go_on(self) -> None:
        while (asked := self.questions.next(self.now_s)) is not None:
            self.given.append(asked)

    def answer(self, after_s: float = 0.0) -> Asked:
        self.now_s += after_s
        asked = self.questions.answered(self.questions.sent[0].number, self.now_s)
        assert asked is not None
        self.go_on()
        return asked

    def answered_by(self, most: int) -> list[int]:
        """Whose questions are answered, one after the other."""
        order = []
        while self.questions.sent and len(order) < most:
            order.append(self.answer().by)
        return order


@pytest.fixture
async def desk() -> Desk:
    return Desk()


# -- turns -----------------------------------------------------------------------------------


async def test_each_participant_is_answered_in_turn_however_many_they_ask(desk: Desk) -> None:
    desk.ask(EVE, *[SMALL] * 5)
    desk.ask(ADA, SMALL, SMALL)
    desk.ask(BOB, SMALL)
    assert desk.answered_by(9) == [EVE, ADA, BOB, EVE, ADA, EVE, EVE, EVE]


async def test_who_asks_one_by_one_does_not_pass_who_waits_already(desk: Desk) -> None:
    desk.ask(BOB, HUGE, HUGE, HUGE)
    order = []
    for _ in range(6):
        desk.ask(EVE, HUGE)
        order.append(desk.answer().by)
    assert order == [BOB, EVE, BOB, EVE, BOB, EVE]


async def test_the_renderer_has_few_questions_and_one_of_each(desk: Desk) -> None:
    desk.ask(EVE, *[SMALL] * 5)
    assert [asked.by for asked in desk.questions.sent] == [EVE]
    for who in range(10, 20):
        desk.ask(who, SMALL)
    assert [asked.by for asked in desk.questions.sent] == [EVE, 10]
    assert len(desk.questions.sent) == AT_ONCE


async def test_ones_own_are_answered_in_the_order_of_asking_by_rising_numbers(desk: Desk) -> None:
    asked = desk.ask(EVE, SMALL, UpdatePipeline(1), SMALL, Pick(1, 0.0, 0.0))
    desk.answered_by(9)
    assert desk.given == asked
    assert [a.number for a in asked] == [1, 2, 3, 4]


async def test_what_was_taken_back_while_it_waited_never_goes_to_the_renderer(desk: Desk) -> None:
    first, second, third = desk.ask(EVE, SMALL, SMALL, SMALL)
    assert not desk.questions.withdrawn(second)
    assert desk.questions.withdrawn(first), "the renderer has it, and has to be told"
    desk.answered_by(9)
    assert desk.given == [first, third]


async def test_what_was_taken_back_and_is_with_the_renderer_keeps_its_place_until_it_is_done(
    desk: Desk,
) -> None:
    [huge] = desk.ask(EVE, HUGE)
    huge.answer.cancel()
    assert desk.questions.withdrawn(huge)
    desk.ask(EVE, HUGE)
    assert desk.given == [huge]
    assert len(desk.questions) == 1


async def test_another_renderer_gets_what_the_last_one_had_and_somebody_waits_for(
    desk: Desk,
) -> None:
    [one], [two] = desk.ask(ADA, SMALL), desk.ask(BOB, SMALL)
    one.answer.cancel()
    assert desk.questions.again(desk.now_s) == [two]


# -- what may take long ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "long"),
    [
        (SMALL, False),
        (RenderImage(1, 3840, 2160), False),
        (RenderImage(1, 3840, 2161), True),
        (HUGE, True),
        (Pick(1, 0.5, 0.5), False),
        (Pick(1, 0.5, 0.5, 8192, 8192), True),
        (SelectOn(1, (0.0, 0.0, 1.0, 1.0)), False),
        (UpdatePipeline(1), False),
        (FitCamera(1), False),
        (FetchRows(1), False),
        (FetchRows(1, sort_by="Temp"), True),
        (FetchGeometry(bytes(32)), False),
        (FetchData(1), True),
        (DescribeScene(1), True),
        (SaveData(1, 0, "x.vtu"), True),
    ],
)
def test_data_files_and_huge_pictures_may_take_long(query: Query, long: bool) -> None:
    assert may_take_long(query) is long


async def test_who_looks_around_goes_before_what_may_take_long(desk: Desk) -> None:
    desk.ask(EVE, UpdatePipeline(1))
    [data], [pick] = desk.ask(BOB, FetchData(1)), desk.ask(ADA, Pick(1, 0.0, 0.0))
    desk.answered_by(2)
    assert desk.given[1:] == [pick]
    desk.now_s += HELD_BACK_S
    desk.go_on()
    assert desk.given[2:] == [data]


async def test_what_may_take_long_goes_alone(desk: Desk) -> None:
    [huge] = desk.ask(EVE, HUGE)
    desk.ask(ADA, SMALL)
    desk.ask(BOB, SMALL)
    assert desk.questions.sent == [huge]
    desk.answer()
    assert [asked.by for asked in desk.questions.sent] == [ADA, BOB]


async def test_huge_pictures_leave_most_of_the_time_to_those_who_are_at_work(desk: Desk) -> None:
    """However many ask for them: not even in the moment between one picture and the next
    question of whoever turns it."""
    for who in (EVE, 9, 10):
        desk.ask(who, *[HUGE] * 100)
    took, began_s, next_s = {True: 0.0, False: 0.0}, desk.now_s, desk.now_s
    while desk.now_s < began_s + 100.0:
        if not desk.questions.sent:  # Ada asks next
            desk.now_s, next_s = next_s, math.inf
            desk.ask(ADA, SMALL)
            continue
        work_s = 2.0 if desk.questions.sent[0].long else 0.02
        done_s = desk.now_s + work_s
        if next_s < done_s:  # Ada asks meanwhile
            desk.now_s, next_s = next_s, math.inf
            desk.ask(ADA, SMALL)
        answered = desk.answer(done_s - desk.now_s)
        took[answered.long] += work_s
        if answered.by == ADA:
            next_s = desk.now_s + 0.005
    assert 0 < took[True] <= 100.0 / TIMES_AS_LONG
    assert took[False] >= 50.0


async def test_who_asks_alone_has_all_of_the_time(desk: Desk) -> None:
    asked = desk.ask(EVE, SMALL, *[FetchData(1)] * 5)
    for _ in asked:
        desk.answer(2.0)
    assert desk.given == asked


async def test_what_was_held_back_goes_once_nobody_else_is_at_work(desk: Desk) -> None:
    desk.ask(EVE, HUGE, HUGE)
    desk.answer(10.0)
    desk.answer(10.0)
    desk.ask(ADA, SMALL)
    [huge] = desk.ask(EVE, HUGE)
    desk.answer()
    assert not desk.questions.sent
    assert desk.questions.due_s(desk.now_s) == desk.now_s + AT_WORK_S
    desk.now_s += AT_WORK_S
    desk.go_on()
    assert desk.questions.sent == [huge]


# -- with a renderer -------------------------------------------------------------------------


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server(["memory://turns:0"], renderer=TOY, multi_clients=True) as server:
        yield server


@pytest.fixture
async def ada(server: Server) -> AsyncIterator[Session]:
    session = await connect(server.addresses[0], "Ada")
    yield session
    await session.close()


async def test_one_picture_does_not_wait_for_all_that_another_has_asked(
    server: Server, ada: Session
) -> None:
    eve = await connect(server.addresses[0], "Eve")
    trouble = await ada.create("sources", "Trouble", Mischief="Wait")
    await ada.show(trouble)
    await eve.catch_up()
    presence, order = ada.presence(), []

    async def ask(session: Session, query: Query, name: str) -> None:
        await session.ask(query)
        order.append(name)

    busy = asyncio.create_task(trouble.update())
    async with asyncio.timeout(WITHIN_S):
        while await anext(presence) != Progress(trouble.id, 0.25, "waiting"):
            pass
    view = ada.views[0].id
    questions = [ask(eve, RenderImage(view, 4, 2, "raw"), "eve") for _ in range(4)]
    renderer = server.sessions["main"].renderer
    assert renderer is not None
    async with asyncio.timeout(WITHIN_S):
        floods = [asyncio.create_task(question) for question in questions]
        while len(renderer._questions) < 5:
            await asyncio.sleep(0)
        await ask(ada, RenderImage(view, 4, 2, "raw"), "ada")
        await asyncio.gather(busy, *floods)
    assert order.index("ada") <= 1
    await eve.close()
