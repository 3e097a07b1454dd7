"""One renderer in this process, a session that it follows, and a host that remembers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from collab_kernel.core.commands import Command, Connect, Delete, Disconnect, Request, Set, SetHome
from collab_kernel.core.decide import Rules
from collab_kernel.core.effects import Persist, Reply
from collab_kernel.core.evolve import evolve
from collab_kernel.core.session import Session
from collab_kernel.core.stimuli import Ask, Begin, Quarantine, Stimulus
from collab_kernel.core.values import SERVER
from collab_kernel.errors import InvalidValueError, PipelineFailedError, RefusedError
from collab_kernel.spi import (
    Action,
    Answer,
    Camera,
    Catalogue,
    Change,
    Create,
    DataInformation,
    Derived,
    Edit,
    EnumerationDomain,
    Event,
    EventKind,
    FitCamera,
    Input,
    Kind,
    ParticipantId,
    PropertyDefinition,
    ProxyDefinition,
    ProxyId,
    ProxyRow,
    Put,
    Query,
    Renderer,
    RendererHost,
    RenderImage,
    RightRequest,
    Scope,
    State,
    Table,
    TypeKey,
    Value,
    guess,
)

TOMORROW: TypeKey = ("sources", "OfTomorrow")
"""A type that no catalogue of today has."""

OF_TOMORROW = ProxyDefinition(*TOMORROW, label="Of tomorrow", output_ports=1)

SIZE_PX = (96, 72)
ENOUGH = 200
"""Executions after which a renderer that still has something left to do never ends."""


class RecordingHost:
    """`RendererHost` that remembers what it was told. forbidden: no file may be opened or
    written.  saved: what was written.  code: whether code may be run.  impatient: whether all work
    shall be given up."""

    def __init__(self) -> None:
        self.log: list[ProxyId | Derived] = []
        """Proxies at which it said to be working, and facts, in order."""
        self.files: list[str] = []
        self.saved: dict[str, bytes] = {}
        self.forbidden = False
        self.code = False
        self.impatient = False

    def working(self, proxy: ProxyId) -> None:
        self.log.append(proxy)

    def progress(self, proxy: ProxyId, fraction: float, text: str = "") -> None:
        assert 0.0 <= fraction <= 1.0, f"the progress at {proxy} is {fraction}"

    def cancelled(self) -> bool:
        return self.impatient

    def file(self, name: str) -> str:
        self.files.append(name)
        if self.forbidden:
            raise PipelineFailedError("this file may not be opened here")
        return name

    def save(self, name: str, replace: bool, write: Callable[[str], None]) -> str:
        if self.forbidden:
            raise PipelineFailedError("this file may not be written here")
        with TemporaryDirectory() as folder:
            path = Path(folder, f"beside{Path(name).suffix}")
            path.touch()
            write(str(path))
            self.saved[name] = path.read_bytes()
        return name

    def runs_code(self) -> bool:
        return self.code

    def tell(self, derived: Derived) -> None:
        self.log.append(derived)

    # -- what it remembers -----------------------------------------------------------------

    @property
    def told(self) -> list[Derived]:
        return [entry for entry in self.log if isinstance(entry, Derived)]

    @property
    def worked(self) -> list[ProxyId]:
        return [entry for entry in self.log if isinstance(entry, int) and entry]

    @property
    def idle(self) -> bool:
        """Whether the last that it said is that it works at nothing."""
        said = [entry for entry in self.log if isinstance(entry, int)]
        return not said or said[-1] == 0

    def fact(self, proxy: ProxyId) -> Derived:
        """The newest one of a proxy. Raises AssertionError."""
        found = next((d for d in reversed(self.told) if d.proxy == proxy), None)
        assert found is not None, f"nothing was told of proxy {proxy}"
        return found


class _NoPolicy:
    """Is never asked: everything here is done by the server itself."""

    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        return None

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        return ()

    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        return ()


class RendererTrial:
    """Changes a session as its participants would; the renderer follows each event."""

    def __init__(
        self, catalogue: Catalogue, make_renderer: Callable[[RendererHost], Renderer]
    ) -> None:
        self.catalogue = catalogue
        self.host = RecordingHost()
        self.renderer = make_renderer(self.host)
        self.session = Session(Rules(_NoPolicy(), catalogue))
        self._make_renderer = make_renderer
        self.step(Begin("trial"), follow=False)
        self.renderer.load(self.state)

    @property
    def state(self) -> State:
        return self.session.state

    def another(self) -> RendererTrial:
        """A new renderer that has loaded the same state."""
        other = RendererTrial(self.catalogue, self._make_renderer)
        other.session.state = self.state
        other.renderer.load(self.state)
        return other

    # -- changes ---------------------------------------------------------------------------

    def step(self, stimulus: Stimulus, follow: bool = True) -> None:
        """One step of the session, that the renderer hears of."""
        for effect in self.session.step(stimulus):
            if isinstance(effect, Persist) and follow:
                self.renderer.apply(self.state, [effect.event])
            elif isinstance(effect, Reply) and effect.error is not None:
                raise AssertionError(f"the catalogue refuses what the kit does: {effect.error}")

    def do(self, command: Command) -> None:
        self.step(Ask(SERVER, Request(0, command)))

    def create(
        self, key: TypeKey, name: str | None = None, values: Mapping[str, Any] | None = None
    ) -> ProxyId:
        id: int = self.state.table(Table.COUNTERS).get(SERVER, 0) + 1
        self.do(Edit((Create(id, *key, name, self._values(key, values or {})),)))
        return id

    def create_unknown(self, name: str) -> ProxyId:
        """A proxy of a type that the renderer lacks, as a newer catalogue would bring."""
        counter = self.state.table(Table.COUNTERS).get(SERVER)
        id: int = (counter or 0) + 1
        self._happen(
            Put(Table.COUNTERS, SERVER, counter, id),
            Put(Table.DEFINITIONS, TOMORROW, None, OF_TOMORROW),
            Put(Table.PROXIES, id, None, ProxyRow(*TOMORROW, name)),
            Put(Table.NAMES, ("sources", name), None, id),
        )
        return id

    def _happen(self, *changes: Change) -> None:
        """An event that no command makes."""
        revision = self.state.revision + 1
        event = Event(revision, SERVER, 0, EventKind.SYSTEM, "kit", 0, 0.0, changes)
        self.session.state = evolve(self.state, event)
        self.renderer.apply(self.state, [event])

    def set(self, proxy: ProxyId, values: Mapping[str, Any]) -> None:
        row = self.state.proxy(proxy)
        self.do(Edit((Set(proxy, self._values((row.group, row.type), values)),)))

    def set_home(self, view: ProxyId, values: Mapping[str, Any]) -> None:
        row = self.state.proxy(view)
        self.do(SetHome(view, self._values((row.group, row.type), values)))

    def _values(self, key: TypeKey, values: Mapping[str, Any]) -> tuple[tuple[str, Value], ...]:
        definition = self.catalogue.definition(*key)
        return tuple((n, definition.property(n).accept(_value(v))) for n, v in values.items())

    def show(self, view: ProxyId, source: ProxyId, key: TypeKey) -> ProxyId:
        """A representation of the first output of `source` in `view`."""
        shown = self.create(key, values={"Input": Input(source)})
        self.do(Edit((Connect(view, "Representations", Input(shown)),)))
        return shown

    def delete(self, view: ProxyId, representation: ProxyId, source: ProxyId) -> None:
        """Take a source out, and what shows it."""
        disconnect = Disconnect(view, "Representations", Input(representation))
        self.do(Edit((disconnect, Delete(representation), Delete(source))))

    def quarantine(self, proxy: ProxyId) -> None:
        self.step(Quarantine(proxy, "the renderer died twice"))

    def let_go(self, proxy: ProxyId) -> None:
        reason = self.state.table(Table.QUARANTINE).get(proxy)
        self._happen(Put(Table.QUARANTINE, proxy, reason, None))

    # -- what the renderer does --------------------------------------------------------------

    def settle(self) -> None:
        """Let it execute all there is."""
        for _ in range(ENOUGH):
            if not self.renderer.execute():
                return
        raise AssertionError(f"execute still gives True after {ENOUGH} calls and no change")

    def ask(self, query: Query) -> Answer:
        answer = self.renderer.query(query)
        revision = self.state.revision
        assert answer.revision == revision, (
            f"{query} at revision {revision} is answered as of {answer.revision}"
        )
        return answer

    def fit(self, view: ProxyId, camera: Camera | None = None) -> Camera:
        """A camera for a square window, that a wider one shows as well."""
        fitted = self.ask(FitCamera(view, camera)).camera
        assert fitted is not None, "the answer to FitCamera has no camera"
        return fitted

    def picture(self, view: ProxyId, camera: Camera | None = None) -> bytes:
        """RGB bytes, top row first; by the home camera unless one is given."""
        answer = self.ask(RenderImage(view, *SIZE_PX, "raw", camera=camera))
        due = 3 * SIZE_PX[0] * SIZE_PX[1]
        assert len(answer.data) == due, f"a raw picture has {len(answer.data)} bytes, not {due}"
        return answer.data

    def facts(self) -> dict[ProxyId, tuple[tuple[DataInformation, ...], str]]:
        """What is known of each proxy that is there; how much memory that takes may differ."""
        return {
            d.proxy: (tuple(replace(p, memory_bytes=0) for p in d.ports), d.error)
            for d in self.host.told
            if d.proxy in self.state.proxies
        }


def difference(one: bytes, other: bytes) -> float:
    """Of two raw pictures: the mean of the absolute differences, 0 to 255."""
    assert len(one) == len(other), f"the pictures have {len(one)} and {len(other)} bytes"
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / max(len(one), 1)


def variations(definition: ProxyDefinition) -> Iterator[tuple[str, Value]]:
    """Another value for each property that has an obvious one, one at a time."""
    for property in definition.properties:
        if property.scope is Scope.SHARED and (value := _variation(property)) is not None:
            yield property.name, value


def _variation(property: PropertyDefinition) -> Value | None:
    entries = next((d.entries for d in property.domains if isinstance(d, EnumerationDomain)), ())
    elements = property.default.elements
    numbers = [e for e in elements if isinstance(e, int | float)]
    varied: list[Any]
    if property.kind is Kind.INT and entries:
        varied = [n for n, _ in entries if (n,) != elements][:1]
    elif property.kind is Kind.BOOL:
        varied = [not e for e in elements]
    elif property.kind is Kind.INT:
        varied = [n + 1 for n in numbers]
    elif property.kind is Kind.DOUBLE:
        varied = [n * 0.75 + 0.125 for n in numbers]
    else:
        return None
    try:
        value = property.accept(Value(property.kind, tuple(varied)))
    except InvalidValueError:
        return None  # outside its domain: then this one is left alone
    return value if value != property.default else None


def _value(plain: Any) -> Value:
    return plain if isinstance(plain, Value) else guess(plain)


def size_of(data: bytes, format: str) -> tuple[int, int]:
    """(width, height) that a PNG or JPEG file says it has. Raises AssertionError."""
    if format == "png":
        assert data[:8] == b"\x89PNG\r\n\x1a\n", f"no PNG file begins with {data[:8]!r}"
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    assert data[:3] == b"\xff\xd8\xff", f"no JPEG file begins with {data[:3]!r}"
    at = 2
    while at + 9 <= len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    raise AssertionError("the JPEG file does not say how large it is")
