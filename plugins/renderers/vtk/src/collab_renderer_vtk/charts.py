"""A chart view: the series of its representations as lines over an axis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import vtkmodules.vtkRenderingContextOpenGL2
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  the classes that draw register themselves
from vtkmodules.vtkChartsCore import vtkAxis, vtkChart, vtkChartLegend, vtkChartXY
from vtkmodules.vtkCommonDataModel import vtkTable
from vtkmodules.vtkRenderingContext2D import vtkContextActor
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import Kind, ProxyId, RendererHost, State, Table, Value
from collab_renderer_vtk import objects
from collab_renderer_vtk.bridge import Array, to_vtk
from collab_renderer_vtk.chart_series import Series, series_of
from collab_renderer_vtk.complaints import Complaints
from collab_renderer_vtk.curated.charts import CHART_REPRESENTATION
from collab_renderer_vtk.drawing import visible
from collab_renderer_vtk.pipeline import Pipeline
from collab_renderer_vtk.scalar_bar import DPI, REFERENCE_HEIGHT_PX
from collab_renderer_vtk.stage_error import StageError, told_as_stage_error

AXES = {"Left": vtkAxis.LEFT, "Bottom": vtkAxis.BOTTOM}

COLOURS = (
    *((0.12, 0.47, 0.71), (0.84, 0.15, 0.16), (0.17, 0.63, 0.17), (0.58, 0.40, 0.74)),
    *((1.00, 0.50, 0.05), (0.55, 0.34, 0.29), (0.09, 0.75, 0.81), (0.50, 0.50, 0.50)),
)
"""Of one series after the other, each to be told apart on white; on dark paper they are lighter."""

LIGHTER = 0.35
GRID = 0.07
"""How much of the ink is in the lines across the chart."""

DARK_INK, LIGHT_INK = (0.0, 0.0, 0.0), (0.9, 0.9, 0.9)

SAMPLES = 4
AIR = 0.05
"""Above and below what there is, as a part of it."""

THIN = 1e-9
"""Of a number: a range that is narrower can't be labelled."""

MAX_LABEL_CHARACTERS = 60

Range = tuple[float, float]
Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class _Lines:
    series: list[Series]
    thickness: float


