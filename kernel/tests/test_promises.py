"""What docs/semantics.md promises and no other test says by itself, through the public client."""

import asyncio
from collections.abc import Awaitable

import pytest

from collab_kernel.client import Camera, Create, Role, Session, connect
from collab_kernel.core.commands import Edit, Request, Set, Undo
from collab_kernel.core.decide import decide
from collab_kernel.core.events import EventKind, SetValue
from collab_kernel.core.evolve import apply, evolve
from collab_kernel.core.state import FollowTarget
from collab_kernel.core.undo import remember
from collab_kernel.core.values import COUNTER_BITS, guess
from collab_kernel.errors import InvalidValueError, NothingToUndoError
from collab_kernel.server import Server
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.simulator import World

from .conftest import WITHIN_S, Meet

HERE = Camera(position=(5.0, 4.0, 3.0))


# -- sessions ----------------------------------------------------------------------------------


async def test_a_server_hosts_sessions_by_name_that_share_nothing_and_main_is_the_default(
    meet: Meet,
) -> None:
    assert (await meet("Ada")).sessions[0].name == "main"
    async with Server(
        ["memory://two:0"], renderer=None, catalogue=definitions(), sessions=["one", "two"]
    ) as server:
        [address] = server.addresses
        async with await connect(address) as one, await connect(address, session="two") as two:
            assert (one.name, two.name) == ("one", "two")
            before = two.digest()
            await one.create("sources", "SphereSource")
            await one.chat("is anybody there?")
            await two.catch_up()
            assert two.digest() == before
            assert (one.me.is_master, two.me.is_master) == (True, True)


async def test_all_that_a_session_is_a_late_joiner_has_at_once(meet: Meet) -> None:
    company = await meet(roles=True)
    ada = await company.join("Ada", Role.OWNER)
    bob = await company.join("Bob")
    sphere = await ada.create("sources", "SphereSource", "Ball")
    other = await ada.create("sources", "SphereSource")
    await ada.link_properties("radii", (sphere, "Radius"), (other, "Radius"))
    await ada.pin("look", (1.0, 2.0, 3.0), ada.views[0])
    await bob.propose(Create(bob.new_id(), "sources", "SphereSource"), text="one more")
    await bob.request_master()
    await bob.chat("hello")
    await bob.follow(None)
    await ada.lock()
    await company.agree()
    late = await company.join("Olga", Role.OWNER)
    assert late.proxy("sources", "Ball") is not None
    assert list(late.links) == ["radii"]
    assert [p.name for p in late.participants] == ["Ada", "Bob", "Olga"]
    assert late.master is not None
    assert late.master.name == "Ada"
    assert [p.following for p in late.participants[:2]] == [None, None]
    assert [p.name for p in late.requests] == ["Bob"]
    assert late.locked_by == "Ada"
    assert [pin.text for pin in late.pins] == ["look"]
    assert [proposal.text for proposal in late.proposals] == ["one more"]
    assert [row.text for row in late.chat_history] == ["hello"]
    assert late.history == ada.history
    assert len(late.history) == 3
    await company.agree()
    assert late.revision == company.server.state().revision


