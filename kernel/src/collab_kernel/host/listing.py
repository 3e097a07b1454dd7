"""The files that participants may open, by name: listed by the server itself, in threads of its
own, since a folder can be large and a network's file system slow."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.queries import FileEntry, FileList
from collab_kernel.errors import InvalidValueError, PipelineFailedError, RefusedError
from collab_kernel.host.roots import Roots

MAX_SEEN = 100_000
"""Names of a folder that are looked at."""

MAX_ENTRIES = 5_000
"""And of those that are told."""

WITHIN_S = 10.0
AT_ONCE = 2


class Listing:
    """Folders below the roots, and in them what a reader of the catalogue takes."""

    def __init__(self, roots: Roots, catalogue: Catalogue) -> None:
        self._roots = roots
        self._endings = tuple(
            f".{extension}"
            for definition in catalogue.definitions.values()
            for extension in definition.file_extensions
        )
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="collab-listing")

    async def of(self, path: str, all: bool) -> FileList:
        """What is in the folder `path`. Raises InvalidValueError where there is none that may
        be read, RefusedError where that takes too long."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(WITHIN_S):
                return await loop.run_in_executor(self._threads, self.now, path, all)
        except TimeoutError:
            raise RefusedError(
                f"{path or '.'}: could not be listed within {WITHIN_S:g} s"
            ) from None

    def now(self, path: str, all: bool = False) -> FileList:
        """As `of`, in this thread. Names that begin with a dot, that are no UTF-8, or that
        lead out of the roots are left out."""
        try:
            folder = self._roots.resolve(path or ".")
            with os.scandir(folder) as found:
                seen = list(islice(found, MAX_SEEN + 1))
            entries = list(self._entries(folder, seen[:MAX_SEEN], all))
        except (OSError, PipelineFailedError, RuntimeError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise InvalidValueError(f"{path or '.'}: {reason}") from None
        entries.sort(key=lambda entry: (not entry.is_folder, entry.name))
        complete = len(seen) <= MAX_SEEN and len(entries) <= MAX_ENTRIES
        return FileList(tuple(entries[:MAX_ENTRIES]), complete)

    def _entries(
        self, folder: Path, found: list[os.DirEntry[str]], all: bool
    ) -> Iterator[FileEntry]:
        for entry in found:
            name = entry.name
            readable = all or name.lower().endswith(self._endings)
            try:
                name.encode()
                if name.startswith(".") or not (entry.is_dir() or (entry.is_file() and readable)):
                    continue
                if entry.is_symlink():
                    self._roots.resolve(str(folder / name))
                size_bytes = 0 if entry.is_dir() else entry.stat().st_size
                yield FileEntry(name, entry.is_dir(), size_bytes)
            except (OSError, UnicodeError, PipelineFailedError, RuntimeError):
                continue  # gone meanwhile, or not to be named

    def close(self) -> None:
        """Wait for nobody: a thread may hang in a file system that does not answer."""
        self._threads.shutdown(wait=False, cancel_futures=True)
