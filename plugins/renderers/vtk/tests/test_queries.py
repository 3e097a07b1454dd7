"""Answers: pictures in each format, cameras that see everything, data as arrays."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from collab_kernel.errors import InvalidValueError, PipelineFailedError
from collab_kernel.spi import (
    Camera,
    FetchData,
    FitCamera,
    RenderImage,
)
from collab_renderer_vtk import archive
from collab_renderer_vtk.framing import fit

Scene = Any


def _decoded(data: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def _fetch(scene: Scene, id: int, port: int = 0) -> Any:
    return np.load(io.BytesIO(scene.renderer.query(FetchData(id, port)).data))


@pytest.fixture
def view(scene: Scene) -> int:
    """A view of a sphere."""
    made: int = scene.view(OrientationAxesVisibility=False)
    sphere = scene.create("sources", "SphereSource", ThetaResolution=60, PhiResolution=60)
    scene.show(made, sphere)
    return made


# -- pictures --------------------------------------------------------------------------------


def test_the_formats_show_the_same_picture(scene: Scene, view: int) -> None:
    camera = scene.fit(view, 1.5)
    answers = {
        format: scene.renderer.query(RenderImage(view, 90, 60, format, camera=camera))
        for format in ("jpeg", "png", "raw")
    }
    for format, answer in answers.items():
        assert (answer.width, answer.height, answer.format) == (90, 60, format)
        assert answer.revision == scene.state.revision
    raw = np.frombuffer(answers["raw"].data, np.uint8).reshape(60, 90, 3)
    assert (_decoded(answers["png"].data) == raw).all()
    assert np.abs(_decoded(answers["jpeg"].data).astype(int) - raw).mean() < 3


def test_the_top_row_comes_first(scene: Scene, view: int) -> None:
    scene.set(view, BackgroundColorMode=1, Background=(0.0, 0.0, 0.0), Background2=(1.0, 1.0, 1.0))
    for format in ("jpeg", "png"):
        picture = _decoded(scene.renderer.query(RenderImage(view, 30, 20, format)).data)
        assert picture[0].mean() > 200 > 50 > picture[-1].mean()


def test_quality_costs_bytes(scene: Scene, view: int) -> None:
    sizes = [
        len(scene.renderer.query(RenderImage(view, 320, 200, quality=q)).data) for q in (10, 0, 100)
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 3), (640, 2), (501, 333), (2, 640)])
def test_any_size_is_drawn_exactly(scene: Scene, view: int, width: int, height: int) -> None:
    picture = _decoded(scene.renderer.query(RenderImage(view, width, height)).data)
    assert picture.shape == (height, width, 3)


def test_a_picture_without_a_camera_shows_what_the_home_camera_sees(
    scene: Scene, view: int
) -> None:
    far = scene.renderer.query(RenderImage(view, 60, 40, "raw")).data
    scene.set(view, CameraPosition=(0.0, 0.0, 1.5))
    near = scene.renderer.query(RenderImage(view, 60, 40, "raw"))
    assert near.camera.position == (0.0, 0.0, 1.5)
    assert near.data != far


def test_a_parallel_projection_has_its_own_scale(scene: Scene, view: int) -> None:
    areas = []
    for scale in (0.5, 1.0):
        camera = Camera(parallel_projection=True, parallel_scale=scale, position=(0.0, 0.0, 5.0))
        picture = scene.picture(view, 60, 60, camera)
        areas.append((np.abs(picture.astype(int) - picture[0, 0]).max(axis=2) > 8).sum())
    assert areas[0] == pytest.approx(4 * areas[1], rel=0.15)


def test_a_picture_executes_what_it_shows_first(scene: Scene, view: int) -> None:
    scene.create("sources", "ConeSource")
    scene.renderer.query(RenderImage(view, 10, 10))
    assert len(scene.host.told) == 1
    assert scene.renderer.execute()


# -- cameras ---------------------------------------------------------------------------------


@pytest.mark.parametrize("aspect", [0.1, 0.5, 1.0, 1.8, 6.0])
@pytest.mark.parametrize("parallel", [False, True])
def test_a_fitted_camera_sees_everything_and_uses_the_window(
    scene: Scene, view: int, aspect: float, parallel: bool
) -> None:
    cube = scene.create("sources", "CubeSource", XLength=4.0, YLength=2.0)
    scene.show(view, cube)
    camera = Camera(position=(1.0, 2.0, 3.0), parallel_projection=parallel)
    fitted = scene.fit(view, aspect, camera)
    height = 300 if aspect < 1 else 120
    picture = scene.picture(view, round(aspect * height), height, fitted)
    mask = np.abs(picture.astype(int) - (82, 87, 110)).max(axis=2) > 8
    edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    assert not edge.any()
    across, up = mask.any(axis=0).mean(), mask.any(axis=1).mean()
    assert max(across, up) > 0.4


def test_a_fitted_camera_looks_the_same_way(scene: Scene, view: int) -> None:
    camera = Camera((3.0, 4.0, 12.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0), view_angle=20.0)
    fitted = scene.fit(view, 1.0, camera)
    direction = np.subtract(fitted.position, fitted.focal_point)
    assert direction / np.linalg.norm(direction) == pytest.approx((3 / 13, 4 / 13, 12 / 13))
    assert (fitted.view_up, fitted.view_angle) == ((0.0, 1.0, 0.0), 20.0)


def test_a_camera_that_looks_along_its_up_vector_gets_another(scene: Scene, view: int) -> None:
    fitted = scene.fit(view, 1.0, Camera(position=(0.0, 9.0, 0.0)))
    direction = np.subtract(fitted.position, fitted.focal_point)
    assert abs(np.dot(fitted.view_up, direction)) < 0.1 * np.linalg.norm(direction)


def test_an_empty_view_leaves_the_camera_alone(scene: Scene) -> None:
    view = scene.view()
    camera = Camera(position=(1.0, 2.0, 3.0))
    assert scene.fit(view, 1.0, camera) == camera
    home = scene.fit(view)
    assert home.position == scene.state.value(view, "CameraPosition").elements


def test_hidden_things_do_not_count(scene: Scene, view: int) -> None:
    before = scene.fit(view)
    far = scene.create("sources", "SphereSource", Center=(100.0, 0.0, 0.0))
    scene.show(view, far, Visibility=False)
    assert scene.fit(view) == before


def test_a_single_point_can_be_looked_at() -> None:
    fitted = fit(Camera(), (1.0, 1.0, 2.0, 2.0, 3.0, 3.0), 1.0)
    assert fitted.focal_point == (1.0, 2.0, 3.0)
    assert fitted.position[2] > 3.0


@pytest.mark.parametrize(
    "camera",
    [
        Camera(position=(float("nan"), 0.0, 0.0)),
        Camera(position=(float("inf"), 0.0, 0.0)),
        Camera(position=(0.0, 0.0, 0.0)),
        Camera(view_up=(0.0, 0.0, 0.0)),
        Camera(view_angle=0.0),
        Camera(view_angle=720.0),
        Camera(parallel_projection=True, parallel_scale=0.0),
    ],
)
def test_a_camera_that_sees_nothing_breaks_nothing_and_can_be_fitted(
    scene: Scene, view: int, camera: Camera
) -> None:
    scene.picture(view, camera=camera)
    fitted = scene.fit(view, 1.0, camera)
    assert np.isfinite([*fitted.position, *fitted.focal_point, *fitted.view_up]).all()


def test_an_impossible_aspect_is_refused(scene: Scene, view: int) -> None:
    with pytest.raises(InvalidValueError, match="aspect"):
        scene.renderer.query(FitCamera(view, aspect=0.0))


# -- data ------------------------------------------------------------------------------------


def test_a_surface_is_fetched_with_points_cells_and_arrays(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    data = _fetch(scene, sphere)
    facts = scene.data(sphere)
    assert data["points"].shape == (facts.points, 3)
    assert data["point:Normals"].shape == (facts.points, 3)
    assert len(data["cell_types"]) == len(data["offsets"]) - 1 == facts.cells
    assert data["connectivity"].max() == facts.points - 1
    assert np.linalg.norm(data["points"], axis=1) == pytest.approx(0.5, abs=1e-6)


def test_a_regular_grid_also_has_its_dimensions(scene: Scene) -> None:
    wavelet = scene.create("sources", "RTAnalyticSource", WholeExtent=(0, 2, 0, 3, 1, 4))
    data = _fetch(scene, wavelet)
    assert data["dimensions"].tolist() == [3, 4, 4]
    assert data["spacing"].tolist() == [1, 1, 1]
    assert data["origin"].tolist() == data["points"][0].tolist() == [0, 0, 1]
    assert data["point:RTData"].shape == (48,)
    assert set(data["cell_types"].tolist()) == {11}


def test_blocks_are_fetched_as_one(scene: Scene, tmp_path: Any) -> None:
    from vtkmodules.vtkCommonDataModel import vtkMultiBlockDataSet
    from vtkmodules.vtkFiltersSources import vtkConeSource, vtkSphereSource
    from vtkmodules.vtkIOXML import vtkXMLMultiBlockDataWriter

    blocks = vtkMultiBlockDataSet()
    for i, source in enumerate((vtkSphereSource(), vtkConeSource())):
        source.Update()
        blocks.SetBlock(i, source.GetOutput())
    writer = vtkXMLMultiBlockDataWriter()
    writer.SetFileName(str(tmp_path / "blocks.vtm"))
    writer.SetInputData(blocks)
    writer.Write()
    path = str(tmp_path / "blocks.vtm")
    reader = scene.create("sources", "XMLMultiBlockDataReader", FileName=path)
    facts = scene.data(reader)
    data = _fetch(scene, reader)
    assert (len(data["points"]), len(data["cell_types"])) == (facts.points, facts.cells)


def test_data_without_cells_is_fetched(scene: Scene) -> None:
    wavelet = scene.create("sources", "RTAnalyticSource")
    contour = scene.create("filters", "Contour", Input=wavelet, ContourValues=(1e6,))
    data = _fetch(scene, contour)
    assert data["points"].shape == (0, 3)
    assert data["offsets"].tolist() == [0]


def test_what_cant_be_fetched_is_an_error(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    broken = scene.create("filters", "ShrinkFilter")
    with pytest.raises(InvalidValueError, match="no output port 1"):
        _fetch(scene, sphere, 1)
    with pytest.raises(PipelineFailedError):
        _fetch(scene, broken)


@pytest.mark.parametrize("type", ["SphereSource", "RTAnalyticSource", "PlaneSource"])
def test_more_than_can_be_fetched_is_refused_with_its_size_and_the_limit(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, type: str
) -> None:
    source = scene.create("sources", type, "Much")
    real = sum(array.nbytes for array in _fetch(scene, source).values())
    monkeypatch.setattr(archive, "MAX_BYTES", int(1.5 * real))
    _fetch(scene, source)
    monkeypatch.setattr(archive, "MAX_BYTES", int(0.5 * real))
    with pytest.raises(
        InvalidValueError, match=r"Much: .* about [\d.]+ \w+; allowed: up to [\d.]+ \w"
    ):
        _fetch(scene, source)


def test_long_texts_count_as_what_they_take(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    from vtkmodules.vtkCommonCore import vtkStringArray
    from vtkmodules.vtkCommonDataModel import vtkPolyData
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    texts, data = vtkStringArray(), vtkPolyData()
    texts.SetName("Texts")
    for text in ("x" * 10_000, *("y" for _ in range(999))):
        texts.InsertNextValue(text)
    data.GetFieldData().AddArray(texts)
    writer = vtkXMLPolyDataWriter()
    writer.SetFileName(str(tmp_path / "texts.vtp"))
    writer.SetInputData(data)
    writer.Write()
    reader = scene.create("sources", "XMLPolyDataReader", FileName=str(tmp_path / "texts.vtp"))
    monkeypatch.setattr(archive, "MAX_BYTES", 30_000_000)
    with pytest.raises(InvalidValueError, match="38"):
        _fetch(scene, reader)


def test_the_renderer_says_which_vtk_it_is(scene: Scene) -> None:
    assert scene.renderer.engine.startswith("VTK 9.")
