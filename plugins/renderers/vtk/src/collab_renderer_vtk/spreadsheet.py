"""Data as rows: what a spreadsheet shows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from vtkmodules.vtkCommonDataModel import (
    vtkCellTypeUtilities,
    vtkCompositeDataSet,
    vtkDataSet,
    vtkImageData,
    vtkRectilinearGrid,
    vtkStructuredGrid,
    vtkTable,
)

from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import (
    MAGNITUDE,
    MAX_BLOCKS,
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
    Block,
    Column,
    FetchRows,
    Rows,
)
from collab_renderer_vtk.bridge import Array, to_numpy

ASSOCIATIONS = ("POINTS", "CELLS", "FIELD")

POINTS, COORDINATES, CELL_TYPE = "Points", "Structured Coordinates", "Cell Type"
"""Columns that are no arrays, by ParaView's names."""

MAX_SORTED = 5_000_000
"""Rows: sorting more takes longer than anybody waits."""

MAX_TEXTS_SORTED = 200_000
"""Texts, one by one, take longer than numbers."""

ORDERS = 4
"""Are remembered: whoever scrolls asks again and again."""

MAX_INT, MIN_INT = 2**63 - 1, -(2**63)

Cells = Any
"""A tuple of numbers or of texts, row after row."""


@dataclass(frozen=True, slots=True)
class _Source:
    """What a column is filled from. cells: of the rows with these numbers.  whole: one element
    for every row, (rows,) or (rows, components), to sort by."""

    name: str
    type: str
    components: int
    cells: Callable[[Array], Cells]
    whole: Callable[[], Array]


class Spreadsheet:
    """Answers `FetchRows`, and remembers how rows are sorted."""

    def __init__(self) -> None:
        self._orders: dict[Any, Array] = {}

    def rows(self, query: FetchRows, data: Any, serial: int) -> Rows:
        """serial: of the data: another one, and what was sorted is sorted anew. Raises
        InvalidValueError."""
        _check(query)
        number, leaf, blocks = _chosen(query, data)
        sources = {s.name: s for s in _sources(leaf, query.association)}
        total = _count(leaf, query.association)
        if unknown := [n for n in (*query.columns, query.sort_by) if n and n not in sources]:
            raise InvalidValueError(
                f"there is no column {unknown[0]!r}; there are: {_listed(list(sources))}"
            )
        ids = self._ids(query, sources, total, (serial, number))
        columns: list[Column] = []
        room = MAX_COLUMNS
        for name in dict.fromkeys(query.columns) or sources:
            source = sources[name]
            if source.components <= room:
                room -= source.components
                cells = source.cells(ids)
                columns.append(Column(name, source.type, source.components, cells))
        names = tuple(sources)
        return Rows(total, tuple(map(int, ids)), tuple(columns), names, number, blocks)

    def _ids(
        self, query: FetchRows, sources: dict[str, _Source], total: int, whose: tuple[int, int]
    ) -> Array:
        """The numbers of the rows that are asked for."""
        end = min(query.first + query.count, total)
        places = np.arange(min(query.first, end), end)
        if not query.sort_by:
            return total - 1 - places if query.descending else places
        if total > MAX_SORTED:
            raise InvalidValueError(
                f"{total} rows are too many to sort; allowed: up to {MAX_SORTED}"
            )
        what = (query.association, query.sort_by, query.component, query.descending)
        key = (query.proxy, query.port, *whose, *what)
        order = self._orders.pop(key, None)
        if order is None:
            order = _order(sources[query.sort_by], query, total)
        self._orders[key] = order  # the last one used is the last one forgotten
        while len(self._orders) > ORDERS:
            self._orders.pop(next(iter(self._orders)))
        return order[places]

    def forget(self) -> None:
        """Nothing is sorted any more."""
        self._orders.clear()


def _check(query: FetchRows) -> None:
    if query.association not in ASSOCIATIONS:
        raise InvalidValueError(
            f"{query.association!r} has no rows; allowed: {', '.join(ASSOCIATIONS)}"
        )
    if not 1 <= query.count <= MAX_ROWS:
        raise InvalidValueError(f"{query.count} rows are not allowed; allowed: 1 to {MAX_ROWS}")
    if query.first < 0:
        raise InvalidValueError(f"there is no row {query.first}: the first one is 0")


