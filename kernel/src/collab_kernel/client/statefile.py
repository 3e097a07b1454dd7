"""State files of a session: what it consists of as a text, and a text's pipeline made in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from collab_kernel.client.session import Session
from collab_kernel.core.commands import Create
from collab_kernel.core.definitions import TypeKey
from collab_kernel.core.events import SetValue
from collab_kernel.core.evolve import apply
from collab_kernel.core.pipeline import (
    Pipeline,
    SavedProxy,
    creations,
    pipeline_of,
    with_contents,
)
from collab_kernel.core.values import Kind, ProxyId, Value
from collab_kernel.errors import StateFileError
from collab_kernel.wire.blobs import decode_content, encode_content
from collab_kernel.wire.statefile import encode_pipeline
from collab_kernel.wire.statefile_reader import decode_pipeline


async def save_state(session: Session) -> str:
    """The text of a state file of what the session reads now: everything that is made in it, home
    values among it, also those that my camera is about to become; no people, and not what they
    say. Raises UnknownBlobError if a large value has gone meanwhile."""
    state = session.state
    resting = (
        SetValue(view, name, state.value(view, name), value)
        for (view, name), value in session.looking.resting.items()
        if view in state.proxies
    )
    pipeline = pipeline_of(apply(state, resting))
    contents = {}
    for value in pipeline.large_values:
        assert value.blob is not None
        whole = await session.whole(value)
        contents[value.blob.sha256] = await asyncio.to_thread(encode_content, whole)
    return await asyncio.to_thread(encode_pipeline, pipeline, contents)


@dataclass(frozen=True, slots=True)
class Files:
    """Where the files are that a state file names. folder: all of them, whatever folder they were
    in.  of: those of readers, by registered name; these go before."""

    folder: str = ""
    of: Mapping[str, Sequence[str]] = field(default_factory=dict)


NO_FILES = Files()


async def load_state(
    session: Session, data: bytes, files: Files = NO_FILES, label: str = "Load a state file"
) -> tuple[ProxyId, ...]:
    """Make what a state file says, beside what is there: one entry of the history, all or nothing;
    the new proxies, sub-proxies not counted. Names that are taken get a number; views that show
    nothing make room, if nothing else is there.

    Raises StateFileError for what is no state file, and whatever an edit raises: UnknownTypeError,
    UnknownPropertyError, InvalidValueError, NotAllowedError, NotMasterError...
    """
    pipeline, contents = await asyncio.to_thread(decode_pipeline, data)
    if files != NO_FILES:
        pipeline = await _with_files(session, pipeline, files)

    def whole(value: Value) -> Value:
        assert value.blob is not None
        return decode_content(contents[value.blob.sha256], value)

    pipeline = await asyncio.to_thread(with_contents, pipeline, whole)
    operations = creations(pipeline, session.ahead, session.new_id)
    await session.edit(*operations, label=label)
    if pipeline.time != session.state.time.time:
        await session.go_to_time(pipeline.time)
    return tuple(o.id for o in operations if isinstance(o, Create) and not o.owner)


async def _with_files(session: Session, pipeline: Pipeline, files: Files) -> Pipeline:
    """`pipeline` with the names of files replaced. Raises StateFileError for a reader that is not
    in it."""
    names = {p.name for p in pipeline.proxies if p.name}
    for name in files.of:
        if name not in names:
            raise StateFileError(f"the state file has no proxy {name!r:.80} that reads a file")
    keys = dict.fromkeys((p.group, p.type) for p in pipeline.proxies)
    properties = {key: await _file_properties(session, key) for key in keys}
    return replace(
        pipeline,
        proxies=tuple(_renamed(p, properties[p.group, p.type], files) for p in pipeline.proxies),
    )


async def _file_properties(session: Session, type: TypeKey) -> frozenset[str]:
    definition = await session.definition(*type)
    return frozenset(p.name for p in definition.properties if p.file_name)


def _renamed(proxy: SavedProxy, properties: frozenset[str], files: Files) -> SavedProxy:
    chosen = files.of.get(proxy.name) if proxy.name else None

    def named(name: str, value: Value) -> Value:
        if name not in properties:
            return value
        if chosen is not None:
            return Value(Kind.STRING, tuple(chosen))
        if not files.folder:
            return value
        folder = PurePath(files.folder)
        return replace(
            value, elements=tuple(str(folder / PurePath(str(e)).name) for e in value.elements if e)
        )

    return replace(proxy, values=tuple((name, named(name, v)) for name, v in proxy.values))
