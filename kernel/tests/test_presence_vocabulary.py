"""What people show of themselves: which words there are, who is believed, and what comes last."""

from collections.abc import Iterator

import pytest

from collab_kernel.core.commands import BringEveryone, CancelWork, Delete, Edit, Follow, SetColour
from collab_kernel.core.definitions import Catalogue, PropertyDefinition, ProxyDefinition, Scope
from collab_kernel.core.effects import Cancel
from collab_kernel.core.following import followed
from collab_kernel.core.presence import SESSION, active, look, seen
from collab_kernel.core.state import FollowTarget
from collab_kernel.core.stimuli import Measure, Show
from collab_kernel.core.values import Input, Kind, ProxyId, Value, guess
from collab_kernel.errors import InvalidValueError, NotMasterError, UnknownProxyError
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.simulator import World


def own(name: str, kind: Kind, *default: float | int) -> PropertyDefinition:
    return PropertyDefinition(name, kind, Value(kind, default), len(default), scope=Scope.OWN)


VIEW = ProxyDefinition(
    "views",
    "WindowedView",
    properties=(
        own("CameraPosition", Kind.DOUBLE, 0.0, 0.0, 1.0),
        own("ViewSize", Kind.INT, 400, 400),
        own("PixelRatio", Kind.DOUBLE, 1.0),
    ),
)


@pytest.fixture
def world() -> Iterator[World]:
    toy = definitions()
    catalogue = Catalogue("toy", [*toy.definitions.values(), VIEW])
    with World(0, ["ann", "bob", "cid"], "ann", catalogue=catalogue) as world:
        world["ann"].create("views", "WindowedView")
        world["ann"].create("sources", "SphereSource")
        yield world
        world.settle()
        world.check()


def view(world: World) -> ProxyId:
    return min(world.state.proxies)


def shown(world: World, who: str, proxy: ProxyId) -> dict[str, Value]:
    return world.session.presence.own(world[who].id, proxy)


def show(world: World, who: str, proxy: ProxyId, **values: object) -> None:
    """As a client that checks nothing would."""
    given = tuple((name, guess(value)) for name, value in values.items())
    world.step(Show(world[who].id, proxy, 99, given))


def test_a_late_joiner_gets_current_cameras_and_follow_targets_at_once(world: World) -> None:
    world["bob"].ask(Follow(FollowTarget(FollowTarget.Kind.NOBODY)))
    world["bob"].show(view(world), CameraPosition=(5.0, 5.0, 5.0))
    world["cid"].ask(Follow(FollowTarget(FollowTarget.Kind.PARTICIPANT, world["bob"].id)))
    late = world.join("late")
    late.deliver()
    state, presence = late.mirror.state, late.mirror.presence
    assert presence.own(world["bob"].id, view(world)) == {"CameraPosition": guess((5.0, 5.0, 5.0))}
    assert followed(state, world["cid"].id) == world["bob"].id
    assert seen(state, presence, world["cid"].id, view(world))["CameraPosition"] == guess(
        (5.0, 5.0, 5.0)
    )


def test_pointers_are_2d_in_the_view_or_3d_in_the_world_or_none(world: World) -> None:
    place = view(world)
    show(world, "bob", place, Pointer=(0.25, 0.75), Pointer3D=(1.0, 2.0, 3.0), PointerText="7 K")
    assert shown(world, "bob", place) == {
        "Pointer": guess((0.25, 0.75)),
        "Pointer3D": guess((1.0, 2.0, 3.0)),
        "PointerText": guess("7 K"),
    }
    world.step(Show(world["bob"].id, place, 100, (("Pointer", Value(Kind.DOUBLE)),)))
    assert not shown(world, "bob", place)["Pointer"].elements


def test_the_text_of_a_pointer_is_short_and_printable(world: World) -> None:
    show(world, "bob", view(world), PointerText="\x07" + "x" * 500)
    assert shown(world, "bob", view(world))["PointerText"] == guess("x" * 199)


def test_only_views_are_pointed_at(world: World) -> None:
    show(world, "bob", max(world.state.proxies), Pointer=(0.5, 0.5))
    assert not world.session.presence.shown


@pytest.mark.parametrize(
    "values",
    [
        {"Latency": 0.0},
        {"Time": 1.0},
        {"Mood": "good"},
        {"Typing": "yes"},
        {"ActiveView": "a view"},
        {"ActiveSource": Value(Kind.INPUT, tuple(Input(n) for n in range(9)))},
    ],
)
def test_what_is_no_word_of_the_session_is_dropped(world: World, values: dict[str, object]) -> None:
    given = tuple((n, v if isinstance(v, Value) else guess(v)) for n, v in values.items())
    assert world.step(Show(world["bob"].id, SESSION, 1, given)) == []
    assert not world.session.presence.shown


def test_presence_of_nobody_who_is_not_here_is_taken(world: World) -> None:
    bob = world.lose("bob")
    assert world.step(Show(bob, view(world), 1, (("Pointer", guess((0.5, 0.5))),))) == []
    assert world.step(Show(77, SESSION, 1, (("Typing", guess(True)),))) == []
    assert not world.session.presence.shown


