"""Data as a NumPy archive: what a client gets when it fetches an output."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from vtkmodules.vtkCommonDataModel import (
    vtkCompositeDataSet,
    vtkDataSet,
    vtkImageData,
    vtkPolyData,
    vtkUnstructuredGrid,
)
from vtkmodules.vtkFiltersCore import vtkAppendDataSets, vtkAppendFilter

from collab_kernel.errors import InvalidValueError
from collab_renderer_vtk.bridge import Array, to_numpy
from collab_renderer_vtk.information import leaves_of
from collab_renderer_vtk.room import in_words

_POINT_BYTES = 3 * 4
_ID_BYTES = 8
_CELL_BYTES = _ID_BYTES + 1
"""Where a cell's points begin, and its type."""


MAX_BYTES = 256 * 1024 * 1024
"""What is fetched at once: it is held by the renderer, the server and the client."""


def archive(data: Any) -> bytes:
    """`data` as the bytes of an .npz archive, laid out as `FetchData` says.

    Composite data is merged into one. A regular grid also has `dimensions`, `origin` and
    `spacing`. Tables have only their arrays. Raises InvalidValueError above MAX_BYTES.
    """
    size = _size_bytes(data)
    if size > MAX_BYTES:
        raise InvalidValueError(
            f"the data would be about {in_words(size)}; allowed: up to {in_words(MAX_BYTES)}"
        )
    if isinstance(data, vtkCompositeDataSet):
        data = _merged(data)
    content: dict[str, Array] = {}
    if isinstance(data, vtkImageData):
        content["dimensions"] = np.array(data.GetDimensions())
        content["spacing"] = np.array(data.GetSpacing())
        content["origin"] = np.array(data.GetPoint(0) if data.GetNumberOfPoints() else (0, 0, 0))
    if isinstance(data, vtkDataSet):
        content |= _geometry(data)
        content |= _arrays("point", data.GetPointData())
        content |= _arrays("cell", data.GetCellData())
    content |= _arrays("field", data.GetFieldData())
    stream = BytesIO()
    np.savez(stream, **content)  # type: ignore[arg-type]  # the stubs forget the arrays' names
    return stream.getvalue()


def _size_bytes(data: Any) -> int:
    """About how many bytes the arrays of `archive` take."""
    size = 0
    for leaf in leaves_of(data):
        size += _arrays_bytes(leaf.GetFieldData())
        if isinstance(leaf, vtkDataSet):
            size += _arrays_bytes(leaf.GetPointData()) + _arrays_bytes(leaf.GetCellData())
            size += leaf.GetNumberOfPoints() * _POINT_BYTES
            size += leaf.GetNumberOfCells() * _CELL_BYTES
            size += _corners(leaf) * _ID_BYTES
    return size


def _corners(data: Any) -> int:
    """How long the list of the cells' points is."""
    if isinstance(data, vtkUnstructuredGrid):
        return int(data.GetCells().GetNumberOfConnectivityIds())
    if isinstance(data, vtkPolyData):
        parts = (data.GetVerts(), data.GetLines(), data.GetPolys(), data.GetStrips())
        return sum(part.GetNumberOfConnectivityIds() for part in parts)
    cells = data.GetNumberOfCells()
    return int(cells * data.GetCell(0).GetNumberOfPoints()) if cells else 0  # all are alike


def _arrays_bytes(attributes: Any) -> int:
    size = 0
    for i in range(attributes.GetNumberOfArrays() if attributes else 0):
        array = attributes.GetAbstractArray(i)
        if array is not None and array.IsA("vtkStringArray"):
            lengths = (len(array.GetValue(j)) for j in range(array.GetNumberOfValues()))
            size += array.GetNumberOfValues() * 4 * max(lengths, default=0)  # all are as long
        elif array is not None:
            size += array.GetNumberOfValues() * array.GetDataTypeSize()
    return size


def _merged(data: Any) -> Any:
    append = vtkAppendDataSets()
    append.SetOutputDataSetType(4)  # VTK_UNSTRUCTURED_GRID
    for leaf in leaves_of(data):
        if isinstance(leaf, vtkDataSet):
            append.AddInputDataObject(leaf)
    if not append.GetNumberOfInputConnections(0):
        return vtkUnstructuredGrid()
    append.Update()
    return append.GetOutputDataObject(0)


def _geometry(data: Any) -> dict[str, Array]:
    """Points and cells, whatever sort of data set it is."""
    if isinstance(data, vtkUnstructuredGrid):
        grid = data
    else:
        append = vtkAppendFilter()  # turns any data set into cells with explicit points
        append.AddInputDataObject(data)
        append.Update()
        grid = append.GetOutput()
    if isinstance(data, vtkPolyData) and not data.GetNumberOfCells():
        points = data.GetPoints()
    else:
        points = grid.GetPoints()
    cells = grid.GetCells()
    if grid.GetNumberOfCells():
        return {
            "points": _points(points),
            "connectivity": to_numpy(cells.GetConnectivityArray()),
            "offsets": to_numpy(cells.GetOffsetsArray()),
            "cell_types": to_numpy(grid.GetCellTypes()),
        }
    return {
        "points": _points(points),
        "connectivity": np.zeros(0, np.int64),
        "offsets": np.zeros(1, np.int64),
        "cell_types": np.zeros(0, np.uint8),
    }


def _points(points: Any) -> Array:
    if points is None or not points.GetNumberOfPoints():
        return np.zeros((0, 3))
    return to_numpy(points.GetData())


def _arrays(prefix: str, attributes: Any) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for i in range(attributes.GetNumberOfArrays() if attributes else 0):
        array = attributes.GetAbstractArray(i)
        if array is None or not array.GetName():
            continue
        if hasattr(array, "GetRange"):
            found[f"{prefix}:{array.GetName()}"] = to_numpy(array)
        elif array.IsA("vtkStringArray"):
            texts = [array.GetValue(j) for j in range(array.GetNumberOfValues())]
            found[f"{prefix}:{array.GetName()}"] = np.array(texts, dtype=np.str_)
    return found
