"""When something goes wrong: it is told in words, stays where it is, and nothing is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from collab_kernel.errors import (
    CancelledQueryError,
    InvalidValueError,
    PipelineFailedError,
    RendererError,
    UnknownProxyError,
)
from collab_kernel.spi import (
    Input,
    ProxyRow,
    Put,
    RenderImage,
    Table,
    UpdatePipeline,
)
from collab_renderer_vtk import graphics
from collab_renderer_vtk.renderer import VtkRenderer

Scene = Any

BACKGROUND = (82, 87, 110)


def _error(scene: Scene, id: int) -> str:
    """The error of a proxy, as it was told."""
    scene.settle()
    told = scene.host.last(id)
    return told.error if told else "nothing was told"


def test_a_filter_without_input_says_so(scene: Scene) -> None:
    shrink = scene.create("filters", "ShrinkFilter")
    assert _error(scene, shrink) == "it has no Input"


def test_a_failure_reaches_what_is_made_from_it_and_nothing_else(scene: Scene) -> None:
    reader = scene.create("sources", "objreader", "Reader", FileName="/nowhere.obj")
    shrink = scene.create("filters", "ShrinkFilter", "Shrink", Input=reader)
    clip = scene.create("filters", "Clip", Input=shrink)
    sphere = scene.create("sources", "SphereSource")
    cause = "Reader: /nowhere.obj: there is no such file"
    assert _error(scene, shrink) == f"its input Reader failed ({cause})"
    assert _error(scene, clip) == f"its input Shrink failed ({cause})"
    assert _error(scene, sphere) == ""


def test_a_failure_ends_when_its_cause_does(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    contour = scene.create("filters", "Contour", Input=sphere, ContourValues=(0.5,))
    surface = scene.create("filters", "DataSetSurfaceFilter", Input=contour)
    assert _error(scene, surface).startswith("its input ")
    elevation = scene.create("filters", "ElevationFilter", Input=sphere)
    scene.set(contour, Input=elevation)
    assert (_error(scene, contour), _error(scene, surface)) == ("", "")


def test_a_missing_array_is_named_with_those_there_are(scene: Scene) -> None:
    wavelet = scene.create("sources", "RTAnalyticSource")
    array = ("POINTS", "Temp")
    contour = scene.create("filters", "Contour", Input=wavelet, SelectInputScalars=array)
    expected = "its input has no point array 'Temp'; there are: RTData (point)"
    assert _error(scene, contour) == expected


def test_streamlines_through_numbers_say_that_they_need_vectors(scene: Scene) -> None:
    wavelet = scene.create("sources", "RTAnalyticSource")
    tracer = scene.create("filters", "StreamTracer", Input=wavelet)
    assert "array of vectors" in _error(scene, tracer)
    scene.set(tracer, SelectInputVectors=("POINTS", "RTData"))
    assert _error(scene, tracer) == "the array 'RTData' has 1 components: 3 are needed"


def test_a_wrong_association_is_named(scene: Scene) -> None:
    wavelet = scene.create("sources", "RTAnalyticSource")
    array = ("CELLS", "RTData")
    contour = scene.create("filters", "Contour", Input=wavelet, SelectInputScalars=array)
    assert _error(scene, contour) == "'CELLS' is no association it works on: POINTS"


@pytest.mark.parametrize("function", ["1 + nothing", "sqrt(", "RTData +", "system('ls')"])
def test_an_expression_that_makes_no_sense_is_an_error(scene: Scene, function: str) -> None:
    wavelet = scene.create("sources", "RTAnalyticSource")
    calculator = scene.create("filters", "Calculator", Input=wavelet, Function=function)
    error = _error(scene, calculator)
    assert error
    assert "0x" not in error
    assert "ERROR: In" not in error


def test_an_output_port_that_isnt_there_is_named(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource", "Ball")
    shrink = scene.create("filters", "ShrinkFilter", Input=Input(sphere, 3))
    assert _error(scene, shrink) == "its input Ball has no output port 3"


def test_a_type_that_this_renderer_lacks_is_an_error_at_its_proxy(scene: Scene) -> None:
    definition = scene.catalogue.definition("sources", "SphereSource")
    other = type(definition)("sources", "OfTomorrow", "New", "", 1)
    scene.happen(
        Put(Table.DEFINITIONS, other.key, None, other),
        Put(Table.PROXIES, 99, None, ProxyRow("sources", "OfTomorrow", "New1")),
    )
    assert _error(scene, 99) == "this renderer does not know sources/OfTomorrow"


def test_a_quarantined_proxy_is_left_out_until_it_is_let_go(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    scene.settle()
    scene.happen(Put(Table.QUARANTINE, sphere, None, "two deaths"))
    assert "two deaths" in _error(scene, sphere)
    scene.happen(Put(Table.QUARANTINE, sphere, "two deaths", None))
    assert _error(scene, sphere) == ""


def test_a_quarantined_representation_is_not_drawn(scene: Scene) -> None:
    view = scene.view(OrientationAxesVisibility=False)
    shown = scene.show(view, scene.create("sources", "SphereSource"))
    camera = scene.fit(view)
    assert (scene.picture(view, camera=camera) != BACKGROUND).any()
    scene.happen(Put(Table.QUARANTINE, shown, None, "two deaths"))
    assert (scene.picture(view, camera=camera) == BACKGROUND).all()


# -- representations -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"ColorArrayName": ("POINTS", "Temp")}, "no point array 'Temp'"),
        ({"Representation": "Volume"}, "only surfaces"),
    ],
)
def test_a_representation_that_cant_look_as_it_should_says_why(
    scene: Scene, values: dict[str, Any], expected: str
) -> None:
    view = scene.view()
    shown = scene.show(view, scene.create("sources", "SphereSource"), **values)
    scene.picture(view)
    assert expected in scene.host.last(shown).error
    scene.set(shown, ColorArrayName=("POINTS", ""), Representation="Surface")
    scene.picture(view)
    assert scene.host.last(shown).error == ""


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"RGBPoints": (0.0, 1.0, 1.0)}, "value, red, green and blue"),
        ({"RGBPoints": ()}, "value, red, green and blue"),
        ({"UseLogScale": True}, "above zero"),
    ],
)
def test_a_colour_map_that_makes_no_sense_is_told(
    scene: Scene, values: dict[str, Any], expected: str
) -> None:
    view = scene.view()
    table = scene.create("lookup_tables", "PVLookupTable", **values)
    wavelet = scene.create("sources", "RTAnalyticSource")
    array = ("POINTS", "RTData")
    shown = scene.show(view, wavelet, ColorArrayName=array, LookupTable=table)
    scene.picture(view)
    assert expected in scene.host.last(shown).error


# -- giving up -------------------------------------------------------------------------------


def _long_work(scene: Scene) -> int:
    wavelet = scene.create("sources", "RTAnalyticSource", WholeExtent=(-30, 30) * 3)
    scene.update(wavelet)
    values = tuple(range(50, 250, 5))
    return scene.create("filters", "Contour", "Long", Input=wavelet, ContourValues=values)


def test_work_that_is_cancelled_ends_as_an_error_and_can_be_asked_for_again(scene: Scene) -> None:
    contour = _long_work(scene)
    scene.host.cancel = True
    assert _error(scene, contour) == "cancelled"
    scene.host.cancel = False
    scene.settle()
    assert scene.host.last(contour).error == "cancelled"
    assert scene.data(contour).cells > 0


def test_a_question_whose_work_is_cancelled_is_answered_with_that(scene: Scene) -> None:
    contour = _long_work(scene)
    scene.host.cancel = True
    with pytest.raises(CancelledQueryError, match="Long"):
        scene.renderer.query(UpdatePipeline(contour))


def test_a_cancelled_proxy_runs_again_when_it_is_changed(scene: Scene) -> None:
    contour = _long_work(scene)
    scene.host.cancel = True
    scene.settle()
    scene.host.cancel = False
    scene.set(contour, ContourValues=(150.0,))
    assert _error(scene, contour) == ""
    assert scene.host.last(contour).ports[0].cells > 0


# -- questions -------------------------------------------------------------------------------


def test_a_failed_pipeline_is_raised_by_name(scene: Scene) -> None:
    reader = scene.create("sources", "objreader", "Teapot", FileName="/nowhere.obj")
    with pytest.raises(PipelineFailedError, match=r"Teapot: /nowhere\.obj: there is no such file"):
        scene.renderer.query(UpdatePipeline(reader))


def test_questions_about_what_isnt_there_are_errors(scene: Scene) -> None:
    view = scene.view()
    sphere = scene.create("sources", "SphereSource")
    with pytest.raises(UnknownProxyError):
        scene.renderer.query(UpdatePipeline(4711))
    with pytest.raises(UnknownProxyError):
        scene.renderer.query(RenderImage(4711, 10, 10))
    with pytest.raises(InvalidValueError, match="is no view"):
        scene.renderer.query(RenderImage(sphere, 10, 10))
    with pytest.raises(InvalidValueError, match="no output"):
        scene.renderer.query(UpdatePipeline(view))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"width": 0}, "1 to 8192"),
        ({"height": 8193}, "1 to 8192"),
        ({"quality": 101}, "1 to 100"),
        ({"format": "gif"}, "jpeg, png, raw"),
    ],
)
def test_a_picture_outside_its_bounds_is_refused(
    scene: Scene, values: dict[str, Any], expected: str
) -> None:
    with pytest.raises(InvalidValueError, match=expected):
        scene.renderer.query(RenderImage(scene.view(), **({"width": 9, "height": 9} | values)))


def test_a_machine_without_graphics_libraries_is_told_which_packages_to_install(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphics, "_chosen_window", lambda: "vtkOSOpenGLRenderWindow")
    monkeypatch.setattr(graphics, "_loads", lambda _library: False)
    with pytest.raises(RendererError, match="apt-get install libgl1 libegl1 libxrender1"):
        VtkRenderer(scene.host)


def test_nothing_is_ever_printed(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    view = scene.view()
    wavelet = scene.create("sources", "RTAnalyticSource")
    broken = [
        scene.create("sources", "XMLUnstructuredGridReader", FileName=__file__),
        scene.create("filters", "Calculator", Input=wavelet, Function="1 +"),
        scene.create("filters", "StreamTracer", Input=wavelet),
    ]
    for id in (*broken, wavelet):
        scene.show(view, id, ColorArrayName=("POINTS", "Nothing"))
    scene.settle()
    scene.picture(view)
    assert all(scene.host.last(id).error for id in broken)
    assert tuple(capfd.readouterr()) == ("", "")


def test_a_failure_that_is_asked_about_again_is_the_same_failure(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    calculator = scene.create("filters", "Calculator", Input=sphere, Function="bar + 1")
    assert "bar" in _error(scene, calculator)
    for _ in range(2):
        with pytest.raises(PipelineFailedError, match="bar"):
            scene.renderer.query(UpdatePipeline(calculator))


def test_a_file_names_no_file_outside_of_where_the_server_may_read(
    scene: Scene, tmp_path: Path
) -> None:
    kind = "vtkMultiBlockDataSet"
    block = '<DataSet index="0" file="../secret.vtp"/>'
    path = tmp_path / "blocks.vtm"
    path.write_text(f'<VTKFile type="{kind}"><{kind}>{block}</{kind}></VTKFile>')

    def refuse(name: str) -> str:
        if "secret" in name:
            raise PipelineFailedError(f"{name}: files are read elsewhere only")
        return name

    scene.host.file = refuse
    reader = scene.create("sources", "XMLMultiBlockDataReader", FileName=str(path))
    assert "secret.vtp: files are read elsewhere only" in _error(scene, reader)
