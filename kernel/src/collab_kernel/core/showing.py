"""How a source comes into view: the operations that showing and colouring take.

Clients and the server (for the files it is started with) work them out from the state and the
renderer's facts, and send them as an edit. Groups, types and properties are ParaView's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from collab_kernel.core.cameras import INTERACTION_2D, INTERACTION_3D
from collab_kernel.core.commands import Connect, Create, Operation, Set
from collab_kernel.core.definitions import ProxyDefinition, TypeKey
from collab_kernel.core.facts import ArrayInformation, DataInformation
from collab_kernel.core.state import State
from collab_kernel.core.values import Input, Kind, ProxyId, Value
from collab_kernel.errors import InvalidValueError, UnknownProxyError

REPRESENTATION: TypeKey = ("representations", "GeometryRepresentation")
SCALAR_BAR: TypeKey = ("representations", "ScalarBarWidgetRepresentation")
LOOKUP_TABLE: TypeKey = ("lookup_tables", "PVLookupTable")
OPACITY_FUNCTION: TypeKey = ("piecewise_functions", "PiecewiseFunction")
RENDER_VIEW: TypeKey = ("views", "RenderView")
CHART_VIEW: TypeKey = ("views", "XYChartView")
CHART_REPRESENTATION: TypeKey = ("representations", "XYChartRepresentation")
SPREADSHEET_VIEW: TypeKey = ("views", "SpreadSheetView")
SPREADSHEET_REPRESENTATION: TypeKey = ("representations", "SpreadSheetRepresentation")

_SHOWN_BY = {CHART_VIEW: CHART_REPRESENTATION, SPREADSHEET_VIEW: SPREADSHEET_REPRESENTATION}
"""What data is shown by in views that draw no geometry."""

COOL_TO_WARM = ((0.0, 0.231, 0.298, 0.753), (0.5, 0.865, 0.865, 0.865), (1.0, 0.706, 0.016, 0.149))
"""Moreland's diverging map as (fraction, red, green, blue): ParaView's default.

