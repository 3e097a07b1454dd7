"""One writer for a file, among all processes of a machine; and whoever comes second learns who is
first."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from collab_kernel.errors import StoreError

WAITS_S, PAUSE_S = 10.0, 0.02
"""For whoever has it without a name: somebody who reads looks after the file first."""


class WriterLock:
    """A lock of the operating system on a file beside the one that is written: it goes with the
    process, however that ends. What the file says is for people."""

    def __init__(self, path: Path) -> None:
        self._written = path
        self._path = path.with_name(path.name + "-lock")
        self._file: int | None = None

    @property
    def held(self) -> bool:
        return self._file is not None

    def take(self, briefly: bool = False) -> None:
        """briefly: to look after the file before it is read, if nobody has it; whoever comes to
        write meanwhile waits for that. Raises StoreError, which names who has it."""
        if self._file is not None:
            return
        try:
            # What is in it goes: where others may write as well, it must lead to no other file.
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except FileNotFoundError as error:
            raise StoreError(
                f"there is no folder {self._path.parent} for {self._written.name}: make it first"
            ) from error
        except OSError as error:
            raise StoreError(
                f"{self._written} can't be written to: {error.strerror}. It can be read as it is: "
                "see collab log and collab serve --at"
            ) from error
        until_s = time.monotonic() + (0.0 if briefly else WAITS_S)
        while not _locked(file):
            holder = os.pread(file, 200, 0).decode(errors="replace").strip()
            if not holder and time.monotonic() < until_s:
                time.sleep(PAUSE_S)
                continue
            os.close(file)
            raise StoreError(
                f"{self._written} is open in another server ({holder or 'which names itself not'}):"
                " stop that one first, or use another file"
            )
        os.ftruncate(file, 0)
        if not briefly:
            os.pwrite(file, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        self._file = file

    def drop(self) -> None:
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """For as long as this lasts, where it is not held anyway. Raises as `take`."""
        held = self.held
        self.take()
        try:
            yield
        finally:
            if not held:
                self.drop()


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
