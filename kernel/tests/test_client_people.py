"""What participants can do with one another, by the public client: what one does, others see."""

import asyncio

import pytest

from collab_kernel.client import Camera, Role, Session, View
from collab_kernel.errors import (
    ConnectionLostError,
    InvalidValueError,
    NotAllowedError,
    NotMasterError,
    RemovedError,
    SessionLockedError,
    UnknownParticipantError,
    UnknownPropertyError,
    WrongConnectIdError,
)
from collab_kernel.testing.toy import TOY

from .conftest import WITHIN_S, Meet, until_shown

FRONT = Camera(position=(0.0, 0.0, 9.0))
SIDE = Camera(position=(9.0, 0.0, 0.0))


def shows(to: Session, who: Session, view: View) -> bool:
    """Whether `to` knows something of how `who` looks at a view."""
    return bool(to._connection.mirror.presence.own(who.id, view.id))


# -- the right -------------------------------------------------------------------------------


async def test_requests_for_the_right_queue_in_order_and_all_see_the_queue(meet: Meet) -> None:
    company = await meet("Ada", "Bob", "Cyd")
    ada, bob, cyd = company.sessions
    await cyd.request_master()
    await bob.request_master()
    await company.agree()
    for session in company.sessions:
        assert [user.name for user in session.requests] == ["Cyd", "Bob"]
        assert [user.asks for user in session.participants] == [False, True, True]
    await ada.grant()
    await company.agree()
    assert [session.master.name for session in company.sessions if session.master] == ["Cyd"] * 3
    assert [user.name for user in ada.requests] == ["Bob"]


async def test_the_master_grants_to_one_who_asks_whoever_waits_longer(meet: Meet) -> None:
    ada, bob, cyd = (await meet("Ada", "Bob", "Cyd")).sessions
    await bob.request_master()
    await cyd.request_master()
    await ada.grant(cyd.id)
    assert cyd.me.is_master
    assert [user.name for user in cyd.requests] == ["Bob"]


async def test_nobody_is_granted_what_they_do_not_ask_for(meet: Meet) -> None:
    ada, bob = (await meet("Ada", "Bob McNeill")).sessions
    await ada.reached(bob.revision)
    with pytest.raises(UnknownParticipantError, match="Nobody does not ask"):
        await ada.grant()
    await bob.request_master()
    await bob.withdraw_request()
    await ada.reached(bob.revision)
    with pytest.raises(UnknownParticipantError, match="Bob McNeill does not ask"):
        await ada.grant(bob.id)
    await ada.promote(bob.id)
    assert bob.me.is_master


