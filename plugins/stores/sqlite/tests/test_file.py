"""A file that is the user's own, with one writer; and what happens where it can't be written."""

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from collab_kernel.errors import StoreError
from collab_store_sqlite.lock import WriterLock
from collab_store_sqlite.store import SqliteStore

WITHIN_S = 60.0

_HOLDER = """
import sys
from collab_store_sqlite.store import SqliteStore
store = SqliteStore(sys.argv[1])
store.append("main", store.open("main"), 1, [b"one"])
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_server(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has the file open."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work.collab"


def test_nobody_else_reads_what_is_kept(path: Path) -> None:
    before = os.umask(0)
    try:
        with closing(SqliteStore(str(path))) as store:
            store.append("main", store.open("main"), 1, [b"one"])
            files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert {"work.collab", "work.collab-wal", "work.collab-lock"} <= set(files)
    assert set(files.values()) == {0o600}


def rows(path: Path) -> int:
    """How many events there still are in the file, forgotten ones among them."""
    with closing(sqlite3.connect(path)) as db:
        (count,) = db.execute("SELECT count(*) FROM events").fetchone()
        return int(count)


def test_a_long_log_that_is_forgotten_goes_little_by_little(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab_store_sqlite.store.SWEPT", 10)
    with closing(SqliteStore(str(path))) as store:
        epoch = store.open("main")
        store.append("main", epoch, 1, [b"%03d" % n for n in range(1, 101)])
        store.save_snapshot("main", epoch, 90, b"all of it")
        store.forget("main", epoch, 90)
        assert rows(path) == 90
        with pytest.raises(StoreError, match="up to 90 are forgotten"):
            store.read("main", 89)
        assert len(store.read("main", 90)) == 10
        store.append("main", epoch, 101, [b"101"])
        assert rows(path) == 81
    with closing(SqliteStore(str(path))) as store:  # another one goes on with it
        epoch = store.open("main")
        assert store.notices() == []
        for revision in range(102, 112):
            store.append("main", epoch, revision, [b"%03d" % revision])
        assert rows(path) == 21
        assert len(store.read("main", 90)) == 21
        [session] = store.sessions()
        assert session.size_bytes == 21 * 3 + len(b"all of it")


def test_a_second_server_is_refused_and_told_who_is_the_first(path: Path) -> None:
    with another_server(path) as process, closing(SqliteStore(str(path))) as store:
        with pytest.raises(StoreError, match=f"open in another server .process {process.pid} on "):
            store.open("main")
        for change in (
            lambda: store.rename("main", "other"),
            lambda: store.archive("main"),
            lambda: store.delete("main"),
        ):
            with pytest.raises(StoreError, match="stop that one first"):
                change()
        assert list(store.read("main", 0)) == [b"one"]
        assert [session.name for session in store.sessions()] == ["main"]


def test_a_second_server_is_refused_by_whatever_name_it_asks_for_the_file(path: Path) -> None:
    other = path.with_name("same.collab")
    other.symlink_to(path)
    with (
        another_server(other) as process,
        closing(SqliteStore(str(path))) as store,
        pytest.raises(StoreError, match=f"process {process.pid} on "),
    ):
        store.open("main")
    assert {f.name for f in path.parent.iterdir()} >= {"work.collab", "work.collab-lock"}
    assert not other.with_name("same.collab-lock").exists()


def test_who_only_looks_keeps_no_server_from_starting(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second reader has the lock for a moment, even where the last server was killed."""
    with another_server(path) as process:
        process.kill()
        process.wait(WITHIN_S)
    reader = WriterLock(path)
    reader.take(briefly=True)
    monkeypatch.setattr("time.sleep", lambda pause_s: reader.drop())
    with closing(SqliteStore(str(path))) as store:
        store.append("main", store.open("main"), 2, [b"two"])
        assert list(store.read("main", 0)) == [b"one", b"two"]


