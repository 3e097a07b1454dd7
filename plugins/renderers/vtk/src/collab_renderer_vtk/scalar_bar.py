"""The legend of a colour map: a bar, numbers at round values, and a title.

Drawn from pixels up rather than with vtkScalarBarActor, whose texts run into the bar and grow
out of the window in pictures of other shapes than it expects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from vtkmodules.vtkCommonCore import vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import (
    vtkActor2D,
    vtkPolyDataMapper2D,
    vtkTextActor,
    vtkTextRenderer,
)

from collab_kernel.spi import (
    ProxyId,
    State,
)
from collab_renderer_vtk import objects

REFERENCE_HEIGHT_PX = 720
"""Thickness and texts are meant for a picture this high, and grow with others."""

LABEL_PX, TITLE_PX = 15, 17
STRIPES = 256
DPI = 72
"""A point is a pixel, whatever screen there is."""

Colour = tuple[float, float, float]
Size = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, bottom, right and top in pixels."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The values along a bar."""

    low: float
    high: float
    logarithmic: bool = False

    def value(self, part: float) -> float:
        """The value at a part (0 to 1) of the bar."""
        if self.logarithmic:
            return float(self.low * (self.high / self.low) ** part)
        return self.low + part * (self.high - self.low)

    def part(self, value: float) -> float:
        """Where a value is; of one value, in the middle."""
        if self.high <= self.low:
            return 0.5
        if self.logarithmic:
            return log10(value / self.low) / log10(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, spacing: float) -> list[float]:
        """Both ends, and round values between, no two closer than `spacing` of the bar."""
        ends = [self.low] if self.high <= self.low else [self.low, self.high]
        inner: list[float] = []
        for value in self._round_values(spacing):
            taken = [self.part(t) for t in (*ends, *inner)]
            if all(abs(self.part(value) - p) >= spacing for p in taken):
                inner.append(value)
        return sorted(ends + inner)

    def _round_values(self, spacing: float) -> Iterator[float]:
        if self.high <= self.low:
            return
        if self.logarithmic:
            decades = range(floor(log10(self.low)), floor(log10(self.high)) + 1)
            values = (m * 10.0**decade for m in (1, 2, 5) for decade in decades)
            yield from (v for v in values if self.low < v < self.high)
            return
        rough = (self.high - self.low) * max(spacing, 0.2)
        power = 10.0 ** floor(log10(rough))
        step = power * next((m for m in (1, 2, 5) if m * power >= rough), 10)
        for i in range(ceil(self.low / step), floor(self.high / step) + 1):
            yield i * step


