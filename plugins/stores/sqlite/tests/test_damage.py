"""Whatever becomes of the file: what is read is what was written, as far as it goes; what is
missing is said; and nothing is thrown away that was not kept aside."""

import random
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab_kernel.errors import StoreError
from collab_store_sqlite.file import File
from collab_store_sqlite.store import SqliteStore
from collab_store_sqlite.wal import Damage, damage

EVENTS = [f"event {number} ".encode() * (number % 40 + 1) for number in range(1, 121)]

Change = Callable[[bytearray], None]


@pytest.fixture(scope="module")
def crashed() -> Iterator[Path]:
    """Files as they lie there when a server was killed, with part of the log in SQLite's own."""
    with TemporaryDirectory(prefix="collab-crashed-") as folder:
        path = Path(folder) / "live.collab"
        with closing(SqliteStore(str(path))) as store:
            epoch = store.open("main")
            for number, event in enumerate(EVENTS, 1):
                store.append("main", epoch, number, [event], {"last": b"%d" % number})
                if number == 60:
                    with store._writing():
                        pass
                    store._file.to_write().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            copied(path, Path(folder) / "crashed.collab")
        yield Path(folder) / "crashed.collab"


@pytest.fixture(scope="module")
def whole(crashed: Path) -> Path:
    """The same in one file, as it lies there after a good end."""
    return crashed.with_name("live.collab")


def copied(source: Path, target: Path) -> Path:
    for end in ("", "-wal"):
        if source.with_name(source.name + end).exists():
            shutil.copyfile(
                source.with_name(source.name + end), target.with_name(target.name + end)
            )
    return target


def changed(path: Path, change: Change) -> bytes:
    """Change a file; what is in it then."""
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)
    return bytes(data)


def found(path: Path) -> tuple[list[bytes], list[str]]:
    """What a server finds that takes the session up, and what people are told."""
    with closing(SqliteStore(str(path))) as store:
        epoch = store.open("main")
        notices = list(store.notices())
        events = [bytes(event) for event in store.read("main", 0)]
        records = store.load_records("main")
        [session] = store.sessions()
        assert session.revision == len(events)
        if not notices:
            assert records == {"last": b"%d" % len(events)}
        store.append("main", epoch, len(events) + 1, [b"it goes on"])
        assert store.read("main", len(events)) == [b"it goes on"]
    return events, notices


def check(path: Path) -> str:
    """What is found is a beginning of what was written, and what is missing is told; or nothing is
    found, and why is told. How it ended."""
    before = {file.name for file in path.parent.iterdir()}
    try:
        events, notices = found(path)
    except StoreError:
        return "refused"
    assert events == EVENTS[: len(events)]
    aside = {f.name for f in path.parent.iterdir() if ".damaged-" in f.name} - before
    assert bool(notices) == bool(aside)
    if notices:
        assert all(str(path.with_name(name)) in notices[0] for name in aside if "-wal" not in name)
        assert f"revision {len(events)}" in notices[0]
        return "cut"
    return "whole" if len(events) == len(EVENTS) else "shorter"


def flip(offset: float, bit: int) -> Change:
    def change(data: bytearray) -> None:
        data[min(int(offset * len(data)), len(data) - 1)] ^= 1 << bit

    return change


def truncate(where: float) -> Change:
    def change(data: bytearray) -> None:
        del data[int(where * len(data)) :]

    return change


def test_what_a_killed_server_leaves_is_whole_and_nothing_is_said(crashed: Path) -> None:
    with TemporaryDirectory() as folder:
        assert check(copied(crashed, Path(folder) / "work.collab")) == "whole"


@settings(max_examples=60)
@given(st.floats(0, 1), st.integers(0, 7))
def test_a_bit_that_flips_in_what_was_written_last_is_noticed(
    crashed: Path, offset: float, bit: int
) -> None:
    with TemporaryDirectory() as folder:
        path = copied(crashed, Path(folder) / "work.collab")
        changed(path.with_name("work.collab-wal"), flip(offset, bit))
        assert check(path) in ("cut", "whole", "refused")


@settings(max_examples=30)
@given(st.floats(0, 1))
def test_what_was_written_last_may_end_anywhere(crashed: Path, where: float) -> None:
    with TemporaryDirectory() as folder:
        path = copied(crashed, Path(folder) / "work.collab")
        changed(path.with_name("work.collab-wal"), truncate(where))
        assert check(path) in ("cut", "whole", "shorter")


