"""Where a session's events go before anybody hears of them.

Each is encoded once: the bytes that a store keeps are the bytes that every participant gets.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType
from typing import ParamSpec, TypeAlias, TypeVar

from collab_kernel.core.events import Event
from collab_kernel.core.evolve import evolve
from collab_kernel.core.state import State
from collab_kernel.core.undo import remember
from collab_kernel.errors import CollabError, StoreError
from collab_kernel.host.snapshots import FOR_EVER, History, Snapshots
from collab_kernel.host.stored_log import AT_ONCE, called
from collab_kernel.spi import NO_RECORDS, Store
from collab_kernel.wire.rows import decode_event, encode_event
from collab_kernel.wire.stored import decode_blob_use, decode_door, decode_snapshot, encode_blob_use

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

NO_CONTENTS: Mapping[bytes, bytes] = MappingProxyType({})

TAIL = 1_000
"""So many of the newest events are told of when a session is opened: whoever has missed no more
than these needs no snapshot."""

BLOB = "blob/"
"""What the keys of side records begin with that say how long a content is needed."""

DOOR = "door"
"""The key of the side record that says what newcomers have to know."""

Heard: TypeAlias = Callable[[Event, bytes], None]


class Journal:
    """Writes events through to a store; without one, it encodes them and that is all.

    thread: where the store is called, if others call it as well: one call at a time.
    history: what of the log is kept for replaying it.
    """

    def __init__(
        self,
        session: str,
        store: Store | None,
        thread: ThreadPoolExecutor | None = None,
        history: History = FOR_EVER,
    ) -> None:
        self._session = session
        self._store = store
        self._epoch = self._revision = 0
        self.records: Mapping[str, bytes] = NO_RECORDS
        """The side records that were there on opening."""
        self.notices: list[str] = []
        """What was found damaged on opening, and what became of it."""
        self._saved: set[bytes] = set()
        """Of these contents the store has what is in them."""
        self._uses: dict[bytes, int] = {}
        """By content: the newest event that names it."""
        self._owns_thread = thread is None
        self._thread = thread or ThreadPoolExecutor(1, f"journal-{session}")
        """The store's own: nothing else that waits may keep an event from lasting."""
        self._saving: asyncio.Task[None] | None = None
        self._closed = False
        self._snapshots: Snapshots | None = None
        self._history = history
        self._forgotten: set[bytes] = set()
        """Contents that are gone, and whose side records are still there."""

    @property
    def lasts(self) -> bool:
        """Whether the session is there again when the server has been started anew."""
        return self._store is not None

    # -- opening ---------------------------------------------------------------------------

    async def open(self, heard: Heard | None = None) -> State:
        """Take the session over, and return the state that its log leads to: it takes the newest
        snapshot and the events behind it. heard: told of the newest events, in order.

        Raises StoreError.
        """
        if self._store is None:
            return State()
        self._epoch = await self._called(self._store.open, self._session)
        self.notices += await self._called(self._store.notices)
        for notice in self.notices:
            log.warning("session %s: %s", self._session, notice)
        self.records = await self._called(self._store.load_records, self._session)
        state, size_bytes = await self._from_snapshot(self._store)
        self._snapshots = Snapshots(
            self._session, self._store, self._epoch, self._called, self._history, size_bytes
        )
        stored = await self._called(self._store.sessions)
        known = next(s for s in stored if s.name == self._session)
        after = max(known.forgotten, min(state.revision, known.revision - TAIL))
        while data := await self._called(self._store.read, self._session, after, AT_ONCE):
            for encoded in data:
                after += 1
                state = self._folded(state, after, encoded, heard)
        self._read_uses()
        self._revision = state.revision
        return state

    async def _from_snapshot(self, store: Store) -> tuple[State, int]:
        """The state of the newest snapshot, and its size in bytes."""
        found = await self._called(store.load_snapshot, self._session)
        if found is None:
            return State(), 0
        revision, data = found
        try:
            state = await asyncio.to_thread(decode_snapshot, data)
            if state.revision != revision:
                raise StoreError(f"it is of revision {state.revision}")
        except CollabError as error:
            raise StoreError(
                f"the snapshot of session {self._session!r} at revision {revision} can't be "
                f"used: {error}"
            ) from error
        return state, len(data)

    def _folded(self, state: State, revision: int, data: bytes, heard: Heard | None) -> State:
        """`state` with what the log has at `revision`; as it was if it is behind that already. A
        journal is untrusted input too."""
        try:
            event = decode_event(data)
            if event.revision != revision:
                raise StoreError(f"event {event.revision} is there")
            if revision > state.revision + 1:
                raise StoreError("it is forgotten, and no snapshot stands for it")
            if revision > state.revision:
                assert self._snapshots is not None
                self._snapshots.happened(1, len(data))
                state = remember(evolve(state, event), event)
        except CollabError as error:
            raise StoreError(
                f"the log of session {self._session!r} can't be read behind event "
                f"{revision - 1}: {error}"
            ) from error
        if heard is not None:
            heard(event, data)
        return state

    def _read_uses(self) -> None:
        for key, data in self.records.items():
            if key.startswith(BLOB):
                try:
                    self._uses[bytes.fromhex(key.removeprefix(BLOB))] = decode_blob_use(data)
                except (ValueError, CollabError) as error:
                    raise StoreError(
                        f"the side record {key!r:.80} can't be read: {error}"
                    ) from None

    async def blob(self, sha256: bytes) -> bytes:
        """The content of a large value that the log names. Raises StoreError."""
        assert self._store is not None, "without a store there is no log that names anything"
        data = await self._called(self._store.load_blob, self._session, sha256)
        if data is None:
            raise StoreError(
                f"the log of session {self._session!r} names the content {sha256.hex():.12}..., "
                "and the store does not have it"
            )
        self._saved.add(sha256)
        return data

    # -- writing ---------------------------------------------------------------------------

    async def append(
        self,
        events: Sequence[Event],
        contents: Mapping[bytes, bytes] = NO_CONTENTS,
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> list[bytes]:
        """Make the events last, and the side records with them, all or none; the encoded bytes
        of the events. Raises StoreError.

        contents: of the large values that they name, by SHA-256: these last first.
        """
        encoded = [encode_event(e) for e in events]
        if self._store is not None and (events or records):
            first = events[0].revision if events else self._revision + 1
            newest = first + len(events) - 1
            forgotten = set(self._forgotten)  # while this is written, it may be more
            uses = {BLOB + sha256.hex(): b"" for sha256 in forgotten}
            for sha256 in contents:
                self._uses[sha256] = newest
                uses[BLOB + sha256.hex()] = encode_blob_use(newest)
            for sha256 in contents.keys() - self._saved:
                save = self._store.save_blob
                await self._called(save, self._session, self._epoch, sha256, contents[sha256])
                self._saved.add(sha256)
            await self._called(
                self._store.append,
                self._session,
                self._epoch,
                first,
                encoded,
                {**uses, **records},
            )
            self._revision = newest
            self._forgotten -= forgotten
            if self._snapshots is not None:
                self._snapshots.happened(len(events), sum(map(len, encoded)))
        return encoded

    def settled(self, state: State) -> None:
        """`state` has lasted, and everybody was told: see whether a snapshot of it is due, which is
        made beside everything else, one at a time."""
        if self._saving is not None and not self._saving.done():
            return
        if self._snapshots is not None and self._snapshots.due:
            self._saving = asyncio.create_task(self._save_snapshot(state))

    async def _save_snapshot(self, state: State) -> None:
        assert self._snapshots is not None
        try:
            await self._snapshots.save(state, self._uses, self._letting_go)
        except CollabError as error:  # the log is still there, and opening takes longer
            log.warning("session %s: no snapshot could be kept: %s", self._session, error)

    @contextmanager
    def _letting_go(self, sha256s: Sequence[bytes]) -> Iterator[None]:
        """These contents are taken away within the block: whatever names them from now on brings
        them again. If it fails, they are still there, and go with a later snapshot."""
        uses = {sha256: self._uses.pop(sha256) for sha256 in sha256s}
        self._saved.difference_update(sha256s)
        try:
            yield
        except BaseException:
            self._uses = uses | self._uses
            raise
        self._forgotten |= uses.keys() - self._uses.keys()

    def close(self) -> None:
        """Nothing is written after this."""
        if self._saving is not None:
            self._saving.cancel()
        self._closed = True
        if self._owns_thread:
            self._thread.shutdown(wait=False)

    async def _called(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A store's answer, from a worker thread. Whatever it raises is a StoreError."""
        if self._closed:
            raise StoreError("the server is stopping")
        answer = partial(called, call, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._thread, answer)


def door_of(records: Mapping[str, bytes]) -> bytes:
    """The hash of the connect id that had to be given; b"": none. Raises StoreError."""
    try:
        return decode_door(records.get(DOOR, b""))
    except CollabError as error:
        raise StoreError(f"the side record {DOOR!r} can't be read: {error}") from None
