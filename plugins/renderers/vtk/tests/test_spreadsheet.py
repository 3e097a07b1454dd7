"""Rows: of every sort of data, sorted, a few at a time, and never more than is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vtkmodules.vtkCommonCore import (
    vtkBitArray,
    vtkStringArray,
    vtkUnsignedLongLongArray,
)
from vtkmodules.vtkCommonDataModel import (
    vtkMultiBlockDataSet,
    vtkPolyData,
    vtkStructuredGrid,
    vtkTable,
)

from collab_kernel.errors import InvalidValueError, UnknownProxyError
from collab_kernel.spi import (
    MAGNITUDE,
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
    FetchData,
    FetchRows,
    FitCamera,
    Pick,
    RenderImage,
    Rows,
)
from collab_renderer_vtk import spreadsheet
from collab_renderer_vtk.bridge import to_vtk
from collab_renderer_vtk.spreadsheet import Spreadsheet

Scene = Any


def rows(scene: Scene, proxy: int, association: str = "POINTS", **more: Any) -> Rows:
    found = scene.renderer.query(FetchRows(proxy, association=association, **more)).rows
    assert isinstance(found, Rows)
    return found


def rows_of(data: Any, association: str = "POINTS", **more: Any) -> Rows:
    return Spreadsheet().rows(FetchRows(1, association=association, **more), data, 1)


def column(found: Rows, name: str) -> Any:
    """(rows,) or (rows, components)."""
    [one] = [c for c in found.columns if c.name == name]
    values = np.array(one.cells)
    return values.reshape(-1, one.components) if one.components > 1 else values


def archive(scene: Scene, proxy: int) -> Any:
    from io import BytesIO

    return np.load(BytesIO(scene.renderer.query(FetchData(proxy)).data))


def named(name: str, values: Any) -> Any:
    array = to_vtk(np.ascontiguousarray(values))
    array.SetName(name)
    return array


def cloud(**arrays: Any) -> Any:
    """Points at 0, 1, 2... along x, with these arrays."""
    from vtkmodules.vtkCommonCore import vtkPoints

    count = len(next(iter(arrays.values())))
    points = vtkPoints()
    for i in range(count):
        points.InsertNextPoint(i, 0, 0)
    data = vtkPolyData()
    data.SetPoints(points)
    for name, values in arrays.items():
        data.GetPointData().AddArray(named(name, values))
    return data


# -- what rows hold --------------------------------------------------------------------------


def test_the_rows_of_points_are_what_a_fetch_of_the_data_has(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    data = archive(scene, sphere)
    found = rows(scene, sphere, first=10, count=7)
    assert (found.total, found.ids) == (50, tuple(range(10, 17)))
    assert found.names == ("Normals", "Points")
    np.testing.assert_allclose(column(found, "Normals"), data["point:Normals"][10:17])
    np.testing.assert_allclose(column(found, "Points"), data["points"][10:17])


def test_the_rows_of_cells_have_their_type(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    found = rows(scene, sphere, "CELLS", first=94, count=100)
    assert (found.total, found.ids) == (96, (94, 95))
    assert found.columns[0].cells == ("Triangle", "Triangle")


def test_structured_data_has_coordinates_of_points_and_of_cells(scene: Scene) -> None:
    wavelet = scene.create("sources", "RTAnalyticSource", WholeExtent=(-1, 1, 0, 2, 5, 6))
    found = rows(scene, wavelet, first=10, count=2)
    assert found.total == 18
    assert column(found, "Structured Coordinates").tolist() == [[0, 0, 6], [1, 0, 6]]
    assert column(found, "Points").tolist() == [[0, 0, 6], [1, 0, 6]]
    cells = rows(scene, wavelet, "CELLS", first=3)
    assert (cells.total, cells.ids) == (4, (3,))
    assert column(cells, "Structured Coordinates").tolist() == [[0, 1, 5]]


def test_a_flat_structured_grid_has_cells_of_its_plane() -> None:
    grid = vtkStructuredGrid()
    grid.SetExtent(0, 2, 0, 0, 0, 2)
    grid.SetPoints(cloud(a=range(9)).GetPoints())
    found = rows_of(grid, "CELLS", first=2, count=1)
    assert column(found, "Structured Coordinates").tolist() == [[0, 0, 1]]


def test_the_rows_of_a_table_are_its_field() -> None:
    table = vtkTable()
    table.AddColumn(named("x", [1.5, 2.5]))
    texts = vtkStringArray()
    texts.SetName("who")
    for text in ("Ada", "é" * 300):
        texts.InsertNextValue(text)
    table.AddColumn(texts)
    found = rows_of(table, "FIELD")
    assert (found.total, found.names) == (2, ("x", "who"))
    assert found.columns[1].cells == ("Ada", "é" * MAX_CELL_CHARACTERS)
    assert rows_of(table, "POINTS") == Rows()


def test_columns_of_a_field_end_where_they_end() -> None:
    data = cloud(a=[1.0])
    data.GetFieldData().AddArray(named("long", [1, 2, 3]))
    data.GetFieldData().AddArray(named("short", [0.5]))
    found = rows_of(data, "FIELD", first=0, count=10)
    assert (found.total, found.ids) == (3, (0, 1, 2))
    assert [c.cells for c in found.columns] == [(1, 2, 3), (0.5,)]
    by_short = rows_of(data, "FIELD", sort_by="short", descending=True)
    assert by_short.ids == (0, 1, 2)


def test_blocks_are_named_and_each_has_its_rows() -> None:
    inner = vtkMultiBlockDataSet()
    inner.SetBlock(0, cloud(b=[7.0, 8.0]))
    data = vtkMultiBlockDataSet()
    data.SetBlock(0, vtkPolyData())
    data.SetBlock(1, cloud(a=[1.0, 2.0, 3.0]))
    data.SetBlock(2, inner)
    data.GetMetaData(1).Set(data.NAME(), "hull")
    found = rows_of(data)
    assert [(b.index, b.name, b.rows) for b in found.blocks] == [
        (1, "", 0),
        (2, "hull", 3),
        (4, "", 2),
    ]
    assert (found.block, found.total, found.names) == (2, 3, ("a", "Points"))
    other = rows_of(data, block=4)
    assert column(other, "b").tolist() == [7.0, 8.0]
    with pytest.raises(InvalidValueError, match="there is no block 3; there are: 1, 2, 4"):
        rows_of(data, block=3)
    assert rows_of(vtkMultiBlockDataSet()) == Rows()


# -- sorting ---------------------------------------------------------------------------------


def test_rows_are_sorted_by_a_column_and_pages_of_them_fit_together(scene: Scene) -> None:
    wavelet = scene.create("sources", "RTAnalyticSource")
    values = archive(scene, wavelet)["point:RTData"].reshape(-1)
    down = np.argsort(-values, kind="stable")
    page = rows(scene, wavelet, first=5, count=20, sort_by="RTData", descending=True)
    np.testing.assert_allclose(column(page, "RTData"), values[down[5:25]])
    last = rows(scene, wavelet, first=9260, count=5, sort_by="RTData")
    assert column(last, "RTData").tolist() == [values.max()]


def test_vectors_are_sorted_by_a_component_or_by_their_length() -> None:
    data = cloud(v=[[3.0, 0.0], [0.0, 1.0], [1.0, 5.0]])
    assert rows_of(data, sort_by="v", component=0).ids == (1, 2, 0)
    assert rows_of(data, sort_by="v", component=1).ids == (0, 1, 2)
    assert rows_of(data, sort_by="v", component=MAGNITUDE).ids == (1, 0, 2)
    with pytest.raises(InvalidValueError, match="v has no component 2"):
        rows_of(data, sort_by="v", component=2)


@pytest.mark.parametrize(("descending", "ids"), [(False, (3, 0, 1, 2)), (True, (1, 0, 3, 2))])
def test_what_is_no_number_comes_last_either_way(descending: bool, ids: tuple[int, ...]) -> None:
    data = cloud(a=[1.0, np.inf, np.nan, -np.inf])
    found = rows_of(data, sort_by="a", descending=descending)
    assert found.ids == ids
    assert np.isnan(column(found, "a")[-1])


def test_without_a_column_the_numbers_of_the_rows_sort() -> None:
    data = cloud(a=[0.0] * 4)
    assert rows_of(data, count=2, descending=True).ids == (3, 2)
    assert rows_of(data, first=3, count=2, descending=True).ids == (0,)


def test_what_was_sorted_is_sorted_anew_once_the_data_has_changed(scene: Scene) -> None:
    wavelet = scene.create("sources", "RTAnalyticSource")
    question = {"sort_by": "RTData", "descending": True, "count": 1}
    before = rows(scene, wavelet, **question)
    scene.set(wavelet, Center=(5.0, 5.0, 5.0))
    after = rows(scene, wavelet, **question)
    assert after.ids != before.ids
    top = archive(scene, wavelet)["point:RTData"].max()
    assert column(after, "RTData").tolist() == [top]


def test_only_so_many_rows_are_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_SORTED", 3)
    assert rows_of(cloud(a=[2.0, 1.0, 0.0]), sort_by="a").ids == (2, 1, 0)
    with pytest.raises(InvalidValueError, match="4 rows are too many to sort; allowed: up to 3"):
        rows_of(cloud(a=[2.0, 1.0, 0.0, 3.0]), sort_by="a")
    assert rows_of(cloud(a=[2.0, 1.0, 0.0, 3.0])).total == 4


# -- bounds and bad questions ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ({"count": 0}, "0 rows are not allowed; allowed: 1 to 1000"),
        ({"count": MAX_ROWS + 1}, "1001 rows are not allowed"),
        ({"count": -5}, "-5 rows are not allowed"),
        ({"first": -1}, "there is no row -1"),
        ({"association": "ROWS"}, "'ROWS' has no rows; allowed: POINTS, CELLS, FIELD"),
        ({"columns": ("Normal",)}, "there is no column 'Normal'; there are: Normals, Points"),
        ({"sort_by": "x" * 10}, "there is no column 'xxxxxxxxxx'"),
        ({"sort_by": "Points", "component": -2}, "Points has no component -2"),
        ({"block": 1}, "there is no block 1: the data has no blocks"),
        ({"port": 7}, "no output port 7"),
    ],
)
def test_a_bad_question_is_refused_and_says_what_is_allowed(
    scene: Scene, question: dict[str, Any], why: str
) -> None:
    sphere = scene.create("sources", "SphereSource")
    with pytest.raises(InvalidValueError, match=why):
        rows(scene, sphere, **question)


def test_a_row_far_beyond_the_end_is_none(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    for more in ({}, {"descending": True}, {"sort_by": "Points"}):
        found = rows(scene, sphere, first=2**63, count=1000, **more)
        assert (found.total, found.ids) == (50, ())


def test_rows_of_what_is_not_there_is_an_unknown_proxy(scene: Scene) -> None:
    with pytest.raises(UnknownProxyError):
        rows(scene, 77)


def test_an_answer_has_so_many_components_and_names_the_columns_that_it_leaves_out() -> None:
    data = cloud(a=np.zeros((2, MAX_COLUMNS - 3)), b=np.zeros((2, 2)), c=[1, 2])
    found = rows_of(data)
    assert [c.name for c in found.columns] == ["a", "b", "c"]
    assert found.names == ("a", "b", "c", "Points")
    assert [c.name for c in rows_of(data, columns=("Points", "Points")).columns] == ["Points"]


def test_whole_numbers_stay_whole_where_they_fit() -> None:
    huge = vtkUnsignedLongLongArray()
    huge.SetName("huge")
    bits = vtkBitArray()
    bits.SetName("bits")
    for number, bit in ((2**63, 1), (5, 0)):
        huge.InsertNextValue(number)
        bits.InsertNextValue(bit)
    data = cloud(a=np.array([2**62 + 1, -(2**63)]))
    for array in (huge, bits):
        data.GetPointData().AddArray(array)
    found = rows_of(data)
    assert [c.cells for c in found.columns[:3]] == [
        (2**62 + 1, -(2**63)),
        (float(2**63), 5.0),
        (1, 0),
    ]


def test_texts_that_are_none_do_no_harm(tmp_path: Path) -> None:
    texts = vtkStringArray()
    texts.SetName("bad")
    texts.InsertNextValue(b"\xff\xfe")
    data = cloud(a=[1.0])
    data.GetPointData().AddArray(texts)
    [cell] = rows_of(data, columns=("bad",)).columns[0].cells
    assert str(cell).encode()


# -- the view --------------------------------------------------------------------------------


def test_what_a_spreadsheet_shows_is_executed_and_has_no_picture(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    view = scene.create("views", "SpreadSheetView")
    scene.add(view, scene.create("representations", "SpreadSheetRepresentation", Input=sphere))
    scene.settle()
    assert scene.host.last(sphere).ports[0].points == 50
    for query in (RenderImage(view, 9, 9), FitCamera(view), Pick(view, 0.5, 0.5)):
        with pytest.raises(InvalidValueError, match="is a spreadsheet: it has rows"):
            scene.renderer.query(query)
