"""Colours and opacities of values, as VTK's functions."""

from __future__ import annotations

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


def points_range(points: tuple[float, ...]) -> Range:
    """The values that colour points span. Raises StageError where they are no points."""
    values = points[::4]
    if not points or len(points) % 4:
        raise StageError("the colour map needs value, red, green and blue for each of its points")
    return min(values), max(values)


def default_colours(over: Range) -> Any:
    """From cool to warm over a range of values."""
    low, high = over
    function = vtkDiscretizableColorTransferFunction()
    function.SetColorSpace(DIVERGING)
    for i in range(0, len(COOL_TO_WARM), 4):
        at, red, green, blue = COOL_TO_WARM[i : i + 4]
        function.AddRGBPoint(low + at * ((high - low) or 1.0), red, green, blue)
    function.SetDiscretize(True)
    function.SetNumberOfValues(256)
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
    for i in range(0, len(points), 4):
        function.AddRGBPoint(*points[i : i + 4])
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
            "the opacity map needs value, opacity, midpoint and sharpness for each of its points"
        )
    function = vtkPiecewiseFunction()
    for i in range(0, len(points), 4):
        function.AddPoint(*points[i : i + 4])
    return function
