"""Showing, looking, and taking pictures, on a session that really draws."""

import logging
import struct

import numpy as np
import pytest

from collab import simple
from collab.simple import (
    ColorBy,
    Connect,
    Contour,
    Delete,
    FetchData,
    GetActiveView,
    GetColorTransferFunction,
    GetOpacityTransferFunction,
    GetRepresentation,
    GetScalarBar,
    Hide,
    Render,
    ResetCamera,
    SaveScreenshot,
    Show,
    Sphere,
    UpdateScalarBars,
    Wavelet,
)
from collab_kernel.errors import (
    ForeignProxyError,
    InvalidValueError,
    NameTakenError,
    NoRendererError,
    PipelineFailedError,
    ProxyInUseError,
    UnknownProxyError,
)
from collab_kernel.spi import Scope

DEFAULT_POSITION = [0.0, 0.0, 6.69]


def size_of(path):
    """(width, height) of a PNG."""
    return struct.unpack(">II", path.read_bytes()[16:24])


# -- showing and hiding ----------------------------------------------------------------------


@pytest.mark.usefixtures("builtin_without_renderer")
class TestShowing:
    def test_show_without_arguments_shows_the_active_source_in_the_active_view(self):
        sphere = Sphere()
        representation = Show()
        assert representation.Input == sphere
        assert representation in GetActiveView().Representations
        assert Show() == representation
        assert simple.GetRepresentations() == [representation]

    def test_show_sets_properties_in_the_same_step(self):
        Sphere()
        revision = GetActiveView().connection.session.revision
        representation = Show(Opacity=0.5, Representation="Wireframe")
        assert representation.connection.session.revision == revision + 1
        assert (representation.Opacity, representation.Representation) == (0.5, "Wireframe")
        with pytest.raises(AttributeError, match="Opacity"):
            Show(Opasity=1)
        assert Show(representationType="Points").Representation == "Points"
        assert Show(None, None, "UniformGridRepresentation").Representation == "Points"

    def test_hide_and_show_again(self):
        sphere = Sphere()
        Hide(sphere)  # it never was visible
        representation = Show(sphere)
        Hide(sphere)
        assert representation.Visibility == 0
        Show(sphere)
        assert representation.Visibility == 1
        simple.HideAll()
        assert representation.Visibility == 0

    def test_nothing_to_show_is_an_error(self):
        with pytest.raises(UnknownProxyError, match="no active source"):
            Show()
        with pytest.raises(UnknownProxyError, match="no source"):
            Show(GetActiveView())

    def test_looking_up_a_representation_makes_nothing_visible(self):
        sphere = Sphere()
        representation = GetRepresentation(sphere)
        assert representation.Visibility == 0
        assert simple.GetDisplayProperties(sphere) == representation
        Show(sphere)
        assert simple.GetDisplayProperties(sphere).Visibility == 1
        simple.SetDisplayProperties(sphere, Opacity=0.25)
        assert representation.Opacity == 0.25
        assert representation.Visibility == 1
        representation.SetRepresentationType("Points")
        assert representation.Representation == "Points"

    def test_views(self):
        first = GetActiveView()
        assert first.name == "RenderView1"
        second = simple.CreateRenderView(ViewSize=[300, 200], Background=[1, 1, 1])
        assert GetActiveView() == second
        assert (second.ViewSize, second.Background) == ([300, 200], [1, 1, 1])
        assert simple.GetRenderViews() == simple.GetViews() == [first, second]
        simple.SetActiveView(first)
        assert GetActiveView() == first == simple.GetActiveViewOrCreate("RenderView")
        assert simple.FindView(second.name) == second
        assert simple.FindView("Nowhere") is None
        simple.SetViewProperties(second, Background=[0, 0, 0])
        assert second.Background == [0, 0, 0]
        Sphere()
        Show(view=second)
        Delete(second)
        assert simple.GetViews() == [first]
        assert simple.GetRepresentations() == []
        Delete(first)
        assert GetActiveView() is None
        assert Show() in GetActiveView().Representations, "a view was made"

    def test_deleting_takes_everything_along_in_one_step(self):
        sphere = Sphere()
        Show()
        Show(view=simple.CreateRenderView())
        shrink = simple.Shrink()
        with pytest.raises(ProxyInUseError, match="Shrink1"):
            Delete(sphere)
        assert len(simple.GetRepresentations()) == 1
        Delete(shrink)
        revision = sphere.connection.session.revision
        Delete(sphere)
        assert sphere.connection.session.revision == revision + 1
        assert [len(view.Representations) for view in simple.GetViews()] == [0, 0]

    def test_a_view_of_another_server_is_refused(self, serve):
        simple.enableMultiServer()
        view = GetActiveView()
        Connect(serve().url)
        Sphere()
        with pytest.raises(ForeignProxyError):
            Show(view=view)
        with pytest.raises(ForeignProxyError):
            simple.GetActiveConnection().view = view

    def test_colour_maps_are_shared_by_name(self):
        table = GetColorTransferFunction("Pressure")
        assert GetColorTransferFunction("Pressure") == table
        table.RescaleTransferFunction(10, 20)
        assert (table.RGBPoints[0], table.RGBPoints[4], table.RGBPoints[-4]) == (10, 15, 20)
        opacity = GetOpacityTransferFunction("Pressure")
        opacity.RescaleTransferFunction(-1, 1)
        assert opacity.Points[::4] == [-1, 1]
        with pytest.raises(InvalidValueError, match="no range"):
            table.RescaleTransferFunction(2, 1)
        bar = GetScalarBar(table)
        assert (bar.Title, bar.Visibility) == ("Pressure", 0)
        assert GetScalarBar(table) == bar
        with pytest.raises(NameTakenError):
            simple.RenameProxy(GetColorTransferFunction("Other"), "Pressure")

    def test_what_needs_a_renderer_says_so(self, tmp_path):
        sphere = Sphere()
        Show()
        for attempt in (
            Render,
            ResetCamera,
            sphere.UpdatePipeline,
            lambda: FetchData(sphere),
            lambda: SaveScreenshot(tmp_path / "x.png"),
        ):
            with pytest.raises(NoRendererError, match="--renderer none"):
                attempt()


