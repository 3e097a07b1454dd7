"""What a call says about what it takes, and how briefly it fails."""

import traceback
from pathlib import Path
from types import FunctionType

import numpy as np
import pytest

import collab
from collab import collaboration, missing, servermanager, simple
from collab.calls import fits, public
from collab.vocabulary import UnknownAttributeError
from collab_kernel.errors import InvalidValueError

pytestmark = pytest.mark.usefixtures("builtin_without_renderer")

FOLDER = Path(collab.__file__).parent


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: simple.Show(42), "Show() takes a proxy or None as 'proxy', not 42 (int)"),
        (lambda: simple.Hide("x"), "not 'x' (str): FindSource('x') finds one by name"),
        (
            lambda: simple.Show(simple.Sphere(), "RenderView1"),
            "Show() takes a view or None as 'view', not 'RenderView1' (str): "
            "FindView('RenderView1') finds one by name",
        ),
        (lambda: simple.ColorBy("x", ("POINTS", "a")), "ColorBy() takes a proxy or None as 'rep'"),
        (lambda: simple.SetActiveSource("Ball"), "SetActiveSource() takes a proxy or None"),
        (lambda: simple.Delete([3]), "Delete() takes a proxy, a list of proxies or None"),
        (lambda: simple.Render(3), "Render() takes a view or None as 'view', not 3 (int)"),
        (lambda: simple.OpenDataFile(3), "a text, a path or a list of texts or paths as 'f"),
        (lambda: simple.Connect(3), "Connect() takes a text or None as 'host'"),
        (lambda: simple.SetActiveConnection(1), "takes a connection or None as 'connection'"),
        (lambda: simple.Sphere(registrationName=3), "Sphere() takes a text or None as 'regist"),
        (lambda: simple.SaveScreenshot("x.png", ImageResolution=7), "a list of whole numbers"),
        (lambda: simple.OutputPort("x"), "OutputPort() takes a source as 'source'"),
        (lambda: simple.Sphere()["x"], "takes a whole number as 'port', not 'x' (str)"),
        (lambda: simple.Sphere().GetDataInformation("x"), "GetDataInformation() takes a whole"),
        (lambda: simple.GetActiveCamera().SetPosition("far"), "is three numbers, not 'far'"),
        (lambda: collaboration.PromoteToMaster("Bob"), "takes a whole number or a participant"),
        (lambda: collaboration.follow_everyone(None), "not None (NoneType)"),
        (lambda: collaboration.Chat(3), "Chat() takes a text as 'text', not 3 (int)"),
        (lambda: collaboration.Undo("mine"), "Undo() takes True or False as 'mine'"),
        (lambda: servermanager.Fetch(3), "Fetch() takes a source as 'proxy'"),
        (lambda: servermanager.ProxyManager().GetProxy("sources", 3), "takes a text as 'name'"),
    ],
)
def test_a_wrong_argument_is_named_and_so_is_what_is_taken(call, text):
    with pytest.raises(TypeError) as caught:
        call()
    assert isinstance(caught.value, InvalidValueError)
    assert text in str(caught.value)


@pytest.mark.parametrize("module", [simple, collaboration])
def test_every_function_for_scripts_says_what_it_takes(module):
    functions = [getattr(module, name) for name in module.__all__]
    plain = [f for f in functions if isinstance(f, FunctionType) and not hasattr(f, "__wrapped__")]
    assert plain == []


def test_what_python_says_better_python_says():
    with pytest.raises(TypeError, match=r"Show\(\) takes from 0 to 3 positional arguments"):
        simple.Show(1, 2, 3, 4)
    with pytest.raises(TypeError, match="unexpected keyword argument 'source'"):
        simple.Hide(source=1)


def test_numbers_of_numpy_and_sequences_are_taken():
    assert fits(np.int32(1), int)
    assert fits(np.float32(1), float)
    assert fits(1, float)
    assert fits(np.bool_(True), bool)
    assert fits((1, 2), tuple[int, int])
    assert not fits((1, 2, 3), tuple[int, int])
    assert not fits(True, int)
    assert not fits(1.5, int)
    view = simple.GetActiveView()
    view.ViewSize = [30, 20]
    assert fits(view.ViewSize, simple.SaveScreenshot.__globals__["Sequence"][int])


def test_an_error_with_a_name_comes_with_one_frame_of_ours():
    sphere = simple.Sphere()
    for call in (
        lambda: simple.Show(42),
        lambda: setattr(sphere, "Radius", "wide"),
        lambda: simple.Contour(Isosurfaces="x"),
        lambda: sphere.Center.append(1),
        lambda: simple.RenameSource("RenderView1" * 99),
    ):
        with pytest.raises(InvalidValueError) as caught:
            call()
        frames = traceback.extract_tb(caught.value.__traceback__)
        ours = [frame for frame in frames if Path(frame.filename).is_relative_to(FOLDER)]
        assert len(ours) == 1


def test_a_bug_keeps_its_traceback():
    def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        public(broken)()
    assert caught.value.__traceback__.tb_next.tb_next.tb_frame.f_code is broken.__code__


# -- what is not there yet -------------------------------------------------------------------


def test_a_name_of_paraviews_that_is_not_there_yet_says_so():
    names = {}
    exec("from collab.simple import *", names)
    assert {"ApplyPreset", "GetLayout", "GetAnimationScene", "SaveData", "LoadPlugin"} <= {*names}
    with pytest.raises(NotImplementedError, match=r"^CreateLight is not there yet: .*light"):
        names["CreateLight"]().Intensity = 2
    with pytest.raises(missing.NotThereYetError, match="RGBPoints"):
        simple.ApplyPreset("Cool to Warm", True)
    assert repr(simple.LoadPlugin) == "<LoadPlugin: not there yet>"
    with pytest.raises(AttributeError, match="did you mean Show"):
        _ = simple.Shwo


def test_what_is_said_to_be_missing_is_missing():
    for name in missing.REASONS:
        assert isinstance(getattr(simple, name), missing.Missing), name


def test_options_of_pictures_that_are_not_there_yet_may_be_off(tmp_path):
    path = str(tmp_path / "x.png")
    with pytest.raises(missing.NotThereYetError, match="TransparentBackground=1"):
        simple.SaveScreenshot(path, TransparentBackground=1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'Transparent'"):
        simple.SaveScreenshot(path, Transparent=0)
    with pytest.raises(Exception, match="renderer"):
        simple.SaveScreenshot(path, TransparentBackground=0)


def test_a_property_that_is_not_there_is_no_missing_function():
    with pytest.raises(UnknownAttributeError):
        _ = simple.Sphere().ApplyPreset
