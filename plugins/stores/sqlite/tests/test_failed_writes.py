"""A write that fails once it has reached the disk: its author is told that it has not happened, so
nobody may ever find it."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.errors import StoreError
from collab_store_sqlite.store import SqliteStore


class Disk:
    """A connection whose next commits fail: each entry says whether it has reached the disk."""

    def __init__(self, store: SqliteStore) -> None:
        file: Any = store._file
        self._db: sqlite3.Connection = file.to_write()
        file._db = self
        self.lasts: list[bool] = []

    def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
        if statement != "COMMIT" or not self.lasts:
            return self._db.execute(statement, *arguments)
        if self.lasts.pop(0):
            self._db.execute(statement)
        raise sqlite3.OperationalError("disk I/O error")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work.collab"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(str(path))) as store:
        yield store


def begun(store: SqliteStore) -> int:
    """The epoch of a session of one event and two side records."""
    epoch = store.open("main")
    store.append("main", epoch, 1, [b"one"], {"door": b"before", "gone": b"here"})
    return epoch


def fail(store: SqliteStore, epoch: int) -> None:
    """Write an event and change all side records, which fails."""
    records = {"door": b"after", "gone": b"", "new": b"record"}
    with pytest.raises(StoreError, match="disk I/O error"):
        store.append("main", epoch, 2, [b"refused"], records)


def check_untouched(store: SqliteStore, snapshot_bytes: int = 0) -> None:
    assert list(store.read("main", 0)) == [b"one"]
    assert store.load_records("main") == {"door": b"before", "gone": b"here"}
    [session] = store.sessions()
    assert session.revision == 1
    assert session.size_bytes == len(b"one" + b"before" + b"here") + snapshot_bytes


def killed(path: Path) -> SqliteStore:
    """What a server finds that is started after the first one was killed now."""
    copy = path.with_name("copy.collab")
    for end in ("", "-wal"):
        shutil.copyfile(f"{path}{end}", f"{copy}{end}")
    return SqliteStore(str(copy))


@pytest.mark.parametrize("lasts", [True, False])
def test_a_refused_write_is_not_there_even_if_the_server_is_killed_right_after(
    store: SqliteStore, path: Path, lasts: bool
) -> None:
    epoch = begun(store)
    Disk(store).lasts = [lasts]
    fail(store, epoch)
    check_untouched(store)
    with closing(killed(path)) as after:
        after.open("main")
        check_untouched(after)
        assert after.notices() == []


def test_the_next_write_takes_the_place_of_one_that_could_not_be_taken_back_at_once(
    store: SqliteStore,
) -> None:
    epoch = begun(store)
    Disk(store).lasts = [True, False]
    fail(store, epoch)
    assert list(store.read("main", 0)) == [b"one", b"refused"]
    store.append("main", epoch, 2, [b"two", b"three"], {"other": b"!"})
    assert list(store.read("main", 0)) == [b"one", b"two", b"three"]
    assert store.load_records("main") == {"door": b"before", "gone": b"here", "other": b"!"}
    [session] = store.sessions()
    assert session.size_bytes == len(b"onetwothree" + b"before" + b"here" + b"!")


@pytest.mark.parametrize("lasts", [(True, False), (True, True), (False, False)])
def test_nothing_is_written_over_a_failed_write_until_it_is_taken_back(
    store: SqliteStore, lasts: tuple[bool, bool]
) -> None:
    epoch = begun(store)
    Disk(store).lasts = [True, False, *lasts]
    fail(store, epoch)  # and so does taking it back, twice more
    fail(store, epoch)
    fail(store, epoch)
    store.append("main", epoch, 2, [b"two"])
    assert list(store.read("main", 0)) == [b"one", b"two"]
    assert store.load_records("main") == {"door": b"before", "gone": b"here"}


def test_side_records_without_an_event_are_taken_back_too(store: SqliteStore) -> None:
    epoch = begun(store)
    Disk(store).lasts = [True]
    with pytest.raises(StoreError):
        store.append("main", epoch, 2, [], {"door": b"after"})
    check_untouched(store)


def test_a_snapshot_never_stands_for_an_event_that_was_refused(store: SqliteStore) -> None:
    epoch = begun(store)
    Disk(store).lasts = [True, False]
    fail(store, epoch)
    with pytest.raises(StoreError, match="no event 2"):
        store.save_snapshot("main", epoch, 2, b"all of it")
    store.save_snapshot("main", epoch, 1, b"all of it")
    check_untouched(store, snapshot_bytes=len(b"all of it"))


def test_whoever_takes_the_session_over_finds_no_refused_write(store: SqliteStore) -> None:
    epoch = begun(store)
    Disk(store).lasts = [True, False]
    fail(store, epoch)
    later = store.open("main")
    check_untouched(store)
    store.append("main", later, 2, [b"two"])
    with pytest.raises(StoreError, match="taken over"):
        store.append("main", epoch, 3, [b"three"])
    assert list(store.read("main", 0)) == [b"one", b"two"]


def test_what_another_session_writes_is_not_taken_back(store: SqliteStore) -> None:
    epoch, other = begun(store), store.open("other")
    Disk(store).lasts = [True, False]
    fail(store, epoch)
    store.append("other", other, 1, [b"theirs"], {"door": b"theirs"})
    store.append("main", epoch, 2, [b"two"])
    assert list(store.read("other", 0)) == [b"theirs"]
    assert store.load_records("other") == {"door": b"theirs"}
