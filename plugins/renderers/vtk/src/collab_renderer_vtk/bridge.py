"""VTK's arrays as NumPy's, and back, with types: VTK's own bridge has none."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from vtkmodules.util import numpy_support
from vtkmodules.util.vtkConstants import VTK_ID_TYPE

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def to_numpy(array: Any) -> Array:
    """A view of a VTK array: (tuples,) or (tuples, components)."""
    view: Array = numpy_support.vtk_to_numpy(array)  # type: ignore[no-untyped-call]
    return view


def to_vtk(array: Array) -> Any:
    """A VTK array that shares the memory of a contiguous NumPy array."""
    return numpy_support.numpy_to_vtk(array)  # type: ignore[no-untyped-call]


def to_vtk_ids(array: Array) -> Any:
    """Whole numbers as VTK's ids, with memory of their own."""
    ids = np.ascontiguousarray(array, np.int64)
    return numpy_support.numpy_to_vtk(ids, deep=True, array_type=VTK_ID_TYPE)  # type: ignore[no-untyped-call]
