"""Pictures: what is drawn, in which colours, and that the same state is the same picture."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from collab_kernel.spi import (
    Camera,
    Event,
    RenderImage,
)
from collab_renderer_vtk.curated.views import REPRESENTATIONS
from collab_renderer_vtk.renderer import VtkRenderer

Scene = Any
Picture = Any

OBLIQUE = Camera(position=(2.0, 3.0, 4.0))


def drawn(picture: Picture) -> float:
    """The part of a picture that is not the background of its upper left corner."""
    return float((np.abs(picture.astype(int) - picture[0, 0]).max(axis=2) > 8).mean())


def difference(one: Picture, other: Picture) -> float:
    """Mean difference in grey levels."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@pytest.fixture
def view(scene: Scene) -> int:
    made: int = scene.view(OrientationAxesVisibility=False)
    return made


@pytest.fixture
def wavelet(scene: Scene) -> int:
    made: int = scene.create("sources", "RTAnalyticSource")
    return made


def test_an_empty_view_is_its_background(scene: Scene, view: int) -> None:
    picture = scene.picture(view)
    assert picture[0, 0].tolist() == [82, 87, 110]
    assert drawn(picture) == 0
    scene.set(view, Background=(1.0, 0.5, 0.0))
    assert scene.picture(view)[60, 80].tolist() == [255, 128, 0]


def test_a_gradient_goes_from_the_second_colour_down_to_the_first(scene: Scene, view: int) -> None:
    scene.set(view, BackgroundColorMode=1, Background=(1.0, 1.0, 1.0), Background2=(0.0, 0.0, 0.0))
    picture = scene.picture(view)
    assert picture[2, 80].max() < 20 < 230 < picture[-3, 80].min()


def test_a_sphere_is_round_and_in_the_middle(scene: Scene, view: int) -> None:
    sphere = scene.create("sources", "SphereSource", ThetaResolution=60, PhiResolution=60)
    scene.show(view, sphere)
    mask = np.abs(scene.picture(view, 200, 100).astype(int) - (82, 87, 110)).max(axis=2) > 8
    rows, columns = np.nonzero(mask)
    assert (np.ptp(rows), np.ptp(columns)) == (pytest.approx(np.ptp(rows), abs=2),) * 2
    assert (rows.mean(), columns.mean()) == pytest.approx((49.5, 99.5), abs=1)


@pytest.mark.parametrize("style", REPRESENTATIONS)
def test_every_representation_draws_something(
    scene: Scene, view: int, wavelet: int, style: str
) -> None:
    scene.show(view, wavelet, Representation=style)
    assert drawn(scene.picture(view, camera=scene.fit(view, 4 / 3, OBLIQUE))) > 0.005


def test_no_two_representations_look_the_same(scene: Scene, view: int, wavelet: int) -> None:
    shown = scene.show(view, wavelet)
    camera = scene.fit(view, 4 / 3, OBLIQUE)
    pictures = []
    for style in REPRESENTATIONS:
        scene.set(shown, Representation=style)
        pictures.append(scene.picture(view, camera=camera))
    for i, one in enumerate(pictures):
        assert all(difference(one, other) > 0.1 for other in pictures[i + 1 :])


def test_going_to_a_volume_and_back_is_the_same_picture(
    scene: Scene, view: int, wavelet: int
) -> None:
    shown = scene.show(view, wavelet)
    camera = scene.fit(view, 4 / 3, OBLIQUE)
    before = scene.picture(view, camera=camera)
    scene.set(shown, Representation="Volume")
    scene.picture(view, camera=camera)
    scene.set(shown, Representation="Surface")
    assert difference(before, scene.picture(view, camera=camera)) == 0


def test_an_unstructured_grid_is_a_volume_too(scene: Scene, view: int, wavelet: int) -> None:
    clip = scene.create("filters", "Clip", Input=wavelet)
    scene.show(view, clip, Representation="Volume", ColorArrayName=("POINTS", "RTData"))
    assert drawn(scene.picture(view, camera=scene.fit(view, 4 / 3, OBLIQUE))) > 0.02


