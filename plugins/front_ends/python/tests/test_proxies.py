"""Proxies as objects: attributes are properties, and nothing else can be set."""

import numpy as np
import pytest

from collab import collaboration, simple
from collab.simple import Clip, Contour, OpenDataFile, Shrink, Sphere, Wavelet
from collab.vocabulary import UnknownAttributeError
from collab_kernel.errors import (
    InputCycleError,
    InvalidValueError,
    NameTakenError,
    PipelineFailedError,
    UnknownPropertyError,
    UnknownProxyError,
    UnknownTypeError,
)

pytestmark = pytest.mark.usefixtures("builtin_without_renderer")


def test_reading_and_setting_attributes():
    sphere = Sphere(ThetaResolution=64, Center=[1, 2, 3])
    assert sphere.ThetaResolution == 64
    assert sphere.Center == [1.0, 2.0, 3.0]
    sphere.ThetaResolution = 32
    sphere.Center = np.array([4, 5, 6])
    sphere.Radius = np.float32(2)
    assert (sphere.ThetaResolution, sphere.Radius) == (32, 2.0)
    assert list(sphere.Center) == [4.0, 5.0, 6.0]


def test_elements_of_a_value_can_be_changed_one_by_one():
    contour = Contour(Input=Wavelet(), Isosurfaces=[1, 2])
    contour.Isosurfaces[0] = 5
    contour.Isosurfaces.append(7)
    del contour.Isosurfaces[1]
    assert contour.Isosurfaces == [5.0, 7.0]
    contour.Isosurfaces = []
    assert len(contour.Isosurfaces) == 0


def test_a_value_above_64_kib_is_read_and_changed_as_any_other():
    contour = Contour(Input=Wavelet(), Isosurfaces=np.arange(10_240) / 4)
    contour.Isosurfaces[0] = 5
    assert contour.Isosurfaces[:3] == [5.0, 0.25, 0.5]
    assert len(contour.Isosurfaces) == 10_240
    collaboration.Undo()
    assert contour.Isosurfaces == list(np.arange(10_240) / 4)


def test_labels_and_xml_names_are_the_same_property():
    clip = Clip(Input=Wavelet(), ClipType="Plane")
    assert clip.ClipType == clip.ClipFunction
    clip.ClipType.Origin = [1, 2, 3]
    assert clip.ClipFunction.Origin == [1.0, 2.0, 3.0]
    contour = Contour(Input=Wavelet(), ContourBy=["POINTS", "RTData"])
    assert contour.SelectInputScalars == ["POINTS", "RTData"]
    contour.ContourBy = "Other"
    assert contour.ContourBy == ["POINTS", "Other"]
    contour.ContourBy = [None, ""]
    assert contour.ContourBy == ["POINTS", ""]


def test_a_typo_raises_and_sets_nothing():
    sphere = Sphere()
    before = sphere.connection.session.revision
    with pytest.raises(UnknownAttributeError, match="did you mean Radius"):
        sphere.Radios = 2
    with pytest.raises(AttributeError, match="did you mean Radius"):
        print(sphere.Radios)
    with pytest.raises(UnknownPropertyError, match="ThetaResolution"):
        Sphere(ThetaResolutions=3)
    with pytest.raises(AttributeError):
        sphere._hidden = 1
    assert not hasattr(sphere, "Radios")
    assert sphere.connection.session.revision == before


def test_bad_values_raise_and_change_nothing():
    sphere = Sphere()
    digest = sphere.connection.session.digest()
    with pytest.raises(InvalidValueError, match="ThetaResolution"):
        sphere.ThetaResolution = 1
    with pytest.raises(InvalidValueError, match="Radius"):
        sphere.Radius = "wide"
    with pytest.raises(InvalidValueError, match="Center"):
        sphere.Center = [1, 2]
    assert sphere.connection.session.digest() == digest


def test_the_active_source_is_the_input():
    sphere = Sphere()
    shrink = Shrink()
    assert shrink.Input == sphere
    clip = Clip()
    assert clip.Input == shrink
    assert Shrink(sphere).Input == sphere
    with pytest.raises(InputCycleError):
        shrink.Input = clip
    clip.Input = None
    assert clip.Input is None


def test_sub_proxies_are_chosen_by_text():
    clip = Clip(Input=Wavelet(), ClipType="Sphere")
    assert clip.ClipType.GetXMLName() == "Sphere"
    clip.ClipType.Radius = 3
    clip.ClipType = "Sphere"
    assert clip.ClipType.Radius == 3, "it was one already"
    clip.ClipType = "Box"
    assert clip.ClipType.GetXMLName() == "Box"
    assert list(map(str, simple.GetSources().values())) == list(map(str, [clip.Input, clip]))
    with pytest.raises(InvalidValueError, match="'Plane'"):
        clip.ClipType = "Pyramid"
    state = clip.connection.session.state
    functions = [row.type for row in state.proxies.values() if row.group == "implicit_functions"]
    assert functions == ["Box"], "what it let go of is gone"
    simple.Delete(clip)
    state = clip.connection.session.state
    assert not [row for row in state.proxies.values() if row.group == "implicit_functions"]


