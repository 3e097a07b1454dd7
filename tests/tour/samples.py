"""The data in the films, made by VTK."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkIOXML import vtkXMLImageDataWriter

ARRAY, DEPTH = "height", "depth"


def write_series(folder: Path, steps: int, points: int = 36) -> str:
    """A field that wanders, as a series of files; the name of the one that lists them."""
    axis = np.linspace(-math.pi, math.pi, points)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    lines = []
    for step in range(steps):
        phase = 2 * math.pi * step / steps
        wave = (
            np.sin(x + phase) * np.cos(y)
            + np.sin(y) * np.cos(z + phase)
            + np.sin(z) * np.cos(x + phase)
        )
        name = f"field_{step:03}.vti"
        _write(folder / name, points, {ARRAY: wave, DEPTH: np.sqrt(x * x + y * y + z * z)})
        lines.append(f'<DataSet timestep="{step}" file="{name}"/>')
    (folder / "field.pvd").write_text(
        '<VTKFile type="Collection" version="0.1"><Collection>'
        + "".join(lines)
        + "</Collection></VTKFile>\n",
        encoding="ascii",
    )
    return "field.pvd"


def _write(path: Path, points: int, arrays: dict[str, np.ndarray]) -> None:
    image = vtkImageData()
    image.SetDimensions(points, points, points)
    image.SetOrigin(-math.pi, -math.pi, -math.pi)
    image.SetSpacing(*[2 * math.pi / (points - 1)] * 3)
    for name, values in arrays.items():
        array = numpy_to_vtk(values.astype("f4").ravel(), deep=True)
        array.SetName(name)
        image.GetPointData().AddArray(array)
    image.GetPointData().SetActiveScalars(ARRAY)
    writer = vtkXMLImageDataWriter()
    writer.SetInputData(image)
    writer.SetFileName(str(path))
    assert writer.Write()
