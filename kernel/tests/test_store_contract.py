"""The kit accepts the memory store and a lasting one, and catches each way of breaking it."""

import pickle
import subprocess
import sys
import threading
import unittest
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from collab_kernel.errors import StoreError
from collab_kernel.host.memory_store import MemoryStore
from collab_kernel.spi import NO_RECORDS, Store, StoredSession
from collab_kernel.testing.clause import ContractBrokenError
from collab_kernel.testing.store_contract import StoreContract


def in_memory(location: str) -> Store:
    return MemoryStore()


class TestMemory(StoreContract):
    make_store = in_memory
    lasts = False


class FileStore:
    """Keeps the contract, in one file for all sessions; each class below breaks it."""

    lock: ClassVar[threading.RLock] = threading.RLock()

    def __init__(self, location: str) -> None:
        self.path = Path(location)
        self.closed = False

    @contextmanager
    def kept(self, writing: bool = False) -> Iterator[MemoryStore]:
        """What is in the file; if nothing fails, what becomes of it is in it later."""
        with self.lock:
            data = self.path.read_bytes() if self.path.exists() else b""
            store: MemoryStore = pickle.loads(data) if data else MemoryStore()
            yield store
            if writing:
                self.path.write_bytes(pickle.dumps(store))

    def epoch(self, session: str) -> int:
        with self.kept() as store:
            kept = store._sessions.get(session)
            return kept.epoch if kept else 0

    def check(self, session: str, epoch: int) -> int:
        """The epoch in which it is written."""
        if self.closed:
            raise StoreError("closed")
        return epoch

    def open(self, session: str) -> int:
        with self.kept(writing=True) as store:
            return store.open(session)

    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        with self.kept(writing=True) as store:
            store.append(session, self.check(session, epoch), first_revision, events, records)

    def read(self, session: str, after_revision: int, most: int | None = None) -> Sequence[bytes]:
        with self.kept() as store:
            return store.read(session, after_revision, most)

    def load_records(self, session: str) -> Mapping[str, bytes]:
        with self.kept() as store:
            return store.load_records(session)

    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        with self.kept(writing=True) as store:
            store.save_snapshot(session, self.check(session, epoch), revision, snapshot)

    def load_snapshot(self, session: str, at: int | None = None) -> tuple[int, bytes] | None:
        with self.kept() as store:
            return store.load_snapshot(session, at)

    def snapshots(self, session: str) -> Sequence[int]:
        with self.kept() as store:
            return store.snapshots(session)

    def save_blob(self, session: str, epoch: int, sha256: bytes, data: bytes) -> None:
        with self.kept(writing=True) as store:
            store.save_blob(session, self.check(session, epoch), sha256, data)

    def load_blob(self, session: str, sha256: bytes) -> bytes | None:
        with self.kept() as store:
            return store.load_blob(session, sha256)

    def forget(
        self,
        session: str,
        epoch: int,
        through_revision: int,
        snapshots: Iterable[int] = (),
        blobs: Iterable[bytes] = (),
    ) -> None:
        with self.kept(writing=True) as store:
            epoch = self.check(session, epoch)
            store.forget(session, epoch, through_revision, snapshots, blobs)

    def sessions(self) -> Sequence[StoredSession]:
        with self.kept() as store:
            return store.sessions()

    def rename(self, session: str, name: str) -> None:
        with self.kept(writing=True) as store:
            store.rename(session, name)

    def archive(self, session: str, archived: bool = True) -> None:
        with self.kept(writing=True) as store:
            store.archive(session, archived)

    def delete(self, session: str) -> None:
        with self.kept(writing=True) as store:
            store.delete(session)

    def notices(self) -> Sequence[str]:
        return ()

    def close(self) -> None:
        self.closed = True


class TestFile(StoreContract):
    make_store = FileStore


class Exclusive(FileStore):
    """Lets nobody else open a session while somebody has."""

    holders: ClassVar[dict[Path, object]] = {}

    def open(self, session: str) -> int:
        if self.holders.setdefault(self.path, self) is not self:
            raise StoreError("another has it open")
        return super().open(session)

    def close(self) -> None:
        if self.holders.get(self.path) is self:
            del self.holders[self.path]
        super().close()


class TestExclusive(StoreContract):
    make_store = Exclusive


# -- broken on purpose -----------------------------------------------------------------------


class OneEpoch(FileStore):
    def open(self, session: str) -> int:
        super().open(session)
        with self.kept(writing=True) as store:
            store._sessions[session].epoch = 1
        return 1


class TrustingEpochs(FileStore):
    """Whoever appends may."""

    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        super().append(session, self.epoch(session), first_revision, events, records)


class TrustingSnapshots(FileStore):
    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        super().save_snapshot(session, self.epoch(session), revision, snapshot)


class WritingUnopened(FileStore):
    def check(self, session: str, epoch: int) -> int:
        with self.kept() as store:
            return epoch if session in store._sessions else self.opened(session)

    def opened(self, session: str) -> int:
        return super().open(session)

    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        epoch = self.check(session, epoch)
        super().append(session, epoch, first_revision, events, records)


