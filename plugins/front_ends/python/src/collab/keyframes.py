"""Tracks: values that change with time, by ParaView's names.

A track is a cue of the session, which the renderer evaluates at the time that is shown: everybody
sees the same, and the shared value itself stays. Its key frames are in its own properties.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from collab.animation import SCENE, GetAnimationScene, scene_of
from collab.calls import public_methods
from collab.property import Property
from collab.proxy import Proxy
from collab.sources import cues_of, source_or_active
from collab_kernel.client import Create, Operation
from collab_kernel.client import Proxy as KernelProxy
from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import Kind, TypeKey

CUE: TypeKey = ("animation", "KeyFrameAnimationCue")
ALL_ELEMENTS = -1

INTERPOLATIONS = ("Boolean", "Ramp")


@public_methods
class CompositeKeyFrame:
    """A value at a time. KeyTime: 0 where the track begins, to 1.  KeyValues: one number, or as
    many as change.  Interpolation: "Ramp" goes to the next one in a straight line, "Boolean" stays
    until then. A change counts when it is given to a track again.
    """

    __slots__ = ("Interpolation", "KeyTime", "KeyValues")

    def __init__(
        self,
        *,
        KeyTime: float = 0.0,
        KeyValues: float | Sequence[float] = (0.0,),
        Interpolation: str = "Ramp",
    ) -> None:
        self.KeyTime = KeyTime
        self.KeyValues: float | Sequence[float] = KeyValues
        self.Interpolation = Interpolation

    def __repr__(self) -> str:
        return f"<CompositeKeyFrame {self.KeyValues!r} at {self.KeyTime:g}>"


@public_methods
class AnimationTrack(Proxy):
    """How one value changes with time."""

    @property
    def KeyFrames(self) -> list[CompositeKeyFrame]:
        """In the order of their times; what is changed in one counts when they are set again.
        Setting them raises InvalidValueError for times that don't rise and values that don't fit.
        """
        times, values = list(self.KeyTimes), list(self.KeyValues)
        kinds = list(self.Interpolations)
        width = len(values) // len(times) if times else 0
        return [
            CompositeKeyFrame(
                KeyTime=time,
                KeyValues=values[i * width : (i + 1) * width],
                Interpolation=kinds[i] if i < len(kinds) else "Ramp",
            )
            for i, time in enumerate(times)
        ]

    @KeyFrames.setter
    def KeyFrames(self, frames: Iterable[CompositeKeyFrame]) -> None:
        ordered = sorted(frames, key=lambda frame: frame.KeyTime)
        times = [float(frame.KeyTime) for frame in ordered]
        if not times or len(set(times)) < len(times):
            raise InvalidValueError("a track needs key frames, each at another time")
        rows = [_numbers(frame.KeyValues) for frame in ordered]
        if len({len(row) for row in rows}) > 1:
            raise InvalidValueError(
                "every key frame of a track needs as many values as the others, not "
                + ", ".join(str(len(row)) for row in rows)
            )
        for frame in ordered:
            if frame.Interpolation not in INTERPOLATIONS:
                raise InvalidValueError(
                    f"Interpolation: {frame.Interpolation!r} is none of "
                    + ", ".join(map(repr, INTERPOLATIONS))
                )
        self.set(
            {
                "KeyTimes": times,
                "KeyValues": [number for row in rows for number in row],
                "Interpolations": [frame.Interpolation for frame in ordered],
            }
        )


def _numbers(values: float | Sequence[float]) -> list[float]:
    return [float(values)] if isinstance(values, int | float) else [*map(float, values)]


def GetAnimationTrack(
    propertyname_or_property: str | Property,
    index: int | None = None,
    proxy: Proxy | None = None,
) -> AnimationTrack:
    """The track of a property (of the active source), made if there is none yet.

    index: of the only element that changes; without it all of them change. A new track has its
    value as it is, at both ends of the scene, whose range everybody shares from then on.
    Raises UnknownAttributeError, InvalidValueError for what is no number that everybody shares,
    NotMasterError unless I may.
    """
    property = propertyname_or_property
    if isinstance(property, str):
        property = (source_or_active(None) if proxy is None else proxy).GetProperty(property)
    owner, name = property.proxy, property.GetXMLName()
    connection = owner.connection
    session = connection.session
    element = ALL_ELEMENTS if index is None else index
    for id in cues_of(session.state, owner.id):
        track = AnimationTrack(connection, KernelProxy(session, id))
        if (track.AnimatedPropertyName, track.AnimatedElement) == (name, element):
            return track
    value = session.state.value(owner.id, name)
    if value is None or value.kind not in (Kind.DOUBLE, Kind.INT, Kind.BOOL) or value.blob:
        raise InvalidValueError(f"{name} of {owner.title} is no number: it can't change with time")
    numbers = [float(number) for number in property]
    if not ALL_ELEMENTS <= element < len(numbers):
        raise InvalidValueError(f"{name} has {len(numbers)} elements, so there is no {element}")
    chosen = numbers if element == ALL_ELEMENTS else [numbers[element]]
    values: dict[str, Any] = {
        "AnimatedProxy": owner.kernel,
        "AnimatedPropertyName": name,
        "AnimatedElement": element,
        "KeyTimes": [0.0, 1.0],
        "KeyValues": [*chosen, *chosen],
    }
    operations: list[Operation] = []
    if scene_of(session.state) is None:
        scene = GetAnimationScene()
        shared = {
            "StartTime": scene.StartTime,
            "EndTime": scene.EndTime,
            "NumberOfFrames": scene.NumberOfFrames,
        }
        operations.append(Create(session.new_id(), *SCENE, values=session.values(shared)))
    id = session.new_id()
    operations.append(Create(id, *CUE, values=session.values(values)))
    connection.edit(*operations, label=f"Animate {name} of {owner.title}")
    return AnimationTrack(connection, KernelProxy(session, id))
