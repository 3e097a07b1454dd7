"""Proxies that hold code: executed where that is allowed, and only there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from collab_kernel.errors import PipelineFailedError
from collab_kernel.spi import Catalogue, FetchData

Scene = Any

TRIANGLE = """
points = vtk.vtkPoints()
for corner in ((0, 0, 0), (size, 0, 0), (0, 1, 0)):
    points.InsertNextPoint(corner)
output.SetPoints(points)
output.Allocate(1)
output.InsertNextCell(vtk.VTK_TRIANGLE, 3, [0, 1, 2])
"""


def _fetch(scene: Scene, id: int) -> Any:
    import io

    return np.load(io.BytesIO(scene.renderer.query(FetchData(id)).data))


@pytest.fixture
def coding(scene: Scene) -> Scene:
    """A scene whose host allows code."""
    scene.host.code = True
    return scene


def source(scene: Scene, script: str, **values: Any) -> int:
    made: int = scene.create("sources", "ProgrammableSource", Script=script, **values)
    return made


def made_from(scene: Scene, script: str, *inputs: int, **values: Any) -> int:
    made: int = scene.create("filters", "ProgrammableFilter", Script=script, **values)
    from collab_kernel.spi import Input

    scene.set(made, Input=tuple(map(Input, inputs)))
    return made


def test_both_types_are_marked_as_running_code(catalogue: Catalogue) -> None:
    both = {("sources", "ProgrammableSource"), ("filters", "ProgrammableFilter")}
    assert catalogue.runs_code == both
    assert both <= catalogue.definitions.keys()


def test_code_is_not_run_where_it_is_not_allowed_whatever_the_state_says(
    scene: Scene, tmp_path: Any
) -> None:
    trace = tmp_path / "trace"
    id = source(scene, f"open({str(trace)!r}, 'w')")
    with pytest.raises(PipelineFailedError, match="--allow-code"):
        scene.update(id)
    assert not trace.exists()


def test_a_script_makes_the_data_of_a_source(coding: Scene) -> None:
    id = source(coding, TRIANGLE, Parameters=("size", "2 * 2"))
    data = coding.data(id)
    assert (data.type, data.points, data.cells) == ("vtkPolyData", 3, 1)
    assert data.bounds == (0, 4, 0, 1, 0, 0)


def test_a_script_says_what_type_its_data_are(coding: Scene) -> None:
    script = "output.SetDimensions(2, 3, 4)"
    assert coding.data(source(coding, script, OutputDataSetType=6)).points == 24
    table = "output.RowData.append(arange(3.0), 'numbers')".replace("arange", "numpy.arange")
    id = source(coding, f"import numpy\n{table}", OutputDataSetType="vtkTable")
    assert [a.name for a in coding.data(id).arrays] == ["numbers"]


def test_a_filter_starts_from_the_shape_of_its_first_input(coding: Scene) -> None:
    wavelet = coding.create("sources", "RTAnalyticSource")
    script = "output.PointData.append(inputs[0].PointData['RTData'] * 2, 'twice')"
    id = made_from(coding, script, wavelet)
    found, before = _fetch(coding, id), _fetch(coding, wavelet)
    assert (found["point:twice"] == 2 * before["point:RTData"]).all()
    assert "point:RTData" not in found
    coding.set(id, CopyArrays=True)
    assert "point:RTData" in _fetch(coding, id)


def test_a_filter_takes_several_inputs(coding: Scene) -> None:
    balls = [coding.create("sources", "SphereSource", Radius=r) for r in (1.0, 2.0)]
    script = "output.ShallowCopy(inputs[1].VTKObject); assert len(inputs) == 2"
    id = made_from(coding, script, *balls)
    assert coding.data(id).bounds == coding.data(balls[1]).bounds


def test_self_has_the_names_that_scripts_for_paraview_use(coding: Scene) -> None:
    sphere = coding.create("sources", "SphereSource")
    script = "self.GetPolyDataOutput().ShallowCopy(self.GetPolyDataInput())"
    assert coding.data(made_from(coding, script, sphere)).points == coding.data(sphere).points


def test_the_information_script_says_the_extent_of_a_grid(coding: Scene) -> None:
    information = (
        "self.GetExecutive().GetOutputInformation(0).Set("
        "self.GetExecutive().WHOLE_EXTENT(), 0, 1, 0, 1, 0, 1)"
    )
    script = "output.SetExtent(0, 1, 0, 1, 0, 1)"
    id = source(coding, script, OutputDataSetType=6, InformationScript=information)
    assert coding.data(id).points == 8


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("x = 1\ny = nothing_of_the_sort", "Script, line 2: NameError: .*nothing_of_the_sort"),
        ("x = (", "Script, line 1: SyntaxError"),
        ("import sys\nsys.exit(3)", "Script, line 2: SystemExit: 3"),
        ("raise KeyboardInterrupt", "Script, line 1: KeyboardInterrupt"),
    ],
)
def test_a_script_that_fails_is_its_proxys_error_and_names_the_line(
    coding: Scene, script: str, said: str
) -> None:
    id = source(coding, script)
    with pytest.raises(PipelineFailedError, match=said):
        coding.update(id)
    coding.set(id, Script="output.SetPoints(vtk.vtkPoints())")
    assert coding.update(id).error == ""


def test_a_script_that_tells_its_progress_can_be_given_up(coding: Scene) -> None:
    coding.host.cancel = True
    id = source(coding, "while True: self.UpdateProgress(0.5)")
    coding.settle()
    told = coding.host.last(id)
    assert told is not None
    assert told.error == "cancelled"
    assert (id, 0.5) in coding.host.progressed


def test_modules_are_found_in_the_python_path_only_while_the_script_runs(
    coding: Scene, tmp_path: Any
) -> None:
    import sys

    (tmp_path / "of_a_script.py").write_text("answer = 42\n")
    before = list(sys.path)
    id = source(coding, "import of_a_script", PythonPath=str(tmp_path))
    assert coding.update(id).error == ""
    assert sys.path == before
    del sys.modules["of_a_script"]
