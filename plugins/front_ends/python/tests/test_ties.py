"""Links and selections from a script, by ParaView's names."""

import pytest

from collab import simple
from collab.collaboration import Undo
from collab.missing import NotThereYetError
from collab.simple import (
    AddCameraLink,
    AddPropertyLink,
    AddProxyLink,
    AddRenderViewLink,
    AddViewLink,
    ClearSelection,
    Connect,
    CreateRenderView,
    CreateXYPlotView,
    ExtractSelection,
    GetActiveSource,
    GetActiveView,
    GetLinks,
    QuerySelect,
    RemoveCameraLink,
    RemoveLink,
    SelectCells,
    SelectCellsThrough,
    SelectCompositeDataIDs,
    SelectIDs,
    SelectPoints,
    SelectPointsThrough,
    SelectSurfaceCells,
    SelectSurfacePoints,
    SelectThresholds,
    Show,
    Sphere,
    Wavelet,
)
from collab_kernel.errors import InvalidValueError, LinkError, UnknownLinkError

# -- links -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("builtin_without_renderer")
class TestLinks:
    def test_linked_properties_are_equal_from_then_on(self):
        one, two = Sphere(Radius=1), Sphere(Radius=2)
        assert AddPropertyLink(one, "Radius", two, "Radius") == "Sphere1-Sphere2-link"
        assert two.Radius == 1.0
        two.Radius = 3
        assert one.Radius == 3.0
        RemoveLink("Sphere1-Sphere2-link")
        two.Radius = 4
        assert one.Radius == 3.0
        with pytest.raises(UnknownLinkError):
            RemoveLink("Sphere1-Sphere2-link")
        with pytest.raises(AttributeError, match="Radius"):
            AddPropertyLink(one, "Radios", two, "Radius")
        with pytest.raises(LinkError):
            AddPropertyLink(one, "Radius", two, "ThetaResolution")

    def test_linked_proxies_are_equal_and_a_link_of_the_same_name_takes_its_place(self):
        one, two, three = Sphere(Radius=1), Sphere(), Sphere()
        AddProxyLink(one, two, "twins")
        AddProxyLink(one, three, "twins")
        assert GetLinks() == ["twins"]
        one.Center = [1, 2, 3]
        assert three.Center == [1, 2, 3]
        assert two.Center == [0, 0, 0]
        Undo()
        Undo()
        two.Center = [4, 5, 6]
        assert one.Center == [4, 5, 6]

    def test_linked_views_are_looked_at_with_one_camera(self):
        first, second = GetActiveView(), CreateRenderView()
        AddCameraLink(first, second, "look")
        first.CameraPosition = [9, 8, 7]
        assert second.CameraPosition == [9, 8, 7]
        RemoveCameraLink("look")
        first.CameraPosition = [1, 1, 1]
        assert second.CameraPosition == [9, 8, 7]
        assert AddViewLink(first, second) == "RenderView1-RenderView2-link"
        second.Background = [1, 1, 1]
        assert first.Background == [1, 1, 1]
        assert second.CameraPosition == [9, 8, 7]
        AddRenderViewLink(first, second, linkCameras=True)
        second.CameraPosition = [2, 2, 2]
        assert first.CameraPosition == [2, 2, 2]
        assert len(GetLinks()) == 1
        with pytest.raises(TypeError):
            AddCameraLink(first, Sphere())


# -- selections ------------------------------------------------------------------------------


def extracted(source=None):
    """(points, cells) of what is selected, and the source active as before."""
    before = GetActiveSource()
    found = ExtractSelection(Input=source or before)
    information = found.GetDataInformation()
    numbers = information.GetNumberOfPoints(), information.GetNumberOfCells()
    simple.Delete(found)
    simple.SetActiveSource(before)
    return numbers


