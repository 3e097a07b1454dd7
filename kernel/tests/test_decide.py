"""What a command changes, and whom it is asked of."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from collab_kernel.core.commands import (
    Chat,
    Connect,
    Create,
    Delete,
    Disconnect,
    Edit,
    Promote,
    Redo,
    Register,
    Request,
    Set,
    SetHome,
    Undo,
)
from collab_kernel.core.decide import Rules, decide
from collab_kernel.core.events import EventKind, Put, SetValue
from collab_kernel.core.state import State, Table
from collab_kernel.core.stimuli import Quarantine
from collab_kernel.core.values import COUNTER_BITS, Input, Kind, Value, guess
from collab_kernel.errors import (
    InputCycleError,
    InvalidCommandError,
    NameTakenError,
    NotAllowedError,
    ProxyInUseError,
    RefusedError,
    UnknownPropertyError,
    VetoedError,
)
from collab_kernel.testing import invariants
from collab_kernel.testing.simulator import World


@pytest.fixture
def world() -> Iterator[World]:
    with World(0, ["ann", "bob", "cid"], "ann") as world:
        yield world
        invariants.check_state(world.state)
        world.check()
        world.check_replay()


def value(*elements: object) -> Value:
    return guess(elements)


# -- create ----------------------------------------------------------------------------------


def test_a_new_proxy_holds_every_value_defaults_included(world: World) -> None:
    id = world["ann"].create("sources", "SphereSource", Radius=2)
    assert dict(world.state.values(id)) == {
        "Radius": Value(Kind.DOUBLE, (2.0,)),
        "Center": Value(Kind.DOUBLE, (0.0, 0.0, 0.0)),
        "ThetaResolution": Value(Kind.INT, (8,)),
        "PhiResolution": Value(Kind.INT, (8,)),
    }


def test_a_definition_enters_the_log_when_its_type_is_first_used(world: World) -> None:
    key = ("sources", "SphereSource")
    assert key not in world.state.table(Table.DEFINITIONS)
    first = world["ann"].edit(Create(world["ann"].new_id(), *key))
    again = world["ann"].edit(Create(world["ann"].new_id(), *key))
    assert first is not None
    assert again is not None
    tables = [[c.table for c in e.changes if isinstance(c, Put)] for e in (first, again)]
    assert Table.DEFINITIONS in tables[0]
    assert Table.DEFINITIONS not in tables[1]


def test_the_next_free_name_of_the_type_is_taken(world: World) -> None:
    ann = world["ann"]
    ids = [ann.create("sources", "SphereSource") for _ in range(3)]
    assert [world.state.title(i) for i in ids] == ["Sphere1", "Sphere2", "Sphere3"]
    ann.delete(ids[2])
    again = ann.create("sources", "SphereSource")
    assert world.state.title(again) == "Sphere3"


def test_names_are_unique_within_a_group_only(world: World) -> None:
    ann = world["ann"]
    ann.create("sources", "SphereSource", "Twin")
    ann.create("filters", "ShrinkFilter", "Twin")
    with pytest.raises(NameTakenError, match="'Twin'"):
        ann.create("sources", "Specimen", "Twin")


def test_one_edit_makes_and_connects_several_proxies(world: World) -> None:
    ann = world["ann"]
    sphere, shrink = ann.new_id(), ann.new_id()
    event = ann.edit(
        Create(sphere, "sources", "SphereSource"),
        Create(shrink, "filters", "ShrinkFilter"),
        Connect(shrink, "Input", Input(sphere)),
    )
    assert event is not None
    assert event.revision == world.revision
    assert world.state.users_of(sphere) == ((shrink, "Input"),)


def test_an_edit_applies_whole_or_not_at_all(world: World) -> None:
    ann, before = world["ann"], world.digest()
    sphere = ann.new_id()
    with pytest.raises(UnknownPropertyError):
        ann.edit(Create(sphere, "sources", "SphereSource"), Set(sphere, (("Nope", value(1)),)))
    assert world.digest() == before
    assert not world.state.proxies


def test_ids_only_rise_and_none_is_given_twice(world: World) -> None:
    ann = world["ann"]
    first = ann.create("sources", "SphereSource")
    ann.delete(first)
    with pytest.raises(InvalidCommandError, match=f"its next id is {first + 1} or above"):
        ann.edit(Create(first, "sources", "SphereSource"))
    ann.edit(Create(first + 7, "sources", "SphereSource"))
    with pytest.raises(InvalidCommandError):
        ann.edit(Create(first + 3, "sources", "SphereSource"))


# -- values, connections, names --------------------------------------------------------------


def test_setting_what_is_set_already_is_no_event(world: World) -> None:
    sphere = world["ann"].create("sources", "SphereSource")
    before = world.revision
    assert world["ann"].set(sphere, Radius=0.5, ThetaResolution=8.0) is None
    assert world["ann"].edit() is None
    assert world["ann"].edit(Register(sphere, "Sphere1")) is None
    assert world["ann"].ask(Promote(world["ann"].id)) is None
    assert world.revision == before


def test_a_connection_is_appended_once_and_taken_out(world: World) -> None:
    ann = world["ann"]
    a, b = ann.create("sources", "SphereSource"), ann.create("sources", "Specimen")
    append = ann.create("filters", "AppendPolyData")
    ann.edit(Connect(append, "Input", Input(a)), Connect(append, "Input", Input(b, 1)))
    assert ann.edit(Connect(append, "Input", Input(a))) is None
    assert world.state.value(append, "Input") == Value(Kind.INPUT, (Input(a), Input(b, 1)))
    ann.edit(Disconnect(append, "Input", Input(a)))
    assert ann.edit(Disconnect(append, "Input", Input(a))) is None
    assert world.state.value(append, "Input") == Value(Kind.INPUT, (Input(b, 1),))
    assert world.state.users_of(a) == ()


def test_connecting_to_a_single_input_replaces_it(world: World) -> None:
    ann = world["ann"]
    a, b = (ann.create("sources", "SphereSource") for _ in range(2))
    shrink = ann.create("filters", "ShrinkFilter", Input=Input(a))
    ann.edit(Connect(shrink, "Input", Input(b)))
    assert world.state.value(shrink, "Input") == Value(Kind.INPUT, (Input(b),))
    ann.edit(Disconnect(shrink, "Input", Input(b)))
    assert world.state.value(shrink, "Input") == Value(Kind.INPUT)


def test_a_proxy_gets_another_name_and_the_old_one_is_free(world: World) -> None:
    ann = world["ann"]
    sphere = ann.create("sources", "SphereSource")
    ann.edit(Register(sphere, "Ball"))
    assert world.state.named("sources", "Ball") == sphere
    assert world.state.named("sources", "Sphere1") is None
    another = ann.create("sources", "SphereSource")
    assert world.state.title(another) == "Sphere1"


def test_home_values_are_set_by_a_command_of_their_own(world: World) -> None:
    ann = world["ann"]
    view = ann.create("views", "RenderView")
    event = ann.ask(SetHome(view, (("CameraViewAngle", value(45)),)))
    assert event is not None
    assert event.kind is EventKind.HOME
    assert world.state.value(view, "CameraViewAngle") == Value(Kind.DOUBLE, (45.0,))
    with pytest.raises(InvalidCommandError, match="participant's own"):
        ann.set(view, CameraViewAngle=50)
    with pytest.raises(InvalidCommandError, match="has no home value"):
        ann.ask(SetHome(view, (("Background", value(0, 0, 0)),)))


# -- deleting --------------------------------------------------------------------------------


def test_a_deleted_proxy_leaves_nothing_behind(world: World) -> None:
    ann = world["ann"]
    sphere = ann.create("sources", "SphereSource")
    shrink = ann.create("filters", "ShrinkFilter", Input=Input(sphere))
    ann.edit(Delete(shrink), Delete(sphere))
    for table in (Table.PROXIES, Table.VALUES, Table.NAMES):
        assert not world.state.table(table)
    assert not world.state.users


def test_the_refusal_to_delete_says_who_uses_it_and_stays_short(world: World) -> None:
    ann = world["ann"]
    sphere = ann.create("sources", "SphereSource")
    for _ in range(13):
        ann.create("filters", "ShrinkFilter", Input=Input(sphere))
    with pytest.raises(
        ProxyInUseError, match=r"Shrink1 \(Input\), Shrink2 .* and 3 more"
    ) as caught:
        ann.delete(sphere)
    assert "Shrink13" not in str(caught.value)


# -- quarantine ------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["itself", "upstream", "undo", "redo", "delete"])
def test_a_change_of_a_quarantined_proxy_or_upstream_of_it_lifts_that(
    world: World, what: str
) -> None:
    ann = world["ann"]
    sphere = ann.create("sources", "SphereSource")
    shrink = ann.create("filters", "ShrinkFilter", Input=Input(sphere))
    ann.set(sphere, Radius=2)
    if what == "redo":
        ann.ask(Undo())
    world.step(Quarantine(shrink, "it died twice"))
    world.settle()
    assert world.state.table(Table.QUARANTINE)[shrink] == "it died twice"
    ann.create("sources", "SphereSource", Radius=3) if what != "redo" else None
    assert shrink in world.state.table(Table.QUARANTINE)  # something else has changed
    match what:
        case "itself":
            ann.set(shrink, ShrinkFactor=0.1)
        case "upstream":
            ann.set(sphere, Radius=4)
        case "undo":
            ann.ask(Undo())
            ann.ask(Undo())
        case "redo":
            ann.ask(Redo())
        case "delete":
            ann.delete(shrink)
    assert not world.state.table(Table.QUARANTINE)


# -- the rest ---------------------------------------------------------------------------------


def test_a_circle_of_inputs_is_refused_however_long(world: World) -> None:
    ann = world["ann"]
    chain = [ann.create("filters", "ShrinkFilter") for _ in range(4)]
    for upstream, downstream in pairwise(chain):
        ann.edit(Connect(downstream, "Input", Input(upstream)))
    with pytest.raises(InputCycleError, match="Shrink4 depends on Shrink1"):
        ann.set(chain[0], Input=Input(chain[-1]))
    sphere = ann.create("sources", "Specimen")
    ann.set(chain[0], Input=Input(sphere))
    with pytest.raises(InputCycleError):
        ann.edit(Connect(sphere, "Helpers", Input(chain[2])))  # through any kind of reference


@pytest.mark.parametrize("label", ["x" * 256, "two\nlines"])
def test_a_label_is_short_and_printable(world: World, label: str) -> None:
    with pytest.raises(InvalidCommandError, match="is no label"):
        world["ann"].ask(Chat("hello"), label)


def test_an_event_says_who_asked_for_what_and_when(world: World) -> None:
    ann = world["ann"]
    ann.create("sources", "SphereSource")
    event = ann.ask(Chat("hello"), "a label", undo_set=3)
    assert event is not None
    assert (event.author, event.request, event.label) == (ann.id, 2, "a label")
    assert (event.kind, event.undo_set, event.time_s) == (EventKind.CHAT, 3, 1_000.0)


def test_a_label_is_made_for_an_edit_without_one(world: World) -> None:
    ann = world["ann"]
    sphere = ann.create("sources", "SphereSource")
    event = ann.edit(
        *(Set(sphere, (("Radius", value(r)),)) for r in (1, 2)),
        Register(sphere, "Ball"),
        Delete(sphere),
    )
    assert event is not None
    assert event.label == (
        "Set Radius of Sphere1, Set Radius of Sphere1, Rename Sphere1 to Ball and 1 more"
    )


# -- who is asked ----------------------------------------------------------------------------


class Asked:
    """A policy and a veto that note who asked them, and answer as told."""

    def __init__(self, permits: RefusedError | None, veto: RefusedError | None) -> None:
        self.calls: list[str] = []
        self._permits, self._veto = permits, veto

    def permits(self, *_: object) -> RefusedError | None:
        self.calls.append("policy")
        return self._permits

    def veto(self, *_: object) -> RefusedError | None:
        self.calls.append("veto")
        return self._veto


@pytest.mark.parametrize(
    ("permits", "veto", "calls"),
    [
        (NotAllowedError("ann", "speak", "hush"), None, ["policy"]),
        (None, VetoedError("no"), ["policy", "veto"]),
        (None, None, ["policy", "veto"]),
    ],
)
def test_the_veto_is_asked_only_after_the_policy_has_permitted(
    world: World, permits: RefusedError | None, veto: RefusedError | None, calls: list[str]
) -> None:
    asked = Asked(permits, veto)
    rules = Rules(asked, world.catalogue, asked.veto)  # type: ignore[arg-type]
    refusal = permits or veto
    if refusal is None:
        assert decide(world.state, 1, Request(1, Chat("hi")), rules, 0.0) is not None
    else:
        with pytest.raises(type(refusal)):
            decide(world.state, 1, Request(1, Chat("hi")), rules, 0.0)
    assert asked.calls == calls


def test_the_server_itself_is_asked_for_nothing(world: World) -> None:
    no = VetoedError("no")
    asked = Asked(no, no)
    rules = Rules(asked, world.catalogue, asked.veto)  # type: ignore[arg-type]
    create = Edit((Create(1, "sources", "SphereSource"),))
    event = decide(world.state, 0, Request(1, create), rules, 0.0)
    assert event is not None
    assert event.author == 0
    assert asked.calls == []


def test_deciding_twice_gives_the_same_answer(world: World) -> None:
    rules = world.session.rules
    request = Request(1, Edit((Create(1 << COUNTER_BITS | 1, "filters", "Clip"),)))
    events = [decide(world.state, 1, request, rules, 5.0) for _ in range(2)]
    assert events[0] == events[1] is not None
    assert isinstance(world.state, State)
    assert any(isinstance(c, SetValue) for c in events[0].changes)  # type: ignore[union-attr]