@settings(max_examples=60)
@given(st.floats(0, 1), st.integers(0, 7))
def test_a_bit_that_flips_in_the_file_is_never_read_as_something_else(
    whole: Path, offset: float, bit: int
) -> None:
    with TemporaryDirectory() as folder:
        path = copied(whole, Path(folder) / "work.collab")
        changed(path, flip(offset, bit))
        assert check(path) in ("cut", "whole", "refused")


def test_no_bit_that_flips_in_a_row_is_read_as_something_else(whole: Path) -> None:
    at = whole.read_bytes().index(b"event 67 ")
    ends = set()
    for offset in range(-16, 1):  # how long it is, of what type, its number and its checksum
        for bit in range(8):
            with TemporaryDirectory() as folder:
                path = copied(whole, Path(folder) / "work.collab")

                def change(data: bytearray, here: int = at + offset, bit: int = bit) -> None:
                    data[here] ^= 1 << bit

                changed(path, change)
                ends.add(check(path))
    assert ends == {"refused"}


@settings(max_examples=30)
@given(st.floats(0.0, 1))
def test_a_file_that_ends_too_early_is_never_read_as_something_else(
    whole: Path, where: float
) -> None:
    with TemporaryDirectory() as folder:
        path = copied(whole, Path(folder) / "work.collab")
        if changed(path, truncate(where)):
            assert check(path) in ("cut", "whole", "refused")


def test_blocks_of_nonsense_are_never_read_as_something_else(whole: Path) -> None:
    chance = random.Random(7)
    ends = set()
    for _ in range(25):
        with TemporaryDirectory() as folder:
            path = copied(whole, Path(folder) / "work.collab")
            at = chance.randrange(100, path.stat().st_size - 600)
            noise = chance.randbytes(chance.choice((8, 100, 512)))

            def change(data: bytearray, at: int = at, noise: bytes = noise) -> None:
                data[at : at + len(noise)] = noise

            changed(path, change)
            ends.add(check(path))
    assert ends <= {"cut", "whole", "refused"}
    assert "refused" in ends


# -- the end, and what is before it --------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path, whole: Path) -> Path:
    return copied(whole, tmp_path / "work.collab")


def spoil(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def test_a_damaged_end_is_cut_off_and_kept_aside(path: Path) -> None:
    spoil(path, "UPDATE events SET data = x'00' WHERE revision >= 118")
    damaged = path.read_bytes()
    events, [notice] = found(path)
    assert events == EVENTS[:117]
    assert "from event 118 on: it goes on at revision 117" in notice
    [aside] = path.parent.glob("*.damaged-*")
    assert str(aside) in notice
    assert aside.read_bytes() == damaged
    assert aside.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM events WHERE revision = 50",
        "UPDATE events SET data = x'00' WHERE revision = 50",
        "UPDATE events SET checksum = checksum + 1 WHERE revision = 50",
    ],
)
def test_damage_before_the_end_is_refused_and_nothing_is_changed(
    path: Path, statement: str
) -> None:
    spoil(path, statement)
    before = path.read_bytes()
    with closing(SqliteStore(str(path))) as store:
        with pytest.raises(StoreError, match="damaged at event 50 of session 'main'") as caught:
            store.open("main")
        assert "--at 49 --fork NAME" in str(caught.value)
        assert [bytes(event) for event in store.read("main", 0, 49)] == EVENTS[:49]
        assert [bytes(event) for event in store.read("main", 50)] == EVENTS[50:]
        with pytest.raises(StoreError, match="damaged at event 50"):
            store.read("main", 40)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.damaged-*"))


def test_events_that_are_missing_at_the_end_are_noticed(path: Path) -> None:
    spoil(path, "DELETE FROM events WHERE revision > 100")
    events, [notice] = found(path)
    assert events == EVENTS[:100]
    assert "goes on at revision 100" in notice


def test_a_revision_that_was_noted_wrongly_is_put_right(path: Path) -> None:
    spoil(path, "UPDATE sessions SET revision = 7")
    events, [notice] = found(path)
    assert events == EVENTS
    assert "goes on at revision 120" in notice


