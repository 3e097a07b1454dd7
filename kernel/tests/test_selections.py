"""Data selections: shared state, by output port, and undoable."""

from collections.abc import Iterator

import pytest

from collab_kernel.core.commands import Select, Undo
from collab_kernel.core.state import Table
from collab_kernel.core.values import Input
from collab_kernel.errors import InvalidValueError, NotMasterError, UnknownProxyError
from collab_kernel.testing.simulator import World


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob"], "ann") as world:
        ann = world["ann"]
        ann.create("sources", "Specimen")
        ann.create("sources", "SphereSource")
        yield world
        world.settle()
        world.check()
        world.check_replay()


def ids(world: World) -> tuple[int, int]:
    source, chosen = sorted(world.state.proxies)
    return source, chosen


def selections(world: World) -> dict[tuple[int, int], int]:
    return dict(world.state.table(Table.SELECTIONS))


def test_data_selection_is_shared_state(world: World) -> None:
    source, chosen = ids(world)
    world["ann"].edit(Select(Input(source, 1), chosen))
    assert selections(world) == {(source, 1): chosen}
    seen = world["bob"].mirror.state.table(Table.SELECTIONS)
    assert dict(seen) == selections(world)


def test_each_output_port_has_its_own_and_one_at_most(world: World) -> None:
    source, chosen = ids(world)
    other = world["ann"].create("sources", "SphereSource")
    world["ann"].edit(Select(Input(source, 0), chosen), Select(Input(source, 1), chosen))
    world["ann"].edit(Select(Input(source, 0), other))
    assert selections(world) == {(source, 0): other, (source, 1): chosen}


def test_nothing_is_selected_by_nothing(world: World) -> None:
    source, chosen = ids(world)
    world["ann"].edit(Select(Input(source), chosen))
    world["ann"].edit(Select(Input(source)))
    assert not selections(world)
    assert world["ann"].edit(Select(Input(source))) is None


def test_data_selection_is_undoable(world: World) -> None:
    source, chosen = ids(world)
    world["ann"].edit(Select(Input(source), chosen))
    world["ann"].ask(Undo())
    assert not selections(world)


def test_a_slave_selects_nothing(world: World) -> None:
    source, chosen = ids(world)
    with pytest.raises(NotMasterError, match="ann"):
        world["bob"].edit(Select(Input(source), chosen))


def test_what_is_not_there_selects_nothing_and_is_not_selected(world: World) -> None:
    source, chosen = ids(world)
    for wrong in (Select(Input(77), chosen), Select(Input(source), 77)):
        with pytest.raises(UnknownProxyError, match="77"):
            world["ann"].edit(wrong)
    with pytest.raises(InvalidValueError, match=r"2 output ports, numbered from 0: .* no port 2"):
        world["ann"].edit(Select(Input(source, 2), chosen))
    with pytest.raises(InvalidValueError, match="Specimen1 can't select of itself"):
        world["ann"].edit(Select(Input(source), source))


def test_what_is_deleted_takes_its_selection_along_and_undo_brings_it_back(world: World) -> None:
    source, chosen = ids(world)
    for gone in (source, chosen):
        world["ann"].edit(Select(Input(source), chosen))
        world["ann"].delete(gone)
        assert not selections(world)
        world["ann"].ask(Undo())
        assert selections(world) == {(source, 0): chosen}