def test_hiding_and_deleting_take_it_out_of_the_picture(scene: Scene, view: int) -> None:
    sphere = scene.create("sources", "SphereSource")
    shown = scene.show(view, sphere)
    camera = scene.fit(view)
    before = scene.picture(view, camera=camera)
    scene.set(shown, Visibility=False)
    assert drawn(scene.picture(view, camera=camera)) == 0
    scene.set(shown, Visibility=True)
    assert difference(before, scene.picture(view, camera=camera)) == 0
    scene.set(view, Representations=())
    scene.delete(shown)
    assert drawn(scene.picture(view, camera=camera)) == 0


def test_what_failed_is_not_drawn_and_comes_back(scene: Scene, view: int, wavelet: int) -> None:
    contour = scene.create("filters", "Contour", Input=wavelet, ContourValues=(150.0,))
    scene.show(view, contour)
    camera = scene.fit(view)
    before = scene.picture(view, camera=camera)
    scene.set(contour, SelectInputScalars=("POINTS", "Nothing"))
    assert drawn(scene.picture(view, camera=camera)) == 0
    scene.set(contour, SelectInputScalars=("POINTS", "RTData"))
    assert difference(before, scene.picture(view, camera=camera)) == 0


def test_an_array_colours(scene: Scene, view: int, wavelet: int) -> None:
    shown = scene.show(view, wavelet)
    camera = scene.fit(view)
    plain = scene.picture(view, camera=camera)
    scene.set(shown, ColorArrayName=("POINTS", "RTData"))
    coloured = scene.picture(view, camera=camera)
    assert np.ptp(plain.astype(int), axis=2).max() < np.ptp(coloured.astype(int), axis=2).max()


def test_cells_and_vectors_colour_too(scene: Scene, view: int) -> None:
    sphere = scene.create("sources", "SphereSource")
    shown = scene.show(view, sphere, ColorArrayName=("POINTS", "Normals"))
    camera = scene.fit(view)
    table = scene.create("lookup_tables", "PVLookupTable", VectorMode="Component")
    by_length = scene.picture(view, camera=camera)
    scene.set(shown, LookupTable=table)
    by_x = scene.picture(view, camera=camera)
    scene.set(table, VectorComponent=1)
    by_y = scene.picture(view, camera=camera)
    assert min(difference(by_length, by_x), difference(by_x, by_y)) > 0.5


def test_a_lookup_table_says_which_colour_a_value_has(scene: Scene, view: int) -> None:
    plane = scene.create("sources", "PlaneSource", XResolution=10)
    elevation = scene.create("filters", "ElevationFilter", Input=plane, HighPoint=(1.0, 0.0, 0.0))
    points = (-1.0, 1.0, 0.0, 0.0, 0.0001, 1.0, 0.0, 0.0, 0.5, 0.0, 0.0, 1.0)
    table = scene.create("lookup_tables", "PVLookupTable", RGBPoints=points, ColorSpace="RGB")
    values = {"ColorArrayName": ("POINTS", "Elevation"), "LookupTable": table}
    scene.show(view, elevation, Ambient=1.0, Diffuse=0.0, **values)
    picture = scene.picture(view, 100, 100)
    left, right = picture[50, 30].astype(int), picture[50, 80].astype(int)
    assert left[0] > 200 > 60 > left[2]
    assert right[2] > right[0]
    scene.set(table, RGBPoints=(0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0))
    assert scene.picture(view, 100, 100)[50, 80].tolist() == [0, 255, 0]


def test_opacity_lets_the_background_through(scene: Scene, view: int) -> None:
    shown = scene.show(view, scene.create("sources", "SphereSource"))
    camera = scene.fit(view)
    solid = scene.picture(view, camera=camera)
    scene.set(shown, Opacity=0.3)
    glass = scene.picture(view, camera=camera)
    background = solid[0, 0]
    assert 0 < difference(glass, background) < difference(solid, background)


