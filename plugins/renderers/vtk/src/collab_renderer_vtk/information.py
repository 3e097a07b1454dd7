"""What a data object holds, as the facts that everybody is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from vtkmodules.vtkCommonDataModel import (
    vtkCompositeDataSet,
    vtkDataObject,
    vtkDataSet,
    vtkImageData,
    vtkRectilinearGrid,
    vtkStructuredGrid,
    vtkTable,
)

from collab_kernel.spi import ArrayInformation, DataInformation
from collab_renderer_vtk.times import time_steps

MAX_ARRAYS = 1000


def inform(data: Any, algorithm: Any = None, port: int = 0) -> DataInformation:
    """The facts of `data`, which `algorithm` (if given) has put out at `port`.

    Of composite data the sums, the common bounds and the arrays of all leaves.
    """
    leaves = list(leaves_of(data))
    sets = [leaf for leaf in leaves if isinstance(leaf, vtkDataSet)]
    holders = [data, *leaves] if isinstance(data, vtkCompositeDataSet) else leaves
    arrays: dict[tuple[str, str], ArrayInformation] = {}
    for array in (array for holder in holders for array in _arrays(holder)):
        key = (array.association, array.name)
        if key in arrays:
            arrays[key] = _merged(arrays[key], array)
        elif len(arrays) < MAX_ARRAYS:
            arrays[key] = array
    return DataInformation(
        type=data.GetClassName(),
        bounds=united_bounds(leaf.GetBounds() for leaf in sets if leaf.GetNumberOfPoints()),
        points=sum(leaf.GetNumberOfPoints() for leaf in sets),
        cells=sum(leaf.GetNumberOfCells() for leaf in sets),
        memory_bytes=1024 * data.GetActualMemorySize(),
        arrays=tuple(arrays.values()),
        time_steps=time_steps(algorithm, port) if algorithm is not None else (),
        extent=_extent(data),
    )


def leaves_of(data: Any) -> Iterator[Any]:
    """The parts of composite data that hold something, or `data` itself."""
    if not isinstance(data, vtkCompositeDataSet):
        yield data
        return
    iterator = data.NewIterator()
    iterator.SkipEmptyNodesOn()
    iterator.InitTraversal()
    while not iterator.IsDoneWithTraversal():
        yield iterator.GetCurrentDataObject()
        iterator.GoToNextItem()


def united_bounds(all_bounds: Iterable[tuple[float, ...]]) -> tuple[float, ...]:
    """The bounds around all; empty when there are none."""
    finite = [b for b in all_bounds if len(b) == 6 and all(map(isfinite, b)) and b[0] <= b[1]]
    return tuple((max if i % 2 else min)(b[i] for b in finite) for i in range(6)) if finite else ()


def _extent(data: Any) -> tuple[int, ...]:
    structured = isinstance(data, vtkImageData | vtkRectilinearGrid | vtkStructuredGrid)
    return tuple(data.GetExtent()) if structured else ()


def _arrays(data: Any) -> Iterator[ArrayInformation]:
    attributes: list[tuple[str, Any]] = []
    if isinstance(data, vtkDataSet):
        attributes += [("POINTS", data.GetPointData()), ("CELLS", data.GetCellData())]
    if isinstance(data, vtkTable):
        attributes.append(("FIELD", data.GetRowData()))
    if isinstance(data, vtkDataObject):
        attributes.append(("FIELD", data.GetFieldData()))
    for association, fields in attributes:
        for i in range(fields.GetNumberOfArrays() if fields else 0):
            array = fields.GetAbstractArray(i)
            if array is not None and array.GetName():
                yield _array(array, association)


def _array(array: Any, association: str) -> ArrayInformation:
    components = array.GetNumberOfComponents()
    low: list[float] = []
    high: list[float] = []
    if hasattr(array, "GetFiniteRange") and array.GetNumberOfTuples():
        wanted = [*range(components), *([-1] if components > 1 else [])]  # -1: the magnitude
        ranges = [array.GetFiniteRange(c) for c in wanted]
        if all(a <= b for a, b in ranges):  # else there is no finite number in it
            low, high = [a for a, _ in ranges], [b for _, b in ranges]
    return ArrayInformation(
        array.GetName(),
        association,
        array.GetDataTypeAsString(),
        components,
        array.GetNumberOfTuples(),
        tuple(low),
        tuple(high),
    )


def _merged(one: ArrayInformation, other: ArrayInformation) -> ArrayInformation:
    """One array of several leaves."""
    ranges = (one.minimum, other.minimum, one.maximum, other.maximum)
    if all(ranges) and one.components == other.components:
        low = tuple(map(min, one.minimum, other.minimum))
        high = tuple(map(max, one.maximum, other.maximum))
    else:
        low, high = one.minimum or other.minimum, one.maximum or other.maximum
    tuples = one.tuples + other.tuples
    return ArrayInformation(one.name, one.association, one.type, one.components, tuples, low, high)
