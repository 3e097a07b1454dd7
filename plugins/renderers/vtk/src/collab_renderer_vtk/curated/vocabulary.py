"""The words in which the curated tables say how a proxy's properties become a VTK object's.

A table gives ParaView's names and which VTK class and attribute stand behind them; kind,
length, default, range, enumeration and documentation are derived from the VTK class by
`collab_renderer_vtk.describe`, unless the table gives them because ParaView's differ.
Nothing here imports VTK.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, TypeAlias

from collab_kernel.spi import (
    Domain,
    Element,
    EnumerationDomain,
    Kind,
    PropertyDefinition,
    ProxyTypeDomain,
    RangeDomain,
    Scope,
    TypeKey,
    Value,
    Widget,
)
from collab_renderer_vtk.references import References

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
"""What VTK's integers hold."""

DATA = ProxyTypeDomain((("sources", ""), ("filters", ""), ("extended_sources", "")))
"""Whatever has output ports."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property that is pushed with the VTK object's `Set<vtk>` (by default `Set<name>`).

    What is None is derived. minimum, maximum: replace the derived range where given.
    entries: (value, text) of an enumeration, with ParaView's texts.
    advice: domains that depend on data.
    """

    name: str
    vtk: str = ""
    label: str = ""
    kind: Kind | None = None
    default: tuple[Element, ...] | None = None
    entries: tuple[tuple[int, str], ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    advice: tuple[Domain, ...] = ()
    documentation: str = ""
    advanced: bool = False

    @property
    def attribute(self) -> str:
        return self.vtk or self.name


@dataclass(frozen=True, slots=True)
class ValueList:
    """Any number of doubles, pushed as `SetNumberOf<plural>(n)` and `SetValue(i, x)`."""

    name: str
    plural: str
    label: str
    documentation: str
    default: tuple[float, ...] = ()
    advice: tuple[Domain, ...] = ()
    advanced: bool = False


@dataclass(frozen=True, slots=True)
class InputPort:
    """Data of another proxy, connected to input port `port`.

    sub_proxy: made with its owner when the creator gives none.  several: any number of them.
    """

    name: str = "Input"
    port: int = 0
    label: str = ""
    types: tuple[TypeKey, ...] = DATA.types
    sub_proxy: TypeKey | None = None
    documentation: str = "The data to work on."
    several: bool = False


@dataclass(frozen=True, slots=True)
class ArrayChoice:
    """(association, name) of an array of the input; an empty name is the first that fits.

    index: VTK's, for SetInputArrayToProcess.  components: 0 is any number.
    needed: without a fitting array the proxy fails, rather than doing without.
    """

    name: str
    label: str
    documentation: str
    index: int = 0
    components: int = 0
    associations: tuple[str, ...] = ("POINTS", "CELLS")
    needed: bool = True


@dataclass(frozen=True, slots=True)
class ObjectChoice:
    """A proxy that is no data (an implicit function), pushed with `Set<vtk>`."""

    name: str
    label: str
    types: tuple[TypeKey, ...]
    sub_proxy: TypeKey
    documentation: str
    vtk: str = ""

    @property
    def attribute(self) -> str:
        return self.vtk or self.name


@dataclass(frozen=True, slots=True)
class FilePath:
    """The path of a file, as the renderer's machine sees it.

    extensions: lower case, without the dot.  several: any number of files, as steps in time.
    references: the files that such a file names; it
    has no default, since what VTK opens without our asking can lie anywhere.
    """

    name: str = "FileName"
    label: str = "File Name"
    _: KW_ONLY
    extensions: tuple[str, ...]
    references: References
    several: bool = False


@dataclass(frozen=True, slots=True)
class Plain:
    """A property that our own code acts on: nothing to derive."""

    definition: PropertyDefinition

    @property
    def name(self) -> str:
        return self.definition.name


Curated: TypeAlias = (
    Attribute | ValueList | InputPort | ArrayChoice | ObjectChoice | FilePath | Plain
)


Elements: TypeAlias = Mapping[str, tuple[Any, ...]]
"""The elements of a proxy's values, by property."""


@dataclass(frozen=True, slots=True)
class CuratedType:
    """A type of proxy. vtk: "module.class" below `vtkmodules`; empty: our own code is all.

    bytes: about how much memory the output takes, where a number typed in decides that.
    runs_code: what its values hold is run.  widgets: tools in the view for its properties.
    """

    group: str
    type: str
    label: str
    vtk: str = ""
    documentation: str = ""
    properties: tuple[Curated, ...] = ()
    output_ports: int = 1
    bytes: Callable[[Elements], int] | None = None
    runs_code: bool = False
    widgets: tuple[Widget, ...] = ()

    @property
    def key(self) -> TypeKey:
        return (self.group, self.type)

    @property
    def path(self) -> FilePath | None:
        """Of a reader, where its file's name is."""
        return next((p for p in self.properties if isinstance(p, FilePath)), None)


# -- tools in the view -----------------------------------------------------------------------


def line_widget(point1: str = "Point1", point2: str = "Point2") -> tuple[Widget, ...]:
    """Two ends."""
    ends = (("Point1WorldPosition", point1), ("Point2WorldPosition", point2))
    return (Widget("InteractiveLine", ends),)


def handle_widget(position: str) -> tuple[Widget, ...]:
    """A point."""
    return (Widget("InteractiveHandle", (("WorldPosition", position),)),)


PLANE_WIDGET = (Widget("InteractivePlane", (("Origin", "Origin"), ("Normal", "Normal"))),)
SPHERE_WIDGET = (Widget("InteractiveSphere", (("Center", "Center"), ("Radius", "Radius"))),)
BOX_WIDGET = (
    Widget(
        "InteractiveBox", (("Position", "Position"), ("Rotation", "Rotation"), ("Scale", "Length"))
    ),
)


# -- properties that our own code acts on ----------------------------------------------------


def plain(
    name: str,
    kind: Kind,
    *default: Element,
    elements: int | None = None,
    label: str = "",
    documentation: str = "",
    domains: tuple[Domain, ...] = (),
    own: bool = False,
    advanced: bool = False,
) -> Plain:
    """A property with a default; as many elements as that has, unless given."""
    return Plain(
        PropertyDefinition(
            name,
            kind,
            Value(kind, default),
            len(default) if elements is None else elements,
            label,
            documentation,
            domains,
            Scope.OWN if own else Scope.SHARED,
            advanced,
        )
    )


def number(
    name: str,
    default: float,
    minimum: float | None = None,
    maximum: float | None = None,
    **more: str | bool,
) -> Plain:
    """One double in a range."""
    domains = () if minimum is maximum is None else (RangeDomain(minimum, maximum),)
    return plain(name, Kind.DOUBLE, float(default), domains=domains, **more)  # type: ignore[arg-type]


def integer(
    name: str, default: int, minimum: int = INT_MIN, maximum: int = INT_MAX, **more: str | bool
) -> Plain:
    """One int in a range."""
    domains = (RangeDomain(minimum, maximum),)
    return plain(name, Kind.INT, default, domains=domains, **more)  # type: ignore[arg-type]


def vector(name: str, *default: float, **more: str | bool) -> Plain:
    """As many doubles as the default has."""
    return plain(name, Kind.DOUBLE, *map(float, default), **more)  # type: ignore[arg-type]


def colour(name: str, red: float, green: float, blue: float, documentation: str) -> Plain:
    """Red, green and blue, each 0 to 1."""
    return plain(
        name,
        Kind.DOUBLE,
        red,
        green,
        blue,
        documentation=documentation,
        domains=(RangeDomain(0, 1),),
    )


def switch(name: str, default: bool, documentation: str, **more: str | bool) -> Plain:
    """On or off."""
    return plain(name, Kind.BOOL, default, documentation=documentation, **more)  # type: ignore[arg-type]


def choice(
    name: str, default: int, entries: tuple[tuple[int, str], ...], documentation: str
) -> Plain:
    """One of several, by number or text."""
    return plain(
        name,
        Kind.INT,
        default,
        documentation=documentation,
        domains=(EnumerationDomain(entries),),
    )


def references(
    name: str, types: tuple[TypeKey, ...], documentation: str, elements: int = 1
) -> Plain:
    """Proxies that are no data; none by default. elements: 1 or 0 (any number)."""
    return plain(
        name,
        Kind.PROXY,
        elements=elements,
        documentation=documentation,
        domains=(ProxyTypeDomain(types),),
    )


WINDOW = (
    plain(
        "ViewSize",
        Kind.INT,
        1280,
        720,
        documentation="Width and height of one's window.",
        domains=(RangeDomain(1, 8192),),
        own=True,
    ),
    number(
        "PixelRatio",
        1.0,
        0.1,
        8.0,
        own=True,
        advanced=True,
        documentation="Pixels of the picture for one of the window, along each side.",
    ),
    integer(
        "Quality",
        0,
        0,
        100,
        own=True,
        advanced=True,
        documentation="Of one's pictures, at most: 1 to 100. 0: as good as can be.",
    ),
)
"""What is of each participant's own window, in every view."""
