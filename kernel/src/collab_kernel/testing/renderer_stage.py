"""What the clauses about renderers work on: a renderer, and a session with a proxy in view."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, TypeAlias

from collab_kernel.spi import Kind, ProxyId, Renderer, RendererHost, RendererSpec, TypeKey

from .clause import Contract
from .renderer_trial import RendererTrial

TOLERANCE = 1.0
"""Mean difference of two pictures that are the same; a change must make more of one."""

Scene: TypeAlias = tuple[RendererTrial, ProxyId, ProxyId, ProxyId]
"""The trial, a view, a source, and its representation in the view."""


class RendererStage(Contract):
    """The attributes of `RendererContract`, and the scenes that they make."""

    spec: ClassVar[RendererSpec]
    source: ClassVar[TypeKey | None] = None
    view: ClassVar[TypeKey] = ("views", "RenderView")
    representation: ClassVar[TypeKey] = ("representations", "GeometryRepresentation")
    failing: ClassVar[tuple[TypeKey, Mapping[str, Any]] | None] = None
    timed: ClassVar[tuple[TypeKey, Mapping[str, Any]] | None] = None
    lasting: ClassVar[tuple[TypeKey, Mapping[str, Any]] | None] = None
    formats: ClassVar[tuple[str, ...]] = ("raw", "png", "jpeg")
    reads_files: ClassVar[bool] = True
    fetches: ClassVar[bool] = True
    saves: ClassVar[str] = ""
    picks: ClassVar[bool] = False
    lists_rows: ClassVar[bool] = False
    describes: ClassVar[bool] = False
    entry_module: ClassVar[str | None] = None
    libraries: ClassVar[tuple[str, ...]] = ()

    def make_renderer(self, host: RendererHost) -> Renderer:
        """What the child process would make."""
        module, _, name = self.spec.factory.partition(":")
        made: Renderer = getattr(importlib.import_module(module), name)(host)
        return made

    @contextmanager
    def _trial(self) -> Iterator[RendererTrial]:
        trial = RendererTrial(self.spec.definitions(), self.make_renderer)
        try:
            yield trial
        finally:
            trial.renderer.close()

    @contextmanager
    def _scene(self) -> Iterator[Scene]:
        with self._trial() as trial:
            view, source = trial.create(self.view), trial.create(self._source)
            yield trial, view, source, trial.show(view, source, self.representation)

    @property
    def _source(self) -> TypeKey:
        if self.source is not None:
            return self.source
        for d in self.spec.definitions().definitions.values():
            needs = [p for p in d.properties if p.file_name or p.kind in (Kind.INPUT, Kind.PROXY)]
            if d.group == "sources" and d.output_ports and not needs:
                return d.key
        raise AssertionError("the catalogue has no source without input and file: name one")

    def _failing(self, trial: RendererTrial, name: str) -> ProxyId:
        if self.failing is None:
            return trial.create_unknown(name)
        return trial.create(self.failing[0], name, self.failing[1])
