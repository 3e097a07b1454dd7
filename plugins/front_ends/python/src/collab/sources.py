"""Sources and filters of the active server: found, made active, renamed, deleted, read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collab.client import client
from collab.connection import Connection
from collab.construction import change
from collab.pipeline import Source
from collab.proxy import Proxy
from collab_kernel.client import Delete as DeleteOperation
from collab_kernel.client import Disconnect, Input, Operation, Set, showing
from collab_kernel.errors import InvalidValueError, UnknownProxyError
from collab_kernel.spi import Kind, ProxyId, State, Value

if TYPE_CHECKING:
    from collab.data import Data


def GetActiveSource() -> Any:
    """What was made, or made active, last; None where there is nothing (any more)."""
    return client.active().source


def SetActiveSource(source: Proxy | None) -> None:
    """Let filters and `Show` work on `source` unless they are told otherwise."""
    connection = client.active() if source is None else source.connection
    connection.source = source


def GetSources() -> dict[tuple[str, str], Any]:
    """Sources, filters and readers by (name, id)."""
    connection = client.active()
    return {
        (proxy.name, str(proxy.id)): proxy for proxy in map(connection.wrap, _sources(connection))
    }


def FindSource(name: str) -> Any:
    """The source, filter or reader of this name; None if there is none."""
    connection = client.active()
    for group in ("sources", "filters"):
        id = connection.session.state.named(group, name)
        if id is not None:
            return connection.wrap(id)
    return None


def _sources(connection: Connection) -> Iterator[ProxyId]:
    state = connection.session.state
    for id, row in sorted(state.proxies.items()):
        if row.name and state.definition(id).output_ports:
            yield id


def source_or_active(proxy: Proxy | None) -> Source:
    """`proxy`, or the active source. Raises UnknownProxyError where there is none."""
    found = client.active().source if proxy is None else proxy
    if not isinstance(found, Source):
        raise UnknownProxyError(
            "there is no active source: make one, or say which"
            if found is None
            else f"{found.kernel.title} has no data: it is no source"
        )
    return found


def RenameSource(newName: str, proxy: Proxy | None = None) -> None:
    """Register a source under another name. Raises NameTakenError."""
    found = source_or_active(proxy)
    found.connection.run(found.kernel.rename(newName))


def RenameProxy(proxy: Proxy, newName: str) -> None:
    """Register any proxy under another name. Raises NameTakenError."""
    proxy.connection.run(proxy.kernel.rename(newName))


def OpenDataFile(
    filename: str | Path | Sequence[str], registrationName: str | None = None, **values: Any
) -> Any:
    """The reader for a file that the server can read, named after it; it becomes active.

    Raises InvalidValueError if no reader takes files of this name.
    """
    connection = client.active()
    if not isinstance(filename, str | Path):
        if len(filename) != 1:
            raise InvalidValueError(f"{len(filename)} files: a reader takes one")
        filename = filename[0]
    path = str(Path(filename).absolute()) if not connection.IsRemote() else str(filename)
    name = registrationName or _free(connection, Path(path).name)
    connection.run(_open(connection, path, name, values))
    connection.source = FindSource(name)
    return connection.source


async def _open(connection: Connection, path: str, name: str, values: dict[str, Any]) -> None:
    reader = await connection.session.open_file(path, name)
    if values:
        await change(connection, reader, values)


def _free(connection: Connection, name: str) -> str:
    """`name`, with a number behind it if a source has it already."""
    wanted, number = name, 2
    while connection.session.state.named("sources", wanted) is not None:
        wanted, number = f"{name} ({number})", number + 1
    return wanted


def UpdatePipeline(time: float | Proxy | None = None, proxy: Proxy | None = None) -> None:
    """Execute a source now. Raises PipelineFailedError or another RendererError.

    time comes first in ParaView, and means nothing yet; a source in its place is one.
    """
    if isinstance(time, Proxy):
        time, proxy = None, time
    source_or_active(proxy).UpdatePipeline(time)


def FetchData(proxy: Proxy | None = None, port: int = 0) -> Data:
    """The data of an output port as NumPy arrays. Raises as `UpdatePipeline`."""
    return source_or_active(proxy).FetchData(port)


def Delete(proxy: Proxy | None = None) -> None:
    """Delete a proxy and how it is shown, in one step.

    Raises ProxyInUseError naming who else uses it; then nothing has changed.
    """
    found = source_or_active(None) if proxy is None else proxy
    operations = list(_deletion(found.connection.session.state, found.id))
    found.connection.edit(*operations, label=f"Delete {found.kernel.title}")


def _deletion(state: State, id: ProxyId) -> Iterator[Operation]:
    """Everything that goes with a proxy, in an order in which nothing dangles."""
    representations = showing.representations_of(state, id)
    if state.proxy(id).group == "views":
        listed = state.value(id, "Representations")
        yield DeleteOperation(id)
        yield from map(DeleteOperation, listed.references if listed else ())
        return
    if state.proxy(id).group == "representations":
        representations = (id,)
    for representation in representations:
        yield from _out_of_view(state, representation, representations)
    if id not in representations:
        yield DeleteOperation(id)


def _out_of_view(
    state: State, representation: ProxyId, going: Sequence[ProxyId]
) -> Iterator[Operation]:
    """Take a representation out of its views; its scalar bar is hidden if nobody else needs
    it."""
    for view, property in state.users_of(representation):
        if property == "Representations":
            yield from _hide_bars(state, representation, view, going)
            yield Disconnect(view, property, Input(representation))
    yield DeleteOperation(representation)


def _hide_bars(
    state: State, representation: ProxyId, view: ProxyId, going: Sequence[ProxyId]
) -> Iterator[Operation]:
    value = state.value(representation, "LookupTable")
    for table in value.references if value else ():
        users = {user for user, _ in state.users_of(table)} - set(going)
        bars = [u for u in users if state.proxy(u).type == showing.SCALAR_BAR[1]]
        if users <= set(bars):
            hidden = (("Visibility", Value(Kind.BOOL, (False,))),)
            yield from (Set(bar, hidden) for bar in bars)
