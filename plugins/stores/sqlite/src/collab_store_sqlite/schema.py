"""The tables of a store's file, and how older files become as these."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from collab_kernel.errors import StoreError

APPLICATION = 0x436F6C62
"""SQLite's "application id" of such a file: "Colb"."""

VERSION = 2

_TABLES = """
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    epoch INTEGER NOT NULL DEFAULT 0,       -- of who may write; 0: nobody
    revision INTEGER NOT NULL DEFAULT 0,
    forgotten INTEGER NOT NULL DEFAULT 0,
    created_s REAL NOT NULL,
    changed_s REAL NOT NULL,
    archived INTEGER NOT NULL DEFAULT 0,
    size_bytes INTEGER NOT NULL DEFAULT 0,  -- of all that is kept for it
    records_sum INTEGER NOT NULL DEFAULT 0  -- of the checksums of its side records
) STRICT;
CREATE TABLE epochs (newest INTEGER NOT NULL) STRICT;
INSERT INTO epochs VALUES (0);
CREATE TABLE events (
    session INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (session, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE records (
    session INTEGER NOT NULL,
    key TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (session, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE snapshots (
    session INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (session, revision)
) STRICT;
CREATE TABLE blobs (
    session INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (session, sha256)
) STRICT;
"""

CONTENTS = ("events", "records", "snapshots", "blobs")
"""The tables whose rows belong to a session."""

_MIGRATIONS: dict[int, str] = {
    # Listing sessions took as long as they were large; and a side record could be lost unnoticed.
    1: "ALTER TABLE sessions ADD COLUMN size_bytes INTEGER NOT NULL DEFAULT 0;"
    + "".join(
        "UPDATE sessions SET size_bytes = size_bytes + (SELECT coalesce(sum(length(data)), 0)"
        f" FROM {table} WHERE session = sessions.id);"
        for table in CONTENTS
    )
    + "ALTER TABLE sessions ADD COLUMN records_sum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE sessions SET records_sum ="
    " (SELECT coalesce(sum(checksum), 0) FROM records WHERE session = sessions.id);",
}
"""By version: what makes it the next one."""


def version_of(db: sqlite3.Connection, path: Path) -> int:
    """The version of the tables; 0: there are none. Raises StoreError if they are not ours."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (count,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not (application or version or count):
        return 0
    if application != APPLICATION:
        raise StoreError(f"{path} is an SQLite file of another program: name another file")
    if version > VERSION:
        raise StoreError(
            f"{path} was written by a newer version of collab-store-sqlite (its tables are of "
            f"version {version}, this one knows {VERSION}): update it, or name another file"
        )
    return int(version)


def make(db: sqlite3.Connection) -> None:
    """Make the tables in an empty file."""
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(
        f"BEGIN IMMEDIATE; {_TABLES} PRAGMA application_id = {APPLICATION};"
        f" PRAGMA user_version = {VERSION}; COMMIT;"
        " PRAGMA wal_checkpoint(TRUNCATE);"  # in the file itself, whatever becomes of the log
    )


def migrate(db: sqlite3.Connection, version: int) -> None:
    """Make the tables as they are now, whole or not at all."""
    steps = "".join(_MIGRATIONS[number] for number in range(version, VERSION))
    db.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {VERSION}; COMMIT;")