def _chosen(query: FetchRows, data: Any) -> tuple[int, Any, tuple[Block, ...]]:
    """The block whose rows are meant, its flat index, and what blocks there are."""
    if not isinstance(data, vtkCompositeDataSet):
        if query.block:
            raise InvalidValueError(f"there is no block {query.block}: the data has no blocks")
        return 0, data, ()
    leaves: dict[int, Any] = {}
    blocks: list[Block] = []
    for index, name, leaf in _named_leaves(data):
        leaves[index] = leaf
        blocks.append(Block(index, name, _count(leaf, query.association)))
    if query.block and query.block not in leaves:
        raise InvalidValueError(
            f"there is no block {query.block}; there are: {_listed([str(i) for i in leaves])}"
        )
    first = next((block.index for block in blocks if block.rows), next(iter(leaves), 0))
    chosen = query.block or first
    return chosen, leaves.get(chosen), tuple(blocks[:MAX_BLOCKS])


def _named_leaves(data: Any) -> Iterator[tuple[int, str, Any]]:
    iterator = data.NewIterator()
    iterator.SkipEmptyNodesOn()
    iterator.InitTraversal()
    while not iterator.IsDoneWithTraversal():
        name = ""
        if iterator.HasCurrentMetaData():
            about = iterator.GetCurrentMetaData()
            name = _text(about.Get(vtkCompositeDataSet.NAME()) or "")
        yield iterator.GetCurrentFlatIndex(), name, iterator.GetCurrentDataObject()
        iterator.GoToNextItem()


def _count(leaf: Any, association: str) -> int:
    if association == "FIELD":
        if isinstance(leaf, vtkTable):
            return int(leaf.GetNumberOfRows())
        return max((a.GetNumberOfTuples() for a in _arrays(_fields(leaf, "FIELD"))), default=0)
    if not isinstance(leaf, vtkDataSet):
        return 0
    points = association == "POINTS"
    return int(leaf.GetNumberOfPoints() if points else leaf.GetNumberOfCells())


def _fields(leaf: Any, association: str) -> Any:
    if association == "FIELD":
        if isinstance(leaf, vtkTable):
            return leaf.GetRowData()
        return leaf.GetFieldData() if leaf is not None else None
    if not isinstance(leaf, vtkDataSet):
        return None
    return leaf.GetPointData() if association == "POINTS" else leaf.GetCellData()


def _arrays(fields: Any) -> Iterator[Any]:
    """Those with numbers or texts, and a name."""
    for i in range(fields.GetNumberOfArrays() if fields else 0):
        array = fields.GetAbstractArray(i)
        if array is None or not array.GetName() or not array.GetNumberOfComponents():
            continue
        if hasattr(array, "GetRange") or array.IsA("vtkStringArray"):
            yield array


# -- columns ---------------------------------------------------------------------------------


def _sources(leaf: Any, association: str) -> Iterator[_Source]:
    """The columns: arrays first, in the order of the data."""
    for array in _arrays(_fields(leaf, association)):
        yield _of_texts(array) if array.IsA("vtkStringArray") else _of_numbers(array)
    if not isinstance(leaf, vtkDataSet) or association == "FIELD":
        return
    if association == "POINTS":
        yield _of_places(leaf)
    if isinstance(leaf, vtkImageData | vtkRectilinearGrid | vtkStructuredGrid):
        yield _of_coordinates(leaf, association == "CELLS")
    elif association == "CELLS":
        yield _of_cell_types(leaf)


def _of_numbers(array: Any) -> _Source:
    def cells(ids: Array) -> Cells:
        ids = ids[ids < array.GetNumberOfTuples()]
        if array.HasStandardMemoryLayout():
            return _plain(to_numpy(array)[ids])
        tuples = [array.GetTuple(int(id)) for id in ids]  # else all of it would be worked out
        return _plain(np.array(tuples, float))

    return _Source(
        _text(array.GetName()),
        array.GetDataTypeAsString(),
        array.GetNumberOfComponents(),
        cells,
        lambda: to_numpy(array),
    )


