"""What a view draws, described for whoever draws it themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vtkmodules.vtkCommonDataModel import vtkMultiBlockDataSet
from vtkmodules.vtkCommonExecutionModel import vtkAlgorithm
from vtkmodules.vtkFiltersSources import vtkConeSource, vtkSphereSource
from vtkmodules.vtkIOLegacy import vtkPolyDataReader
from vtkmodules.vtkIOXML import vtkXMLMultiBlockDataWriter

from collab_kernel.errors import InvalidValueError, UnknownBlobError
from collab_kernel.spi import (
    DescribeScene,
    FetchGeometry,
    Put,
    SceneContent,
    Table,
    unpacked,
)
from collab_renderer_vtk import geometry
from collab_renderer_vtk.contents import Contents
from collab_renderer_vtk.stage_error import StageError

Scene = Any

TYPES = {"U8": "u1", "U32": "u4", "F32": "f4", "F64": "f8"}


@pytest.fixture
def view(scene: Scene) -> int:
    made: int = scene.view()
    return made


@pytest.fixture
def wavelet(scene: Scene) -> int:
    made: int = scene.create("sources", "RTAnalyticSource")
    return made


def describe(scene: Scene, view: int, max_bytes: int = 0) -> Any:
    found = scene.renderer.query(DescribeScene(view, max_bytes)).scene
    assert found is not None
    return found


def arrays(scene: Scene, content: SceneContent | None) -> dict[str, np.ndarray[Any, Any]]:
    """What a content holds."""
    assert content is not None
    data = scene.renderer.query(FetchGeometry(content.sha256)).data
    assert len(data) == content.size_bytes
    return {
        name: np.frombuffer(t.data, f"<{TYPES[t.type]}").reshape(t.shape)
        for name, t in unpacked(data).items()
    }


def output(scene: Scene, source: int) -> Any:
    return scene.renderer._pipeline.output(source, 0)


# -- shapes ------------------------------------------------------------------------------------


def test_a_surface_is_the_points_normals_and_triangles_of_its_data(scene: Scene, view: int) -> None:
    sphere = scene.create("sources", "SphereSource")
    shown = scene.show(view, sphere, DiffuseColor=(1.0, 0.5, 0.0), Opacity=0.5)
    [surface] = describe(scene, view).surfaces
    found, data = arrays(scene, surface.geometry), output(scene, sphere)
    assert surface.representation == shown
    assert set(found) == {"points", "normals", "polys"}
    assert np.allclose(found["points"], [data.GetPoint(i) for i in range(50)])
    normals = data.GetPointData().GetNormals()
    assert np.allclose(found["normals"], [normals.GetTuple(i) for i in range(50)])
    corners = [[data.GetCell(i).GetPointId(j) for j in range(3)] for i in range(96)]
    assert found["polys"].tolist() == corners
    assert surface.scalars is None
    assert surface.table is None
    assert (surface.look.colour, surface.look.opacity) == ((1.0, 0.5, 0.0), 0.5)
    assert surface.look.lit
    assert surface.matrix == ()


def test_a_grid_is_its_outer_faces_and_an_outline_is_lines(
    scene: Scene, view: int, wavelet: int
) -> None:
    shown = scene.show(view, wavelet)
    [surface] = describe(scene, view).surfaces
    assert arrays(scene, surface.geometry)["polys"].shape == (6 * 20 * 20, 4)
    scene.set(shown, Representation="Outline")
    [surface] = describe(scene, view).surfaces
    assert arrays(scene, surface.geometry)["lines"].shape == (12, 2)
    assert (surface.look.style, surface.look.lit) == ("Outline", False)


def test_cells_of_several_sorts_begin_with_how_many_corners_they_have(
    scene: Scene, view: int
) -> None:
    cone = scene.create("sources", "ConeSource", Resolution=6)
    scene.show(view, cone)
    [surface] = describe(scene, view).surfaces
    cells, data = arrays(scene, surface.geometry)["polys"], output(scene, cone)
    expected: list[int] = []
    for i in range(data.GetNumberOfCells()):
        cell = data.GetCell(i)
        corners = [cell.GetPointId(j) for j in range(cell.GetNumberOfPoints())]
        expected += [len(corners), *corners]
    assert {3, 6} == {data.GetCell(i).GetNumberOfPoints() for i in range(7)}
    assert cells.tolist() == expected


def test_what_is_drawn_elsewhere_has_a_matrix_and_the_same_geometry(
    scene: Scene, view: int, wavelet: int
) -> None:
    shown = scene.show(view, wavelet)
    [before] = describe(scene, view).surfaces
    scene.set(shown, Position=(1.0, 2.0, 3.0), Scale=(2.0, 1.0, 1.0))
    [after] = describe(scene, view).surfaces
    assert after.geometry == before.geometry
    assert after.matrix == (2, 0, 0, 1, 0, 1, 0, 2, 0, 0, 1, 3, 0, 0, 0, 1)


@pytest.mark.parametrize(("at", "type"), [(0.0, "F32"), (1e6, "F64")])
def test_what_is_far_away_keeps_its_precision(at: float, type: str) -> None:
    sphere = vtkSphereSource()
    sphere.SetCenter(at, 0.0, 0.0)
    sphere.SetOutputPointsPrecision(vtkAlgorithm.DOUBLE_PRECISION)
    sphere.Update()
    assert unpacked(geometry.geometry([sphere.GetOutput()]))["points"].type == type


def test_points_that_are_nowhere_are_not_delivered() -> None:
    sphere = vtkSphereSource()
    sphere.Update()
    sphere.GetOutput().GetPoints().SetPoint(3, float("nan"), 0.0, 0.0)
    with pytest.raises(StageError, match="nowhere"):
        geometry.geometry([sphere.GetOutput()])


# -- colours -----------------------------------------------------------------------------------


def test_point_colours_are_one_number_each_and_a_table(
    scene: Scene, view: int, wavelet: int
) -> None:
    scene.legend(view, wavelet)
    found = describe(scene, view)
    [surface] = found.surfaces
    points = arrays(scene, surface.geometry)["points"]
    values = arrays(scene, surface.scalars)["scalars"]
    data = output(scene, wavelet)
    array = data.GetPointData().GetArray("RTData")
    expected = [array.GetValue(data.FindPoint(*map(float, point))) for point in points]
    assert np.allclose(values, expected)
    assert not surface.of_cells
    table = surface.table
    assert (table.low, table.high) == (37.0, 277.0)
    assert table.rgba[:4] == bytes((0, 0, 255, 255))
    assert table.rgba[-4:] == bytes((255, 0, 0, 255))
    [bar] = found.bars
    assert (bar.title, bar.vertical, bar.table) == ("RTData", True, table)


def test_cell_colours_are_those_of_the_drawn_cells(scene: Scene, view: int, tmp_path: Path) -> None:
    lines = ["# vtk DataFile Version 3.0", "cells", "ASCII", "DATASET POLYDATA"]
    lines += ["POINTS 4 float", "0 0 0 1 0 0 1 1 0 0 1 0"]
    lines += ["LINES 1 3", "2 0 2", "POLYGONS 2 8", "3 0 1 2", "3 0 2 3"]
    lines += ["CELL_DATA 3", "SCALARS material int 1", "LOOKUP_TABLE default", "7 8 9"]
    path = tmp_path / "cells.vtk"
    path.write_text("\n".join(lines) + "\n")
    source = scene.create("sources", "LegacyVTKFileReader", FileNames=str(path))
    scene.show(view, source, ColorArrayName=("CELLS", "material"))
    [surface] = describe(scene, view).surfaces
    assert surface.of_cells
    assert arrays(scene, surface.scalars)["scalars"].tolist() == [7, 8, 9]
    assert (surface.table.low, surface.table.high) == (7, 9)


def test_another_array_or_map_leaves_the_geometry_as_it_is(
    scene: Scene, view: int, wavelet: int
) -> None:
    shown = scene.show(view, wavelet)
    [plain] = describe(scene, view).surfaces
    scene.set(shown, ColorArrayName=("POINTS", "RTData"))
    [coloured] = describe(scene, view).surfaces
    assert coloured.geometry == plain.geometry
    points = (0.0, 0.0, 0.0, 0.0, 500.0, 1.0, 1.0, 1.0)
    table = scene.create("lookup_tables", "PVLookupTable", RGBPoints=points)
    scene.set(shown, LookupTable=table)
    [mapped] = describe(scene, view).surfaces
    assert mapped.scalars == coloured.scalars
    assert (mapped.table.low, mapped.table.high) == (0, 500)


def test_a_logarithmic_map_comes_with_logarithms(scene: Scene, view: int, wavelet: int) -> None:
    points = (10.0, 0.0, 0.0, 0.0, 1000.0, 1.0, 1.0, 1.0)
    table = scene.create("lookup_tables", "PVLookupTable", RGBPoints=points, UseLogScale=True)
    scene.show(view, wavelet, ColorArrayName=("POINTS", "RTData"), LookupTable=table)
    [surface] = describe(scene, view).surfaces
    values = arrays(scene, surface.scalars)["scalars"]
    assert (surface.table.low, surface.table.high) == pytest.approx((1, 3))
    assert surface.table.logarithmic
    assert values.min() == pytest.approx(np.log10(37.35), abs=0.01)


def test_numbers_that_are_colours_themselves_come_as_such(
    scene: Scene, view: int, tmp_path: Path
) -> None:
    lines = ["# vtk DataFile Version 3.0", "colours", "ASCII", "DATASET POLYDATA"]
    lines += ["POINTS 3 float", "0 0 0 1 0 0 1 1 0", "POLYGONS 1 4", "3 0 1 2"]
    lines += ["POINT_DATA 3", "COLOR_SCALARS paint 3", "1 0 0 0 1 0 0 0 1"]
    path = tmp_path / "colours.vtk"
    path.write_text("\n".join(lines) + "\n")
    source = scene.create("sources", "LegacyVTKFileReader", FileNames=str(path))
    scene.show(view, source, ColorArrayName=("POINTS", "paint"), MapScalars=False)
    [surface] = describe(scene, view).surfaces
    assert surface.table is None
    paint = arrays(scene, surface.scalars)["colours"]
    assert paint.tolist() == [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]]


# -- many blocks, volumes ----------------------------------------------------------------------


def test_blocks_that_are_alike_are_one_surface_and_others_one_of_their_own(
    scene: Scene, view: int, tmp_path: Path
) -> None:
    blocks = vtkMultiBlockDataSet()
    for i in range(3):
        source = vtkConeSource() if i == 2 else vtkSphereSource()
        source.SetCenter(float(i), 0.0, 0.0)
        source.Update()
        blocks.SetBlock(i, source.GetOutput())
    path = tmp_path / "blocks.vtm"
    writer = vtkXMLMultiBlockDataWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(blocks)
    writer.Write()
    source = scene.create("sources", "XMLMultiBlockDataReader", FileName=str(path))
    scene.show(view, source, ColorArrayName=("POINTS", "Normals"))
    spheres, cone = describe(scene, view).surfaces
    found, values = arrays(scene, spheres.geometry), arrays(scene, spheres.scalars)["scalars"]
    assert len(found["points"]) == 100
    assert found["polys"].max() == 99
    assert found["points"][50:, 0].mean() == pytest.approx(1.0)
    assert np.allclose(values, 1.0)  # how long a normal is
    assert cone.scalars is None
    assert "normals" not in arrays(scene, cone.geometry)


def test_cells_of_several_blocks_are_numbered_sort_by_sort() -> None:
    blocks = []
    for first in (10, 20):
        lines = ["# vtk DataFile Version 3.0", "cells", "ASCII", "DATASET POLYDATA"]
        lines += ["POINTS 3 float", "0 0 0 1 0 0 1 1 0"]
        lines += ["LINES 1 3", "2 0 2", "POLYGONS 1 4", "3 0 1 2"]
        lines += ["CELL_DATA 2", "SCALARS material int 1", "LOOKUP_TABLE default"]
        reader = vtkPolyDataReader()
        reader.ReadFromInputStringOn()
        reader.SetInputString("\n".join([*lines, f"{first} {first + 1}", ""]))
        reader.Update()
        blocks.append(reader.GetOutput())
    colouring = geometry.Colouring("material", of_cells=True)
    found = unpacked(geometry.scalars(blocks, colouring, None))["scalars"]
    assert np.frombuffer(found.data, "<f4").tolist() == [10, 20, 11, 21]


def test_a_volume_is_a_grid_with_its_numbers_and_opacities(
    scene: Scene, view: int, wavelet: int
) -> None:
    scene.show(view, wavelet, Representation="Volume")
    found = describe(scene, view)
    [volume] = found.volumes
    grid = arrays(scene, volume.image)
    assert found.surfaces == ()
    assert grid["dimensions"].tolist() == [21, 21, 21]
    assert grid["origin"].tolist() == [-10, -10, -10]
    assert grid["spacing"].tolist() == [1, 1, 1]
    assert grid["direction"].tolist() == np.eye(3).tolist()
    assert len(grid["scalars"]) == 21**3
    assert volume.opacities == pytest.approx((37.35, 0, 0.5, 0, 276.83, 1, 0.5, 0), abs=0.01)


def test_what_is_selected_is_drawn_in_front_of_it(scene: Scene, view: int, wavelet: int) -> None:
    shown = scene.show(view, wavelet)
    source = scene.create("sources", "IDSelectionSource", IDs=(-1, 7, -1, 8))
    scene.happen(Put(Table.SELECTIONS, (wavelet, 0), None, source))
    below, above = describe(scene, view).surfaces
    assert not below.in_front
    assert above.in_front
    assert above.representation == shown
    assert (above.look.style, above.look.colour) == ("Wireframe", (1, 0, 1))
    assert len(arrays(scene, above.geometry)["polys"]) == 10
    scene.set(source, IDs=(-1, 7))
    _, above = describe(scene, view).surfaces
    assert len(arrays(scene, above.geometry)["polys"]) == 6


# -- what is asked for again, and what is not given --------------------------------------------


def test_nothing_is_made_twice_as_long_as_nothing_changes(
    scene: Scene, view: int, wavelet: int
) -> None:
    shown = scene.show(view, wavelet, ColorArrayName=("POINTS", "RTData"))
    first = describe(scene, view)
    made = scene.renderer._contents.made
    scene.set(shown, Opacity=0.3)
    scene.set(view, Background=(0.0, 0.0, 0.0))
    assert describe(scene, view).contents == first.contents
    assert scene.renderer._contents.made == made
    scene.set(wavelet, Maximum=300.0)
    assert describe(scene, view).surfaces[0].scalars != first.surfaces[0].scalars


def test_the_same_state_has_the_same_hashes_in_another_renderer(
    scene: Scene, view: int, wavelet: int
) -> None:
    scene.show(view, wavelet, ColorArrayName=("POINTS", "RTData"))
    before = describe(scene, view)
    scene.renderer.load(scene.state)
    assert describe(scene, view) == before


def test_more_than_is_wanted_is_told_and_not_made(scene: Scene, view: int, wavelet: int) -> None:
    scene.show(view, wavelet)
    found = describe(scene, view, 10_000)
    [lack] = found.lacks
    assert found.contents == ()
    assert 60_000 < lack.size_bytes < 80_000
    assert scene.renderer._contents.made == 0


def test_contents_longest_unused_go_first() -> None:
    contents = Contents(most_bytes=25)
    first, second = (contents.content(i, lambda i=i: bytes([i]) * 10) for i in (1, 2))  # type: ignore[misc]
    assert contents.data(first.sha256) == bytes([1]) * 10
    contents.content(3, lambda: bytes([3]) * 10)
    assert contents.data(second.sha256) is None
    assert contents.data(first.sha256) is not None
    assert contents.content(2, lambda: bytes([2]) * 10) == second
    assert contents.size_bytes <= 25


def test_what_is_not_drawn_any_more_is_an_unknown_content(scene: Scene) -> None:
    with pytest.raises(UnknownBlobError, match="ask for the scene"):
        scene.renderer.query(FetchGeometry(bytes(32)))


def test_a_chart_is_drawn_by_the_server(scene: Scene) -> None:
    chart = scene.create("views", "XYChartView")
    with pytest.raises(InvalidValueError, match="is a chart"):
        scene.renderer.query(DescribeScene(chart))


# -- what is around it -------------------------------------------------------------------------


def test_background_lights_and_axes_are_those_of_the_view(scene: Scene, view: int) -> None:
    found = describe(scene, view)
    assert found.background == ((0.32, 0.34, 0.43),)
    assert found.orientation_axes
    assert len(found.lights) == 5
    grey = (0.0, 0.0, 0.0)
    scene.set(view, BackgroundColorMode=1, Background2=grey, UseLight=False)
    scene.set(view, OrientationAxesVisibility=False)
    found = describe(scene, view)
    assert found.background == ((0.32, 0.34, 0.43), grey)
    assert not found.orientation_axes
    [light] = found.lights
    assert (light.direction, light.colour) == ((0, 0, -1), (1, 1, 1))
