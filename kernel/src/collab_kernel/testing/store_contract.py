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
    def test_no_more_is_read_than_is_asked_for(self) -> None:
        """The first of what follows, so that a long log can be read in pieces."""
        with self._opened() as (store, epoch):
            events = [b"%d" % n for n in range(1, 21)]
            store.append(MAIN, epoch, 1, events)
            for after, most in ((0, 1), (0, 7), (7, 7), (14, 7), (19, 5), (20, 5), (3, 0)):
                got = list(store.read(MAIN, after, most))
                due = events[after : after + most]
                assert got == due, f"read({after}, {most}) gave {got!r:.80}, not {due!r:.80}"

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

    @clause
    def test_the_snapshot_before_a_revision_is_found(self) -> None:
        """So that a session can be seen as it was."""
        with self._opened() as (store, epoch):
            store.append(MAIN, epoch, 1, [b"%d" % n for n in range(1, 11)])
            for revision in (7, 3, 10):
                store.save_snapshot(MAIN, epoch, revision, b"at %d" % revision)
            assert list(store.snapshots(MAIN)) == [3, 7, 10], f"there are {store.snapshots(MAIN)}"
            self._snapshot(store, (10, b"at 10"), "that is newest")
            for at, due in ((2, None), (3, 3), (6, 3), (7, 7), (9, 7), (10, 10), (99, 10)):
                got = store.load_snapshot(MAIN, at)
                assert got == (due and (due, b"at %d" % due)), f"at {at} there is {got!r:.60}"

    @clause
    def test_a_log_goes_on_behind_a_snapshot_that_came_without_events(self) -> None:
        """Of one that was copied from another, say. Of what is not there yet there is none."""
        with self._opened() as (store, epoch):
            store.save_snapshot(MAIN, epoch, 41, b"at 41")
            self._refused("append at 1 behind a snapshot", store, epoch, 1, [b"one"])
            store.append(MAIN, epoch, 42, [b"42", b"43"])
            self._holds(store, [b"42", b"43"], "behind a snapshot", 41)
            for wrong in (40, 44):
                refuses(
                    f"a snapshot at {wrong} beside events 42 and 43",
                    lambda wrong=wrong: store.save_snapshot(MAIN, epoch, wrong, b"x"),  # type: ignore[misc]
                    StoreError,
                )
            refuses("reading what never was here", lambda: store.read(MAIN, 0), StoreError)

    @clause
    def test_what_is_forgotten_is_gone_and_the_rest_stays(self) -> None:
        """Nothing is, unless a snapshot stands for it."""
        with self._opened() as (store, epoch):
            events = [b"%d" % n for n in range(1, 11)]
            store.append(MAIN, epoch, 1, events)
            for revision in (2, 4, 6):
                store.save_snapshot(MAIN, epoch, revision, b"at %d" % revision)
            for data in (b"old", b"new"):
                store.save_blob(MAIN, epoch, _hash(data), data)
            for doing, through, gone in (
                ("without a snapshot", 5, ()),
                ("with its snapshot", 4, (4,)),
                ("through what is not there", 11, ()),
            ):
                refuses(
                    f"forgetting events {doing}",
                    lambda through=through, gone=gone: store.forget(MAIN, epoch, through, gone),  # type: ignore[misc]
                    StoreError,
                )
            self._holds(store, events, "after forgetting was refused")
            store.forget(MAIN, epoch, 0, (6,), (_hash(b"old"),))
            self._holds(store, events, "of which none was to be forgotten")
            self._blob(store, _hash(b"old"), None, "forgotten")
            self._blob(store, _hash(b"new"), b"new", "beside a forgotten one")
            store.forget(MAIN, epoch, 4, (2,))
            assert list(store.snapshots(MAIN)) == [4], f"left are {store.snapshots(MAIN)}"
            self._holds(store, events[4:], "after 4", 4)
            for after in (0, 3):
                refuses(
                    f"reading after {after}, where 4 are forgotten,",
                    lambda after=after: store.read(MAIN, after),  # type: ignore[misc]
                    StoreError,
                )
            store.append(MAIN, epoch, 11, [b"11"])
            self._holds(store, [*events[4:], b"11"], "after 4", 4)
            stale, epoch = epoch, store.open(MAIN)
            refuses("forgetting in a stale epoch", lambda: store.forget(MAIN, stale, 4), StoreError)

    # -- side records ----------------------------------------------------------------------

    @clause
    def test_side_records_are_written_with_the_events_or_not_at_all(self) -> None:
        """Each takes the place of the one before it; an empty one takes it away."""
        with self._opened() as (store, epoch):
            store.append(MAIN, epoch, 1, [b"one"], {"a": b"1", "b": b"\0\xff", "ü/": b"3"})
            self._records(store, {"a": b"1", "b": b"\0\xff", "ü/": b"3"}, "with an event")
            store.append(MAIN, epoch, 2, [], {"a": b"22", "b": b"", "never": b""})
            self._records(store, {"a": b"22", "ü/": b"3"}, "without events")
            for doing, wrong, first in (("a gap", epoch, 3), ("a stale epoch", epoch - 1, 2)):
                refuses(
                    f"append of a record with {doing}",
                    lambda wrong=wrong, first=first: store.append(  # type: ignore[misc]
                        MAIN, wrong, first, [b"x"], {"a": b"no"}
                    ),
                    StoreError,
                )
            with suppress(Exception):
                store.append(MAIN, epoch, 2, _Failing([b"two", b"three"]), {"a": b"no"})
            self._records(store, {"a": b"22", "ü/": b"3"}, "after an append failed")
            self._holds(store, [b"one"], "beside records")
            store.open("other")
            assert dict(store.load_records("other")) == {}, "another session has them too"

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

    # -- sessions --------------------------------------------------------------------------

    @clause
    def test_sessions_are_listed_as_they_are(self) -> None:
        """In the order in which they were first opened, which alone changes nothing."""
        with self._store() as store:
            assert list(store.sessions()) == [], f"at first there is {store.sessions()!r:.80}"
            epochs = {name: store.open(name) for name in ("b", "a")}
            store.append("a", epochs["a"], 1, [b"x" * 1000, b"two"])
            store.save_snapshot("a", epochs["a"], 1, b"at one")
            store.forget("a", epochs["a"], 1)
            first = {s.name: s for s in store.sessions()}
            assert list(first) == ["b", "a"], f"the order is {list(first)}"
            told = (first["a"].revision, first["a"].forgotten, first["a"].archived)
            assert told == (2, 1, False), f"(revision, forgotten, archived) is {told}"
            assert first["b"].revision == first["b"].forgotten == 0, "b has events"
            assert 0 < first["b"].created_s <= first["a"].created_s, "it began before it began"
            store.append("a", epochs["a"], 3, [b"x" * 100_000])
            later = {s.name: s for s in store.sessions()}
            grown = later["a"].size_bytes - first["a"].size_bytes
            assert grown >= 100_000, f"100,000 bytes more made it {grown} larger"
            assert later["a"].changed_s >= first["a"].changed_s, "it changed before it changed"
            store.open("b")
            assert {s.name: s for s in store.sessions()}["b"] == later["b"], "opening changed it"

    @clause
    def test_a_renamed_session_keeps_what_it_has(self) -> None:
        """And nobody writes to it who had opened it before; names are never given twice."""
        with self._store() as store:
            epoch = store.open(MAIN)
            store.append(MAIN, epoch, 1, [b"one"], {"side": b"record"})
            store.save_snapshot(MAIN, epoch, 1, b"at one")
            store.save_blob(MAIN, epoch, _hash(b"x"), b"x")
            store.open("taken")
            for old, new in ((MAIN, "taken"), ("unknown", "new")):
                refuses(
                    f"rename of {old!r} to {new!r}",
                    lambda old=old, new=new: store.rename(old, new),  # type: ignore[misc]
                    StoreError,
                )
            store.rename(MAIN, "new")
            self._refused("append by its old name", store, epoch, 2, [b"x"])
            names = [s.name for s in store.sessions()]
            assert names == ["new", "taken"], f"there are {names}"
            assert list(store.read("new", 0)) == [b"one"], "its events are gone"
            assert dict(store.load_records("new")) == {"side": b"record"}, "its records are gone"
            self._snapshot(store, (1, b"at one"), "of a renamed one", "new")
            self._blob(store, _hash(b"x"), b"x", "of a renamed one", "new")
            refuses(
                "append by its new name in the old epoch",
                lambda: store.append("new", epoch, 2, [b"x"]),
                StoreError,
            )
            store.append("new", store.open("new"), 2, [b"two"])

    @clause
    def test_an_archived_session_is_not_opened(self) -> None:
        """It can be read, and be taken out again."""
        with self._opened() as (store, epoch):
            store.append(MAIN, epoch, 1, [b"one"])
            store.archive(MAIN)
            assert [s.archived for s in store.sessions()] == [True], "it is not archived"
            refuses("open of an archived session", lambda: store.open(MAIN), StoreError)
            self._refused("append to an archived session", store, epoch, 2, [b"two"])
            self._holds(store, [b"one"], "archived")
            store.archive(MAIN, False)
            store.append(MAIN, store.open(MAIN), 2, [b"two"])
            refuses("archive of what is not there", lambda: store.archive("unknown"), StoreError)

    @clause
    def test_a_deleted_session_is_gone_and_its_epochs_are_not_given_again(self) -> None:
        """Whoever had it open must not write to a new one of that name."""
        with self._store() as store:
            epoch = store.open(MAIN)
            store.append(MAIN, epoch, 1, [b"one"], {"side": b"record"})
            store.save_snapshot(MAIN, epoch, 1, b"at one")
            store.save_blob(MAIN, epoch, _hash(b"x"), b"x")
            other = store.open("other")
            store.append("other", other, 1, [b"mine"])
            store.delete(MAIN)
            assert [s.name for s in store.sessions()] == ["other"], "it is still listed"
            refuses("delete of what is not there", lambda: store.delete(MAIN), StoreError)
            later = store.open(MAIN)
            assert later > epoch, f"epoch {later} follows {epoch} of a deleted session"
            self._holds(store, [], "of a deleted session")
            self._snapshot(store, None, "of a deleted session")
            self._blob(store, _hash(b"x"), None, "of a deleted session")
            self._records(store, {}, "of a deleted session")
            self._refused("append by who had it", store, epoch, 1, [b"x"])
            assert list(store.read("other", 0)) == [b"mine"], "another one's events are gone"

    # -- what lasts ------------------------------------------------------------------------

    @clause
    def test_what_was_written_is_there_when_the_store_is_made_again(self) -> None:
        """Events, snapshots, blobs, side records and epochs; and it goes on from there."""
        self._only_if_it_lasts()
        with self._place() as location:
            store = type(self).make_store(location)
            epoch = store.open(MAIN)
            store.append(MAIN, epoch, 1, EDGES)
            store.save_snapshot(MAIN, epoch, 2, b"at two")
            store.save_blob(MAIN, epoch, _hash(b"large"), b"large")
            store.append(MAIN, epoch, len(EDGES) + 1, [], {"side": b"record"})
            store.close()
            store = self.reopen(location)
            self._holds(store, EDGES, "made again")
            self._records(store, {"side": b"record"}, "made again")
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
        """Whoever opens a session at the same place, in whatever process, is its only writer; or is
        refused while the first one has it open."""
        self._only_if_it_lasts()
        with self._place() as location:
            first, second = type(self).make_store(location), self.reopen(location)
            try:
                old = first.open(MAIN)
                first.append(MAIN, old, 1, [b"one"])
                try:
                    new = second.open(MAIN)
                except StoreError:
                    first.append(MAIN, old, 2, [b"two"])
                    self._holds(second, [b"one", b"two"], "to the second, which was refused")
                    first.close()
                    first, old = second, second.open(MAIN)
                    first.append(MAIN, old, 3, [b"three"])
                    return
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
    def _records(store: Store, due: dict[str, bytes], which: str) -> None:
        got = dict(store.load_records(MAIN))
        assert got == due, f"the records {which} are {got!r:.80}, not {due!r:.80}"

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
