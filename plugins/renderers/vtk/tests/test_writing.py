"""Data into files, in each format, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from vtkmodules import vtkCommonDataModel

from collab_kernel.errors import InvalidValueError, PipelineFailedError
from collab_kernel.spi import SaveData, guess
from collab_renderer_vtk.writing import FORMATS, writer_of

Scene = Any

READERS = {
    "vtp": "XMLPolyDataReader",
    "vtu": "XMLUnstructuredGridReader",
    "vti": "XMLImageDataReader",
    "vtk": "LegacyVTKFileReader",
    "stl": "stlreader",
    "ply": "PLYReader",
}


def read(scene: Scene, path: Path) -> int:
    """A reader of the file."""
    type = READERS[path.suffix[1:]]
    [name] = [p.name for p in scene.catalogue.definition("sources", type).properties if p.file_name]
    made: int = scene.create("sources", type, **{name: str(path)})
    return made


def save(scene: Scene, id: int, path: Path, **options: Any) -> None:
    named = tuple((name, guess(value)) for name, value in options.items())
    answer = scene.renderer.query(SaveData(id, 0, str(path), False, named))
    assert answer.data.decode() == str(path)


@pytest.fixture
def sphere(scene: Scene) -> int:
    made: int = scene.create("sources", "SphereSource")
    return made


@pytest.fixture
def wavelet(scene: Scene) -> int:
    made: int = scene.create("sources", "RTAnalyticSource", WholeExtent=(0, 2, 0, 2, 0, 2))
    return made


@pytest.mark.parametrize("extension", ["vtp", "vtk", "stl", "ply"])
def test_a_surface_is_read_back_as_it_was_written(
    scene: Scene, sphere: int, tmp_path: Path, extension: str
) -> None:
    path = tmp_path / f"ball.{extension}"
    save(scene, sphere, path)
    reader = read(scene, path)
    assert scene.data(reader).cells == scene.data(sphere).cells
    assert scene.data(reader).bounds == pytest.approx(scene.data(sphere).bounds, abs=1e-6)


@pytest.mark.parametrize("extension", ["vti", "vtk"])
def test_a_grid_keeps_its_arrays(
    scene: Scene, wavelet: int, tmp_path: Path, extension: str
) -> None:
    path = tmp_path / f"waves.{extension}"
    save(scene, wavelet, path)
    reader = read(scene, path)
    assert scene.data(reader).arrays == scene.data(wavelet).arrays


def test_cells_cut_out_of_a_grid_are_an_unstructured_grid(
    scene: Scene, wavelet: int, tmp_path: Path
) -> None:
    part = scene.create("filters", "Threshold", Input=wavelet)
    save(scene, part, tmp_path / "part.vtu")
    reader = read(scene, tmp_path / "part.vtu")
    assert scene.data(reader).cells == scene.data(part).cells


def test_options_of_the_writer_go_by_paraviews_names(
    scene: Scene, sphere: int, tmp_path: Path
) -> None:
    save(scene, sphere, tmp_path / "text.vtp", DataMode="Ascii", CompressorType="None")
    assert 'format="ascii"' in (tmp_path / "text.vtp").read_text()
    save(scene, sphere, tmp_path / "text.stl", FileType="Ascii")
    assert (tmp_path / "text.stl").read_bytes().startswith(b"solid")
    with pytest.raises(InvalidValueError, match=r"Colour.*allowed: DataMode, CompressorType"):
        save(scene, sphere, tmp_path / "a.vtp", Colour="red")
    with pytest.raises(InvalidValueError, match=r"'Telegraph'.*Ascii, Binary, Appended"):
        save(scene, sphere, tmp_path / "a.vtp", DataMode="Telegraph")


def test_a_table_has_a_column_for_each_component_and_exact_numbers(
    scene: Scene, wavelet: int, sphere: int, tmp_path: Path
) -> None:
    path = tmp_path / "waves.csv"
    save(scene, wavelet, path)
    header, first, *others = path.read_text().splitlines()
    assert header == "RTData,Points:0,Points:1,Points:2"
    assert len(others) == 26
    values = [float(word) for word in first.split(",")]
    assert values[1:] == [0, 0, 0]
    assert values[0] <= scene.data(wavelet).arrays[0].maximum[0]
    save(scene, sphere, tmp_path / "short.csv", Precision=2)
    assert max(len(w) for w in (tmp_path / "short.csv").read_text().split()[1].split(",")) < 9
    save(scene, wavelet, tmp_path / "cells.csv", FieldAssociation="Cell Data")
    assert (tmp_path / "cells.csv").read_text().strip() == ""


def test_a_format_that_does_not_fit_the_data_is_refused_with_those_that_do(
    scene: Scene, sphere: int, tmp_path: Path
) -> None:
    with pytest.raises(InvalidValueError, match=r"no vtkPolyData; allowed: \.vtp, \.vtk, \.stl"):
        save(scene, sphere, tmp_path / "ball.vtu")
    for name in ("ball.exe", "ball", ".vtp"):
        with pytest.raises(InvalidValueError, match=r"allowed: \.vtp"):
            save(scene, sphere, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_can_not_be_saved(scene: Scene, sphere: int, tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="port 3"):
        scene.renderer.query(SaveData(sphere, 3, str(tmp_path / "ball.vtp")))
    broken = read(scene, Path("/nowhere.stl"))
    with pytest.raises(PipelineFailedError, match="no such file"):
        save(scene, broken, tmp_path / "ball.vtp")


def test_a_file_that_can_not_be_written_is_an_error(
    scene: Scene, sphere: int, tmp_path: Path
) -> None:
    for name in ("gone/ball.vtp", "gone/ball.stl", "gone/ball.csv", "gone/ball.vtk"):
        with pytest.raises(PipelineFailedError):
            save(scene, sphere, tmp_path / name)


def test_a_writer_that_fails_without_a_word_is_an_error_too(scene: Scene) -> None:
    for extension, format in FORMATS.items():
        holder = getattr(vtkCommonDataModel, (*format.holds, "vtkPolyData")[0])
        with pytest.raises(PipelineFailedError, match="could not be written"):
            writer_of(f"a.{extension}", holder(), ())(f"/nowhere/a.{extension}")


def test_several_pieces_are_one_file(scene: Scene, tmp_path: Path) -> None:
    scene.host.code = True
    script = "part = vtk.vtkPolyData(); output.SetBlock(0, part); output.SetBlock(1, part)"
    id = scene.create("sources", "ProgrammableSource", Script=script, OutputDataSetType=13)
    save(scene, id, tmp_path / "both.vtk")
    reader = read(scene, tmp_path / "both.vtk")
    assert scene.data(reader).type == "vtkMultiBlockDataSet"
