"""Layouts by name: finding, making and filling them."""

from __future__ import annotations

from typing import Any

from collab.cells import Cells
from collab.client import client
from collab.connection import Connection
from collab.layout import GROUP, TYPE, Layout, layouts, without
from collab.people import view_or_active
from collab.view import View
from collab_kernel.client import Create, Operation
from collab_kernel.client import Delete as DeleteOperation
from collab_kernel.errors import UnknownProxyError
from collab_kernel.spi import Kind, Value

NAME = "Layout #{}"


def GetLayouts() -> dict[tuple[str, str], Any]:
    """Every layout by (name, id as a text), oldest first."""
    connection = client.active()
    found = [connection.wrap(id) for id in layouts(connection.session.state)]
    return {(layout.name, layout.GetGlobalIDAsString()): layout for layout in found}


def GetLayout(view: View | None = None) -> Any:
    """The layout that a view (the active one) is in; None if it is in none. A session that has no
    layout yet gets one, of the views as they are seen without it."""
    connection = client.active()
    if not layouts(connection.session.state):
        return _create(connection, None, Cells.around([v.id for v in connection.session.views]))
    chosen = connection.view if view is None else view
    if chosen is None:
        return None
    return next((one for one in GetLayouts().values() if one.ContainsView(chosen)), None)


def GetLayoutByName(name: str) -> Any:
    """The layout of this name; None if there is none."""
    connection = client.active()
    id = connection.session.state.named(GROUP, name)
    return None if id is None else connection.wrap(id)


def CreateLayout(name: str | None = None) -> Any:
    """A new layout of one empty cell. Everybody sees the session's first layout."""
    return _create(client.active(), name, Cells())


def _create(connection: Connection, name: str | None, cells: Cells) -> Any:
    session = connection.session
    if name is None:
        number = 1
        while session.state.named(GROUP, NAME.format(number)) is not None:
            number += 1
        name = NAME.format(number)
    views, numbers = cells.values()
    values = (
        ("Views", Value(Kind.PROXY, tuple(views))),
        ("Layout", Value(Kind.DOUBLE, tuple(numbers))),
    )
    connection.run(session.definition(GROUP, TYPE))  # UnknownTypeError says what there is
    id = session.new_id()
    connection.edit(Create(id, GROUP, TYPE, name, values), label=f"Create {name}")
    return connection.wrap(id)


def RemoveLayout(proxy: Layout | None = None) -> None:
    """Take a layout (that of the active view) out of the session; its views stay."""
    layout = _layout(proxy)
    layout.connection.edit(DeleteOperation(layout.id), label=f"Delete {layout.title}")


def RenameLayout(newname: str, proxy: Layout | None = None) -> None:
    """Raises NameTakenError."""
    layout = _layout(proxy)
    layout.connection.run(layout.kernel.rename(newname))


def AssignViewToLayout(
    view: View | None = None, layout: Layout | None = None, hint: int = 0
) -> bool:
    """Let a layout show a view (the active one) in an empty cell: the one of the hint, another, or
    one that is made. Whether it was in no layout before."""
    connection = client.active()
    shown = view_or_active(connection, view)
    if any(one.ContainsView(shown) for one in GetLayouts().values()):
        return False
    _layout(layout).AssignViewToAnyCell(shown, hint)
    return True


def RemoveViewFromLayout(view: View | None = None) -> None:
    """Take a view (the active one) out of the layout that it is in; the view stays."""
    connection = client.active()
    shown = view_or_active(connection, view)
    operations = without(connection.session.state, shown.id)
    connection.edit(*operations, label=f"Take {shown.title} out of its layout")


def RemoveViewsAndLayouts() -> None:
    """Delete every view, with what shows data in it, and every layout, in one step."""
    connection = client.active()
    session = connection.session
    operations: list[Operation] = [DeleteOperation(id) for id in layouts(session.state)]
    for view in session.views:
        listed = session.state.value(view.id, "Representations")
        operations.append(DeleteOperation(view.id))
        operations += map(DeleteOperation, listed.references if listed else ())
    connection.edit(*dict.fromkeys(operations), label="Delete all views")


def EqualizeViewsHorizontally(layout: Layout | None = None) -> None:
    """Give views that lie side by side as much room."""
    _layout(layout).EqualizeViewsHorizontally()


def EqualizeViewsVertically(layout: Layout | None = None) -> None:
    """Give views that lie one above the other as much room."""
    _layout(layout).EqualizeViewsVertically()


def EqualizeViewsBothDirections(layout: Layout | None = None) -> None:
    """Give all views of a layout as much room."""
    _layout(layout).EqualizeViews()


def _layout(given: Layout | None) -> Layout:
    """A layout, or that of the active view. Raises UnknownProxyError."""
    found = GetLayout() if given is None else given
    if not isinstance(found, Layout):
        raise UnknownProxyError("the active view is in no layout: CreateLayout() makes one")
    return found
