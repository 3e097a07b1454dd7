"""Time: going to one, and playing, for everybody. ParaView's names.

A session has one time, which whoever steers sets, and the server plays it. What this module adds
is the script's own: which frames, how fast, and how often.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from collab.calls import public_methods
from collab.client import client
from collab.connection import Connection
from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import ProxyId, State, TypeKey

SEQUENCE, REAL_TIME, STEPS = "Sequence", "Real Time", "Snap To TimeSteps"
MODES = (SEQUENCE, REAL_TIME, STEPS)

SCENE: TypeKey = ("animation", "AnimationScene")
"""What everybody shares of a scene, once there is a track: its range, and how many frames."""

SMOOTH_PER_S = 25.0
"""Frames, where the mode is "Real Time"."""


@public_methods
class TimeKeeper:
    """The session's time, and the time steps of everything that has some."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __repr__(self) -> str:
        return f"<TimeKeeper of {self._connection.title}, at {self.Time:g}>"

    @property
    def Time(self) -> float:
        """What everybody sees; while it plays, the frame that is shown. Setting it goes there:
        raises NotMasterError unless I may."""
        return self._connection.session.time

    @Time.setter
    def Time(self, time: float) -> None:
        self._connection.run(self._connection.session.go_to_time(float(time)))

    @property
    def TimestepValues(self) -> list[float]:
        """As last told by the renderer, rising."""
        return list(self._connection.session.time_steps)

    @property
    def TimeRange(self) -> list[float]:
        """The first and the last time step; 0 and 1 where there is none."""
        steps = self.TimestepValues
        return [steps[0], steps[-1]] if steps else [0.0, 1.0]