def test_latency_is_what_the_server_has_measured_and_all_see_it(world: World) -> None:
    world.step(Measure(world["bob"].id, 0.125))
    world.settle()
    for name in world.players:
        assert world[name].mirror.presence.own(world["bob"].id, SESSION) == {
            "Latency": guess(0.125)
        }
    world.step(Measure(77, 1.0))
    assert len(world.session.presence.shown) == 1


def test_measuring_and_bringing_do_not_outdate_what_somebody_shows_next(world: World) -> None:
    bob = world["bob"]
    bob.show(SESSION, Typing=True)
    bob.show(view(world), CameraPosition=(1.0, 1.0, 1.0))
    for _ in range(9):  # before any of it has arrived
        world.step(Measure(bob.id, 0.5))
        world["ann"].send(BringEveryone(view(world)))
        world.take(world["ann"])
    world.settle()
    assert shown(world, "bob", SESSION)["Typing"] == guess(True)
    assert shown(world, "bob", view(world))["CameraPosition"] == guess((1.0, 1.0, 1.0))


def test_bring_everyone_here_moves_everyones_camera_once_without_a_lasting_follow(
    world: World,
) -> None:
    place, following = view(world), dict(world.state.participants)
    for who, x in (("ann", 1.0), ("bob", 2.0), ("cid", 3.0)):
        world[who].ask(Follow(FollowTarget(FollowTarget.Kind.NOBODY)))
        world[who].show(place, CameraPosition=(x, 0.0, 0.0), ViewSize=(100, int(x)))
    world.settle()
    following = dict(world.state.participants)
    world["ann"].ask(BringEveryone(place))
    for who, height in (("ann", 1), ("bob", 2), ("cid", 3)):
        sees = seen(world.state, world[who].mirror.presence, world[who].id, place)
        assert sees["CameraPosition"] == guess((1.0, 0.0, 0.0))
        assert sees["ViewSize"] == guess((100, height))
    assert dict(world.state.participants) == following
    world["bob"].show(place, CameraPosition=(9.0, 0.0, 0.0))
    world.settle()
    assert shown(world, "bob", place)["CameraPosition"] == guess((9.0, 0.0, 0.0))


def test_only_whoever_directs_brings_everyone_and_only_to_what_is_there(world: World) -> None:
    with pytest.raises(NotMasterError, match="ann"):
        world["bob"].ask(BringEveryone(view(world)))
    with pytest.raises(UnknownProxyError):
        world["ann"].ask(BringEveryone(77))


def test_what_is_of_ones_window_is_not_taken_over_by_following(world: World) -> None:
    place = view(world)
    world["ann"].show(place, CameraPosition=(5.0, 0.0, 0.0), ViewSize=(800, 600), PixelRatio=2.0)
    world["bob"].show(place, ViewSize=(300, 300))
    world.settle()
    sees = seen(world.state, world.session.presence, world["bob"].id, place)
    assert sees == {
        "CameraPosition": guess((5.0, 0.0, 0.0)),
        "ViewSize": guess((300, 300)),
        "PixelRatio": guess(1.0),
    }
    looks = look(world.state, world.session.presence, world["bob"].id, place)
    assert looks == (("CameraPosition", guess((5.0, 0.0, 0.0))),)


def test_following_the_master_mirrors_active_source_and_view(world: World) -> None:
    place, source = sorted(world.state.proxies)
    input = Value(Kind.INPUT, (Input(source),))
    world["ann"].show(SESSION, ActiveSource=Input(source))
    world.step(
        Show(1, SESSION, 50, (("ActiveSource", input), ("ActiveView", Value(Kind.PROXY, (place,)))))
    )
    state, presence, bob = world.state, world.session.presence, world["bob"].id
    assert active(state, presence, bob) == (Input(source), place)
    world["bob"].ask(Follow(FollowTarget(FollowTarget.Kind.NOBODY)))
    assert active(world.state, world.session.presence, bob) == (None, 0)


def test_cancelling_is_told_to_the_renderer_and_says_who(world: World) -> None:
    source = max(world.state.proxies)
    world["ann"].send(CancelWork(source))
    effects = world._transact(world._stimuli(world["ann"], 1))
    assert Cancel(source, "ann") in effects
    with pytest.raises(NotMasterError):
        world["bob"].ask(CancelWork())
    with pytest.raises(UnknownProxyError):
        world["ann"].ask(CancelWork(77))


def test_a_colour_is_written_with_six_digits(world: World) -> None:
    world["bob"].ask(SetColour("#A0B1c2"))
    assert world.state.participant(world["bob"].id).colour == "#a0b1c2"
    for wrong in ("red", "#12345", "#12345g", "#1234567", "#123456\n", ""):
        with pytest.raises(InvalidValueError, match="write it as #rrggbb"):
            world["bob"].ask(SetColour(wrong))


def test_presence_of_what_is_deleted_is_void_even_if_it_comes_late(world: World) -> None:
    place = view(world)
    world["bob"].show(place, CameraPosition=(1.0, 0.0, 0.0))
    world.take(world["bob"])
    world["ann"].send(Edit((Delete(place),)))
    world.take(world["ann"])
    world["cid"].deliver()  # the event first, and then what was shown before
    assert not world["cid"].mirror.presence.shown
    assert not world.session.presence.shown
