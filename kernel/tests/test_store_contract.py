"""The kit accepts the memory store and a lasting one, and catches each way of breaking it."""

import pickle
import subprocess
import sys
import threading
import unittest
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from collab_kernel.errors import StoreError
from collab_kernel.host.journal import MemoryStore
from collab_kernel.spi import Store
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

    def load(self) -> dict[str, tuple[int, list[bytes], tuple[int, bytes] | None]]:
        with self.lock:
            data = self.path.read_bytes() if self.path.exists() else b""
            return pickle.loads(data) if data else {}

    def save(self, session: str, epoch: int, log: list[bytes], snapshot: object) -> None:
        with self.lock:
            self.path.write_bytes(pickle.dumps(self.load() | {session: (epoch, log, snapshot)}))

    def get(self, session: str) -> tuple[int, list[bytes], tuple[int, bytes] | None]:
        return self.load().get(session, (0, [], None))

    def open(self, session: str) -> int:
        with self.lock:
            epoch, log, snapshot = self.get(session)
            self.save(session, epoch + 1, log, snapshot)
            return epoch + 1

    def check(self, session: str, epoch: int) -> None:
        if self.closed or epoch < 1 or epoch != self.get(session)[0]:
            raise StoreError("stale")

    def check_follows(self, first: int, log: list[bytes]) -> None:
        if first != len(log) + 1:
            raise StoreError("a gap")

    def append(
        self, session: str, epoch: int, first_revision: int, events: Sequence[bytes]
    ) -> None:
        with self.lock:
            self.check(session, epoch)
            _, log, snapshot = self.get(session)
            self.check_follows(first_revision, log)
            self.save(session, epoch, log + list(events), snapshot)

    def read(self, session: str, after_revision: int) -> Sequence[bytes]:
        return self.get(session)[1][after_revision:]

    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        with self.lock:
            self.check(session, epoch)
            self.save(session, epoch, self.get(session)[1], (revision, snapshot))

    def load_snapshot(self, session: str) -> tuple[int, bytes] | None:
        return self.get(session)[2]

    def save_blob(self, session: str, epoch: int, sha256: bytes, data: bytes) -> None:
        with self.lock:
            self.check(session, epoch)
            self.blob(session, sha256).write_bytes(data)

    def load_blob(self, session: str, sha256: bytes) -> bytes | None:
        path = self.blob(session, sha256)
        return path.read_bytes() if path.exists() else None

    def blob(self, session: str, sha256: bytes) -> Path:
        return self.path.with_name(f"{session.encode().hex():.80}-{sha256.hex()}")

    def close(self) -> None:
        self.closed = True


class TestFile(StoreContract):
    make_store = FileStore


# -- broken on purpose -----------------------------------------------------------------------


class OneEpoch(FileStore):
    def open(self, session: str) -> int:
        super().open(session)
        return 1


class TrustingSnapshots(FileStore):
    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        super().save_snapshot(session, self.get(session)[0], revision, snapshot)


class TrustingEpochs(FileStore):
    def check(self, session: str, epoch: int) -> None:
        if self.closed:
            raise StoreError("closed")


class WritingUnopened(FileStore):
    def check(self, session: str, epoch: int) -> None:
        if self.get(session)[0]:
            super().check(session, epoch)


class AllowingGaps(FileStore):
    def check_follows(self, first: int, log: list[bytes]) -> None:
        if first <= len(log):
            raise StoreError("it is there")


class AcceptingDuplicates(FileStore):
    """Takes a repetition for a success, as an idempotent service would."""

    def append(
        self, session: str, epoch: int, first_revision: int, events: Sequence[bytes]
    ) -> None:
        there = self.get(session)[1][first_revision - 1 :][: len(events)]
        if first_revision < 1 or there != list(events):
            super().append(session, epoch, first_revision, events)


class OneByOne(FileStore):
    def append(
        self, session: str, epoch: int, first_revision: int, events: Sequence[bytes]
    ) -> None:
        for n, event in enumerate(events):
            super().append(session, epoch, first_revision + n, [event])


class Rounding(FileStore):
    """Counts revisions from 0 where it reads."""

    def read(self, session: str, after_revision: int) -> Sequence[bytes]:
        return self.get(session)[1][max(after_revision - 1, 0) :]


class Stripping(FileStore):
    def read(self, session: str, after_revision: int) -> Sequence[bytes]:
        return [event.strip(b"\r\n") for event in super().read(session, after_revision)]


class Folding(FileStore):
    """A file system that knows no capitals."""

    def get(self, session: str) -> tuple[int, list[bytes], tuple[int, bytes] | None]:
        return super().get(session.lower())

    def save(self, session: str, epoch: int, log: list[bytes], snapshot: object) -> None:
        super().save(session.lower(), epoch, log, snapshot)


class MakingUpSnapshots(FileStore):
    def load_snapshot(self, session: str) -> tuple[int, bytes] | None:
        return super().load_snapshot(session) or (0, b"")


class KeepingTheFirstSnapshot(FileStore):
    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        kept = self.load_snapshot(session)
        super().save_snapshot(session, epoch, *(kept or (revision, snapshot)))


class Compacting(FileStore):
    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        self.save(session, epoch, self.get(session)[1][revision:], (revision, snapshot))


class SharingBlobs(FileStore):
    """Keeps each content once, whosever it is."""

    def blob(self, session: str, sha256: bytes) -> Path:
        return super().blob("", sha256)


class TrustingBlobs(FileStore):
    """What is found by its hash can't be wrong, it thinks."""

    def save_blob(self, session: str, epoch: int, sha256: bytes, data: bytes) -> None:
        super().save_blob(session, self.get(session)[0], sha256, data)


class ForgettingBlobs(FileStore):
    def close(self) -> None:
        super().close()
        for path in self.path.parent.glob("*-*"):
            path.unlink()


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

    def check(self, session: str, epoch: int) -> None:
        if self.closed or self.mine.get(session, 0) != epoch:
            raise StoreError("stale")


class Racing(FileStore):
    """Looks, and only then writes."""

    both: ClassVar[threading.Barrier] = threading.Barrier(2)

    def append(
        self, session: str, epoch: int, first_revision: int, events: Sequence[bytes]
    ) -> None:
        self.check(session, epoch)
        _, log, snapshot = self.get(session)
        self.check_follows(first_revision, log)
        try:
            self.both.wait(0.02)
        except threading.BrokenBarrierError:
            self.both.reset()
        self.save(session, self.get(session)[0], log + list(events), snapshot)


class ClosingOnce(FileStore):
    def close(self) -> None:
        if self.closed:
            raise StoreError("closed already")
        super().close()


class NeverClosing(FileStore):
    def close(self) -> None:
        """Nothing to do, it thinks."""


class Leaking(FileStore):
    def check_follows(self, first: int, log: list[bytes]) -> None:
        assert first == len(log) + 1, "the database refuses"


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
    (Stripping, "bytes come back as they were"),
    (Folding, "sessions do not mix"),
    (MakingUpSnapshots, "an empty session has no events and no snapshot"),
    (KeepingTheFirstSnapshot, "the newest snapshot is the one that is loaded"),
    (Compacting, "the newest snapshot is the one that is loaded"),
    (SharingBlobs, "a blob is found by its hash in its session"),
    (TrustingBlobs, "a stale epoch saves no blob"),
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
