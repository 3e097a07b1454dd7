"""Sources and filters of the active server: found, made active, renamed, deleted, read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collab.client import client
from collab.connection import Connection
from collab.construction import create
from collab.layout import without
from collab.pipeline import Source
from collab.proxy import Proxy
from collab_kernel.client import Delete as DeleteOperation
from collab_kernel.client import Disconnect, Input, Operation, Set, series, showing
from collab_kernel.errors import (
    InvalidValueError,
    NoRendererError,
    PipelineFailedError,
    RefusedError,
    RendererError,
    UnknownProxyError,
)
from collab_kernel.spi import Kind, ProxyId, State, Value

if TYPE_CHECKING:
    from collab.data import Data

ANIMATED = "AnimatedProxy"
"""What names the proxy that a cue changes."""


def GetActiveSource() -> Any:
    """What the script has made, or made active, last; where there is no such source (any more),
    what the master works at, if I follow the master. None where there is nothing."""
    return client.active().source


def SetActiveSource(source: Proxy | None) -> None:
    """Let filters and `Show` work on `source` unless they are told otherwise; the others see
    it, and who follows me as the master works there, too. None: on whatever the master does."""
    client.active().source = source


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
            else f"{found.title} has no data: it is no source"
        )
    return found


def SetProperties(proxy: Proxy | None = None, **values: Any) -> None:
    """Set properties of a proxy (the active source), all of them or none.

    Raises UnknownAttributeError, InvalidValueError, NotMasterError...
    """
    (source_or_active(None) if proxy is None else proxy).set(values)


def RenameSource(newName: str, proxy: Proxy | None = None) -> None:
    """Register a source under another name. Raises NameTakenError."""
    found = source_or_active(proxy)
    found.connection.run(found.kernel.rename(newName))


def RenameProxy(proxy: Proxy, newName: str) -> None:
    """Register any proxy under another name. Raises NameTakenError."""
    proxy.connection.run(proxy.kernel.rename(newName))


def OpenDataFile(
    filename: str | Path | Sequence[str | Path], registrationName: str | None = None, **values: Any
) -> Any:
    """The reader for a file that the server can read, or for a series of files, one for each
    time step; it is named after them, and becomes active.

    Raises InvalidValueError if no reader takes files of this name, PipelineFailedError if the
    reader can't read this one; then there is no reader.
    """
    connection = client.active()
    files = [filename] if isinstance(filename, str | Path) else list(filename)
    if not files:
        raise InvalidValueError("no file is named")
    paths = [str(f) if connection.IsRemote() else str(Path(f).absolute()) for f in files]
    name = registrationName or _free(connection, series.series_name(paths))
    connection.source = connection.wrap(connection.run(_open(connection, paths, name, values)))
    return connection.source


async def _open(
    connection: Connection, paths: list[str], name: str, values: dict[str, Any]
) -> ProxyId:
    session = connection.session
    types = (((t.group, t.type), t.file_extensions) for t in session.types)
    key = showing.reader_for(paths[0], types)
    property = showing.file_property(await session.definition(*key), len(paths))
    step = session.new_undo_set()
    id = await create(connection, key, {property: paths, **values}, name, step)
    try:
        await session.proxy_of(id).update()
    except NoRendererError:
        pass  # nobody reads anything
    except RendererError as error:
        with contextlib.suppress(RefusedError):  # I may not steer any more: then it stays
            await session.edit(DeleteOperation(id), label=f"Close {name}", undo_set=step)
        if isinstance(error, PipelineFailedError):
            reason = str(error).removeprefix(f"{name}: ").removeprefix(f"{paths[0]}: ")
            raise PipelineFailedError(f"{paths[0]}: {reason}") from None
        raise
    return id


def _free(connection: Connection, name: str) -> str:
    """`name`, with a number behind it if a source has it already."""
    wanted, number = name, 2
    while connection.session.state.named("sources", wanted) is not None:
        wanted, number = f"{name} ({number})", number + 1
    return wanted


def UpdatePipeline(time: float | Proxy | None = None, proxy: Proxy | None = None) -> None:
    """Execute a source now. Raises PipelineFailedError or another RendererError.

    time: go there before, for everybody: see `Source.UpdatePipeline`. A source in its place is
    one.
    """
    if isinstance(time, Proxy):
        time, proxy = None, time
    source_or_active(proxy).UpdatePipeline(time)


def FetchData(proxy: Proxy | None = None, port: int = 0) -> Data:
    """The data of an output port as NumPy arrays. Raises as `UpdatePipeline`."""
    return source_or_active(proxy).FetchData(port)


def SaveData(
    filename: str | Path,
    proxy: Proxy | None = None,
    *,
    port: int = 0,
    replace: bool = False,
    **extraArgs: Any,
) -> str:
    """Have the server write the data of an output port into a file there; its path.

    filename: its extension says the format (.vtp .vtu .vti .vts .vtr .vtk .stl .ply .csv). On a
    server it is relative to the first `--allow-write` directory, or lies below one of them.
    replace: a file that is there already.  extraArgs: options of the writer by ParaView's names
    (DataMode, CompressorType, FileType, Precision, FieldAssociation).
    Raises FlagNeededError where the server writes no files, NotAllowedError for a name
    elsewhere, InvalidValueError, RendererError.
    """
    found = source_or_active(proxy)
    here = not found.connection.IsRemote()
    path = str(Path(filename).absolute()) if here else str(filename)
    return found.connection.run(found.kernel.save(path, port, replace, **extraArgs))


def Delete(proxy: Proxy | Sequence[Proxy] | None = None) -> None:
    """Delete a proxy (the active source), or several, and how they are shown, in one step.

    Raises ProxyInUseError naming who else uses one; then nothing has changed.
    """
    given = source_or_active(None) if proxy is None else proxy
    found = [given] if isinstance(given, Proxy) else list(given)
    if not found:
        return
    connection = found[0].connection
    state = connection.session.state
    operations = [o for id in _downstream_first(state, found) for o in _deletion(state, id)]
    titles = ", ".join(one.title for one in found)
    connection.edit(*dict.fromkeys(operations), label=f"Delete {titles}")


def _downstream_first(state: State, proxies: Iterable[Proxy]) -> list[ProxyId]:
    ids = list(dict.fromkeys(proxy.id for proxy in proxies))
    return sorted(ids, key=lambda id: -sum(state.is_upstream(other, id) for other in ids))


def _deletion(state: State, id: ProxyId) -> Iterator[Operation]:
    """Everything that goes with a proxy, in an order in which nothing dangles."""
    yield from map(DeleteOperation, cues_of(state, id))
    representations = showing.representations_of(state, id)
    if state.proxy(id).group == "views":
        yield from without(state, id)
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
    yield from map(DeleteOperation, cues_of(state, representation))
    yield DeleteOperation(representation)


def cues_of(state: State, proxy: ProxyId) -> Iterator[ProxyId]:
    """What changes values of a proxy, or of what is part of it, with time."""
    for user, property in state.users_of(proxy):
        if property == ANIMATED:
            yield user
    for _, value in state.values(proxy):
        for part in value.references:
            if part in state.proxies and state.proxy(part).owner == proxy:
                yield from cues_of(state, part)


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
