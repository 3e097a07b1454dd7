"""Which plugins there are: found at run time, never imported by name.

Entry points of the group `collab` are loaded in the order of their names, each on its own, so
that a broken plugin is a line in `collab plugins` and not a dead server. The environment
variable COLLAB_PLUGINS (entry-point names, separated by commas) is an allow list.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from collab_kernel import __version__, builtin, hookspecs
from collab_kernel.core.commands import Command
from collab_kernel.core.definitions import nearest
from collab_kernel.core.state import State
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import (
    BrokenPluginError,
    CollabError,
    DuplicatePluginError,
    RefusedError,
    UnknownPluginError,
    VetoedError,
)
from collab_kernel.spi import (
    SPI_VERSION,
    FrontEndSpec,
    MetricsSpec,
    PolicySpec,
    RendererSpec,
    Spec,
    StoreSpec,
    TransportSpec,
)

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "collab"
ALLOW_VARIABLE = "COLLAB_PLUGINS"

OFFICIAL = (
    "collab-front-end-python",
    "collab-front-end-web",
    "collab-metrics-prometheus",
    "collab-policy-master-slave",
    "collab-policy-shared",
    "collab-renderer-vtk",
    "collab-store-sqlite",
    "collab-transport-grpc",
    "collab-transport-websocket",
    "collab-transport-zmq",
)
"""Packages of this project: the only ones whose installation an error text suggests."""

_HOOK_OF_KIND = {
    "transport": "collab_transports",
    "renderer": "collab_renderers",
    "store": "collab_stores",
    "policy": "collab_policies",
    "front-end": "collab_front_ends",
    "metrics": "collab_metrics",
}
_KIND_OF_SPEC: dict[type[Spec], str] = {
    TransportSpec: "transport",
    RendererSpec: "renderer",
    StoreSpec: "store",
    PolicySpec: "policy",
    FrontEndSpec: "front-end",
    MetricsSpec: "metrics",
}

S = TypeVar("S", bound=Spec)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """A line of `collab plugins`: one thing that a plugin offers, or why it can't."""

    kind: str
    name: str
    distribution: str
    version: str
    summary: str = ""
    error: str = ""
    spec: Spec | None = None

    @property
    def origin(self) -> str:
        return f"{self.distribution} {self.version}".strip()


class Plugins:
    """Everything that was found, by kind and name."""

    def __init__(self, found: Iterable[Found], hooks: pluggy.PluginManager) -> None:
        self.found = tuple(sorted(found, key=lambda f: (f.kind, f.name, f.distribution)))
        self.hooks = hooks

    # -- choosing --------------------------------------------------------------------------

    def transports(self) -> list[TransportSpec]:
        """Every usable transport, sorted by scheme."""
        return [f.spec for f in self.found if isinstance(f.spec, TransportSpec) and not f.error]

    def transport(self, scheme: str) -> TransportSpec:
        """Raises UnknownPluginError, DuplicatePluginError or BrokenPluginError, as all do."""
        for spec in self.transports():
            if scheme in (*spec.aliases, spec.secure_scheme):
                scheme = spec.scheme
        return self._get(TransportSpec, scheme)

    def renderer(self, name: str) -> RendererSpec:
        return self._get(RendererSpec, name)

    def policy(self, name: str) -> PolicySpec:
        return self._get(PolicySpec, name)

    def store(self, name: str) -> StoreSpec:
        return self._get(StoreSpec, name)

    def metrics(self, name: str) -> MetricsSpec:
        return self._get(MetricsSpec, name)

    def front_end(self, name: str) -> FrontEndSpec:
        return self._get(FrontEndSpec, name)

    def front_ends(self) -> list[FrontEndSpec]:
        """Every usable front end, sorted by name."""
        return [f.spec for f in self.found if isinstance(f.spec, FrontEndSpec) and not f.error]

    def _get(self, cls: type[S], name: str) -> S:
        kind = _KIND_OF_SPEC[cls]  # type: ignore[index]  # S is bound to the keys
        same = [f for f in self.found if f.kind == kind and f.name == name]
        if len(same) > 1:
            origins = " and ".join(f.origin for f in same)
            raise DuplicatePluginError(f"{kind} {name!r} is offered by {origins}: uninstall one")
        if same and same[0].error:
            raise BrokenPluginError(f"{kind} {name!r} of {same[0].origin}: {same[0].error}")
        if same and isinstance(same[0].spec, cls):
            return same[0].spec
        broken = [f for f in self.found if f.error and f.name == name]
        if broken:
            raise BrokenPluginError(f"plugin {name!r} of {broken[0].origin}: {broken[0].error}")
        known = [f.name for f in self.found if f.kind == kind]
        hint = nearest(name, known)
        text = f"there is no {kind} {name!r} (installed: {', '.join(known) or 'none'})"
        if hint:
            text += f"; did you mean {hint}?"
        elif f"collab-{kind}-{name}" in OFFICIAL:
            text += f"; pip install collab-{kind}-{name}"
        if ALLOW_VARIABLE in os.environ:
            text += f"; {ALLOW_VARIABLE} allows {os.environ[ALLOW_VARIABLE] or 'nothing'}"
        raise UnknownPluginError(text)

    # -- verbs -----------------------------------------------------------------------------

    def veto(self, command: Command, state: State, actor: ParticipantId) -> RefusedError | None:
        """The first objection of any plugin; one that fails has objected."""
        try:
            objection = self.hooks.hook.collab_veto(command=command, state=state, actor=actor)
        except Exception as error:
            return VetoedError(f"a plugin failed over the command: {type(error).__name__}: {error}")
        if objection is None or isinstance(objection, RefusedError):
            return objection
        return VetoedError(f"a plugin objects: {objection}")