# -- drawing ---------------------------------------------------------------------------------


def test_changing_properties_renders_nothing_and_rendering_resets_the_camera_once():
    view = GetActiveView()
    sphere = Sphere()
    Show()
    assert view.CameraPosition == DEFAULT_POSITION
    Render()
    near = list(view.CameraPosition)
    assert near != DEFAULT_POSITION
    sphere.Radius = 10
    Render()
    assert view.CameraPosition == near, "somebody may like it there"
    ResetCamera()
    assert view.CameraPosition[2] > near[2]


def test_a_camera_that_somebody_chose_is_left_alone():
    Sphere()
    Show()
    simple.GetActiveCamera().SetPosition(1, 2, 30)
    Render()
    assert GetActiveView().CameraPosition == [1.0, 2.0, 30.0]


def test_screenshots_have_the_size_that_was_asked_for(tmp_path):
    Sphere()
    Show()
    view = GetActiveView()
    view.ViewSize = [320, 240]
    SaveScreenshot(tmp_path / "view.png")
    assert size_of(tmp_path / "view.png") == (320, 240)
    SaveScreenshot(str(tmp_path / "small.png"), view, ImageResolution=[64, 48])
    assert size_of(tmp_path / "small.png") == (64, 48)
    simple.WriteImage(tmp_path / "view.jpg", ImageQuality=50)
    assert (tmp_path / "view.jpg").read_bytes()[:2] == b"\xff\xd8"
    with pytest.raises(InvalidValueError, match=r"\.png"):
        SaveScreenshot(tmp_path / "view.gif")
    with pytest.raises(InvalidValueError, match="8192"):
        SaveScreenshot(tmp_path / "huge.png", ImageResolution=[10000, 10])
    with pytest.raises(TypeError):
        SaveScreenshot(tmp_path / "view.png", ImageResolutoin=[1, 1])
    assert not (tmp_path / "huge.png").exists()


