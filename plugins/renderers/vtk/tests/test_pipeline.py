"""Executing proxies: what comes out of each, what is executed when, and what isn't."""

from __future__ import annotations

from typing import Any

import pytest

from collab_kernel.spi import ProxyId
from collab_renderer_vtk.curated.filters import FILTERS
from collab_renderer_vtk.curated.sources import SOURCES

Scene = Any

ABOVE_AND_BELOW = {
    "Contour": {"ContourValues": (100.0, 200.0)},
    "Threshold": {"LowerThreshold": 100.0, "UpperThreshold": 200.0},
    "Calculator": {"Function": "RTData * 2"},
    "StreamTracer": {"MaximumPropagation": 20.0},
    "WarpVector": {"ScaleFactor": 0.5},
}
"""What a filter needs beside its defaults to do something with a wavelet."""


def _wavelet(scene: Scene) -> ProxyId:
    """A wavelet with a vector array."""
    wavelet = scene.create("sources", "RTAnalyticSource")
    return scene.create(
        "filters",
        "Calculator",
        Input=wavelet,
        Function="iHat * coordsY - jHat * coordsX + kHat * 3",
        ResultArrayName="swirl",
    )


@pytest.mark.parametrize("curated", SOURCES, ids=lambda c: f"{c.group}-{c.type}")
def test_every_source_puts_out_points(scene: Scene, curated: Any) -> None:
    data = scene.data(scene.create(*curated.key))
    assert data.points > 0
    assert data.memory_bytes > 0
    assert len(data.bounds) == 6


@pytest.mark.parametrize("curated", FILTERS, ids=lambda c: c.type)
def test_every_filter_makes_something_of_a_wavelet(scene: Scene, curated: Any) -> None:
    values = ABOVE_AND_BELOW.get(curated.type, {})
    filter = scene.create(*curated.key, Input=_wavelet(scene), **values)
    data = scene.data(filter)
    assert data.points > 0
    assert data.cells > 0


