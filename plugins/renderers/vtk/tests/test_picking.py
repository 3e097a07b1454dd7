"""What is at a point of a picture, and what lies in a rectangle of it."""

from __future__ import annotations

from math import hypot
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vtkmodules.vtkCommonDataModel import vtkMultiBlockDataSet
from vtkmodules.vtkFiltersSources import vtkConeSource, vtkSphereSource
from vtkmodules.vtkIOXML import vtkXMLMultiBlockDataWriter

from collab_kernel.spi import MAX_SELECTED, Camera, Hit, Pick, Selected, SelectOn

Scene = Any

OBLIQUE = Camera(position=(2.0, 3.0, 4.0))
SIZE = (320, 180)
ASPECT = 16 / 9
ALL = (0.0, 0.0, 1.0, 1.0)


@pytest.fixture
def view(scene: Scene) -> int:
    made: int = scene.view()
    return made


@pytest.fixture
def wavelet(scene: Scene) -> int:
    made: int = scene.create("sources", "RTAnalyticSource")
    return made


def pick(scene: Scene, view: int, x: float, y: float, camera: Camera | None = None) -> Hit:
    hit = scene.renderer.query(Pick(view, x, y, *SIZE, camera)).hit
    assert isinstance(hit, Hit)
    return hit


def select(
    scene: Scene,
    view: int,
    rectangle: tuple[float, ...] = ALL,
    association: str = "CELLS",
    through: bool = False,
    camera: Camera | None = None,
) -> Selected:
    query = SelectOn(view, rectangle, association, through, *SIZE, camera)
    found = scene.renderer.query(query).selected
    assert isinstance(found, Selected)
    return found


def point(scene: Scene, source: int, id: int) -> Any:
    return np.array(scene.renderer._pipeline.output(source, 0).GetPoint(id))


# -- pick ------------------------------------------------------------------------------------


def test_a_pick_says_where_of_which_cell_and_point_and_what_value(
    scene: Scene, view: int, wavelet: int
) -> None:
    shown = scene.show(view, wavelet, ColorArrayName=("POINTS", "RTData"))
    hit = pick(scene, view, 0.5, 0.5, scene.fit(view, ASPECT, OBLIQUE))
    assert (hit.representation, hit.proxy, hit.port, hit.block) == (shown, wavelet, 0, 0)
    # The line from the eye through the middle leaves the box at its side z = 10.
    assert hit.position == pytest.approx((5.0, 7.5, 10.0), abs=0.3)
    assert hit.position[2] == pytest.approx(10)
    data = scene.renderer._pipeline.output(wavelet, 0)
    assert hit.cell is not None
    assert hit.point is not None
    x0, x1, y0, y1, z0, z1 = data.GetCell(hit.cell).GetBounds()
    assert x0 <= hit.position[0] <= x1
    assert y0 <= hit.position[1] <= y1
    assert z0 < 10 == z1
    off = np.abs(point(scene, wavelet, hit.point) - hit.position)
    assert off.max() <= 0.5 + 1e-9  # the nearest of its corners
    assert (hit.association, hit.array) == ("POINTS", "RTData")
    at = np.array(hit.position) - (x0, y0, 10)
    corners = [data.FindPoint(x0 + i, y0 + j, 10.0) for i in (0, 1) for j in (0, 1)]
    values = [data.GetPointData().GetArray("RTData").GetTuple1(c) for c in corners]
    parts = [(1 - at[0], at[0])[i] * (1 - at[1], at[1])[j] for i in (0, 1) for j in (0, 1)]
    assert hit.numbers == (pytest.approx(np.dot(values, parts), rel=1e-5),)
    assert hit.text == f"RTData: {hit.numbers[0]:.6g}"


def test_beside_everything_is_nothing(scene: Scene, view: int, wavelet: int) -> None:
    scene.show(view, wavelet)
    assert pick(scene, view, 0.01, 0.01, scene.fit(view, ASPECT)) == Hit()


def test_a_cells_own_value_is_picked_and_vectors_have_all_components(
    scene: Scene, view: int
) -> None:
    sphere = scene.create("sources", "SphereSource", ThetaResolution=60, PhiResolution=60)
    shown = scene.show(view, sphere, ColorArrayName=("POINTS", "Normals"))
    hit = pick(scene, view, 0.5, 0.5, scene.fit(view, ASPECT))
    assert hit.numbers == pytest.approx((0, 0, 1), abs=0.05)
    assert hit.text.startswith("Normals: (")
    wavelet = scene.create("sources", "RTAnalyticSource")
    cells = scene.create(
        "filters",
        "Calculator",
        Input=wavelet,
        AttributeType=1,
        Function="2+3",
        ResultArrayName="five",
    )
    scene.set(shown, Input=cells, ColorArrayName=("CELLS", "five"))
    hit = pick(scene, view, 0.5, 0.5, scene.fit(view, ASPECT, OBLIQUE))
    assert (hit.association, hit.numbers, hit.text) == ("CELLS", (5.0,), "five: 5")