def test_a_failed_pipeline_of_mine_raises_and_nobody_elses_does(serve, caplog, tmp_path):
    served = serve(renderer="vtk")
    Connect(served.url, name="Ann")
    Sphere()
    Show()
    missing = str(tmp_path / "missing.vtp")
    reader = simple.XMLPolyDataReader(FileName=missing, registrationName="missing.vtp")
    Show()
    assert reader.error == ""
    for _ in range(2):
        with pytest.raises(PipelineFailedError, match=r"missing\.vtp"):
            Render()
    with pytest.raises(PipelineFailedError, match=r"missing\.vtp"):
        reader.GetDataInformation()
    assert "no such file" in reader.error
    Hide(reader)
    Render()
    Show(reader)
    simple.Disconnect()
    Connect(served.url, name="Bob")
    with caplog.at_level(logging.WARNING):
        Render()
    assert "missing.vtp" in caplog.text


def test_what_is_wrong_with_a_representation_comes_up_too():
    sphere = Sphere()
    representation = Show(Representation="Volume")
    with pytest.raises(PipelineFailedError, match="as a volume"):
        Render()
    representation.Representation = "Surface"
    Render()
    sphere.UpdatePipeline()


def test_data_information():
    wavelet = Wavelet()
    information = wavelet.GetDataInformation()
    assert (information.GetNumberOfPoints(), information.GetNumberOfCells()) == (9261, 8000)
    assert information.GetBounds() == (-10, 10, -10, 10, -10, 10)
    assert information.GetExtent() == (-10, 10, -10, 10, -10, 10)
    assert information.GetDataClassName() == "vtkImageData"
    assert information.GetMemorySize() > 0
    assert list(wavelet.PointData) == ["RTData"]
    array = wavelet.PointData["RTData"]
    assert array.GetRange() == pytest.approx((37.3531, 276.829), rel=1e-4)
    assert (array.GetName(), array.GetNumberOfComponents(), array.GetNumberOfTuples()) == (
        "RTData",
        1,
        9261,
    )
    assert wavelet.PointData.GetArray(0).Name == "RTData"
    assert wavelet.PointData.GetArray("none") is None
    assert len(wavelet.CellData) == len(wavelet.FieldData) == 0
    with pytest.raises(KeyError, match="RTData"):
        wavelet.PointData["Data"]
    with pytest.raises(IndexError):
        array.GetRange(1)
    wavelet.WholeExtent = [0, 1, 0, 1, 0, 1]
    assert wavelet.GetDataInformation().GetNumberOfPoints() == 8


def test_fetched_data_is_numpy_and_vtk():
    wavelet = Wavelet()
    grid = FetchData(wavelet)
    assert (grid.GetNumberOfPoints(), grid.GetNumberOfCells()) == (9261, 8000)
    assert grid.GetBounds() == (-10, 10, -10, 10, -10, 10)
    assert grid.point_data["RTData"].shape == (9261,)
    image = grid.to_vtk()
    assert (image.GetClassName(), image.GetDimensions()) == ("vtkImageData", (21, 21, 21))
    assert image.GetPointData().GetArray("RTData").GetRange()[1] == pytest.approx(276.829, rel=1e-4)
    surface = FetchData(Contour(Input=wavelet, Isosurfaces=[150]))
    assert surface.points.dtype.kind == "f"
    polygons = surface.to_vtk()
    assert polygons.GetNumberOfCells() == surface.GetNumberOfCells() == len(surface.cell_types)
    assert polygons.GetCell(0).GetNumberOfPoints() == np.diff(surface.offsets)[0]
    empty = FetchData(Contour(Input=wavelet, Isosurfaces=[1e9]))
    assert (len(empty.points), empty.GetBounds(), empty.to_vtk().GetNumberOfCells()) == (0, (), 0)