async def test_a_session_outlives_its_participants(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    await ada.create("sources", "SphereSource", "Ball")
    await bob.chat("see you")
    await bob.close()
    await ada.close()
    late = await company.join("Cyd")
    assert late.proxy("sources", "Ball") is not None
    assert [row.text for row in late.chat_history] == ["see you"]
    assert late.me.is_master


async def test_every_accepted_command_is_one_event_with_one_revision(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    events = ada.events()

    async def does(by: Session, command: Awaitable[object], kind: EventKind) -> None:
        before = ada.revision
        await command
        await ada.reached(before + 1)
        event = await anext(events)
        assert (event.revision, event.author, event.kind) == (before + 1, by.id, kind)
        assert event.request
        await by.catch_up()
        assert by.revision == before + 1, "and no other"

    await does(ada, ada.create("sources", "SphereSource"), EventKind.EDIT)
    await does(ada, ada.undo(), EventKind.UNDO)
    await does(ada, ada.redo(), EventKind.REDO)
    await does(bob, bob.rename("Rob"), EventKind.PEOPLE)
    await does(bob, bob.follow(None), EventKind.PEOPLE)
    await does(bob, bob.chat("hello"), EventKind.CHAT)
    await does(ada, ada.go_to_time(2.0), EventKind.TIME)
    await does(bob, bob.pin("here", (0.0, 0.0, 0.0), bob.views[0]), EventKind.PIN)
    edit = Create(bob.new_id(), "sources", "SphereSource")
    await does(bob, bob.propose(edit), EventKind.PROPOSAL)
    await does(ada, ada.promote(bob.id), EventKind.RIGHT)


async def test_an_id_is_its_makers_number_and_a_counter_and_the_servers_is_zero(
    meet: Meet,
) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    await ada.promote(bob.id)
    made = [await bob.create("sources", "SphereSource") for _ in range(2)]
    assert [proxy.id - (bob.id << COUNTER_BITS) for proxy in made] == [1, 2]
    assert [proxy.maker for proxy in (*made, *bob.views)] == [bob.id, bob.id, 0]


# -- following and looking ---------------------------------------------------------------------


async def test_own_navigation_stops_following_before_anybody_sees_the_camera(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    presence = ada.presence()
    view = bob.views[0]
    assert bob.me.following == ada.id
    view.camera = HERE
    assert view.camera == HERE, "at once, for oneself"
    async with asyncio.timeout(WITHIN_S):
        shown = await anext(presence)
        while getattr(shown, "participant", None) != bob.id:
            shown = await anext(presence)
    row = ada.state.participant(bob.id)
    assert row.following.kind is FollowTarget.Kind.NOBODY
    assert ada.views[0].camera != HERE


async def test_a_follower_keeps_no_copy_of_the_camera_it_sees(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    ada.views[0].camera = HERE
    news = bob.presence()
    async with asyncio.timeout(WITHIN_S):
        while bob.views[0].camera != HERE:
            await anext(news)
    await bob.follow(None)
    assert bob.views[0].camera != HERE, "it was Ada's"


# -- undo --------------------------------------------------------------------------------------


async def test_only_the_pipeline_its_names_links_and_selections_are_anybodys_to_undo(
    meet: Meet,
) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    view = ada.views[0]
    await ada.rename("Ada L.")
    await ada.set_colour("#123456")
    await ada.follow(bob.id)
    await ada.follow_everyone(bob.id)
    await ada.chat("hello")
    await ada.pin("here", (0.0, 0.0, 0.0), view)
    await ada.reject(await ada.propose(Create(ada.new_id(), "sources", "SphereSource")))
    await ada.go_to_time(2.0)
    await ada.play([1.0, 2.0], loop=True)
    await ada.pause()
    await ada.lock()
    await ada.unlock()
    await ada.mute(bob.id)
    view.camera = HERE
    ada.looking.go_home()
    await ada.catch_up()
    await bob.request_master()
    await ada.promote(bob.id)
    await company.agree()
    assert bob.history == ()
    with pytest.raises(NothingToUndoError):
        await bob.undo()


def test_undo_asks_no_domain_again() -> None:
    """A value that an older definition took, and today's does not."""
    with World(0, ["ann"], "ann") as world:
        ann = world["ann"]
        sphere = ann.create("sources", "SphereSource")
        with pytest.raises(InvalidValueError):
            ann.set(sphere, Radius=-1.0)
        before, state = world.state.value(sphere, "Radius"), world.state
        state = apply(state, (SetValue(sphere, "Radius", before, guess(-1.0)),))
        for number, command in enumerate(
            (Edit((Set(sphere, (("Radius", guess(2.0)),)),)), Undo()), 100
        ):
            event = decide(state, ann.id, Request(number, command), world.session.rules, 0.0)
            assert event is not None
            state = remember(evolve(state, event), event)
        assert state.value(sphere, "Radius") == guess(-1.0)


# -- clients -----------------------------------------------------------------------------------


async def test_revision_and_digest_speak_of_the_confirmed_state(meet: Meet) -> None:
    company = await meet("Ada", "Bob")
    ada, bob = company.sessions
    sphere = await ada.create("sources", "SphereSource")
    await company.agree()
    await bob.catch_up()
    async with bob.draft("smaller"):
        theirs = bob.proxy("sources", "Sphere1")
        assert theirs is not None
        await theirs.set(Radius=0.25)
        assert (theirs["Radius"], sphere["Radius"]) == (0.25, 0.5)
        assert (bob.revision, bob.digest()) == (ada.revision, ada.digest())
