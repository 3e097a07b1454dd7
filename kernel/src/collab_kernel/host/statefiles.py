"""State files that a server is started with: read, checked as anybody's words, and made."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from collab_kernel.core.commands import Edit, GoTo
from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.files import FileRules
from collab_kernel.core.pipeline import Pipeline, creations, with_contents
from collab_kernel.core.values import SERVER, Value, is_large
from collab_kernel.errors import CollabError, StateFileError
from collab_kernel.host.opening import new_ids
from collab_kernel.host.session import HostedSession
from collab_kernel.wire.blobs import blob_of, encode_content
from collab_kernel.wire.statefile import EXTENSION
from collab_kernel.wire.statefile_reader import MAX_FILE_BYTES, decode_pipeline


def is_state_file(path: Path) -> bool:
    return path.name.lower().endswith(EXTENSION)


async def load_state_file(
    session: HostedSession, catalogue: Catalogue, path: Path, files: FileRules
) -> None:
    """Make what a state file says, beside what is there. files: which names it may have; the
    server itself may name any, and whoever wrote the file is not the server.

    Raises StateFileError that names the file, or whatever refuses what is in it.
    """
    try:
        await _load(session, catalogue, path, files)
    except CollabError as error:
        raise StateFileError(f"{path.name}: {error}") from error


async def _load(session: HostedSession, catalogue: Catalogue, path: Path, files: FileRules) -> None:
    pipeline, contents = await asyncio.to_thread(_read, path)
    _check_files(pipeline, catalogue, files)
    for sha256, data in contents.items():
        await session.blobs.keep(SERVER, sha256, data)
    for data in [encode_content(v) for p in pipeline.proxies for _, v in p.values if is_large(v)]:
        await session.blobs.keep(SERVER, blob_of(data).sha256, data)
    pipeline = with_contents(pipeline, _named, is_large)
    operations = creations(pipeline, session.state, new_ids(session.state))
    await session.command(Edit(operations), f"Load {path.name}")
    if pipeline.time != session.state.time.time:
        await session.command(GoTo(pipeline.time))


def _named(value: Value) -> Value:
    """A large value by its content's name."""
    return Value(value.kind, blob=blob_of(encode_content(value)))


def _read(path: Path) -> tuple[Pipeline, dict[bytes, bytes]]:
    try:
        with path.open("rb") as file:
            return decode_pipeline(file.read(MAX_FILE_BYTES + 1))
    except OSError as error:
        raise StateFileError(f"it can't be read: {error.strerror or error}") from None


def _check_files(pipeline: Pipeline, catalogue: Catalogue, files: FileRules) -> None:
    """Raises InvalidValueError or NotAllowedError."""
    for name in _files_in(pipeline, catalogue):
        files.check("a state file", name)


def _files_in(pipeline: Pipeline, catalogue: Catalogue) -> Iterable[str]:
    for proxy in pipeline.proxies:
        definition = catalogue.definition(proxy.group, proxy.type)
        for property, value in proxy.values:
            if definition.property(property).file_name:
                yield from map(str, value.elements)