def test_a_sphere_tells_its_bounds_arrays_and_size(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource", Radius=2.0, PhiResolution=33)
    data = scene.data(sphere)
    assert data.type == "vtkPolyData"
    assert data.bounds[4:] == (-2.0, 2.0)
    normals = data.array("Normals", "POINTS")
    assert (normals.components, normals.tuples) == (3, data.points)
    assert normals.maximum[-1] == pytest.approx(1.0)


def test_a_wavelet_tells_its_extent_and_range(scene: Scene) -> None:
    data = scene.data(scene.create("sources", "RTAnalyticSource"))
    assert data.extent == (-10, 10, -10, 10, -10, 10)
    assert (data.points, data.cells) == (21**3, 20**3)
    assert data.array("RTData").minimum[0] < 40 < 270 < data.array("RTData").maximum[0]


@pytest.mark.parametrize(
    ("shape", "values"),
    [
        ("Plane", {"Normal": (1.0, 0.0, 0.0)}),
        ("Box", {"Position": (-20.0, -20.0, -20.0), "Length": (20.0, 40.0, 40.0)}),
        ("Sphere", {"Radius": 5.0}),
        ("Cylinder", {"Radius": 5.0, "Axis": (0.0, 0.0, 1.0)}),
    ],
)
def test_a_clip_keeps_the_inside_and_inverted_the_outside(
    scene: Scene, shape: str, values: dict[str, Any]
) -> None:
    function = scene.create("implicit_functions", shape, **values)
    clip = scene.create("filters", "Clip", Input=_wavelet(scene), ClipFunction=function)
    inside = scene.data(clip).bounds
    assert inside[1] < 10 or shape == "Sphere"
    scene.set(clip, Invert=False)
    assert scene.data(clip).bounds[1] == 10
    sides = {"Plane": (-10, 0), "Box": (-10, 0), "Sphere": (-5, 5), "Cylinder": (-5, 5)}
    assert inside[:2] == pytest.approx(sides[shape], abs=0.2)


def test_a_rotated_box_clips_where_it_stands(scene: Scene) -> None:
    box = scene.create(
        "implicit_functions", "Box", Length=(4.0, 3.0, 30.0), Rotation=(0.0, 0.0, 90.0)
    )
    clip = scene.create("filters", "Clip", Input=_wavelet(scene), ClipFunction=box)
    assert scene.data(clip).bounds[:4] == pytest.approx((-3, 0, 0, 4), abs=0.05)


def test_a_clip_by_an_array_divides_at_its_value(scene: Scene) -> None:
    scalar = scene.create("implicit_functions", "Scalar")
    clip = scene.create(
        "filters",
        "Clip",
        Input=_wavelet(scene),
        ClipFunction=scalar,
        SelectInputScalars=("POINTS", "RTData"),
        Value=150.0,
        Invert=False,
    )
    assert scene.data(clip).array("RTData").minimum[0] == pytest.approx(150.0)


def test_a_slice_makes_one_cut_for_each_offset(scene: Scene) -> None:
    cut = scene.create("filters", "Cut", Input=_wavelet(scene), ContourValues=(-5.0, 0.0, 5.0))
    assert scene.data(cut).bounds[:2] == (-5.0, 5.0)
    scene.set(cut, ContourValues=())
    assert scene.data(cut).points == 0


def test_the_calculator_knows_components_and_coordinates(scene: Scene) -> None:
    wavelet = _wavelet(scene)
    function = "coordsX + 0 * swirl_Y + mag(swirl) - mag(swirl)"
    calculator = scene.create("filters", "Calculator", Input=wavelet, Function=function)
    array = scene.data(calculator).array("Result")
    assert (array.minimum, array.maximum) == (pytest.approx((-10.0,)), pytest.approx((10.0,)))


def test_an_empty_expression_passes_the_input_on(scene: Scene) -> None:
    calculator = scene.create("filters", "Calculator", Input=_wavelet(scene))
    assert scene.data(calculator).array("Result") is None


@pytest.mark.parametrize(
    ("values", "shapes"),
    [
        ({"GlyphMode": 0}, 9261),
        ({"GlyphMode": 1, "Stride": 10}, 926),
        ({"GlyphMode": 2, "MaximumNumberOfSamplePoints": 20000}, 9261),
    ],
)
def test_glyphs_stand_at_the_chosen_points(
    scene: Scene, values: dict[str, Any], shapes: int
) -> None:
    glyph = scene.create("filters", "Glyph", Input=_wavelet(scene), **values)
    arrow = scene.child(glyph, "Source")
    assert scene.data(glyph).cells / scene.data(arrow).cells == pytest.approx(shapes, abs=1)


def test_a_uniform_choice_of_glyphs_is_bounded_and_the_same_each_time(scene: Scene) -> None:
    wavelet = _wavelet(scene)
    glyphs = [
        scene.create("filters", "Glyph", Input=wavelet, MaximumNumberOfSamplePoints=50)
        for _ in range(2)
    ]
    one, other = (scene.data(glyph) for glyph in glyphs)
    assert 0 < one.cells <= 50 * scene.data(scene.child(glyphs[0], "Source")).cells
    assert one == other
    scene.set(glyphs[1], Seed=7)
    assert scene.data(glyphs[1]) != one


def test_glyphs_scale_by_numbers_and_by_the_length_of_vectors(scene: Scene) -> None:
    wavelet = _wavelet(scene)
    sizes = []
    for scale in ("", "RTData", "swirl"):
        values = {"ScaleArray": ("POINTS", scale), "ScaleFactor": 0.01}
        glyph = scene.create("filters", "Glyph", Input=wavelet, **values)
        bounds = scene.data(glyph).bounds
        sizes.append(bounds[1] - bounds[0])
    assert len({round(size, 3) for size in sizes}) == 3


def test_glyphs_need_no_arrays_at_all(scene: Scene) -> None:
    line = scene.create("sources", "LineSource")
    cube = scene.create("sources", "CubeSource")
    glyph = scene.create("filters", "Glyph", Input=line, Source=cube, ScaleFactor=0.01)
    assert scene.data(glyph).cells == 7 * 6


def test_random_seeds_are_the_same_in_every_renderer(scene: Scene) -> None:
    clouds = [scene.create("extended_sources", "PointSource") for _ in range(2)]
    assert scene.data(clouds[0]) == scene.data(clouds[1])


def test_streamlines_start_along_a_line_too(scene: Scene) -> None:
    seeds = scene.create("extended_sources", "HighResLineSource", Resolution=10)
    tracer = scene.create("filters", "StreamTracer", Input=_wavelet(scene), Source=seeds)
    assert scene.data(tracer).array("IntegrationTime") is not None


# -- what is executed when -------------------------------------------------------------------


def _executed(scene: Scene) -> list[ProxyId]:
    """What has been executed since the last time."""
    worked = [id for id in scene.host.worked if id]
    scene.host.worked.clear()
    return worked


def test_applying_events_executes_nothing(scene: Scene) -> None:
    scene.create("sources", "SphereSource")
    assert _executed(scene) == []
    assert scene.host.told == []


def test_each_call_executes_one_proxy_upstream_first(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    shrink = scene.create("filters", "ShrinkFilter", Input=sphere)
    assert scene.renderer.execute()
    assert _executed(scene) == [sphere]
    assert scene.renderer.execute()
    assert _executed(scene) == [shrink]
    assert not scene.renderer.execute()
    assert [d.proxy for d in scene.host.told] == [sphere, shrink]


def test_what_is_visible_is_executed_first(scene: Scene) -> None:
    scene.create("sources", "ConeSource")
    hidden = scene.create("sources", "CubeSource")
    sphere = scene.create("sources", "SphereSource")
    view = scene.view()
    scene.show(view, hidden, Visibility=False)
    scene.show(view, sphere)
    scene.renderer.execute()
    assert _executed(scene) == [sphere]


def test_facts_carry_the_revision_they_were_found_at(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    scene.set(sphere, Radius=3.0)
    scene.settle()
    assert scene.host.last(sphere).revision == scene.state.revision


def test_a_change_executes_only_what_depends_on_it(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    cone = scene.create("sources", "ConeSource")
    shrink = scene.create("filters", "ShrinkFilter", Input=sphere)
    scene.settle()
    _executed(scene)
    scene.set(sphere, Radius=2.0)
    scene.settle()
    assert _executed(scene) == [sphere, shrink]
    scene.set(cone, Height=2.0)
    scene.settle()
    assert _executed(scene) == [cone]


def test_a_plane_moved_executes_the_clip_that_uses_it(scene: Scene) -> None:
    clip = scene.create("filters", "Clip", Input=_wavelet(scene))
    scene.settle()
    _executed(scene)
    scene.set(scene.child(clip, "ClipFunction"), Origin=(5.0, 0.0, 0.0))
    scene.settle()
    assert _executed(scene) == [clip]
    assert scene.host.last(clip).ports[0].bounds[1] == 5.0


def test_setting_the_same_value_or_back_again_executes_nothing(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource", Radius=1.0)
    scene.settle()
    _executed(scene)
    scene.set(sphere, Radius=1.0)
    scene.settle()
    scene.set(sphere, Radius=2.0)
    scene.set(sphere, Radius=1.0)
    scene.settle()
    assert _executed(scene) == []


def test_many_changes_are_executed_once(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    for radius in (1.0, 2.0, 3.0):
        scene.set(sphere, Radius=radius)
    scene.settle()
    assert _executed(scene) == [sphere]
    assert scene.host.last(sphere).ports[0].bounds[5] == 3.0


def test_another_input_is_another_result(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    cone = scene.create("sources", "ConeSource")
    shrink = scene.create("filters", "ShrinkFilter", Input=sphere)
    before = scene.data(shrink)
    scene.set(shrink, Input=cone)
    assert scene.data(shrink) != before
    assert scene.data(shrink).cells == scene.data(cone).cells


def test_a_deleted_proxy_is_forgotten(scene: Scene) -> None:
    sphere = scene.create("sources", "SphereSource")
    scene.create("sources", "ConeSource")
    scene.delete(sphere)
    scene.settle()
    assert sphere not in _executed(scene)


def test_progress_of_long_work_is_told(scene: Scene) -> None:
    contour = scene.create(
        "filters", "Contour", Input=_wavelet(scene), ContourValues=tuple(range(50, 250, 10))
    )
    scene.settle()
    fractions = [fraction for id, fraction in scene.host.progressed if id == contour]
    assert fractions
    assert all(0 <= f <= 1 for f in fractions)
