"""A proxy as an object whose attributes are its properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

from collab import construction
from collab.calls import Handle, public_methods
from collab.property import Property, read
from collab.vocabulary import Vocabulary, attribute, unknown_attribute
from collab_kernel.client import Proxy as KernelProxy
from collab_kernel.client import ProxyDefinition
from collab_kernel.errors import UnknownProxyError
from collab_kernel.spi import ProxyId

if TYPE_CHECKING:
    from collab.connection import Connection


@public_methods
class Proxy(Handle):
    """A proxy of a session. `proxy.Radius` reads a property, `proxy.Radius = 2` sets it.

    Properties go by their label without blanks (`ClipType`) or by their XML name
    (`ClipFunction`). Reading costs no round trip, but for the first time of a value above
    64 KiB. Setting waits until the server has accepted the change, or raises why not; an unknown
    name raises UnknownAttributeError.
    """

    connection: Connection
    kernel: KernelProxy
    _title: str

    def __init__(self, connection: Connection, kernel: KernelProxy) -> None:
        object.__setattr__(self, "connection", connection)
        object.__setattr__(self, "kernel", kernel)
        object.__setattr__(self, "_title", kernel.title)

    @property
    def beneath(self) -> Any:
        """What the session knows it as. Raises UnknownProxyError if it was deleted."""
        self.check_exists()
        return self.kernel

    def SetAnnotation(self, key: str, text: str) -> None:
        """Note a text about it under a key, for everybody."""
        self.connection.run(self.kernel.annotate(key, text))

    def RemoveAnnotation(self, key: str) -> None:
        """Take away what was noted under a key; nothing happens if nothing was."""
        self.connection.run(self.kernel.annotate(key, None))

    def HasAnnotation(self, key: str) -> bool:
        return key in self.kernel.annotations

    def GetAnnotation(self, key: str) -> str | None:
        """What was noted under a key; None: nothing."""
        return self.kernel.annotations.get(key)

    def GetAnnotationKeys(self) -> tuple[str, ...]:
        """In order."""
        return tuple(self.kernel.annotations)

    @property
    def title(self) -> str:
        """How texts call it; once it was deleted, as they did before."""
        if self.kernel.exists:
            object.__setattr__(self, "_title", self.kernel.title)
        return self._title

    def check_exists(self) -> None:
        if not self.kernel.exists:
            raise UnknownProxyError(f"{self.title} was deleted")

    @property
    def definition(self) -> ProxyDefinition:
        """Its type. Raises UnknownProxyError if it was deleted."""
        self.check_exists()
        return self.kernel.definition

    @property
    def id(self) -> ProxyId:
        return self.kernel.id

    @property
    def name(self) -> str:
        """The registered name; "" for a sub-proxy."""
        self.check_exists()
        return self.kernel.name

    @property
    def error(self) -> str:
        """Why its pipeline failed when it was executed last; "" if it did not."""
        return self.kernel.error

    def __repr__(self) -> str:
        gone = "" if self.kernel.exists else ", deleted"
        return f"<{type(self).__name__} {self.title!r} of {self.connection.title}{gone}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Proxy) and self.kernel == other.kernel

    def __hash__(self) -> int:
        return hash(self.kernel)

    # -- properties as attributes ----------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        definition = self._vocabulary.get(name)
        if definition is None:
            raise unknown_attribute(self.title, name, dir(self))
        return read(self, definition)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._vocabulary:
            self.set({name: value})
        elif isinstance(getattr(type(self), name, None), property):
            object.__setattr__(self, name, value)
        else:
            raise unknown_attribute(self.title, name, self._vocabulary)

    def __dir__(self) -> Iterable[str]:
        return sorted({*super().__dir__(), *self.ListProperties()})

    def set(self, values: Mapping[str, Any]) -> None:
        """Set properties, by any of their names, in one step: all of them or none."""
        self.connection.run(construction.change(self.connection, self.kernel, values))

    @property
    def _vocabulary(self) -> Vocabulary:
        return self.connection.vocabulary(self.definition)

    # -- ParaView's names ------------------------------------------------------------------

    @property
    def SMProxy(self) -> Self:
        """Itself: there is nothing behind it that a script would need."""
        return self

    def ListProperties(self) -> list[str]:
        """The names of its properties, as attributes."""
        return [attribute(p) for p in self.kernel.definition.properties]

    def GetProperty(self, name: str) -> Property:
        """A property by any of its names. Raises UnknownAttributeError."""
        definition = self._vocabulary.get(name)
        if definition is None:
            raise unknown_attribute(self.title, name, self._vocabulary)
        return Property(self, definition)

    def GetPropertyValue(self, name: str) -> Any:
        return self.GetProperty(name).GetData()

    def SetPropertyWithName(self, name: str, value: Any) -> None:
        self.set({name: value})

    def GetXMLGroup(self) -> str:
        return self.kernel.group

    def GetXMLName(self) -> str:
        return self.kernel.type

    def GetXMLLabel(self) -> str:
        return self.kernel.definition.label or self.kernel.type

    def GetGlobalID(self) -> int:
        return self.kernel.id

    def GetGlobalIDAsString(self) -> str:
        return str(self.kernel.id)

    def UpdateVTKObjects(self) -> None:
        """Nothing: what is set is sent at once."""