def test_a_lock_that_leads_to_another_file_is_refused_and_that_is_left_alone(path: Path) -> None:
    precious = path.with_name("precious")
    precious.write_text("precious")
    path.with_name(f"{path.name}-lock").symlink_to(precious)
    with closing(SqliteStore(str(path))) as store, pytest.raises(StoreError, match="written to"):
        store.open("main")
    assert precious.read_text() == "precious"


def test_a_server_that_was_killed_keeps_nobody_out(path: Path) -> None:
    with another_server(path) as process:
        process.kill()
        process.wait(WITHIN_S)
        with closing(SqliteStore(str(path))) as store:
            store.append("main", store.open("main"), 2, [b"two"])
            assert list(store.read("main", 0)) == [b"one", b"two"]
            assert store.notices() == []


def test_what_is_read_makes_no_file(path: Path) -> None:
    with closing(SqliteStore(str(path))) as store:
        assert store.sessions() == []
        assert list(store.read("main", 0)) == []
        assert store.load_snapshot("main") is None
        with pytest.raises(StoreError, match="there is no file"):
            store.delete("main")
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("sync", "level"), [("", 1), ("?sync=normal", 1), ("?sync=full", 2), ("?sync=off", 0)]
)
def test_how_much_is_waited_for_is_said_behind_the_name(path: Path, sync: str, level: int) -> None:
    with closing(SqliteStore(f"{path}{sync}")) as store:
        store.open("main")
        with store._reading() as db:
            assert db.execute("PRAGMA synchronous").fetchone() == (level,)
            assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert path.exists()


@pytest.mark.parametrize("location", ["w?sync=maybe", "w?sink=full", "w?x", "", "?sync=full"])
def test_a_location_that_makes_no_sense_is_refused_with_what_there_is(location: str) -> None:
    with pytest.raises(StoreError, match=r"sync=full\|normal\|off|name a file"):
        SqliteStore(location)


