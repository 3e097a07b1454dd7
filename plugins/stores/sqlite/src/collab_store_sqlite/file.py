"""The file of a store: opened, locked, and looked after when it is damaged."""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from collab_kernel.errors import StoreError
from collab_store_sqlite.lock import WriterLock
from collab_store_sqlite.schema import VERSION, make, migrate, version_of
from collab_store_sqlite.wal import damage

WAITS_S = 10.0
"""For another process that writes to the same file: a `collab sessions` command, say."""

MAX_LOG_BYTES = 64 * 1024 * 1024
"""What SQLite keeps of its own log once everything is in the file."""

_NUMBER = struct.Struct(">q")


def checksum(data: object, number: object = 0) -> int:
    """Of what lies in a row, and where it belongs; -1, which none has, if it can't be ours: a bit
    of the file says as well of what type it is."""
    if not (isinstance(data, bytes) and isinstance(number, int)):
        return -1
    return zlib.crc32(data, zlib.crc32(_NUMBER.pack(number)))


class File:
    """sync: what of a write is waited for: full, normal or off.

    notices: what was found damaged, for people.
    """

    def __init__(self, path: str, sync: str) -> None:
        # Of one file there is one lock, by whatever name it is asked for: SQLite sees to its own.
        named = Path(path)
        self.path = named.resolve() if named.is_symlink() else named
        self._sync = sync
        self._lock = WriterLock(self.path)
        self._db: sqlite3.Connection | None = None
        self._closed = False
        self._cut = ""
        """What the end of SQLite's log has lost, until it is known where a session goes on."""
        self.notices: list[str] = []

    # -- getting at it ---------------------------------------------------------------------

    def take(self) -> None:
        """Be the one who writes, until closed; make the file, if it is not there.

        Raises StoreError: somebody else is, or nobody can.
        """
        self._check_open()
        if self._lock.held:
            return
        self._lock.take()
        try:
            self._disconnect()  # from here on it is looked at and made as it is to be
            self._connect()
        except BaseException:
            self._disconnect()
            self._lock.drop()
            raise

    @contextmanager
    def alone(self) -> Iterator[None]:
        """For as long as this lasts, nobody else writes. Raises StoreError if somebody does."""
        self._check_open()
        if not self.path.exists():
            raise StoreError(f"there is no file {self.path}")
        with self._lock.taken():
            self._connect()
            yield

    def to_write(self) -> sqlite3.Connection:
        self._check_open()
        if not self._lock.held or self._db is None:
            raise StoreError(f"{self.path} was not opened to write")
        return self._db

    def to_read(self) -> sqlite3.Connection:
        """What can be read now; of a file that is not there, nothing."""
        self._check_open()
        if self._db is None and not (self.path.exists() and self.path.stat().st_size):
            db = sqlite3.connect(":memory:")
            make(db)
            return db
        self._connect()
        assert self._db is not None
        return self._db

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"the store in {self.path} is closed")

    def _connect(self) -> None:
        """With the lock, if nobody else has it: what is found damaged, or old, is seen to."""
        if self._db is not None:
            return
        held = self._lock.held
        with suppress(StoreError):
            self._lock.take(briefly=True)
        try:
            if self._lock.held:
                self._salvage_log()
            if held:
                self._make_private()
            with self.translated():
                self._db = self._connected()
                self._prepare(self._db, make_it=held)
            if self._cut and not held:
                self.notices.append(self._cut)
                self._cut = ""
        except BaseException:
            self._disconnect()
            raise
        finally:
            if not held:
                self._lock.drop()

    def _connected(self) -> sqlite3.Connection:
        mode = "rw" if os.access(self.path, os.W_OK) else "ro"
        if mode == "ro" and not self._has_log() and not os.access(self.path.parent, os.W_OK):
            mode += "&immutable=1"  # else SQLite wants to make files beside it
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(
            uri, WAITS_S, isolation_level=None, check_same_thread=False, uri=True
        )

    def _has_log(self) -> bool:
        log = self.path.with_name(self.path.name + "-wal")
        return log.exists() and log.stat().st_size > 0

    def _prepare(self, db: sqlite3.Connection, make_it: bool) -> None:
        version = version_of(db, self.path)
        if version == VERSION:
            pass
        elif version and self._lock.held:
            migrate(db, version)
        elif make_it:
            make(db)
        else:
            raise StoreError(
                self._cut or f"{self.path} holds no sessions, or those of an older version"
            )
        if self._lock.held:
            # A session that is not found because its name is damaged must not begin anew.
            self._check_whole(db, "3" if self._cut else "sessions")
        db.execute(f"PRAGMA synchronous = {self._sync}")
        db.execute(f"PRAGMA fullfsync = {int(self._sync == 'full')}")
        db.execute(f"PRAGMA journal_size_limit = {MAX_LOG_BYTES}")

    def _make_private(self) -> None:
        """SQLite gives the files beside it the rights of the first one."""
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise StoreError(f"{self.path} can't be written to: {error.strerror}") from error

    def shrink(self, pages: int = 0) -> None:
        """Give back what was taken away, or so many pages of it."""
        with self.translated():
            self.to_write().execute(f"PRAGMA incremental_vacuum({pages})").fetchall()

    def empty_log(self) -> None:
        """Have nothing in SQLite's own log that is in the file as well, if that can be now."""
        with suppress(sqlite3.Error):
            self.to_write().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        self._closed = True
        self._disconnect()
        self._lock.drop()

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    # -- what is damaged -------------------------------------------------------------------

    def _salvage_log(self) -> None:
        """Look at what SQLite is about to pass over, while it is still there."""
        try:
            lost = damage(self.path.with_name(self.path.name + "-wal"))
        except OSError as error:
            raise StoreError(f"{self.path}-wal can't be read: {error.strerror}") from error
        if lost is None:
            return
        commits = f"at least {lost.commits}" if lost.commits else "some"
        self._cut = (
            f"the end of what was written last to {self.path} is damaged and was cut off: {commits}"
            f" of the last changes are lost. The damaged files were kept as {self._set_aside()}"
        )

    def _check_whole(self, db: sqlite3.Connection, what: str) -> None:
        """what: a table; or how many faults are enough to know of anywhere, since where the end is
        damaged, the rest may not fit together any more."""
        found = db.execute(f"PRAGMA integrity_check({what})").fetchall()
        if found != [("ok",)]:
            raise StoreError(f"{self.path} is damaged: {found[0][0]}. {_REMEDY}")

    def cut_damaged_end(self, session: str, id: int) -> None:
        """Let a session's log end before the first event that is damaged, if none behind it is
        whole. Raises StoreError if one is."""
        with self.translated():
            first, last, known = self._whole(session, id)
            if first is None and known == last:
                if self._cut:
                    self.notices.append(
                        f"{self._cut}. Session {session!r} goes on at revision {last}"
                    )
                return
            self._check_whole(self.to_write(), "events")  # else what follows is only not found
            self._disconnect()
            aside = self._set_aside()
            self._connect()
            db = self.to_write()
            db.execute("BEGIN IMMEDIATE")
            db.execute("DELETE FROM events WHERE session = ? AND revision > ?", (id, last))
            db.execute("UPDATE sessions SET revision = ? WHERE id = ?", (last, id))
            db.execute("COMMIT")
        found = (
            f"the end of the log of session {session!r} in {self.path} is damaged and was cut off, "
            f"from event {first} on"
            if first is not None
            else f"of session {session!r} in {self.path} another revision was noted than it has"
        )
        self.notices.append(
            f"{found}: it goes on at revision {last}. The damaged file was kept as {aside}"
        )

    def _whole(self, session: str, id: int) -> tuple[int | None, int, int]:
        """The first event behind the newest snapshot that is damaged or missing, if any; up to
        which the log is whole; and up to which it should be."""
        db = self.to_write()
        revision, forgotten = db.execute(
            "SELECT revision, forgotten FROM sessions WHERE id = ?", (id,)
        ).fetchone()
        (start,) = db.execute(
            "SELECT coalesce(max(revision), ?) FROM snapshots WHERE session = ?", (forgotten, id)
        ).fetchone()
        last, first = start, None
        for at, sum, data in db.execute(
            "SELECT revision, checksum, data FROM events WHERE session = ? AND revision > ?"
            " ORDER BY revision",
            (id, start),
        ):
            good = sum == checksum(data, at)
            if first is None and good and at == last + 1:
                last = at
            elif good:
                raise self.damaged(session, last + 1)
            else:
                first = last + 1
        if first is None and last < revision:
            first = last + 1
        return first, last, revision

    def damaged(self, session: str, revision: int) -> StoreError:
        before = revision - 1
        return StoreError(
            f"{self.path} is damaged at event {revision} of session {session!r}: nothing was "
            f"changed. {_REMEDY}"
            + (f". Or go on from before: collab serve --at {before} --fork NAME" if before else "")
        )

    def _set_aside(self) -> Path:
        """Copy the file, and what SQLite has beside it; the copy of the first."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        copy = self.path.with_name(f"{self.path.name}.damaged-{stamp}")
        try:
            for end in ("", "-wal"):
                source = self.path.with_name(self.path.name + end)
                if source.exists():
                    target = copy.with_name(copy.name + end)
                    shutil.copyfile(source, target)
                    target.chmod(0o600)
        except OSError as error:
            raise StoreError(
                f"{self.path} is damaged, and can't be kept as it is before it is mended: {error}"
            ) from error
        return copy

    @contextmanager
    def translated(self) -> Iterator[None]:
        """SQLite's errors as ours, with what to do."""
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {_said(error)}") from error
        except (UnicodeDecodeError, OverflowError) as error:
            raise StoreError(f"{self.path} is damaged: {error}. {_REMEDY}") from error
        except OSError as error:
            raise StoreError(f"{self.path} can't be used: {error.strerror}") from error


_REMEDY = (
    "Use a copy of it that is whole; or save what can be read, into a new file, by "
    "`sqlite3 OLD .recover | sqlite3 NEW`"
)


def _said(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        return f"the disk is full ({error}): nothing is written until there is room"
    if name.startswith("SQLITE_READONLY"):
        return f"the file can't be written to ({error}): nothing is written until it can"
    if name.startswith("SQLITE_IOERR"):
        return f"the disk fails ({error}, {name}): nothing is written until it works"
    if name.startswith("SQLITE_BUSY"):
        return f"another process writes to it for more than {WAITS_S:g} s"
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return f"the file is damaged, or none of SQLite's ({error}). {_REMEDY}"
    return str(error)