class ScalarBarPart:
    """The actors of one bar, in one renderer whose coordinates are pixels."""

    def __init__(self, renderer: Any) -> None:
        self._renderer = renderer
        self._bar: Any = vtkActor2D()
        self._bar.SetMapper(vtkPolyDataMapper2D())
        self._title = _text_actor(TITLE_PX)
        self._labels: list[Any] = []
        for prop in (self._bar, self._title):
            renderer.AddViewProp(prop)
        self.hide()

    def remove(self) -> None:
        """Draw nowhere."""
        for prop in (self._bar, self._title, *self._labels):
            self._renderer.RemoveViewProp(prop)

    def hide(self) -> None:
        """Draw nothing until the next update."""
        for prop in (self._bar, self._title, *self._labels):
            prop.VisibilityOff()

    def update(
        self,
        state: State,
        proxy: ProxyId,
        colours: Any,
        title: str,
        size_px: tuple[int, int],
        ink: Colour,
        paper: Colour,
        taken: list[Box],
    ) -> None:
        """Become what the proxy says.

        colours: the function that is explained.  title: unless the proxy has one.
        ink: a colour that can be read on the background, which is paper.  taken: where other
        bars are; this one's place is added.
        """
        own = objects.plain(state, proxy, "Title", "")
        component = objects.plain(state, proxy, "ComponentTitle", "")
        layout = _Layout(state, proxy, size_px)
        low, high = colours.GetRange()
        values = Scale(low, high, bool(colours.GetUseLogScale()))
        labelled = objects.plain(state, proxy, "DrawTickLabels", True)
        ticks = values.ticks(layout.tick_spacing) if labelled else []
        texts = [f"{value + 0.0:.4g}" for value in ticks]
        self._show_texts(texts, f"{own} {component}".strip() if own else title, layout.zoom)
        for actor in (self._title, *self._labels):
            actor.GetTextProperty().SetColor(*ink)
            actor.GetTextProperty().SetBackgroundColor(*paper)
        sizes = [_size(label) for label in self._labels[: len(texts)]]
        taken.append(layout.place(sizes, _size(self._title), taken))
        mapper = self._bar.GetMapper()
        mapper.SetInputData(layout.stripes(colours, values))
        for label, size, value in zip(self._labels, sizes, ticks, strict=False):
            label.SetPosition(*layout.label(values.part(value), size))
        self._title.SetPosition(*layout.title)
        self._bar.VisibilityOn()

    def _show_texts(self, texts: list[str], title: str, zoom: float) -> None:
        while len(self._labels) < len(texts):
            label = _text_actor(LABEL_PX)
            self._labels.append(label)
            self._renderer.AddViewProp(label)
        for actor, text, size in (
            (self._title, title, TITLE_PX),
            *((a, t, LABEL_PX) for a, t in zip(self._labels, texts, strict=False)),
        ):
            actor.SetInput(text)
            actor.GetTextProperty().SetFontSize(max(9, round(size * zoom)))
            actor.SetVisibility(bool(text))
        for unused in self._labels[len(texts) :]:
            unused.VisibilityOff()


