"""Colours and opacities of values, as VTK's functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
from vtkmodules.vtkRenderingCore import vtkDiscretizableColorTransferFunction

from collab_kernel.spi import (
    ProxyId,
    State,
)
from collab_renderer_vtk import objects
from collab_renderer_vtk.curated.views import COOL_TO_WARM, DIVERGING
from collab_renderer_vtk.stage_error import StageError

Range = tuple[float, float]

NOISE = 1e-6
"""Of a value: what single precision adds to numbers that should be equal."""


def points_range(points: tuple[float, ...]) -> Range:
    """The values that colour points span. Raises StageError where they are no points."""
    values = points[::4]
    if not points or len(points) % 4:
        raise StageError(
            f"the colour map has {len(points)} numbers, and needs four for each of its points: "
            "value, red, green and blue"
        )
    if not _parts(points):
        raise StageError("the colour map has a red, green or blue that is not within 0 to 1")
    return min(values), max(values)


def _parts(points: tuple[float, ...]) -> bool:
    """Whether all but the first of every four numbers are parts of one."""
    return all(0 <= number <= 1 for i, number in enumerate(points) if i % 4)


def default_colours(over: Range) -> Any:
    """From cool to warm over a range of values; what is all but one value gets one colour."""
    low, high = over
    width = high - low if high - low > NOISE * max(abs(low), abs(high)) else 0.0
    function = vtkDiscretizableColorTransferFunction()
    function.SetColorSpace(DIVERGING)
    _add(function, [(low + at * width, *rgb) for at, *rgb in _by_four(COOL_TO_WARM)])
    function.SetDiscretize(True)
    function.SetNumberOfValues(256)
    function.SetVectorModeToMagnitude()
    function.Build()
    return function


def colours(state: State, table: ProxyId) -> Any:
    """The colours of a lookup table's proxy. Raises StageError where it makes none."""
    points = objects.elements(state, table, "RGBPoints")
    low, _ = points_range(points)
    logarithmic = objects.plain(state, table, "UseLogScale", False)
    if logarithmic and low <= 0:
        raise StageError("a logarithmic colour map needs values above zero")
    function = vtkDiscretizableColorTransferFunction()
    function.SetColorSpace(objects.plain(state, table, "ColorSpace", DIVERGING))
    _add(function, _by_four(points))
    if logarithmic:
        function.SetScaleToLog10()
        function.SetUseLogScale(True)
    function.SetDiscretize(objects.plain(state, table, "Discretize", True))
    function.SetNumberOfValues(objects.plain(state, table, "NumberOfTableValues", 256))
    function.SetNanColor(*objects.plain(state, table, "NanColor", (0.0, 1.0, 0.0)))
    for side in ("Below", "Above"):
        use = objects.plain(state, table, f"Use{side}RangeColor", False)
        getattr(function, f"SetUse{side}RangeColor")(use)
        colour = objects.plain(state, table, f"{side}RangeColor", (0.0, 0.0, 0.0))
        getattr(function, f"Set{side}RangeColor")(*colour)
    if objects.plain(state, table, "VectorMode", 0):
        function.SetVectorModeToComponent()
        function.SetVectorComponent(objects.plain(state, table, "VectorComponent", 0))
    else:
        function.SetVectorModeToMagnitude()
    function.Build()
    return function


def _add(function: Any, points: Sequence[tuple[float, ...]]) -> None:
    """Give a function its points; of those that are all at one value only the first, whose colour
    that value has in ParaView, too. VTK would take the last."""
    for point in points if len({value for value, *_ in points}) > 1 else points[:1]:
        function.AddRGBPoint(*point)


def _by_four(numbers: tuple[float, ...]) -> list[tuple[float, ...]]:
    return [numbers[i : i + 4] for i in range(0, len(numbers), 4)]


def default_opacities(over: Range) -> Any:
    """Nothing of the lowest value, all of the highest."""
    low, high = over
    function = vtkPiecewiseFunction()
    function.AddPoint(low, 0.0)
    function.AddPoint(high if high > low else low + 1.0, 1.0)
    return function


def opacities(state: State, proxy: ProxyId) -> Any:
    """The opacities of a piecewise function's proxy. Raises StageError where it makes none."""
    points = objects.elements(state, proxy, "Points")
    if not points or len(points) % 4:
        raise StageError(
            f"the opacity map has {len(points)} numbers, and needs four for each of its points: "
            "value, opacity, midpoint and sharpness"
        )
    if not _parts(points):
        raise StageError(
            "the opacity map has an opacity, midpoint or sharpness that is not within 0 to 1"
        )
    function = vtkPiecewiseFunction()
    for i in range(0, len(points), 4):
        function.AddPoint(*points[i : i + 4])
    return function
