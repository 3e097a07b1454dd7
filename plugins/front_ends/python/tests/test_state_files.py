"""SaveState, LoadState, and scripts that rebuild a session."""

import json
import subprocess
import sys

import pytest

from collab import simple
from collab.client import client
from collab.collaboration import Undo
from collab.missing import NotThereYetError
from collab.scripting import _attribute, script
from collab.servermanager import SessionProxyManager
from collab.simple import (
    AddCameraLink,
    AddPropertyLink,
    Clip,
    Connect,
    Contour,
    CreateRenderView,
    CreateXYPlotView,
    FindSource,
    GetActiveSource,
    GetActiveView,
    GetColorTransferFunction,
    GetOpacityTransferFunction,
    GetScalarBar,
    GetSources,
    LoadState,
    OpenDataFile,
    RenameProxy,
    SaveState,
    Show,
    Sphere,
    Wavelet,
)
from collab_kernel.client import save_state
from collab_kernel.errors import InvalidValueError, StateFileError
from collab_kernel.spi import Kind, PropertyDefinition, ProxyDefinition, Value
from collab_kernel.stored import EXTENSION


def build():
    """Something of everything that scripts speak of."""
    ball = Sphere(registrationName="My Ball", ThetaResolution=32)
    waves = Wavelet(registrationName="class")
    clip = Clip(Input=waves, ClipType="Sphere")
    clip.ClipType.Radius = 3
    Clip(Input=ball).ClipType.Origin = [0, 1, 0]
    Contour(Input=waves, ContourBy=["POINTS", "RTData"], Isosurfaces=[100.0, 150.0])
    view = GetActiveView()
    Show(clip)
    shown = Show(ball, Representation="Wireframe", Opacity=0.5)
    table = GetColorTransferFunction("RTData", RGBPoints=[0, 0, 0, 1, 1, 1, 0, 0])
    GetOpacityTransferFunction("RTData", Points=[0, 0, 0.5, 0, 1, 1, 0.5, 0])
    shown.ColorArrayName, shown.LookupTable = ["POINTS", "RTData"], table
    GetScalarBar(table, view).Visibility = True
    Show(waves).Visibility = False
    RenameProxy(shown, "the ball's look")
    other = CreateRenderView()
    Show(ball, other)
    AddCameraLink(view, other, "look")
    AddPropertyLink(ball, "Radius", clip.ClipType, "Radius", "sizes")
    ball.SetAnnotation("note", "it's 'quoted'\n\\ and more")
    view.Background = [0.1, 0.2, 0.3]
    view.CameraPosition = [1, 2, 3]


def session():
    return client.active().session


def saved():
    """The state file of the active session, in whatever order it was made."""
    connection = client.active()
    connection.advance()
    read = json.loads(connection.run(save_state(connection.session)))
    read["proxies"].sort(key=lambda proxy: (proxy["group"], proxy["name"]))
    return read


def rebuilding():
    """The script of the active session, once its home cameras are what they will be."""
    connection = client.active()
    connection.call(connection.session.looking.go_home)
    connection.advance()
    return script(connection.session.state, lambda value: value, "a title")


# -- state files -----------------------------------------------------------------------------


def test_a_saved_session_is_loaded_elsewhere_in_one_step(serve, tmp_path):
    Connect(serve().url)
    build()
    path = tmp_path / f"work{EXTENSION}"
    SaveState(path)
    there = saved()
    client.close()
    Connect(serve().url)
    LoadState(path)
    assert saved() == there
    assert GetActiveView().name == "RenderView1"
    assert GetActiveSource().name == "Contour1"
    view = next(p for p in there["proxies"] if p["name"] == "RenderView1")
    assert view["properties"]["CameraPosition"] == {"double": [1.0, 2.0, 3.0]}, "the home value"
    assert session().history[-1].label == f"Load work{EXTENSION}"
    Undo()
    assert GetSources() == {}


