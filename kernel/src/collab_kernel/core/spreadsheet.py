"""The rows of data, as a spreadsheet shows them: what can be asked for, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from collab_kernel.core.values import ProxyId

MAX_ROWS = 1_000
"""In one answer."""

MAX_COLUMNS = 200
"""Components of columns in one answer: an array of vectors has three."""

MAX_CELL_CHARACTERS = 200
"""Of a text in a cell; of longer ones comes the beginning."""

MAX_BLOCKS = 1_000
"""That one answer names."""

MAGNITUDE = -1
"""The component to sort by that is the length of a vector."""

Cells: TypeAlias = tuple[float, ...] | tuple[int, ...] | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FetchRows:
    """Rows of the points, the cells or the field data at an output port: the answer's `rows`. A
    renderer that can't tell raises InvalidValueError.

    association: "POINTS", "CELLS" or "FIELD" (of a table: its rows).  block: the flat index in
    composite data; 0: the first that has rows.  first, count: of the rows as they are sorted.
    columns: by name; none given: all, as far as there is room.  sort_by: the column that sorts;
    "" is the number of the row.  component: of that column; MAGNITUDE is the vector's length.
    """

    proxy: ProxyId
    port: int = 0
    association: str = "POINTS"
    block: int = 0
    first: int = 0
    count: int = 100
    columns: tuple[str, ...] = ()
    sort_by: str = ""
    component: int = 0
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """cells: of one row after the other, `components` each; of field data, where columns have
    lengths of their own, as many as there are.  type: "float", "int", "string"..."""

    name: str
    type: str
    components: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class Block:
    """Of composite data. index: the flat one.  rows: of the association that was asked about."""

    index: int
    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class Rows:
    """total: rows that there are, shown here or not.  ids: the numbers of these rows in the
    data.  names: of all columns, those that were left out among them.  block: whose rows these
    are; 0: the data is not composite.  blocks: that there are, MAX_BLOCKS at most."""

    total: int = 0
    ids: tuple[int, ...] = ()
    columns: tuple[Column, ...] = ()
    names: tuple[str, ...] = ()
    block: int = 0
    blocks: tuple[Block, ...] = ()