@pytest.mark.parametrize("style", ["Surface With Edges", "Wireframe", "Points"])
def test_lines_and_points_are_hit_where_they_are_drawn(
    scene: Scene, view: int, wavelet: int, style: str
) -> None:
    scene.show(view, wavelet, Representation=style)
    camera = scene.fit(view, ASPECT, OBLIQUE)
    hits = [pick(scene, view, x, 0.5, camera) for x in np.linspace(0.4, 0.6, 21)]
    found = [hit for hit in hits if hit.representation]
    assert found
    for hit in found:
        bounds = scene.renderer._pipeline.output(wavelet, 0).GetCell(hit.cell).GetBounds()
        for axis in range(3):
            low, high = bounds[2 * axis : 2 * axis + 2]
            assert low - 1e-6 <= hit.position[axis] <= high + 1e-6


def test_an_outline_stands_for_data_but_has_no_cells_of_it(
    scene: Scene, view: int, wavelet: int
) -> None:
    shown = scene.show(view, wavelet, Representation="Outline")
    camera = scene.fit(view, ASPECT)
    hits = [pick(scene, view, x, 0.5, camera) for x in np.linspace(0.2, 0.8, 193)]
    found = [hit for hit in hits if hit.representation]
    assert {(h.representation, h.proxy, h.cell, h.point) for h in found} == {
        (shown, wavelet, None, None)
    }
    assert not select(scene, view, camera=camera).data


def test_what_is_in_front_is_picked_and_what_is_translucent_is_there(
    scene: Scene, view: int
) -> None:
    behind = scene.create("sources", "SphereSource", Center=(0.0, 0.0, -2.0))
    before = scene.create("sources", "SphereSource", Center=(0.0, 0.0, 2.0))
    scene.show(view, behind)
    shown = scene.show(view, before, Opacity=0.2)
    camera = scene.fit(view, ASPECT)
    assert pick(scene, view, 0.5, 0.5, camera).proxy == before
    scene.set(shown, Visibility=False)
    assert pick(scene, view, 0.5, 0.5, camera).proxy == behind


def test_data_that_is_drawn_elsewhere_is_hit_there_and_its_own_cells_are_named(
    scene: Scene, view: int, wavelet: int
) -> None:
    scene.show(view, wavelet, Position=(100.0, 0.0, 0.0), Scale=(2.0, 1.0, 1.0))
    camera = scene.fit(view, ASPECT)
    assert camera.focal_point == pytest.approx((100, 0, 0))
    hit = pick(scene, view, 0.5, 0.5, camera)
    assert hit.position == pytest.approx((100, 0, 10), abs=0.2)
    assert hypot(*point(scene, wavelet, hit.point)[:2]) < 1.5


def test_a_point_is_picked_in_the_size_and_with_the_camera_that_were_asked_for(
    scene: Scene, view: int, wavelet: int
) -> None:
    scene.show(view, wavelet)
    camera = scene.fit(view, ASPECT)
    scene.picture(view, 40, 200)  # as somebody else looks
    hit = pick(scene, view, 0.5, 0.5, camera)
    assert hit.position == pytest.approx((0, 0, 10), abs=0.2)
    wide = scene.renderer.query(Pick(view, 0.5, 0.5, 1000, 30, camera)).hit
    assert wide.position == pytest.approx((0, 0, 10), abs=1)


def test_pictures_are_the_same_after_a_pick(scene: Scene, view: int, wavelet: int) -> None:
    scene.show(view, wavelet, Opacity=0.5)
    camera = scene.fit(view, 4 / 3, OBLIQUE)
    before = scene.picture(view, camera=camera)
    pick(scene, view, 0.5, 0.5, camera)
    select(scene, view, camera=camera)
    assert (scene.picture(view, camera=camera) == before).all()


def test_what_is_coloured_wrongly_is_picked_without_a_value(
    scene: Scene, view: int, wavelet: int
) -> None:
    shown = scene.show(view, wavelet, ColorArrayName=("POINTS", "Nope"))
    hit = pick(scene, view, 0.5, 0.5, scene.fit(view, ASPECT))
    assert (hit.representation, hit.array, hit.numbers, hit.text) == (shown, "", (), "")


# -- composite data --------------------------------------------------------------------------


@pytest.fixture
def two(scene: Scene, tmp_path: Path) -> int:
    """A sphere, and a cone in a block of blocks beside it: flat indices 1 and 3."""
    data, inner = vtkMultiBlockDataSet(), vtkMultiBlockDataSet()
    sphere, cone = vtkSphereSource(), vtkConeSource()
    cone.SetCenter(2, 0, 0)
    for source in (sphere, cone):
        source.Update()
    inner.SetBlock(0, cone.GetOutput())
    data.SetBlock(0, sphere.GetOutput())
    data.SetBlock(1, inner)
    writer = vtkXMLMultiBlockDataWriter()
    writer.SetFileName(str(tmp_path / "two.vtm"))
    writer.SetInputDataObject(data)
    writer.Write()
    made: int = scene.create(
        "sources", "XMLMultiBlockDataReader", FileName=(str(tmp_path / "two.vtm"),)
    )
    return made


