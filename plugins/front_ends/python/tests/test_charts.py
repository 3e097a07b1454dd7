"""Charts and flat data from a script, on a session that really draws."""

from __future__ import annotations

import struct
from pathlib import Path

from collab.simple import (
    CreateView,
    ExtractSelection,
    FetchData,
    GetActiveView,
    Hide,
    PlotOverLine,
    ResetCamera,
    SaveScreenshot,
    SelectionQuerySource,
    Show,
    Sphere,
    UpdatePipeline,
    Wavelet,
)


def size_of(path: Path) -> tuple[int, int]:
    """(width, height) of a PNG."""
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    return width, height


def test_a_line_through_data_is_shown_in_a_chart_with_ranges_of_ones_own(tmp_path: Path) -> None:
    wavelet = Wavelet()
    line = PlotOverLine(Input=wavelet)
    assert (line.Point1, line.Point2) == ([-10, -10, -10], [10, 10, 10])
    chart = CreateView("XYChartView")
    shown = Show(line, chart)
    assert shown.GetXMLName() == "XYChartRepresentation"
    SaveScreenshot(tmp_path / "whole.png", chart, ImageResolution=[320, 180])
    assert size_of(tmp_path / "whole.png") == (320, 180)

    chart.LeftAxisUseCustomRange = 1
    chart.LeftAxisRangeMaximum = 100
    assert (chart.LeftAxisUseCustomRange, chart.LeftAxisRangeMaximum) == (1, 100)
    SaveScreenshot(tmp_path / "mine.png", chart, ImageResolution=[320, 180])
    assert (tmp_path / "mine.png").read_bytes() != (tmp_path / "whole.png").read_bytes()

    ResetCamera(chart)
    assert chart.LeftAxisUseCustomRange == 0
    SaveScreenshot(tmp_path / "again.png", chart, ImageResolution=[320, 180])
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "whole.png").read_bytes()

    Hide(line, chart)
    SaveScreenshot(tmp_path / "empty.png", chart, ImageResolution=[320, 180])
    assert (tmp_path / "empty.png").read_bytes() != (tmp_path / "whole.png").read_bytes()


def test_what_a_query_selects_is_taken_out_and_its_source_is_no_data() -> None:
    wavelet = Wavelet()
    query = SelectionQuerySource(QueryString="RTData > 200")
    assert not hasattr(query, "GetDataInformation")
    taken = ExtractSelection(Input=wavelet, Selection=query)
    assert (FetchData(taken).point_data["RTData"] > 200).all()


def test_what_is_flat_is_looked_at_in_2d_once_it_is_known_to_be() -> None:
    wavelet = Wavelet(WholeExtent=[-5, 5, -5, 5, 0, 0])
    UpdatePipeline()
    Show(wavelet)
    assert GetActiveView().InteractionMode == "2D"
    sphere = Sphere()
    UpdatePipeline()
    Show(sphere)
    assert GetActiveView().InteractionMode == "3D"
