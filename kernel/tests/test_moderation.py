"""Who may come in, who has to go, and who is kept quiet."""

from collections.abc import Iterator

import pytest

from collab_kernel.core.commands import (
    Chat,
    Follow,
    FollowEveryone,
    Lock,
    Mute,
    PlacePin,
    Promote,
    Propose,
    Remove,
    SetConnectId,
)
from collab_kernel.core.effects import Effect, Expel, Persist, Reply
from collab_kernel.core.moderation import LOCK_OUTLASTS_S
from collab_kernel.core.presence import Gone
from collab_kernel.core.state import FOLLOW_MASTER, FollowTarget, Role, Table
from collab_kernel.core.stimuli import Begin, Join
from collab_kernel.core.values import Value, guess
from collab_kernel.errors import (
    InvalidValueError,
    NotAllowedError,
    NotMasterError,
    ResumeFailedError,
    SessionLockedError,
    UnknownParticipantError,
    WrongConnectIdError,
)
from collab_kernel.testing.simulator import World

COMMANDS = (Promote(2), FollowEveryone(2), Remove(2), Lock(), SetConnectId("x"), Mute(2, chat=True))


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob", "cid"], "ann") as world:
        world.join("vic", Role.VIEWER)
        world.join("olga", Role.OWNER)
        yield world
        world.settle()
        world.check()
        world.check_replay()


def pointer(world: World, who: str) -> Value | None:
    """What others see somebody point at."""
    [view] = world.state.proxies
    return world.session.presence.own(world[who].id, view).get("Pointer")


def expelled(effects: list[Effect]) -> list[str]:
    return [str(effect.error) for effect in effects if isinstance(effect, Expel)]


# -- the door --------------------------------------------------------------------------------


def test_nobody_joins_a_locked_session_and_the_text_says_who_locked_it(world: World) -> None:
    world["ann"].ask(Lock())
    with pytest.raises(SessionLockedError, match="ann has locked session 'world'"):
        world.join("late")
    world["ann"].ask(Lock(locked=False))
    world.join("late")


def test_a_lock_keeps_no_owner_out(world: World) -> None:
    world["ann"].ask(Lock())
    world.join("boss", Role.OWNER)


def test_a_lock_keeps_out_nobody_who_comes_back(world: World) -> None:
    world.lose("bob")
    world["ann"].ask(Lock())
    world.resume("bob")
    assert world["bob"].id in world.state.present


def test_a_locked_session_that_everybody_has_left_is_open(world: World) -> None:
    world["ann"].ask(Lock())
    for name in list(world.players):
        world.leave(name)
    world.join("late")
    assert world.state.master == world["late"].id


def test_a_connect_id_is_asked_of_newcomers_and_in_no_event(world: World) -> None:
    world["ann"].ask(SetConnectId("s3cret"))
    assert world["bob"].mirror.state.door.connect_id
    for given in ("", "other", "s3cret "):
        with pytest.raises(WrongConnectIdError, match="asks for its connect id") as caught:
            world.join("late", connect_id=given)
        assert "s3cret" not in str(caught.value)
    world.join("late", connect_id="s3cret")
    assert not any(b"s3cret" in event for event in world.journal)
    world["ann"].ask(SetConnectId(""))
    world.join("later")


def test_changing_the_connect_id_to_another_one_is_done_though_it_is_no_event(
    world: World,
) -> None:
    world["ann"].ask(SetConnectId("one"))
    assert world["ann"].ask(SetConnectId("other")) is None
    with pytest.raises(WrongConnectIdError):
        world.join("late", connect_id="one")
    world.join("late", connect_id="other")


def test_a_session_begins_with_the_connect_id_that_it_is_given(world: World) -> None:
    world.step(Begin("world", "s3cret"))
    assert world.state.door.connect_id
    with pytest.raises(WrongConnectIdError):
        world.join("late", connect_id="other")


def test_a_connect_id_that_can_not_be_typed_is_refused_and_not_said(world: World) -> None:
    for wrong in ("x" * 65, "a\nb"):
        with pytest.raises(InvalidValueError, match="at most 64 printable") as caught:
            world["ann"].ask(SetConnectId(wrong))
        assert wrong not in str(caught.value)
    assert not world.state.door.connect_id


