"""The session steps: requests once and in order, presence, facts, quarantine, rewinding."""

from collections.abc import Iterator

import pytest

from collab_kernel.core.commands import Chat, Create, Edit, Request
from collab_kernel.core.decide import Rules
from collab_kernel.core.effects import Admit, Dismiss, Persist, Reply, Run, Tell
from collab_kernel.core.events import Event
from collab_kernel.core.facts import DataInformation, Derived, Progress
from collab_kernel.core.mirror import Mirror
from collab_kernel.core.presence import Gone, Presence, Shown
from collab_kernel.core.session import Limits, Session
from collab_kernel.core.state import Table
from collab_kernel.core.stimuli import (
    Ask,
    Begin,
    Join,
    Learn,
    Leave,
    Lose,
    Quarantine,
    Show,
    Tick,
)
from collab_kernel.core.values import COUNTER_BITS, Kind, Value, guess
from collab_kernel.errors import NotMasterError, RemoteProtocolError, UnknownParticipantError
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.simulator import World, default_policy

SPHERE = (1 << COUNTER_BITS) + 1


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob"], "ann") as world:
        yield world
        world.settle()
        world.check()
        world.check_replay()


@pytest.fixture
def session() -> Session:
    session = Session(Rules(default_policy(), definitions()), Limits(9))
    session.step(Tick(5.0))
    session.step(Begin("main"))
    for seat in (1, 2):
        session.step(Join(seat))
    return session


def create(number: int, counter: int = 1) -> Ask:
    edit = Edit((Create((1 << COUNTER_BITS) + counter, "sources", "SphereSource"),))
    return Ask(1, Request(number, edit))


# -- effects ---------------------------------------------------------------------------------


def test_an_event_is_made_to_last_before_anybody_hears_of_it(session: Session) -> None:
    effects = session.step(create(1))
    assert [type(e) for e in effects] == [Persist, Tell, Run]
    assert all(e.event.revision == session.state.revision for e in effects if isinstance(e, Run))


def test_a_refusal_and_a_no_op_are_replies(session: Session) -> None:
    revision = session.state.revision
    [refused] = session.step(Ask(2, create(1).request))
    assert isinstance(refused, Reply)
    assert (refused.participant, refused.request, refused.revision) == (2, 1, revision)
    assert isinstance(refused.error, NotMasterError)
    [idle] = session.step(Ask(1, Request(1, Edit(()))))
    assert idle == Reply(1, 1, revision, None)


def test_who_joins_is_told_of_it_and_then_starts_from_the_state_with_themselves(
    session: Session,
) -> None:
    *told, admit = session.step(Join(7, "eve"))
    assert [type(e) for e in told] == [Persist, Tell, Run]
    assert isinstance(admit, Admit)
    assert (admit.seat, admit.participant) == (7, 3)
    assert admit.state is session.state
    assert admit.state.participant(3).name == "eve"


def test_who_gets_no_seat_is_dismissed() -> None:
    session = Session(Rules(default_policy(), definitions()), Limits(1))
    session.step(Join(1))
    [effect] = session.step(Join(2))
    assert isinstance(effect, Dismiss)
    assert (effect.seat, effect.error.code) == (2, "refused.session_full")


# -- requests --------------------------------------------------------------------------------


def test_a_request_that_was_decided_is_dropped_when_it_comes_again(session: Session) -> None:
    session.step(create(1))
    before = session.state
    assert session.step(create(1)) == []
    assert session.step(create(1, counter=2)) == []
    assert session.state is before
    assert session.step(create(2, counter=2))


def test_the_count_of_requests_survives_a_restart(session: Session) -> None:
    session.step(create(5))
    again = Session(session.rules, session.limits, session.state)
    assert again.step(create(5)) == []
    assert again.step(create(4, counter=2)) == []


def test_an_author_who_is_not_here_is_refused(session: Session) -> None:
    [reply] = session.step(Ask(9, Request(1, Chat("hello"))))
    assert isinstance(reply, Reply)
    assert isinstance(reply.error, UnknownParticipantError)


# -- begin and tick --------------------------------------------------------------------------


def test_a_new_session_begins_with_an_event_that_names_it(session: Session) -> None:
    row = session.state.session
    assert (row.name, row.catalogue) == ("main", "toy")


