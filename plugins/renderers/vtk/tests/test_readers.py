"""Readers: each reads what VTK writes, and says what is wrong with anything else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyvista import examples
from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkPoints
from vtkmodules.vtkCommonDataModel import (
    vtkMultiBlockDataSet,
    vtkRectilinearGrid,
    vtkStructuredGrid,
)
from vtkmodules.vtkFiltersCore import vtkAppendFilter
from vtkmodules.vtkFiltersSources import vtkConeSource, vtkSphereSource
from vtkmodules.vtkImagingCore import vtkRTAnalyticSource
from vtkmodules.vtkIOGeometry import vtkOBJWriter, vtkSTLWriter
from vtkmodules.vtkIOLegacy import vtkDataSetWriter
from vtkmodules.vtkIOPLY import vtkPLYWriter
from vtkmodules.vtkIOXML import vtkXMLDataSetWriter, vtkXMLMultiBlockDataWriter

from collab_kernel.errors import PipelineFailedError

Scene = Any

READERS = {
    "vtu": "XMLUnstructuredGridReader",
    "vti": "XMLImageDataReader",
    "vtp": "XMLPolyDataReader",
    "vts": "XMLStructuredGridReader",
    "vtr": "XMLRectilinearGridReader",
    "vtm": "XMLMultiBlockDataReader",
    "vtk": "LegacyVTKFileReader",
    "stl": "stlreader",
    "ply": "PLYReader",
    "obj": "objreader",
}


def _sphere() -> Any:
    source = vtkSphereSource()
    source.Update()
    return source.GetOutput()


def _wavelet() -> Any:
    source = vtkRTAnalyticSource()
    source.SetWholeExtent(0, 4, 0, 4, 0, 4)
    source.Update()
    return source.GetOutput()


def _unstructured() -> Any:
    append = vtkAppendFilter()
    append.AddInputData(_wavelet())
    append.Update()
    return append.GetOutput()


def _structured() -> Any:
    points = vtkPoints()
    for z in range(3):
        for y in range(3):
            for x in range(3):
                points.InsertNextPoint(x, y, z + 0.1 * x)
    grid = vtkStructuredGrid()
    grid.SetDimensions(3, 3, 3)
    grid.SetPoints(points)
    return grid


def _rectilinear() -> Any:
    grid = vtkRectilinearGrid()
    grid.SetDimensions(3, 3, 3)
    for setter in (grid.SetXCoordinates, grid.SetYCoordinates, grid.SetZCoordinates):
        coordinates = vtkDoubleArray()
        for value in (0.0, 1.0, 4.0):
            coordinates.InsertNextValue(value)
        setter(coordinates)
    return grid


def _blocks() -> Any:
    cone = vtkConeSource()
    cone.SetCenter(5, 0, 0)
    cone.Update()
    blocks = vtkMultiBlockDataSet()
    blocks.SetBlock(0, _sphere())
    blocks.SetBlock(1, cone.GetOutput())
    return blocks


def _write(writer: Any, data: Any, path: Path) -> None:
    writer.SetFileName(os.fspath(path))
    writer.SetInputDataObject(data)
    assert writer.Write()


WRITTEN: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "vtu": (vtkXMLDataSetWriter, _unstructured),
    "vti": (vtkXMLDataSetWriter, _wavelet),
    "vtp": (vtkXMLDataSetWriter, _sphere),
    "vts": (vtkXMLDataSetWriter, _structured),
    "vtr": (vtkXMLDataSetWriter, _rectilinear),
    "vtm": (vtkXMLMultiBlockDataWriter, _blocks),
    "vtk": (vtkDataSetWriter, _wavelet),
    "stl": (vtkSTLWriter, _sphere),
    "ply": (vtkPLYWriter, _sphere),
    "obj": (vtkOBJWriter, _sphere),
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a file of a format; its path."""

    def written(extension: str) -> Path:
        path = tmp_path / f"data.{extension}"
        writer, data = WRITTEN[extension]
        _write(writer(), data(), path)
        return path

    return written


def _reader(scene: Scene, extension: str, path: object) -> int:
    type = READERS[extension]
    [name] = [p.name for p in scene.catalogue.definition("sources", type).properties]
    return scene.create("sources", type, "File", **{name: os.fspath(path)})


def _why(scene: Scene, extension: str, path: object) -> str:
    """The error of a reader that must fail, as it is told and as it is raised."""
    reader = _reader(scene, extension, path)
    scene.settle()
    told = scene.host.last(reader)
    assert told.ports == ()
    with pytest.raises(PipelineFailedError) as raised:
        scene.update(reader)
    assert str(raised.value) == f"File: {told.error}"
    return told.error


