"""Data into files: VTK's writers, chosen by the name's extension."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, TypeAlias

import numpy as np

from collab_kernel.errors import InvalidValueError, PipelineFailedError
from collab_kernel.spi import Value
from collab_renderer_vtk.bridge import Array, to_numpy
from collab_renderer_vtk.describe import vtk_class

Options: TypeAlias = tuple[tuple[str, Value], ...]

_MODES = {"Ascii": 0, "Binary": 1, "Appended": 2}
_COMPRESSORS = {"None": 0, "ZLib": 1, "LZ4": 2, "LZMA": 3}
_TYPES = {"Ascii": 1, "Binary": 2}
_ASSOCIATIONS = {"Point Data": "GetPointData", "Cell Data": "GetCellData", "Row Data": ""}


@dataclass(frozen=True, slots=True)
class Format:
    """holds: the classes of data that it has a place for; empty: all.

    options: by ParaView's names, how each is pushed into the writer.
    """

    vtk: str
    holds: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, Mapping[str, int]]] = field(default_factory=dict)


def _xml(vtk: str, holds: str) -> Format:
    options = {
        "DataMode": ("SetDataMode", _MODES),
        "CompressorType": ("SetCompressorType", _COMPRESSORS),
    }
    return Format(f"vtkIOXML.{vtk}", (holds,), options)


_PLAIN = {"FileType": ("SetFileType", _TYPES)}

FORMATS: Mapping[str, Format] = {
    "vtp": _xml("vtkXMLPolyDataWriter", "vtkPolyData"),
    "vtu": _xml("vtkXMLUnstructuredGridWriter", "vtkUnstructuredGrid"),
    "vti": _xml("vtkXMLImageDataWriter", "vtkImageData"),
    "vts": _xml("vtkXMLStructuredGridWriter", "vtkStructuredGrid"),
    "vtr": _xml("vtkXMLRectilinearGridWriter", "vtkRectilinearGrid"),
    "vtk": Format("vtkIOLegacy.vtkGenericDataObjectWriter", options=_PLAIN),
    "stl": Format("vtkIOGeometry.vtkSTLWriter", ("vtkPolyData",), _PLAIN),
    "ply": Format("vtkIOPLY.vtkPLYWriter", ("vtkPolyData",), _PLAIN),
}
TABLE = "csv"


def writer_of(name: str, data: Any, options: Options) -> Callable[[str], None]:
    """What writes `data` into the file at a path, in the format that `name` says.

    Raises InvalidValueError for a format that there is none of, or that does not hold such
    data, and for options that the format does not have.
    """
    extension = PurePath(name).suffix[1:].lower()
    if extension == TABLE:
        columns = _columns(data, options)
        return lambda path: _write_table(path, columns)
    format = FORMATS.get(extension)
    if format is None:
        known = ", ".join(f".{e}" for e in (*FORMATS, TABLE))
        raise InvalidValueError(f"{name}: no format has this extension; allowed: {known}")
    if format.holds and not any(data.IsA(cls) for cls in format.holds):
        fitting = [f".{e}" for e, f in FORMATS.items() if not f.holds or data.IsA(f.holds[0])]
        raise InvalidValueError(
            f"{name}: a .{extension} file holds no {data.GetClassName()}; "
            f"allowed: {', '.join(fitting)}"
        )
    writer = vtk_class(format.vtk)()
    if format.options is _PLAIN:
        writer.SetFileType(_TYPES["Binary"])  # as ParaView: their texts round numbers
    for option, value in options:
        setter, choices = _option(option, format.options)
        getattr(writer, setter)(_chosen(option, value, choices))
    writer.SetInputDataObject(data)
    return lambda path: _write(writer, path)


def _option(name: str, known: Mapping[str, tuple[str, Mapping[str, int]]]) -> Any:
    if name not in known:
        raise InvalidValueError(f"{name}: the format has no such option; allowed: {_list(known)}")
    return known[name]


def _chosen(option: str, value: Value, choices: Mapping[str, int]) -> int:
    for text, number in choices.items():
        if value.plain in (text, number):
            return number
    raise InvalidValueError(f"{option}: {value.plain!r:.80} is not allowed; {_list(choices)}")


def _list(names: Mapping[str, object]) -> str:
    return ", ".join(names) or "none"


def _write(writer: Any, path: str) -> None:
    writer.SetFileName(path)
    if not writer.Write() or writer.GetErrorCode():
        raise PipelineFailedError(f"the file could not be written (VTK: {writer.GetErrorCode()})")


# -- tables --------------------------------------------------------------------------------------


def _columns(data: Any, options: Options) -> dict[str, Array]:
    """Columns of texts, each value as short as it can be read back exactly."""
    given = dict(options)
    known = {"FieldAssociation", "Precision"}
    if unknown := given.keys() - known:
        _option(min(unknown), dict.fromkeys(sorted(known), ("", {})))
    precision = _precision(given.get("Precision"))
    chosen = "Point Data"
    if "FieldAssociation" in given:
        numbers = {text: number for number, text in enumerate(_ASSOCIATIONS)}
        chosen = list(_ASSOCIATIONS)[
            _chosen("FieldAssociation", given["FieldAssociation"], numbers)
        ]
    if data.IsA("vtkTable"):
        attributes, points = data.GetRowData(), None
    elif data.IsA("vtkDataSet") and _ASSOCIATIONS[chosen]:
        attributes = getattr(data, _ASSOCIATIONS[chosen])()
        points = _points(data) if chosen == "Point Data" else None
    else:
        raise InvalidValueError(f"a .csv file holds no {chosen} of a {data.GetClassName()}")
    columns: dict[str, Array] = {}
    for i in range(attributes.GetNumberOfArrays()):
        array = attributes.GetAbstractArray(i)
        if array is not None and hasattr(array, "GetRange"):
            columns |= _split(array.GetName() or f"Array {i}", to_numpy(array))
    if points is not None:
        columns |= _split("Points", points)
    return {name: _texts(column, precision) for name, column in columns.items()}


def _precision(value: Value | None) -> int | None:
    if value is None:
        return None
    if not isinstance(value.plain, int) or not 1 <= value.plain <= 17:
        raise InvalidValueError(f"Precision: {value.plain!r:.80} is not allowed; 1 to 17 digits")
    return value.plain


def _points(data: Any) -> Array:
    return np.array([data.GetPoint(i) for i in range(data.GetNumberOfPoints())]).reshape(-1, 3)


def _split(name: str, array: Array) -> dict[str, Array]:
    if array.ndim == 1:
        return {name: array}
    return {f"{name}:{i}": array[:, i] for i in range(array.shape[1])}


def _texts(column: Array, precision: int | None) -> Array:
    if precision is None or column.dtype.kind != "f":
        return column.astype(np.str_)
    return np.char.mod(f"%.{precision}g", column)


def _write_table(path: str, columns: Mapping[str, Array]) -> None:
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(columns)
        table.writerows(zip(*columns.values(), strict=True))
