"""What lies beneath `collab.simple`: connections, and the proxies of each.

`ActiveConnection` and `Connections` are read anew each time. Reading `ActiveConnection` before
any use makes the built-in session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collab.calls import public_methods
from collab.client import client
from collab.connecting import Connect, Disconnect, SetActiveConnection
from collab.connection import Connection
from collab.construction import create
from collab.pipeline import Source
from collab.proxy import Proxy
from collab.publishing import publish

if TYPE_CHECKING:
    ActiveConnection: Connection
    Connections: list[Connection]

__all__ = [
    "ActiveConnection",
    "Connect",
    "Connection",
    "Connections",
    "Disconnect",
    "Fetch",
    "Proxy",
    "ProxyManager",
    "SessionProxyManager",
    "SetActiveConnection",
]


def __getattr__(name: str) -> Any:
    if name == "ActiveConnection":
        return client.chosen()
    if name == "Connections":
        return client.connections
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def Fetch(proxy: Source, port: int = 0) -> Any:
    """The data of an output port as VTK's object, for scripts written for ParaView.

    A regular grid is a vtkImageData, all else a vtkUnstructuredGrid. Raises ImportError where
    VTK is not installed (`collab.simple.FetchData` needs NumPy only), PipelineFailedError...
    """
    return proxy.FetchData(port).to_vtk()


@public_methods
class SessionProxyManager:
    """The proxies of one connection, by group and registered name."""

    def __init__(self, connection: Connection | None = None) -> None:
        self.connection = connection or client.active()

    def __repr__(self) -> str:
        return f"<SessionProxyManager of {self.connection}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SessionProxyManager) and self.connection is other.connection

    def __hash__(self) -> int:
        return hash(self.connection)

    def GetSession(self) -> Connection:
        return self.connection

    def GetProxy(self, group: str, name: str) -> Any:
        """The proxy registered as `name` in `group`; None if there is none."""
        id = self.connection.session.state.named(group, name)
        return None if id is None else self.connection.wrap(id)

    def GetProxiesInGroup(self, group: str) -> dict[tuple[str, str], Any]:
        """The registered proxies of a group by (name, id)."""
        rows = sorted(self.connection.session.state.proxies.items())
        return {
            (row.name, str(id)): self.connection.wrap(id)
            for id, row in rows
            if row.group == group and row.name
        }

    def GetNumberOfProxies(self, group: str) -> int:
        return len(self.GetProxiesInGroup(group))

    def GetProxyName(self, proxy: Proxy) -> str:
        return proxy.name

    def IsProxyInGroup(self, proxy: Proxy, group: str) -> bool:
        return proxy.connection is self.connection and proxy.GetXMLGroup() == group

    def GetProxyTypes(self, group: str) -> list[str]:
        """The types that can be made in a group."""
        return [info.type for info in self.connection.session.types if info.group == group]

    def NewProxy(self, group: str, type: str, name: str | None = None, **values: Any) -> Any:
        """Make a proxy, registered as `name` or under the next free one.

        Raises UnknownTypeError, UnknownAttributeError, InvalidValueError, NameTakenError...
        """
        values.setdefault("Input", None)
        definition = self.connection.run(self.connection.session.definition(group, type))
        if values["Input"] is None and not definition.has("Input"):
            del values["Input"]
        id = self.connection.run(create(self.connection, (group, type), values, name))
        return self.connection.wrap(id)

    def UnRegisterProxy(self, proxy: Proxy) -> None:
        """Delete a proxy. Raises ProxyInUseError naming who uses it."""
        session = self.connection.session
        self.connection.run(session.delete(proxy.beneath))


@public_methods
class ProxyManager:
    """The one of this process, over all connections. What it is asked without saying where,
    the active connection answers."""

    _one: ProxyManager | None = None

    def __new__(cls) -> ProxyManager:
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one

    def GetActiveSession(self) -> Connection:
        return client.active()

    def SetActiveSession(self, connection: Connection) -> None:
        SetActiveConnection(connection)

    def GetActiveSessionProxyManager(self) -> SessionProxyManager:
        return SessionProxyManager(client.active())

    def GetSessionProxyManager(self, connection: Connection | None = None) -> SessionProxyManager:
        return SessionProxyManager(connection)

    def GetSessionProxyManagers(self) -> list[SessionProxyManager]:
        """That of every connection, oldest first."""
        return [SessionProxyManager(connection) for connection in client.connections]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.GetActiveSessionProxyManager(), name)


publish(globals(), ("Connect", "Disconnect", "Fetch", "SetActiveConnection"))
