"""What is selected of sources' data: by number, by value, and by what one sees in a view.

Each of these makes a selection source, which says what is selected, for everybody, and returns
it; `ExtractSelection()` takes it. What was selected there before is selected no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from collab.client import client
from collab.connection import Connection
from collab.missing import NotThereYetError
from collab.people import view_or_active
from collab.pipeline import Source
from collab.sources import source_or_active
from collab.view import View, shown
from collab_kernel.client import Create, Delete, Operation, Select, Selected
from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import Input, ProxyId, State, Table

KINDS = {"POINT": 0, "CELL": 1}
"""FieldType, and what it is as ElementType."""

Chosen = tuple[str, Mapping[str, Any]]
"""A type of selection source, and its properties."""


# -- by number and by value ----------------------------------------------------------------


def SelectIDs(
    IDs: Sequence[int],
    FieldType: str = "POINT",
    ContainingCells: bool = False,
    Source: Source | None = None,
    Modifier: str | None = None,
) -> Any:
    """Select points or cells by their numbers.

    IDs: process and number, again and again; the process says nothing here.
    """
    values = {"IDs": IDs, "FieldType": _kind(FieldType), "ContainingCells": ContainingCells}
    return _select_in(Source, ("IDSelectionSource", values), Modifier)


def SelectCompositeDataIDs(
    IDs: Sequence[int],
    FieldType: str = "POINT",
    ContainingCells: bool = False,
    Source: Source | None = None,
    Modifier: str | None = None,
) -> Any:
    """Select points or cells of composite data.

    IDs: flat index of a block, process and number, again and again.
    """
    values = {"IDs": IDs, "FieldType": _kind(FieldType), "ContainingCells": ContainingCells}
    return _select_in(Source, ("CompositeDataIDSelectionSource", values), Modifier)


def QuerySelect(
    QueryString: str = "",
    FieldType: str = "POINT",
    Source: Source | None = None,
    InsideOut: bool = False,
) -> Any:
    """Select points or cells for which an expression is true: "(RTData > 150) & (id < 100)"."""
    element = KINDS[_kind(FieldType)]
    values = {"QueryString": QueryString, "ElementType": element, "InsideOut": InsideOut}
    return _select_in(Source, ("SelectionQuerySource", values))


def SelectPoints(query: str = "id >= 0", proxy: Source | None = None) -> Any:
    """Select points for which an expression is true; all of them by default."""
    return QuerySelect(query, "POINT", proxy)


def SelectCells(query: str = "id >= 0", proxy: Source | None = None) -> Any:
    """Select cells for which an expression is true; all of them by default."""
    return QuerySelect(query, "CELL", proxy)


def SelectThresholds(
    Thresholds: Sequence[float],
    ArrayName: str,
    FieldType: str = "POINT",
    Source: Source | None = None,
    Modifier: str | None = None,
) -> Any:
    """Select points or cells whose value lies between a lower and an upper threshold.

    Thresholds: a lower and an upper one, again and again.
    """
    if not Thresholds or len(Thresholds) % 2:
        raise InvalidValueError(
            f"Thresholds: {list(Thresholds)} are no pairs of a lower and an upper one"
        )
    _check_modifier(Modifier)
    pairs = zip(Thresholds[::2], Thresholds[1::2], strict=True)
    between = [f"(({ArrayName} >= {low!r}) & ({ArrayName} <= {high!r}))" for low, high in pairs]
    return QuerySelect(" | ".join(between), FieldType, Source)


def ClearSelection(Source: Source | None = None) -> None:
    """Select nothing of a source (the active one)."""
    source = source_or_active(Source)
    _select(source.connection, {Input(source.id): None})


def _select_in(source: Source | None, chosen: Chosen, modifier: str | None = None) -> Any:
    _check_modifier(modifier)
    found = source_or_active(source)
    return _select(found.connection, {Input(found.id): chosen})[0]


# -- by what one sees ----------------------------------------------------------------------


def SelectSurfacePoints(
    Rectangle: Sequence[int] = (),
    Polygon: Sequence[int] = (),
    View: View | None = None,
    Modifier: str | None = None,
) -> list[Any]:
    """Select the points that I see in a rectangle of a view (the active one), and nothing else
    of what is visible there; the selection sources.

    Rectangle: left, bottom, right, top in pixels of the view. Raises RendererError.
    """
    return _select_seen("POINTS", Rectangle, Polygon, View, Modifier)


def SelectSurfaceCells(
    Rectangle: Sequence[int] = (),
    Polygon: Sequence[int] = (),
    View: View | None = None,
    Modifier: str | None = None,
) -> list[Any]:
    """Select the cells that I see in a rectangle of a view: as `SelectSurfacePoints`."""
    return _select_seen("CELLS", Rectangle, Polygon, View, Modifier)


def SelectPointsThrough(
    Rectangle: Sequence[int], View: View | None = None, Modifier: str | None = None
) -> list[Any]:
    """Select the points in a rectangle of a view, also those that are hidden: as
    `SelectSurfacePoints`. What is selected is the space: other data there will be selected."""
    return _select_seen("POINTS", Rectangle, (), View, Modifier, through=True)


def SelectCellsThrough(
    Rectangle: Sequence[int], View: View | None = None, Modifier: str | None = None
) -> list[Any]:
    """Select the cells in a rectangle of a view, also those that are hidden: as
    `SelectPointsThrough`."""
    return _select_seen("CELLS", Rectangle, (), View, Modifier, through=True)


def _select_seen(
    association: str,
    rectangle: Sequence[int],
    polygon: Sequence[int],
    view: View | None,
    modifier: str | None,
    through: bool = False,
) -> list[Any]:
    _check_modifier(modifier)
    if polygon:
        raise NotThereYetError("selecting in a polygon is not there yet: give a Rectangle")
    if len(rectangle) != 4:
        raise InvalidValueError(f"Rectangle: {list(rectangle)} is no [left, bottom, right, top]")
    connection = client.active()
    where = view_or_active(connection, view)
    width, height = where.size_px
    left, bottom, right, top = rectangle
    corners = (left / width, bottom / height, right / width, top / height)
    found = connection.run(
        where.kernel.select(corners, association, through=through, size=(width, height))
    )
    seen = _seen(found, association.removesuffix("S"), through)
    visible = dict.fromkeys(shown(connection.session.state, where.id))
    return _select(connection, {source: seen.get(source) for source in visible})


def _seen(found: Selected, kind: str, through: bool) -> dict[Input, Chosen]:
    """What says what is selected, by output port."""
    ids: dict[Input, list[int]] = {}
    composite: set[Input] = set()
    for part in found.data:
        source = Input(part.proxy, part.port)
        named = ids.setdefault(source, [])
        if part.block:
            composite.add(source)
            named += [number for id in part.ids for number in (part.block, 0, id)]
        else:
            named += [number for id in part.ids for number in (0, id)]
    if through:
        values = {"Frustum": found.frustum, "FieldType": kind}
        return dict.fromkeys(ids, ("FrustumSelectionSource", values))
    return {
        source: (
            "CompositeDataIDSelectionSource" if source in composite else "IDSelectionSource",
            {"IDs": numbers, "FieldType": kind},
        )
        for source, numbers in ids.items()
    }


# -- the edit ------------------------------------------------------------------------------


def _select(connection: Connection, chosen: Mapping[Input, Chosen | None]) -> list[Any]:
    """Let new selection sources say what is selected at output ports (None: nothing is), in one
    step; they."""
    session = connection.session
    operations: list[Operation] = []
    made: list[ProxyId] = []
    for source, says in chosen.items():
        id = 0
        if says is not None:
            type, values = says
            made.append(id := session.new_id())
            operations.append(Create(id, "sources", type, None, session.values(values)))
        if id or (source.proxy, source.port) in session.state.table(Table.SELECTIONS):
            operations.append(Select(source, id))
    operations += map(Delete, _idle(session.state, chosen))
    titles = ", ".join(session.state.title(source.proxy) for source in chosen)
    connection.edit(*operations, label=f"Select data of {titles}")
    return [connection.wrap(id) for id in made]


def _idle(state: State, sources: Iterable[Input]) -> Iterator[ProxyId]:
    """What says what is selected at these ports, and is of no other use."""
    table = state.table(Table.SELECTIONS)
    keys = {(source.proxy, source.port) for source in sources}
    needed = {id for key, id in table.items() if key not in keys}
    for id in sorted({table[key] for key in keys if key in table} - needed):
        if not state.users_of(id) and state.proxy(id).type.endswith("Source"):
            yield id


def _kind(field_type: str) -> str:
    if field_type not in KINDS:
        raise InvalidValueError(f"FieldType: {field_type!r} is neither 'POINT' nor 'CELL'")
    return field_type


def _check_modifier(modifier: str | None) -> None:
    if modifier:
        raise NotThereYetError(
            f"Modifier={modifier!r} is not there yet: what is selected anew takes the place of "
            "what was"
        )
