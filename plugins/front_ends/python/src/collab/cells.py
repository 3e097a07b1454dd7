"""A layout as ParaView counts it: cell 0 is the whole, cell i is divided into 2i + 1 and 2i + 2.

In the session it is two properties of the proxy: the views, and three numbers for each cell (the
whole first, then all of its first part, then all of its second).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import ProxyId

NONE, VERTICAL, HORIZONTAL = 0, 1, 2
"""How a cell is divided: not, one part above the other, side by side."""

MAX_CELLS = 32
MAX_LOCATION = 2**40
"""Nobody divides a cell so often."""


@dataclass(frozen=True, slots=True)
class Cell:
    """direction: NONE of one that shows a view (0: nothing yet).  fraction: the first part's."""

    direction: int = NONE
    fraction: float = 0.5
    view: ProxyId = 0


class Cells:
    """Every cell by its location; there is always cell 0."""

    def __init__(self, cells: dict[int, Cell] | None = None) -> None:
        self._cells = cells or {0: Cell()}

    def __getitem__(self, location: int) -> Cell:
        """Raises InvalidValueError."""
        found = self._cells.get(location)
        if found is None:
            raise InvalidValueError(
                f"the layout has no cell {location}; there are {', '.join(map(str, self))}"
            )
        return found

    def __contains__(self, location: int) -> bool:
        return location in self._cells

    def __iter__(self) -> Iterator[int]:
        """Locations, smallest first."""
        return iter(sorted(self._cells))

    @property
    def leaves(self) -> list[int]:
        """The cells that are not divided, from the left and the top on."""
        return [location for location, cell in self._walk() if not cell.direction]

    def location_of(self, view: ProxyId) -> int:
        """Where a view is; -1: nowhere."""
        return next((at for at in self.leaves if view and self._cells[at].view == view), -1)

    # -- changing --------------------------------------------------------------------------

    def split(self, location: int, direction: int, fraction: float) -> int:
        """Divide a cell: what it shows goes into the first part, whose location this returns."""
        cell = self.leaf(location)
        if not 0 < fraction < 1:
            raise InvalidValueError(f"a fraction of {fraction} is not allowed; allowed: 0 to 1")
        if len(self.leaves) >= MAX_CELLS or location > MAX_LOCATION:
            raise InvalidValueError(f"cell {location} can't be divided: {MAX_CELLS} views are most")
        self._cells[location] = Cell(direction, fraction)
        self._cells[2 * location + 1], self._cells[2 * location + 2] = cell, Cell()
        return 2 * location + 1

    def assign(self, location: int, view: ProxyId) -> None:
        """Let a cell show a view, which is nowhere else then."""
        self.leaf(location)
        if (before := self.location_of(view)) >= 0:
            self._cells[before] = Cell()
        self._cells[location] = Cell(view=view)

    def collapse(self, location: int) -> None:
        """Take an empty cell away: its neighbour gets its room."""
        if self.leaf(location).view:
            raise InvalidValueError(f"cell {location} shows a view: RemoveView() takes it out")
        if location == 0:
            return
        parent = (location - 1) // 2
        neighbour = location + 1 if location % 2 else location - 1
        kept = {at: self._cells.pop(at) for at in self._below(neighbour)}
        del self._cells[location]
        self._cells |= {_moved(at, neighbour, parent): cell for at, cell in kept.items()}

    def resize(self, location: int, fraction: float) -> None:
        cell = self[location]
        if not cell.direction:
            raise InvalidValueError(f"cell {location} is not divided")
        if not 0 < fraction < 1:
            raise InvalidValueError(f"a fraction of {fraction} is not allowed; allowed: 0 to 1")
        self._cells[location] = replace(cell, fraction=float(fraction))

    def swap(self, one: int, other: int) -> None:
        """What one cell shows in the place of what another does."""
        first, second = self.leaf(one), self.leaf(other)
        self._cells[one], self._cells[other] = second, first

    def equalize(self, directions: Iterable[int]) -> None:
        """Give all views that lie along these directions as much room."""
        for location, cell in list(self._cells.items()):
            if cell.direction in directions:
                first, second = (self._along(2 * location + i, cell.direction) for i in (1, 2))
                self._cells[location] = replace(cell, fraction=first / (first + second))

    def room_for(self, hint: int = 0) -> int:
        """An empty cell: the one of the hint, any other, or one that is made by dividing the
        largest."""
        if hint in self._cells and self._cells[hint] == Cell():
            return hint
        empty = [at for at in self.leaves if not self._cells[at].view]
        if empty:
            return empty[0]
        largest = min(self.leaves, key=lambda at: (at + 1).bit_length())
        parent = self._cells.get((largest - 1) // 2) if largest else None
        across = VERTICAL if parent and parent.direction == HORIZONTAL else HORIZONTAL
        return self.split(largest, across, 0.5) + 1

    def leaf(self, location: int) -> Cell:
        """A cell that is not divided. Raises InvalidValueError."""
        cell = self[location]
        if cell.direction:
            raise InvalidValueError(f"cell {location} is divided, and shows no view itself")
        return cell

    # -- as values -------------------------------------------------------------------------

    def values(self) -> tuple[list[ProxyId], list[float]]:
        """`Views` and `Layout`, as the session has them."""
        views: list[ProxyId] = []
        numbers: list[float] = []
        for _, cell in self._walk():
            if cell.view:
                views.append(cell.view)
            place = len(views) if cell.view else 0
            numbers += [float(cell.direction), cell.fraction, float(place)]
        return views, numbers

    @classmethod
    def of(cls, views: Sequence[ProxyId], numbers: Sequence[float]) -> Cells:
        """What such values stand for; what makes no sense is an empty cell."""
        rows = [tuple(numbers[i : i + 3]) for i in range(0, 3 * MAX_CELLS * 2, 3)]
        cells: dict[int, Cell] = {}
        room, shown = MAX_CELLS, set[ProxyId]()
        todo = [0]
        for row in rows:
            if not todo:
                break
            location = todo.pop()
            direction, fraction, place = row if len(row) == 3 else (NONE, 0.5, 0.0)
            if direction in (VERTICAL, HORIZONTAL) and room > 1:
                room -= 1
                kept = fraction if 0 < fraction < 1 else 0.5
                cells[location] = Cell(int(direction), kept)
                todo += [2 * location + 2, 2 * location + 1]
                continue
            index = int(place) - 1 if place in range(1, len(views) + 1) else -1
            view = views[index] if index >= 0 and views[index] not in shown else 0
            shown.add(view)
            cells[location] = Cell(view=view)
        return cls(cells)

    @classmethod
    def around(cls, views: Sequence[ProxyId]) -> Cells:
        """All of these views, in rows and columns."""
        found = cls()
        found._fill(0, list(views[:MAX_CELLS]), HORIZONTAL)
        return found

    # -- beneath ---------------------------------------------------------------------------

    def _fill(self, location: int, views: list[ProxyId], direction: int) -> None:
        if len(views) < 2:
            self._cells[location] = Cell(view=views[0] if views else 0)
            return
        half = (len(views) + 1) // 2
        self._cells[location] = Cell(direction, half / len(views))
        across = VERTICAL if direction == HORIZONTAL else HORIZONTAL
        self._fill(2 * location + 1, views[:half], across)
        self._fill(2 * location + 2, views[half:], across)

    def _walk(self, location: int = 0) -> Iterator[tuple[int, Cell]]:
        """The whole first, then all of its first part, then all of its second."""
        cell = self._cells[location]
        yield location, cell
        if cell.direction:
            yield from self._walk(2 * location + 1)
            yield from self._walk(2 * location + 2)

    def _below(self, location: int) -> list[int]:
        return [at for at, _ in self._walk(location)]

    def _along(self, location: int, direction: int) -> int:
        """How many views lie beside one another there."""
        cell = self._cells[location]
        if cell.direction != direction:
            return 1
        return sum(self._along(2 * location + i, direction) for i in (1, 2))


def _moved(location: int, old: int, new: int) -> int:
    """Where a cell is after the one above it, or itself, has moved from `old` to `new`."""
    steps = []
    while location != old:
        steps.append(2 if location % 2 == 0 else 1)
        location = (location - 1) // 2
    for step in reversed(steps):
        new = 2 * new + step
    return new
