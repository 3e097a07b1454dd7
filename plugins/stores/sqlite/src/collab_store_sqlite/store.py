"""A file with any number of sessions: its log, snapshots, contents and side records of each.

What one call writes is one transaction. With `sync=normal`, which is the default, what was written
outlasts this process however it ends; with `sync=full` the machine as well.

Longer than other modules on purpose: it is the whole store, call by call.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import RLock

from collab_kernel.errors import StoreError
from collab_kernel.spi import NO_RECORDS, StoredSession
from collab_store_sqlite.file import File, checksum
from collab_store_sqlite.schema import CONTENTS

AT_MOST = 1 << 62
"""For a limit where there is none."""

SHRUNK = 1_000
"""Pages of the file that are given back in one go."""

SWEPT = 1_000
"""Forgotten events that are taken away in one go: nobody waits for more."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """A write that failed, perhaps once it had reached the disk. first: its first revision.
    before: the side records that it replaced; b"": there was none."""

    first: int
    before: Mapping[str, bytes]


class SqliteStore:
    """location: the file, which is made when the first session is opened; and behind a `?` what
    is to be as nobody would guess: `work.collab?sync=full`. sync is full, normal or off."""

    def __init__(self, location: str) -> None:
        path, sync = parsed(location)
        self._file = File(path, sync)
        self._one = RLock()
        self._failed: dict[int, _Failed] = {}
        """By epoch: what has to be taken back before anything else is written."""
        self._littered: set[int] = set()
        """The epochs in whose sessions forgotten events are still to be taken away."""

    # -- the log ---------------------------------------------------------------------------

    def open(self, session: str) -> int:
        with self._one:
            self._file.take()
            with self._reading() as db:
                known = self._known(db, session, "epoch")
            if known is not None:
                self._take_back(session, known[0])
            with self._writing() as db:
                now_s = time.time()
                db.execute(
                    "INSERT OR IGNORE INTO sessions (name, created_s, changed_s) VALUES (?, ?, ?)",
                    (session, now_s, now_s),
                )
                id, archived = self._found(db, session, "id, archived")
                if archived:
                    raise StoreError(
                        f"session {session!r} is archived: take it out of the archive first"
                    )
            self._file.cut_damaged_end(session, id)
            with self._writing() as db:
                db.execute("UPDATE epochs SET newest = newest + 1")
                (epoch,) = db.execute("SELECT newest FROM epochs").fetchone()
                db.execute("UPDATE sessions SET epoch = ? WHERE id = ?", (epoch, id))
            self._littered.add(epoch)
            return int(epoch)

    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        with self._one:
            self._take_back(session, epoch)
            try:
                self._append(session, epoch, first_revision, events, records)
            except BaseException:
                with suppress(StoreError):  # else it is taken back before the next write
                    self._take_back(session, epoch)
                raise
            if epoch in self._littered:
                with suppress(StoreError):  # it is there for the next time
                    self._sweep(session, epoch)

    def _append(
        self,
        session: str,
        epoch: int,
        first: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes],
    ) -> None:
        with self._writing_as(session, epoch) as (db, id, revision):
            if first != revision + 1:
                raise StoreError(f"event {first} does not follow event {revision}")
            rows = [
                (id, number, checksum(data, number), data)
                for number, data in enumerate(events, first)
            ]
            db.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
            before = self._put_records(db, id, records)
            db.execute(
                "UPDATE sessions SET revision = ?, changed_s = ?, size_bytes = size_bytes + ?"
                " WHERE id = ?",
                (revision + len(rows), time.time(), sum(len(row[3]) for row in rows), id),
            )
            self._failed[epoch] = _Failed(first, before)  # until it is known to last
        del self._failed[epoch]

    def _take_back(self, session: str, epoch: int) -> None:
        """Delete what a write left that failed though it had reached the disk: everybody was told
        that nothing of it has happened. Raises StoreError: that is still to be done."""
        failed = self._failed.get(epoch)
        if failed is None:
            return
        with self._writing() as db:
            id, _ = self._writable(db, session, epoch)
            freed = self._taken_away(db, "events", "revision >= ?", (id, failed.first))
            self._put_records(db, id, failed.before)
            db.execute(
                "UPDATE sessions SET revision = ?, changed_s = ?, size_bytes = size_bytes - ?"
                " WHERE id = ?",
                (failed.first - 1, time.time(), freed, id),
            )
        del self._failed[epoch]
        self._file.empty_log()  # which may still have it, behind this

    def _put_records(
        self, db: sqlite3.Connection, id: int, records: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """Keep side records; what there was instead of each before."""
        before: dict[str, bytes] = {}
        size_more = sum_more = 0
        for key, data in records.items():
            where = "FROM records WHERE session = ? AND key = ?"
            found = db.execute(f"SELECT data, checksum {where}", (id, key)).fetchone()
            before[key], sum_before = found or (b"", 0)
            db.execute(f"DELETE {where}", (id, key))
            sum_after = 0
            if data:
                sum_after = _record_sum(key, data)
                db.execute("INSERT INTO records VALUES (?, ?, ?, ?)", (id, key, sum_after, data))
            size_more += len(data) - len(before[key])
            sum_more += sum_after - sum_before
        if records:
            db.execute(
                "UPDATE sessions SET size_bytes = size_bytes + ?, records_sum = records_sum + ?"
                " WHERE id = ?",
                (size_more, sum_more, id),
            )
        return before

    def read(self, session: str, after_revision: int, most: int | None = None) -> Sequence[bytes]:
        with self._reading() as db:
            known = self._known(db, session, "id, forgotten, revision")
            if known is None:
                return ()
            id, forgotten, revision = known
            if after_revision < forgotten:
                raise StoreError(
                    f"the events of session {session!r} up to {forgotten} are forgotten"
                )
            rows = db.execute(
                "SELECT revision, checksum, data FROM events WHERE session = ? AND revision > ?"
                " ORDER BY revision LIMIT ?",
                (id, after_revision, AT_MOST if most is None else most),
            ).fetchall()
            due = min(revision - after_revision, len(rows) if most is None else most)
            for number, (at, sum, data) in enumerate(rows, after_revision + 1):
                if at != number or sum != checksum(data, number):
                    raise self._file.damaged(session, number)
            if len(rows) < due:
                raise self._file.damaged(session, after_revision + len(rows) + 1)
            return [row[2] for row in rows]

    def load_records(self, session: str) -> Mapping[str, bytes]:
        with self._reading() as db:
            known = self._known(db, session, "id, records_sum")
            if known is None:
                return {}
            rows = db.execute(
                "SELECT key, checksum, data FROM records WHERE session = ?", (known[0],)
            ).fetchall()
        damaged = [key for key, sum, data in rows if sum != _record_sum(key, data)]
        if damaged or sum(row[1] for row in rows) != known[1]:
            which = ", ".join(map(repr, damaged)) or "one that is missing"
            raise StoreError(
                f"{self._file.path} is damaged at the side records of session {session!r} "
                f"({which}): use a copy of the file that is whole"
            )
        return {key: data for key, _, data in rows}

    # -- beside the log --------------------------------------------------------------------

    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        with self._writing_as(session, epoch) as (db, id, newest):
            (forgotten,) = self._found(db, session, "forgotten")
            if not newest:  # it stands for a log that never was here
                forgotten = newest = revision
            if not forgotten <= revision <= newest:
                raise StoreError(f"there is no event {revision} to keep a snapshot of")
            where = (id, revision)
            freed = self._size(db, "snapshots", "revision = ?", where)
            db.execute("DELETE FROM snapshots WHERE session = ? AND revision = ?", where)
            row = (id, revision, checksum(snapshot, revision), snapshot)
            db.execute("INSERT INTO snapshots VALUES (?, ?, ?, ?)", row)
            db.execute(
                "UPDATE sessions SET revision = ?, forgotten = ?, size_bytes = size_bytes + ?"
                " WHERE id = ?",
                (newest, forgotten, len(snapshot) - freed, id),
            )

    def load_snapshot(self, session: str, at: int | None = None) -> tuple[int, bytes] | None:
        with self._reading() as db:
            rows = db.execute(
                "SELECT n.revision, checksum, data FROM snapshots n JOIN sessions s"
                " ON n.session = s.id WHERE name = ? AND n.revision <= ?"
                " ORDER BY n.revision DESC",
                (session, AT_MOST if at is None else at),
            )
            for revision, sum, data in rows:
                if sum == checksum(data, revision):
                    return revision, data
                self._file.notices.append(
                    f"the snapshot of session {session!r} at revision {revision} in "
                    f"{self._file.path} is damaged: an earlier one is used, or the whole log"
                )
            return None

    def snapshots(self, session: str) -> Sequence[int]:
        with self._reading() as db:
            rows = db.execute(
                "SELECT n.revision FROM snapshots n JOIN sessions s ON n.session = s.id"
                " WHERE name = ? ORDER BY n.revision",
                (session,),
            )
            return [revision for (revision,) in rows]

    def save_blob(self, session: str, epoch: int, sha256: bytes, data: bytes) -> None:
        with self._writing_as(session, epoch) as (db, id, _):
            done = db.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?, ?)", (id, sha256, data))
            if done.rowcount:
                db.execute(
                    "UPDATE sessions SET size_bytes = size_bytes + ? WHERE id = ?", (len(data), id)
                )

    def load_blob(self, session: str, sha256: bytes) -> bytes | None:
        with self._reading() as db:
            found = db.execute(
                "SELECT data FROM blobs b JOIN sessions s ON b.session = s.id"
                " WHERE name = ? AND sha256 = ?",
                (session, sha256),
            ).fetchone()
        if found is None:
            return None
        if not isinstance(found[0], bytes):
            raise StoreError(
                f"{self._file.path} is damaged at a large value of session {session!r}: use a copy "
                "of the file that is whole"
            )
        return found[0]

    def forget(
        self,
        session: str,
        epoch: int,
        through_revision: int,
        snapshots: Iterable[int] = (),
        blobs: Iterable[bytes] = (),
    ) -> None:
        with self._writing_as(session, epoch) as (db, id, _):
            (forgotten,) = self._found(db, session, "forgotten")
            through = max(through_revision, forgotten)
            freed = 0
            for revision in snapshots:
                freed += self._taken_away(db, "snapshots", "revision = ?", (id, revision))
            for sha256 in blobs:
                freed += self._taken_away(db, "blobs", "sha256 = ?", (id, sha256))
            left = "SELECT 1 FROM snapshots WHERE session = ? AND revision = ?"
            if through and db.execute(left, (id, through)).fetchone() is None:
                raise StoreError(f"nothing else stands for the events up to {through}")
            db.execute(
                "UPDATE sessions SET forgotten = ?, size_bytes = size_bytes - ? WHERE id = ?",
                (through, freed, id),
            )
        self._littered.add(epoch)
        with suppress(StoreError):  # they are forgotten already
            self._sweep(session, epoch)

    def _sweep(self, session: str, epoch: int) -> None:
        """Take away some of the forgotten events, which nobody can read any more."""
        with self._writing_as(session, epoch) as (db, id, _):
            first, forgotten = db.execute(
                "SELECT (SELECT min(revision) FROM events WHERE session = id), forgotten"
                " FROM sessions WHERE id = ?",
                (id,),
            ).fetchone()
            last = min(forgotten, (first or AT_MOST) + SWEPT - 1)
            freed = self._taken_away(db, "events", "revision <= ?", (id, last))
            db.execute("UPDATE sessions SET size_bytes = size_bytes - ? WHERE id = ?", (freed, id))
        if last == forgotten:
            self._littered.discard(epoch)
        self._file.shrink(SHRUNK)

    # -- sessions --------------------------------------------------------------------------

    def sessions(self) -> Sequence[StoredSession]:
        with self._reading() as db:
            rows = db.execute(
                "SELECT name, revision, forgotten, size_bytes, created_s, changed_s, archived"
                " FROM sessions ORDER BY id"
            )
            return [
                StoredSession(name, revision, forgotten, size, created_s, changed_s, bool(archived))
                for name, revision, forgotten, size, created_s, changed_s, archived in rows
            ]

    def rename(self, session: str, name: str) -> None:
        with self._alone(session) as (db, id):
            if self._known(db, name, "id") is not None:
                raise StoreError(f"there is a session {name!r} already")
            db.execute("UPDATE sessions SET name = ? WHERE id = ?", (name, id))

    def archive(self, session: str, archived: bool = True) -> None:
        with self._alone(session) as (db, id):
            db.execute("UPDATE sessions SET archived = ? WHERE id = ?", (archived, id))

    def delete(self, session: str) -> None:
        with self._one, self._file.alone():
            with self._alone(session) as (db, id):
                for table in CONTENTS:
                    db.execute(f"DELETE FROM {table} WHERE session = ?", (id,))
                db.execute("DELETE FROM sessions WHERE id = ?", (id,))
            self._file.shrink()

    def notices(self) -> Sequence[str]:
        told, self._file.notices = self._file.notices, []
        return told

    def close(self) -> None:
        with self._one:
            self._file.close()

    # -- inside ----------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, that is made to last, or has not been."""
        with self._one, self._file.translated():
            db = self._file.to_write()
            if db.in_transaction:  # the last one failed, and so did taking it back
                db.execute("ROLLBACK")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def _writing_as(
        self, session: str, epoch: int
    ) -> Iterator[tuple[sqlite3.Connection, int, int]]:
        """A transaction of whoever may write to a session; with its number and revision."""
        with self._one:
            self._take_back(session, epoch)
            with self._writing() as db:
                yield db, *self._writable(db, session, epoch)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._one, self._file.translated():
            yield self._file.to_read()

    @contextmanager
    def _alone(self, session: str) -> Iterator[tuple[sqlite3.Connection, int]]:
        """A transaction on a session that nobody can write to any more."""
        with self._one, self._file.alone(), self._writing() as db:
            known = self._known(db, session, "id")
            if known is None:
                raise StoreError(f"there is no session {session!r} in {self._file.path}")
            db.execute("UPDATE sessions SET epoch = 0 WHERE id = ?", known)
            yield db, known[0]

    def _writable(self, db: sqlite3.Connection, session: str, epoch: int) -> tuple[int, int]:
        """The session's number and revision, for whoever may write to it."""
        known = self._known(db, session, "id, revision, epoch")
        if known is None or epoch < 1 or known[2] != epoch:
            raise StoreError(f"somebody else has taken over session {session!r:.80}")
        return known[0], known[1]

    @staticmethod
    def _known(db: sqlite3.Connection, session: str, columns: str) -> tuple[int, ...] | None:
        found = db.execute(f"SELECT {columns} FROM sessions WHERE name = ?", (session,)).fetchone()
        return None if found is None else tuple(found)

    def _found(self, db: sqlite3.Connection, session: str, columns: str) -> tuple[int, ...]:
        known = self._known(db, session, columns)
        assert known is not None
        return known

    @staticmethod
    def _size(db: sqlite3.Connection, table: str, which: str, where: tuple[object, ...]) -> int:
        what = f"SELECT coalesce(sum(length(data)), 0) FROM {table} WHERE session = ? AND {which}"
        return int(db.execute(what, where).fetchone()[0])

    def _taken_away(
        self, db: sqlite3.Connection, table: str, which: str, where: tuple[object, ...]
    ) -> int:
        """How many bytes the rows had."""
        freed = self._size(db, table, which, where)
        db.execute(f"DELETE FROM {table} WHERE session = ? AND {which}", where)
        return freed


def _record_sum(key: object, data: object) -> int:
    if not (isinstance(key, str) and isinstance(data, bytes)):
        return -1  # as `checksum` has it
    return checksum(key.encode() + b"\0" + data)


def parsed(location: str) -> tuple[str, str]:
    """The path and how much is waited for, of a location. Raises StoreError."""
    path, _, options = location.partition("?")
    if not path:
        raise StoreError("name a file: --store sqlite:work.collab")
    sync = "normal"
    for option in options.split("&") if options else ():
        key, _, value = option.partition("=")
        if key != "sync" or value not in SYNC:
            raise StoreError(
                f"{option!r:.60} is no option of an sqlite store: there is sync={'|'.join(SYNC)}"
            )
        sync = value
    return path, sync


SYNC = ("full", "normal", "off")