def test_a_session_that_goes_on_marks_everybody_lost_in_one_event(session: Session) -> None:
    again = Session(session.rules, session.limits, session.state)
    again.step(Tick(99.0))
    [persist, *_] = again.step(Begin("main"))
    assert isinstance(persist, Persist)
    assert persist.event.revision == session.state.revision + 1
    assert again.state.present == ()
    assert {row.lost_at_s for row in again.state.participants.values()} == {99.0}
    assert again.step(Begin("main")) == []  # nobody is left to lose


def test_time_that_passes_is_no_event_by_itself(session: Session) -> None:
    before = session.state
    assert session.step(Tick(1e6)) == []
    assert session.state is before


def test_losing_or_leaving_twice_is_once(session: Session) -> None:
    session.step(Lose(2))
    before = session.state
    assert session.step(Lose(2)) == []
    session.step(Leave(2))
    assert session.step(Leave(2)) == session.step(Lose(2)) == []
    assert before.revision + 1 == session.state.revision


# -- presence --------------------------------------------------------------------------------


@pytest.fixture
def view(world: World) -> int:
    return world["ann"].create("views", "RenderView")


def test_presence_is_told_to_all_but_who_shows_it_and_is_no_event(world: World, view: int) -> None:
    before = world.revision, world.digest()
    effects = world.step(Show(2, view, 1, (("CameraViewAngle", guess(40)),)))
    shown = Shown(2, view, 1, (("CameraViewAngle", Value(Kind.DOUBLE, (40.0,))),))
    assert effects == [Tell(shown, but=2)]
    assert (world.revision, world.digest()) == before


@pytest.mark.parametrize(
    ("participant", "proxy", "values"),
    [
        (2, 999, {"CameraViewAngle": 40}),
        (2, None, {"Background": (0, 0, 0)}),
        (2, None, {"Nope": 1}),
        (2, None, {"CameraPosition": 1}),
        (2, None, {"CameraViewAngle": float("inf"), "CameraPosition": "here"}),
        (9, None, {"CameraViewAngle": 40}),
    ],
)
def test_presence_that_makes_no_sense_is_dropped_silently(
    world: World, view: int, participant: int, proxy: int | None, values: dict[str, object]
) -> None:
    named = tuple((name, guess(plain)) for name, plain in values.items())
    assert world.step(Show(participant, proxy or view, 1, named)) == []
    assert not world.session.presence.shown


def test_newer_values_stand_beside_older_ones_and_late_ones_change_nothing() -> None:
    one, two = Value(Kind.INT, (1,)), Value(Kind.INT, (2,))
    presence = Presence().with_shown(Shown(1, 7, 5, (("a", one), ("b", one))))
    presence = presence.with_shown(Shown(1, 7, 6, (("b", two),)))
    assert presence.own(1, 7) == {"a": one, "b": two}
    assert presence.with_shown(Shown(1, 7, 4, (("a", two),))) is presence
    assert presence.own(1, 8) == presence.own(2, 7) == {}


@pytest.mark.parametrize("how", [Leave, Lose])
def test_who_goes_shows_nothing_any_more(world: World, view: int, how: type) -> None:
    world["bob"].show(view, CameraViewAngle=40)
    world.settle()
    assert world["ann"].mirror.presence.own(2, view)
    effects = world.step(how(2))
    assert Tell(Gone(2)) in effects
    world.settle()
    assert not world.session.presence.shown
    assert not world["ann"].mirror.presence.shown


@pytest.mark.parametrize("how", [Leave, Lose])
def test_presence_that_comes_after_the_goodbye_is_dropped(
    world: World, view: int, how: type
) -> None:
    """The goodbye is reliable and may overtake what was shown before it."""
    ann = world["ann"]
    world["bob"].show(view, CameraViewAngle=40)
    world.take(world["bob"])
    world.step(how(2))
    ann.deliver()
    assert not ann.mirror.presence.shown


# -- facts -----------------------------------------------------------------------------------


def fact(proxy: int, points: int = 8) -> Derived:
    return Derived(proxy, 3, (DataInformation("vtkPolyData", points=points),))


