"""The files that a server is started with: read, shown, coloured, and looked at."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from collab_kernel.core.cameras import camera_of, values_of
from collab_kernel.core.commands import Create, Edit, Operation, SetHome
from collab_kernel.core.definitions import Catalogue, TypeKey
from collab_kernel.core.queries import FitCamera, RenderImage, UpdatePipeline
from collab_kernel.core.series import grouped, series_name
from collab_kernel.core.showing import (
    RENDER_VIEW,
    NewId,
    colour_by,
    file_property,
    first_array,
    look_flat,
    reader_for,
    representation_of,
    scalar_bar,
    show,
    views,
)
from collab_kernel.core.state import State, Table
from collab_kernel.core.values import SERVER, Input, Kind, ProxyId, Value
from collab_kernel.errors import CollabError, InvalidCommandError
from collab_kernel.host.session import HostedSession

log = logging.getLogger(__name__)

ATTEMPTS = 10

USUAL_PX = (960, 640)
"""Of a view in the page, about."""

AHEAD = (60, 92)
"""First as what moves is drawn, which takes less: whoever waits already gets that first, too."""


def new_ids(state: State) -> NewId:
    """Ids of the server's own, in the order of use."""
    newest: ProxyId = state.table(Table.COUNTERS).get(SERVER, 0)

    def new_id() -> ProxyId:
        nonlocal newest
        newest += 1
        return newest

    return new_id


def file_names(state: State) -> set[str]:
    """Every file that a proxy names, among other texts."""
    values = state.table(Table.VALUES).values()
    return {str(e) for v in values if v.kind is Kind.STRING for e in v.elements}


async def _edit(
    session: HostedSession, work: Callable[[State, NewId], Iterable[Operation]], label: str
) -> None:
    """Work out operations on the state as it is and carry them out: again, if a sub-proxy that
    somebody made meanwhile has taken an id."""
    for attempt in range(ATTEMPTS):
        operations = tuple(work(session.state, new_ids(session.state)))
        try:
            await session.command(Edit(operations), label)
        except InvalidCommandError:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return


async def make_first_view(session: HostedSession, catalogue: Catalogue) -> None:
    """`RenderView1`, unless the session has a view already (it was stored) or no type for it."""
    if not any(views(session.state)) and RENDER_VIEW in catalogue.definitions:
        await _edit(
            session,
            lambda _, new_id: [Create(new_id(), *RENDER_VIEW, "RenderView1")],
            "Create RenderView1",
        )


def series_of(catalogue: Catalogue, paths: Iterable[Path]) -> list[tuple[Path, ...]]:
    """Files that differ in one number only, together where a reader takes several; all others
    one by one. Raises InvalidValueError for a file that no reader takes."""
    found: list[tuple[Path, ...]] = []
    for names in grouped(map(str, paths)):
        files = tuple(map(Path, names))
        reader = catalogue.definitions[_reader_of(catalogue, files[0])]
        together = any(p.file_name and not p.number_of_elements for p in reader.properties)
        found += [files] if together else [(file,) for file in files]
    return found


def _reader_of(catalogue: Catalogue, path: Path) -> TypeKey:
    return reader_for(
        path.name, ((d.key, d.file_extensions) for d in catalogue.definitions.values())
    )


async def open_files(
    session: HostedSession, catalogue: Catalogue, paths: Sequence[Path]
) -> ProxyId:
    """Read a file, or a series of files, show it in the first view, colour it by its first point
    array and reset the home camera; the reader's id. Without a renderer only the reader is made
    and shown.

    Raises InvalidValueError for files that no reader takes, PipelineFailedError for what can't
    be read.
    """
    group, type = key = _reader_of(catalogue, paths[0])
    title = series_name([str(path) for path in paths])
    file_names = Value(Kind.STRING, tuple(map(str, paths)))
    property = file_property(catalogue.definitions[key], len(paths))
    made: list[ProxyId] = []

    def read(state: State, new_id: NewId) -> Iterable[Operation]:
        made[:] = [new_id()]
        name = _free(state, group, title)
        return [Create(made[0], group, type, name, ((property, file_names),))]

    await _edit(session, read, f"Open {title}")
    [reader] = made
    view = next(views(session.state))
    await _edit(
        session,
        lambda state, new_id: show(state, Input(reader), view, new_id)[1],
        f"Show {title}",
    )
    if session.renderer is None:
        return reader

    answer = await session.query(UpdatePipeline(reader))
    ports = answer.derived.ports if answer.derived else ()
    if ports and look_flat(session.state, Input(reader), view, ports[0]):
        await _edit(
            session,
            lambda state, _: look_flat(state, Input(reader), view, ports[0]),
            f"Look at {title} in 2D",
        )
    array = first_array(ports[0]) if ports else None
    representation = representation_of(session.state, Input(reader), view)
    if array is not None and representation is not None:
        await _edit(
            session,
            lambda state, new_id: colour_by(state, representation, array, new_id),
            f"Colour {title} by {array.name}",
        )
        await _edit(
            session,
            lambda state, new_id: scalar_bar(state, representation, view, True, new_id),
            f"Scalar bar of {array.name}",
        )
    await reset_home(session, view)
    return reader


async def draw_ahead(session: HostedSession) -> None:
    """Let the renderer draw the first view before anybody looks: what that takes only the first
    time (the graphics library, shaders, fonts) is then behind it. Who sees it fail is who looks."""
    view = next(views(session.state), None)
    if session.renderer is None or view is None:
        return
    try:
        for quality in AHEAD:
            await session.query(RenderImage(view, *USUAL_PX, quality=quality))
    except CollabError as error:
        log.debug("nothing was drawn ahead: %s", error)


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
