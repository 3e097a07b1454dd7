"""Cues: the state as it is seen at a time, with the values that change with time put in.

Everything that executes and draws takes its values from there and knows nothing of cues. The state
itself doesn't change while it plays.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import isfinite

from collab_kernel.errors import InvalidValueError, RefusedError
from collab_kernel.spi import (
    Element,
    Kind,
    ProxyId,
    Put,
    Scope,
    SetValue,
    State,
    Table,
    Value,
    apply,
)
from collab_renderer_vtk import objects
from collab_renderer_vtk.curated.animation import BOOLEAN, CUE, NORMALIZED, RAMP, SCENE

_NUMBERS = frozenset({Kind.DOUBLE, Kind.INT, Kind.BOOL})

Place = tuple[ProxyId, str]
"""A proxy and one of its properties."""


class Cues:
    """The cues of a state, and what they make of it."""

    def __init__(self) -> None:
        self.ids: list[ProxyId] = []
        """The cues there are: of two that change the same value, the newer one counts."""
        self._scenes: list[ProxyId] = []
        self._seen: dict[Place, Value] = {}
        """What is seen in place of shared values."""
        self.problems: dict[ProxyId, str] = {}
        """Why a cue changes nothing, by its proxy."""

    def load(self, state: State) -> None:
        """Find what there is in `state`."""
        self.ids, self._scenes, self._seen = [], [], {}
        for id, row in state.proxies.items():
            self._find(id, (row.group, row.type))

    def follow(self, state: State, changes: Iterable[Put | SetValue]) -> None:
        """Keep the list of what there is."""
        for change in changes:
            if isinstance(change, SetValue) or change.table != Table.PROXIES:
                continue
            for known in (self.ids, self._scenes):
                if change.key in known:
                    known.remove(change.key)
            if row := state.proxies.get(change.key):
                self._find(change.key, (row.group, row.type))

    def _find(self, id: ProxyId, type: tuple[str, str]) -> None:
        if type == CUE:
            insort(self.ids, id)
        elif type == SCENE:
            insort(self._scenes, id)

    def seen(self, state: State, time: float) -> tuple[State, set[ProxyId]]:
        """`state` as it is seen at `time`, and the proxies of which other values are seen now
        than the last time this was asked."""
        before, self._seen, self.problems = self._seen, {}, {}
        span = self._span(state)
        quarantine = state.table(Table.QUARANTINE)
        for cue in self.ids:
            if cue in quarantine or not objects.plain(state, cue, "Enabled", True):
                continue
            try:
                self._apply(state, cue, time, span)
            except RefusedError as error:
                self.problems[cue] = str(error)
        places = before.keys() | self._seen.keys()
        news = {place[0] for place in places if before.get(place) != self._seen.get(place)}
        changes = [
            SetValue(id, name, state.value(id, name), value)
            for (id, name), value in self._seen.items()
        ]
        return (apply(state, changes) if changes else state), news

    def _span(self, state: State) -> tuple[float, float]:
        """When the scene starts and ends."""
        if not self._scenes:
            return 0.0, 1.0
        scene = self._scenes[0]
        return (
            float(objects.plain(state, scene, "StartTime", 0.0)),
            float(objects.plain(state, scene, "EndTime", 1.0)),
        )

    def _apply(self, state: State, cue: ProxyId, time: float, span: tuple[float, float]) -> None:
        """Put in what one cue says. Raises RefusedError where that can't be."""
        proxy = objects.reference(state, cue, "AnimatedProxy")
        name = objects.plain(state, cue, "AnimatedPropertyName", "")
        if not proxy or not name:
            return  # it is still being set up
        definition = state.definition(proxy).property(name)
        if definition.kind not in _NUMBERS or definition.scope is not Scope.SHARED:
            raise InvalidValueError(f"{name} is no number that everybody shares: it can't change")
        value = self._seen.get((proxy, name)) or state.value(proxy, name)
        elements = value.elements if value else ()
        which = objects.plain(state, cue, "AnimatedElement", 0)
        if which >= len(elements):
            raise InvalidValueError(f"{name} has {len(elements)} elements, so there is no {which}")
        numbers = self._numbers(state, cue, time, span, 1 if which >= 0 else len(elements))
        if numbers is None:
            return
        new = [_as(definition.kind, number) for number in numbers]
        made = (*elements[:which], *new, *elements[which + 1 :]) if which >= 0 else tuple(new)
        self._seen[proxy, name] = definition.accept(Value(definition.kind, made))

    def _numbers(
        self, state: State, cue: ProxyId, time: float, span: tuple[float, float], width: int
    ) -> Sequence[float] | None:
        """The `width` numbers at `time`; None before the cue begins. Raises InvalidValueError."""
        times = objects.elements(state, cue, "KeyTimes")
        values = objects.elements(state, cue, "KeyValues")
        if not times or len(values) != width * len(times):
            raise InvalidValueError(
                f"{len(times)} KeyTimes need {width * len(times)} KeyValues, not {len(values)}"
                if times
                else "it has no key frames"
            )
        if any(a >= b for a, b in pairwise(times)):
            raise InvalidValueError("the KeyTimes have to rise")
        start, end = _interval(state, cue, span)
        if time < start:
            return None
        at = min(1.0, (time - start) / (end - start)) if end > start else 1.0
        index = bisect_right(times, at) - 1
        frames = [values[i : i + width] for i in range(0, len(values), width)]
        if index < 0 or index + 1 == len(times):
            return tuple(frames[max(index, 0)])
        kinds = objects.elements(state, cue, "Interpolations")
        if (kinds[index] if index < len(kinds) else RAMP) == BOOLEAN:
            return tuple(frames[index])
        part = (at - times[index]) / (times[index + 1] - times[index])
        return tuple(_between(frames[index], frames[index + 1], part))


def _interval(state: State, cue: ProxyId, span: tuple[float, float]) -> tuple[float, float]:
    """When a cue begins and ends."""
    first, last = span
    start, end = (float(objects.plain(state, cue, name, 0.0)) for name in ("StartTime", "EndTime"))
    if objects.plain(state, cue, "TimeMode", NORMALIZED) == NORMALIZED:
        return first + start * (last - first), first + end * (last - first)
    return first + start, first + end


def _between(before: Sequence[float], after: Sequence[float], part: float) -> Iterator[float]:
    for a, b in zip(before, after, strict=True):
        yield a * (1 - part) + b * part  # exact at both ends, and finite if they are


def _as(kind: Kind, number: float) -> Element:
    """Raises InvalidValueError."""
    if not isfinite(number):
        raise InvalidValueError(f"{number} is no value to change to: it has to be finite")
    if kind is Kind.DOUBLE:
        return number
    return number != 0 if kind is Kind.BOOL else round(number)
