"""Whose view a participant sees: each sentence of the design, and no circle ever."""

from collections.abc import Iterator

import pytest

from collab_kernel.core.commands import Follow, FollowEveryone, Promote, SetHome
from collab_kernel.core.following import chain, followed, leader
from collab_kernel.core.presence import seen
from collab_kernel.core.state import FOLLOW_MASTER, FollowTarget, Role
from collab_kernel.core.values import Kind, ParticipantId, Value, guess
from collab_kernel.errors import FollowCycleError, UnknownParticipantError
from collab_kernel.testing.simulator import World

NAMES = ["ann", "bob", "cid", "dan"]
ANN, BOB, CID, DAN = 1, 2, 3, 4


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, NAMES, "ann") as world:
        yield world
        world.settle()
        world.check()


def follow(world: World, who: str, target: ParticipantId | None) -> None:
    kind = FollowTarget.Kind.NOBODY if target is None else FollowTarget.Kind.PARTICIPANT
    world[who].ask(Follow(FollowTarget(kind, target or 0)))


def follow_master(world: World, who: str) -> None:
    world[who].ask(Follow(FollowTarget(FollowTarget.Kind.MASTER)))


def everyone(world: World) -> list[ParticipantId | None]:
    return [followed(world.state, id) for id in (ANN, BOB, CID, DAN)]


def test_by_default_everyone_follows_the_master_who_follows_nobody(world: World) -> None:
    assert everyone(world) == [None, ANN, ANN, ANN]


def test_a_new_master_needs_no_rewriting(world: World) -> None:
    rows = dict(world.state.participants)
    world["ann"].ask(Promote(BOB))
    assert everyone(world) == [BOB, None, BOB, BOB]
    assert dict(world.state.participants) == rows


def test_everyone_follows_x_and_x_nobody(world: World) -> None:
    world["ann"].ask(FollowEveryone(CID))
    assert everyone(world) == [CID, CID, None, CID]


def test_x_may_be_the_master(world: World) -> None:
    follow(world, "dan", BOB)
    world["ann"].ask(FollowEveryone(ANN))
    assert everyone(world) == [None, ANN, ANN, ANN]
    assert {row.following for row in world.state.participants.values()} == {FOLLOW_MASTER}


def test_who_is_followed_by_the_master_follows_nobody_while_that_lasts(world: World) -> None:
    follow(world, "ann", CID)
    assert everyone(world) == [CID, ANN, None, ANN]
    assert [leader(world.state, id) for id in (ANN, BOB, CID, DAN)] == [CID] * 4
    follow(world, "ann", None)
    assert everyone(world) == [None, ANN, ANN, ANN]


def test_who_chose_by_hand_follows_on_though_the_master_follows_them(world: World) -> None:
    follow(world, "cid", DAN)
    follow(world, "ann", CID)
    assert everyone(world) == [CID, ANN, DAN, None]
    assert chain(world.state, BOB) == (BOB, ANN, CID, DAN)


def test_only_a_circle_of_links_chosen_by_hand_is_refused(world: World) -> None:
    follow(world, "bob", CID)
    follow(world, "cid", DAN)
    with pytest.raises(FollowCycleError, match="bob follows you already"):
        follow(world, "dan", BOB)
    follow_master(world, "cid")
    follow(world, "dan", BOB)  # dan -> bob -> cid -> the master
    assert everyone(world) == [None, CID, ANN, BOB]


def test_a_default_link_gives_way_to_one_that_was_chosen(world: World) -> None:
    follow(world, "ann", BOB)
    assert followed(world.state, BOB) is None
    with pytest.raises(FollowCycleError):
        follow(world, "bob", ANN)


def test_nobody_follows_themselves_or_who_is_not_there(world: World) -> None:
    with pytest.raises(UnknownParticipantError, match="themselves"):
        follow(world, "bob", BOB)
    with pytest.raises(UnknownParticipantError, match="no participant 9"):
        follow(world, "bob", 9)
    world.lose("cid")
    with pytest.raises(UnknownParticipantError, match="cid is not here now"):
        follow(world, "bob", CID)
    with pytest.raises(UnknownParticipantError, match="cid is not here now"):
        world["ann"].ask(FollowEveryone(CID))