def test_a_source_can_be_the_source_of_glyphs():
    arrow = simple.Glyph(Input=Sphere(), GlyphType="Cone")
    assert arrow.GlyphType.GetXMLName() == "ConeSource"
    assert [name for name, _ in simple.GetSources()] == ["Sphere1", "Glyph1"]
    assert simple.Glyph(Input=Sphere()).GlyphType.GetXMLName() == "ArrowSource"


def test_enumerations_are_texts():
    view = simple.GetActiveView()
    assert view.BackgroundColorMode == "Single Color"
    view.BackgroundColorMode = "Gradient"
    assert view.BackgroundColorMode == "Gradient"
    view.BackgroundColorMode = 0
    assert view.GetProperty("BackgroundColorMode").Available == ["Single Color", "Gradient"]
    with pytest.raises(InvalidValueError, match="Gradient"):
        view.BackgroundColorMode = "Plaid"


def test_registered_names():
    assert Sphere(registrationName="Ball").name == "Ball"
    with pytest.raises(NameTakenError, match="Ball"):
        Sphere(registrationName="Ball")
    assert [Sphere().name, Sphere().name] == ["Sphere1", "Sphere2"]


def test_the_names_of_sm_proxies():
    sphere = Sphere()
    assert sphere.SMProxy.GetXMLName() == "SphereSource"
    assert (sphere.GetXMLGroup(), sphere.GetXMLLabel()) == ("sources", "Sphere")
    assert sphere.GetGlobalIDAsString() == str(sphere.GetGlobalID())
    assert "ThetaResolution" in sphere.ListProperties()
    assert "ThetaResolution" in dir(sphere)
    sphere.SetPropertyWithName("Radius", 4)
    assert sphere.GetPropertyValue("Radius") == 4.0
    radius = sphere.GetProperty("Radius")
    radius.SetElement(0, 5)
    assert (radius.GetData(), radius.GetElement(0), radius.GetNumberOfElements()) == (5.0, 5.0, 1)
    assert radius.IsA("double")
    with pytest.raises(UnknownAttributeError):
        sphere.GetProperty("Nothing")


def test_output_ports_are_numbered():
    sphere = Sphere()
    assert Shrink(Input=sphere[0]).Input == sphere
    assert Shrink(Input=simple.OutputPort(sphere, 0)).Input == sphere
    with pytest.raises(IndexError, match="1 output ports"):
        sphere[1]


def test_a_type_that_the_server_lacks_is_named():
    with pytest.raises(UnknownTypeError, match="did you mean Sphere"):
        simple.Constructor("Spheer")()
    with pytest.raises(AttributeError, match="Spheer"):
        _ = simple.Spheer


def test_constructors_explain_themselves():
    assert "Radius" in Sphere.__doc__
    assert Sphere.__name__ == "Sphere"
    assert {"Sphere", "Elevation", "WarpByVector", "XMLUnstructuredGridReader"} <= {*simple.__all__}


def test_readers_go_by_file_name():
    reader = OpenDataFile("/data/can.vtu")
    assert (reader.GetXMLName(), reader.name) == ("XMLUnstructuredGridReader", "can.vtu")
    assert reader.FileName == ["/data/can.vtu"]
    assert OpenDataFile(["/data/can.vtu"]).name == "can.vtu (2)"
    assert OpenDataFile("/x.stl", registrationName="part").name == "part"
    assert simple.LegacyVTKReader(FileNames=["/data/a.vtk"]).FileNames == ["/data/a.vtk"]
    assert simple.PVDReader(FileName="/data/a.pvd").FileName == "/data/a.pvd"
    with pytest.raises(InvalidValueError, match=r"\.vtu"):
        OpenDataFile("/data/can.doc")


def test_several_files_are_a_series_of_time_steps():
    reader = OpenDataFile(["/data/can_0.vtu", "/data/can_1.vtu"])
    assert reader.FileName == ["/data/can_0.vtu", "/data/can_1.vtu"]
    assert reader.name == "can_*.vtu"
    with pytest.raises(InvalidValueError, match="2 files: Wavefront OBJ Reader reads one"):
        OpenDataFile(["/data/a_0.obj", "/data/a_1.obj"])
    with pytest.raises(InvalidValueError, match="no file"):
        OpenDataFile([])