@public_methods
class AnimationScene:
    """The frames that are played, and playing them.

    PlayMode "Snap To TimeSteps" has those of the data's time steps that lie between StartTime and
    EndTime, "Sequence" NumberOfFrames at equal distances, "Real Time" as many as make it last
    for Duration seconds. Unless set, it is the data's steps if there are some, or a sequence.

    Once there is a track (GetAnimationTrack), StartTime, EndTime and NumberOfFrames are
    everybody's: setting one raises NotMasterError unless I may.
    """

    __slots__ = (
        "Duration", "FramesPerSecond", "Loop", "_connection", "_end", "_frame_count", "_mode",
        "_start",
    )  # fmt: skip

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._mode = ""
        self._start: float | None = None
        self._end: float | None = None
        self._frame_count = 10
        self.Duration = 10.0
        self.FramesPerSecond = 10.0
        self.Loop = 0

    def __repr__(self) -> str:
        return f"<AnimationScene of {self._connection.title}, at {self.AnimationTime:g}>"

    @property
    def TimeKeeper(self) -> TimeKeeper:
        return TimeKeeper(self._connection)

    @property
    def AnimationTime(self) -> float:
        """The session's time; setting it goes there, for everybody. Raises NotMasterError unless
        I may."""
        return self.TimeKeeper.Time

    @AnimationTime.setter
    def AnimationTime(self, time: float) -> None:
        self.TimeKeeper.Time = time

    @property
    def PlayMode(self) -> str:
        return self._mode or (STEPS if self.TimeKeeper.TimestepValues else SEQUENCE)

    @PlayMode.setter
    def PlayMode(self, mode: str) -> None:
        if mode not in MODES:
            raise InvalidValueError(f"PlayMode: {mode!r} is none of {', '.join(map(repr, MODES))}")
        self._mode = mode

    @property
    def StartTime(self) -> float:
        """Unless set, the first time step of the data."""
        own = self.TimeKeeper.TimeRange[0] if self._start is None else self._start
        return float(self._shared("StartTime", own))

    @StartTime.setter
    def StartTime(self, time: float) -> None:
        self._start = float(time)
        self._share(StartTime=self._start)

    @property
    def EndTime(self) -> float:
        """Unless set, the last time step of the data."""
        own = self.TimeKeeper.TimeRange[1] if self._end is None else self._end
        return float(self._shared("EndTime", own))

    @EndTime.setter
    def EndTime(self, time: float) -> None:
        self._end = float(time)
        self._share(EndTime=self._end)

    @property
    def NumberOfFrames(self) -> int:
        return int(self._shared("NumberOfFrames", self._frame_count))

    @NumberOfFrames.setter
    def NumberOfFrames(self, count: int) -> None:
        self._frame_count = count
        self._share(NumberOfFrames=count)

    def UpdateAnimationUsingDataTimeSteps(self) -> None:
        """Play the data's time steps, all of them; a sequence where there are none."""
        self._mode, self._start, self._end = "", None, None
        start, end = self.TimeKeeper.TimeRange
        self._share(StartTime=start, EndTime=end)

    def _shared(self, property: str, own: float) -> Any:
        """What everybody shares of the scene, or `own` where nothing is."""
        state = self._connection.session.state
        scene = scene_of(state)
        value = None if scene is None else state.value(scene, property)
        return own if value is None else value.plain

    def _share(self, **values: float) -> None:
        scene = scene_of(self._connection.session.state)
        if scene is not None:
            self._connection.wrap(scene).set(values)

    # -- going somewhere -------------------------------------------------------------------

    def GoToFirst(self) -> None:
        """Raises NotMasterError unless I may, as all of these do."""
        self.AnimationTime = self._frames()[0]

    def GoToLast(self) -> None:
        self.AnimationTime = self._frames()[-1]

    def GoToNext(self) -> None:
        """The next frame; at the last one, stay there."""
        frames = self._frames()
        self.AnimationTime = frames[min(bisect_right(frames, self.AnimationTime), len(frames) - 1)]

    def GoToPrevious(self) -> None:
        """The frame before; at the first one, stay there."""
        frames = self._frames()
        self.AnimationTime = frames[max(bisect_left(frames, self.AnimationTime) - 1, 0)]

    # -- playing ---------------------------------------------------------------------------

    def Play(self) -> None:
        """Play from the current time on, for everybody; return at the end, and see what has
        happened until then. With Loop, return at once: `Stop` ends it.

        The server leaves frames out rather than showing them late, and goes on only when the
        renderer has shown the last one.
        """
        frames, speed = self._frames(), self.FramesPerSecond
        if self.PlayMode == REAL_TIME:
            speed = (len(frames) - 1 or 1) / self.Duration
        self._connection.run(self._play(frames, float(speed), bool(self.Loop)))

    async def _play(self, frames: Sequence[float], speed: float, loop: bool) -> None:
        session = self._connection.session
        await session.play(frames, speed, loop)
        if not loop:
            await session.paused()
            session.hold()

    def Stop(self) -> None:
        """Stop playing, at the frame that is shown."""
        self._connection.run(self._connection.session.pause())

    def _frames(self) -> list[float]:
        start, end = self.StartTime, self.EndTime
        if self.PlayMode == STEPS:
            steps = [t for t in self.TimeKeeper.TimestepValues if start <= t <= end]
            if not steps:
                raise InvalidValueError(
                    f"the data has no time steps between {start:g} and {end:g}: set StartTime and "
                    'EndTime, or PlayMode = "Sequence"'
                )
            return steps
        count = self.NumberOfFrames
        if self.PlayMode == REAL_TIME:
            count = round(self.Duration * SMOOTH_PER_S)
        if count < 1 or end < start:
            raise InvalidValueError(f"{count} frames from {start:g} to {end:g}: there are none")
        if count == 1 or end == start:
            return [start]
        step = (end - start) / (count - 1)
        return [*(start + i * step for i in range(count - 1)), end]


def scene_of(state: State) -> ProxyId | None:
    """The scene that everybody shares; None: there is none."""
    scenes = (id for id, row in state.proxies.items() if (row.group, row.type) == SCENE)
    return min(scenes, default=None)


_scenes: WeakKeyDictionary[Connection, AnimationScene] = WeakKeyDictionary()


def GetAnimationScene() -> AnimationScene:
    """That of the active server: what is set in it stays until the connection ends."""
    connection = client.active()
    if connection not in _scenes:
        _scenes[connection] = AnimationScene(connection)
    return _scenes[connection]


def GetTimeKeeper() -> TimeKeeper:
    """That of the active server."""
    return TimeKeeper(client.active())
