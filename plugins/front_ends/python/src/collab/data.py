"""Data that was fetched: NumPy arrays, and VTK's objects where VTK is installed."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_ASSOCIATIONS = ("point", "cell", "field")


class Data:
    """A data set in this process.

    points: (n, 3).  connectivity, offsets, cell_types: the cells as VTK keeps them, cell i
    being connectivity[offsets[i]:offsets[i + 1]].  point_data, cell_data, field_data: arrays
    by name.  dimensions, origin, spacing: of a regular grid; None for all other data.
    """

    def __init__(self, archive: bytes) -> None:
        with np.load(BytesIO(archive), allow_pickle=False) as loaded:
            arrays: dict[str, Array] = {name: loaded[name] for name in loaded.files}
        fields: dict[str, dict[str, Array]] = {a: {} for a in _ASSOCIATIONS}
        for name in [n for n in arrays if n.partition(":")[0] in fields and ":" in n]:
            association, _, array = name.partition(":")
            fields[association][array] = arrays.pop(name)
        self.point_data, self.cell_data, self.field_data = (fields[a] for a in _ASSOCIATIONS)
        self.points = arrays.get("points", np.zeros((0, 3)))
        self.connectivity = arrays.get("connectivity", np.zeros(0, np.int64))
        self.offsets = arrays.get("offsets", np.zeros(1, np.int64))
        self.cell_types = arrays.get("cell_types", np.zeros(0, np.uint8))
        self.dimensions = arrays.get("dimensions")
        self.origin = arrays.get("origin")
        self.spacing = arrays.get("spacing")

    def __repr__(self) -> str:
        return f"<Data: {self.GetNumberOfPoints()} points, {self.GetNumberOfCells()} cells>"

    def GetNumberOfPoints(self) -> int:
        return len(self.points)

    def GetNumberOfCells(self) -> int:
        return len(self.cell_types)

    def GetBounds(self) -> tuple[float, ...]:
        """xmin, xmax, ymin, ymax, zmin, zmax; empty where there are no points."""
        if not len(self.points):
            return ()
        corners = zip(self.points.min(axis=0), self.points.max(axis=0), strict=True)
        return tuple(float(end) for corner in corners for end in corner)

    def to_vtk(self) -> Any:
        """The same as a vtkImageData (a regular grid) or a vtkUnstructuredGrid.

        Raises ImportError where VTK is not installed.
        """
        try:
            from vtkmodules.vtkCommonDataModel import vtkImageData
        except ImportError as error:
            raise ImportError(
                "VTK is not installed here (pip install vtk): without it there are the NumPy "
                "arrays of collab.simple.FetchData()"
            ) from error

        data = self._grid() if self.dimensions is None else vtkImageData()
        if self.dimensions is not None:
            data.SetDimensions(*map(int, self.dimensions))
            data.SetOrigin(*map(float, self.origin if self.origin is not None else (0, 0, 0)))
            data.SetSpacing(*map(float, self.spacing if self.spacing is not None else (1, 1, 1)))
        for attributes, fields in (
            (data.GetPointData(), self.point_data),
            (data.GetCellData(), self.cell_data),
            (data.GetFieldData(), self.field_data),
        ):
            for name, values in fields.items():
                if values.dtype.kind in "biuf":  # texts stay behind
                    array = _vtk_array(values)
                    array.SetName(name)
                    attributes.AddArray(array)
        return data

    def _grid(self) -> Any:
        from vtkmodules.vtkCommonCore import vtkPoints
        from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkUnstructuredGrid

        points, cells, grid = vtkPoints(), vtkCellArray(), vtkUnstructuredGrid()
        points.SetData(_vtk_array(self.points))
        grid.SetPoints(points)
        if len(self.cell_types):
            cells.SetData(
                _vtk_array(self.offsets.astype(np.int64)),
                _vtk_array(self.connectivity.astype(np.int64)),
            )
            grid.SetCells(_vtk_array(self.cell_types.astype(np.uint8)), cells)
        return grid


def _vtk_array(values: Array) -> Any:
    """A copy of `values` that VTK owns."""
    from vtkmodules.util import numpy_support

    to_vtk: Any = numpy_support.numpy_to_vtk  # which has no types
    return to_vtk(np.ascontiguousarray(values), deep=True)
