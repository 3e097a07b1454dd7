"""Representations: how data looks in a view."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from collab.calls import public_methods
from collab.proxy import Proxy
from collab.view import View
from collab_kernel.client import ArrayInformation, Input, Session, Set, showing
from collab_kernel.client import Proxy as KernelProxy
from collab_kernel.errors import InvalidValueError, UnknownProxyError

COMPONENTS = {"X": 0, "Y": 1, "Z": 2}
MAGNITUDE = "Magnitude"


@public_methods
class Representation(Proxy):
    """How an output port looks in a view. Every property is shared."""

    def SetRepresentationType(self, type: str) -> None:
        """Show it as "Surface", "Wireframe", "Points"... Raises InvalidValueError."""
        self.set({"Representation": type})

    def ColorBy(
        self, array: str | None, association: str | None = None, component: str | int | None = None
    ) -> None:
        """Colour by an array (of "POINTS" or "CELLS"), or (None) in one colour.

        component: a number, "X", "Y", "Z" or "Magnitude", of an array that has several.
        Raises InvalidValueError that lists the arrays there are; RendererError.
        """
        session = self.connection.session
        self.connection.run(session.color_by(self.kernel, array, association))
        table = self.LookupTable
        if component is not None and table is not None:
            table.set(_component(component))

    def RescaleTransferFunctionToDataRange(self, extend: bool = False, force: bool = True) -> None:
        """Spread the colours (and opacities) over the range of the array that it shows.

        extend: keep what they cover already.  Raises UnknownProxyError when it is coloured by
        no array; RendererError.
        """
        session = self.connection.session
        low, high = self.connection.run(self._range(session))
        maps = [map for map in (self.LookupTable, self.ScalarOpacityFunction) if map is not None]
        operations = [Set(map.id, session.values(map.rescaled(low, high, extend))) for map in maps]
        self.connection.edit(*operations, label=f"Rescale {self.title}")

    def SetScalarBarVisibility(self, view: View, visible: bool) -> None:
        """Show, or hide, the legend of its colours in `view`.

        Raises UnknownProxyError when it is coloured by no array.
        """
        session = self.connection.session
        operations = showing.scalar_bar(
            session.state, self.id, session.id_of(view.beneath), bool(visible), session.new_id
        )
        self.connection.edit(*operations, label=f"Scalar bar of {self.title}")

    def UsesColors(self) -> bool:
        """Whether an array colours it."""
        return bool(self.ColorArrayName[1])

    async def _range(self, session: Session) -> tuple[float, float]:
        array = await self._array(session)
        table = self.LookupTable
        if array.components > 1 and table is not None and table.VectorMode == "Component":
            one = min(int(table.VectorComponent), array.components - 1)
            array = replace(array, minimum=(array.minimum[one],), maximum=(array.maximum[one],))
        return showing.array_range(array)

    async def _array(self, session: Session) -> ArrayInformation:
        """What it is coloured by, as its input has it now."""
        association, name = self.ColorArrayName
        given = session.state.value(self.id, "Input")
        source = given.elements[0] if given and given.elements else None
        if not name or not isinstance(source, Input):
            raise UnknownProxyError(f"{self.title} is coloured by no array")
        information = await KernelProxy(session, source.proxy).update(source.port)
        found = information.array(name, association)
        if found is None:
            raise showing.no_such_array(name, association, information)
        return found


def _component(component: str | int) -> dict[str, Any]:
    """The properties of a colour map that choose a component."""
    if component == MAGNITUDE:
        return {"VectorMode": MAGNITUDE}
    number = COMPONENTS.get(component) if isinstance(component, str) else component
    if number is None:
        raise InvalidValueError(
            f"{component!r} is no component: allowed are {MAGNITUDE}, X, Y, Z or a number"
        )
    return {"VectorMode": "Component", "VectorComponent": number}
