"""Arrays as the series of a chart: names, numbers, and which of them are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkDataSet, vtkTable

from collab_kernel.spi import ProxyId, State
from collab_renderer_vtk import objects
from collab_renderer_vtk.bridge import Array, to_numpy
from collab_renderer_vtk.stage_error import StageError

USUAL_X = "arc_length"
"""What filters call the way along their line."""

MAX_VALUES = 4_000_000
"""That one representation draws: more take longer than anybody waits."""

_POINTS = "Points"
_NOT_DRAWN = ("vtk", f"{_POINTS}_")
"""How those begin that are drawn only if named: masks, and where the points are."""


@dataclass(frozen=True, slots=True)
class Series:
    """x, y: (n,) each."""

    name: str
    x: Array
    y: Array


def series_of(state: State, representation: ProxyId, data: Any) -> list[Series]:
    """What a representation draws of its input. Raises StageError that says which there are."""

    def plain(name: str, default: Any) -> Any:
        return objects.plain(state, representation, name, default)

    columns = _columns(data, cells=plain("AttributeType", 0) == 1)
    if not columns:
        raise StageError("its input has no numeric arrays to plot")
    count = len(next(iter(columns.values())))
    x_name = plain("XArrayName", "") or (USUAL_X if USUAL_X in columns else "")
    if plain("UseIndexForXAxis", False):
        x_name = ""
    x = _named(columns, x_name) if x_name else np.arange(count, dtype=float)
    names = objects.elements(state, representation, "SeriesVisibility") or [
        name for name in columns if not name.startswith(_NOT_DRAWN) and name != x_name
    ]
    if len(names) * count > MAX_VALUES:
        raise StageError(
            f"{len(names)} series of {count} values are too many: at most {MAX_VALUES} values are "
            "drawn; SeriesVisibility says which series"
        )
    return [Series(name, x, _named(columns, name)) for name in names]


def _named(columns: dict[str, Array], name: str) -> Array:
    if name not in columns:
        there = list(columns)
        more = f" and {len(there) - 12} more" if len(there) > 12 else ""
        raise StageError(f"there is no series {name!r}; there are: {', '.join(there[:12])}{more}")
    return columns[name].astype(float)


def _columns(data: Any, *, cells: bool) -> dict[str, Array]:
    """Every array by component, those of equal length with the first one."""
    if isinstance(data, vtkTable):
        fields = data.GetRowData()
    elif isinstance(data, vtkDataSet):
        fields = data.GetCellData() if cells else data.GetPointData()
    else:
        raise StageError(f"{data.GetClassName()} can't be plotted: take one block of it")
    columns: dict[str, Array] = {}
    for i in range(fields.GetNumberOfArrays()):
        array = fields.GetArray(i)  # None for texts
        if array is not None and array.GetName():
            columns |= _split(array.GetName(), to_numpy(array))
    if isinstance(data, vtkDataSet) and not cells and columns:
        points = np.array([data.GetPoint(i) for i in range(data.GetNumberOfPoints())])
        columns |= _split(_POINTS, points.reshape(-1, 3))
    return columns


def _split(name: str, values: Array) -> dict[str, Array]:
    """The components of an array, and their magnitude, by name."""
    if values.ndim == 1 or values.shape[1] == 1:
        return {name: values.reshape(-1)}
    letters = "XYZ" if values.shape[1] <= 3 else ""
    found = {f"{name}_{letters[i] if letters else i}": values[:, i] for i in range(values.shape[1])}
    found[f"{name}_Magnitude"] = np.sqrt((values.astype(float) ** 2).sum(axis=1))
    return found