class _Layout:
    """Where things go, in pixels from the lower left corner."""

    def __init__(self, state: State, proxy: ProxyId, size_px: tuple[int, int]) -> None:
        self._window = size_px
        self.zoom = min(3.0, max(0.75, min(size_px) / REFERENCE_HEIGHT_PX))
        self._vertical = bool(objects.plain(state, proxy, "Orientation", 1))
        length = objects.plain(state, proxy, "ScalarBarLength", 0.33)
        self._length = length * size_px[1 if self._vertical else 0]
        self._thickness = objects.plain(state, proxy, "ScalarBarThickness", 16) * self.zoom
        self._location = objects.plain(state, proxy, "WindowLocation", 2)
        self._position: Size = objects.plain(state, proxy, "Position", (0.89, 0.02))
        self._gap = 5 * self.zoom
        room = LABEL_PX * self.zoom * (1.5 if self._vertical else 4.0)
        self.tick_spacing = room / max(self._length, 1.0)
        self._bar: Size = (0.0, 0.0)
        self.title: Size = (0.0, 0.0)

    def place(self, labels: list[Size], title: Size, taken: list[Box]) -> Box:
        """Find room for a bar with these labels and title, beside those that are `taken`."""
        widest = max((width for width, _ in labels), default=0.0)
        highest = max((height for _, height in labels), default=0.0)
        above = title[1] + 2 * self._gap + (highest / 2 if self._vertical else 0) if title[1] else 0
        if self._vertical:
            inner = (self._thickness + self._gap + widest, self._length)
            below = highest / 2
        else:
            inner = (self._length, self._thickness)
            below = highest + self._gap
        # The end labels of a horizontal bar, and a long title, stick out to both sides.
        aside = 0.0 if self._vertical else widest / 2
        box = (max(inner[0] + 2 * aside, title[0]), below + inner[1] + above)
        left, bottom = self._beside(taken, self._corner(box), box)
        slack = box[0] - inner[0] - 2 * aside
        shift = {0: 0.0, 1: 0.0, 2: slack, 4: 0.0, 5: slack}.get(self._location, slack / 2)
        self._bar = (left + aside + shift, bottom + below)
        over = min(max(self._bar[0] + (inner[0] - title[0]) / 2, left), left + box[0] - title[0])
        self.title = (over, self._bar[1] + inner[1] + above - title[1])
        return (left, bottom, left + box[0], bottom + box[1])

    def _beside(self, taken: list[Box], corner: Size, box: Size) -> Size:
        """`corner`, or where a box there must go so as to lie on none that is taken: away from
        the nearest edge of the window, as long as there is room."""
        gap = 4 * self._gap
        x, y = corner
        for left, bottom, right, top in sorted(taken, reverse=x + box[0] / 2 > self._window[0] / 2):
            if x >= right or x + box[0] <= left or y >= top or y + box[1] <= bottom:
                continue
            if not self._vertical:
                y = bottom - gap - box[1] if self._location in (4, 5, 6) else top + gap
            elif x + box[0] / 2 > self._window[0] / 2:
                x = left - gap - box[0]
            else:
                x = right + gap
        inside = 0 <= x <= self._window[0] - box[0] and 0 <= y <= self._window[1] - box[1]
        return (x, y) if inside else corner

    def _corner(self, box: Size) -> Size:
        """The lower left corner of a box of this size."""
        width, height = self._window
        margin = 14 * self.zoom
        right, top = width - box[0] - margin, height - box[1] - margin
        centre = (width - box[0]) / 2
        if self._location == 0:
            x, y = self._position
            return (max(0.0, min(x * width, right)), max(0.0, min(y * height, top)))
        x = {1: margin, 4: margin, 2: right, 5: right}.get(self._location, centre)
        return (max(0.0, x), max(0.0, margin if self._location <= 3 else top))

    def label(self, part: float, size: Size) -> Size:
        """Where a label of this size goes, for a part of the bar."""
        x, y = self._bar
        if self._vertical:
            return (x + self._thickness + self._gap, y + part * self._length - size[1] / 2)
        return (x + part * self._length - size[0] / 2, y - self._gap - size[1])

    def stripes(self, colours: Any, values: Scale) -> Any:
        """The bar as coloured quadrilaterals."""
        points, cells, paint = vtkPoints(), vtkCellArray(), vtkUnsignedCharArray()
        paint.SetNumberOfComponents(3)
        x, y = self._bar
        for i in range(STRIPES + 1):
            along = i / STRIPES * self._length
            for across in (0.0, self._thickness):
                if self._vertical:
                    points.InsertNextPoint(x + across, y + along, 0)
                else:
                    points.InsertNextPoint(x + along, y + across, 0)
        for i in range(STRIPES):
            cells.InsertNextCell(4, (2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2))
            colour = [0.0, 0.0, 0.0]
            colours.GetColor(values.value((i + 0.5) / STRIPES), colour)
            paint.InsertNextTuple3(*(255 * part for part in colour))
        bar = vtkPolyData()
        bar.SetPoints(points)
        bar.SetPolys(cells)
        bar.GetCellData().SetScalars(paint)
        return bar


def _text_actor(size_px: int) -> Any:
    actor = vtkTextActor()
    actor.SetTextScaleModeToNone()
    text = actor.GetTextProperty()
    text.SetFontFamilyToArial()
    text.SetFontSize(size_px)
    text.SetBackgroundOpacity(0.6)  # where it lies on what is shown it must be read too
    text.SetJustificationToLeft()
    text.SetVerticalJustificationToBottom()
    return actor


def _size(actor: Any) -> Size:
    """Width and height of a text in pixels."""
    if not actor.GetInput():
        return (0.0, 0.0)
    box = [0, 0, 0, 0]
    vtkTextRenderer.GetInstance().GetBoundingBox(
        actor.GetTextProperty(), actor.GetInput(), box, DPI
    )
    return (float(box[1] - box[0] + 1), float(box[3] - box[2] + 1))