def test_blocks_of_composite_data_are_told_apart_by_flat_index(
    scene: Scene, view: int, two: int
) -> None:
    scene.show(view, two)
    camera = scene.fit(view, ASPECT)
    assert pick(scene, view, 0.35, 0.5, camera).block == 1
    assert pick(scene, view, 0.65, 0.5, camera).block == 3
    for association, sphere, cone in (("CELLS", 96, 7), ("POINTS", 50, 7)):
        found = select(scene, view, ALL, association, True, camera)
        assert [(d.block, len(d.ids)) for d in found.data] == [(1, sphere), (3, cone)]
        seen = select(scene, view, ALL, association, False, camera)
        assert [d.block for d in seen.data] == [1, 3]
        assert len(seen.data[0].ids) < sphere


def test_what_is_selected_of_composite_data_is_taken_out_of_its_blocks(
    scene: Scene, view: int, two: int
) -> None:
    scene.show(view, two)
    found = select(scene, view, ALL, "POINTS", True, scene.fit(view, ASPECT))
    ids = [n for data in found.data for id in data.ids[:5] for n in (data.block, -1, id)]
    source = scene.create("sources", "CompositeDataIDSelectionSource", IDs=ids, FieldType=1)
    taken = scene.create("filters", "ExtractSelection", Input=two, Selection=source)
    assert scene.data(taken).points == 5 + 5
    scene.set(source, InsideOut=True)
    assert scene.data(taken).points == 45 + 2
    query = {"QueryString": "id < 3", "InsideOut": True}
    others = scene.create("sources", "SelectionQuerySource", **query)
    scene.set(taken, Selection=others)
    assert scene.data(taken).points == 47 + 4


# -- rectangles ------------------------------------------------------------------------------


def test_what_is_hidden_is_not_selected_unless_one_asks_for_it(
    scene: Scene, view: int, wavelet: int
) -> None:
    shown = scene.show(view, wavelet)
    camera = scene.fit(view, ASPECT)
    for association, side, whole in (("CELLS", 20 * 20, 8000), ("POINTS", 21 * 21, 9261)):
        seen = select(scene, view, ALL, association, False, camera)
        [found] = seen.data
        assert (found.representation, found.proxy, found.port) == (shown, wavelet, 0)
        assert len(found.ids) == side
        assert list(found.ids) == sorted(found.ids)
        everything = select(scene, view, ALL, association, True, camera)
        assert len(everything.data[0].ids) == whole


def test_points_in_a_rectangle_are_those_that_are_drawn_in_it(
    scene: Scene, view: int, wavelet: int
) -> None:
    scene.show(view, wavelet)
    camera = scene.fit(view, ASPECT)
    [found] = select(scene, view, (0.49, 0.49, 1.0, 1.0), "POINTS", False, camera).data
    places = np.array([point(scene, wavelet, id) for id in found.ids])
    assert (places[:, 2] == 10).all()
    assert places[:, :2].min() == 0
    assert len(places) == 11 * 11


def test_a_rectangle_may_be_given_from_any_corner_and_be_a_single_pixel(
    scene: Scene, view: int, wavelet: int
) -> None:
    scene.show(view, wavelet)
    camera = scene.fit(view, ASPECT)
    one = select(scene, view, (0.3, 0.4, 0.6, 0.7), camera=camera)
    assert select(scene, view, (0.6, 0.7, 0.3, 0.4), camera=camera) == one
    pixel = select(scene, view, (0.5, 0.5, 0.5, 0.5), camera=camera)
    assert pixel.data[0].ids == (pick(scene, view, 0.5, 0.5, camera).cell,)


def test_the_frustum_of_a_rectangle_selects_the_same_by_itself(
    scene: Scene, view: int, wavelet: int
) -> None:
    scene.show(view, wavelet)
    camera = scene.fit(view, ASPECT, OBLIQUE)
    found = select(scene, view, (0.4, 0.4, 0.6, 0.6), "POINTS", True, camera)
    source = scene.create("sources", "FrustumSelectionSource", Frustum=found.frustum, FieldType=1)
    extracted = scene.create("filters", "ExtractSelection", Input=wavelet, Selection=source)
    assert scene.data(extracted).points == len(found.data[0].ids) > 100


def test_an_answer_holds_so_many_ids_and_says_when_there_are_more(scene: Scene, view: int) -> None:
    fine = {"WholeExtent": (-30, 30, -30, 30, -30, 30)}
    scene.show(view, scene.create("sources", "RTAnalyticSource", **fine))
    scene.show(view, scene.create("sources", "SphereSource", Radius=40.0))
    found = select(scene, view, ALL, "CELLS", True, scene.fit(view, ASPECT))
    assert not found.complete
    assert sum(len(data.ids) for data in found.data) == MAX_SELECTED
    few = select(scene, view, (0.5, 0.5, 0.51, 0.51), "CELLS", True, scene.fit(view, ASPECT))
    assert few.complete