def test_a_session_whose_name_is_damaged_does_not_begin_anew(path: Path) -> None:
    def change(data: bytearray) -> None:
        at = data.rindex(b"main")  # in the table; it is in an index as well
        data[at : at + 4] = b"mbin"

    changed(path, change)
    with closing(SqliteStore(str(path))) as store, pytest.raises(StoreError, match="is damaged"):
        store.open("main")


def test_a_damaged_snapshot_is_passed_over(path: Path) -> None:
    with closing(SqliteStore(str(path))) as store:
        epoch = store.open("main")
        for revision in (10, 20):
            store.save_snapshot("main", epoch, revision, b"at %d" % revision)
    spoil(path, "UPDATE snapshots SET data = x'00' WHERE revision = 20")
    with closing(SqliteStore(str(path))) as store:
        assert store.load_snapshot("main") == (10, b"at 10")
        [notice] = store.notices()
        assert "at revision 20" in notice
        assert store.notices() == []


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE records SET data = x'00'", "side records of session 'main' .'last'."),
        ("UPDATE records SET key = 'least'", "side records of session 'main' .'least'."),
        ("UPDATE records SET session = 3", "one that is missing"),
    ],
)
def test_a_damaged_side_record_is_refused(path: Path, statement: str, says: str) -> None:
    spoil(path, statement)
    with closing(SqliteStore(str(path))) as store, pytest.raises(StoreError, match=says):
        store.load_records("main")


def test_an_end_that_is_damaged_is_noticed_by_who_only_reads_as_well(
    tmp_path: Path, crashed: Path
) -> None:
    path = copied(crashed, tmp_path / "work.collab")
    changed(path.with_name("work.collab-wal"), flip(0.5, 3))
    with closing(SqliteStore(str(path))) as store:
        [session] = store.sessions()
        [notice] = store.notices()
    assert session.revision < len(EVENTS)
    assert "was cut off" in notice
    assert len(list(tmp_path.glob("*.damaged-*"))) == 2


# -- SQLite's own log ----------------------------------------------------------------------


def test_a_log_that_is_whole_or_not_there_is_not_damaged(crashed: Path, tmp_path: Path) -> None:
    assert damage(crashed.with_name(crashed.name + "-wal")) is None
    assert damage(tmp_path / "none") is None
    (tmp_path / "empty").write_bytes(b"")
    assert damage(tmp_path / "empty") is None


def test_how_much_of_a_log_is_lost_is_counted(crashed: Path, tmp_path: Path) -> None:
    log = shutil.copyfile(crashed.with_name(crashed.name + "-wal"), tmp_path / "log")
    frames = (log.stat().st_size - 32) // 4120
    data = bytearray(log.read_bytes())
    data[32 + 4120 * 10 + 100] ^= 1
    log.write_bytes(data)
    lost = damage(log)
    assert isinstance(lost, Damage)
    assert lost.frames == frames - 10
    assert 0 < lost.commits < lost.frames


def test_a_last_write_that_was_not_finished_is_no_damage(crashed: Path, tmp_path: Path) -> None:
    log = shutil.copyfile(crashed.with_name(crashed.name + "-wal"), tmp_path / "log")
    data = log.read_bytes()
    log.write_bytes(data[: 32 + 4120 * 10 + 1000])
    assert damage(log) is None


def test_what_a_write_that_failed_has_left_behind_the_next_one_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(File, "empty_log", lambda file: None)  # as while somebody reads it
    path, log = tmp_path / "work.collab", tmp_path / "work.collab-wal"
    with closing(SqliteStore(str(path))) as store:
        epoch = store.open("main")
        store.append("main", epoch, 1, [b"one"])
        largest, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 100_000, most))
        try:
            with pytest.raises(StoreError, match="until"):
                store.append("main", epoch, 2, [b"x" * 200_000])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, most))
        written = log.stat().st_size
        store.append("main", epoch, 2, [b"two"])
        assert log.stat().st_size == written  # over the beginning of what failed
        copied(path, tmp_path / "killed.collab")
    assert damage(tmp_path / "killed.collab-wal") is None
    with closing(SqliteStore(str(tmp_path / "killed.collab"))) as store:
        store.open("main")
        assert store.notices() == []
        assert store.read("main", 0) == [b"one", b"two"]
