"""Pins: notes at places in the world, by anybody, kept in the state."""

from collections.abc import Iterator

import pytest

from collab_kernel.core import pins
from collab_kernel.core.commands import GoTo, Pause, PlacePin, Play, RemovePin, Rename, Undo
from collab_kernel.core.state import PinRow, Role, Table
from collab_kernel.core.stimuli import TimeShown
from collab_kernel.core.values import guess
from collab_kernel.errors import (
    InvalidCommandError,
    InvalidValueError,
    NothingToUndoError,
    NotMasterError,
    RefusedError,
    UnknownPinError,
)
from collab_kernel.testing.simulator import World

LOOK = (("CameraPosition", guess((1.0, 2.0, 3.0))),)


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob"], "ann") as world:
        world.join("vic", Role.VIEWER)
        world["ann"].create("views", "RenderView")
        yield world
        world.settle()
        world.check()
        world.check_replay()


def place(world: World, who: str, text: str = "look here") -> int:
    """The number of the pin."""
    [view] = world.state.proxies
    event = world[who].ask(PlacePin(text, (0.5, -0.0, 2.0), view, LOOK))
    assert event is not None
    return event.revision


def pinned(world: World) -> dict[int, PinRow]:
    return dict(world.state.table(Table.PINS))


def test_any_participant_may_leave_a_pin(world: World) -> None:
    for who in ("ann", "bob", "vic"):
        place(world, who)
    assert [row.author_name for _, row in sorted(pinned(world).items())] == ["ann", "bob", "vic"]
    assert dict(world["bob"].mirror.state.table(Table.PINS)) == pinned(world)


def test_a_pin_that_is_left_while_it_plays_has_the_time_that_is_shown(world: World) -> None:
    world["ann"].ask(Play((1.0, 2.0, 3.0), speed=1.0))
    world.step(TimeShown(1.0))
    world.tick(1.0)
    number = place(world, "bob")
    assert pinned(world)[number].time == 2.0
    world["ann"].ask(Pause())


def test_a_pin_keeps_text_author_place_camera_and_time(world: World) -> None:
    world["ann"].ask(GoTo(2.5))
    number = place(world, "bob", "  here:\nand there  ")
    row = pinned(world)[number]
    assert (row.author, row.author_name) == (world["bob"].id, "bob")
    assert row.text == "here:\nand there"
    assert repr(row.position) == "(0.5, 0.0, 2.0)"
    assert row.values == LOOK
    assert row.time == 2.5
    assert row.time_s == world.session.now_s


def test_a_pin_outlives_its_author_and_keeps_the_name_they_had(world: World) -> None:
    number = place(world, "bob")
    world["bob"].ask(Rename("Robert"))
    world.leave("bob")
    assert pinned(world)[number].author_name == "bob"


def test_ones_own_pins_and_for_the_master_all_can_be_removed(world: World) -> None:
    own, other = place(world, "vic"), place(world, "ann")
    with pytest.raises(RefusedError, match="remove the pins of others"):
        world["vic"].ask(RemovePin(other))
    world["vic"].ask(RemovePin(own))
    with pytest.raises(NotMasterError, match="ann"):
        world["bob"].ask(RemovePin(other))
    world["ann"].ask(RemovePin(place(world, "bob")))
    assert list(pinned(world)) == [other]


def test_pins_are_not_undoable(world: World) -> None:
    place(world, "ann")
    world["ann"].ask(Undo())  # of the view
    with pytest.raises(NothingToUndoError):
        world["ann"].ask(Undo())
    assert pinned(world)


def test_a_pin_stays_where_its_view_was(world: World) -> None:
    number = place(world, "bob")
    world["ann"].delete(pinned(world)[number].view)
    assert number in pinned(world)


def test_a_place_or_a_look_that_can_not_be_is_refused(world: World) -> None:
    [view] = world.state.proxies
    for wrong in ((float("nan"), 0.0, 0.0), (0.0, float("inf"), 0.0)):
        with pytest.raises(InvalidValueError, match="its coordinates are finite"):
            world["bob"].ask(PlacePin("x", wrong, view))
    with pytest.raises(InvalidValueError, match="text of a pin is empty"):
        world["bob"].ask(PlacePin(" \n", (0.0, 0.0, 0.0), view))
    with pytest.raises(InvalidValueError, match="CameraPosition"):
        world["bob"].ask(PlacePin("x", (0.0, 0.0, 0.0), view, (("CameraPosition", guess("x")),)))
    shared = (("Background", guess((0.0, 0.0, 0.0))),)
    with pytest.raises(InvalidCommandError, match="Background of RenderView1 is shared"):
        world["bob"].ask(PlacePin("x", (0.0, 0.0, 0.0), view, shared))
    assert not pinned(world)


def test_a_pin_that_was_removed_is_there_no_more(world: World) -> None:
    number = place(world, "ann")
    world["ann"].ask(RemovePin(number))
    with pytest.raises(UnknownPinError, match=f"no pin {number}"):
        world["ann"].ask(RemovePin(number))


def test_pins_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "MAX_PINS", 2)
    place(world, "ann")
    place(world, "bob")
    with pytest.raises(InvalidCommandError, match="2 pins: remove one first"):
        place(world, "vic")