# -- who directs -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_the_master_and_an_owner_direct_and_nobody_else(world: World, command: object) -> None:
    with pytest.raises(NotMasterError, match="ann"):
        world["cid"].ask(command)  # type: ignore[arg-type]
    with pytest.raises(NotAllowedError, match="viewers look"):
        world["vic"].ask(command)  # type: ignore[arg-type]
    assert world["olga"].ask(command) is not None  # type: ignore[arg-type]


# -- putting out -----------------------------------------------------------------------------


def test_who_is_removed_is_gone_and_told_by_whom_and_why(world: World) -> None:
    bob = world["bob"].id
    world["ann"].send(Remove(bob, "  it is late "))
    effects = world._transact(world._stimuli(world["ann"], 1))
    assert expelled(effects) == ["ann removed you from the session: it is late"]
    assert bob not in world.state.participants
    assert "bob" not in world.players


def test_who_is_removed_can_not_come_back_by_their_key_but_may_join_anew(world: World) -> None:
    bob = world["bob"].id
    world["ann"].ask(Remove(bob))
    effects = world.step(Join(99, "bob", resume=bob))
    assert [type(effect.error) for effect in effects] == [ResumeFailedError]  # type: ignore[union-attr]
    assert world.join("bob").id != bob


def test_those_who_followed_somebody_removed_follow_the_master(world: World) -> None:
    bob = world["bob"].id
    world["cid"].ask(Follow(FollowTarget(FollowTarget.Kind.PARTICIPANT, bob)))
    world["ann"].ask(Remove(bob))
    assert world.state.participants[world["cid"].id].following == FOLLOW_MASTER


def test_removing_the_master_hands_the_right_on(world: World) -> None:
    world["olga"].ask(Remove(world["ann"].id))
    assert world.state.master == world["bob"].id


def test_only_an_owner_removes_an_owner_and_nobody_themselves(world: World) -> None:
    with pytest.raises(NotAllowedError, match="only an owner removes an owner"):
        world["ann"].ask(Remove(world["olga"].id))
    with pytest.raises(InvalidValueError, match="leave instead"):
        world["ann"].ask(Remove(world["ann"].id))
    with pytest.raises(UnknownParticipantError):
        world["ann"].ask(Remove(77))


def test_what_somebody_removed_still_sends_is_refused(world: World) -> None:
    bob = world["bob"]
    bob.send(Chat("one more thing"))
    before = world.state.table(Table.CHAT)
    world["ann"].ask(Remove(bob.id))
    assert world.state.table(Table.CHAT) == before
    assert world.tally.refused["refused.unknown_participant"] == 1


def test_what_somebody_removed_has_shown_is_void(world: World) -> None:
    view = world["ann"].create("views", "RenderView")
    world["bob"].show(view, CameraPosition=(1.0, 2.0, 3.0))
    world.settle()
    bob = world["bob"].id
    assert world["cid"].mirror.presence.own(bob, view)
    world["ann"].send(Remove(bob))
    effects = world._transact(world._stimuli(world["ann"], 1))
    assert Gone(bob) in [getattr(effect, "news", None) for effect in effects]
    world.settle()
    assert not world["cid"].mirror.presence.own(bob, view)


# -- keeping quiet ---------------------------------------------------------------------------


def test_who_is_muted_does_not_chat_until_they_are_not(world: World) -> None:
    bob = world["bob"]
    world["ann"].ask(Mute(bob.id, chat=True))
    with pytest.raises(NotAllowedError, match="bob may not say anything: whoever directs"):
        bob.ask(Chat("hello"))
    world["ann"].ask(Mute(bob.id))
    bob.ask(Chat("hello"))
    assert not world.state.table(Table.MUTES)


def test_everyone_is_muted_but_who_may_mute(world: World) -> None:
    world["ann"].ask(Mute(0, chat=True))
    for who in ("bob", "vic"):
        with pytest.raises(NotAllowedError):
            world[who].ask(Chat("hello"))
    for who in ("ann", "olga"):
        world[who].ask(Chat("quiet, please"))


def test_what_is_muted_is_chat_or_pointers_or_both(world: World) -> None:
    view = world["ann"].create("views", "RenderView")
    world["ann"].ask(Mute(world["bob"].id, pointers=True))
    world["bob"].ask(Chat("hello"))
    world["bob"].show(view, Pointer=(0.5, 0.5), CameraViewAngle=40.0)
    world.settle()
    assert pointer(world, "bob") is None
    assert world.session.presence.own(world["bob"].id, view)["CameraViewAngle"] == guess(40.0)