class ChartDrawing:
    """What is drawn of one chart view."""

    def __init__(
        self, view: ProxyId, host: RendererHost, pipeline: Pipeline, complaints: Complaints
    ) -> None:
        self._view = view
        self._host = host
        self._pipeline = pipeline
        self._complaints = complaints
        self._window = vtkRenderWindow()
        self._window.SetOffScreenRendering(True)
        self._window.SetMultiSamples(SAMPLES)
        self._renderer = renderer = vtkRenderer()
        self._window.AddRenderer(renderer)
        self._chart = vtkChartXY()
        actor = vtkContextActor()
        actor.GetScene().AddItem(self._chart)
        renderer.AddViewProp(actor)
        self._lines: dict[ProxyId, _Lines] = {}
        self._made_from: tuple[State, int] | None = None
        self.problems: dict[ProxyId, str] = {}
        """Why a representation is not drawn, by proxy."""

    def close(self) -> None:
        """Give the window's memory back."""
        self._window.Finalize()

    # -- bringing it up to date --------------------------------------------------------------

    def update(self, state: State) -> None:
        """Bring the lines in line with `state` and what the pipeline has put out."""
        made_from = (state, self._pipeline.executions)
        if self._made_from == made_from:
            return
        self._made_from = made_from
        self._lines.clear()
        self.problems = {}
        for id in visible(state, self._view):
            if id not in state.table(Table.QUARANTINE):
                self._host.working(id)
                try:
                    with told_as_stage_error():
                        self._plot(state, id)
                except StageError as error:
                    self.problems[id] = str(error)
                finally:
                    self._host.working(0)
        self._draw_lines()

    def _plot(self, state: State, id: ProxyId) -> None:
        if state.proxy(id).type != CHART_REPRESENTATION.type:
            raise StageError(f"a chart shows no {state.proxy(id).type}")
        inputs = objects.elements(state, id, "Input")
        data = self._pipeline.output(inputs[0].proxy, inputs[0].port) if inputs else None
        if data is not None:  # else it is the input's error
            thickness = objects.plain(state, id, "LineThickness", 2.0)
            self._lines[id] = _Lines(series_of(state, id, data), thickness)

    def _draw_lines(self) -> None:
        self._chart.ClearPlots()
        for lines in self._lines.values():
            for series in lines.series:
                plot = self._chart.AddPlot(vtkChart.LINE)
                plot.SetInputData(_table(series), 0, 1)
                plot.SetLabel(series.name[:MAX_LABEL_CHARACTERS])
                plot.SetWidth(lines.thickness)

    def ranges(self, state: State) -> dict[str, Value]:
        """The own values with which all that is visible is in sight."""
        values: dict[str, Value] = {}
        for side in AXES:
            low, high = self._whole(state, side)
            values[f"{side}AxisUseCustomRange"] = Value(Kind.BOOL, (False,))
            values[f"{side}AxisRangeMinimum"] = Value(Kind.DOUBLE, (low,))
            values[f"{side}AxisRangeMaximum"] = Value(Kind.DOUBLE, (high,))
        return values

    def _whole(self, state: State, side: str) -> Range:
        series = [s for lines in self._lines.values() for s in lines.series]
        logarithmic = self._plain(state, f"{side}AxisLogScale", False)
        found = _range((s.y if side == "Left" else s.x for s in series), positive=logarithmic)
        if found is None:
            return (0.1, 1.0) if logarithmic else (0.0, 1.0)
        low, high = found
        air = AIR * (high - low) if side == "Left" and not logarithmic else 0.0
        return _wide(low - air, high + air)

    # -- the picture -------------------------------------------------------------------------

    def axes(self, state: State, own: Mapping[str, Value]) -> dict[str, Range]:
        """The ranges of the axes for whoever has these own values. Raises InvalidValueError
        for what makes no axis."""
        return {side: self._chosen(state, side, own) for side in AXES}

    def draw(
        self, state: State, axes: Mapping[str, Range], paper: Colour, size_px: tuple[int, int]
    ) -> Any:
        """Draw what `update` has prepared; returns the VTK window, for its pixels to be read."""
        self._host.working(self._view)
        try:
            self._colour(paper)
            for side, (low, high) in axes.items():
                self._set_axis(state, side, low, high)
            self._set_texts(state)
            self._window.SetSize(*size_px)
            self._window.SetDPI(round(DPI * max(1.0, min(size_px) / REFERENCE_HEIGHT_PX)))
            self._window.Render()
            return self._window
        finally:
            self._host.working(0)

    def _colour(self, paper: Colour) -> None:
        """Draw on paper of this colour, with what can be seen on it."""
        chart, is_dark = self._chart, _light(paper) < 0.5
        ink = LIGHT_INK if is_dark else DARK_INK
        self._renderer.SetBackground(*paper)
        for side in AXES.values():
            axis = chart.GetAxis(side)
            axis.GetPen().SetColorF(*ink)
            axis.GetGridPen().SetColorF(*_mixed(paper, ink, GRID))
            axis.GetLabelProperties().SetColor(*ink)
            axis.GetTitleProperties().SetColor(*ink)
        chart.GetTitleProperties().SetColor(*ink)
        legend = chart.GetLegend()
        legend.GetLabelProperties().SetColor(*ink)
        legend.GetPen().SetColorF(*_mixed(paper, ink, 0.3 if is_dark else 1.0))
        legend.GetBrush().SetColorF(*paper)
        for number in range(chart.GetNumberOfPlots()):
            colour = COLOURS[number % len(COLOURS)]
            chart.GetPlot(number).SetColorF(*_mixed(colour, ink, LIGHTER if is_dark else 0.0))

    def _chosen(self, state: State, side: str, own: Mapping[str, Value]) -> Range:
        """The range of an axis for whoever has these own values."""
        if not own[f"{side}AxisUseCustomRange"].plain:
            return self._whole(state, side)
        ends = [own[f"{side}AxisRange{end}"].plain for end in ("Minimum", "Maximum")]
        low, high = sorted(float(end) for end in ends if isinstance(end, int | float))
        if max(abs(low), abs(high)) > objects.LARGEST:
            raise InvalidValueError(f"{side}AxisRange: from {low:g} to {high:g} is too far to draw")
        if low <= 0 and self._plain(state, f"{side}AxisLogScale", False):
            raise InvalidValueError(
                f"{side}AxisRange: a logarithmic axis can't begin at {low:g}, only above zero"
            )
        return _wide(low, high)

    def _set_axis(self, state: State, side: str, low: float, high: float) -> None:
        axis = self._chart.GetAxis(AXES[side])
        axis.SetBehavior(vtkAxis.FIXED)
        axis.SetLogScale(self._plain(state, f"{side}AxisLogScale", False))
        axis.SetUnscaledRange(low, high)
        axis.SetTitle(self._plain(state, f"{side}AxisTitle", ""))
        axis.SetGridVisible(self._plain(state, f"Show{side}AxisGrid", True))

    def _set_texts(self, state: State) -> None:
        chart = self._chart
        chart.SetTitle(self._plain(state, "ChartTitle", ""))
        chart.GetTitleProperties().SetFontSize(self._plain(state, "ChartTitleFontSize", 14))
        chart.SetShowLegend(self._plain(state, "ShowLegend", True) and bool(self._lines))
        location = self._plain(state, "LegendLocation", 1)
        legend = chart.GetLegend()
        right, top = location in (1, 2), location in (0, 1)
        legend.SetHorizontalAlignment(vtkChartLegend.RIGHT if right else vtkChartLegend.LEFT)
        legend.SetVerticalAlignment(vtkChartLegend.TOP if top else vtkChartLegend.BOTTOM)

    def _plain(self, state: State, name: str, default: Any) -> Any:
        return objects.plain(state, self._view, name, default)


def paper_of(own: Mapping[str, Value]) -> Colour:
    """What a chart is drawn on for whoever has these own values."""
    red, green, blue = (float(e) for e in own["Background"].elements if isinstance(e, int | float))
    return red, green, blue


def _light(colour: Colour) -> float:
    red, green, blue = colour
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(one: Colour, other: Colour, part: float) -> Colour:
    """One colour with a part (0 to 1) of another one."""
    red, green, blue = (a + part * (b - a) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _table(series: Series) -> Any:
    table = vtkTable()
    for name, values in (("x", series.x), ("y", series.y)):
        column = to_vtk(np.ascontiguousarray(values))
        column.SetName(name)
        table.AddColumn(column)
    return table


def _range(arrays: Iterable[Array], *, positive: bool) -> Range | None:
    """From the lowest to the highest number that can be drawn; None if there is none."""
    ends: list[float] = []
    for values in arrays:
        good = values[np.isfinite(values) & (np.abs(values) <= objects.LARGEST)]
        good = good[good > 0] if positive else good
        if good.size:
            ends += [float(good.min()), float(good.max())]
    return (min(ends), max(ends)) if ends else None


def _wide(low: float, high: float) -> Range:
    """The range, or one around it that is wide enough for numbers beside the axis."""
    largest = max(abs(low), abs(high))
    if high - low > THIN * largest:
        return low, high
    half = 0.5 * (largest or 1.0)
    return (low * 0.5, high * 2.0) if low > 0 else (low - half, high + half)
