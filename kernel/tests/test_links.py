"""Links: what is set at one end is set at all of them, in the same event, or nowhere."""

from collections.abc import Iterator

import pytest

from collab_kernel.core import links
from collab_kernel.core.commands import Create, Delete, Link, Promote, Undo, Unlink
from collab_kernel.core.events import Event, Put, SetValue
from collab_kernel.core.links import views_linked_with
from collab_kernel.core.state import LinkEnd, LinkKind, LinkRow, Table
from collab_kernel.core.values import Input, ProxyId, guess
from collab_kernel.errors import (
    LinkError,
    UndoConflictError,
    UnknownLinkError,
    UnknownPropertyError,
    UnknownProxyError,
)
from collab_kernel.testing.player import Player
from collab_kernel.testing.simulator import World

PROPERTY, PROXY, CAMERA, VIEW = LinkKind


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob"], "ann") as world:
        yield world
        world.settle()
        world.check()
        world.check_replay()


@pytest.fixture
def ann(world: World) -> Player:
    return world["ann"]


def spheres(ann: Player, count: int = 3) -> list[ProxyId]:
    return [ann.create("sources", "SphereSource") for _ in range(count)]


def link(ann: Player, *proxies: ProxyId, name: str = "l", property: str = "Radius") -> Event:
    event = ann.edit(Link(name, PROPERTY, tuple(LinkEnd(id, property) for id in proxies)))
    assert event is not None
    return event


def radii(world: World, *proxies: ProxyId) -> list[object]:
    return [value.plain for id in proxies if (value := world.state.value(id, "Radius"))]


def test_property_links_propagate_inside_the_same_event(world: World, ann: Player) -> None:
    a, b, c = spheres(ann)
    link(ann, a, b, c)
    event = ann.set(b, Radius=2.0)
    assert event is not None
    changed = [change.proxy for change in event.changes if isinstance(change, SetValue)]
    assert changed == [b, a, c]
    assert radii(world, a, b, c) == [2.0, 2.0, 2.0]


def test_linking_makes_all_ends_what_the_first_one_is(world: World, ann: Player) -> None:
    a, b, _ = spheres(ann)
    ann.set(a, Radius=1.0)
    ann.set(b, Radius=2.0)
    link(ann, b, a)
    assert radii(world, a, b) == [2.0, 2.0]


def test_links_of_links_propagate_too(world: World, ann: Player) -> None:
    a, b, c = spheres(ann)
    link(ann, a, b, name="one")
    link(ann, b, c, name="two")
    ann.set(a, Radius=3.0)
    assert radii(world, a, b, c) == [3.0, 3.0, 3.0]


def test_unlinking_leaves_the_values(world: World, ann: Player) -> None:
    a, b, _ = spheres(ann)
    link(ann, a, b)
    ann.set(a, Radius=3.0)
    ann.edit(Unlink("l"))
    ann.set(a, Radius=4.0)
    assert radii(world, a, b) == [4.0, 3.0]


def test_a_proxy_link_ties_what_the_ends_have_in_common(world: World, ann: Player) -> None:
    ball, specimen = ann.create("sources", "SphereSource"), ann.create("sources", "Specimen")
    other = ann.create("sources", "SphereSource")
    ann.edit(Link("both", PROXY, (LinkEnd(ball), LinkEnd(specimen))))
    ann.set(specimen, Radius=7.0, Count=4, Helper=Input(other))
    assert radii(world, ball) == [7.0]
    ann.set(ball, Center=(1.0, 2.0, 3.0))
    assert world.state.value(specimen, "Center") == guess((1.0, 2.0, 3.0))


def test_a_proxy_link_does_not_connect_what_the_other_is_connected_to(
    world: World, ann: Player
) -> None:
    source = ann.create("sources", "SphereSource")
    one, other = (ann.create("filters", "ShrinkFilter") for _ in range(2))
    ann.edit(Link("both", PROXY, (LinkEnd(one), LinkEnd(other))))
    ann.set(one, Input=Input(source), ShrinkFactor=0.25)
    assert world.state.value(other, "ShrinkFactor") == guess(0.25)
    connected = world.state.value(other, "Input")
    assert connected is not None
    assert not connected.elements