class AllowingGaps(FileStore):
    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        following = len(self.read(session, 0)) + 1
        first_revision = min(first_revision, following) if first_revision > 0 else 0
        super().append(session, epoch, first_revision, events, records)


class AcceptingDuplicates(FileStore):
    """Takes a repetition for a success, as an idempotent service would."""

    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        there = self.read(session, 0)[first_revision - 1 :][: len(events)]
        if first_revision < 1 or list(there) != list(events):
            super().append(session, epoch, first_revision, events, records)


class OneByOne(FileStore):
    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        for n, event in enumerate(events):
            super().append(session, epoch, first_revision + n, [event])


class Rounding(FileStore):
    """Counts revisions from 0 where it reads."""

    def read(self, session: str, after_revision: int, most: int | None = None) -> Sequence[bytes]:
        return super().read(session, max(after_revision - 1, 0), most)


class ReadingAll(FileStore):
    def read(self, session: str, after_revision: int, most: int | None = None) -> Sequence[bytes]:
        return super().read(session, after_revision)


class Stripping(FileStore):
    def read(self, session: str, after_revision: int, most: int | None = None) -> Sequence[bytes]:
        return [event.strip(b"\r\n") for event in super().read(session, after_revision, most)]


class Folding(FileStore):
    """A file system that knows no capitals."""

    def open(self, session: str) -> int:
        return super().open(session.lower())

    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        super().append(session.lower(), epoch, first_revision, events, records)

    def read(self, session: str, after_revision: int, most: int | None = None) -> Sequence[bytes]:
        return super().read(session.lower(), after_revision, most)


class MakingUpSnapshots(FileStore):
    def load_snapshot(self, session: str, at: int | None = None) -> tuple[int, bytes] | None:
        return super().load_snapshot(session, at) or (0, b"")


class KeepingTheFirstSnapshot(FileStore):
    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        if not self.snapshots(session):
            super().save_snapshot(session, epoch, revision, snapshot)


class KeepingTheLastSnapshot(FileStore):
    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        super().save_snapshot(session, epoch, revision, snapshot)
        self.forget(session, epoch, 0, [r for r in self.snapshots(session) if r < revision])


class Compacting(FileStore):
    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        super().save_snapshot(session, epoch, revision, snapshot)
        self.forget(session, epoch, revision)


class BeginningAtOne(FileStore):
    """Takes a snapshot that came alone for one of a log that is there."""

    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        super().save_snapshot(session, epoch, revision, snapshot)
        with self.kept(writing=True) as store:
            kept = store._sessions[session]
            kept.forgotten = 0 if not kept.log else kept.forgotten


class ForgettingTooMuch(FileStore):
    def forget(
        self,
        session: str,
        epoch: int,
        through_revision: int,
        snapshots: Iterable[int] = (),
        blobs: Iterable[bytes] = (),
    ) -> None:
        super().forget(session, epoch, through_revision, snapshots, blobs)
        with self.kept(writing=True) as store:
            kept = store._sessions[session]
            kept.log, kept.forgotten = [], kept.revision


class ForgettingUnseen(FileStore):
    """Reads from wherever the log begins now."""

    def read(self, session: str, after_revision: int, most: int | None = None) -> Sequence[bytes]:
        [known, *_] = [s for s in self.sessions() if s.name == session] or [StoredSession("")]
        return super().read(session, max(after_revision, known.forgotten), most)


class AddingRecords(FileStore):
    """Writes side records whatever becomes of the events."""

    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        with self.kept(writing=True) as store:
            if session in store._sessions:
                store._sessions[session].records |= records
        super().append(session, epoch, first_revision, events, records)


class SharingBlobs(FileStore):
    """Keeps each content once, whosever it is."""

    def load_blob(self, session: str, sha256: bytes) -> bytes | None:
        with self.kept() as store:
            return next(
                (k.blobs[sha256] for k in store._sessions.values() if sha256 in k.blobs), None
            )


class TrustingBlobs(FileStore):
    """What is found by its hash can't be wrong, it thinks."""

    def save_blob(self, session: str, epoch: int, sha256: bytes, data: bytes) -> None:
        super().save_blob(session, self.epoch(session), sha256, data)


class ForgettingBlobs(FileStore):
    def close(self) -> None:
        super().close()
        with self.kept(writing=True) as store:
            for kept in store._sessions.values():
                kept.blobs.clear()


class Sorting(FileStore):
    def sessions(self) -> Sequence[StoredSession]:
        return sorted(super().sessions(), key=lambda session: session.name)


class RenamingTheName(FileStore):
    """Whoever had it open goes on."""

    def rename(self, session: str, name: str) -> None:
        epoch = self.epoch(session)
        super().rename(session, name)
        with self.kept(writing=True) as store:
            store._sessions[name].epoch = epoch


class OpeningTheArchive(FileStore):
    def open(self, session: str) -> int:
        with self.kept() as store:
            archived = session in store._sessions and store._sessions[session].archived
        if archived:
            self.archive(session, False)
        return super().open(session)


