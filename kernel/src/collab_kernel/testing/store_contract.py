"""What every store keeps, as tests: subclass it in three lines.

    class TestShoebox(StoreContract):
        make_store = ShoeboxStore

Not asked of stores: what is in the bytes, and who may write. The kernel knows, and opens a
session before it writes to it.

Longer than other modules on purpose: it is the whole contract, to be read in one piece.
"""

from __future__ import annotations

import tempfile
import threading
import unittest
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, overload

from collab_kernel.errors import StoreError
from collab_kernel.spi import Store

from .clause import Contract, clause, refuses

MAIN = "main"
NAMES = ("main", "Main", "main ", "a/b", "../main", "a.b", "日本", "x" * 300)
EDGES = (b"", b"\n", b"\0", b"\r\n{}", bytes(range(256)), b"", b"\xff" * (1 << 20), b"end")


class StoreContract(Contract):
    """make_store: what the spec's `create` is: called with a location, anew for each clause.

    location: appended to a fresh folder, that is the location; "" is the folder itself.
    lasts: whether a store made at the same location later has what was written; False for one
    that keeps everything in memory.
    """

    make_store: ClassVar[Callable[[str], Store]]
    location: ClassVar[str] = "store"
    lasts: ClassVar[bool] = True

    def reopen(self, location: str) -> Store:
        """Another store at the same place. Override it where that takes more."""
        return type(self).make_store(location)

    # -- epochs ----------------------------------------------------------------------------

    @clause
    def test_each_epoch_is_higher_than_all_before_it(self) -> None:
        """Of one session; whether anything was written in between or not."""
        with self._store() as store:
            epochs = []
            for n in range(1, 6):
                epochs.append(store.open(MAIN))
                if n % 2:
                    store.append(MAIN, epochs[-1], n // 2 + 1, [b"%d" % n])
            assert epochs == sorted(set(epochs)), f"open gave {epochs}"

    @clause
    def test_a_stale_epoch_writes_neither_events_nor_snapshots(self) -> None:
        """Nor does one that was never given."""
        with self._store() as store:
            stale = store.open(MAIN)
            store.append(MAIN, stale, 1, [b"one"])
            store.save_snapshot(MAIN, stale, 1, b"at one")
            epoch = store.open(MAIN)
            for wrong in (stale, epoch + 1, stale - 1):
                what = f"in epoch {wrong}, where {epoch} is the newest,"
                self._refused(f"append {what}", store, wrong, 2, [b"two"])
                self._refused(f"append of what is there {what}", store, wrong, 1, [b"one"])
                refuses(
                    f"save_snapshot {what}",
                    lambda wrong=wrong: store.save_snapshot(MAIN, wrong, 1, b"other"),  # type: ignore[misc]
                    StoreError,
                )
            self._holds(store, [b"one"], "after stale writers")
            assert store.load_snapshot(MAIN) == (1, b"at one"), "a stale writer's snapshot is kept"
            store.append(MAIN, epoch, 2, [b"two"])

    @clause
    def test_nobody_writes_to_a_session_that_was_not_opened(self) -> None:
        """Whatever epoch they claim."""
        with self._store() as store:
            store.open("other")
            for epoch in (0, 1):
                self._refused(f"append in epoch {epoch}, never opened,", store, epoch, 1, [b"x"])
            self._holds(store, [], "that was never opened")

    # -- events ----------------------------------------------------------------------------

    @clause
    def test_a_gap_is_refused(self) -> None:
        """At the beginning as later; what follows without one goes on."""
        with self._opened() as (store, epoch):
            for first in (2, 3, 0, -1):
                self._refused(f"append at {first} to no events", store, epoch, first, [b"x"])
            store.append(MAIN, epoch, 1, [b"one", b"two"])
            for first in (4, 5, 1_000_000):
                self._refused(f"append at {first} to two events", store, epoch, first, [b"x"])
            store.append(MAIN, epoch, 3, [b"three"])
            self._holds(store, [b"one", b"two", b"three"], "after gaps were refused")

    @clause
    def test_a_revision_that_is_there_is_not_written_again(self) -> None:
        """Not even with the same bytes."""
        with self._opened() as (store, epoch):
            events = [b"one", b"two", b"three"]
            store.append(MAIN, epoch, 1, events)
            for first in (1, 2, 3):
                self._refused(f"append at {first}", store, epoch, first, [events[first - 1]])
            self._holds(store, events, "after duplicates were refused")

    @clause
    def test_an_append_writes_all_of_its_events_or_none(self) -> None:
        """Those that are refused, and those that fail midway."""
        with self._opened() as (store, epoch):
            store.append(MAIN, epoch, 1, [b"one", b"two"])
            self._refused("append over the end", store, epoch, 2, [b"two", b"three"])
            self._holds(store, [b"one", b"two"], "after an append over its end was refused")
            with suppress(Exception):
                store.append(MAIN, epoch, 3, _Failing([b"three", b"four"]))
            self._holds(store, [b"one", b"two"], "after an append failed midway")
            store.append(MAIN, epoch, 3, [b"three", b"four"])
            self._holds(store, [b"one", b"two", b"three", b"four"], "after the next append")

    @clause
    def test_events_are_read_in_order_and_none_is_missed(self) -> None:
        """After any revision; after the last there are none."""
        with self._opened() as (store, epoch):
            events = [b"%d" % n for n in range(1, 201)]
            for first in (1, 2, 4, 101):
                last = {1: 1, 2: 3, 4: 100, 101: 200}[first]
                store.append(MAIN, epoch, first, events[first - 1 : last])
            for after in (0, 1, 2, 3, 4, 99, 100, 101, 199, 200, 201):
                self._holds(store, events[after:], f"after {after}", after)

    @clause
    def test_bytes_come_back_as_they_were(self) -> None:
        """Empty ones, every value, line ends, 1 MiB: of events and of snapshots."""
        with self._opened() as (store, epoch):
            store.append(MAIN, epoch, 1, EDGES)
            self._holds(store, EDGES, "of all sorts")
            for n, data in enumerate(EDGES):
                store.save_snapshot(MAIN, epoch, n + 1, data)
                self._snapshot(store, (n + 1, data), "of all sorts")

    @clause
    def test_sessions_do_not_mix(self) -> None:
        """Nor do their epochs and snapshots, however much their names look alike."""
        with self._store() as store:
            epochs = {name: store.open(name) for name in NAMES}
            for n, name in enumerate(NAMES, 1):
                events = [f"{n} of {name}".encode()] * n
                store.append(name, epochs[name], 1, events)
                store.save_snapshot(name, epochs[name], n, events[0])
            store.open(NAMES[0])
            for n, name in enumerate(NAMES, 1):
                events = [f"{n} of {name}".encode()] * n
                got = list(store.read(name, 0))
                assert got == events, f"session {name!r:.20} has {got!r:.80}"
                self._snapshot(store, (n, events[0]), "of its own", name)
            store.append(NAMES[1], epochs[NAMES[1]], 3, [b"more"])

    @clause
    def test_an_empty_session_has_no_events_and_no_snapshot(self) -> None:
        """Nor has one that nobody ever opened."""
        with self._opened() as (store, _):
            for session in (MAIN, "never opened"):
                assert list(store.read(session, 0)) == [], f"session {session!r} has events"
                assert store.load_snapshot(session) is None, f"session {session!r} has a snapshot"

    # -- snapshots -------------------------------------------------------------------------

    @clause
    def test_the_newest_snapshot_is_the_one_that_is_loaded(self) -> None:
        """And it takes no event away."""
        with self._opened() as (store, epoch):
            events = [b"%d" % n for n in range(1, 11)]
            for revision in (3, 7, 10):
                have = len(store.read(MAIN, 0))
                store.append(MAIN, epoch, have + 1, events[have:revision])
                store.save_snapshot(MAIN, epoch, revision, b"at %d" % revision)
                self._snapshot(store, (revision, b"at %d" % revision), "saved last")
            self._holds(store, events, "beside snapshots")

    # -- contents of large values ----------------------------------------------------------

    @clause
    def test_a_blob_is_found_by_its_hash_in_its_session(self) -> None:
        """However often it was saved, and whatever its bytes; it is no event and no snapshot."""
        with self._opened() as (store, epoch):
            store.append(MAIN, epoch, 1, [b"one"])
            blobs = {_hash(data): data for data in (*EDGES, *map(_hash, EDGES))}
            for hash, data in (*blobs.items(), *blobs.items()):
                store.save_blob(MAIN, epoch, hash, data)
            for hash, data in blobs.items():
                self._blob(store, hash, data, "saved twice")
            self._blob(store, _hash(b"never saved"), None, "never saved")
            other = store.open("other")
            self._blob(store, _hash(b"end"), None, "of another session", "other")
            store.save_blob("other", other, _hash(b"x"), b"x")
            self._blob(store, _hash(b"x"), None, "of the other session")
            self._holds(store, [b"one"], "beside blobs")
            self._snapshot(store, None, "beside blobs")

    @clause
    def test_a_stale_epoch_saves_no_blob(self) -> None:
        """Nor does one that was never given."""
        with self._store() as store:
            stale = store.open(MAIN)
            epoch = store.open(MAIN)
            for wrong in (stale, epoch + 1, 0):
                refuses(
                    f"save_blob in epoch {wrong}, where {epoch} is the newest,",
                    lambda wrong=wrong: store.save_blob(MAIN, wrong, _hash(b"x"), b"x"),  # type: ignore[misc]
                    StoreError,
                )
            self._blob(store, _hash(b"x"), None, "of a stale writer")
            store.save_blob(MAIN, epoch, _hash(b"x"), b"x")
            self._blob(store, _hash(b"x"), b"x", "of the newest epoch")

    # -- what lasts ------------------------------------------------------------------------

    @clause
    def test_what_was_written_is_there_when_the_store_is_made_again(self) -> None:
        """Events, snapshots, blobs and epochs; and it goes on from there."""
        self._only_if_it_lasts()
        with self._place() as location:
            store = type(self).make_store(location)
            epoch = store.open(MAIN)
            store.append(MAIN, epoch, 1, EDGES)
            store.save_snapshot(MAIN, epoch, 2, b"at two")
            store.save_blob(MAIN, epoch, _hash(b"large"), b"large")
            store.close()
            store = self.reopen(location)
            self._holds(store, EDGES, "made again")
            self._blob(store, _hash(b"large"), b"large", "made again")
            self._snapshot(store, (2, b"at two"), "made again")
            later = store.open(MAIN)
            assert later > epoch, f"epoch {later} follows {epoch} when it is made again"
            self._refused("append in an epoch of before", store, epoch, len(EDGES) + 1, [b"x"])
            store.append(MAIN, later, len(EDGES) + 1, [b"more"])
            store.close()
            store = self.reopen(location)
            self._holds(store, [*EDGES, b"more"], "made once more")
            store.close()

    @clause
    def test_a_second_writer_is_impossible(self) -> None:
        """Whoever opens a session at the same place, in whatever process, is its only writer."""
        self._only_if_it_lasts()
        with self._place() as location:
            first, second = type(self).make_store(location), self.reopen(location)
            try:
                old = first.open(MAIN)
                first.append(MAIN, old, 1, [b"one"])
                new = second.open(MAIN)
                assert new > old, f"the second opened epoch {new} after {old}"
                self._refused("append by the first", first, old, 2, [b"mine"])
                refuses(
                    "save_snapshot by the first",
                    lambda: first.save_snapshot(MAIN, old, 1, b"mine"),
                    StoreError,
                )
                second.append(MAIN, new, 2, [b"two"])
                self._refused("append by the first", first, old, 3, [b"mine"])
                self._holds(second, [b"one", b"two"], "of the second")
                again = first.open(MAIN)
                self._refused("append by the second, taken over,", second, new, 3, [b"mine"])
                first.append(MAIN, again, 3, [b"three"])
                self._holds(second, [b"one", b"two", b"three"], "after both have written")
            finally:
                first.close()
                second.close()

    @clause
    def test_nothing_that_was_acknowledged_is_lost_to_writers_that_race(self) -> None:
        """Three that take a session from one another all the time leave one log in order."""
        self._only_if_it_lasts()
        with self._place() as location:
            stores = [self.reopen(location) for _ in range(3)]
            acknowledged: list[list[tuple[int, bytes]]] = [[] for _ in stores]
            problems: list[BaseException] = []

            def write(number: int) -> None:
                store, done = stores[number], acknowledged[number]
                try:
                    for turn in range(12):
                        with suppress(StoreError):  # taken over in between
                            epoch = store.open(MAIN)
                            for n in range(3):
                                at, data = (
                                    len(store.read(MAIN, 0)) + 1,
                                    b"%d:%d:%d"
                                    % (
                                        number,
                                        turn,
                                        n,
                                    ),
                                )
                                store.append(MAIN, epoch, at, [data])
                                done.append((at, data))
                except BaseException as error:
                    problems.append(error)

            threads = [threading.Thread(target=write, args=(n,)) for n in range(len(stores))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(self.deadline_s)
            assert not any(thread.is_alive() for thread in threads), "the writers hang"
            for problem in problems:
                raise problem
            log = list(stores[0].read(MAIN, 0))
            due = dict(pair for done in acknowledged for pair in done)
            count = sum(map(len, acknowledged))
            assert len(due) == count, "one revision was acknowledged to two writers"
            lost = {at: data for at, data in due.items() if log[at - 1 : at] != [data]}
            assert not lost, f"acknowledged and not there: {lost!r:.200}"
            assert len(log) == count, f"{len(log)} events are there; {count} were acknowledged"
            for store in stores:
                store.close()

    @clause
    def test_closing_twice_is_closing_once_and_ends_the_writing(self) -> None:
        """What was closed is opened again at the same place by another store."""
        with self._place() as location:
            store = type(self).make_store(location)
            epoch = store.open(MAIN)
            store.append(MAIN, epoch, 1, [b"one"])
            store.close()
            store.close()
            if self.lasts:
                refuses(
                    "append after close",
                    lambda: store.append(MAIN, epoch, 2, [b"two"]),
                    StoreError,
                )
                store = self.reopen(location)
                self._holds(store, [b"one"], "after close")
                store.close()

    # -- how -------------------------------------------------------------------------------

    @contextmanager
    def _place(self) -> Iterator[str]:
        with tempfile.TemporaryDirectory(prefix="collab-store-") as folder:
            yield str(Path(folder) / self.location) if self.location else folder

    @contextmanager
    def _store(self) -> Iterator[Store]:
        with self._place() as location:
            store = type(self).make_store(location)
            try:
                yield store
            finally:
                store.close()

    @contextmanager
    def _opened(self) -> Iterator[tuple[Store, int]]:
        with self._store() as store:
            yield store, store.open(MAIN)

    def _only_if_it_lasts(self) -> None:
        if not self.lasts:
            raise unittest.SkipTest("this store does not outlive its process")

    @staticmethod
    def _refused(doing: str, store: Store, epoch: int, first: int, events: Sequence[bytes]) -> None:
        refuses(doing, lambda: store.append(MAIN, epoch, first, events), StoreError)

    @staticmethod
    def _holds(store: Store, events: Sequence[bytes], which: str, after: int = 0) -> None:
        got = list(store.read(MAIN, after))
        if got != list(events):
            at = next(
                (n for n, (a, b) in enumerate(zip(got, events, strict=False)) if a != b),
                min(len(got), len(events)),
            )
            raise AssertionError(
                f"{len(got)} events {which} were read where {len(events)} were due; number "
                f"{after + at + 1} is {got[at : at + 1]!r:.60}, not {events[at : at + 1]!r:.60}"
            )

    @staticmethod
    def _snapshot(
        store: Store, due: tuple[int, bytes] | None, which: str, session: str = MAIN
    ) -> None:
        got = store.load_snapshot(session)
        assert got == due, f"the snapshot {which} is {got!r:.60}, not {due!r:.60}"

    @staticmethod
    def _blob(
        store: Store, hash: bytes, due: bytes | None, which: str, session: str = MAIN
    ) -> None:
        got = store.load_blob(session, hash)
        assert got == due, f"a blob {which} is {got!r:.60}, not {due!r:.60}"


def _hash(data: bytes) -> bytes:
    return sha256(data).digest()


class _Failing(Sequence[bytes]):
    """Events of which the last can't be had, as when memory runs out."""

    def __init__(self, events: Sequence[bytes]) -> None:
        self._events = events

    def __len__(self) -> int:
        return len(self._events)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(len(self)))]
        if index in (-1, len(self) - 1):
            raise MemoryError("events that can't be had")
        return self._events[index]
