"""Layouts from a script: dividing, filling and closing, with ParaView's numbers for cells."""

from __future__ import annotations

import random

import pytest

from collab import simple
from collab.cells import HORIZONTAL, MAX_CELLS, VERTICAL, Cells
from collab.collaboration import Redo, Undo
from collab_kernel.errors import InvalidValueError, NotMasterError, UnknownTypeError
from collab_kernel.testing.toy import TOY


@pytest.fixture
def view():
    """The one that a session begins with."""
    return simple.GetActiveView()


# -- layouts ---------------------------------------------------------------------------------


def test_a_session_without_a_layout_gets_one_of_the_views_that_it_has(view) -> None:
    assert simple.GetLayouts() == {}
    layout = simple.GetLayout()
    assert layout.name == "Layout #1"
    assert (layout.GetViewLocation(view), layout.GetView(0)) == (0, view)
    assert simple.GetLayout(view) == layout == simple.GetLayoutByName("Layout #1")
    assert list(simple.GetLayouts().values()) == [layout]


def test_a_view_is_divided_and_new_ones_are_put_beside_it(view) -> None:
    layout = simple.GetLayout()
    assert layout.SplitHorizontal(0, 0.3) == 1
    assert (layout.IsSplitCell(0), layout.IsCell(1), layout.GetSplitFraction(0)) == (
        True,
        True,
        0.3,
    )
    assert (layout.GetView(1), layout.GetView(2)) == (view, None)
    chart = simple.CreateView("XYChartView")
    assert layout.GetViewLocation(chart) == 2
    assert layout.SplitViewVertical(chart) == 5
    assert layout.GetSplitDirection(2) == VERTICAL
    sheet = simple.CreateView("SpreadSheetView", detachedFromLayout=True)
    assert not layout.ContainsView(sheet)
    layout.AssignView(6, sheet)
    assert layout.GetViews() == [view, chart, sheet]
    layout.SwapCells(1, 6)
    assert layout.GetViews() == [sheet, chart, view]


def test_a_view_that_is_deleted_or_taken_out_gives_its_room_to_its_neighbour(view) -> None:
    layout = simple.GetLayout()
    layout.SplitHorizontal(0)
    chart = simple.CreateView("XYChartView")
    simple.Delete(chart)
    assert layout.IsCell(0)
    assert layout.GetViews() == [view]
    other = simple.CreateView("RenderView")
    assert layout.ContainsView(other)
    simple.RemoveViewFromLayout(other)
    assert layout.GetViews() == [view]
    assert other in simple.GetViews()
    assert simple.GetLayout(other) is None
    assert simple.AssignViewToLayout(other, layout, hint=0)
    assert not simple.AssignViewToLayout(other)


def test_closing_a_divided_neighbourhood_keeps_what_is_in_it(view) -> None:
    layout = simple.GetLayout()
    layout.SplitHorizontal(0)
    layout.SplitVertical(2)
    lower = simple.CreateView("XYChartView", detachedFromLayout=True)
    layout.AssignView(6, lower)
    assert layout.RemoveView(view) == 1
    assert (layout.GetSplitDirection(0), layout.GetView(2)) == (VERTICAL, lower)
    layout.Collapse(1)
    assert layout.GetView(0) == lower


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda layout: layout.SplitHorizontal(4), "no cell 4; there are 0, 1, 2"),
        (lambda layout: layout.SplitVertical(0), "cell 0 is divided"),
        (lambda layout: layout.SplitVertical(1, 1.0), "a fraction of 1.0 is not allowed"),
        (lambda layout: layout.SetSplitFraction(1, 0.5), "cell 1 is not divided"),
        (lambda layout: layout.Collapse(1), "cell 1 shows a view"),
        (lambda layout: layout.SplitHorizontal("left"), "left"),
    ],
)
def test_what_can_not_be_done_to_a_cell_says_why_and_changes_nothing(view, call, why) -> None:
    layout = simple.GetLayout()
    layout.SplitHorizontal(0)
    before = (layout.Views, layout.Layout)
    with pytest.raises(InvalidValueError, match=why):
        call(layout)
    assert (layout.Views, layout.Layout) == before


def test_a_layout_is_everybodys_and_only_who_steers_divides_it(serve) -> None:
    served = serve()
    ada = served.peer("Ada")
    connection = simple.Connect(served.url)
    with pytest.raises(NotMasterError):
        simple.GetLayout()
    ada.run(ada.session.promote(connection.session.id))
    layout = simple.GetLayout()
    layout.SplitHorizontal(0)
    ada.reaches(connection.session.revision)
    theirs = ada.named("misc", "Layout #1")
    assert theirs["Layout"] == (2.0, 0.5, 0.0, 0.0, 0.5, 1.0, 0.0, 0.5, 0.0)


def test_a_layout_is_undone_as_anything_else_and_late_joiners_see_it(serve) -> None:
    served = serve()
    simple.Connect(served.url)
    layout = simple.GetLayout()
    layout.SplitHorizontal(0)
    chart = simple.CreateView("XYChartView")
    assert layout.ContainsView(chart)
    late = served.peer("Late")
    theirs = late.named("misc", "Layout #1")
    assert [view.type for view in theirs["Views"]] == ["RenderView", "XYChartView"]
    Undo()
    assert (layout.GetView(2), layout.GetSplitDirection(0)) == (None, HORIZONTAL)
    Undo()
    Undo()
    assert layout.IsCell(0)
    Redo()
    assert layout.IsSplitCell(0)


