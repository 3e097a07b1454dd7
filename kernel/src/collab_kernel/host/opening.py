"""The files that a server is started with: read, shown, coloured, and looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from collab_kernel.core.cameras import camera_of, values_of
from collab_kernel.core.commands import Create, Edit, SetHome
from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.queries import FitCamera, UpdatePipeline
from collab_kernel.core.showing import (
    RENDER_VIEW,
    colour_by,
    first_array,
    reader_for,
    scalar_bar,
    show,
    views,
)
from collab_kernel.core.state import State, Table
from collab_kernel.core.values import SERVER, Input, Kind, ProxyId, Value
from collab_kernel.host.session import HostedSession


def _new_ids(state: State) -> Callable[[], ProxyId]:
    """Ids of the server's own, in the order of use."""
    newest: ProxyId = state.table(Table.COUNTERS).get(SERVER, 0)

    def new_id() -> ProxyId:
        nonlocal newest
        newest += 1
        return newest

    return new_id


async def make_first_view(session: HostedSession, catalogue: Catalogue) -> None:
    """`RenderView1`, unless the session has a view already (it was stored) or no type for it."""
    if not any(views(session.state)) and RENDER_VIEW in catalogue.definitions:
        id = _new_ids(session.state)()
        create = Create(id, *RENDER_VIEW, "RenderView1")
        await session.command(Edit((create,)), "Create RenderView1")


async def open_file(session: HostedSession, catalogue: Catalogue, path: Path) -> ProxyId:
    """Read `path`, show it in the first view, colour it by its first point array and reset
    the home camera; the reader's id. Without a renderer only the reader is made and shown.

    Raises InvalidValueError for a file that no reader takes, PipelineFailedError for one that
    can't be read.
    """
    types = ((d.key, d.file_extensions) for d in catalogue.definitions.values())
    group, type = reader_for(path.name, types)
    new_id = _new_ids(session.state)
    reader = new_id()
    file_name = Value(Kind.STRING, (str(path),))
    name = _free(session.state, group, path.name)
    create = Create(reader, group, type, name, (("FileName", file_name),))
    await session.command(Edit((create,)), f"Open {path.name}")

    view = next(views(session.state))
    new_id = _new_ids(session.state)
    representation, operations = show(session.state, Input(reader), view, new_id)
    await session.command(Edit(operations), f"Show {path.name}")
    if session.renderer is None:
        return reader

    answer = await session.query(UpdatePipeline(reader))
    ports = answer.derived.ports if answer.derived else ()
    array = first_array(ports[0]) if ports else None
    if array is not None:
        new_id = _new_ids(session.state)
        operations = colour_by(session.state, representation, array, new_id)
        await session.command(Edit(operations), f"Colour {path.name} by {array.name}")
        operations = scalar_bar(session.state, representation, view, True, new_id)
        await session.command(Edit(operations), f"Scalar bar of {array.name}")
    await reset_home(session, view)
    return reader


async def reset_home(session: HostedSession, view: ProxyId) -> None:
    """Turn the home camera of `view` so that all that is visible fits."""
    camera = camera_of(dict(session.state.values(view)))
    fitted = (await session.query(FitCamera(view, camera))).camera
    if fitted is not None:
        await session.command(SetHome(view, values_of(fitted)))


def _free(state: State, group: str, name: str) -> str:
    """`name`, with a number behind it if the group has it already."""
    wanted, number = name, 2
    while state.named(group, wanted) is not None:
        wanted, number = f"{name} ({number})", number + 1
    return wanted
