"""Colouring by arrays: colour maps, opacity maps and scalar bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from collab.client import client
from collab.connection import Connection
from collab.construction import create
from collab.proxy import Proxy
from collab.representation import Representation
from collab.view import View, visible
from collab.viewing import GetActiveViewOrCreate, GetRepresentation
from collab_kernel.client import Connect as ConnectOperation
from collab_kernel.client import Create, Input, Set, showing
from collab_kernel.errors import InvalidValueError, UnknownProxyError
from collab_kernel.spi import Kind, ProxyId, TypeKey, Value


def ColorBy(rep: Proxy | None = None, value: Any = None, separate: bool = False) -> None:
    """Colour a representation (that of the active source) by an array, or by none.

    value: a name; (association, name); (association, name, component); or None for one
    colour.  Raises InvalidValueError that lists the arrays there are; RendererError.
    """
    found = GetRepresentation() if rep is None else rep
    if not isinstance(found, Representation):
        raise UnknownProxyError(f"{found.title} is no representation: it has no colours")
    if separate:
        raise InvalidValueError("arrays of one name share a colour map: separate=True can't be")
    if value is None or isinstance(value, str):
        found.ColorBy(value)
        return
    if not isinstance(value, Sequence) or not 2 <= len(value) <= 3:
        raise InvalidValueError(
            f"{value!r}: colour by a name, (association, name) or (association, name, component)"
        )
    association, name, *component = value
    found.ColorBy(name or None, association, component[0] if component else None)


def GetColorTransferFunction(arrayname: str, **values: Any) -> Any:
    """The colour map of all arrays of this name, made if there is none."""
    return _map(showing.LOOKUP_TABLE, arrayname, values)


GetLookupTableForArray = GetColorTransferFunction


def GetOpacityTransferFunction(arrayname: str, **values: Any) -> Any:
    """The opacity map of all arrays of this name, made if there is none."""
    return _map(showing.OPACITY_FUNCTION, arrayname, values)


def _map(key: TypeKey, array: str, values: dict[str, Any]) -> Proxy:
    connection = client.active()
    id = connection.session.state.named(key[0], array)
    if id is None:
        return connection.wrap(connection.run(create(connection, key, values, array)))
    found = connection.wrap(id)
    if values:
        found.set(values)
    return found


# -- scalar bars ---------------------------------------------------------------------------


def GetScalarBar(ctf: Proxy, view: View | None = None) -> Any:
    """The legend of a colour map in a view; a new one is invisible."""
    target = GetActiveViewOrCreate() if view is None else view
    connection, session = ctf.connection, ctf.connection.session
    session.id_of(target.beneath)  # ForeignProxyError
    for id, table in _bars(connection, target):
        if table == ctf.id:
            return connection.wrap(id)
    id = session.new_id()
    values = {"LookupTable": ctf.kernel, "Title": ctf.name, "Visibility": False}
    connection.edit(
        Create(id, *showing.SCALAR_BAR, values=session.values(values)),
        ConnectOperation(target.id, "Representations", Input(id)),
        label=f"Scalar bar of {ctf.title}",
    )
    return connection.wrap(id)


def UpdateScalarBars(view: View | None = None) -> None:
    """Show the legends of what colours something visible, hide all others, in one step."""
    target = GetActiveViewOrCreate() if view is None else view
    _switch_bars(target, show=True)


def HideUnusedScalarBars(view: View | None = None) -> None:
    """Hide the legends of what colours nothing visible, in one step."""
    target = GetActiveViewOrCreate() if view is None else view
    _switch_bars(target, show=False)


def HideScalarBarIfNotNeeded(lut: Proxy, view: View | None = None) -> None:
    """Hide the legend of a colour map that colours nothing visible."""
    target = GetActiveViewOrCreate() if view is None else view
    _switch_bars(target, show=False, only=lut.id)


def _switch_bars(view: View, show: bool, only: ProxyId | None = None) -> None:
    """Hide what is not needed; show: and show what is."""
    connection = view.connection
    state = connection.session.state
    needed = {table for r in visible(state, view.id) if (table := _colours(connection, r))}
    bars = [(id, table) for id, table in _bars(connection, view) if only in (None, table)]
    operations = [
        Set(id, (("Visibility", Value(Kind.BOOL, (table in needed,))),))
        for id, table in bars
        if show or table not in needed
    ]
    connection.edit(*operations, label=f"Scalar bars in {view.name}")


def _colours(connection: Connection, representation: ProxyId) -> ProxyId:
    """The colour map that a representation is coloured by; 0: none."""
    state = connection.session.state
    name = state.value(representation, "ColorArrayName")
    table = state.value(representation, "LookupTable")
    coloured = name is not None and bool(name.elements[-1])
    return table.references[0] if coloured and table and table.references else 0


def _bars(connection: Connection, view: View) -> list[tuple[ProxyId, ProxyId]]:
    """The scalar bars of a view and the colour maps that they explain."""
    state = connection.session.state
    listed = state.value(view.id, "Representations")
    found = []
    for id in listed.references if listed else ():
        table = state.value(id, "LookupTable")
        if state.proxy(id).type == showing.SCALAR_BAR[1] and table and table.references:
            found.append((id, table.references[0]))
    return found