@pytest.mark.usefixtures("builtin_without_renderer")
class TestOnMyOwn:
    def test_files_are_looked_for_where_the_script_says(self, tmp_path):
        OpenDataFile("/old/place/can.vtp")
        path = tmp_path / f"s{EXTENSION}"
        SaveState(path)
        LoadState(path, data_directory="/data")
        LoadState(str(path), filenames=[{"name": "can.vtp", "FileName": "/new/tin.vtp"}])
        names = [FindSource(f"can.vtp{end}").FileName for end in ("", " (2)", " (3)")]
        assert [list(name) for name in names] == [
            ["/old/place/can.vtp"],
            ["/data/can.vtp"],
            ["/new/tin.vtp"],
        ]
        with pytest.raises(InvalidValueError, match="FileName"):
            LoadState(path, filenames=[{"FileName": "/new/tin.vtp"}])
        with pytest.raises(StateFileError, match="'tin'"):
            LoadState(path, filenames=[{"name": "tin", "FileName": "/new/tin.vtp"}])

    def test_a_script_is_written_where_the_name_ends_in_py_and_pvsm_is_refused(self, tmp_path):
        build()
        SaveState(tmp_path / "work.py")
        text = (tmp_path / "work.py").read_text()
        assert text.startswith("# Session ")
        assert "Contour(" in text
        with pytest.raises(NotThereYetError, match=r"\.pvsm"):
            SaveState(tmp_path / "work.pvsm")
        assert not (tmp_path / "work.pvsm").exists()

    def test_what_is_no_state_file_is_refused_and_nothing_was_made(self, tmp_path):
        path = tmp_path / f"bad{EXTENSION}"
        path.write_text("{}")
        with pytest.raises(StateFileError):
            LoadState(path)
        with pytest.raises(FileNotFoundError):
            LoadState(tmp_path / "none")
        assert GetSources() == {}
        with pytest.raises(NotThereYetError, match="restrict_to_data_directory"):
            LoadState(path, restrict_to_data_directory=True)
        with pytest.raises(TypeError, match="speed"):
            SaveState(path, speed=1)

    def test_a_script_reads_as_a_person_would_have_written_it(self):
        build()
        text = rebuilding()
        lines = text.splitlines()
        assert lines[:2] == ["# a title", "from collab.simple import *"]
        assert "myBall = Sphere(registrationName='My Ball', ThetaResolution=32)" in lines
        assert "class_2 = Wavelet(registrationName='class')" in lines, "class is Python's"
        assert "renderView1.Background = [0.1, 0.2, 0.3]" in lines
        assert "renderView1.CameraPosition = [1.0, 2.0, 3.0]" in lines
        assert "clip1.ClipType.Radius = 0.5" in lines
        assert "PhiResolution" not in text, "that is as it always is"
        assert max(map(len, lines)) <= 120

    def test_what_no_function_makes_is_made_by_the_proxy_manager(self):
        simple.QuerySelect("Id >= 3", "POINT", Sphere())
        SessionProxyManager().NewProxy("implicit_functions", "Plane", "P", Origin=[1, 2, 3])
        text = rebuilding()
        assert "from collab.servermanager import SessionProxyManager" in text
        made = "SessionProxyManager().NewProxy('implicit_functions', 'Plane', 'P', Origin="
        assert f"p = {made}[1.0, 2.0, 3.0]" in text
        assert "What is selected is not part of a script" in text
        compile(text, "script", "exec")


@pytest.mark.parametrize("renderer", [None, "vtk"])
def test_a_script_rebuilds_the_session_in_an_empty_one(serve, tmp_path, renderer):
    Connect(serve(renderer=renderer).url)
    build()
    CreateXYPlotView()
    path = tmp_path / "rebuild.py"
    path.write_text(rebuilding())
    there = saved()
    client.close()
    served = serve(renderer=renderer)
    main = "from collab_cli.main import main; main()"
    command = [sys.executable, "-c", main, "client", served.url, "--run", str(path)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    Connect(served.url)
    assert saved() == there


@pytest.mark.parametrize("name", ["x = 1\nimport os\nfoo", "class", "two words", "a.b", ""])
def test_a_server_puts_no_line_of_its_own_into_a_script(name: str) -> None:
    property = PropertyDefinition(name, Kind.INT, Value(Kind.INT, (0,)))
    with pytest.raises(InvalidValueError, match="no script with Odd"):
        _attribute(ProxyDefinition("sources", "Odd", properties=(property,)), property)
