"""What a filter starts with on the data it gets, as in ParaView."""

import pytest

from collab.simple import (
    Calculator,
    Clip,
    Connect,
    Contour,
    Elevation,
    Glyph,
    Slice,
    Sphere,
    StreamTracer,
    Threshold,
    Wavelet,
)
from collab_kernel.errors import PipelineFailedError

LOW, HIGH = 37.35310363769531, 276.8288269042969
MIDDLE = (LOW + HIGH) / 2


@pytest.fixture
def wavelet():
    # Its middle is (5, 0, 0), and its longest side 20.
    return Wavelet(WholeExtent=[0, 10, -10, 10, -10, 10])


def test_shapes_stand_in_the_middle_of_the_data(wavelet):
    assert Clip().ClipType.Origin == [5, 0, 0]
    assert Slice(Input=wavelet).SliceType.Origin == [5, 0, 0]
    ball = Clip(Input=wavelet, ClipType="Sphere").ClipType
    assert (list(ball.Center), ball.Radius) == ([5, 0, 0], 5.0)
    box = Clip(Input=wavelet, ClipType="Box").ClipType
    assert (list(box.Position), list(box.Length)) == ([0, -10, -10], [10, 20, 20])
    clip = Clip(Input=wavelet)
    clip.ClipType = "Cylinder"
    assert clip.ClipType.Center == [5, 0, 0]


def test_values_come_from_the_range_of_the_array():
    wavelet = Wavelet()
    contour = Contour()
    assert contour.ContourBy == ["POINTS", "RTData"]
    assert contour.Isosurfaces == [pytest.approx(MIDDLE)]
    threshold = Threshold(Input=wavelet)
    assert threshold.Scalars == ["POINTS", "RTData"]
    assert (threshold.LowerThreshold, threshold.UpperThreshold) == pytest.approx((LOW, HIGH))
    scalar = Clip(Input=wavelet, ClipType="Scalar")
    assert scalar.Value == pytest.approx(MIDDLE)
    assert Clip(Input=wavelet).Value == 0.0, "an offset of the plane"


def test_what_is_given_stays(wavelet):
    contour = Contour(Input=wavelet, Isosurfaces=[1, 2], ContourBy=["POINTS", "RTData"])
    assert contour.Isosurfaces == [1, 2]
    elevation = Elevation(Input=wavelet, LowPoint=[0, 0, 0])
    assert elevation.LowPoint == [0, 0, 0]
    assert elevation.HighPoint == [10, 10, 10]
    assert Threshold(Input=wavelet, LowerThreshold=100).LowerThreshold == 100


def test_points_and_lengths_come_from_the_bounds(wavelet):
    elevation = Elevation()
    assert (list(elevation.LowPoint), list(elevation.HighPoint)) == ([0, -10, -10], [10, 10, 10])
    glyph = Glyph(Input=wavelet)
    assert glyph.ScaleFactor == pytest.approx(2.0)
    assert glyph.ScaleArray == ["POINTS", ""]
    Calculator(Input=wavelet, Function="coords", ResultArrayName="Flow")
    tracer = StreamTracer()
    assert tracer.Vectors == ["POINTS", "Flow"]
    assert tracer.MaximumStreamlineLength == 20.0
    assert (list(tracer.SeedType.Center), tracer.SeedType.Radius) == ([5, 0, 0], 2.0)
    line = StreamTracer(Input=tracer.Input, SeedType="Line").SeedType
    assert (list(line.Point1), list(line.Point2)) == ([0, -10, -10], [10, 10, 10])


def test_a_broken_input_leaves_the_types_own_defaults():
    broken = Calculator(Input=Sphere(), Function="no such array")
    contour = Contour(Input=broken)
    assert contour.ContourBy == ["POINTS", ""]
    with pytest.raises(PipelineFailedError):
        contour.UpdatePipeline()


def test_without_a_renderer_the_types_own_defaults_hold(serve):
    Connect(serve().url)
    contour = Contour(Input=Wavelet())
    assert (len(contour.Isosurfaces), list(contour.ContourBy)) == (0, ["POINTS", ""])
    assert Clip(Input=contour).ClipType.Origin == [0, 0, 0]