def test_what_one_end_can_not_take_is_refused_for_all(world: World, ann: Player) -> None:
    source = ann.create("sources", "SphereSource")
    shrink = ann.create("filters", "ShrinkFilter")
    ends = (LinkEnd(shrink, "ShrinkFactor"), LinkEnd(source, "Radius"))
    ann.edit(Link("odd", PROPERTY, ends))
    before = world.revision
    with pytest.raises(LinkError, match=r"ShrinkFactor of Shrink1: .*from 0 to 1"):
        ann.set(source, Radius=2.0)
    assert world.revision == before
    assert radii(world, source) == [0.5]


def test_a_link_that_would_close_a_circle_is_refused(world: World, ann: Player) -> None:
    first, second = (ann.create("filters", "ShrinkFilter") for _ in range(2))
    ann.set(second, Input=Input(first))
    ends = (LinkEnd(second, "Input"), LinkEnd(first, "Input"))
    with pytest.raises(LinkError, match="Shrink1 depends on Shrink1"):
        ann.edit(Link("both", PROPERTY, ends))
    assert not world.state.table(Table.LINKS)


def test_ends_that_are_not_alike_are_refused_and_the_text_says_why(ann: Player) -> None:
    specimen = ann.create("sources", "Specimen")
    view = ann.create("views", "RenderView")

    def refused(kind: LinkKind, *ends: LinkEnd) -> str:
        with pytest.raises(LinkError) as caught:
            ann.edit(Link("l", kind, ends))
        return str(caught.value)

    radius = LinkEnd(specimen, "Radius")
    assert "holds ints" in refused(PROPERTY, radius, LinkEnd(specimen, "Count"))
    assert "doubles (any number)" in refused(PROPERTY, radius, LinkEnd(specimen, "Weights"))
    assert "own" in refused(PROPERTY, LinkEnd(view, "CameraPosition"), radius)
    assert "2 to 64 different ends" in refused(PROPERTY, radius, radius)
    assert "no view" in refused(CAMERA, LinkEnd(view), LinkEnd(specimen))
    assert "name no property" in refused(PROXY, LinkEnd(specimen), radius)


def test_a_link_names_what_is_there(ann: Player) -> None:
    a, b, _ = spheres(ann)
    with pytest.raises(UnknownProxyError):
        link(ann, a, 77)
    with pytest.raises(UnknownPropertyError):
        link(ann, a, b, property="Radios")
    with pytest.raises(UnknownLinkError, match="'l'"):
        ann.edit(Unlink("l"))


def test_a_name_is_given_to_one_link(ann: Player) -> None:
    a, b, c = spheres(ann)
    link(ann, a, b)
    with pytest.raises(LinkError, match="'l' already"):
        link(ann, b, c)


