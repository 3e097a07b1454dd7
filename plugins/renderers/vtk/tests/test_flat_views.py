"""Views in 2D: everybody looks along an axis, in a parallel projection."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from collab_kernel.spi import Camera, FitCamera, Pick, RenderImage

Scene = Any

TURNED = Camera((1.0, 2.0, 5.0), (0.0, 0.0, 0.0), (0.4, 1.0, 0.0))


@pytest.fixture
def view(scene: Scene) -> int:
    made: int = scene.view(InteractionMode="2D", OrientationAxesVisibility=False)
    plane = scene.create("sources", "PlaneSource")
    scene.show(made, plane)
    return made


def lit(picture: Any) -> Any:
    """Where a picture is not its background: (rows, columns)."""
    return np.nonzero(np.abs(picture.astype(int) - picture[0, 0]).max(axis=2) > 20)


def test_a_turned_camera_draws_a_plane_as_an_upright_square_in_2d(scene: Scene, view: int) -> None:
    rows, columns = lit(scene.picture(view, 200, 200, TURNED))
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=1)
    assert len(rows) == pytest.approx((np.ptp(rows) + 1) * (np.ptp(columns) + 1), rel=0.03)
    scene.set(view, InteractionMode="3D")
    rows, columns = lit(scene.picture(view, 200, 200, TURNED))
    assert len(rows) < 0.9 * (np.ptp(rows) + 1) * (np.ptp(columns) + 1)


def test_the_answer_says_with_which_camera_it_was_drawn(scene: Scene, view: int) -> None:
    camera = scene.renderer.query(RenderImage(view, 9, 9, "raw", camera=TURNED)).camera
    assert camera.parallel_projection
    assert camera.position[:2] == (0.0, 0.0)


def test_a_fitted_camera_is_flat_in_2d_and_has_all_in_sight(scene: Scene, view: int) -> None:
    scene.create("sources", "PlaneSource")
    for aspect in (0.5, 1.0, 2.0):
        camera = scene.renderer.query(FitCamera(view, TURNED, aspect)).camera
        assert camera.parallel_projection
        assert (camera.view_up, camera.position[:2]) == ((0.0, 1.0, 0.0), (0.0, 0.0))
        rows, columns = lit(scene.picture(view, round(200 * aspect), 200, camera))
        assert rows.min() > 0 < columns.min()
        assert max(rows) < 199
        assert max(columns) < 200 * aspect - 1


def test_the_home_camera_is_flat_in_2d_and_picks_are(scene: Scene, view: int) -> None:
    scene.set(view, CameraPosition=TURNED.position, CameraViewUp=TURNED.view_up)
    hit = scene.renderer.query(Pick(view, 0.5, 0.5, 64, 64)).hit
    assert hit.position == pytest.approx((0, 0, 0), abs=0.05)