def test_everything_goes_in_one_step_and_views_can_be_made_anew(view) -> None:
    layout = simple.GetLayout()
    layout.SplitVertical(0)
    simple.CreateView("RenderView")
    simple.Show(simple.Sphere())
    simple.RemoveViewsAndLayouts()
    assert (simple.GetViews(), simple.GetLayouts(), simple.GetActiveView()) == ([], {}, None)
    first = simple.CreateLayout("mine")
    shown = simple.CreateView("RenderView")
    assert first.GetView(0) == shown
    simple.RenameLayout("yours", first)
    assert simple.GetLayoutByName("yours") == first
    simple.RemoveLayout(first)
    assert simple.GetViews() == [shown]


def test_where_the_renderer_knows_no_layouts_that_is_said(serve) -> None:
    served = serve(renderer=TOY)
    simple.Connect(served.url)
    with pytest.raises(UnknownTypeError, match="ViewLayout"):
        simple.GetLayout()


def test_views_are_given_as_much_room(view) -> None:
    layout = simple.GetLayout()
    layout.SplitHorizontal(0, 0.2)
    layout.SplitHorizontal(2, 0.9)
    layout.SplitVertical(1, 0.4)
    simple.EqualizeViewsHorizontally()
    assert [round(layout.GetSplitFraction(at), 3) for at in (0, 2, 1)] == [0.333, 0.5, 0.4]
    simple.EqualizeViewsBothDirections(layout)
    assert layout.GetSplitFraction(1) == 0.5


# -- cells -----------------------------------------------------------------------------------


def trees() -> list[Cells]:
    """Whatever somebody may have made."""
    made = []
    for seed in range(40):
        chance = random.Random(seed)
        cells, views = Cells(), iter(range(1, 100))
        for _ in range(12):
            at = chance.choice(cells.leaves)
            if chance.random() < 0.6 and len(cells.leaves) < MAX_CELLS:
                cells.split(at, chance.choice((HORIZONTAL, VERTICAL)), chance.uniform(0.1, 0.9))
            elif chance.random() < 0.7:
                cells.assign(at, next(views))
            else:
                cells.assign(at, 0)
                cells.collapse(at)
        made.append(cells)
    return made


def test_cells_come_back_from_their_values_as_they_were() -> None:
    for cells in trees():
        again = Cells.of(*cells.values())
        assert {at: again[at] for at in again} == {at: cells[at] for at in cells}


def test_closing_what_was_split_is_as_before() -> None:
    for cells in trees():
        before = {at: cells[at] for at in cells}
        for at in cells.leaves:
            first = cells.split(at, HORIZONTAL, 0.5)
            cells.collapse(first + 1)
            assert {at: cells[at] for at in cells} == before


@pytest.mark.parametrize(
    ("views", "numbers", "shown"),
    [
        ([], [], []),
        ([1], [2.0, 0.5, 0.0], []),
        ([1], [2.0, 0.5, 0.0, 0.0, 0.5, 1.0, 0.0, 0.5, 1.0], [1]),
        ([1, 1], [2.0, 0.5, 0.0, 0.0, 0.5, 1.0, 0.0, 0.5, 2.0], [1]),
        ([1], [0.0, 0.5, 9.0], []),
        ([1], [0.0, 0.5, 0.5], []),
        ([1], [float("inf"), -1.0, float("-inf")], []),
        ([1], [1.0, 7.0, 0.0, 0.0, 0.0, 1.0], [1]),
    ],
)
def test_values_that_make_no_sense_are_empty_cells(views, numbers, shown) -> None:
    cells = Cells.of(views, numbers)
    assert [cells[at].view for at in cells.leaves if cells[at].view] == shown
    assert all(0 < cells[at].fraction < 1 for at in cells)


def test_a_layout_has_so_many_cells_whatever_its_values_say() -> None:
    assert len(Cells.of([], [2.0] * 3_000).leaves) == MAX_CELLS
    cells = Cells.around(list(range(1, 100)))
    assert len(cells.leaves) == MAX_CELLS
    with pytest.raises(InvalidValueError, match="32 views are most"):
        cells.split(cells.leaves[0], HORIZONTAL, 0.5)


# -- spreadsheets ----------------------------------------------------------------------------


def test_a_spreadsheet_shows_one_source_at_a_time_and_is_no_picture() -> None:
    sheet = simple.CreateView("SpreadSheetView")
    sphere, cone = simple.Sphere(), simple.Cone()
    simple.Show(sphere, sheet)
    shown = simple.Show(cone, sheet)
    assert shown.GetXMLName() == "SpreadSheetRepresentation"
    assert simple.GetRepresentation(sphere, sheet).Visibility == 0
    assert shown.Visibility == 1
    simple.Render(sheet)
    simple.ResetCamera(sheet)
    simple.RenderAllViews()
    rows = sheet.connection.run(cone.kernel.rows("CELLS", first=0, count=2))
    assert (rows.total, rows.columns[0].cells) == (7, ("Polygon", "Triangle"))