def _of_texts(array: Any) -> _Source:
    width = array.GetNumberOfComponents()

    def texts(ids: Array) -> list[str]:
        there = (int(id) for id in ids if id < array.GetNumberOfTuples())
        return [_cell(array.GetValue(id * width + i)) for id in there for i in range(width)]

    def whole() -> Array:
        if array.GetNumberOfValues() > MAX_TEXTS_SORTED:
            raise InvalidValueError(
                f"{array.GetNumberOfValues()} texts are too many to sort by; allowed: up to "
                f"{MAX_TEXTS_SORTED}"
            )
        found = np.array(texts(np.arange(array.GetNumberOfTuples())), np.str_)
        return found if width == 1 else found.reshape(-1, width)

    def cells(ids: Array) -> Cells:
        return tuple(texts(ids))

    return _Source(_text(array.GetName()), "string", width, cells, whole)


def _of_places(leaf: Any) -> _Source:
    def cells(ids: Array) -> Cells:
        return tuple(float(x) for id in ids for x in leaf.GetPoint(int(id)))

    return _Source(POINTS, "double", 3, cells, lambda: to_numpy(leaf.GetPoints().GetData()))


def _of_coordinates(leaf: Any, cells: bool) -> _Source:
    extent = leaf.GetExtent()
    first = np.array(extent[::2])
    nx, ny, _ = np.maximum(np.array(extent[1::2]) - first + (0 if cells else 1), 1)

    def at(ids: Array) -> Array:
        here: Array = np.stack([ids % nx, ids // nx % ny, ids // (nx * ny)], axis=1) + first
        return here

    count = leaf.GetNumberOfCells() if cells else leaf.GetNumberOfPoints()
    return _Source(COORDINATES, "int", 3, lambda ids: _plain(at(ids)), lambda: at(np.arange(count)))


def _of_cell_types(leaf: Any) -> _Source:
    def name(type: int) -> str:
        found: str = vtkCellTypeUtilities.GetClassNameFromTypeId(type)
        return found.removeprefix("vtk")

    def cells(ids: Array) -> Cells:
        return tuple(name(leaf.GetCellType(int(id))) for id in ids)

    def whole() -> Array:
        count = leaf.GetNumberOfCells()
        if hasattr(leaf, "GetCellTypes") and leaf.IsA("vtkUnstructuredGrid"):
            return to_numpy(leaf.GetCellTypes())
        return np.fromiter((leaf.GetCellType(i) for i in range(count)), np.uint8, count)

    return _Source(CELL_TYPE, "string", 1, cells, whole)


# -- numbers and texts -----------------------------------------------------------------------


def _plain(values: Array) -> Cells:
    """As Python's numbers: whole ones that fit 64 bits with a sign, or floats."""
    values = values.reshape(-1)
    if values.dtype.kind == "f":
        return tuple(map(float, values))
    whole = tuple(map(int, values))
    return whole if all(MIN_INT <= n <= MAX_INT for n in whole) else tuple(map(float, whole))


def _order(source: _Source, query: FetchRows, total: int) -> Array:
    """The rows by what the column holds; equal ones by number, and what is no number last."""
    if not MAGNITUDE <= query.component < source.components:
        raise InvalidValueError(
            f"{source.name} has no component {query.component}; allowed: {MAGNITUDE} (the length) "
            f"to {source.components - 1}"
        )
    values = source.whole()
    if query.component == MAGNITUDE and values.dtype.kind in "iuf":
        squares = values.reshape(len(values), -1).astype(float) ** 2
        keys = np.sqrt(squares.sum(axis=1))
    else:
        keys = values if values.ndim == 1 else values[:, max(query.component, 0)]
    order = np.argsort(keys, kind="stable")
    last = np.isnan(keys[order]) if keys.dtype.kind == "f" else np.zeros(len(order), bool)
    numbers, rest = order[~last], order[last]
    if query.descending:
        numbers = numbers[::-1]
    beyond = np.arange(len(keys), total)  # a column of field data may end earlier
    return np.concatenate([numbers, rest, beyond]).astype(np.int32)


def _text(text: Any) -> str:
    """What VTK calls a text, as one that can be sent."""
    found = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return found.encode("utf-8", "replace").decode()


def _cell(text: Any) -> str:
    return _text(text)[:MAX_CELL_CHARACTERS]


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"{', '.join(names[:12])}{more}" if names else "none"
