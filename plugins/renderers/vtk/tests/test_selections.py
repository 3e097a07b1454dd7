"""Selection sources, what is taken out by them, and how what is selected is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from collab_kernel.errors import InvalidValueError, PipelineFailedError
from collab_kernel.spi import Camera, Catalogue, Pick, Put, Table
from collab_renderer_vtk.curated.selections import SOURCES

Scene = Any
Picture = Any

MAGENTA = (255, 0, 255)


@pytest.fixture
def wavelet(scene: Scene) -> int:
    made: int = scene.create("sources", "RTAnalyticSource")
    return made


def extract(scene: Scene, source: int, type: str, **values: Any) -> int:
    """ExtractSelection by a new selection source of this type."""
    selection = scene.create("sources", type, **values)
    made: int = scene.create("filters", "ExtractSelection", Input=source, Selection=selection)
    return made


def pairs(*ids: int) -> tuple[int, ...]:
    return tuple(n for id in ids for n in (-1, id))


def select(scene: Scene, source: int, selection: int | None) -> None:
    """What the session's table says is selected of a source."""
    before = scene.state.table(Table.SELECTIONS).get((source, 0))
    scene.happen(Put(Table.SELECTIONS, (source, 0), before, selection))


def magenta(picture: Picture) -> int:
    return int((np.abs(picture.astype(int) - MAGENTA).max(axis=2) < 30).sum())


# -- sources ---------------------------------------------------------------------------------


def test_selection_sources_are_no_data_and_are_shown_nowhere(catalogue: Catalogue) -> None:
    for source in SOURCES:
        assert catalogue.definition(*source.key).output_ports == 0


def test_cells_are_taken_out_by_number_and_points_by_number(scene: Scene, wavelet: int) -> None:
    filter = extract(scene, wavelet, "IDSelectionSource", IDs=pairs(0, 7999))
    info = scene.data(filter)
    assert (info.points, info.cells) == (16, 2)
    assert info.array("vtkOriginalCellIds").minimum == (0,)
    assert info.array("vtkOriginalCellIds").maximum == (7999,)
    source = scene.child(filter, "Selection")
    scene.set(source, FieldType="POINT", IDs=pairs(5, 7, 9))
    assert scene.data(filter).points == 3
    scene.set(source, ContainingCells=True)
    assert scene.data(filter).cells == 6


def test_what_is_not_there_is_not_taken_out(scene: Scene, wavelet: int) -> None:
    ids = pairs(3, 8000, 2**31 - 1, -1)
    assert scene.data(extract(scene, wavelet, "IDSelectionSource", IDs=ids)).cells == 1


def test_inside_out_is_all_the_others(scene: Scene, wavelet: int) -> None:
    filter = extract(scene, wavelet, "IDSelectionSource", IDs=pairs(0, 1, 2), InsideOut=True)
    assert scene.data(filter).cells == 7997
    query = extract(
        scene, wavelet, "SelectionQuerySource", QueryString="id < 3", InsideOut=True, ElementType=1
    )
    assert scene.data(query).cells == 7997


def test_a_frustum_takes_out_what_lies_in_it(scene: Scene, wavelet: int) -> None:
    corners = [(x, y, z, 1) for x in (-1.5, 1.5) for y in (-1.5, 1.5) for z in (20, -20)]
    frustum = tuple(float(number) for corner in corners for number in corner)
    filter = extract(scene, wavelet, "FrustumSelectionSource", Frustum=frustum, FieldType=1)
    info = scene.data(filter)
    assert info.points == 3 * 3 * 21
    assert info.bounds == (-1, 1, -1, 1, -10, 10)


def test_the_filter_follows_its_selection_source(scene: Scene, wavelet: int) -> None:
    filter = extract(scene, wavelet, "IDSelectionSource", IDs=pairs(1))
    assert scene.data(filter).cells == 1
    scene.set(scene.child(filter, "Selection"), IDs=pairs(1, 2, 3))
    scene.settle()
    assert scene.host.last(filter).ports[0].cells == 3


@pytest.mark.parametrize(
    ("type", "values", "text"),
    [
        ("IDSelectionSource", {"IDs": (1, 2, 3)}, "process and number"),
        ("CompositeDataIDSelectionSource", {"IDs": (1, 2)}, "block and process and number"),
        ("SelectionQuerySource", {}, "QueryString is empty"),
    ],
)
def test_what_selects_nothing_sensible_is_the_filters_error(
    scene: Scene, wavelet: int, type: str, values: dict[str, Any], text: str
) -> None:
    filter = extract(scene, wavelet, type, **values)
    with pytest.raises(PipelineFailedError, match=text):
        scene.data(filter)


def test_without_a_selection_there_is_an_error(scene: Scene, wavelet: int) -> None:
    filter = scene.create("filters", "ExtractSelection", Input=wavelet)
    with pytest.raises(PipelineFailedError, match="it has no Selection"):
        scene.data(filter)
    scene.set(filter, Selection=wavelet)
    with pytest.raises(PipelineFailedError, match="says nothing of what is selected"):
        scene.data(filter)


# -- expressions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("id < 10", 10),
        ("(id >= 10) & (id < 15)", 5),
        ("10 <= id < 15", 5),
        ("id < 10 and not id < 4", 6),
        ("(id == 1) | (id == 2)", 2),
        ("~(id > 2)", 3),
        ("id % 1000 == 0", 10),
        ("RTData == max(RTData)", 1),
        ("RTData >= min(RTData)", 9261),
        ("isnan(RTData)", 0),
        ("abs(-id) ** 2 <= 9", 4),
        ("True", 9261),
    ],
)
def test_an_expression_selects_the_points_for_which_it_is_true(
    scene: Scene, wavelet: int, query: str, count: int
) -> None:
    filter = extract(scene, wavelet, "SelectionQuerySource", QueryString=query)
    assert scene.data(filter).points == count


