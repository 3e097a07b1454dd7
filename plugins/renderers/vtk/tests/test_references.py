"""Files that name files: each that VTK would open is asked about first, or nothing is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from vtkmodules.vtkIOXML import vtkXMLCompositeDataReader, vtkXMLPDataObjectReader

from collab_kernel.errors import PipelineFailedError
from collab_renderer_vtk import references
from collab_renderer_vtk.curated import CURATED, REFERENCES
from collab_renderer_vtk.curated.vocabulary import FilePath
from collab_renderer_vtk.describe import vtk_class
from collab_renderer_vtk.references import check_references, names_nothing, xml_file_attributes
from collab_renderer_vtk.stage_error import StageError

Scene = Any

READERS = [curated for curated in CURATED.values() if curated.path]


def _blocks(path: Path, *names: str) -> Path:
    kind = "vtkMultiBlockDataSet"
    blocks = "".join(f'<DataSet index="{i}" file="{name}"/>' for i, name in enumerate(names))
    path.write_text(f'<VTKFile type="{kind}"><{kind}>{blocks}</{kind}></VTKFile>')
    return path


def _asked(path: Path, allowed: Callable[[str], str] = str) -> list[str]:
    asked: list[str] = []

    def allow(name: str) -> str:
        asked.append(Path(name).name)
        return allowed(name)

    check_references(str(path), xml_file_attributes, REFERENCES, allow)
    return sorted(asked)


@pytest.mark.parametrize("curated", READERS, ids=lambda c: c.type)
def test_a_reader_of_files_that_name_files_says_which(curated: Any) -> None:
    reader = vtk_class(curated.vtk)() if curated.vtk else None  # our own: collections
    named = vtkXMLCompositeDataReader | vtkXMLPDataObjectReader | None
    names_files = isinstance(reader, named)
    assert (curated.path.references is not names_nothing) == names_files
    for extension in curated.path.extensions:
        assert REFERENCES[extension] is curated.path.references


def test_no_reader_can_be_described_without_saying_what_its_files_name() -> None:
    with pytest.raises(TypeError, match="references"):
        FilePath(extensions=("pvd",))  # type: ignore[call-arg]


def test_blocks_of_blocks_are_asked_about_too(tmp_path: Path) -> None:
    _blocks(tmp_path / "inner.vtm", "../secret.vtp", "ball.vtu")
    path = _blocks(tmp_path / "outer.vtm", "inner.vtm", "cone.vtp")
    assert _asked(path) == ["ball.vtu", "cone.vtp", "inner.vtm", "secret.vtp"]


def test_a_block_of_a_block_lies_where_the_server_may_read_or_nothing_is_read(
    scene: Scene, tmp_path: Path
) -> None:
    _blocks(tmp_path / "inner.vtm", "../secret.vtp")
    path = _blocks(tmp_path / "outer.vtm", "inner.vtm")

    def refuse(name: str) -> str:
        if "secret" in name:
            raise PipelineFailedError(f"{name}: files are read elsewhere only")
        return name

    scene.host.file = refuse
    reader = scene.create("sources", "XMLMultiBlockDataReader", FileName=str(path))
    scene.settle()
    assert "secret.vtp: files are read elsewhere only" in scene.host.last(reader).error


def test_files_that_name_each_other_are_asked_about_once(tmp_path: Path) -> None:
    _blocks(tmp_path / "b.vtm", "a.vtm", "b.vtm")
    assert _asked(_blocks(tmp_path / "a.vtm", "b.vtm")) == ["a.vtm", "b.vtm", "b.vtm"]


def test_a_chain_of_files_has_a_bounded_length(tmp_path: Path) -> None:
    for i in range(references.MAX_DEPTH + 2):
        _blocks(tmp_path / f"{i}.vtm", f"{i + 1}.vtm")
    with pytest.raises(StageError, match=r"0\.vtm: names files that name files"):
        _asked(tmp_path / "0.vtm")
    assert len(_asked(tmp_path / "2.vtm")) == references.MAX_DEPTH


def test_a_file_names_a_bounded_number_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "MAX_FILES", 5)
    path = _blocks(tmp_path / "many.vtm", *(f"{i}.vtp" for i in range(6)))
    with pytest.raises(StageError, match=r"many\.vtm: names more than 5 files"):
        _asked(path)


def test_a_file_of_a_format_that_nobody_knows_must_not_be_named(tmp_path: Path) -> None:
    path = _blocks(tmp_path / "odd.vtm", "pieces.pvtu")
    with pytest.raises(StageError, match=r"odd\.vtm: names pieces\.pvtu, .* no format known"):
        _asked(path)


def test_an_index_that_is_no_index_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bad.vtm"
    path.write_text("<VTKFile")
    with pytest.raises(StageError, match=r"bad\.vtm: "):
        _asked(path)
    monkeypatch.setattr(references, "MAX_INDEX_BYTES", 4)
    with pytest.raises(StageError, match="too large"):
        _asked(path)
