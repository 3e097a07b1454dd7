"""Values of properties as a script reads and writes them."""

from __future__ import annotations

from collections.abc import Iterable, MutableSequence, Sequence
from typing import TYPE_CHECKING, Any

from collab.calls import public_methods
from collab.looking import own
from collab_kernel.spi import (
    ArrayDomain,
    EnumerationDomain,
    Input,
    Kind,
    PropertyDefinition,
    Scope,
)

if TYPE_CHECKING:
    from collab.proxy import Proxy


@public_methods
class Property(MutableSequence[Any]):
    """A property of a proxy: a list of its elements that is the proxy's, not a copy.

    Changing an element sends the whole value at once, as setting the attribute does.
    """

    def __init__(self, proxy: Proxy, definition: PropertyDefinition) -> None:
        self._proxy = proxy
        self._definition = definition

    @property
    def proxy(self) -> Proxy:
        """Whose it is."""
        return self._proxy

    def __repr__(self) -> str:
        return repr(self._elements())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Property):
            return self._elements() == other._elements()
        return isinstance(other, Sequence) and self._elements() == list(other)

    __hash__ = None  # type: ignore[assignment]  # it can change, as a list can

    def __len__(self) -> int:
        return len(self._elements())

    def __getitem__(self, index: Any) -> Any:
        return self._elements()[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        elements = self._elements()
        elements[index] = value
        self.SetData(elements)

    def __delitem__(self, index: Any) -> None:
        elements = self._elements()
        del elements[index]
        self.SetData(elements)

    def insert(self, index: int, value: Any) -> None:
        self.SetData([*self._elements()[:index], value, *self._elements()[index:]])

    def _elements(self) -> list[Any]:
        return elements(self._proxy, self._definition)

    # -- ParaView's names ------------------------------------------------------------------

    @property
    def Name(self) -> str:
        return self._definition.name

    @property
    def Available(self) -> list[str]:
        """The texts that an enumeration takes; empty for every other property."""
        domains = (d for d in self._definition.domains if isinstance(d, EnumerationDomain))
        return [text for domain in domains for _, text in domain.entries]

    def GetData(self) -> Any:
        """The value as reading the attribute gives it."""
        return read(self._proxy, self._definition)

    def SetData(self, value: Any) -> None:
        """Set the whole value. Raises InvalidValueError and other RefusedErrors."""
        self._proxy.set({self._definition.name: value})

    def GetElement(self, index: int) -> Any:
        return self[index]

    def SetElement(self, index: int, value: Any) -> None:
        self[index] = value

    def GetNumberOfElements(self) -> int:
        return len(self)

    def GetXMLName(self) -> str:
        return self._definition.name

    def GetXMLLabel(self) -> str:
        return self._definition.label or self._definition.name

    def GetDocumentation(self) -> str:
        return self._definition.documentation

    def IsA(self, kind: str) -> bool:
        """Whether it holds elements of this kind: "int", "double", "proxy"..."""
        return self._definition.kind.name.lower() == kind.lower()


def read(proxy: Proxy, definition: PropertyDefinition) -> Any:
    """The value as an attribute: the only element, None for no proxy, or a `Property`."""
    if definition.number_of_elements == 1:
        found = elements(proxy, definition)
        return found[0] if found else None
    return Property(proxy, definition)


def elements(proxy: Proxy, definition: PropertyDefinition) -> list[Any]:
    """A value's elements: proxies as proxies, enumerations as their texts."""
    found = _found(proxy, definition)
    if definition.kind in (Kind.PROXY, Kind.INPUT):
        return [_reference(proxy, element) for element in found]
    if definition.kind is Kind.INT:
        for domain in definition.domains:
            if isinstance(domain, EnumerationDomain):
                texts = dict(domain.entries)
                return [texts.get(element, element) for element in found]
    return list(found)


def _found(proxy: Proxy, definition: PropertyDefinition) -> tuple[Any, ...]:
    session, id = proxy.connection.session, proxy.kernel.id
    if definition.scope is Scope.OWN:
        return own(session, id, definition.name)
    value = session.state.value(id, definition.name)
    if value is not None and value.blob is not None:  # fetched once, when it is read first
        value = proxy.connection.run(session.whole(value))
    return value.elements if value else ()


def _reference(proxy: Proxy, element: Any) -> Any:
    if isinstance(element, Input):
        found: Any = proxy.connection.wrap(element.proxy)
        return found[element.port] if element.port else found
    return proxy.connection.wrap(element)


def plain(value: Any, definition: PropertyDefinition) -> Any:
    """What a script gives for a property, as the session takes it."""
    value = simple(value)
    arrays = [d for d in definition.domains if isinstance(d, ArrayDomain)]
    if arrays and definition.number_of_elements == 2:  # (association, name)
        first = arrays[0].associations[0]
        if value is None or isinstance(value, str):
            return [first, value or ""]
        if isinstance(value, Sequence) and len(value) == 2:
            return [value[0] or first, value[1] or ""]
    return value


def simple(value: Any) -> Any:
    """NumPy's numbers and arrays as Python's, and the proxies of scripts as the session's."""
    if isinstance(value, str | bytes | bool | int | float | None):
        return value
    beneath = getattr(value, "beneath", None)
    if beneath is not None:
        return beneath
    if callable(getattr(value, "tolist", None)):
        return value.tolist()
    if isinstance(value, Iterable):
        return [simple(element) for element in value]
    return value