@pytest.mark.parametrize("extension", READERS)
def test_each_reader_reads_what_vtk_writes(
    scene: Scene, write: Callable[[str], Path], extension: str
) -> None:
    data = scene.data(_reader(scene, extension, write(extension)))
    _, expected = WRITTEN[extension]
    bounds = [0.0] * 6
    expected().GetBounds(bounds)
    assert data.points > 0
    assert data.cells > 0
    assert data.bounds == pytest.approx(bounds, abs=1e-5)


@pytest.mark.parametrize(
    ("extension", "path"),
    [
        ("ply", examples.antfile),
        ("ply", examples.planefile),
        ("vtk", examples.hexbeamfile),
        ("vtk", examples.rectfile),
        ("vtk", examples.uniformfile),
        ("vtk", examples.globefile),
    ],
)
def test_files_from_elsewhere_are_read(scene: Scene, extension: str, path: str) -> None:
    assert scene.data(_reader(scene, extension, path)).cells > 0


def test_blocks_are_told_as_one(scene: Scene, write: Callable[[str], Path]) -> None:
    data = scene.data(_reader(scene, "vtm", write("vtm")))
    assert data.type == "vtkMultiBlockDataSet"
    assert data.bounds[1] > 5
    assert data.array("Normals").tuples == 50


def test_filters_work_on_every_block(scene: Scene, write: Callable[[str], Path]) -> None:
    reader = _reader(scene, "vtm", write("vtm"))
    shrink = scene.create("filters", "ShrinkFilter", Input=reader)
    clip = scene.create("filters", "Clip", Input=shrink)
    assert scene.data(shrink).cells == scene.data(reader).cells
    assert 0 < scene.data(clip).cells < scene.data(shrink).cells


@pytest.mark.parametrize("extension", READERS)
def test_a_missing_file_is_named(scene: Scene, tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"nowhere.{extension}"
    assert _why(scene, extension, path) == f"{path}: there is no such file"


@pytest.mark.parametrize("extension", READERS)
def test_a_file_of_another_format_is_named(
    scene: Scene, write: Callable[[str], Path], extension: str
) -> None:
    other = write("vtp" if extension != "vtp" else "vtu")
    why = _why(scene, extension, other)
    assert why == f"{other}: is no .{extension} file that this reader understands"


@pytest.mark.parametrize("extension", READERS)
def test_an_empty_file_is_named(scene: Scene, tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"empty.{extension}"
    path.write_bytes(b"")
    assert _why(scene, extension, path) == f"{path}: is empty"


@pytest.mark.parametrize("extension", ["vtu", "vti", "vtp", "vts", "vtr", "vtk", "stl", "ply"])
def test_half_a_file_is_an_error_that_names_it(
    scene: Scene, write: Callable[[str], Path], extension: str
) -> None:
    path = write(extension)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert os.fspath(path) in _why(scene, extension, path)


@pytest.mark.parametrize("name", ["hexbeamfile", "rectfile", "uniformfile", "globefile"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.99])
def test_a_legacy_file_cut_anywhere_is_never_read_as_if_complete(
    scene: Scene, tmp_path: Path, name: str, part: float
) -> None:
    content = Path(getattr(examples, name)).read_bytes()
    path = tmp_path / "cut.vtk"
    path.write_bytes(content[: int(part * len(content))])
    assert os.fspath(path) in _why(scene, "vtk", path)


def test_a_missing_block_is_an_error_that_names_the_file(
    scene: Scene, write: Callable[[str], Path], tmp_path: Path
) -> None:
    path = write("vtm")
    next((tmp_path / "data").iterdir()).unlink()
    assert os.fspath(path) in _why(scene, "vtm", path)


def test_no_file_name_and_a_folder_are_errors(scene: Scene, tmp_path: Path) -> None:
    assert _why(scene, "vtu", "") == "no file name is given"
    assert _why(scene, "vtu", tmp_path) == f"{tmp_path}: is no file"


def test_asking_again_reads_a_file_that_has_come_meanwhile(
    scene: Scene, write: Callable[[str], Path]
) -> None:
    path = write("vtu")
    content = path.read_bytes()
    path.unlink()
    reader = _reader(scene, "vtu", path)
    shrink = scene.create("filters", "ShrinkFilter", Input=reader)
    with pytest.raises(PipelineFailedError, match=r"its input File failed .File: .*no such file"):
        scene.update(shrink)
    path.write_bytes(content)
    assert scene.data(shrink).cells == 64


def test_what_is_made_from_a_file_that_has_come_follows_by_itself(
    scene: Scene, write: Callable[[str], Path]
) -> None:
    path = write("vtu")
    content = path.read_bytes()
    path.unlink()
    reader = _reader(scene, "vtu", path)
    shrink = scene.create("filters", "ShrinkFilter", Input=reader)
    scene.settle()
    assert scene.host.last(shrink).error
    path.write_bytes(content)
    scene.update(reader)
    scene.settle()
    assert scene.host.last(shrink).error == ""
