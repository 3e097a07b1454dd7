"""Asking for the right: a queue that all see, and that the master answers or leaves alone."""

from collections.abc import Iterator

import pytest

from collab_kernel.core.commands import Request
from collab_kernel.core.stimuli import Ask, Join
from collab_kernel.errors import NotAllowedError, NotMasterError
from collab_kernel.spi import (
    DeclineRequest,
    EventKind,
    Promote,
    RequestRight,
    Role,
    WithdrawRequest,
)
from collab_kernel.testing.simulator import World
from collab_policy_master_slave.policy import MasterSlavePolicy

ANN, BOB, CID, DAN = 1, 2, 3, 4


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob", "cid", "dan"], "ann", policy=MasterSlavePolicy()) as world:
        yield world
        world.settle()
        world.check()


def ask_for_it(world: World, *names: str) -> None:
    for name in names:
        assert world[name].ask(RequestRight()) is not None


def test_requests_queue_in_order_and_all_see_the_queue(world: World) -> None:
    ask_for_it(world, "dan", "bob", "cid")
    for player in world.players.values():
        assert player.mirror.state.requests == (DAN, BOB, CID)
    world.join("eve", Role.VIEWER)
    assert world["eve"].mirror.state.requests == (DAN, BOB, CID)
    assert world.state.master == ANN


def test_a_request_is_an_event_that_says_who_asks(world: World) -> None:
    event = world["bob"].ask(RequestRight())
    assert event is not None
    assert (event.kind, event.label) == (EventKind.RIGHT, "bob asks for the right")


def test_who_asks_twice_stands_in_the_queue_once_and_keeps_the_place(world: World) -> None:
    ask_for_it(world, "bob", "cid")
    assert world["bob"].ask(RequestRight()) is None
    assert world.state.requests == (BOB, CID)


def test_who_has_the_right_need_not_ask_for_it(world: World) -> None:
    assert world["ann"].ask(RequestRight()) is None
    assert world.state.requests == ()


def test_the_master_grants_and_the_others_keep_their_places(world: World) -> None:
    ask_for_it(world, "bob", "cid", "dan")
    world["ann"].ask(Promote(CID))
    assert world.state.master == CID
    assert world.state.requests == (BOB, DAN)


def test_the_new_master_answers_those_who_still_ask(world: World) -> None:
    ask_for_it(world, "bob", "cid")
    world["ann"].ask(Promote(CID))
    with pytest.raises(NotMasterError, match="ask cid"):
        world["ann"].ask(DeclineRequest(BOB))
    world["cid"].ask(Promote(BOB))
    assert (world.state.master, world.state.requests) == (BOB, ())


def test_the_master_declines(world: World) -> None:
    ask_for_it(world, "bob", "cid")
    world["ann"].ask(DeclineRequest(BOB))
    assert (world.state.master, world.state.requests) == (ANN, (CID,))


def test_declining_whoever_does_not_ask_changes_nothing(world: World) -> None:
    ask_for_it(world, "bob")
    assert world["ann"].ask(DeclineRequest(CID)) is None
    assert world.state.requests == (BOB,)


def test_a_slave_can_neither_grant_nor_decline(world: World) -> None:
    ask_for_it(world, "bob")
    for command in (Promote(BOB), DeclineRequest(BOB)):
        with pytest.raises(NotMasterError, match="ann has it: ask ann"):
            world["bob"].ask(command)
    assert world.state.requests == (BOB,)


def test_an_owner_grants_and_declines_in_the_masters_place(world: World) -> None:
    world.join("olga", Role.OWNER)
    ask_for_it(world, "bob", "cid")
    world["olga"].ask(DeclineRequest(BOB))
    world["olga"].ask(Promote(CID))
    assert (world.state.master, world.state.requests) == (CID, ())


def test_the_master_takes_no_notice_and_the_queue_stays(world: World) -> None:
    ask_for_it(world, "bob")
    world.tick(3600.0)
    assert (world.state.master, world.state.requests) == (ANN, (BOB,))


def test_who_asked_takes_it_back(world: World) -> None:
    ask_for_it(world, "bob", "cid")
    world["bob"].ask(WithdrawRequest())
    assert world.state.requests == (CID,)
    assert world["bob"].ask(WithdrawRequest()) is None


def test_who_asks_again_after_taking_it_back_stands_at_the_end(world: World) -> None:
    ask_for_it(world, "bob", "cid")
    world["bob"].ask(WithdrawRequest())
    ask_for_it(world, "bob")
    assert world.state.requests == (CID, BOB)


def test_a_viewer_stands_in_no_queue(world: World) -> None:
    world.join("eve", Role.VIEWER)
    with pytest.raises(NotAllowedError, match="eve may not ask for the right: viewers look"):
        world["eve"].ask(RequestRight())
    assert world["eve"].ask(WithdrawRequest()) is None
    assert world.state.requests == ()


def test_who_leaves_asks_no_more(world: World) -> None:
    ask_for_it(world, "bob", "cid")
    world.leave("bob")
    assert world.state.requests == (CID,)


def test_who_is_lost_asks_no_more(world: World) -> None:
    ask_for_it(world, "bob", "cid")
    world.lose("bob")
    assert world.state.requests == (CID,)


def test_who_comes_back_may_ask_again(world: World) -> None:
    ask_for_it(world, "bob", "cid")
    world.step(Join(99, resume=world.lose("bob")))
    world.step(Ask(BOB, Request(99, RequestRight())))
    assert world.state.requests == (CID, BOB)


def test_who_inherits_the_right_asks_no_more(world: World) -> None:
    ask_for_it(world, "cid", "bob")
    world.leave("ann")
    assert (world.state.master, world.state.requests) == (BOB, (CID,))


# -- while the master is lost ----------------------------------------------------------------


def test_while_the_master_is_lost_a_request_is_granted_at_once(world: World) -> None:
    world.lose("ann")
    ask_for_it(world, "cid")
    assert (world.state.master, world.state.requests) == (CID, ())


def test_who_asked_before_the_master_was_lost_asks_again_and_has_it(world: World) -> None:
    ask_for_it(world, "bob", "cid")
    world.lose("ann")
    assert world.state.master == ANN  # until then it waits
    ask_for_it(world, "cid")
    assert (world.state.master, world.state.requests) == (CID, (BOB,))


def test_what_was_granted_on_request_is_not_taken_back(world: World) -> None:
    world.lose("ann")
    ask_for_it(world, "cid")
    world.tick(1.0)
    world.step(Join(99, resume=ANN))
    assert world.state.master == CID


def test_no_viewers_request_is_granted_while_the_master_is_lost(world: World) -> None:
    world.join("eve", Role.VIEWER)
    world.lose("ann")
    with pytest.raises(NotAllowedError, match="viewers look"):
        world["eve"].ask(RequestRight())
    assert world.state.master == ANN