Source: K. Moreland, "Diverging Color Maps for Scientific Visualization", ISVC 2009.
"""

NewId = Callable[[], ProxyId]


# -- readers -------------------------------------------------------------------------------


def reader_for(path: str, types: Iterable[tuple[TypeKey, tuple[str, ...]]]) -> TypeKey:
    """The reader type that takes a file of this name, of (type, extensions) pairs.

    Raises InvalidValueError that lists the extensions there are.
    """
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower() if "." in path else ""
    readers = [(key, extensions) for key, extensions in types if extensions]
    for key, extensions in readers:
        if suffix in extensions:
            return key
    known = sorted({e for _, extensions in readers for e in extensions})
    raise InvalidValueError(
        f"{path!r}: no reader takes files that end in {'.' + suffix if suffix else 'nothing'!r}; "
        f"there are readers for {', '.join('.' + e for e in known) or 'nothing'}"
    )


def file_property(reader: ProxyDefinition, files: int) -> str:
    """The property of a reader that names what it reads.

    Raises InvalidValueError where it can't be that many files.
    """
    property = next((p for p in reader.properties if p.file_name), None)
    if property is None:
        raise InvalidValueError(f"{reader.label} reads no files")
    if property.number_of_elements not in (0, files):
        raise InvalidValueError(f"{files} files: {reader.label} reads one")
    return property.name


# -- looking around in the state -----------------------------------------------------------


def views(state: State) -> Iterator[ProxyId]:
    """The views, oldest first."""
    return (id for id, row in sorted(state.proxies.items()) if row.group == "views")


def representation_type(state: State, view: ProxyId) -> TypeKey:
    """What data is shown by in a view."""
    row = state.proxy(view)
    return _SHOWN_BY.get((row.group, row.type), REPRESENTATION)


def representation_of(state: State, source: Input, view: ProxyId) -> ProxyId | None:
    """The representation of an output port in a view."""
    shown = state.value(view, "Representations")
    for id in shown.references if shown else ():
        if state.proxy(id).type == representation_type(state, view)[1]:
            given = state.value(id, "Input")
            if given is not None and given.elements == (source,):
                return id
    return None


def representations_of(state: State, source: ProxyId) -> tuple[ProxyId, ...]:
    """Every representation of a proxy, in whatever view."""
    return tuple(
        user
        for user, property in state.users_of(source)
        if property == "Input" and state.proxy(user).group == "representations"
    )


# -- operations ----------------------------------------------------------------------------


def show(
    state: State,
    source: Input,
    view: ProxyId,
    new_id: NewId,
    information: DataInformation | None = None,
    visible: bool = True,
) -> tuple[ProxyId, tuple[Operation, ...]]:
    """The representation of `source` in `view`, and what makes it visible there (or, without
    `visible`, just be there); a spreadsheet shows one at a time.

    information: what is known of the data: flat data is looked at in 2D.
    """
    state.proxy(source.proxy)
    state.proxy(view)
    found = representation_of(state, source, view)
    others = _making_room(state, source, view) if visible else ()
    shown = ("Visibility", Value(Kind.BOOL, (visible,)))
    if found is not None:
        return found, (*others, Set(found, (shown,))) if visible else ()
    id = new_id()
    values = (("Input", Value(Kind.INPUT, (source,))), shown)
    return id, (
        *others,
        Create(id, *representation_type(state, view), values=values),
        Connect(view, "Representations", Input(id)),
        *(look_flat(state, source, view, information) if information else ()),
    )


def _making_room(state: State, source: Input, view: ProxyId) -> Iterator[Operation]:
    """What hides everything else, where one thing is shown at a time."""
    if state.proxy(view).type == SPREADSHEET_VIEW[1]:
        for other in visible_in(state, view):
            if other != source:
                yield from hide(state, other, view)


def hide(state: State, source: Input, view: ProxyId) -> tuple[Operation, ...]:
    """What makes `source` invisible in `view`; nothing if it never was visible."""
    found = representation_of(state, source, view)
    if found is None:
        return ()
    return (Set(found, (("Visibility", Value(Kind.BOOL, (False,))),)),)


def look_flat(
    state: State, source: Input, view: ProxyId, information: DataInformation
) -> tuple[Operation, ...]:
    """What puts `view` into 2D, if data that is flat in z is all that is visible there; into 3D,
    if it was in 2D and the data is not flat."""
    mode = state.value(view, "InteractionMode")
    bounds = information.bounds
    if mode is None or len(bounds) != 6:
        return ()
    flat = bounds[4] == bounds[5] and bounds[0] < bounds[1] and bounds[2] < bounds[3]
    if flat and any(shown != source for shown in visible_in(state, view)):
        return ()
    now, wanted = (INTERACTION_3D, INTERACTION_2D) if flat else (INTERACTION_2D, INTERACTION_3D)
    if mode.plain != now:
        return ()
    return (Set(view, (("InteractionMode", Value(Kind.INT, (wanted,))),)),)


def visible_in(state: State, view: ProxyId) -> Iterator[Input]:
    """The output ports that are visible in a view."""
    shown = state.value(view, "Representations")
    for id in shown.references if shown else ():
        on, given = state.value(id, "Visibility"), state.value(id, "Input")
        if on and on.plain and given:
            yield from (e for e in given.elements if isinstance(e, Input))


def first_array(information: DataInformation) -> ArrayInformation | None:
    """What a newly read file is coloured by: its first point array with numbers."""
    return next((a for a in information.arrays if a.association == "POINTS" and a.maximum), None)


def colour_by(
    state: State, representation: ProxyId, array: ArrayInformation | None, new_id: NewId
) -> tuple[Operation, ...]:
    """Colour by an array through its lookup table, made over its range if there is none yet;
    by no array: in one colour. Arrays of one name share a table, as in ParaView."""
    if array is None:
        none = Value(Kind.STRING, ("POINTS", ""))
        return (Set(representation, (("ColorArrayName", none),)),)
    operations: list[Operation] = []
    table = state.named(LOOKUP_TABLE[0], array.name)
    opacity = state.named(OPACITY_FUNCTION[0], array.name)
    low, high = array_range(array)
    if table is None:
        table = new_id()
        points = Value(Kind.DOUBLE, tuple(_ramp(low, high)))
        operations.append(Create(table, *LOOKUP_TABLE, array.name, values=(("RGBPoints", points),)))
    if opacity is None:
        opacity = new_id()
        ramp = Value(Kind.DOUBLE, (low, 0.0, 0.5, 0.0, high, 1.0, 0.5, 0.0))
        operations.append(
            Create(opacity, *OPACITY_FUNCTION, array.name, values=(("Points", ramp),))
        )
    values = (
        ("ColorArrayName", Value(Kind.STRING, (array.association, array.name))),
        ("LookupTable", Value(Kind.PROXY, (table,))),
        ("ScalarOpacityFunction", Value(Kind.PROXY, (opacity,))),
    )
    return (*operations, Set(representation, values))


def rescale(
    state: State, representation: ProxyId, array: ArrayInformation
) -> tuple[Operation, ...]:
    """Spread the representation's lookup table over an array's range."""
    value = state.value(representation, "LookupTable")
    low, high = array_range(array)
    return tuple(
        Set(table, (("RGBPoints", Value(Kind.DOUBLE, tuple(_ramp(low, high)))),))
        for table in (value.references if value else ())
    )


def scalar_bar(
    state: State, representation: ProxyId, view: ProxyId, visible: bool, new_id: NewId
) -> tuple[Operation, ...]:
    """Show (or hide) the scalar bar of what the representation is coloured by."""
    value = state.value(representation, "LookupTable")
    name = state.value(representation, "ColorArrayName")
    if value is None or not value.references or name is None:
        if not visible:
            return ()
        raise UnknownProxyError(
            f"{state.title(representation)} is coloured by no array, so it has no scalar bar"
        )
    table = value.references[0]
    shown = Value(Kind.BOOL, (visible,))
    listed = state.value(view, "Representations")
    for id in listed.references if listed else ():
        given = state.value(id, "LookupTable")
        if state.proxy(id).type == SCALAR_BAR[1] and given and given.references == (table,):
            return (Set(id, (("Visibility", shown),)),)
    if not visible:
        return ()
    id = new_id()
    values = (
        ("LookupTable", Value(Kind.PROXY, (table,))),
        ("Title", Value(Kind.STRING, (str(name.elements[-1]),))),
        ("Visibility", shown),
    )
    return (
        Create(id, *SCALAR_BAR, values=values),
        Connect(view, "Representations", Input(id)),
    )


def array_range(array: ArrayInformation) -> tuple[float, float]:
    """The range to colour over: of the only component, or of the magnitude; of one value, that
    value."""
    if not array.minimum or not array.maximum:
        return 0.0, 1.0
    return array.minimum[-1], array.maximum[-1]


def _ramp(low: float, high: float) -> Iterator[float]:
    for fraction, *rgb in COOL_TO_WARM:
        yield low + fraction * (high - low)
        yield from rgb


def no_such_array(
    name: str, association: str | None, information: DataInformation
) -> InvalidValueError:
    """The error that lists the arrays there are."""
    there = ", ".join(f"{a.name} ({a.association})" for a in information.arrays) or "none"
    where = f" of {association}" if association else ""
    return InvalidValueError(f"there is no array {name!r}{where}; there are: {there}")