# -- colours ---------------------------------------------------------------------------------


def test_colouring_by_an_array():
    wavelet = Wavelet()
    representation = Show()
    ColorBy(representation, ("POINTS", "RTData"))
    assert representation.ColorArrayName == ["POINTS", "RTData"]
    assert representation.UsesColors()
    table = GetColorTransferFunction("RTData")
    assert representation.LookupTable == table
    assert table.RGBPoints[0] == pytest.approx(37.3531, rel=1e-4)
    contour = Contour(Input=wavelet, Isosurfaces=[100, 200])
    of_contour = Show(contour)
    ColorBy(of_contour, "RTData")
    assert of_contour.LookupTable == table, "arrays of one name share their colours"
    of_contour.RescaleTransferFunctionToDataRange()
    assert (table.RGBPoints[0], table.RGBPoints[-4]) == (100, 200)
    assert of_contour.ScalarOpacityFunction.Points[0] == 100
    of_contour.ScalarOpacityFunction.Points = [0, 0, 0.5, 0, 1, 1, 0.5, 0]
    representation.RescaleTransferFunctionToDataRange(extend=True)
    assert table.RGBPoints[-4] == pytest.approx(276.829, rel=1e-4)
    ColorBy(representation, None)
    assert not representation.UsesColors()
    with pytest.raises(InvalidValueError, match="RTData"):
        ColorBy(representation, ("POINTS", "Nothing"))
    with pytest.raises(UnknownProxyError, match="no array"):
        representation.RescaleTransferFunctionToDataRange()
    with pytest.raises(UnknownProxyError, match="no representation"):
        ColorBy(wavelet, "RTData")


def test_colouring_by_a_component():
    simple.Calculator(Input=Wavelet(), Function="coords", ResultArrayName="Place")
    representation = Show()
    ColorBy(representation, ("POINTS", "Place", "X"))
    table = representation.LookupTable
    assert (table.VectorMode, table.VectorComponent) == ("Component", 0)
    representation.RescaleTransferFunctionToDataRange()
    assert (table.RGBPoints[0], table.RGBPoints[-4]) == (-10, 10)
    ColorBy(representation, ("POINTS", "Place", "Magnitude"))
    assert table.VectorMode == "Magnitude"
    with pytest.raises(InvalidValueError, match="Magnitude"):
        ColorBy(representation, ("POINTS", "Place", "Q"))


def test_scalar_bars_are_shown_where_they_are_needed():
    wavelet = Wavelet()
    view = GetActiveView()
    representation = Show()
    with pytest.raises(UnknownProxyError, match="no scalar bar"):
        representation.SetScalarBarVisibility(view, True)
    ColorBy(representation, "RTData")
    representation.SetScalarBarVisibility(view, True)
    bar = GetScalarBar(representation.LookupTable, view)
    assert bar.Visibility == 1
    Render()
    Hide(wavelet)
    UpdateScalarBars()
    assert bar.Visibility == 0
    Show(wavelet)
    simple.HideUnusedScalarBars()
    assert bar.Visibility == 0
    UpdateScalarBars(view)
    assert bar.Visibility == 1
    simple.HideScalarBarIfNotNeeded(representation.LookupTable, view)
    assert bar.Visibility == 1
    Delete(wavelet)
    assert bar.Visibility == 0


def test_a_view_keeps_its_camera_in_own_properties():
    view = GetActiveView()
    definition = view.kernel.definition
    assert definition.property("CameraPosition").scope is Scope.OWN
    view.CameraPosition = [0, 0, 5]
    view.CameraParallelProjection = 1
    assert simple.GetActiveCamera().GetParallelProjection() is True
    with pytest.raises(InvalidValueError, match="CameraViewAngle"):
        view.CameraViewAngle = 0