def made(spec: Spec, create: Callable[[], T]) -> T:
    """What a plugin creates. Raises BrokenPluginError if it fails with an error of its own."""
    try:
        return create()
    except CollabError:
        raise
    except Exception as error:
        kind = _KIND_OF_SPEC[type(spec)]
        raise BrokenPluginError(
            f"{kind} {spec.name!r} failed: {type(error).__name__}: {error}"
        ) from error


def load(points: Iterable[EntryPoint] | None = None, extra: Iterable[object] = ()) -> Plugins:
    """Find and load all plugins. extra: plugin objects that have no entry point (for tests
    and programs that embed the server)."""
    if points is None:
        from importlib.metadata import entry_points  # slow to import, for who needs no plugins

        points = entry_points(group=GROUP)
    allowed = os.environ.get(ALLOW_VARIABLE)
    names = None if allowed is None else {n.strip() for n in allowed.split(",")}
    manager = pluggy.PluginManager("collab")
    manager.add_hookspecs(hookspecs)
    found = _register(manager, builtin, "builtin", "collab-kernel", __version__)
    for point in sorted(points, key=lambda p: (p.name, p.value)):
        if names is not None and point.name not in names:
            continue
        distribution = point.dist.name if point.dist else point.value
        version = point.dist.version if point.dist else ""
        try:
            plugin = point.load()
        except (Exception, SystemExit) as error:
            reason = f"{type(error).__name__}: {error}"
            found.append(Found("?", point.name, distribution, version, error=reason))
            continue
        found += _register(manager, plugin, point.name, distribution, version)
    for plugin in extra:
        name = getattr(plugin, "__name__", type(plugin).__name__)
        found += _register(manager, plugin, name, name, "")
    return Plugins(found, manager)


def _register(
    manager: pluggy.PluginManager, plugin: Any, name: str, distribution: str, version: str
) -> list[Found]:
    """Add one plugin; what it offers, or one line that says why not."""
    registered = None
    try:
        registered = manager.register(plugin, f"{name} ({distribution})")
        manager.check_pending()
        specs = []
        for hook_name in _HOOK_OF_KIND.values():
            others = [p for p in manager.get_plugins() if p is not plugin]
            caller = manager.subset_hook_caller(hook_name, others)
            for offered in caller():
                specs += offered
        return [_found(spec, distribution, version) for spec in specs]
    except Exception as error:
        if registered is not None:
            manager.unregister(plugin)
        reason = f"{type(error).__name__}: {error}"
        return [Found("?", name, distribution, version, error=reason)]


def _found(spec: Spec, distribution: str, version: str) -> Found:
    kind = _KIND_OF_SPEC[type(spec)]
    error = (
        ""
        if spec.spi == SPI_VERSION
        else f"written for SPI version {spec.spi}; this kernel has {SPI_VERSION}"
    )
    return Found(kind, spec.name, distribution, version, spec.summary, error, spec)
