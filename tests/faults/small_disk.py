"""A disk that can be filled up while a server writes to it."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

SIZE_BYTES = 128 << 20
CHUNK_BYTES = 1 << 16


class Disk(Protocol):
    """path: the folder to write to.  how: what makes it small, for people."""

    path: Path
    how: str

    def fill(self, server: int, left_bytes: int) -> None:
        """Leave room for so much, for the process `server` at least."""

    def empty(self, server: int) -> None:
        """Let there be room again."""


class Tmpfs:
    """A file system of its own in memory; what fills it is a file beside the server's."""

    how = f"a tmpfs of {SIZE_BYTES >> 20} MiB"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self, server: int, left_bytes: int) -> None:
        del server
        with self._ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(CHUNK_BYTES))
        size = self._ballast.stat().st_size
        os.truncate(self._ballast, max(0, size - left_bytes))

    def empty(self, server: int) -> None:
        del server
        self._ballast.unlink(missing_ok=True)


class Limited:
    """No file of the server may be larger than now, but for what is left: where nothing can be
    mounted."""

    how = "RLIMIT_FSIZE"

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, server: int, left_bytes: int) -> None:
        most = max(file.stat().st_size for file in self.path.iterdir())
        _, hard = resource.prlimit(server, resource.RLIMIT_FSIZE)
        resource.prlimit(server, resource.RLIMIT_FSIZE, (most + left_bytes, hard))

    def empty(self, server: int) -> None:
        with suppress(ProcessLookupError):
            _, hard = resource.prlimit(server, resource.RLIMIT_FSIZE)
            resource.prlimit(server, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A tmpfs where this process may mount one, else a limit on the server's files."""
    path = folder / "small"
    path.mkdir()
    mount = shutil.which("mount")
    options = ("-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "none", str(path))
    if mount is None or subprocess.run((mount, *options), capture_output=True).returncode:
        yield Limited(path)
        return
    try:
        yield Tmpfs(path)
    finally:
        subprocess.run(("umount", "--lazy", str(path)), check=True)
