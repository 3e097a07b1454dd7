"""The pipeline: which proxies need executing, in which order, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from collab_kernel.errors import CancelledQueryError
from collab_kernel.spi import (
    DataInformation,
    Derived,
    Event,
    Input,
    Kind,
    ProxyId,
    Put,
    RendererHost,
    SetValue,
    State,
    Table,
)
from collab_renderer_vtk.complaints import Complaints
from collab_renderer_vtk.cues import Cues
from collab_renderer_vtk.curated import CURATED
from collab_renderer_vtk.curated.vocabulary import InputPort, ObjectChoice
from collab_renderer_vtk.information import inform
from collab_renderer_vtk.objects import ImplicitFunction, elements
from collab_renderer_vtk.reading import ReaderStage
from collab_renderer_vtk.room import check_room
from collab_renderer_vtk.stage_error import StageError, told_as_stage_error
from collab_renderer_vtk.stage_types import stage_of
from collab_renderer_vtk.stages import Feed, Settings, Stage
from collab_renderer_vtk.watching import observe, watched

CANCELLED = "cancelled"

_INCOMPLETE = re.compile(r"error|cannot|can't|could not|unable|fail|missing", re.IGNORECASE)
"""Readers only warn of data that isn't there."""


@dataclass(slots=True)
class _Unit:
    """What is kept of one proxy with data."""

    stage: Stage | None = None
    serial: int = 0
    """How often it was executed: what is made from it goes by this."""
    signature: Any = None
    """What it was last executed from."""
    timed: bool = False
    """Whether its output depends on time."""
    time: float | None = None
    """The time at which it was last executed, if that matters."""
    facts: Derived | None = None
    cause: str = ""
    """Whose failure it was and why, for what is made from it."""

    @property
    def cancelled(self) -> bool:
        return self.facts is not None and self.facts.error == CANCELLED


