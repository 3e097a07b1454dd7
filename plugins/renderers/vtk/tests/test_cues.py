"""Cues: values that change with time, as the renderer sees them; the state stays as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

Scene = Any


def cue(scene: Scene, proxy: int, property: str, **values: Any) -> int:
    """What changes an element of a value from 1 to 3 over the scene."""
    given = {"KeyValues": (1.0, 3.0), "AnimatedPropertyName": property, **values}
    return int(scene.create("animation", "KeyFrameAnimationCue", AnimatedProxy=proxy, **given))


def radius(scene: Scene, sphere: int, time: float) -> float:
    """Of a sphere, by the data that it puts out."""
    scene.renderer.set_time(time)
    return float(scene.data(sphere).bounds[5])


@pytest.fixture
def sphere(scene: Scene) -> int:
    return int(scene.create("sources", "SphereSource", Radius=0.5))


def test_a_value_goes_from_key_frame_to_key_frame_and_the_state_stays(
    scene: Scene, sphere: int
) -> None:
    cue(scene, sphere, "Radius")
    state = scene.state
    assert [radius(scene, sphere, t) for t in (0.0, 0.25, 1.0, 0.5)] == [1.0, 1.5, 3.0, 2.0]
    assert scene.state is state
    assert state.value(sphere, "Radius").plain == 0.5


def test_a_cue_that_has_not_begun_changes_nothing_and_what_it_has_led_to_stays(
    scene: Scene, sphere: int
) -> None:
    made = cue(scene, sphere, "Radius", StartTime=0.25, EndTime=0.75)
    assert [radius(scene, sphere, t) for t in (0.0, 0.5, 0.9)] == [0.5, 2.0, 3.0]
    scene.set(made, Enabled=False)
    assert radius(scene, sphere, 0.9) == 0.5


def test_times_are_parts_of_the_scene_or_counted_from_its_start(scene: Scene, sphere: int) -> None:
    made = cue(scene, sphere, "Radius")
    stage = scene.create("animation", "AnimationScene", StartTime=10.0, EndTime=20.0)
    assert [radius(scene, sphere, t) for t in (9.0, 10.0, 15.0, 20.0)] == [0.5, 1.0, 2.0, 3.0]
    scene.set(made, TimeMode="Relative", StartTime=2.0, EndTime=4.0)
    assert [radius(scene, sphere, t) for t in (11.0, 12.0, 13.0)] == [0.5, 1.0, 2.0]
    scene.set(stage, StartTime=0.0)
    assert radius(scene, sphere, 3.0) == 2.0
    scene.delete(stage)
    assert radius(scene, sphere, 3.0) == 2.0


def test_a_boolean_key_frame_holds_until_the_next_one(scene: Scene, sphere: int) -> None:
    cue(
        scene,
        sphere,
        "Radius",
        KeyTimes=(0.0, 0.5, 1.0),
        KeyValues=(1.0, 2.0, 4.0),
        Interpolations=("Boolean",),
    )
    assert [radius(scene, sphere, t) for t in (0.4, 0.5, 0.75)] == [1.0, 2.0, 3.0]


def test_one_element_changes_or_all_of_them(scene: Scene, sphere: int) -> None:
    made = cue(scene, sphere, "Center", AnimatedElement=2)
    scene.renderer.set_time(0.5)
    assert scene.data(sphere).bounds[4:] == pytest.approx((1.5, 2.5))
    scene.set(made, AnimatedElement=-1, KeyValues=(0.0, 0.0, 0.0, 4.0, 8.0, 12.0))
    assert scene.data(sphere).bounds[4:] == pytest.approx((5.5, 6.5))
    assert sum(scene.data(sphere).bounds[2:4]) / 2 == pytest.approx(4.0)


def test_whole_numbers_and_switches_change_too(scene: Scene, sphere: int) -> None:
    view = scene.view()
    shown = scene.show(view, sphere)
    cue(scene, sphere, "ThetaResolution", KeyValues=(4.0, 9.0))
    cue(scene, shown, "Visibility", KeyValues=(1.0, 0.0), Interpolations=("Boolean",))
    scene.renderer.set_time(0.5)
    assert scene.data(sphere).points == 6 * 6 + 2
    scene.renderer.set_time(0.0)
    camera = scene.fit(view)
    here = scene.picture(view, camera=camera)
    scene.renderer.set_time(1.0)
    assert np.abs(here.astype(int) - scene.picture(view, camera=camera)).max() > 50


def test_the_shape_that_cuts_moves_and_so_does_all_that_is_made_from_it(scene: Scene) -> None:
    view = scene.view()
    wavelet = scene.create("sources", "RTAnalyticSource")
    cut = scene.create("filters", "Cut", Input=wavelet)
    shrink = scene.create("filters", "ShrinkFilter", Input=cut)
    scene.show(view, shrink)
    still = scene.create("sources", "ConeSource")
    scene.show(view, still)
    plane = scene.child(cut, "CutFunction")
    cue(scene, plane, "Origin", KeyValues=(-5.0, 5.0))
    scene.settle()
    before = len(scene.host.told)
    scene.renderer.set_time(0.75)
    scene.settle()
    assert {fact.proxy for fact in scene.host.told[before:]} == {cut, shrink}
    assert scene.data(cut).bounds[:2] == pytest.approx((2.5, 2.5))


def test_what_is_hidden_is_not_executed_because_time_goes_on(scene: Scene, sphere: int) -> None:
    cue(scene, sphere, "Radius")
    scene.settle()
    before = len(scene.host.told)
    scene.renderer.set_time(0.5)
    scene.settle()
    assert scene.host.told[before:] == []


def test_the_shared_value_is_seen_again_when_the_cue_is_gone(scene: Scene, sphere: int) -> None:
    made = cue(scene, sphere, "Radius")
    assert radius(scene, sphere, 1.0) == 3.0
    scene.set(sphere, Radius=0.25)
    assert radius(scene, sphere, 1.0) == 3.0
    scene.delete(made)
    assert radius(scene, sphere, 1.0) == 0.25


def test_a_state_that_is_loaded_is_seen_at_the_time_that_was_set(scene: Scene, sphere: int) -> None:
    cue(scene, sphere, "Radius")
    scene.renderer.set_time(0.5)
    scene.renderer.load(scene.state)
    assert scene.data(sphere).bounds[5] == 2.0


ODD: list[tuple[dict[str, Any], str]] = [
    ({"AnimatedPropertyName": "Radios"}, "no property 'Radios'; did you mean"),
    ({"AnimatedElement": 1}, "Radius has 1 elements, so there is no 1"),
    ({"KeyValues": (1.0, 2.0, 3.0)}, "2 KeyTimes need 2 KeyValues, not 3"),
    ({"KeyTimes": (), "KeyValues": ()}, "it has no key frames"),
    ({"KeyTimes": (1.0, 0.0)}, "have to rise"),
    ({"KeyValues": (-1.0, -2.0)}, "Radius: -1"),
    ({"AnimatedPropertyName": "Center", "AnimatedElement": -1}, "2 KeyTimes need 6 KeyValues"),
]


@pytest.mark.parametrize(("values", "problem"), ODD)
def test_a_cue_that_makes_no_sense_says_so_changes_nothing_and_stops_nothing(
    scene: Scene, sphere: int, values: dict[str, Any], problem: str
) -> None:
    made = cue(scene, sphere, "Radius")
    scene.set(made, **values)
    assert radius(scene, sphere, 0.0) == 0.5
    scene.settle()
    assert problem in scene.host.last(made).error
    scene.set(made, Enabled=False)
    scene.settle()
    assert scene.host.last(made).error == ""


def test_what_is_no_number_that_everybody_shares_can_not_change(scene: Scene, sphere: int) -> None:
    view = scene.view()
    shown = scene.show(view, sphere)
    for proxy, property in ((shown, "Representation"), (view, "CameraViewAngle")):
        made = cue(scene, proxy, property)
        scene.settle()
        assert "no number that everybody shares" in scene.host.last(made).error
