"""Tracks in a script, by ParaView's names: values that change with time, for everybody."""

import pytest

from collab import simple
from collab.collaboration import processServerEvents
from collab.simple import (
    Clip,
    CompositeKeyFrame,
    Connect,
    Delete,
    GetAnimationScene,
    GetAnimationTrack,
    GetDisplayProperties,
    Show,
    Sphere,
    enableMultiServer,
)
from collab_kernel.errors import InvalidValueError, NotMasterError


@pytest.fixture
def served(serve):
    """A server that executes, whose master is the script."""
    made = serve(renderer="vtk")
    Connect(made.url, name="Ann")
    return made


def height(source):
    return source.GetDataInformation().GetBounds()[5]


def frames(*values):
    """Key frames at equal distances."""
    last = len(values) - 1
    return [CompositeKeyFrame(KeyTime=i / last, KeyValues=[v]) for i, v in enumerate(values)]


def test_a_script_of_paraviews_animates_a_radius_and_the_value_stays(served):
    sphere = Sphere(Radius=0.5)
    Show(sphere)
    scene = GetAnimationScene()
    scene.EndTime = 10
    track = GetAnimationTrack("Radius", 0, sphere)
    first, second = CompositeKeyFrame(), CompositeKeyFrame()
    first.KeyTime, first.KeyValues = 0, [1.0]
    second.KeyTime, second.KeyValues = 1.0, [3.0]
    track.KeyFrames = [first, second]
    for time, radius in ((0, 1.0), (2.5, 1.5), (10, 3.0)):
        scene.AnimationTime = time
        assert height(sphere) == pytest.approx(radius)
    assert sphere.Radius == 0.5
    scene.FramesPerSecond, scene.NumberOfFrames = 100, 5
    scene.GoToFirst()
    scene.Play()
    assert (scene.AnimationTime, height(sphere)) == (10, pytest.approx(3.0))
    track.Enabled = False
    assert height(sphere) == pytest.approx(0.5)


def test_a_new_track_keeps_the_value_as_it_is_and_is_found_again(served):
    sphere = Sphere(Radius=0.75)
    track = GetAnimationTrack("Radius", proxy=sphere)
    assert [(f.KeyTime, f.KeyValues) for f in track.KeyFrames] == [(0.0, [0.75]), (1.0, [0.75])]
    assert GetAnimationTrack(sphere.GetProperty("Radius")) == track
    assert GetAnimationTrack("Radius") == track, "of the active source"
    assert GetAnimationTrack("Radius", 0) != track, "one element is another track"
    assert GetAnimationTrack("Center", 1).AnimatedElement == 1


def test_the_scene_is_everybodys_once_there_is_a_track(served):
    scene = GetAnimationScene()
    scene.EndTime, scene.NumberOfFrames = 4.0, 3
    GetAnimationTrack("Radius", proxy=Sphere())
    enableMultiServer()
    Connect(served.url, name="Bob")
    theirs = GetAnimationScene()
    assert theirs is not scene
    assert (theirs.StartTime, theirs.EndTime, theirs.NumberOfFrames) == (0.0, 4.0, 3)
    with pytest.raises(NotMasterError, match="Ann"):
        theirs.EndTime = 5.0
    scene.EndTime = 6.0
    processServerEvents()
    assert theirs.EndTime == 6.0


def test_parts_and_displays_are_animated_and_go_with_what_they_belong_to(served):
    clip = Clip(Input=Sphere(), ClipType="Plane")
    GetAnimationTrack("Origin", 0, clip.ClipType).KeyFrames = frames(-0.25, 0.25)
    GetAnimationTrack("Opacity", 0, Show(clip)).KeyFrames = frames(1.0, 0.5)
    GetAnimationScene().AnimationTime = 1.0
    assert clip.GetDataInformation().GetBounds()[1] == pytest.approx(0.25)
    assert GetDisplayProperties(clip).Opacity == 1.0
    state = clip.connection.session.state

    def cues(state):
        return [row.type for row in state.proxies.values() if row.type == "KeyFrameAnimationCue"]

    assert len(cues(state)) == 2
    Delete(clip)
    assert cues(clip.connection.session.state) == []


def test_key_frames_hold_or_run_and_come_back_in_order(served):
    sphere = Sphere()
    track = GetAnimationTrack("Radius", 0, sphere)
    start, middle, end = frames(1.0, 2.0, 4.0)
    start.Interpolation = "Boolean"
    track.KeyFrames = [end, start, middle]
    assert [f.KeyValues for f in track.KeyFrames] == [[1.0], [2.0], [4.0]]
    assert [f.Interpolation for f in track.KeyFrames] == ["Boolean", "Ramp", "Ramp"]
    GetAnimationScene().AnimationTime = 0.4
    assert height(sphere) == pytest.approx(1.0)


def test_a_track_that_can_not_be_says_why(served):
    sphere = Sphere()
    with pytest.raises(InvalidValueError, match="Center has 3 elements, so there is no 3"):
        GetAnimationTrack("Center", 3, sphere)
    with pytest.raises(InvalidValueError, match="is no number"):
        GetAnimationTrack("Representation", 0, Show(sphere))
    with pytest.raises(AttributeError, match="Radios"):
        GetAnimationTrack("Radios", 0, sphere)
    track = GetAnimationTrack("Radius", 0, sphere)
    for odd, why in (
        ([], "each at another time"),
        ([CompositeKeyFrame(), CompositeKeyFrame()], "each at another time"),
        ([CompositeKeyFrame(), CompositeKeyFrame(KeyTime=1, KeyValues=[1, 2])], "not 1, 2"),
        ([CompositeKeyFrame(Interpolation="Sinusoid")], "'Sinusoid' is none of"),
        ([CompositeKeyFrame(KeyTime=2.0)], "KeyTimes: 2"),
    ):
        with pytest.raises(InvalidValueError, match=why):
            track.KeyFrames = odd


def test_only_who_steers_animates(served):
    Sphere()
    enableMultiServer()
    Connect(served.url, name="Bob")
    theirs = simple.FindSource("Sphere1")
    with pytest.raises(NotMasterError, match="Ann"):
        GetAnimationTrack("Radius", 0, theirs)