class Pipeline:
    """Executes proxies with data, one at a time; a failure stays with those it reaches."""

    def __init__(self, host: RendererHost, complaints: Complaints) -> None:
        self._host = host
        self._complaints = complaints
        self.state = State()
        """As it is seen at the time that is shown: with the values that change with time."""
        self.time = 0.0
        self.cues = Cues()
        self._shared = State()
        self._units: dict[ProxyId, _Unit] = {}
        self._functions: dict[ProxyId, ImplicitFunction] = {}
        self._pending: dict[ProxyId, bool] = {}
        """What is to be executed: by itself, or only when it is wanted."""
        self._order: list[ProxyId] = []
        """What is executed next, in reverse; worked out again when it is empty."""
        self._serial = 0

    # -- state ---------------------------------------------------------------------------

    def load(self, state: State) -> None:
        """Forget everything but the time and take over `state`."""
        self.cues.load(state)
        self._see(state)
        self._units.clear()
        self._functions.clear()
        self._pending = dict.fromkeys(filter(self.has_data, state.proxies), True)
        self._order = []

    def apply(self, state: State, events: Sequence[Event]) -> None:
        """Take over `state`; what `events` reach is pending."""
        changes = [change for event in events for change in event.changes]
        self.cues.follow(state, changes)
        touched = {id for change in changes for id in _touched(change)} | self._see(state)
        for id in touched:
            if id not in state.proxies:
                self._forget(id)
        self._make_pending(touched)

    def set_time(self, time: float) -> None:
        """Let what depends on time be executed at `time`; what is hidden, when it is wanted."""
        self.time = time
        self._make_pending(self._see(self._shared), hidden=False)
        late = [id for id, unit in self._units.items() if unit.time != self._time_of(id)]
        self._make_pending(late, hidden=False)

    def _see(self, state: State) -> set[ProxyId]:
        """Take over `state` as it is seen now; the proxies that cues have changed."""
        self._shared = state
        self.state, changed = self.cues.seen(state, self.time)
        return changed

    def _time_of(self, id: ProxyId) -> float | None:
        """The time at which a proxy is to be executed, if that matters."""
        left_out = id in self.state.table(Table.QUARANTINE)
        return self.time if self._units[id].timed and not left_out else None

    def _forget(self, id: ProxyId) -> None:
        self._units.pop(id, None)
        self._functions.pop(id, None)
        self._pending.pop(id, None)

    def _make_pending(self, ids: Iterable[ProxyId], *, hidden: bool = True) -> None:
        """Let `ids` and what is made from them be executed, if they have data.

        hidden: also where nobody wants to see it.
        """
        for id in self._downstream(ids):
            if self.has_data(id):
                self._pending[id] = self._pending.get(id, False) or hidden
        self._order = []

    def _downstream(self, ids: Iterable[ProxyId]) -> Iterable[ProxyId]:
        """`ids` and everything that uses them, directly or not."""
        seen = dict.fromkeys(id for id in ids if id in self.state.proxies)
        todo = list(seen)
        while todo:
            for user, _ in self.state.users_of(todo.pop()):
                if user not in seen and user in self.state.proxies:
                    seen[user] = None
                    todo.append(user)
        return seen

    def has_data(self, id: ProxyId) -> bool:
        """Whether a proxy has output ports."""
        return id in self.state.proxies and self.state.definition(id).output_ports > 0

    def upstream(self, id: ProxyId) -> list[ProxyId]:
        """The proxies with data that `id` is made from, in the order of its properties."""
        found: dict[ProxyId, None] = {}
        for _, value in self.state.values(id):
            if value.kind is Kind.INPUT:
                found.update(dict.fromkeys(r for r in value.references if self.has_data(r)))
        return list(found)

    # -- what came of it -----------------------------------------------------------------

    def facts(self, id: ProxyId) -> Derived | None:
        """What was last told of a proxy."""
        unit = self._units.get(id)
        return unit.facts if unit else None

    def output(self, id: ProxyId, port: int) -> Any:
        """The data at an output port; None if the proxy failed or was not executed."""
        unit = self._units.get(id)
        if unit is None or unit.stage is None or unit.facts is None or unit.facts.error:
            return None
        return unit.stage.output(port) if port < len(unit.facts.ports) else None

    def information(self, id: ProxyId, port: int) -> DataInformation | None:
        """What an output port holds."""
        facts = self.facts(id)
        return facts.ports[port] if facts and port < len(facts.ports) else None

    @property
    def executions(self) -> int:
        """How often anything was executed: what is drawn goes by this."""
        return self._serial

    def serial(self, id: ProxyId) -> int:
        """Changes whenever the proxy's output may have."""
        unit = self._units.get(id)
        return unit.serial if unit else 0

    # -- execution -----------------------------------------------------------------------

    def execute_next(self, wanted: Callable[[], Iterable[ProxyId]]) -> bool:
        """Execute one pending proxy, `wanted` ones first. False: nothing was pending."""
        while self._pending:
            if not self._order:
                hidden = (id for id, by_itself in self._pending.items() if by_itself)
                order = self._ordered(wanted()) or self._ordered([*hidden][:1])
                if not order:
                    return False
                self._order = order[::-1]
            id = self._order.pop()
            if id in self._pending and self._execute(id):
                return True
        return False

    def bring_up(self, ids: Iterable[ProxyId], *, retry: bool = False) -> None:
        """Execute what `ids` need; with `retry`, what failed before once more.

        Raises CancelledQueryError when it was told to give up; the rest stays pending.
        """
        for id in self._ordered(ids, everything=retry):
            unit = self._units.get(id)
            if retry and unit is not None and unit.facts is not None and unit.facts.error:
                unit.signature = None
                self._make_pending([id])
            if id in self._pending and self._execute(id) and self._units[id].cancelled:
                raise CancelledQueryError(f"{self.state.title(id)} was cancelled")

    def _ordered(self, ids: Iterable[ProxyId], *, everything: bool = False) -> list[ProxyId]:
        """Pending ones (or all) of `ids` and of what they need, upstream before downstream."""
        ordered: list[ProxyId] = []
        seen: set[ProxyId] = set()
        for start in ids:
            todo = [(start, False)]
            while todo:
                id, entered = todo.pop()
                if entered:
                    ordered.append(id)
                elif id not in seen and (everything or id in self._pending):
                    seen.add(id)
                    todo.append((id, True))
                    todo += [(u, False) for u in reversed(self.upstream(id))]
        return ordered

    def _execute(self, id: ProxyId) -> bool:
        """Execute a proxy unless nothing it is made from has changed. Whether it was."""
        self._pending.pop(id, None)
        unit = self._units.setdefault(id, _Unit())
        signature = self._signature(id)
        if signature == unit.signature and unit.time == self._time_of(id):
            return False
        self._serial += 1
        unit.signature, unit.serial = signature, self._serial
        self._host.working(id)
        try:
            with told_as_stage_error():
                ports = self._run(id, unit)
            unit.facts = Derived(id, self.state.revision, ports)
        except StageError as error:
            unit.facts = Derived(id, self.state.revision, error=str(error))
            unit.cause = error.cause or f"{self.state.title(id)}: {error}"
        finally:
            if unit.stage is not None:
                unit.timed = unit.stage.timed
            unit.time = self._time_of(id)
            self._host.progress(id, 1.0)
            self._host.working(0)
        self._host.tell(unit.facts)
        return True

    def _signature(self, id: ProxyId) -> Any:
        """Equal when executing again would give the same: values, and what they refer to."""
        parts: list[Any] = [self.state.table(Table.QUARANTINE).get(id)]
        for name, value in self.state.values(id):
            made_from: tuple[Any, ...] = ()
            if value.kind is Kind.INPUT:
                made_from = tuple(self.serial(r) for r in value.references)
            elif value.kind is Kind.PROXY:
                made_from = tuple(
                    (self.state.proxy(r).type, *self.state.values(r))
                    for r in value.references
                    if r in self.state.proxies
                )
            parts.append((name, value, made_from))
        return tuple(parts)

    def _run(self, id: ProxyId, unit: _Unit) -> tuple[DataInformation, ...]:
        """Update the stage. Raises StageError."""
        if reason := self.state.table(Table.QUARANTINE).get(id):
            raise StageError(f"it is left out until it changes: {reason}")
        row = self.state.proxy(id)
        curated = CURATED.get((row.group, row.type))
        if curated is None or not (curated.vtk or curated.path):
            raise StageError(f"this renderer does not know {row.group}/{row.type}")
        if curated.runs_code and not self._host.runs_code():
            raise StageError("it is left out, because this server runs no code (--allow-code)")
        if unit.stage is None:
            unit.stage = stage_of(curated)
            observe(unit.stage, id, self._host)
        settings = Settings(self.state, id, self._host.file, self.time)
        for property in curated.properties:
            if isinstance(property, InputPort):
                settings.inputs[property.name] = list(self._feeds(id, property.name))
                settings.feeds[property.name] = settings.inputs[property.name][0]
            elif isinstance(property, ObjectChoice):
                settings.functions[property.name] = self._function(id, property.name)
        with self._complaints.listen() as complaints:
            unit.stage.set_up(settings)
            check_room(unit.stage.needed_bytes(settings))
            self._update(unit.stage, again=bool(unit.facts and unit.facts.error))
            if unit.stage.aborted:
                raise StageError(CANCELLED)
            self._judge(unit.stage, complaints)
            outputs = range(self.state.definition(id).output_ports)
            return tuple(
                inform(unit.stage.output(port), unit.stage.algorithms[-1], port) for port in outputs
            )

    def _update(self, stage: Stage, again: bool) -> None:
        """Execute, `again` even if nothing has changed since it failed."""
        for algorithm in stage.algorithms:
            algorithm.SetAbortExecute(False)
            if again:
                algorithm.Modified()  # else VTK takes what it has, wrong or half, for the whole
        stage.aborted = False
        with watched(stage, self._host):
            stage.algorithms[-1].UpdateTimeStep(self.time)

    def _judge(self, stage: Stage, complaints: Complaints) -> None:
        """Raise StageError if VTK complained, or put out nothing at all."""
        problem, warning = complaints.error, complaints.warning
        if not problem and isinstance(stage, ReaderStage) and _INCOMPLETE.search(warning):
            problem = warning
        if not problem and stage.output(0) is None:
            problem = "it puts out nothing"
        if problem:
            raise StageError(stage.explain(problem))

    def _feeds(self, id: ProxyId, name: str) -> Iterator[Feed]:
        """What arrives at an input property: once at least. Raises StageError."""
        found = elements(self.state, id, name)
        if not found:
            raise StageError(f"it has no {name}")
        return map(self._feed, found)

    def _feed(self, source: Input) -> Feed:
        """What an output port holds. Raises StageError."""
        title = self.state.title(source.proxy)
        facts = self.facts(source.proxy)
        unit = self._units.get(source.proxy)
        if facts is None or unit is None or unit.stage is None or facts.error:
            cause = unit.cause if unit else ""
            raise StageError(f"its input {title} failed{f' ({cause})' if cause else ''}", cause)
        if source.port >= len(facts.ports):
            raise StageError(f"its input {title} has no output port {source.port}")
        return Feed(unit.stage.connection(source.port), facts.ports[source.port])

    def _function(self, id: ProxyId, name: str) -> ImplicitFunction:
        """The implicit function that a property names, up to date. Raises StageError."""
        found = elements(self.state, id, name)
        row = self.state.proxies.get(found[0]) if found else None
        curated = CURATED.get((row.group, row.type)) if row else None
        if curated is None:
            raise StageError(f"it has no {name}")
        if found[0] not in self._functions:
            self._functions[found[0]] = ImplicitFunction(curated)
        function = self._functions[found[0]]
        function.push(self.state, found[0])
        return function


def _touched(change: Put | SetValue) -> Iterable[ProxyId]:
    """The proxies that a change is about."""
    if isinstance(change, SetValue):
        return (change.proxy,) if change.before != change.after else ()
    return (change.key,) if change.table in (Table.PROXIES, Table.QUARANTINE) else ()
