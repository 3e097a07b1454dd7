"""Surfaces and regular grids as contents: the arrays that whoever draws them needs, and no others.

Single precision is enough for a screen, unless numbers are far larger than what they differ by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData

from collab_kernel.spi import Tensor, packed
from collab_renderer_vtk.bridge import Array, to_numpy
from collab_renderer_vtk.selections import blocks_of
from collab_renderer_vtk.stage_error import StageError

KINDS = ("verts", "lines", "polys", "strips")
"""The sorts of cells, in the order in which VTK numbers them."""

FAR_AWAY = 1_000
"""How many times as large as their range numbers may be and still be single precision."""

DIRECT = 2
"""VTK_COLOR_MODE_DIRECT_SCALARS."""

MAGNITUDE = -1

_TYPES = {
    "uint8": "U8",
    "int8": "I8",
    "uint16": "U16",
    "int16": "I16",
    "uint32": "U32",
    "float32": "F32",
    "float64": "F64",
}

_KEPT = ("uint8", "int8", "uint16", "int16", "float32")
"""What a graphics card takes as it is."""


@dataclass(frozen=True, slots=True)
class Colouring:
    """How numbers become what a table has colours for. component: MAGNITUDE: their length.

    direct: the numbers are colours; VTK's function says which.
    """

    name: str
    of_cells: bool
    component: int = MAGNITUDE
    logarithmic: bool = False
    direct: bool = False

    def array(self, leaf: Any) -> Any:
        """What a leaf has of it, or None."""
        fields = leaf.GetCellData() if self.of_cells else leaf.GetPointData()
        return fields.GetArray(self.name)


@dataclass(frozen=True, slots=True)
class Group:
    """Blocks of what is drawn that can be one. colouring: None where they lack the array that
    colours, or nothing does.  numbers: of the blocks, which tell it from other groups of the same
    data."""

    colouring: Colouring | None
    numbers: tuple[int, ...]
    leaves: Sequence[Any]

    @property
    def size_bytes(self) -> int:
        """About how large its contents are."""
        size = 0
        for leaf in self.leaves:
            points, cells = leaf.GetNumberOfPoints(), leaf.GetNumberOfCells()
            size += points * (12 if _normals(leaf) is None else 24)
            size += 4 * (cells + sum(c.GetNumberOfConnectivityIds() for c in _cells(leaf)))
            size += 4 * max(points, cells) if self.colouring else 0
        return size


def alike(surface: Any, colouring: Colouring | None) -> Iterator[Group]:
    """The blocks of what is drawn that have anything to draw."""
    groups: dict[tuple[bool, bool], list[tuple[int, Any]]] = {}
    for number, leaf in blocks_of(surface):
        if isinstance(leaf, vtkPolyData) and leaf.GetNumberOfPoints() and leaf.GetNumberOfCells():
            coloured = colouring is not None and colouring.array(leaf) is not None
            key = (coloured, _normals(leaf) is not None)
            groups.setdefault(key, []).append((number, leaf))
    for (coloured, _), members in groups.items():
        numbers, leaves = zip(*members, strict=True)
        yield Group(colouring if coloured else None, numbers, leaves)


def geometry(group: Sequence[Any]) -> bytes:
    """Where a group's points and cells are: `points`, maybe `normals`, and of `KINDS` those that
    it has. Cells that all have as many corners are rows; others begin with how many they have.

    Raises StageError where a point is nowhere.
    """
    points = np.concatenate([to_numpy(leaf.GetPoints().GetData()) for leaf in group])
    if not np.isfinite(points).all():
        raise StageError("it has points that are nowhere")
    found = {"points": _numbers(points)}
    if _normals(group[0]) is not None:
        normals = [to_numpy(_normals(leaf)) for leaf in group]
        found["normals"] = _tensor(np.concatenate(normals).astype(np.float32, copy=False))
    firsts = np.cumsum([0, *(leaf.GetNumberOfPoints() for leaf in group)])
    for i, kind in enumerate(KINDS):
        parts = [
            (_cells(leaf)[i], int(first)) for leaf, first in zip(group, firsts[:-1], strict=True)
        ]
        parts = [(cells, first) for cells, first in parts if cells.GetNumberOfCells()]
        if parts:
            found[kind] = _connectivity(parts)
    return packed(found)


def scalars(group: Sequence[Any], colouring: Colouring, function: Any) -> bytes:
    """What colours a group: `scalars`, one number each, or (direct) `colours`, four bytes each.

    Those of cells in the order of `KINDS`.
    """
    name = "colours" if colouring.direct else "scalars"
    found = [_of(colouring.array(leaf), colouring, function) for leaf in group]
    if colouring.of_cells and len(group) > 1:
        found = _by_kind(group, found)
    values = np.concatenate(found)
    return packed({name: _tensor(values) if colouring.direct else _numbers(values)})


def grid(image: Any, array: Any) -> bytes:
    """A regular grid: `dimensions`, `spacing`, `origin`, `direction` (row by row) and `scalars`,
    of vectors their lengths."""
    values = _numbers_of(array, MAGNITUDE)
    if values.dtype.name not in _KEPT:
        values = values.astype(np.float32)
    corner = image.GetPoint(0)
    direction = image.GetDirectionMatrix()
    turned = [direction.GetElement(row, column) for row in range(3) for column in range(3)]
    return packed(
        {
            "dimensions": _tensor(np.array(image.GetDimensions(), np.uint32)),
            "spacing": _tensor(np.array(image.GetSpacing(), np.float64)),
            "origin": _tensor(np.array(corner, np.float64)),
            "direction": _tensor(np.array(turned, np.float64).reshape(3, 3)),
            "scalars": _tensor(values),
        }
    )


# -- beneath -----------------------------------------------------------------------------------


def _cells(leaf: Any) -> tuple[Any, ...]:
    """Of each of `KINDS`."""
    return (leaf.GetVerts(), leaf.GetLines(), leaf.GetPolys(), leaf.GetStrips())


def _normals(leaf: Any) -> Any:
    return leaf.GetPointData().GetNormals()


def _tensor(array: Array) -> Tensor:
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return Tensor(_TYPES[array.dtype.name], array.shape, little.tobytes())


def _numbers(values: Array) -> Tensor:
    """In single precision, where that is precise enough."""
    if values.dtype == np.float64 and values.size and _is_far_away(values):
        return _tensor(values)
    return _tensor(values.astype(np.float32, copy=False))


def _is_far_away(values: Array) -> bool:
    finite = values[np.isfinite(values)].reshape(-1) if values.ndim == 1 else values
    if not finite.size:
        return False
    low, high = finite.min(axis=0), finite.max(axis=0)
    range_of = float(np.max(high - low))
    return float(np.max(np.maximum(np.abs(low), np.abs(high)))) > FAR_AWAY * range_of > 0


def _connectivity(parts: Sequence[tuple[Any, int]]) -> Tensor:
    """parts: cells, and the number of their block's first point."""
    corners = {cells.IsHomogeneous() for cells, _ in parts}
    if len(corners) == 1 and (width := corners.pop()) > 0:
        ids = [to_numpy(cells.GetConnectivityArray()) + first for cells, first in parts]
        return _tensor(np.concatenate(ids).astype(np.uint32).reshape(-1, width))
    return _tensor(np.concatenate([_counted(cells, first) for cells, first in parts]))


