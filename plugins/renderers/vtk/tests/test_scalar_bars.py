"""Scalar bars: in their places, beside each other, and readable on anything."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from collab_kernel.spi import Camera

Scene = Any
Picture = Any


@pytest.fixture
def view(scene: Scene) -> int:
    made: int = scene.view(OrientationAxesVisibility=False)
    return made


@pytest.fixture
def wavelet(scene: Scene) -> int:
    made: int = scene.create("sources", "RTAnalyticSource")
    return made


def _changed(before: Picture, after: Picture) -> tuple[Any, Any]:
    """Rows and columns, in parts of the picture, where two differ."""
    rows, columns = np.nonzero(np.abs(before.astype(int) - after).max(axis=2) > 8)
    return rows / before.shape[0], columns / before.shape[1]


@pytest.mark.parametrize(("width", "height"), [(640, 360), (200, 150), (150, 400), (1600, 400)])
@pytest.mark.parametrize("orientation", ["Vertical", "Horizontal"])
def test_a_scalar_bar_stays_in_its_corner_at_any_size(
    scene: Scene, view: int, wavelet: int, width: int, height: int, orientation: str
) -> None:
    bar = scene.legend(view, wavelet, Orientation=orientation)
    camera = Camera(position=(0.0, 0.0, 1e4))
    shown = scene.picture(view, width, height, camera)
    scene.set(bar, Visibility=False)
    hidden = scene.picture(view, width, height, camera)
    rows, columns = _changed(hidden, shown)
    assert 0.001 < len(rows) / (width * height) < 0.2
    assert rows.min() > 0.3
    assert columns.min() > (0.3 if orientation == "Vertical" else 0.15)
    assert rows.max() < 0.999
    assert columns.max() < 0.999


def test_a_scalar_bar_can_be_read_on_any_background(scene: Scene, view: int, wavelet: int) -> None:
    scene.legend(view, wavelet)
    for background in ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0)):
        scene.set(view, Background=background)
        picture = scene.picture(view, 640, 480, Camera(position=(0.0, 0.0, 1e4)))
        opposite = 255 * (1 - int(background[0]))
        assert (np.abs(picture.astype(int) - opposite).max(axis=2) < 60).sum() > 40


def test_a_scalar_bar_without_anything_to_explain_is_not_drawn(scene: Scene, view: int) -> None:
    table = scene.create("lookup_tables", "PVLookupTable")
    bar = scene.create("representations", "ScalarBarWidgetRepresentation", LookupTable=table)
    scene.add(view, bar)
    picture = scene.picture(view)
    assert (picture == picture[0, 0]).all()


@pytest.mark.parametrize(("width", "height"), [(640, 360), (320, 180), (300, 800)])
@pytest.mark.parametrize("other", ["Lower Right Corner", "Upper Right Corner"])
def test_scalar_bars_stand_beside_each_other(
    scene: Scene, view: int, wavelet: int, width: int, height: int, other: str
) -> None:
    bars = [
        scene.legend(view, wavelet),
        scene.legend(view, wavelet, WindowLocation=other, ScalarBarThickness=20),
    ]
    camera = Camera(position=(0.0, 0.0, 1e4))

    def shown(*visible: bool) -> Any:
        for bar, seen in zip(bars, visible, strict=True):
            scene.set(bar, Visibility=seen)
        return scene.picture(view, width, height, camera)

    nothing = shown(False, False)

    def size(*visible: bool) -> int:
        return len(_changed(nothing, shown(*visible))[0])

    assert size(True, True) > 0.95 * (size(True, False) + size(False, True))


def test_a_legend_can_be_read_in_front_of_what_has_its_colour(
    scene: Scene, view: int, wavelet: int
) -> None:
    scene.set(view, Background=(1.0, 1.0, 1.0))
    black = scene.create("sources", "PlaneSource")
    scene.show(view, black, DiffuseColor=(0.0, 0.0, 0.0), Scale=(1e3, 1e3, 1.0))
    camera = Camera(position=(0.0, 0.0, 50.0))
    before = scene.picture(view, 640, 360, camera)
    assert before[-20, -20].max() < 10
    scene.legend(view, wavelet)
    after = scene.picture(view, 640, 360, camera)
    grey = (np.ptp(after.astype(int), axis=2) < 4) & (after.min(axis=2) > 120)
    assert grey.sum() > 300  # around the letters, which are black too


def test_data_of_one_value_has_the_first_colour_and_a_bar_that_says_the_value(
    scene: Scene, view: int, wavelet: int
) -> None:
    contour = scene.create(
        "filters", "Contour", Input=wavelet, SelectInputScalars=("POINTS", "RTData")
    )
    scene.set(contour, ContourValues=(157.0,))
    points = (*(157.0, 0.0, 0.0, 1.0), *(157.0, 1.0, 0.0, 0.0))
    table = scene.create("lookup_tables", "PVLookupTable", RGBPoints=points)
    looks = {"ColorArrayName": ("POINTS", "RTData"), "LookupTable": table}
    scene.show(view, contour, Ambient=1.0, Diffuse=0.0, **looks)
    picture = scene.picture(view).astype(int)
    assert (picture[..., 2] - picture[..., 0] > 200).sum() > 1000
    assert (picture[..., 0] - picture[..., 2] > 0).sum() == 0  # VTK would make it all red

    bar = scene.create("representations", "ScalarBarWidgetRepresentation", LookupTable=table)
    scene.add(view, bar)
    away = Camera(position=(0.0, 0.0, 1e4))
    one = scene.picture(view, 640, 360, away).astype(int)
    blue = (one[..., 2] - one[..., 0] > 200).sum()
    scene.set(table, RGBPoints=(*(157.0, 0.0, 0.0, 1.0), *(158.0, 0.0, 0.0, 1.0)))
    many = scene.picture(view, 640, 360, away).astype(int)
    assert blue == (many[..., 2] - many[..., 0] > 200).sum() > 500  # all of the bar
    assert 20 < (one.min(axis=2) > 200).sum() < 0.5 * (many.min(axis=2) > 200).sum()