def test_links_are_bounded(ann: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b, _ = spheres(ann)
    monkeypatch.setattr(links, "MAX_LINKS", 1)
    link(ann, a, b)
    with pytest.raises(LinkError, match="no more fit"):
        link(ann, a, b, name="another")


def test_links_of_cameras_change_no_value_and_tie_views_one_to_another(
    world: World, ann: Player
) -> None:
    a, b, c = (ann.create("views", "RenderView") for _ in range(3))
    event = ann.edit(Link("one", CAMERA, (LinkEnd(a), LinkEnd(b))))
    assert event is not None
    assert not [change for change in event.changes if isinstance(change, SetValue)]
    ann.edit(Link("two", VIEW, (LinkEnd(b), LinkEnd(c))))
    assert views_linked_with(world.state, a) == (a, b, c)
    ann.set(b, Background=(1.0, 0.0, 0.0))
    same = [world.state.value(id, "Background") == guess((1.0, 0.0, 0.0)) for id in (a, b, c)]
    assert same == [False, True, True]


def test_a_deleted_proxy_leaves_its_links_and_a_link_of_one_end_is_none(
    world: World, ann: Player
) -> None:
    a, b, c = spheres(ann)
    link(ann, a, b, c)
    ann.delete(a)
    left = tuple(LinkEnd(id, "Radius") for id in (b, c))
    assert world.state.table(Table.LINKS)["l"] == LinkRow(PROPERTY, left)
    ann.delete(b)
    assert not world.state.table(Table.LINKS)
    ann.ask(Undo())
    ann.ask(Undo())
    assert len(world.state.table(Table.LINKS)["l"].ends) == 3


def test_undo_does_not_propagate_along_links_again(world: World, ann: Player) -> None:
    a, b, _ = spheres(ann)
    ann.set(a, Radius=2.0)
    link(ann, b, a)
    ann.edit(Unlink("l"))
    ann.edit(Link("l", PROPERTY, (LinkEnd(b, "Radius"), LinkEnd(a, "Radius"))))
    ann.ask(Undo())
    ann.ask(Undo())
    event = ann.ask(Undo())  # of the first link: what it made equal differs again
    assert event is not None
    assert radii(world, a, b) == [2.0, 0.5]


def test_undo_deletes_nothing_that_a_link_of_somebody_else_names(world: World, ann: Player) -> None:
    a, b, _ = spheres(ann)
    world["ann"].ask(Promote(world["bob"].id))
    link(world["bob"], a, b)
    world["bob"].ask(Promote(world["ann"].id))
    ann.ask(Undo(mine=True))  # of the third sphere, which nobody has linked
    with pytest.raises(UndoConflictError, match="is used by the link 'l'"):
        ann.ask(Undo(mine=True))
    assert "l" in world.state.table(Table.LINKS)


def test_undo_brings_back_no_link_of_what_is_gone(world: World, ann: Player) -> None:
    a, b, _ = spheres(ann)
    link(ann, a, b)
    ann.edit(Unlink("l"))
    ann.ask(Promote(world["bob"].id))
    world["bob"].delete(a)
    world["bob"].ask(Promote(world["ann"].id))
    with pytest.raises(UndoConflictError, match="would name a deleted proxy"):
        ann.ask(Undo(mine=True))


def test_a_link_and_what_it_ties_are_made_in_one_edit(world: World, ann: Player) -> None:
    a, b = ann.new_id(), ann.new_id()
    radius = (("Radius", guess(9.0)),)
    event = ann.edit(
        Create(a, "sources", "SphereSource", values=radius),
        Create(b, "sources", "SphereSource"),
        Link("l", PROPERTY, (LinkEnd(a, "Radius"), LinkEnd(b, "Radius"))),
    )
    assert event is not None
    assert radii(world, a, b) == [9.0, 9.0]
    ann.ask(Undo())
    assert not world.state.proxies
    assert not world.state.table(Table.LINKS)


def test_linked_sub_proxies_are_let_go_and_deleted_like_any_other(
    world: World, ann: Player
) -> None:
    one, other = (ann.create("filters", "Clip") for _ in range(2))
    plane = world.state.value(one, "ClipFunction")
    assert plane is not None
    ends = (LinkEnd(one, "ClipFunction"), LinkEnd(other, "ClipFunction"))
    ann.edit(Link("same", PROPERTY, ends))
    assert world.state.value(other, "ClipFunction") == plane
    planes = [id for id, row in world.state.proxies.items() if row.type == "Plane"]
    assert tuple(planes) == plane.references
    ann.edit(Delete(other), Delete(one))
    assert not world.state.proxies


def test_every_change_of_a_link_is_in_the_event(ann: Player) -> None:
    a, b, _ = spheres(ann)
    event = link(ann, a, b)
    row = LinkRow(PROPERTY, (LinkEnd(a, "Radius"), LinkEnd(b, "Radius")))
    assert Put(Table.LINKS, "l", None, row) in event.changes
