"""Data saved at a server, and code run there: as the server's flags allow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collab import simple
from collab_kernel.errors import FlagNeededError, InvalidValueError, NotAllowedError

Serve = Callable[..., Any]

TWICE = "output.ShallowCopy(inputs[0].VTKObject); output.Points = inputs[0].Points * 2"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_private_session_saves_among_ones_own_files(tmp_path: Path) -> None:
    sphere = simple.Sphere()
    assert simple.SaveData("ball.vtp") == str(tmp_path / "ball.vtp")
    reader = simple.OpenDataFile("ball.vtp")
    assert reader.GetDataInformation().GetBounds() == sphere.GetDataInformation().GetBounds()
    with pytest.raises(InvalidValueError, match="replace=True"):
        simple.SaveData(tmp_path / "ball.vtp", sphere)
    simple.SaveData(tmp_path / "ball.vtp", proxy=sphere, replace=True, DataMode="Ascii")
    assert 'format="ascii"' in (tmp_path / "ball.vtp").read_text()


def test_a_server_saves_below_the_directory_that_it_allows(serve: Serve, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    simple.Connect(serve(renderer="vtk", allow_write=[out], data_dir=tmp_path).url)
    simple.Sphere()
    path = simple.SaveData("ball.vtp")
    assert path == str(out / "ball.vtp")
    assert simple.OpenDataFile(path).GetDataInformation().GetNumberOfCells() == 96
    for name in ("../ball.vtp", str(tmp_path / "ball.vtp")):
        with pytest.raises(NotAllowedError, match="--allow-write"):
            simple.SaveData(name)
    assert sorted(p.name for p in out.iterdir()) == ["ball.vtp"]


def test_a_server_without_the_flag_saves_nothing_and_names_it(serve: Serve) -> None:
    simple.Connect(serve().url)
    simple.Sphere()
    with pytest.raises(FlagNeededError, match="--allow-write"):
        simple.SaveData("ball.vtp")


def test_scripts_run_in_a_private_session() -> None:
    sphere = simple.Sphere(Radius=1)
    twice = simple.ProgrammableFilter(Script=TWICE)
    assert twice.GetDataInformation().GetBounds() == pytest.approx(
        [2 * end for end in sphere.GetDataInformation().GetBounds()]
    )
    both = simple.ProgrammableFilter(
        Input=[sphere, twice], Script="assert len(inputs) == 2", OutputDataSetType="vtkTable"
    )
    simple.UpdatePipeline(proxy=both)
    assert twice.RequestInformationScript == ""
    source = simple.ProgrammableSource(ScriptRequestInformation="", PythonPath="")
    assert source.Script == ""


def test_a_server_with_the_flag_runs_scripts_and_one_without_names_it(serve: Serve) -> None:
    simple.Connect(serve(renderer="vtk", allow_code=True).url)
    simple.Sphere(Radius=1)
    twice = simple.ProgrammableFilter(Script=TWICE)
    assert twice.GetDataInformation().GetBounds()[1] > 1.5
    simple.Disconnect()
    simple.Connect(serve().url)
    simple.Sphere()
    for make in (simple.ProgrammableSource, simple.ProgrammableFilter):
        with pytest.raises(FlagNeededError, match="--allow-code"):
            make(Script="raise SystemExit")
    assert len(simple.GetSources()) == 1