class BeginningAgain(FileStore):
    """Counts a session's epochs from 1, and knows of none once it is deleted."""

    def open(self, session: str) -> int:
        epoch = self.epoch(session) + 1
        super().open(session)
        with self.kept(writing=True) as store:
            store._sessions[session].epoch = epoch
        return epoch


class Forgetting(FileStore):
    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.path.unlink(missing_ok=True)


class RememberingItsEpoch(FileStore):
    """Asks nobody whether it is still the writer."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.mine: dict[str, int] = {}

    def open(self, session: str) -> int:
        self.mine[session] = super().open(session)
        return self.mine[session]

    def check(self, session: str, epoch: int) -> int:
        if super().check(session, epoch) != self.mine.get(session):
            raise StoreError("stale")
        return self.epoch(session)


class Racing(FileStore):
    """Looks, and only then writes."""

    both: ClassVar[threading.Barrier] = threading.Barrier(2)

    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        with self.kept() as store:
            store.append(session, epoch, first_revision, events)
        try:
            self.both.wait(0.02)
        except threading.BrokenBarrierError:
            self.both.reset()
        self.path.write_bytes(pickle.dumps(store))


class ClosingOnce(FileStore):
    def close(self) -> None:
        if self.closed:
            raise StoreError("closed already")
        super().close()


class NeverClosing(FileStore):
    def close(self) -> None:
        """Nothing to do, it thinks."""


class Leaking(FileStore):
    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        assert first_revision == len(self.read(session, 0)) + 1, "the database refuses"
        super().append(session, epoch, first_revision, events, records)


BROKEN: list[tuple[type[FileStore], str]] = [
    (OneEpoch, "each epoch is higher than all before it"),
    (TrustingEpochs, "a stale epoch writes neither events nor snapshots"),
    (TrustingSnapshots, "a stale epoch writes neither events nor snapshots"),
    (WritingUnopened, "nobody writes to a session that was not opened"),
    (AllowingGaps, "a gap is refused"),
    (Leaking, "a gap is refused"),
    (AcceptingDuplicates, "a revision that is there is not written again"),
    (OneByOne, "an append writes all of its events or none"),
    (Rounding, "events are read in order and none is missed"),
    (ReadingAll, "no more is read than is asked for"),
    (Stripping, "bytes come back as they were"),
    (Folding, "sessions do not mix"),
    (MakingUpSnapshots, "an empty session has no events and no snapshot"),
    (KeepingTheFirstSnapshot, "the newest snapshot is the one that is loaded"),
    (Compacting, "the newest snapshot is the one that is loaded"),
    (KeepingTheLastSnapshot, "the snapshot before a revision is found"),
    (BeginningAtOne, "a log goes on behind a snapshot that came without events"),
    (ForgettingTooMuch, "what is forgotten is gone and the rest stays"),
    (ForgettingUnseen, "what is forgotten is gone and the rest stays"),
    (OneByOne, "side records are written with the events or not at all"),
    (AddingRecords, "side records are written with the events or not at all"),
    (SharingBlobs, "a blob is found by its hash in its session"),
    (TrustingBlobs, "a stale epoch saves no blob"),
    (Sorting, "sessions are listed as they are"),
    (RenamingTheName, "a renamed session keeps what it has"),
    (OpeningTheArchive, "an archived session is not opened"),
    (BeginningAgain, "a deleted session is gone and its epochs are not given again"),
    (Forgetting, "what was written is there when the store is made again"),
    (ForgettingBlobs, "what was written is there when the store is made again"),
    (RememberingItsEpoch, "a second writer is impossible"),
    (Racing, "nothing that was acknowledged is lost to writers that race"),
    (ClosingOnce, "closing twice is closing once and ends the writing"),
    (NeverClosing, "closing twice is closing once and ends the writing"),
]


def kit_of(store: type[FileStore]) -> StoreContract:
    class Broken(StoreContract):
        make_store = store

    return Broken()


def clause_of(sentence: str) -> str:
    name = "test_" + sentence.replace(" ", "_")
    assert name in StoreContract.clauses()
    return name


@pytest.mark.parametrize(("store", "sentence"), BROKEN)
def test_a_broken_store_is_caught_by_the_clause_it_breaks(
    store: type[FileStore], sentence: str
) -> None:
    with pytest.raises(ContractBrokenError, match=f"^{sentence}: "):
        getattr(kit_of(store), clause_of(sentence))()


def test_every_clause_is_proven_by_a_store_that_breaks_it() -> None:
    assert {clause_of(sentence) for _, sentence in BROKEN} == set(StoreContract.clauses())


def test_a_store_in_memory_skips_what_is_about_lasting() -> None:
    with pytest.raises(unittest.SkipTest):
        TestMemory().test_a_second_writer_is_impossible()


def test_the_kits_need_no_test_runner() -> None:
    code = (
        "import sys\n"
        "import collab_kernel.testing as testing\n"
        "for kit in ('Store', 'Policy', 'Renderer', 'FrontEnd', 'Transport'):\n"
        "    assert getattr(testing, kit + 'Contract').clauses()\n"
        "assert not {'pytest', '_pytest', 'hypothesis'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
