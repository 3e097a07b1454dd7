"""A session in small: proxies made and changed by events, and the renderer that follows them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collab_kernel.spi import (
    Camera,
    Catalogue,
    Change,
    DataInformation,
    Derived,
    Event,
    EventKind,
    FitCamera,
    Input,
    Kind,
    ProxyId,
    ProxyRow,
    Put,
    RenderImage,
    SetValue,
    State,
    Table,
    UpdatePipeline,
    Value,
    evolve,
    guess,
)
from collab_renderer_vtk import catalogue as catalogue_module
from collab_renderer_vtk.renderer import VtkRenderer


@dataclass
class FakeHost:
    """Remembers what the renderer said."""

    told: list[Derived] = field(default_factory=list)
    worked: list[ProxyId] = field(default_factory=list)
    progressed: list[tuple[ProxyId, float]] = field(default_factory=list)
    cancel: bool = False
    code: bool = False

    def working(self, proxy: ProxyId) -> None:
        self.worked.append(proxy)

    def progress(self, proxy: ProxyId, fraction: float, text: str = "") -> None:
        self.progressed.append((proxy, fraction))

    def cancelled(self) -> bool:
        return self.cancel

    def file(self, name: str) -> str:
        return name

    def save(self, name: str, replace: bool, write: Callable[[str], None]) -> str:
        write(name)
        return name

    def runs_code(self) -> bool:
        return self.code

    def tell(self, derived: Derived) -> None:
        self.told.append(derived)

    def last(self, proxy: ProxyId) -> Derived | None:
        """The newest fact about a proxy."""
        return next((d for d in reversed(self.told) if d.proxy == proxy), None)


class Scene:
    """Makes the events that a session would, and hands them to a renderer."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.state = State()
        self.host = FakeHost()
        self.renderer = VtkRenderer(self.host)
        self.renderer.load(self.state)
        self._next = 1

    # -- changing the session ----------------------------------------------------------------

    def create(self, group: str, type: str, name: str = "", **values: Any) -> ProxyId:
        """A proxy with these values, defaults for the others, and its sub-proxies."""
        changes: list[Change] = []
        id = self._create(changes, group, type, name or f"{type}{self._next}", 0, values)
        self.happen(*changes)
        return id

    def _create(
        self,
        changes: list[Change],
        group: str,
        type: str,
        name: str,
        owner: ProxyId,
        values: dict[str, Any],
    ) -> ProxyId:
        definition = self.catalogue.definition(group, type)
        id, self._next = self._next, self._next + 1
        changes.append(Put(Table.DEFINITIONS, definition.key, None, definition))
        changes.append(Put(Table.PROXIES, id, None, ProxyRow(group, type, name, owner)))
        unknown = set(values) - {p.name for p in definition.properties}
        assert not unknown, f"{type} has no {unknown}"
        for property in definition.properties:
            if property.name in values:
                value = property.accept(guess(values[property.name]))
            elif property.sub_proxy:
                child = self._create(changes, *property.sub_proxy, "", id, {})
                reference = Input(child) if property.kind is Kind.INPUT else child
                value = Value(property.kind, (reference,))
            else:
                value = property.default
            changes.append(SetValue(id, property.name, None, value))
        return id

    def set(self, id: ProxyId, **values: Any) -> None:
        """Change values of a proxy."""
        definition = self.state.definition(id)
        self.happen(
            *(
                SetValue(
                    id, name, self.state.value(id, name), definition.property(name).accept(guess(v))
                )
                for name, v in values.items()
            )
        )

    def delete(self, id: ProxyId) -> None:
        """Take a proxy out, with its values."""
        changes: list[Change] = [
            SetValue(id, name, value, None) for name, value in self.state.values(id)
        ]
        self.happen(*changes, Put(Table.PROXIES, id, self.state.proxies[id], None))

    def happen(self, *changes: Change) -> None:
        """One event."""
        revision = self.state.revision + 1
        event = Event(revision, 0, 0, EventKind.EDIT, "test", 0, 0.0, changes)
        self.state = evolve(self.state, event)
        self.renderer.apply(self.state, [event])

    def child(self, id: ProxyId, property: str) -> ProxyId:
        """The proxy that a property names."""
        value = self.state.value(id, property)
        assert value is not None
        return value.references[0]

    # -- pictures and facts ------------------------------------------------------------------

    def view(self, **values: Any) -> ProxyId:
        return self.create("views", "RenderView", **values)

    def show(self, view: ProxyId, source: ProxyId, **values: Any) -> ProxyId:
        """A representation of `source` in `view`."""
        shown = self.create("representations", "GeometryRepresentation", Input=source, **values)
        self.add(view, shown)
        return shown

    def add(self, view: ProxyId, representation: ProxyId) -> None:
        value = self.state.value(view, "Representations")
        assert value is not None
        self.set(view, Representations=(*value.elements, representation))

    def legend(self, view: ProxyId, wavelet: ProxyId, **values: Any) -> ProxyId:
        """A scalar bar of a wavelet, which is shown in its colours."""
        points = (37.0, 0.0, 0.0, 1.0, 277.0, 1.0, 0.0, 0.0)
        table = self.create("lookup_tables", "PVLookupTable", RGBPoints=points)
        self.show(view, wavelet, ColorArrayName=("POINTS", "RTData"), LookupTable=table)
        bar = self.create(
            "representations", "ScalarBarWidgetRepresentation", LookupTable=table, **values
        )
        self.add(view, bar)
        return bar

    def fit(self, view: ProxyId, aspect: float = 1.0, camera: Camera | None = None) -> Camera:
        answer = self.renderer.query(FitCamera(view, camera, aspect))
        assert answer.camera is not None
        return answer.camera

    def picture(
        self,
        view: ProxyId,
        width: int = 160,
        height: int = 120,
        camera: Camera | None = None,
        renderer: VtkRenderer | None = None,
    ) -> np.ndarray[Any, Any]:
        """(height, width, 3) with everything in sight, unless a camera is given."""
        camera = camera or self.fit(view, width / height)
        query = RenderImage(view, width, height, "raw", camera=camera)
        answer = (renderer or self.renderer).query(query)
        return np.frombuffer(answer.data, np.uint8).reshape(height, width, 3)

    def update(self, id: ProxyId) -> Derived:
        """Execute a proxy. Raises PipelineFailedError."""
        answer = self.renderer.query(UpdatePipeline(id))
        assert answer.derived is not None
        return answer.derived

    def data(self, id: ProxyId) -> DataInformation:
        """What the first output of a proxy holds."""
        return self.update(id).ports[0]

    def settle(self) -> None:
        """Execute all that is pending."""
        while self.renderer.execute():
            pass


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test reads or writes the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("XDG_CACHE_HOME", os.fspath(folder))
        yield folder


@pytest.fixture(scope="session")
def catalogue(_own_cache: Path) -> Catalogue:
    return catalogue_module.definitions()


@pytest.fixture
def scene(catalogue: Catalogue) -> Iterator[Scene]:
    made = Scene(catalogue)
    yield made
    made.renderer.close()