def test_a_file_that_cannot_be_read_leaves_no_reader_behind(serve, tmp_path):
    simple.Connect(serve(renderer="vtk").url)
    sphere = Sphere()
    bad = tmp_path / "bad.vtu"
    bad.write_text("no XML at all")
    for path, reason in ((bad, "reader"), (tmp_path / "nope.vtu", "no such file")):
        with pytest.raises(PipelineFailedError, match=rf"{path}: .*{reason}"):
            OpenDataFile(path)
        assert list(simple.GetSources().values()) == [sphere]
        assert simple.GetActiveSource() == sphere
    with pytest.raises(InvalidValueError, match=r"\.doc"):
        OpenDataFile("letter.doc")


def test_several_proxies_are_deleted_in_one_step_whatever_their_order():
    sphere, shrink = Sphere(), Shrink()
    display = simple.Show(shrink)
    revision = sphere.connection.session.revision
    simple.Delete([sphere, display, shrink])
    assert sphere.connection.session.revision == revision + 1
    assert simple.GetSources() == {}
    simple.Delete([])


def test_properties_are_set_in_one_step_by_a_function_too():
    sphere = Sphere()
    simple.SetProperties(sphere, Radius=2, Center=[1, 1, 1])
    simple.SetProperties(Radius=3)
    assert (sphere.Radius, sphere.Center) == (3.0, [1.0, 1.0, 1.0])
    with pytest.raises(UnknownAttributeError, match="did you mean Radius"):
        simple.SetProperties(Center=[0, 0, 0], Radios=1)
    assert sphere.Center == [1.0, 1.0, 1.0]


def test_refusals_speak_of_properties_by_the_words_of_the_script():
    wavelet = Wavelet()
    with pytest.raises(InvalidValueError, match=r"^Isosurfaces \(ContourValues\): 'x'"):
        Contour(Input=wavelet, Isosurfaces="x")
    contour = Contour(Input=wavelet)
    with pytest.raises(InvalidValueError, match=r"^ContourBy \(SelectInputScalars\): 3"):
        contour.ContourBy = 3
    with pytest.raises(InvalidValueError, match=r"^SelectInputScalars: 3"):
        contour.SelectInputScalars = 3
    with pytest.raises(InvalidValueError, match=r"^ClipType \(ClipFunction\): 'Pyramid'"):
        Clip(Input=wavelet, ClipType="Pyramid")
    with pytest.raises(InvalidValueError, match=r"^Opacity: 'x'"):
        simple.Show(wavelet, Opacity="x")


def test_of_many_types_the_most_similar_ones_are_listed():
    with pytest.raises(InvalidValueError, match=r"'text'.* and \d+ more$") as caught:
        Clip(Input="text")
    assert str(caught.value).count("'") == 2 * (1 + 8)


def test_what_was_deleted_is_still_called_by_its_name():
    clip = Clip(Input=Sphere(), registrationName="Half")
    simple.RenameProxy(clip, "The half")
    assert repr(clip) == "<Source 'The half' of the built-in session>"
    simple.Delete(clip)
    assert repr(clip) == "<Source 'The half' of the built-in session, deleted>"
    for use in (
        lambda: clip.ClipType,
        lambda: clip.name,
        lambda: setattr(clip, "Invert", 0),
        lambda: simple.Show(clip),
        lambda: simple.Delete(clip),
        lambda: simple.SetActiveSource(clip),
        lambda: Shrink(Input=clip),
        lambda: Shrink(Input=clip[0]),
        clip.UpdatePipeline,
    ):
        with pytest.raises(UnknownProxyError, match=r"^The half was deleted$"):
            use()
    collaboration.Undo()
    assert clip.name == "The half"


def test_finding_renaming_and_deleting():
    sphere = Sphere()
    shrink = Shrink()
    assert simple.FindSource("Sphere1") == sphere
    assert simple.FindSource("Nobody") is None
    simple.RenameSource("Ball", sphere)
    assert simple.FindSource("Ball") == sphere
    assert simple.GetActiveSource() == shrink
    simple.SetActiveSource(sphere)
    assert simple.GetActiveSource() == sphere
    simple.SetActiveSource(shrink)
    simple.Delete()
    assert simple.GetActiveSource() is None
    assert [name for name, _ in simple.GetSources()] == ["Ball"]
    assert "Ball" in repr(sphere)
    simple.Delete(sphere)
    assert "deleted" not in simple.GetSources()
    repr(sphere)


def test_a_construction_is_one_entry_of_the_history():
    wavelet = Wavelet()
    before = len(wavelet.connection.session.history)
    Clip(Input=wavelet, ClipType="Box")
    assert len(wavelet.connection.session.history) == before + 1