def test_vectors_are_compared_by_component_and_by_magnitude(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    query = "(Normals[:, 2] > 0.9) & (mag(Normals) > 0.99)"
    filter = extract(scene, sphere, "SelectionQuerySource", QueryString=query)
    assert 0 < scene.data(filter).points < 50
    assert scene.data(filter).bounds[4] > 0.4


@pytest.mark.parametrize(
    "query",
    [
        "__import__('os').system('true')",
        "id.__class__",
        "id.size > 0",
        "(lambda: id)()",
        "[i for i in (1, 2)]",
        "open('/etc/passwd')",
        "max(id, 1)",
        "max(*id)",
        "'text' == 'text'",
        "id[0] > 1",
        "id",
        "id + 1",
        "Nope > 1",
        "id >",
        "9 ** 9 ** 9 ** 9 > id",
        "id == 99999999999999999999999",
        "-" * 900 + "1 < id",
        "(" * 300 + "id" + ")" * 300,
        "id < 1" + " | id < 1" * 200,
        "id @ id",
        "(id := 3) < 4",
        "f'{id}'",
        "id is id",
        "id in id",
        "\0",
    ],
)
def test_what_is_no_expression_over_arrays_is_an_error_and_runs_nothing(
    scene: Scene, wavelet: int, query: str
) -> None:
    filter = extract(scene, wavelet, "SelectionQuerySource", QueryString=query)
    with pytest.raises(PipelineFailedError, match="QueryString"):
        scene.data(filter)


# -- how it is drawn -------------------------------------------------------------------------


@pytest.fixture
def view(scene: Scene, wavelet: int) -> int:
    made: int = scene.view(OrientationAxesVisibility=False)
    scene.show(made, wavelet)
    return made


def test_selected_cells_and_points_are_drawn_over_the_data(
    scene: Scene, view: int, wavelet: int
) -> None:
    camera = scene.fit(view, 4 / 3)
    plain = scene.picture(view, camera=camera)
    assert magenta(plain) == 0
    source = scene.create("sources", "IDSelectionSource", IDs=pairs(*range(7800, 7900)))
    select(scene, wavelet, source)
    cells = magenta(scene.picture(view, camera=camera))
    assert cells > 100
    scene.set(source, FieldType=1, IDs=pairs(*range(9000, 9100)))
    points = scene.picture(view, camera=camera)
    assert magenta(points) > 100
    scene.set(source, IDs=())
    assert magenta(scene.picture(view, camera=camera)) == 0
    select(scene, wavelet, None)
    assert (scene.picture(view, camera=camera) == plain).all()


def test_what_is_selected_is_drawn_in_every_view_where_its_source_is_visible(
    scene: Scene, view: int, wavelet: int
) -> None:
    other, empty = scene.view(), scene.view()
    shown = scene.show(other, wavelet, Representation="Outline", Position=(50.0, 0.0, 0.0))
    source = scene.create("sources", "IDSelectionSource", IDs=pairs(*range(7000, 8000)))
    select(scene, wavelet, source)
    pictures = [scene.picture(v, camera=scene.fit(v, 4 / 3)) for v in (view, other, empty)]
    assert [magenta(picture) > 50 for picture in pictures] == [True, True, False]
    scene.set(shown, Visibility=False)
    assert magenta(scene.picture(other, camera=Camera((50.0, 0.0, 60.0)))) == 0


def test_a_selection_goes_with_the_data_and_with_its_source(
    scene: Scene, view: int, wavelet: int
) -> None:
    query = scene.create("sources", "SelectionQuerySource", QueryString="RTData > 130")
    select(scene, wavelet, query)
    camera = scene.fit(view, 4 / 3)
    before = magenta(scene.picture(view, camera=camera))
    assert before > 100
    scene.set(wavelet, Maximum=20.0)
    assert magenta(scene.picture(view, camera=camera)) != before


def test_a_selection_that_makes_no_sense_is_told_where_it_is_drawn(
    scene: Scene, view: int, wavelet: int
) -> None:
    [shown] = scene.state.value(view, "Representations").references
    query = scene.create("sources", "SelectionQuerySource", QueryString="Nope > 1")
    select(scene, wavelet, query)
    scene.picture(view)
    assert "no array 'Nope'" in scene.host.last(shown).error
    select(scene, wavelet, None)
    scene.picture(view)
    assert scene.host.last(shown).error == ""


def test_a_selection_is_not_in_the_bounds_and_can_not_be_picked(
    scene: Scene, view: int, wavelet: int
) -> None:
    [shown] = scene.state.value(view, "Representations").references
    camera = scene.fit(view)
    front = pairs(*range(7600, 8000))
    select(scene, wavelet, scene.create("sources", "IDSelectionSource", IDs=front))
    assert scene.fit(view) == camera
    for x in np.linspace(0.45, 0.55, 21):
        hit = scene.renderer.query(Pick(view, x, 0.5, 160, 120, camera)).hit
        assert hit.representation == shown


def test_ids_below_minus_one_are_refused(scene: Scene) -> None:
    with pytest.raises(InvalidValueError, match="from -1"):
        scene.create("sources", "IDSelectionSource", IDs=(0, -2))
