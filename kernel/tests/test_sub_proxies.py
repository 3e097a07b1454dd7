"""Proxies that come with another: made, handed on and deleted with it."""

from collections.abc import Iterator

import pytest

from collab_kernel.core.commands import Create, Set
from collab_kernel.core.state import Table
from collab_kernel.core.values import COUNTER_BITS, Input, guess
from collab_kernel.errors import InvalidCommandError, ProxyInUseError, UnknownProxyError
from collab_kernel.testing import invariants
from collab_kernel.testing.simulator import World


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob", "cid"], "ann") as world:
        yield world
        invariants.check_state(world.state)
        world.check()
        world.check_replay()


def test_a_sub_proxy_is_made_with_its_owner_and_goes_with_it(world: World) -> None:
    clip = world["ann"].create("filters", "Clip")
    [plane] = world.state.value(clip, "ClipFunction").references  # type: ignore[union-attr]
    row = world.state.proxy(plane)
    assert (row.type, row.owner, row.name) == ("Plane", clip, "")
    assert world.state.title(plane) == "the Plane of Clip1"
    assert plane >> COUNTER_BITS == 0  # the server's own id
    world["ann"].delete(clip)
    assert not world.state.proxies


def test_a_sub_proxy_brings_its_own_sub_proxies(world: World) -> None:
    slice = world["ann"].create("filters", "Slice")
    assert [r.type for _, r in sorted(world.state.proxies.items())] == ["Turned", "Plane", "Slice"]
    world["ann"].delete(slice)
    assert not world.state.proxies
    assert not world.state.table(Table.VALUES)


def test_no_sub_proxy_is_made_where_one_is_given(world: World) -> None:
    ann = world["ann"]
    plane = ann.create("implicit_functions", "Plane")
    clip = ann.create("filters", "Clip", ClipFunction=Input(plane))
    assert set(world.state.proxies) == {plane, clip}
    ann.delete(clip)
    assert set(world.state.proxies) == {plane}  # it was nobody's sub-proxy


def test_a_replaced_sub_proxy_is_deleted(world: World) -> None:
    ann = world["ann"]
    clip = ann.create("filters", "Clip")
    plane = ann.create("implicit_functions", "Plane")
    ann.set(clip, ClipFunction=Input(plane))
    assert set(world.state.proxies) == {clip, plane}


def test_a_sub_proxy_that_another_uses_keeps_its_owner_from_being_deleted(world: World) -> None:
    ann = world["ann"]
    clip, other = ann.create("filters", "Clip"), ann.create("filters", "Clip")
    [plane] = world.state.value(clip, "ClipFunction").references  # type: ignore[union-attr]
    ann.set(other, ClipFunction=Input(plane))
    with pytest.raises(ProxyInUseError, match=r"Clip1 can't be deleted.*Clip2 \(ClipFunction\)"):
        ann.delete(clip)


def test_a_sub_proxy_that_another_uses_becomes_theirs_when_its_owner_lets_go(world: World) -> None:
    ann = world["ann"]
    clip, other = ann.create("filters", "Clip"), ann.create("filters", "Clip")
    [plane] = world.state.value(clip, "ClipFunction").references  # type: ignore[union-attr]
    ann.set(other, ClipFunction=Input(plane))
    ann.set(clip, ClipFunction=None)
    assert world.state.proxy(plane).owner == other
    ann.delete(clip)
    ann.delete(other)
    assert not world.state.proxies


def test_a_sub_proxy_itself_can_not_be_deleted(world: World) -> None:
    clip = world["ann"].create("filters", "Clip")
    [plane] = world.state.value(clip, "ClipFunction").references  # type: ignore[union-attr]
    with pytest.raises(ProxyInUseError, match="the Plane of Clip1"):
        world["ann"].delete(plane)


def test_a_creator_brings_a_sub_proxy_of_their_own(world: World) -> None:
    ann = world["ann"]
    clip = ann.create("filters", "Clip")
    plane = ann.new_id()
    ann.edit(
        Create(plane, "implicit_functions", "Plane", owner=clip),
        Set(clip, (("ClipFunction", guess(Input(plane))),)),
    )
    assert set(world.state.proxies) == {clip, plane}  # the first one is gone
    assert (world.state.proxy(plane).owner, world.state.proxy(plane).name) == (clip, "")
    ann.delete(clip)
    assert not world.state.proxies


@pytest.mark.parametrize("owner", ["nobody", "itself"])
def test_a_sub_proxy_needs_an_owner_that_there_is(world: World, owner: str) -> None:
    ann, before = world["ann"], world.digest()
    id = ann.new_id()
    whose = id if owner == "itself" else 99
    with pytest.raises(UnknownProxyError, match=f"no proxy {whose}"):
        ann.edit(Create(id, "implicit_functions", "Plane", owner=whose))
    assert world.digest() == before


def test_a_sub_proxy_that_its_owner_does_not_name_is_refused(world: World) -> None:
    ann = world["ann"]
    clip, other = ann.create("filters", "Clip"), ann.create("filters", "Clip")
    before = world.digest()
    plane = ann.new_id()
    with pytest.raises(InvalidCommandError, match="would be used by nobody"):
        ann.edit(
            Create(plane, "implicit_functions", "Plane", owner=clip),
            Set(other, (("ClipFunction", guess(Input(plane))),)),
        )
    assert world.digest() == before