def test_what_is_no_store_is_left_as_it_is(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE sessions (name TEXT)")
        db.commit()
    text = tmp_path / "text"
    text.write_bytes(b"not a database, and long enough to be looked at" * 100)
    for path, says in (
        (other, "of another program"),
        (text, "none of SQLite's"),
        (tmp_path, "can't be written to"),
        (tmp_path / "no/such/folder", "there is no folder"),
    ):
        before = path.read_bytes() if path.is_file() else b""
        with closing(SqliteStore(str(path))) as store, pytest.raises(StoreError, match=says):
            store.open("main")
        assert (path.read_bytes() if path.is_file() else b"") == before


# -- older and newer files -----------------------------------------------------------------

VERSION_1 = """
PRAGMA journal_mode = WAL;
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 0, forgotten INTEGER NOT NULL DEFAULT 0,
    created_s REAL NOT NULL, changed_s REAL NOT NULL, archived INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE epochs (newest INTEGER NOT NULL) STRICT;
INSERT INTO epochs VALUES (7);
CREATE TABLE events (
    session INTEGER NOT NULL, revision INTEGER NOT NULL, checksum INTEGER NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (session, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE records (
    session INTEGER NOT NULL, key TEXT NOT NULL, checksum INTEGER NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (session, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE snapshots (
    session INTEGER NOT NULL, revision INTEGER NOT NULL, checksum INTEGER NOT NULL,
    data BLOB NOT NULL, UNIQUE (session, revision)
) STRICT;
CREATE TABLE blobs (
    session INTEGER NOT NULL, sha256 BLOB NOT NULL, data BLOB NOT NULL, UNIQUE (session, sha256)
) STRICT;
INSERT INTO sessions VALUES (1, 'main', 7, 2, 0, 100.0, 200.0, 0), (2, 'old', 3, 0, 0, 1.0, 1.0, 1);
INSERT INTO events VALUES (1, 1, 1444317546, x'6f6e65'), (1, 2, 788867603, x'74776f');
INSERT INTO blobs VALUES (1, x'00', zeroblob(100000));
PRAGMA application_id = 1131375714;
PRAGMA user_version = 1;
"""


def old_file(path: Path, version: int = 1) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(VERSION_1)
        db.execute(f"PRAGMA user_version = {version}")


def test_a_file_of_the_first_version_goes_on_as_one_of_this(path: Path) -> None:
    old_file(path)
    with closing(SqliteStore(str(path))) as store:
        main, old = store.sessions()
        assert (main.name, main.revision, main.size_bytes) == ("main", 2, 100_006)
        assert (main.created_s, main.changed_s, old.archived) == (100.0, 200.0, True)
        assert list(store.read("main", 0)) == [b"one", b"two"]
        epoch = store.open("main")
        assert epoch == 8
        store.append("main", epoch, 3, [b"three"])
        assert store.sessions()[0].size_bytes == 100_011
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (2,)


def test_a_migration_is_whole_or_not_at_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old_file(path)
    from collab_store_sqlite import schema

    broken = schema._MIGRATIONS[1] + "INSERT INTO nowhere VALUES (1);"
    with monkeypatch.context() as patch:
        patch.setitem(schema._MIGRATIONS, 1, broken)
        with closing(SqliteStore(str(path))) as store, pytest.raises(StoreError, match="nowhere"):
            store.open("main")
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        columns = [row[1] for row in db.execute("PRAGMA table_info(sessions)")]
        assert "size_bytes" not in columns
    with closing(SqliteStore(str(path))) as store:
        assert store.open("main") == 8


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    old_file(path, version=99)
    with closing(SqliteStore(str(path))) as store:
        for call in (lambda: store.open("main"), store.sessions):
            with pytest.raises(StoreError, match=r"version 99, this one knows 2\): update it"):
                call()


# -- no room, no right ---------------------------------------------------------------------

_FILLS = """
import resource, sys
from collab_kernel.errors import StoreError
from collab_store_sqlite.store import SqliteStore

store = SqliteStore(sys.argv[1])
epoch = store.open("main")
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, most))
done = 0
try:
    while done < 1000:
        store.append("main", epoch, done + 1, [b"%d" % done * 1000], {"n": b"%d" % done})
        done += 1
except StoreError as error:
    print(error)
assert 0 < done < 1000, done
assert len(store.read("main", 0)) == done  # it can still be read
for _ in range(3):
    try:
        store.append("main", epoch, done + 1, [b"x" * 300_000])
    except StoreError:
        pass
    else:
        raise AssertionError("there was no room")
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
store.append("main", epoch, done + 1, [b"room"])
store.close()
store = SqliteStore(sys.argv[1])
store.open("main")
assert list(store.read("main", done)) == [b"room"]
assert store.load_records("main") == {"n": b"%d" % (done - 1)}
assert store.notices() == []
"""


def test_where_there_is_no_room_nothing_is_half_written_and_it_goes_on_when_there_is(
    path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FILLS, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )
    assert done.returncode == 0, done.stderr
    assert str(path) in done.stdout
    assert "nothing is written until" in done.stdout


_READS_ONLY = """
import os, sys
from collab_kernel.errors import StoreError
from collab_store_sqlite.store import SqliteStore

if os.getuid() == 0:  # whom no rights keep out
    os.setuid(65534)
store = SqliteStore(sys.argv[1])
assert list(store.read("main", 0)) == [b"one"]
try:
    store.open("main")
except StoreError as error:
    print(error)
assert list(store.read("main", 0)) == [b"one"]
"""


@pytest.fixture
def medium() -> Iterator[Path]:
    """A folder that others can get at."""
    with tempfile.TemporaryDirectory(prefix="collab-medium-") as folder:
        yield Path(folder)


def test_what_can_only_be_read_can_be_read(medium: Path) -> None:
    path = medium / "work.collab"
    with closing(SqliteStore(str(path))) as store:
        store.append("main", store.open("main"), 1, [b"one"])
    path.with_name("work.collab-lock").unlink()
    path.chmod(0o444)
    medium.chmod(0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _READS_ONLY, str(path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=WITHIN_S,
        )
    finally:
        medium.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "can't be written to: Permission denied" in done.stdout
    assert "collab serve --at" in done.stdout
