"""A server and its clients on the in-memory wire: who gets in, who hears what, how it ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from collab_kernel.client import Camera, Delete, Input, Session, connect
from collab_kernel.core.commands import Rename
from collab_kernel.core.state import Table
from collab_kernel.errors import (
    ConnectionLostError,
    FollowCycleError,
    ForeignProxyError,
    InvalidCommandError,
    InvalidValueError,
    NoRendererError,
    NotMasterError,
    SessionFullError,
    UnknownSessionError,
    UnknownTypeError,
)
from collab_kernel.server import Server
from collab_kernel.testing.catalogue import definitions

WITHIN_S = 20.0


def a_server(**options: Any) -> Server:
    chosen: dict[str, Any] = {"renderer": None, "catalogue": definitions(), "multi_clients": True}
    return Server(["memory://t:0"], **chosen | options)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with a_server() as server:
        yield server


@asynccontextmanager
async def joined(server: Server, *names: str) -> AsyncIterator[list[Session]]:
    sessions = [await connect(server.addresses[0], name) for name in names]
    try:
        yield sessions
    finally:
        for session in sessions:
            await session.close()


async def until(session: Session, condition: Callable[[], object]) -> None:
    """Return when the mirror shows it, as events arrive."""
    events = session.events()
    async with asyncio.timeout(WITHIN_S):
        while not condition():
            await anext(events)
    events.close()


async def together(*sessions: Session) -> None:
    newest = max(s.revision for s in sessions)
    async with asyncio.timeout(WITHIN_S):
        for session in sessions:
            await session.reached(newest)


# -- getting in ------------------------------------------------------------------------------


async def test_a_session_starts_with_one_view_and_the_types_that_there_are(server: Server) -> None:
    async with joined(server, "Ada") as [ada]:
        [view] = ada.views
        assert (view.name, view.type) == ("RenderView1", "RenderView")
        assert ("sources", "SphereSource") in {(t.group, t.type) for t in ada.types}
        assert ada.collaborative
        assert ada.renderer == ""
        assert (ada.me.name, ada.me.is_master, ada.me.role) == ("Ada", True, "collaborator")


async def test_participants_are_known_to_all_in_the_order_of_joining(server: Server) -> None:
    async with joined(server, "Ada", "Bob", "Cyd") as [ada, bob, cyd]:
        await together(ada, bob, cyd)
        for session in (ada, bob, cyd):
            assert [p.name for p in session.participants] == ["Ada", "Bob", "Cyd"]
            assert session.master is not None
            assert session.master.id == ada.id
            assert [p.following for p in session.participants] == [None, ada.id, ada.id]


async def test_one_participant_is_admitted_unless_more_are_asked_for() -> None:
    async with a_server(multi_clients=False) as server, joined(server, "Ada") as [ada]:
        assert not ada.collaborative
        before = ada.digest()
        with pytest.raises(SessionFullError, match="--multi-clients"):
            await connect(server.addresses[0], "Bob")
        assert ada.digest() == before
        await ada.close()
        async with joined(server, "Bob") as [bob]:
            assert bob.me.is_master


async def test_a_full_session_names_the_flag() -> None:
    async with a_server(max_clients=2) as server, joined(server, "Ada", "Bob"):
        with pytest.raises(SessionFullError, match="--max-clients"):
            await connect(server.addresses[0])


async def test_an_unknown_session_is_refused_with_the_names_of_those_there_are() -> None:
    async with a_server(sessions=["one", "two"]) as server:
        with pytest.raises(UnknownSessionError, match="'three' here; there is 'one', 'two'"):
            await connect(server.addresses[0], session="three")
        two = await connect(server.addresses[0], session="two")
        assert two.name == "two"
        assert not server.state("one").participants
        await two.close()


async def test_nobody_at_the_address_is_a_lost_connection() -> None:
    with pytest.raises(ConnectionLostError):
        await connect("memory://nobody")


# -- changing and hearing --------------------------------------------------------------------


async def test_all_mirrors_have_the_same_digest_at_the_same_revision(server: Server) -> None:
    async with joined(server, "Ada", "Bob", "Cyd") as [ada, bob, cyd]:
        sphere = await ada.create("sources", "SphereSource", name="Ball", ThetaResolution=16)
        shrink = await ada.create("filters", "ShrinkFilter", Input=sphere)
        await asyncio.gather(
            sphere.set(Radius=2), bob.chat("hello"), cyd.follow(bob.id), shrink.rename("Small")
        )
        await ada.undo()
        await together(ada, bob, cyd)
        assert {s.digest() for s in (ada, bob, cyd)} == {ada.digest()}
        seen = bob.proxy("sources", "Ball")
        assert seen is not None
        assert (seen["ThetaResolution"], seen["Radius"]) == (16, 2.0)
        assert bob.proxies[shrink.id]["Input"] == seen


async def test_a_change_returns_its_revision_and_is_in_the_mirror_by_then(server: Server) -> None:
    async with joined(server, "Ada") as [ada]:
        sphere = await ada.create("sources", "SphereSource")
        assert sphere["Radius"] == 0.5
        revision = await sphere.set(Radius=2)
        assert ada.revision == revision
        assert sphere["Radius"] == 2.0
        assert await sphere.set(Radius=2) == revision  # nothing to do


async def test_events_come_from_the_call_on_and_none_is_missed(server: Server) -> None:
    async with joined(server, "Ada", "Bob") as [ada, bob]:
        await together(ada, bob)
        start, events = bob.revision, bob.events()
        futures = [ada.begin(_renamed(n)) for n in range(200)]
        last = (await asyncio.gather(*futures))[-1]
        async with asyncio.timeout(WITHIN_S):
            got = [(await anext(events)).revision for _ in range(last - start)]
        assert got == list(range(start + 1, last + 1))
        await bob.close()
        assert [e async for e in events] == []


def _renamed(number: int) -> Rename:
    return Rename(f"Ada {number}")


async def test_a_slave_is_refused_and_nothing_has_changed(server: Server) -> None:
    async with joined(server, "Ada", "Bob") as [ada, bob]:
        sphere = await ada.create("sources", "SphereSource")
        await together(ada, bob)
        before, seen = ada.digest(), bob.proxies[sphere.id]
        with pytest.raises(NotMasterError, match="Ada has it") as caught:
            await seen.set(Radius=2)
        assert (caught.value.actor, caught.value.master) == ("Bob", "Ada")
        for refused in (
            bob.create("sources", "SphereSource"),
            bob.delete(seen),
            bob.undo(),
            bob.promote(bob.id),
            bob.follow_everyone(bob.id),
        ):
            with pytest.raises(NotMasterError):
                await refused
        await together(ada, bob)
        assert ada.digest() == bob.digest() == before
        assert seen["Radius"] == 0.5


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"Radius": "wide"}, InvalidValueError),
        ({"Radius": -1}, InvalidValueError),
        ({"Radius": float("nan")}, InvalidValueError),
        ({"Center": (1, 2)}, InvalidValueError),
        ({"Center": [(1, 2), (3, 4), (5, 6)]}, InvalidValueError),
    ],
)
async def test_a_bad_value_is_refused_by_type(
    server: Server, values: dict[str, object], error: type[Exception]
) -> None:
    async with joined(server, "Ada") as [ada]:
        sphere = await ada.create("sources", "SphereSource")
        before = ada.digest()
        with pytest.raises(error):
            await sphere.set(**values)
        assert ada.digest() == before


async def test_what_no_message_can_carry_is_refused_and_the_session_goes_on(server: Server) -> None:
    async with joined(server, "Ada") as [ada]:
        with pytest.raises(InvalidCommandError):
            await ada.chat("lone \ud800")
        with pytest.raises(InvalidCommandError):
            await ada.edit(Delete(-1))
        await ada.chat("hello")


async def test_a_proxy_of_one_server_is_no_input_on_another(server: Server) -> None:
    async with (
        a_server() as other,
        joined(server, "Ada") as [here],
        joined(other, "Ada") as [there],
    ):
        sphere = await here.create("sources", "SphereSource", name="Ball")
        with pytest.raises(ForeignProxyError, match=r"Ball belongs to .*memory://t:"):
            await there.create("filters", "ShrinkFilter", Input=sphere)
        shrink = await there.create("filters", "ShrinkFilter")
        with pytest.raises(ForeignProxyError):
            await shrink.set(Input=(sphere, 0))
        assert shrink["Input"] is None


async def test_the_right_is_handed_on_and_taken_over(server: Server) -> None:
    async with joined(server, "Ada", "Bob", "Cyd") as [ada, bob, cyd]:
        await ada.promote(cyd.id)
        await until(cyd, lambda: cyd.me.is_master)
        await cyd.create("sources", "SphereSource")
        with pytest.raises(NotMasterError):
            await ada.create("sources", "SphereSource")
        await cyd.close()
        await until(bob, lambda: bob.master is not None and bob.master.id == ada.id)
        await ada.create("sources", "SphereSource")


async def test_following_is_chosen_and_refused_where_it_would_go_round(server: Server) -> None:
    async with joined(server, "Ada", "Bob", "Cyd") as [ada, bob, cyd]:
        await bob.follow(cyd.id)
        with pytest.raises(FollowCycleError):
            await cyd.follow(bob.id)
        await bob.follow(None)
        assert bob.me.following is None
        await ada.follow_everyone(cyd.id)
        assert {p.following for p in ada.participants} == {cyd.id, None}


async def test_ones_camera_is_seen_by_who_follows(server: Server) -> None:
    async with joined(server, "Ada", "Bob") as [ada, bob]:
        await together(ada, bob)
        presence = bob.presence()
        camera = Camera(position=(1.0, 2.0, 3.0), view_angle=40.0)
        ada.views[0].camera = camera
        async with asyncio.timeout(WITHIN_S):
            await anext(presence)
        assert bob.views[0].camera == ada.views[0].camera == camera
        async with joined(server, "Cyd") as [cyd]:
            shown = cyd.presence()
            if cyd.views[0].camera != camera:
                async with asyncio.timeout(WITHIN_S):
                    await anext(shown)
            assert cyd.views[0].camera == camera


async def test_the_camera_of_a_master_who_leaves_becomes_the_home_camera(server: Server) -> None:
    async with joined(server, "Ada", "Bob") as [ada, bob]:
        await together(ada, bob)
        camera = Camera(position=(1.0, 2.0, 3.0))
        ada.views[0].camera = camera
        await ada.close()
        await until(bob, lambda: len(bob.participants) == 1)
        assert bob.views[0].camera == camera
        assert server.state().value(bob.views[0].id, "CameraPosition").plain == (1.0, 2.0, 3.0)  # type: ignore[union-attr]


async def test_the_definition_of_a_type_is_told_when_asked(server: Server) -> None:
    async with joined(server, "Ada", "Bob") as [_, bob]:
        definition = await bob.definition("filters", "Clip")
        assert definition == definitions().definition("filters", "Clip")
        with pytest.raises(UnknownTypeError, match="did you mean Clip"):
            await bob.definition("filters", "Clop")


async def test_without_a_renderer_there_are_no_pictures_and_no_data(server: Server) -> None:
    async with joined(server, "Ada") as [ada]:
        sphere = await ada.create("sources", "SphereSource")
        for asked in (sphere.update(), ada.views[0].render(), sphere.fetch()):
            with pytest.raises(NoRendererError, match="--renderer none"):
                await asked


async def test_showing_and_hiding_need_no_renderer(server: Server) -> None:
    async with joined(server, "Ada") as [ada]:
        sphere = await ada.create("sources", "SphereSource")
        shown = await ada.show(sphere)
        assert shown["Input"] == sphere
        assert ada.views[0]["Representations"] == (shown,)
        assert await ada.show(sphere) == shown
        await ada.hide(sphere)
        assert shown["Visibility"] is False


# -- leaving, losing, stopping ---------------------------------------------------------------


async def test_who_leaves_is_gone_and_who_is_lost_is_remembered(server: Server) -> None:
    async with joined(server, "Ada", "Bob", "Cyd") as [ada, bob, cyd]:
        await bob.close()
        await until(ada, lambda: bob.id not in ada.state.participants)
        await cyd._connection._link.channel.close()  # the wire breaks
        await until(ada, lambda: not ada.state.participant(cyd.id).connected)
        assert [p.name for p in ada.participants] == ["Ada"]


async def test_closing_twice_is_once_and_a_closed_session_says_so(server: Server) -> None:
    ada = await connect(server.addresses[0])
    await ada.close()
    await ada.close()
    assert isinstance(ada.lost, ConnectionLostError)
    for refused in (ada.chat("hello"), ada.reached(10**6), ada.definition("views", "None")):
        with pytest.raises(ConnectionLostError):
            await refused


async def test_a_server_that_stops_tells_its_clients_and_leaves_nothing_running() -> None:
    before = asyncio.all_tasks()
    async with a_server() as server:
        ada = await connect(server.addresses[0], "Ada", reconnect_s=0)
        events, waiting = ada.events(), asyncio.create_task(ada.reached(10**6))
        await asyncio.sleep(0)
    with pytest.raises(ConnectionLostError, match="the server is stopping"):
        await waiting
    with pytest.raises(ConnectionLostError, match="the server is stopping"):
        async for _ in events:
            pass
    await ada.close()
    assert asyncio.all_tasks() == before
    async with Server(server.addresses, renderer=None, catalogue=definitions()) as again:
        assert again.addresses == server.addresses  # the address is free again


async def test_an_input_is_given_with_its_port(server: Server) -> None:
    async with joined(server, "Ada") as [ada]:
        specimen = await ada.create("sources", "Specimen")
        append = await ada.create("filters", "AppendPolyData", Input=[specimen, (specimen, 1)])
        assert append["Input"] == (specimen, (specimen, 1))
        assert ada.state.value(append.id, "Input").elements == (  # type: ignore[union-attr]
            Input(specimen.id),
            Input(specimen.id, 1),
        )
        assert ada.state.table(Table.COUNTERS)[ada.id] == 2


async def test_a_clock_that_is_set_moves_no_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        Server(["memory://clock:0"], renderer=None, catalogue=definitions()) as server,
        await connect(server.addresses[0]) as ada,
    ):
        await ada.chat("before")
        monkeypatch.setattr(time, "time", lambda: 0.0)
        await ada.chat("after")
        before, after = (row.time_s for row in ada.chat_history)
        assert 0.0 <= after - before < 3_600.0
