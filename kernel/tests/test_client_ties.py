"""Links, selections and drags, by the public client."""

import asyncio

import pytest

from collab_kernel.client import Camera, Input, Session
from collab_kernel.core.state import LinkKind
from collab_kernel.errors import (
    InvalidValueError,
    LinkError,
    NotMasterError,
    UnknownLinkError,
    UnknownProxyError,
)

from .conftest import WITHIN_S, Meet, until_shown

SIDE = Camera(position=(9.0, 0.0, 0.0))


# -- links -----------------------------------------------------------------------------------


async def test_property_links_propagate_inside_the_same_event(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    one = await ada.create("sources", "SphereSource", Radius=1.0)
    two = await ada.create("sources", "SphereSource", Radius=2.0)
    await ada.link_properties("same size", (one, "Radius"), (two, "Radius"))
    assert two["Radius"] == 1.0
    revision = await two.set(Radius=3.0)
    assert (one["Radius"], revision) == (3.0, ada.revision)
    await company.agree()
    assert bob.links["same size"].kind is LinkKind.PROPERTY
    await ada.unlink("same size")
    await two.set(Radius=4.0)
    assert one["Radius"] == 3.0
    with pytest.raises(UnknownLinkError):
        await ada.unlink("same size")
    with pytest.raises(NotMasterError):
        await bob.link_properties("mine", (one.id, "Radius"), (two.id, "Radius"))


async def test_a_value_that_one_end_can_not_take_refuses_the_whole(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    sphere = await ada.create("sources", "SphereSource", PhiResolution=50)
    specimen = await ada.create("sources", "Specimen", Count=50)
    await ada.link_properties("n", (sphere, "PhiResolution"), (specimen, "Count"))
    with pytest.raises(LinkError, match="Count of Specimen1"):
        await sphere.set(PhiResolution=500)
    assert (sphere["PhiResolution"], specimen["Count"]) == (50, 50)
    with pytest.raises(LinkError, match="can't be linked"):
        await ada.link_properties("m", (sphere, "Radius"), (specimen, "Count"))


async def test_linked_proxies_keep_every_shared_property_in_common_equal(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    one = await ada.create("sources", "SphereSource", Radius=1.0, PhiResolution=12)
    two = await ada.create("sources", "SphereSource")
    await ada.link_proxies("twins", one, two)
    await two.set(Center=(1, 2, 3))
    assert (two["Radius"], two["PhiResolution"]) == (1.0, 12)
    assert one["Center"] == (1.0, 2.0, 3.0)
    await ada.delete(two)
    assert ada.links == {}
    await ada.undo()
    assert list(ada.links) == ["twins"]


async def test_links_of_cameras_are_resolved_by_each_client(meet: Meet) -> None:
    company = await meet("Ada", "Bob", "Cyd")
    ada, bob, cyd = company.sessions
    other = await ada.create("views", "RenderView")
    await ada.link_cameras("look", ada.views[0], other)
    await company.agree()
    ada.views[0].camera = SIDE
    assert ada.views[1].camera == SIDE
    await until_shown(cyd, lambda: cyd.views[1].camera == SIDE)
    bob.views[1].camera = Camera(position=(0.0, 5.0, 0.0))
    assert bob.views[0].camera.position == (0.0, 5.0, 0.0)
    await bob.catch_up()
    assert (ada.views[0].camera, cyd.views[0].camera) == (SIDE, SIDE)
    await other.set(Background=(1, 1, 1))
    assert ada.views[0]["Background"] == (0.3, 0.3, 0.4)


async def test_linked_views_share_cameras_and_properties(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    other = await ada.create("views", "RenderView")
    await ada.link_views("both", ada.views[0], other)
    await other.set(Background=(1, 1, 1))
    await company.agree()
    assert bob.views[0]["Background"] == (1.0, 1.0, 1.0)
    bob.views[0].camera = SIDE
    assert bob.views[1].camera == SIDE
    sphere = await ada.create("sources", "SphereSource")
    with pytest.raises(LinkError, match="no view"):
        await ada.link_cameras("odd", ada.views[0], sphere)


# -- selections ------------------------------------------------------------------------------


async def test_what_is_selected_is_shared_and_can_be_undone(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    source = await ada.create("sources", "Specimen")
    chosen = await ada.create("sources", "SphereSource")  # whatever says it: see the renderer
    await ada.select(source, chosen, port=1)
    await company.agree()
    assert bob.selection_of(source.id, 1) == bob.proxies[chosen.id]
    assert bob.selection_of(source.id) is None
    await ada.select(source, None, port=1)
    assert ada.selection_of(source, 1) is None
    await ada.undo()
    assert ada.selection_of(source, 1) == chosen
    with pytest.raises(NotMasterError):
        await bob.select(source.id, None, 1)
    with pytest.raises(InvalidValueError, match="no port 2"):
        await ada.select(source, chosen, port=2)
    with pytest.raises(UnknownProxyError):
        await ada.select(source, 12345)


async def test_a_selection_goes_with_what_selects_and_comes_back_with_it(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    source = await ada.create("sources", "SphereSource")
    chosen = await ada.create("sources", "SphereSource")
    await ada.select(source, chosen)
    await ada.delete(chosen)
    assert ada.selection_of(source) is None
    await ada.undo()
    assert ada.selection_of(source) == chosen


# -- drags -----------------------------------------------------------------------------------


async def radii(session: Session, events: object, until: float) -> list[float]:
    """The radii that events have brought, up to one."""
    found: list[float] = []
    async with asyncio.timeout(WITHIN_S):
        async for event in events:  # type: ignore[attr-defined]
            found += [
                c.after.plain for c in event.changes if getattr(c, "property", "") == "Radius"
            ]
            if until in found:
                return found
    return found


async def test_a_plain_set_is_never_coalesced(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    sphere = await ada.create("sources", "SphereSource")
    await company.agree()
    events = bob.events()
    wanted = [float(n) for n in range(1, 21)]
    await asyncio.gather(*(sphere.set(Radius=r) for r in wanted))
    assert await radii(bob, events, 20.0) == wanted
    assert len(ada.history) == 1 + len(wanted)


async def test_a_drag_keeps_one_command_in_flight_and_only_the_newest_value_waiting(
    meet: Meet,
) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    sphere = await ada.create("sources", "SphereSource")
    await company.agree()
    events = bob.events()
    async with ada.drag("Pull") as drag:
        for radius in range(1, 101):
            drag.set(sphere, Radius=radius)
    assert sphere["Radius"] == 100.0
    assert await radii(bob, events, 100.0) == [1.0, 100.0]
    assert [(row.label, row.author_name) for row in ada.history[1:]] == [("Pull", "Ada")]


async def test_a_drag_is_one_entry_however_many_commands_it_took(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    sphere = await ada.create("sources", "SphereSource", Radius=0.25)
    other = await ada.create("sources", "SphereSource", Radius=0.5)
    async with ada.drag("Pull") as drag:
        for radius in (1.0, 2.0, 3.0):
            drag.set(sphere, Radius=radius)
            drag.set(other, Radius=radius, Center=(radius, 0, 0))
            await ada.catch_up()
    assert len(ada.history) == 3
    await ada.undo()
    assert (sphere["Radius"], other["Radius"], other["Center"]) == (0.25, 0.5, (0.0, 0.0, 0.0))


async def test_anothers_change_in_between_closes_the_entry(meet: Meet) -> None:
    company = await meet("Ada", "Bob", policy="shared")
    ada, bob = company.sessions
    sphere = await ada.create("sources", "SphereSource")
    await company.agree()
    async with ada.drag("Pull") as drag:
        drag.set(sphere, Radius=1.0)
        await ada.catch_up()
        await bob.proxies[sphere.id].set(PhiResolution=20)
        await ada.catch_up()
        drag.set(sphere, Radius=2.0)
    labels = [(row.author_name, row.label) for row in ada.history[1:]]
    assert labels == [("Ada", "Pull"), ("Bob", "Set PhiResolution of Sphere1"), ("Ada", "Pull")]
    await ada.undo()
    assert sphere["Radius"] == 1.0


async def test_a_refused_drag_says_so_at_its_end_and_goes_on_until_then(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    sphere = await ada.create("sources", "SphereSource")
    drag = ada.drag()
    drag.set(sphere, Radius=-1.0)
    await ada.catch_up()
    drag.set(sphere, Radius=2.0)
    with pytest.raises(InvalidValueError, match="Radius"):
        await drag.__aexit__(None, None, None)
    assert sphere["Radius"] == 2.0


async def test_a_held_session_moves_with_its_own_drag(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    sphere = await ada.create("sources", "SphereSource")
    ada.hold()
    async with ada.drag() as drag:
        drag.set(sphere, Radius=2.0)
    assert sphere["Radius"] == 2.0


async def test_inputs_can_be_dragged_over(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    one, two = [await ada.create("sources", "SphereSource") for _ in range(2)]
    shrink = await ada.create("filters", "ShrinkFilter", Input=one)
    async with ada.drag() as drag:
        drag.set(shrink, Input=two)
    assert ada.state.value(shrink.id, "Input").elements == (Input(two.id),)  # type: ignore[union-attr]