def test_colours_and_places_of_a_representation_count(scene: Scene, view: int) -> None:
    shown = scene.show(view, scene.create("sources", "SphereSource"))
    camera = scene.fit(view)
    pictures = [scene.picture(view, camera=camera)]
    for values in (
        {"DiffuseColor": (1.0, 0.0, 0.0)},
        {"Specular": 1.0, "SpecularPower": 5.0},
        {"Interpolation": "Flat"},
        {"Position": (0.2, 0.0, 0.0)},
        {"Scale": (0.5, 1.0, 1.0)},
        {"Orientation": (0.0, 0.0, 45.0)},
        {"Representation": "Wireframe", "LineWidth": 3.0},
        {"AmbientColor": (0.0, 1.0, 0.0)},
    ):
        scene.set(shown, **values)
        pictures.append(scene.picture(view, camera=camera))
    for before, after in pairwise(pictures):
        assert difference(before, after) > 0.05


def test_two_views_show_one_source_each_in_its_own_way(scene: Scene, view: int) -> None:
    sphere = scene.create("sources", "SphereSource")
    scene.show(view, sphere)
    other = scene.view(OrientationAxesVisibility=False)
    scene.show(other, sphere, Representation="Wireframe")
    camera = scene.fit(view)
    first = scene.picture(view, camera=camera)
    second = scene.picture(other, camera=camera)
    assert drawn(first) > drawn(second) > 0.01
    assert difference(first, scene.picture(view, camera=camera)) == 0


def test_what_is_drawn_is_named_before_it_could_break(scene: Scene, view: int) -> None:
    sphere = scene.create("sources", "SphereSource")
    shown = scene.show(view, sphere)
    scene.picture(view)
    worked = scene.host.worked
    assert worked.index(sphere) < worked.index(shown) < worked.index(view)
    assert worked[-1] == 0
    scene.host.worked.clear()
    scene.picture(view)
    assert scene.host.worked == [view, shown, 0]


def test_axes_stand_in_the_lower_left_corner(scene: Scene, view: int) -> None:
    before = scene.picture(view, 300, 300)
    scene.set(view, OrientationAxesVisibility=True)
    after = scene.picture(view, 300, 300)
    changed = np.abs(before.astype(int) - after).max(axis=2) > 8
    assert changed[200:, :100].any()
    assert not changed[:200].any()
    assert not changed[:, 100:].any()


def test_lights_from_several_sides_look_other_than_one(scene: Scene, view: int) -> None:
    scene.show(view, scene.create("sources", "SphereSource"))
    camera = scene.fit(view)
    before = scene.picture(view, camera=camera)
    scene.set(view, UseLight=False)
    assert difference(before, scene.picture(view, camera=camera)) > 0.2


def test_vectors_are_coloured_by_their_length_unless_told_otherwise(
    scene: Scene, view: int, wavelet: int
) -> None:
    across = scene.create("filters", "Calculator", Input=wavelet, Function="coordsX*iHat")
    scene.show(view, across, ColorArrayName=("POINTS", "Result"), Ambient=1.0, Diffuse=0.0)
    picture = scene.picture(view, 60, 60)
    assert difference(picture, picture[:, ::-1]) < 1
    assert np.abs(picture[30, 30].astype(int) - picture[30, 18]).max() > 50


def test_what_is_all_but_one_value_has_one_colour(scene: Scene, view: int) -> None:
    sphere = scene.create("sources", "SphereSource", ThetaResolution=30, PhiResolution=30)
    scene.show(view, sphere, ColorArrayName=("POINTS", "Normals"), Ambient=1.0, Diffuse=0.0)
    picture = scene.picture(view, 60, 60)
    assert np.ptp(picture[25:35, 25:35].reshape(-1, 3).astype(int), axis=0).max() < 3