def test_a_target_that_leaves_becomes_the_master(world: World) -> None:
    follow(world, "bob", CID)
    world["ann"].ask(FollowEveryone(CID))
    world.leave("cid")
    rows = world.state.participants
    assert {rows[id].following for id in (ANN, BOB, DAN)} == {FOLLOW_MASTER}
    assert followed(world.state, BOB) == ANN


def test_a_target_that_was_lost_is_waited_for(world: World) -> None:
    follow(world, "bob", CID)
    world.lose("cid")
    assert world.state.participant(BOB).following.participant == CID


def test_a_client_can_not_pass_a_choice_off_as_the_masters(world: World) -> None:
    for chosen in (False, True):
        target = FollowTarget(FollowTarget.Kind.PARTICIPANT, CID, chosen)
        world["bob"].ask(Follow(target))
        assert world.state.participant(BOB).following.chosen
    follow_master(world, "bob")
    assert world.state.participant(BOB).following == FOLLOW_MASTER


def test_everyone_follows_x_even_who_had_chosen_and_who_is_lost(world: World) -> None:
    follow(world, "bob", None)
    world.lose("dan")
    world["ann"].ask(FollowEveryone(CID))
    assert everyone(world) == [CID, CID, None, CID]


def test_a_viewer_can_be_followed(world: World) -> None:
    world.join("eve", Role.VIEWER)
    world["ann"].ask(FollowEveryone(5))
    assert everyone(world) == [5, 5, 5, 5]


# -- what one sees ---------------------------------------------------------------------------


def angle(world: World, who: str, view: int) -> Value:
    player = world[who]
    mirror = player.mirror
    return seen(mirror.state, mirror.presence, player.id, view)["CameraViewAngle"]


def degrees(number: float) -> Value:
    return Value(Kind.DOUBLE, (float(number),))


def test_one_sees_with_the_camera_of_the_last_in_the_chain(world: World) -> None:
    view = world["ann"].create("views", "RenderView")
    world["cid"].show(view, CameraViewAngle=70)
    world["ann"].show(view, CameraViewAngle=60)
    world.settle()
    assert [angle(world, name, view) for name in NAMES] == [degrees(60)] * 4
    follow(world, "ann", CID)
    assert [angle(world, name, view) for name in NAMES] == [degrees(70)] * 4
    follow(world, "bob", None)
    assert angle(world, "bob", view) == degrees(30)  # the home camera: he shows none of his own


def test_where_the_leader_shows_nothing_one_sees_the_home_camera(world: World) -> None:
    view = world["ann"].create("views", "RenderView")
    world["ann"].ask(SetHome(view, (("CameraViewAngle", guess(55)),)))
    assert [angle(world, name, view) for name in NAMES] == [degrees(55)] * 4


def test_a_late_joiner_sees_what_the_others_see_at_once(world: World) -> None:
    view = world["ann"].create("views", "RenderView")
    world["ann"].show(view, CameraViewAngle=60)
    world.settle()
    world.join("eve").deliver()
    assert angle(world, "eve", view) == degrees(60)


@pytest.mark.parametrize("how", ["hands over", "leaves"])
def test_a_new_master_goes_on_from_what_they_saw_so_nobodys_view_jumps(
    world: World, how: str
) -> None:
    ann, bob = world["ann"], world["bob"]
    view = ann.create("views", "RenderView")
    bob.show(view, CameraPosition=(9.0, 9.0, 9.0))  # from before they followed
    ann.show(view, CameraPosition=(1.0, 2.0, 3.0))
    world.settle()
    if how == "leaves":
        world.leave("ann")
    else:
        ann.ask(Promote(BOB))
    world.settle()
    for player in (world["bob"], world["cid"]):
        mirror = player.mirror
        assert mirror.state.master == BOB
        shown = seen(mirror.state, mirror.presence, player.id, view)["CameraPosition"]
        assert shown.elements == (1.0, 2.0, 3.0)


def test_a_new_master_who_looked_around_alone_goes_on_doing_so(world: World) -> None:
    view = world["ann"].create("views", "RenderView")
    follow(world, "bob", None)
    world["bob"].show(view, CameraPosition=(9.0, 9.0, 9.0))
    world["ann"].show(view, CameraPosition=(1.0, 2.0, 3.0))
    world.settle()
    world["ann"].ask(Promote(BOB))
    shown = seen(world.state, world.session.presence, CID, view)["CameraPosition"]
    assert shown.elements == (9.0, 9.0, 9.0)