def test_points_and_cells_are_selected_by_number_and_by_value():
    wavelet = Wavelet()
    made = SelectIDs([0, 1, 0, 2, 0, 5])
    assert GetActiveSource() == wavelet, "what selects is no source to work on"
    assert wavelet.GetSelectionInput() == made
    assert extracted()[0] == 3
    SelectIDs(IDs=[0, 7], FieldType="CELL", Source=wavelet)
    assert extracted() == (8, 1)
    assert "deleted" in repr(made), "what it was selected by before is gone"
    QuerySelect("RTData > 250")
    assert 0 < extracted()[0] < 9261
    QuerySelect(QueryString="RTData > 250", InsideOut=True)
    assert extracted()[0] > 9000
    QuerySelect("(RTData <= 60) | (RTData >= 250)")
    few = extracted()[0]
    SelectThresholds([0, 60, 250, 1000], "RTData")
    assert 0 < extracted()[0] == few < 9261
    chosen = SelectCells("id < 3")
    assert (chosen.ElementType, extracted()[1]) == ("CELL", 3)
    SelectPoints()
    assert extracted()[0] == 9261
    ClearSelection()
    assert wavelet.GetSelectionInput() is None
    with pytest.raises(InvalidValueError, match="'POINT' nor 'CELL'"):
        QuerySelect("id > 0", "EDGE")
    with pytest.raises(InvalidValueError, match="no pairs"):
        SelectThresholds([1, 2, 3], "RTData")
    with pytest.raises(NotThereYetError, match="Modifier"):
        SelectIDs([0, 1], Modifier="ADD")


def test_a_selection_is_one_step_that_can_be_undone():
    wavelet = Wavelet()
    first = QuerySelect("RTData > 200")
    second = QuerySelect("RTData > 250")
    assert wavelet.GetSelectionInput() == second
    Undo()
    assert wavelet.GetSelectionInput() == first
    Undo()
    assert wavelet.GetSelectionInput() is None


def test_what_selects_for_somebody_else_too_stays():
    wavelet = Wavelet()
    query = QuerySelect("RTData > 200")
    kept = ExtractSelection(Selection=query)
    simple.SetActiveSource(wavelet)
    QuerySelect("RTData > 250")
    assert kept.Selection == query
    ClearSelection(wavelet)
    assert kept.Selection == query


def test_what_one_sees_in_a_rectangle_is_selected_and_nothing_else():
    sphere, behind = Sphere(), Sphere(Center=[0, 0, -3], Radius=0.2)
    Show(sphere)
    Show(behind)
    view = GetActiveView()
    view.ViewSize = [400, 400]
    simple.ResetCamera()
    simple.Render()
    [cells] = SelectSurfaceCells(Rectangle=[0, 0, 400, 400], View=view)
    assert sphere.GetSelectionInput() == cells
    assert behind.GetSelectionInput() is None
    seen = extracted(sphere)[1]
    assert 0 < seen < 96
    both = SelectCellsThrough(Rectangle=[0, 0, 400, 400])
    assert len(both) == 2
    assert extracted(sphere)[1] == 96
    [points] = SelectSurfacePoints([0, 0, 400, 400])
    assert points.FieldType == "POINT"
    assert 0 < extracted(sphere)[0] < 50
    assert behind.GetSelectionInput() is None
    assert len(SelectPointsThrough([0, 0, 400, 400])) == 2
    assert SelectSurfacePoints([0, 0, 2, 2]) == []
    assert sphere.GetSelectionInput() is None
    with pytest.raises(InvalidValueError, match="left, bottom"):
        SelectSurfaceCells([0, 0])
    with pytest.raises(NotThereYetError, match="polygon"):
        SelectSurfaceCells(Polygon=[0, 0, 9, 0, 9, 9])


def test_cells_of_blocks_are_selected_by_block_and_number():
    wavelet = Wavelet()
    made = SelectCompositeDataIDs([1, 0, 3], FieldType="CELL")
    assert (made.GetXMLName(), made.IDs) == ("CompositeDataIDSelectionSource", [1, 0, 3])
    assert wavelet.GetSelectionInput() == made


def test_a_selection_is_everybodys(serve):
    served = serve()
    connection = Connect(served.url)
    sphere = Sphere()
    chosen = SelectIDs([0, 1])
    peer = served.peer("Bob")
    peer.reaches(connection.session.revision)
    assert peer.session.selection_of(sphere.id).id == chosen.id


@pytest.mark.usefixtures("builtin_without_renderer")
def test_a_chart_is_made_by_paraviews_name():
    chart = CreateXYPlotView()
    assert (chart.GetXMLName(), GetActiveView()) == ("XYChartView", chart)
