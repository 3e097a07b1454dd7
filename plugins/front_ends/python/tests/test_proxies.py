"""Proxies as objects: attributes are properties, and nothing else can be set."""

import numpy as np
import pytest

from collab import simple
from collab.simple import Clip, Contour, OpenDataFile, Shrink, Sphere, Wavelet
from collab.vocabulary import UnknownAttributeError
from collab_kernel.errors import (
    InputCycleError,
    InvalidValueError,
    NameTakenError,
    UnknownPropertyError,
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
    assert reader.FileName == "/data/can.vtu"
    assert OpenDataFile(["/data/can.vtu"]).name == "can.vtu (2)"
    assert OpenDataFile("/x.stl", registrationName="part").name == "part"
    assert simple.LegacyVTKReader(FileNames=["/data/a.vtk"]).FileNames == "/data/a.vtk"
    assert simple.LegacyVTKFileReader(FileName="/data/a.vtk").FileName == "/data/a.vtk"
    with pytest.raises(InvalidValueError, match=r"\.vtu"):
        OpenDataFile("/data/can.doc")


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
