"""Time in a script, by ParaView's names, on a session whose renderer really goes there."""

import pytest

from collab import simple
from collab.collaboration import processServerEvents
from collab.simple import Connect, GetAnimationScene, GetTimeKeeper, Show, TimeSource
from collab_kernel.errors import InvalidValueError, NotMasterError

STEPS = [i / 9 for i in range(10)]


def left(source):
    return source.GetDataInformation().GetBounds()[0]


@pytest.fixture
def moving(serve):
    """A source with ten time steps, on a server whose master is the script."""
    Connect(serve(renderer="vtk").url, name="Ann")
    source = TimeSource(XAmplitude=10)
    Show(source)
    source.UpdatePipeline()
    return source


def test_the_time_keeper_has_the_steps_of_the_data(moving):
    keeper = GetTimeKeeper()
    assert keeper.TimestepValues == pytest.approx(STEPS)
    assert moving.TimestepValues == tuple(keeper.TimestepValues)
    assert keeper.TimeRange == [0.0, 1.0]
    keeper.Time = 0.25
    assert (keeper.Time, GetAnimationScene().AnimationTime) == (0.25, 0.25)
    assert GetAnimationScene().TimeKeeper.Time == 0.25


def test_data_and_pictures_are_those_of_the_time_that_the_script_has_gone_to(moving, tmp_path):
    scene, view = GetAnimationScene(), simple.GetActiveView()
    simple.Render()
    places, pictures = [], []
    for time in (0.0, 0.3, 0.0):
        scene.AnimationTime = time
        simple.SaveScreenshot(tmp_path / "now.png", ImageResolution=[160, 90])
        places.append(left(moving))
        pictures.append((tmp_path / "now.png").read_bytes())
    assert places[0] == places[2] != places[1]
    assert pictures[0] == pictures[2] != pictures[1]
    view.ViewTime = 0.3
    assert (view.ViewTime, left(moving)) == (0.3, places[1])


def test_a_pipeline_is_updated_at_a_time(moving):
    moving.UpdatePipeline(0.3)
    assert GetTimeKeeper().Time == 0.3
    there = left(moving)
    simple.UpdatePipeline(time=0.0)
    assert left(moving) != there
    simple.UpdatePipeline(0.3, moving)
    assert left(moving) == there


def test_the_scene_goes_from_frame_to_frame(moving):
    scene = GetAnimationScene()
    assert scene.PlayMode == "Snap To TimeSteps"
    scene.GoToLast()
    assert scene.AnimationTime == 1.0
    scene.GoToNext()
    assert scene.AnimationTime == 1.0
    scene.GoToPrevious()
    assert scene.AnimationTime == pytest.approx(STEPS[8])
    scene.GoToFirst()
    scene.GoToPrevious()
    assert scene.AnimationTime == 0.0
    scene.GoToNext()
    assert scene.AnimationTime == pytest.approx(STEPS[1])
    scene.AnimationTime = 0.3
    scene.GoToNext()
    assert scene.AnimationTime == pytest.approx(STEPS[3])
    scene.StartTime, scene.EndTime = 0.5, 0.8
    scene.GoToFirst()
    assert scene.AnimationTime == pytest.approx(STEPS[5])


def test_playing_ends_at_the_last_frame_and_is_seen_by_all(moving, serve):
    served = serve()
    simple.enableMultiServer()
    scene = GetAnimationScene()
    scene.FramesPerSecond = 100
    revision = moving.connection.session.revision
    scene.Play()
    assert scene.AnimationTime == 1.0
    assert moving.connection.session.revision == revision + 2, "it began and it ended"
    there = Connect(served.url)
    assert there.session.time == 0.0, "another session has another time"


def test_a_sequence_has_as_many_frames_as_are_asked_for(serve):
    Connect(serve().url)
    scene = GetAnimationScene()
    assert scene.PlayMode == "Sequence"
    scene.EndTime, scene.NumberOfFrames = 4.0, 3
    seen = []
    for go in (scene.GoToFirst, scene.GoToNext, scene.GoToNext, scene.GoToNext):
        go()
        seen.append(scene.AnimationTime)
    assert seen == [0.0, 2.0, 4.0, 4.0]
    scene.StartTime, scene.FramesPerSecond = 1.0, 200
    scene.Play()
    assert scene.AnimationTime == 4.0
    scene.PlayMode, scene.Duration = "Real Time", 0.2
    scene.GoToFirst()
    scene.Play()
    assert scene.AnimationTime == 4.0
    assert GetAnimationScene() is scene
    scene.UpdateAnimationUsingDataTimeSteps()
    assert (scene.StartTime, scene.EndTime, scene.PlayMode) == (0.0, 1.0, "Sequence")


def test_a_loop_goes_on_until_it_is_stopped(serve):
    Connect(serve().url)
    scene = GetAnimationScene()
    scene.Loop, scene.FramesPerSecond = 1, 100
    scene.Play()
    assert GetAnimationScene().TimeKeeper._connection.session.playing
    scene.Stop()
    assert not scene._connection.session.playing
    assert 0.0 <= scene.AnimationTime <= 1.0


def test_only_who_steers_goes_anywhere(serve):
    served = serve()
    ann = served.peer("Ann")
    Connect(served.url, name="Bob")
    scene = GetAnimationScene()
    for go in (scene.GoToFirst, scene.GoToLast, scene.Play, scene.Stop):
        with pytest.raises(NotMasterError, match="Ann"):
            go()
    with pytest.raises(NotMasterError, match="Ann"):
        scene.AnimationTime = 1.0
    ann.run(ann.session.go_to_time(3.5))
    assert scene.AnimationTime == 0.0
    processServerEvents()
    assert scene.AnimationTime == 3.5


def test_what_can_not_be_is_said(serve):
    Connect(serve().url)
    scene = GetAnimationScene()
    with pytest.raises(InvalidValueError, match="'Sequence', 'Real Time'"):
        scene.PlayMode = "Backwards"
    scene.PlayMode = "Snap To TimeSteps"
    with pytest.raises(InvalidValueError, match="no time steps between 0 and 1"):
        scene.Play()
    scene.PlayMode = "Sequence"
    scene.EndTime = -1
    with pytest.raises(InvalidValueError, match="from 0 to -1"):
        scene.GoToNext()
    with pytest.raises(AttributeError):
        scene.AnimationTme = 3
    with pytest.raises(TypeError, match=r"AnimationTime\(\) takes a number as 'time', not 'noon'"):
        scene.AnimationTime = "noon"