def test_mirrored_light_is_worked_out_only_where_there_is_any(scene: Scene, view: int) -> None:
    from vtkmodules.vtkCommonCore import VTK_OBJECT

    shown = scene.show(view, scene.create("sources", "SphereSource"))
    camera = scene.fit(view)
    matte = scene.picture(view, camera=camera)
    sources: list[str] = []

    def remember(_mapper: object, _event: str, program: Any) -> None:
        sources.append(program.GetFragmentShader().GetSource())

    remember.CallDataType = VTK_OBJECT  # type: ignore[attr-defined]
    part = scene.renderer._drawings[view]._parts[shown]
    part.prop.GetMapper().AddObserver("UpdateShaderEvent", remember)
    assert difference(matte, scene.picture(view, camera=camera)) == 0
    assert "specular = vec3(0.0);" in sources[-1]
    scene.set(shown, Specular=1.0, SpecularPower=5.0)
    assert difference(matte, scene.picture(view, camera=camera)) > 0.05
    assert "specular = vec3(0.0);" not in sources[-1]
    scene.set(shown, Specular=0.0)
    assert difference(matte, scene.picture(view, camera=camera)) == 0


# -- the same again --------------------------------------------------------------------------


def _busy_scene(scene: Scene) -> int:
    """A view with a bit of everything."""
    view: int = scene.view()
    wavelet = scene.create("sources", "RTAnalyticSource")
    swirl = scene.create(
        "filters", "Calculator", Input=wavelet, Function="coordsY*iHat-coordsX*jHat+kHat"
    )
    tracer = scene.create("filters", "StreamTracer", Input=swirl, MaximumPropagation=50.0)
    scene.set(scene.child(tracer, "Source"), Radius=8.0)
    glyph = scene.create("filters", "Glyph", Input=swirl, MaximumNumberOfSamplePoints=80)
    clip = scene.create("filters", "Clip", Input=wavelet)
    scene.set(scene.child(clip, "ClipFunction"), Origin=(-3.0, 0.0, 0.0))
    scene.show(view, tracer, ColorArrayName=("POINTS", "Result"))
    scene.show(view, glyph)
    scene.show(view, clip, Opacity=0.4, ColorArrayName=("POINTS", "RTData"))
    scene.legend(view, scene.create("filters", "Cut", Input=wavelet))
    return view


def test_a_renderer_that_starts_anew_draws_the_same_picture(scene: Scene) -> None:
    view = _busy_scene(scene)
    camera = scene.fit(view, 4 / 3, OBLIQUE)
    stepwise = scene.picture(view, 320, 240, camera)
    again = VtkRenderer(scene.host)
    again.load(scene.state)
    assert difference(stepwise, scene.picture(view, 320, 240, camera, again)) < 0.01
    again.close()


def test_events_folded_at_once_are_the_same_as_one_by_one(scene: Scene, catalogue: Any) -> None:
    events: list[Event] = []
    happen = scene.renderer.apply
    scene.renderer.apply = lambda state, new: (events.extend(new), happen(state, new))
    start = scene.state
    view = _busy_scene(scene)
    camera = scene.fit(view, 4 / 3, OBLIQUE)
    stepwise = scene.picture(view, 320, 240, camera)
    at_once = VtkRenderer(scene.host)
    at_once.load(start)
    at_once.apply(scene.state, events)
    assert difference(stepwise, scene.picture(view, 320, 240, camera, at_once)) < 0.01
    at_once.close()


def test_load_forgets_what_was(scene: Scene) -> None:
    view = _busy_scene(scene)
    scene.picture(view)
    empty = type(scene)(scene.catalogue)
    other = empty.view(OrientationAxesVisibility=False)
    scene.renderer.load(empty.state)
    answer = scene.renderer.query(RenderImage(other, 60, 40, "raw"))
    assert drawn(np.frombuffer(answer.data, np.uint8).reshape(40, 60, 3)) == 0
    empty.renderer.close()
