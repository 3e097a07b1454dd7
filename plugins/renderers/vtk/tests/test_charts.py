"""Charts: which lines are drawn, over which ranges, and what is wrong with them."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest

from collab_kernel.errors import InvalidValueError, PipelineFailedError
from collab_kernel.spi import FitCamera, Pick, RenderImage, guess
from collab_renderer_vtk.charts import COLOURS

Scene = Any
Picture = Any

RANGES = {"LeftAxisRangeMinimum": 100.0, "LeftAxisRangeMaximum": 200.0}


@pytest.fixture
def line(scene: Scene) -> int:
    """A wavelet along its diagonal."""
    wavelet = scene.create("sources", "RTAnalyticSource")
    ends = {"Point1": (-10.0, -10.0, -10.0), "Point2": (10.0, 10.0, 10.0)}
    made: int = scene.create("filters", "PlotOverLine", Input=wavelet, **ends)
    return made


@pytest.fixture
def chart(scene: Scene) -> int:
    made: int = scene.create("views", "XYChartView", ShowLegend=False)
    return made


@pytest.fixture
def shown(scene: Scene, chart: int, line: int) -> int:
    made: int = scene.create("representations", "XYChartRepresentation", Input=line)
    scene.add(chart, made)
    return made


def picture(scene: Scene, chart: int, **own: Any) -> Picture:
    values = tuple((name, guess(value)) for name, value in own.items())
    answer = scene.renderer.query(RenderImage(chart, 320, 180, "raw", own=values))
    return np.frombuffer(answer.data, np.uint8).reshape(180, 320, 3)


def coloured(image: Picture, number: int = 0) -> Any:
    """Where a picture has the colour of a line: (rows, columns)."""
    colour = np.array(COLOURS[number]) * 255
    return np.nonzero(np.abs(image.astype(float) - colour).max(axis=2) < 40)


def everything(scene: Scene, chart: int) -> dict[str, Any]:
    values = scene.renderer.query(FitCamera(chart)).values
    return {name: value.plain for name, value in values}


# -- what is plotted -------------------------------------------------------------------------


def test_a_line_through_data_has_its_arrays_and_how_far_along_it_is(
    scene: Scene, line: int
) -> None:
    scene.set(line, Resolution=10)
    info = scene.data(line)
    length = info.array("arc_length")
    assert (info.points, info.cells) == (11, 1)
    assert (length.minimum, length.maximum) == ((0.0,), (pytest.approx(20 * sqrt(3)),))
    assert info.array("RTData").maximum[0] == pytest.approx(260, abs=10)


def test_a_line_that_ends_too_far_away_is_an_error_at_its_proxy(scene: Scene, line: int) -> None:
    scene.set(line, Point2=(1e300, 0.0, 0.0))
    with pytest.raises(PipelineFailedError, match="Point2"):
        scene.data(line)


def test_an_empty_chart_is_white_and_one_with_a_line_has_axes(
    scene: Scene, chart: int, line: int
) -> None:
    assert (picture(scene, chart) == 255).all()
    lines = scene.create("representations", "XYChartRepresentation", Input=line)
    scene.add(chart, lines)
    assert 0.005 < (picture(scene, chart) < 128).mean() < 0.2


def test_a_chart_is_drawn_for_whoever_looks_on_the_colour_that_they_want(
    scene: Scene, chart: int, shown: int
) -> None:
    light = picture(scene, chart)
    dark = picture(scene, chart, Background=(0.1, 0.1, 0.1))
    assert (np.median(light), np.median(dark)) == (255, 26)
    assert (light < 60).any(axis=2).sum() > 100 < (dark > 200).any(axis=2).sum()
    assert (picture(scene, chart) == light).all()


def test_a_chart_draws_a_line_from_side_to_side(scene: Scene, chart: int, shown: int) -> None:
    _, columns = coloured(picture(scene, chart))
    assert np.ptp(columns) > 240
    scene.set(shown, Visibility=False)
    assert coloured(picture(scene, chart))[0].size == 0


def test_the_series_that_are_named_are_drawn_and_no_others(
    scene: Scene, chart: int, shown: int
) -> None:
    scene.set(shown, SeriesVisibility=("RTData", "Points_X"))
    assert coloured(picture(scene, chart), 1)[0].size > 50
    scene.set(shown, SeriesVisibility=("Points_X",))
    assert everything(scene, chart)["LeftAxisRangeMaximum"] == pytest.approx(11)


def test_vectors_are_plotted_by_component_and_by_magnitude(scene: Scene, chart: int) -> None:
    sphere = scene.create("sources", "SphereSource")
    shown = scene.create("representations", "XYChartRepresentation", Input=sphere)
    scene.add(chart, shown)
    scene.set(shown, SeriesVisibility=("Normals_Z", "Normals_Magnitude"))
    assert everything(scene, chart)["LeftAxisRangeMaximum"] == pytest.approx(1.1)


def test_an_array_of_the_input_can_be_the_bottom_axis_or_none(
    scene: Scene, chart: int, shown: int
) -> None:
    assert everything(scene, chart)["BottomAxisRangeMaximum"] == pytest.approx(20 * sqrt(3))
    scene.set(shown, XArrayName="Points_X")
    assert everything(scene, chart)["BottomAxisRangeMinimum"] == -10
    scene.set(shown, UseIndexForXAxis=True)
    assert everything(scene, chart)["BottomAxisRangeMaximum"] == 1000


# -- ranges ----------------------------------------------------------------------------------


def test_everybody_looks_at_a_chart_with_ranges_of_their_own(
    scene: Scene, chart: int, shown: int
) -> None:
    whole = picture(scene, chart)
    mine = picture(scene, chart, LeftAxisUseCustomRange=True, **RANGES)
    assert (whole != mine).any()
    assert (picture(scene, chart) == whole).all()
    unused = picture(scene, chart, **RANGES)
    assert (unused == whole).all()  # a range that isn't used changes nothing


def test_home_values_are_taken_where_none_are_given(scene: Scene, chart: int, shown: int) -> None:
    mine = picture(scene, chart, LeftAxisUseCustomRange=True, **RANGES)
    scene.set(chart, LeftAxisUseCustomRange=True, **RANGES)
    assert (picture(scene, chart) == mine).all()


def test_a_fitted_chart_has_all_in_sight_and_goes_with_the_data(
    scene: Scene, chart: int, shown: int
) -> None:
    found = everything(scene, chart)
    own = dict(found, LeftAxisUseCustomRange=True, BottomAxisUseCustomRange=True)
    assert (picture(scene, chart, **own) == picture(scene, chart)).all()
    assert found["LeftAxisUseCustomRange"] is False
    assert found["LeftAxisRangeMinimum"] < 60 < 260 < found["LeftAxisRangeMaximum"]


def test_ends_of_a_range_may_come_in_any_order_and_may_be_the_same(
    scene: Scene, chart: int, shown: int
) -> None:
    mine = picture(scene, chart, LeftAxisUseCustomRange=True, **RANGES)
    turned = {"LeftAxisRangeMinimum": 200.0, "LeftAxisRangeMaximum": 100.0}
    assert (picture(scene, chart, LeftAxisUseCustomRange=True, **turned) == mine).all()
    same = {"LeftAxisRangeMinimum": 100.0, "LeftAxisRangeMaximum": 100.0}
    assert coloured(picture(scene, chart, LeftAxisUseCustomRange=True, **same))[0].size


def test_what_is_wrong_with_ones_own_range_is_told_to_nobody_else(
    scene: Scene, chart: int, shown: int
) -> None:
    scene.set(chart, LeftAxisLogScale=True)
    for low in (0.0, -1e200):
        with pytest.raises(InvalidValueError, match="LeftAxisRange"):
            picture(scene, chart, LeftAxisUseCustomRange=True, LeftAxisRangeMinimum=low)
    with pytest.raises(InvalidValueError, match=r"ChartTitle of .* is shared"):
        picture(scene, chart, ChartTitle="mine")
    assert scene.host.last(chart) is None
    assert coloured(picture(scene, chart))[0].size


def test_a_logarithmic_axis_shows_what_is_above_zero(scene: Scene, chart: int, shown: int) -> None:
    scene.set(shown, SeriesVisibility=("Points_X",))
    scene.set(chart, LeftAxisLogScale=True)
    assert everything(scene, chart)["LeftAxisRangeMinimum"] == pytest.approx(0.02)
    _, columns = coloured(picture(scene, chart))
    assert columns.min() > 150  # the left half has none


# -- what goes wrong -------------------------------------------------------------------------


@pytest.mark.parametrize("values", [{"SeriesVisibility": ("Nope",)}, {"XArrayName": "Nope"}])
def test_a_series_that_is_not_there_is_an_error_that_lists_them(
    scene: Scene, chart: int, shown: int, values: dict[str, Any]
) -> None:
    scene.set(shown, **values)
    picture(scene, chart)
    assert "'Nope'; there are: RTData," in scene.host.last(shown).error
    scene.set(shown, SeriesVisibility=(), XArrayName="")
    picture(scene, chart)
    assert scene.host.last(shown).error == ""


def test_what_is_no_data_for_a_chart_is_an_error_at_its_representation(
    scene: Scene, chart: int
) -> None:
    wavelet = scene.create("sources", "RTAnalyticSource")
    surface = scene.create("representations", "GeometryRepresentation", Input=wavelet)
    scene.add(chart, surface)
    view = scene.view()
    lines = scene.create("representations", "XYChartRepresentation", Input=wavelet)
    scene.add(view, lines)
    picture(scene, chart)
    scene.picture(view)
    assert "a chart shows no GeometryRepresentation" in scene.host.last(surface).error
    assert "three dimensions" in scene.host.last(lines).error


def test_nothing_can_be_picked_in_a_chart(scene: Scene, chart: int, shown: int) -> None:
    with pytest.raises(InvalidValueError, match="is a chart"):
        scene.renderer.query(Pick(chart, 0.5, 0.5))


def test_a_deleted_chart_is_forgotten(scene: Scene, chart: int, shown: int) -> None:
    picture(scene, chart)
    scene.delete(chart)
    assert chart not in scene.renderer._drawings
