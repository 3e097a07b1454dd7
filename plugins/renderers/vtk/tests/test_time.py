"""Simulation time: files of many steps, and pipelines that are executed at one of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vtkmodules.vtkFiltersSources import vtkConeSource, vtkSphereSource
from vtkmodules.vtkImagingCore import vtkRTAnalyticSource
from vtkmodules.vtkIOGeometry import vtkSTLWriter
from vtkmodules.vtkIOXML import vtkXMLDataSetWriter

from collab_kernel.errors import PipelineFailedError

Scene = Any

TENTHS = tuple(number / 9 for number in range(10))
"""vtkTimeSourceExample has ten steps from 0 to 1."""


def _write(path: Path, source: Any, writer: Any = None) -> Path:
    writer = writer or vtkXMLDataSetWriter()
    writer.SetInputConnection(source.GetOutputPort())
    writer.SetFileName(os.fspath(path))
    assert writer.Write()
    return path


def _sphere(radius: float) -> Any:
    source = vtkSphereSource()
    source.SetRadius(radius)
    return source


@pytest.fixture
def spheres(tmp_path: Path) -> list[Path]:
    """Radius 1, 2 and 3."""
    return [_write(tmp_path / f"ball_{n}.vtp", _sphere(n + 1.0)) for n in range(3)]


def _collection(path: Path, *entries: str) -> Path:
    names = "".join(f"<DataSet {entry}/>" for entry in entries)
    path.write_text(f'<VTKFile type="Collection"><Collection>{names}</Collection></VTKFile>')
    return path


def _at(scene: Scene, time: float, id: int) -> Any:
    scene.renderer.set_time(time)
    return scene.data(id)


def _executed(scene: Scene, act: Callable[[], object]) -> set[int]:
    """The proxies that are executed when `act` is carried out and all is settled."""
    before = len(scene.host.told)
    act()
    scene.settle()
    return {fact.proxy for fact in scene.host.told[before:]}


# -- pipelines -------------------------------------------------------------------------------


def test_a_source_that_moves_is_where_it_is_at_the_time_that_is_shown(scene: Scene) -> None:
    source = scene.create("sources", "TimeSource", XAmplitude=1.0)
    shrink = scene.create("filters", "ShrinkFilter", Input=source)
    assert scene.data(source).time_steps == pytest.approx(TENTHS)
    left = scene.data(shrink).bounds[0]
    assert left == pytest.approx(0.25)
    assert _at(scene, TENTHS[2], shrink).bounds[0] == pytest.approx(1.234808, abs=1e-5)
    assert _at(scene, 0.0, shrink).bounds[0] == left


def test_only_what_depends_on_time_is_executed_again(scene: Scene) -> None:
    view = scene.view()
    moving = scene.create("sources", "TimeSource", XAmplitude=1.0)
    shrink = scene.create("filters", "ShrinkFilter", Input=moving)
    wavelet = scene.create("sources", "RTAnalyticSource")
    contour = scene.create("filters", "Contour", Input=wavelet, ContourValues=(150.0,))
    for source in (shrink, contour):
        scene.show(view, source)
    scene.settle()
    assert _executed(scene, lambda: scene.renderer.set_time(0.5)) == {moving, shrink}
    assert _executed(scene, lambda: scene.renderer.set_time(0.5)) == set()


def test_what_is_hidden_follows_the_time_when_it_is_shown(scene: Scene) -> None:
    view = scene.view()
    moving = scene.create("sources", "TimeSource", XAmplitude=1.0)
    shown = scene.show(view, moving, Visibility=False)
    scene.settle()
    assert _executed(scene, lambda: scene.renderer.set_time(0.5)) == set()
    assert _executed(scene, lambda: scene.set(shown, Visibility=True)) == {moving}
    bounds = scene.host.last(moving).ports[0].bounds
    assert _executed(scene, lambda: scene.renderer.set_time(0.0)) == {moving}
    assert scene.host.last(moving).ports[0].bounds != bounds


def test_of_what_changes_all_the_time_the_ends_are_told(scene: Scene) -> None:
    source = scene.create("sources", "TimeSource", XAmplitude=1.0, Analytic=True)
    assert scene.data(source).time_steps == (0.0, 1.0)
    places = {_at(scene, time, source).bounds[0] for time in (0.1, 0.15, 0.2)}
    assert len(places) == 3


def test_a_picture_is_of_the_time_that_is_shown(scene: Scene) -> None:
    view = scene.view()
    source = scene.create("sources", "TimeSource", XAmplitude=1.0)
    scene.show(view, source)
    camera = scene.fit(view)
    first = scene.picture(view, camera=camera)
    scene.renderer.set_time(TENTHS[2])
    assert not np.array_equal(scene.picture(view, camera=camera), first)
    scene.renderer.set_time(0.0)
    assert np.array_equal(scene.picture(view, camera=camera), first)


# -- series ----------------------------------------------------------------------------------


def test_a_series_of_files_has_a_step_for_each(scene: Scene, spheres: list[Path]) -> None:
    names = tuple(map(os.fspath, spheres))
    reader = scene.create("sources", "XMLPolyDataReader", FileName=names)
    elevation = scene.create("filters", "ElevationFilter", Input=reader)
    assert scene.data(elevation).time_steps == (0.0, 1.0, 2.0)
    for time, radius in ((0.0, 1.0), (2.0, 3.0), (1.0, 2.0), (1.7, 2.0), (-5.0, 1.0), (9.0, 3.0)):
        assert _at(scene, time, elevation).bounds[5] == pytest.approx(radius)


def test_a_series_of_grids_may_change_its_shape(scene: Scene, tmp_path: Path) -> None:
    names = []
    for n in range(2):
        wavelet = vtkRTAnalyticSource()
        wavelet.SetWholeExtent(-5 - n, 5, -5, 5, -5, 5)
        names.append(os.fspath(_write(tmp_path / f"w{n}.vti", wavelet)))
    reader = scene.create("sources", "XMLImageDataReader", FileName=tuple(names))
    contour = scene.create("filters", "Contour", Input=reader, ContourValues=(150.0,))
    cells = [_at(scene, time, contour).cells for time in (0.0, 1.0, 0.0)]
    assert cells[0] == cells[2] < cells[1]
    assert _at(scene, 1.0, reader).extent == (-6, 5, -5, 5, -5, 5)


def test_readers_have_paraviews_name_for_their_files(scene: Scene, tmp_path: Path) -> None:
    cone = vtkConeSource()
    names = [
        os.fspath(_write(tmp_path / f"{n}.stl", source, vtkSTLWriter()))
        for n, source in enumerate((_sphere(1.0), cone))
    ]
    reader = scene.create("sources", "stlreader", FileNames=tuple(names))
    assert _at(scene, 0.0, reader).points > _at(scene, 1.0, reader).points > 0


def test_a_step_that_is_missing_is_an_error_at_its_time_only(
    scene: Scene, spheres: list[Path]
) -> None:
    spheres[1].unlink()
    names = tuple(map(os.fspath, spheres))
    reader = scene.create("sources", "XMLPolyDataReader", "Balls", FileName=names)
    assert scene.data(reader).bounds[5] == pytest.approx(1.0)
    scene.renderer.set_time(1.0)
    with pytest.raises(PipelineFailedError, match=r"Balls: .*ball_1\.vtp: there is no such file"):
        scene.data(reader)
    assert _at(scene, 2.0, reader).bounds[5] == pytest.approx(3.0)


def test_a_series_whose_first_step_is_missing_has_the_others(
    scene: Scene, spheres: list[Path]
) -> None:
    spheres[0].unlink()
    names = tuple(map(os.fspath, spheres))
    reader = scene.create("sources", "XMLPolyDataReader", FileName=names)
    scene.show(scene.view(), reader)
    scene.settle()
    assert "no such file" in scene.host.last(reader).error
    assert _executed(scene, lambda: scene.renderer.set_time(1.0)) == {reader}
    assert scene.host.last(reader).ports[0].bounds[5] == pytest.approx(2.0)


# -- collections -----------------------------------------------------------------------------


def test_a_collection_has_its_own_times(scene: Scene, spheres: list[Path]) -> None:
    entries = [f'timestep="{t}" file="ball_{n}.vtp"' for n, t in ((2, 7.5), (0, 0.5), (1, 4))]
    path = _collection(spheres[0].parent / "case.pvd", *entries)
    reader = scene.create("sources", "PVDReader", FileName=os.fspath(path))
    elevation = scene.create("filters", "ElevationFilter", Input=reader)
    assert scene.data(elevation).time_steps == (0.5, 4.0, 7.5)
    for time, radius in ((0.0, 1.0), (7.5, 3.0), (5.0, 2.0)):
        assert _at(scene, time, elevation).bounds[5] == pytest.approx(radius)


def test_the_parts_of_a_step_are_blocks(scene: Scene, spheres: list[Path]) -> None:
    cone = _write(spheres[0].parent / "cone.vtp", vtkConeSource())
    entries = [
        f'timestep="0" part="{n}" file="{name}"' for n, name in ((1, "ball_2.vtp"), (0, cone))
    ]
    path = _collection(spheres[0].parent / "case.pvd", *entries)
    reader = scene.create("sources", "PVDReader", FileName=os.fspath(path))
    data = scene.data(reader)
    assert data.type == "vtkMultiBlockDataSet"
    assert (data.points, data.bounds[5]) == (7 + 50, pytest.approx(3.0))


def test_the_files_of_a_collection_are_asked_for_one_by_one(
    scene: Scene, spheres: list[Path]
) -> None:
    entries = [f'timestep="{n}" file="ball_{n}.vtp"' for n in range(3)]
    path = _collection(spheres[0].parent / "case.pvd", *entries)
    asked = []

    def file(name: str) -> str:
        asked.append(name)
        if name == os.fspath(spheres[1]):
            raise PipelineFailedError(f"{name}: is none of yours")
        return name

    scene.host.file = file
    reader = scene.create("sources", "PVDReader", FileName=os.fspath(path))
    scene.data(reader)
    assert set(asked) == {os.fspath(path), os.fspath(spheres[0])}
    scene.renderer.set_time(1.0)
    with pytest.raises(PipelineFailedError, match="none of yours"):
        scene.data(reader)


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ((), "names no files"),
        (('timestep="soon" file="ball_0.vtp"',), "timestep='soon' is no number"),
        (('timestep="inf" file="ball_0.vtp"',), "timestep='inf' is no number"),
        (('timestep="0"',), "names no file"),
        (('timestep="0" file="ball_0.doc"',), "no format that can be read"),
        (('timestep="0" file="case.pvd"',), "no format that can be read"),
        (('timestep="0" file="nowhere.vtp"',), "no such file"),
    ],
)
def test_a_collection_that_makes_no_sense_is_an_error(
    scene: Scene, spheres: list[Path], entries: tuple[str, ...], why: str
) -> None:
    path = _collection(spheres[0].parent / "case.pvd", *entries)
    reader = scene.create("sources", "PVDReader", FileName=os.fspath(path))
    with pytest.raises(PipelineFailedError, match=why):
        scene.data(reader)
