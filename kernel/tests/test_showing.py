"""How data comes into view: as what, in which view, and when it is looked at in 2D."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

import pytest

from collab_kernel.core.commands import Create, Operation, Set
from collab_kernel.core.definitions import PropertyDefinition, ProxyDefinition, Scope
from collab_kernel.core.events import Change, Event, EventKind, Put, SetValue
from collab_kernel.core.evolve import evolve
from collab_kernel.core.facts import DataInformation
from collab_kernel.core.showing import (
    CHART_REPRESENTATION,
    CHART_VIEW,
    RENDER_VIEW,
    REPRESENTATION,
    SPREADSHEET_REPRESENTATION,
    SPREADSHEET_VIEW,
    look_flat,
    representation_of,
    representation_type,
    show,
)
from collab_kernel.core.state import ProxyRow, State, Table
from collab_kernel.core.values import Input, Kind, Value

SCENE, CHART, SOURCE, OTHER, SHEET = 1, 2, 3, 4, 5
FLAT = DataInformation("vtkImageData", (0.0, 1.0, 0.0, 2.0, 5.0, 5.0))
SOLID = DataInformation("vtkImageData", (0.0, 1.0, 0.0, 2.0, 0.0, 3.0))
LINE = DataInformation("vtkPolyData", (0.0, 1.0, 0.0, 0.0, 0.0, 0.0))
NOTHING = DataInformation("vtkPolyData")


def definition(group: str, type: str, *properties: tuple[str, Kind]) -> ProxyDefinition:
    made = (
        PropertyDefinition(n, kind, Value(kind), 0, scope=Scope.SHARED) for n, kind in properties
    )
    return ProxyDefinition(
        group, type, output_ports=int(group == "sources"), properties=tuple(made)
    )


LISTED = ("Representations", Kind.PROXY)
SHOWN = (("Input", Kind.INPUT), ("Visibility", Kind.BOOL))
TYPES = (
    definition(*RENDER_VIEW, LISTED, ("InteractionMode", Kind.INT)),
    definition(*CHART_VIEW, LISTED),
    definition(*SPREADSHEET_VIEW, LISTED),
    definition(*SPREADSHEET_REPRESENTATION, *SHOWN),
    definition(*REPRESENTATION, *SHOWN),
    definition(*CHART_REPRESENTATION, *SHOWN),
    definition("sources", "Sphere"),
)


def happened(state: State, changes: Iterable[Change]) -> State:
    event = Event(state.revision + 1, 0, 0, EventKind.EDIT, "test", 0, 0.0, tuple(changes))
    return evolve(state, event)


@pytest.fixture
def state() -> State:
    """A view of each sort and two sources."""
    made = {SCENE: RENDER_VIEW, CHART: CHART_VIEW, SHEET: SPREADSHEET_VIEW}
    made |= dict.fromkeys((SOURCE, OTHER), ("sources", "Sphere"))
    return happened(
        State(),
        [
            *(Put(Table.DEFINITIONS, d.key, None, d) for d in TYPES),
            *(Put(Table.PROXIES, id, None, ProxyRow(*key, f"P{id}")) for id, key in made.items()),
            SetValue(SCENE, "InteractionMode", None, Value(Kind.INT, (0,))),
        ],
    )


def with_shown(state: State, source: int, view: int, visible: bool = True) -> State:
    """The state after `source` was shown in `view`."""
    id = 100 + 10 * source + view
    before = state.value(view, "Representations")
    listed = (*(before.elements if before else ()), id)
    key = representation_type(state, view)
    return happened(
        state,
        [
            Put(Table.PROXIES, id, None, ProxyRow(*key, f"P{id}")),
            SetValue(id, "Input", None, Value(Kind.INPUT, (Input(source),))),
            SetValue(id, "Visibility", None, Value(Kind.BOOL, (visible,))),
            SetValue(view, "Representations", before, Value(Kind.PROXY, listed)),
        ],
    )


def mode_after(operations: Iterable[Operation]) -> object:
    """What the operations set InteractionMode to; None if they leave it."""
    values = dict(v for o in operations if isinstance(o, Set) for v in o.values)
    return values["InteractionMode"].plain if "InteractionMode" in values else None


def test_data_is_shown_by_what_the_view_can_show(state: State) -> None:
    for view, key in (
        (SCENE, REPRESENTATION),
        (CHART, CHART_REPRESENTATION),
        (SHEET, SPREADSHEET_REPRESENTATION),
    ):
        id, (create, _) = show(state, Input(SOURCE), view, count(50).__next__)
        assert isinstance(create, Create)
        assert (create.id, create.group, create.type) == (id, *key)
        shown = with_shown(state, SOURCE, view)
        assert representation_of(shown, Input(SOURCE), view) == 130 + view
        again, operations = show(shown, Input(SOURCE), view, count(50).__next__)
        assert (again, [type(o) for o in operations]) == (130 + view, [Set])


def visibilities(operations: Iterable[Operation]) -> dict[int, object]:
    """What the operations make of the visibility of each representation."""
    given = [(o.proxy, o.values) for o in operations if isinstance(o, Set)]
    given += [(o.id, o.values) for o in operations if isinstance(o, Create)]
    return {id: dict(values)["Visibility"].plain for id, values in given}


def test_a_spreadsheet_shows_one_thing_at_a_time_and_a_scene_all_of_them(state: State) -> None:
    for view, hidden in ((SHEET, {145: False}), (SCENE, {})):
        shown = with_shown(state, OTHER, view)
        _, operations = show(shown, Input(SOURCE), view, count(50).__next__)
        assert visibilities(operations) == {**hidden, 50: True}
        both = with_shown(shown, SOURCE, view, visible=False)
        _, operations = show(both, Input(SOURCE), view, count(50).__next__)
        assert visibilities(operations) == {**hidden, 130 + view: True}


def test_what_is_to_be_there_unseen_hides_nothing(state: State) -> None:
    shown = with_shown(state, OTHER, SHEET)
    _, operations = show(shown, Input(SOURCE), SHEET, count(50).__next__, visible=False)
    assert visibilities(operations) == {50: False}
    assert show(shown, Input(OTHER), SHEET, count(50).__next__, visible=False) == (145, ())


def test_a_view_is_in_2d_once_flat_data_is_all_that_is_visible_there(state: State) -> None:
    assert mode_after(look_flat(state, Input(SOURCE), SCENE, FLAT)) == 1
    shown = with_shown(state, SOURCE, SCENE)
    assert mode_after(look_flat(shown, Input(SOURCE), SCENE, FLAT)) == 1
    for information in (SOLID, LINE, NOTHING):
        assert look_flat(state, Input(SOURCE), SCENE, information) == ()
    beside = with_shown(state, OTHER, SCENE)
    assert look_flat(beside, Input(SOURCE), SCENE, FLAT) == ()
    hidden = with_shown(state, OTHER, SCENE, visible=False)
    assert mode_after(look_flat(hidden, Input(SOURCE), SCENE, FLAT)) == 1
    assert look_flat(state, Input(SOURCE), CHART, FLAT) == ()


def test_a_view_in_2d_is_in_3d_again_once_data_that_is_not_flat_is_shown(state: State) -> None:
    before = state.value(SCENE, "InteractionMode")
    flat = happened(state, [SetValue(SCENE, "InteractionMode", before, Value(Kind.INT, (1,)))])
    flat = with_shown(flat, SOURCE, SCENE)
    assert look_flat(flat, Input(OTHER), SCENE, FLAT) == ()
    assert mode_after(look_flat(flat, Input(OTHER), SCENE, SOLID)) == 0
    _, operations = show(flat, Input(OTHER), SCENE, count(50).__next__, SOLID)
    assert mode_after(operations) == 0


def test_without_facts_and_for_what_was_there_already_the_mode_stays(state: State) -> None:
    assert mode_after(show(state, Input(SOURCE), SCENE, count(50).__next__)[1]) is None
    shown = with_shown(state, SOURCE, SCENE, visible=False)
    assert mode_after(show(shown, Input(SOURCE), SCENE, count(50).__next__, FLAT)[1]) is None


def test_a_view_for_selecting_is_left_as_it_is(state: State) -> None:
    before = state.value(SCENE, "InteractionMode")
    busy = happened(state, [SetValue(SCENE, "InteractionMode", before, Value(Kind.INT, (2,)))])
    for information in (FLAT, SOLID):
        assert look_flat(busy, Input(SOURCE), SCENE, information) == ()