def test_facts_are_told_to_all_and_the_last_one_is_kept_for_late_joiners(world: World) -> None:
    sphere = world["ann"].create("sources", "SphereSource")
    before = world.revision, world.digest()
    for points in (8, 9):
        assert world.step(Learn(fact(sphere, points))) == [Tell(fact(sphere, points))]
    world.settle()
    assert (world.revision, world.digest()) == before
    assert [p.mirror.derived[sphere] for p in world.players.values()] == [fact(sphere, 9)] * 2
    [*_, admit] = world.step(Join(9, "eve"))
    assert isinstance(admit, Admit)
    assert dict(admit.derived) == {sphere: fact(sphere, 9)}


def test_facts_of_what_is_gone_are_void(world: World) -> None:
    ann = world["ann"]
    sphere = ann.create("sources", "SphereSource")
    world.step(Learn(fact(sphere)))
    world.step(Learn(Progress(sphere, 0.5)))
    ann.deliver()
    assert sphere in ann.mirror.derived
    ann.delete(sphere)
    assert world.step(Learn(fact(sphere))) == []
    assert world.step(Learn(Progress(sphere, 0.6))) == []
    assert not world.session.derived
    assert not ann.mirror.derived
    assert not ann.mirror.progress


def test_a_fact_that_comes_after_the_deletion_is_dropped(world: World) -> None:
    """Events are reliable and may overtake facts, which are latest-wins."""
    mirror = Mirror()
    mirror.fold(fact(SPHERE))
    mirror.fold(Progress(SPHERE, 0.5))
    assert not mirror.derived
    assert not mirror.progress


def test_progress_is_known_until_it_is_done(world: World) -> None:
    sphere = world["ann"].create("sources", "SphereSource")
    mirror = world["ann"].mirror
    mirror.fold(Progress(sphere, 0.5, "half"))
    assert mirror.progress[sphere].text == "half"
    mirror.fold(Progress(sphere, 1.0))
    assert not mirror.progress


def test_a_quarantine_is_an_event_that_everybody_sees(world: World) -> None:
    sphere = world["ann"].create("sources", "SphereSource")
    world.step(Quarantine(sphere, "it died twice"))
    world.step(Quarantine(999, "it died twice"))  # gone meanwhile
    world.settle()
    for player in world.players.values():
        assert dict(player.mirror.state.table(Table.QUARANTINE)) == {sphere: "it died twice"}


# -- mirrors and rewinding -------------------------------------------------------------------


def test_a_mirror_refuses_an_event_out_of_its_turn(world: World) -> None:
    mirror = world["ann"].mirror
    event = world["ann"].ask(Chat("hello"))
    assert isinstance(event, Event)
    with pytest.raises(RemoteProtocolError, match=f"event {event.revision} came"):
        mirror.fold(event)


def test_a_mirror_that_starts_again_forgets_what_is_not_there_any_more(
    world: World, view: int
) -> None:
    ann = world["ann"]
    empty = ann.mirror.state
    sphere = ann.create("sources", "SphereSource")
    world["bob"].show(view, CameraViewAngle=40)
    world.step(Learn(fact(sphere)))
    world.settle()
    world.leave("bob")
    ann.mirror.load(world.state)
    assert not ann.mirror.presence.shown
    assert sphere in ann.mirror.derived
    ann.mirror.load(empty)
    assert not ann.mirror.derived
    ann.mirror.load(world.state)
    ann.coming.clear()


def test_rewinding_leads_back_to_what_lasts(world: World) -> None:
    ann = world["ann"]
    ann.create("sources", "SphereSource")
    before, digest, mark = world.state, world.digest(), world.session.mark
    world.session.step(Ask(2, Request(9, Chat("lost"))))
    world.session.step(Join(9, "lost"))
    assert world.digest() != digest
    world.session.rewind(mark)
    assert world.digest() == digest
    assert world.state.undo is before.undo
    ann.create("sources", "SphereSource")  # the same ids and revisions are given again
    assert world.revision == before.revision + 1


def test_what_a_participant_showed_who_never_came_is_forgotten(world: World, view: int) -> None:
    mark = world.session.mark
    world.session.step(Join(9, "lost"))
    world.session.step(Show(3, view, 1, (("CameraViewAngle", guess(40)),)))
    world.session.rewind(mark)
    assert not world.session.presence.shown