def test_a_mute_takes_back_what_is_pointed_at_and_typed(world: World) -> None:
    view = world["ann"].create("views", "RenderView")
    world["bob"].show(view, Pointer=(0.5, 0.5), PointerText="12 K", CameraViewAngle=40.0)
    world["bob"].show(0, Typing=True, Idle=True)
    world.settle()
    assert pointer(world, "bob") == guess((0.5, 0.5))
    world["ann"].ask(Mute(0, pointers=True))
    for name in ("ann", "bob", "cid"):
        presence = world[name].mirror.presence
        seen = presence.own(world["bob"].id, view)
        assert not seen["Pointer"].elements
        assert seen["PointerText"] == guess("")
        assert seen["CameraViewAngle"] == guess(40.0)
        assert presence.own(world["bob"].id, 0) == {"Typing": guess(False), "Idle": guess(True)}


def test_who_hands_over_the_right_is_muted_with_everyone(world: World) -> None:
    view = world["ann"].create("views", "RenderView")
    world["ann"].ask(Mute(0, pointers=True))
    world["ann"].show(view, Pointer=(0.5, 0.5))
    world.settle()
    assert pointer(world, "ann") == guess((0.5, 0.5))
    world["ann"].ask(Promote(world["bob"].id))
    shown = pointer(world, "ann")
    assert shown is not None
    assert not shown.elements


def test_a_mute_goes_with_who_is_muted(world: World) -> None:
    bob = world["bob"].id
    world["ann"].ask(Mute(bob, chat=True))
    world.leave("bob")
    assert not world.state.table(Table.MUTES)
    with pytest.raises(UnknownParticipantError):
        world["ann"].ask(Mute(bob))


# -- viewers who only look -------------------------------------------------------------------


def test_viewers_who_only_look_neither_chat_nor_point_nor_pin_nor_propose() -> None:
    with World(0, ["ann"], "ann", look_only=True) as world:
        world.join("vic", Role.VIEWER)
        world.join("bob")
        view = world["ann"].create("views", "RenderView")
        pin = PlacePin("here", (0.0, 0.0, 0.0), view)
        told = Propose(())
        for command in (Chat("hello"), pin, told):
            with pytest.raises(NotAllowedError, match="viewers only look here"):
                world["vic"].ask(command)
        world["vic"].show(view, Pointer=(0.5, 0.5), CameraViewAngle=40.0)
        world.settle()
        assert set(world.session.presence.own(world["vic"].id, view)) == {"CameraViewAngle"}
        world["bob"].ask(Chat("hello"))
        world["bob"].ask(pin)
        world["vic"].ask(Follow(FollowTarget(FollowTarget.Kind.NOBODY)))


def test_a_refusal_to_direct_is_one_reply_and_no_event(world: World) -> None:
    world["cid"].send(Lock())
    effects = world._transact(world._stimuli(world["cid"], 1))
    assert [type(effect) for effect in effects] == [Reply]
    assert not any(isinstance(effect, Persist) for effect in effects)


def test_a_lock_outlasts_a_moment_in_which_everybodys_connection_is_broken(world: World) -> None:
    world["ann"].ask(Lock())
    for name in list(world.players):
        world.lose(name)
    with pytest.raises(SessionLockedError):
        world.join("stranger")
    world.tick(LOCK_OUTLASTS_S + 1.0)
    world.join("stranger")


def test_who_is_muted_leaves_no_pins_and_proposes_nothing(world: World) -> None:
    view = world["ann"].create("views", "RenderView")
    world["ann"].ask(Mute(world["bob"].id, chat=True))
    for command in (PlacePin("psst", (0.0, 0.0, 0.0), view), Propose((), "psst")):
        with pytest.raises(NotAllowedError, match="bob may not say anything"):
            world["bob"].ask(command)


def test_a_lock_that_only_viewers_are_left_behind_keeps_nobody_out(world: World) -> None:
    world["ann"].ask(Lock())
    for name in ("ann", "bob", "cid", "olga"):
        world.leave(name)
    assert world.state.present == (world["vic"].id,)
    world.join("late")
