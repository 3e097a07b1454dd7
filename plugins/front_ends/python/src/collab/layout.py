"""Layouts: how a session's views lie beside one another, as a script divides and fills them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from collab.calls import public_methods
from collab.cells import HORIZONTAL, VERTICAL, Cells
from collab.proxy import Proxy
from collab.view import View
from collab_kernel.client import Set
from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import Kind, ProxyId, State, Value

if TYPE_CHECKING:
    from collab_kernel.client import Operation

T = TypeVar("T")

GROUP, TYPE = "misc", "ViewLayout"

Where = int | View
"""A cell's location, or the view that it shows."""


def layouts(state: State) -> list[ProxyId]:
    """Every layout of the session, oldest first."""
    return sorted(id for id, row in state.proxies.items() if (row.group, row.type) == (GROUP, TYPE))


def cells_of(state: State, layout: ProxyId) -> Cells:
    views, numbers = state.value(layout, "Views"), state.value(layout, "Layout")
    return Cells.of(
        views.references if views else (),
        [float(n) for n in (numbers.elements if numbers else ()) if isinstance(n, float)],
    )


def laid_out(layout: ProxyId, cells: Cells) -> Operation:
    """What lets views lie so."""
    views, numbers = cells.values()
    values = (
        ("Views", Value(Kind.PROXY, tuple(views))),
        ("Layout", Value(Kind.DOUBLE, tuple(numbers))),
    )
    return Set(layout, values)


def without(state: State, view: ProxyId) -> list[Operation]:
    """What takes a view out of every layout that it is in."""
    operations: list[Operation] = []
    for layout in layouts(state):
        cells = cells_of(state, layout)
        if (location := cells.location_of(view)) >= 0:
            cells.assign(location, 0)
            cells.collapse(location)
            operations.append(laid_out(layout, cells))
    return operations


@public_methods
class Layout(Proxy):
    """How views lie beside one another; everybody sees the same. Cell 0 is the whole, and cell
    i is divided into 2i + 1 and 2i + 2."""

    found_by = "GetLayoutByName"

    # -- dividing --------------------------------------------------------------------------

    def SplitHorizontal(self, location: Where, fraction: float = 0.5) -> int:
        """Divide a cell (or that of a view) into a left and a right one: what it shows is on the
        left, whose location this returns. Raises InvalidValueError, NotMasterError."""
        return self._split(location, HORIZONTAL, fraction)

    def SplitVertical(self, location: Where, fraction: float = 0.5) -> int:
        """Divide a cell (or that of a view) into an upper and a lower one: as
        `SplitHorizontal`."""
        return self._split(location, VERTICAL, fraction)

    SplitViewHorizontal = SplitHorizontal
    SplitViewVertical = SplitVertical

    def _split(self, where: Where, direction: int, fraction: float) -> int:
        at = self._at(where)
        return self._change(lambda cells: cells.split(at, direction, float(fraction)), "Split")

    def Collapse(self, location: int) -> None:
        """Take an empty cell away: its neighbour gets its room."""
        self._change(lambda cells: cells.collapse(location), "Close a cell of")

    def SetSplitFraction(self, location: int, fraction: float) -> None:
        """How much of a divided cell its first part has."""
        self._change(lambda cells: cells.resize(location, fraction), "Move a divider of")

    def GetSplitFraction(self, location: int) -> float:
        return self._cells[location].fraction

    def EqualizeViews(self) -> None:
        self._change(lambda cells: cells.equalize((HORIZONTAL, VERTICAL)), "Equalize")

    def EqualizeViewsHorizontally(self) -> None:
        self._change(lambda cells: cells.equalize((HORIZONTAL,)), "Equalize")

    def EqualizeViewsVertically(self) -> None:
        self._change(lambda cells: cells.equalize((VERTICAL,)), "Equalize")

    # -- views -----------------------------------------------------------------------------

    def AssignView(self, location: int, view: View) -> None:
        """Let a cell show a view, which is in no other cell then. Raises InvalidValueError for a
        divided cell."""
        self._change(lambda cells: cells.assign(location, view.id), f"Show {view.title} in")

    def AssignViewToAnyCell(self, view: View, location_hint: int = 0) -> int:
        """Let an empty cell show a view, made if there is none; where it is."""

        def assign(cells: Cells) -> int:
            if (there := cells.location_of(view.id)) >= 0:
                return there
            location = cells.room_for(location_hint)
            cells.assign(location, view.id)
            return location

        return self._change(assign, f"Show {view.title} in")

    def RemoveView(self, view: View) -> int:
        """Take a view out, and its cell with it; the view stays. Where it was, or -1."""
        location = self.GetViewLocation(view)
        if location >= 0:

            def remove(cells: Cells) -> None:
                cells.assign(location, 0)
                cells.collapse(location)

            self._change(remove, f"Take {view.title} out of")
        return location

    def SwapCells(self, location1: int, location2: int) -> None:
        """What one cell shows in the place of what another does."""
        self._change(lambda cells: cells.swap(location1, location2), "Swap views of")

    def GetView(self, location: int) -> View | None:
        """What a cell shows; None: nothing, or it is divided."""
        view = self._cells[location].view
        found = self.connection.wrap(view) if view else None
        return found if isinstance(found, View) else None

    def GetViewLocation(self, view: View) -> int:
        """Where a view is; -1: not in this layout."""
        return self._cells.location_of(view.id)

    def ContainsView(self, view: View) -> bool:
        return self.GetViewLocation(view) >= 0

    def GetViews(self) -> list[View]:
        """From the left and the top on."""
        cells = self._cells
        found = [self.GetView(location) for location in cells.leaves]
        return [view for view in found if view is not None]

    # -- cells -----------------------------------------------------------------------------

    def IsCell(self, location: int) -> bool:
        """Whether there is such a cell, and it is not divided."""
        return location in self._cells and not self._cells[location].direction

    def IsSplitCell(self, location: int) -> bool:
        return location in self._cells and bool(self._cells[location].direction)

    def GetSplitDirection(self, location: int) -> int:
        """0: not divided; 1: one part above the other; 2: side by side."""
        return self._cells[location].direction

    def GetFirstChild(self, location: int) -> int:
        return 2 * location + 1

    def GetSecondChild(self, location: int) -> int:
        return 2 * location + 2

    def GetParent(self, location: int) -> int:
        """-1 of the whole."""
        return (location - 1) // 2 if location else -1

    # -- beneath ---------------------------------------------------------------------------

    @property
    def _cells(self) -> Cells:
        self.check_exists()
        return cells_of(self.connection.session.state, self.id)

    def _at(self, where: Where) -> int:
        if not isinstance(where, View):
            return where
        location = self.GetViewLocation(where)
        if location < 0:
            raise InvalidValueError(f"{where.title} is not in {self.title}")
        return location

    def _change(self, change: Callable[[Cells], T], label: str) -> T:
        cells = self._cells
        before = cells.values()
        done = change(cells)
        if cells.values() != before:
            self.connection.edit(laid_out(self.id, cells), label=f"{label} {self.title}")
        return done


def show_in_layout(view: View) -> None:
    """Show a new view in the session's layout, if it has one."""
    found = layouts(view.connection.session.state)
    if found:
        layout = view.connection.wrap(found[0])
        assert isinstance(layout, Layout)
        layout.AssignViewToAnyCell(view)