def _counted(cells: Any, first: int) -> Array:
    """Each cell's number of corners, and those."""
    ids = to_numpy(cells.GetConnectivityArray()) + first
    width = cells.IsHomogeneous()
    if width > 0:
        rows = ids.reshape(-1, width)
        counts = np.full((len(rows), 1), width)
        return np.concatenate([counts, rows], axis=1).reshape(-1).astype(np.uint32)
    offsets = to_numpy(cells.GetOffsetsArray())
    return np.insert(ids, offsets[:-1], np.diff(offsets)).astype(np.uint32)


def _of(array: Any, colouring: Colouring, function: Any) -> Array:
    """The numbers, or colours, of one leaf's points or cells."""
    if colouring.direct:
        return to_numpy(function.MapScalars(array, DIRECT, -1)).reshape(-1, 4).copy()
    values = _numbers_of(array, colouring.component)
    if not colouring.logarithmic:
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        # What has no logarithm is below all that has one.
        return np.where(np.isnan(values), np.nan, np.log10(np.maximum(values, 1e-300)))


def _numbers_of(array: Any, component: int) -> Array:
    values = to_numpy(array)
    if values.ndim == 1:
        return values
    if component != MAGNITUDE or values.shape[1] == 1:
        return values[:, min(max(component, 0), values.shape[1] - 1)].copy()
    lengths: Array = np.sqrt((values.astype(np.float64) ** 2).sum(axis=1))
    return lengths


def _by_kind(group: Sequence[Any], values: Sequence[Array]) -> list[Array]:
    """Cells of several blocks are numbered kind by kind, not block by block."""
    ends: Mapping[int, Array] = {
        i: np.cumsum([0, *(cells.GetNumberOfCells() for cells in _cells(leaf))])
        for i, leaf in enumerate(group)
    }
    return [
        values[i][ends[i][kind] : ends[i][kind + 1]]
        for kind in range(len(KINDS))
        for i in range(len(group))
    ]
