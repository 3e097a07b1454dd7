"""One step costs the same in a small session and in a large one: counted, not timed."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from collab_kernel.core.commands import (
    Connect,
    Create,
    Delete,
    Edit,
    Link,
    Propose,
    Register,
    Set,
    Undo,
)
from collab_kernel.core.links import MAX_ENDS, linked
from collab_kernel.core.state import LinkEnd, LinkKind
from collab_kernel.core.values import Input, guess
from collab_kernel.errors import InvalidCommandError, UnknownPropertyError
from collab_kernel.testing.player import Player
from collab_kernel.testing.simulator import World

SMALL, LARGE = 10, 10_000

Step = Callable[[Player, int], object]


def calls(step: Callable[[], object]) -> int:
    """How many functions are called, those of C included."""
    count = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    sys.setprofile(profile)
    try:
        step()
    finally:
        sys.setprofile(None)
    return count


def crowded(proxies: int) -> tuple[World, int]:
    """A session of so many proxies, and one that is nobody's input."""
    world = World(0, ["ann"], "ann")
    ann = world["ann"]
    size = 1_000
    for start in range(0, proxies, size):
        few = range(min(size, proxies - start))
        ann.edit(*(Create(ann.new_id(), "sources", "SphereSource") for _ in few))
    world.join("bob")
    return world, ann.create("filters", "ShrinkFilter")


@pytest.fixture(scope="module")
def worlds() -> list[tuple[World, int]]:
    return [crowded(SMALL), crowded(LARGE)]


def refused(player: Player, id: int) -> None:
    with pytest.raises(UnknownPropertyError):
        player.set(id, Nope=1)


STEPS: dict[str, Step] = {
    "create": lambda ann, _: ann.create("sources", "Specimen", "Named"),
    "create with the next free name": lambda ann, _: ann.create("filters", "Clip"),
    "set": lambda ann, id: ann.set(id, ShrinkFactor=0.25),
    "connect": lambda ann, id: ann.edit(Connect(id, "Input", Input((1 << 32) + 1))),
    "rename": lambda ann, id: ann.edit(Register(id, "Renamed")),
    "refuse": lambda ann, id: refused(ann, id),
    "delete": lambda ann, _: ann.edit(Delete(ann.create("sources", "Specimen"))),
    "undo": lambda ann, _: ann.ask(Undo()),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_of_the_session_and_of_its_mirrors_costs_the_same_at_ten_thousand_proxies(
    worlds: list[tuple[World, int]], name: str
) -> None:
    step = STEPS[name]
    small, large = (calls(lambda w=w, id=id: step(w["ann"], id)) for w, id in worlds)  # type: ignore[misc]
    assert large <= small * 1.1 + 20, f"{small} calls at {SMALL} proxies, {large} at {LARGE}"


def test_the_next_free_name_is_found_in_few_steps(worlds: list[tuple[World, int]]) -> None:
    small, large = (
        calls(lambda w=w: w["ann"].create("sources", "SphereSource"))  # type: ignore[misc]
        for w, _ in worlds
    )
    assert large <= small + 40 * 14  # it is found by halving


def test_the_count_sees_a_step_that_grows() -> None:
    few, many = (calls(lambda n=n: sorted(range(n), key=lambda x: -x)) for n in (10, 1_000))  # type: ignore[misc]
    assert many > few + 500
    assert Edit(()).operations == ()


def test_each_link_is_looked_at_once_however_many_of_its_ends_are_reached() -> None:
    world = World(0, ["ann"], "ann")
    ann = world["ann"]
    ball, *others = (ann.create("sources", "SphereSource") for _ in range(MAX_ENDS))
    ends = tuple(LinkEnd(id, "Radius") for id in (ball, *others))
    property = world.state.definition(ball).property("Radius")
    costs = []
    for number in range(20):
        ann.edit(Link(f"{number}", LinkKind.PROPERTY, ends))
        costs.append(calls(lambda: linked(world.state, ball, property)))
    assert set(linked(world.state, ball, property)) == {*ends} - {ends[0]}
    assert costs[19] < 3 * costs[9]


def test_a_proposal_takes_little_of_everybodys_time_whatever_it_asks_for() -> None:
    world = World(0, ["ann", "bob"], "ann")
    ann, bob = world["ann"], world["bob"]
    balls = [ann.create("sources", "SphereSource") for _ in range(MAX_ENDS)]
    links = tuple(
        Link(f"{number}", LinkKind.PROXY, tuple(map(LinkEnd, balls))) for number in range(40)
    )
    sets = tuple(Set(balls[0], (("Radius", guess(1.0 + n)),)) for n in range(200))
    with pytest.raises(InvalidCommandError, match="too much at once"):
        bob.ask(Propose((*links, *sets)))
    with pytest.raises(InvalidCommandError, match="at most 65536"):
        bob.ask(Propose(sets * 10))
    assert bob.ask(Propose(sets[:2])) is not None