async def test_a_declined_request_is_gone_for_everybody(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    await bob.request_master()
    await ada.reached(bob.revision)
    await ada.decline(bob.id)
    await company.agree()
    assert bob.requests == ()
    assert not bob.me.asks
    with pytest.raises(NotMasterError, match="Ada"):
        await bob.decline(bob.id)


async def test_a_viewer_asks_for_nothing(meet: Meet) -> None:
    company = await meet("Ada", roles=True)
    eve = await company.join("Eve", Role.VIEWER)
    assert eve.me.role == "viewer"
    with pytest.raises(NotAllowedError, match="never steer"):
        await eve.request_master()
    with pytest.raises(NotAllowedError):
        await company.sessions[0].promote(eve.id)


# -- the door --------------------------------------------------------------------------------


async def test_a_locked_session_lets_nobody_in_but_owners_until_it_is_unlocked(meet: Meet) -> None:
    company = await meet("Ada", roles=True)
    [ada] = company.sessions
    await ada.lock()
    assert ada.locked_by == "Ada"
    with pytest.raises(SessionLockedError, match="Ada"):
        await company.join("Bob")
    owner = await company.join("Olga", Role.OWNER)
    assert owner.locked_by == "Ada"
    await owner.unlock()
    bob = await company.join("Bob")
    assert bob.locked_by == ""
    with pytest.raises(NotMasterError):
        await bob.lock()


async def test_a_changed_connect_id_holds_for_newcomers_and_is_told_to_nobody(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    await ada.set_connect_id(4711)
    await company.agree()
    assert bob.state.door.connect_id
    assert "4711" not in repr(bob.state.door)
    for wrong in ("", "4712"):
        with pytest.raises(WrongConnectIdError):
            await company.join("Cyd", connect_id=wrong)
    cyd = await company.join("Cyd", connect_id="4711")
    await ada.set_connect_id("")
    await company.join("Dan")
    with pytest.raises(NotMasterError):
        await cyd.set_connect_id("mine")


async def test_a_server_can_ask_for_a_connect_id_from_the_beginning(meet: Meet) -> None:
    company = await meet(connect_id="abc")
    with pytest.raises(WrongConnectIdError):
        await company.join("Ada")
    await company.join("Ada", connect_id="abc")


async def test_who_is_removed_is_told_by_whom_and_why_and_the_others_see_them_go(
    meet: Meet,
) -> None:
    company = await meet("Ada", "Bob", "Cyd")
    ada, bob, cyd = company.sessions
    await bob.follow(cyd.id)
    await ada.remove(cyd.id, "the class is over")
    with pytest.raises(RemovedError, match=r"Ada removed you.*the class is over"):
        async with asyncio.timeout(WITHIN_S):
            await cyd.reached(cyd.revision + 100)
    assert isinstance(cyd.lost, RemovedError)
    await company.agree()
    assert [user.name for user in bob.participants] == ["Ada", "Bob"]
    assert bob.me.following == ada.id
    with pytest.raises(NotMasterError):
        await bob.remove(ada.id)


async def test_only_an_owner_removes_an_owner(meet: Meet) -> None:
    company = await meet("Ada", roles=True)
    olga = await company.join("Olga", Role.OWNER)
    with pytest.raises(NotAllowedError, match="only an owner removes an owner"):
        await company.sessions[0].remove(olga.id)
    await olga.remove(company.sessions[0].id)
    assert [user.name for user in olga.participants] == ["Olga"]


async def test_who_is_muted_neither_chats_nor_points_until_that_is_lifted(meet: Meet) -> None:
    company = await meet("Ada", "Bob", "Cyd")
    ada, bob, cyd = company.sessions
    view = bob.views[0]
    view.point((0.5, 0.5))
    await until_shown(cyd, lambda: cyd.pointers)
    await ada.mute(bob.id)
    await until_shown(cyd, lambda: not cyd.pointers)
    assert (cyd.muted(bob.id).chat, cyd.muted(bob.id).pointers) == (True, True)
    with pytest.raises(NotAllowedError, match="muted"):
        await bob.chat("hello?")
    await ada.mute(bob.id, chat=False, pointers=False)
    await bob.chat("hello")
    view.point((0.25, 0.5), text="here")
    await until_shown(cyd, lambda: cyd.pointers)
    assert [(row.author_name, row.text) for row in cyd.chat_history] == [("Bob", "hello")]
    assert cyd.pointers[0].text == "here"


async def test_everyone_can_be_muted_but_who_may_mute(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    await ada.mute(None, pointers=False)
    await bob.reached(ada.revision)
    assert bob.muted(bob.id).chat
    assert not bob.muted(bob.id).pointers
    with pytest.raises(NotAllowedError):
        await bob.chat("hello?")
    await ada.chat("I am talking")
    await company.agree()
    assert [row.author_name for row in bob.chat_history] == ["Ada"]
    with pytest.raises(NotMasterError):
        await bob.mute(None, False, False)


async def test_under_viewers_look_only_a_viewer_only_looks(meet: Meet) -> None:
    company = await meet("Ada", roles=True, viewers_look_only=True)
    ada = company.sessions[0]
    eve = await company.join("Eve", Role.VIEWER)
    view, before = eve.views[0], eve.digest()
    for attempt in (
        eve.chat("hello"),
        eve.pin("here", (0, 0, 0), view),
        eve.propose(text="nothing"),
    ):
        with pytest.raises(NotAllowedError, match="--viewers-look-only"):
            await attempt
    eve.views[0].point((0.5, 0.5))
    view.camera = SIDE
    await until_shown(ada, lambda: shows(ada, eve, view))
    assert ada.pointers == ()
    await eve.catch_up()
    assert eve.me.following is None
    assert ada.digest() != before, "turning one's view ended the following, and only that"


# -- names, colours, states ------------------------------------------------------------------


async def test_a_colour_of_ones_own_is_seen_by_all(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    assert len({user.colour for user in ada.participants}) == 2
    await bob.set_colour("#FF8800")
    await company.agree()
    assert [user.colour for user in ada.participants][1] == "#ff8800"
    with pytest.raises(InvalidValueError, match="#rrggbb"):
        await bob.set_colour("orange")


async def test_typing_and_being_away_are_shown_and_never_kept(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    before = bob.digest()
    bob.show_typing()
    bob.show_idle()
    await until_shown(ada, lambda: ada.participants[1].typing and ada.participants[1].idle)
    late = await company.join("Cyd")
    assert (late.participants[1].typing, late.participants[1].idle) == (True, True)
    bob.show_typing(False)
    bob.show_idle(False)
    await until_shown(ada, lambda: not ada.participants[1].typing and not ada.participants[1].idle)
    await late.close()
    await company.agree()
    assert bob.state.participant(bob.id).name == "Bob"
    assert bob.digest() != before  # somebody came, and left: the counter of participants rose
    with pytest.raises(UnknownPropertyError):
        bob.looking.show_myself(Mood="fine")


# -- following -------------------------------------------------------------------------------


async def test_bring_everyone_here_moves_cameras_once_without_a_lasting_follow(meet: Meet) -> None:
    company = await meet("Ada", "Bob", "Cyd")
    ada, bob, cyd = company.sessions
    view = ada.views[0]
    await bob.follow(None)
    bob.views[0].camera = SIDE
    await until_shown(ada, lambda: shows(ada, bob, view))
    view.camera = FRONT
    await ada.bring_everyone(view)
    await until_shown(bob, lambda: bob.views[0].camera == FRONT)
    await until_shown(cyd, lambda: cyd.views[0].camera == FRONT)
    assert (bob.me.following, cyd.me.following) == (None, ada.id)
    view.camera = Camera(position=(0.0, 5.0, 0.0))
    await until_shown(cyd, lambda: cyd.views[0].camera.position == (0.0, 5.0, 0.0))
    assert bob.views[0].camera == FRONT
    with pytest.raises(NotMasterError):
        await bob.bring_everyone(view.id)


async def test_following_the_master_also_mirrors_active_source_and_active_view(
    meet: Meet,
) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    sphere = await ada.create("sources", "SphereSource")
    other = await ada.create("sources", "SphereSource")
    await company.agree()
    ada.active_source, ada.active_view = sphere, ada.views[0]
    await until_shown(bob, lambda: bob.active_source and bob.active_view)
    assert bob.active_source is not None
    assert bob.active_source.id == sphere.id
    assert bob.active_view == bob.views[0]
    await bob.follow(None)
    assert (bob.active_source, bob.active_view) == (None, None)
    bob.active_source = bob.proxies[other.id]
    assert bob.active_source == bob.proxies[other.id]
    await bob.follow_master()
    assert bob.active_source == bob.proxies[sphere.id]
    ada.active_source = None
    await until_shown(bob, lambda: bob.active_source is None)
    late = await company.join("Cyd")
    assert late.active_view == late.views[0]


async def test_a_deleted_source_is_nobodys_active_one(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    sphere = await ada.create("sources", "SphereSource")
    ada.active_source = sphere
    await until_shown(bob, lambda: bob.active_source)
    await ada.delete(sphere)
    await company.agree()
    assert (ada.active_source, bob.active_source) == (None, None)


# -- pointers --------------------------------------------------------------------------------


async def test_pointers_are_seen_with_whose_they_are_and_what_is_under_them(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    bob.views[0].point((0.25, 0.75), (1, 2, 3), "RTData: 150")
    await until_shown(ada, lambda: ada.pointers)
    [pointer] = ada.pointers
    assert (pointer.participant, pointer.view) == (bob.id, ada.views[0].id)
    assert (pointer.at, pointer.place, pointer.text) == ((0.25, 0.75), (1, 2, 3), "RTData: 150")
    assert (await company.join("Cyd")).pointers == (pointer,)
    bob.views[0].point()
    await until_shown(ada, lambda: not ada.pointers)


async def test_a_pointer_leaves_with_who_points(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    bob.views[0].point((0.5, 0.5))
    await until_shown(ada, lambda: ada.pointers)
    await bob.close()
    await until_shown(ada, lambda: not ada.pointers)


async def test_where_the_renderer_can_not_tell_what_is_where_nothing_is_pointed_at(
    meet: Meet,
) -> None:
    company = await meet("Ada", "Bob", renderer=TOY)
    ada, bob = company.sessions
    with pytest.raises(InvalidValueError):
        await bob.views[0].point_at(0.5, 0.5)
    await bob.catch_up()
    assert (ada.pointers, bob.pointers) == ((), ())


async def test_pointing_somewhere_that_can_not_be_is_refused_at_once(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    with pytest.raises(InvalidValueError):
        ada.views[0].point((float("nan"), 0.0))


# -- the end ---------------------------------------------------------------------------------


async def test_after_leaving_nothing_can_be_done(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    await ada.close()
    for attempt in (ada.lock(), ada.pause(), ada.pin("here", (0, 0, 0), ada.views[0])):
        with pytest.raises(ConnectionLostError):
            await attempt
