"""Where a session's events go before anybody hears of them.

Each is encoded once: the bytes that a store keeps are the bytes that every participant gets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import MappingProxyType
from typing import ParamSpec, TypeVar

from collab_kernel.core.events import Event
from collab_kernel.core.evolve import evolve
from collab_kernel.core.state import State
from collab_kernel.core.undo import remember
from collab_kernel.errors import CollabError, StoreError
from collab_kernel.spi import Store
from collab_kernel.wire.rows import decode_event, encode_event

P = ParamSpec("P")
T = TypeVar("T")

NO_CONTENTS: Mapping[bytes, bytes] = MappingProxyType({})


class Journal:
    """Writes events through to a store; without one, it encodes them and that is all."""

    def __init__(self, session: str, store: Store | None) -> None:
        self._session = session
        self._store = store
        self._epoch = 0
        self._blobs: set[bytes] = set()
        """Of these the store has the contents."""
        self._thread = ThreadPoolExecutor(1, f"journal-{session}")
        """Its own: nothing else that waits may keep an event from lasting."""

    async def open(self) -> State:
        """Take the session over, and return the state that its log leads to.

        Raises StoreError.
        """
        state = State()
        if self._store is None:
            return state
        self._epoch = await self._called(self._store.open, self._session)
        for data in await self._called(self._store.read, self._session, 0):
            try:
                event = decode_event(data)
                if event.revision != state.revision + 1:
                    raise StoreError(f"event {event.revision} is there")
                state = remember(evolve(state, event), event)
            except CollabError as error:  # a journal is untrusted input too
                raise StoreError(
                    f"the log of session {self._session!r} can't be read behind event "
                    f"{state.revision}: {error}"
                ) from error
        return state

    async def blob(self, sha256: bytes) -> bytes:
        """The content of a large value that the log names. Raises StoreError."""
        assert self._store is not None, "without a store there is no log that names anything"
        data = await self._called(self._store.load_blob, self._session, sha256)
        if data is None:
            raise StoreError(
                f"the log of session {self._session!r} names the content {sha256.hex():.12}..., "
                "and the store does not have it"
            )
        self._blobs.add(sha256)
        return data

    async def append(
        self, events: Sequence[Event], contents: Mapping[bytes, bytes] = NO_CONTENTS
    ) -> list[bytes]:
        """Make the events last, all or none; their encoded bytes. Raises StoreError.

        contents: of the large values that they name, by SHA-256: these last first.
        """
        encoded = [encode_event(e) for e in events]
        if self._store is not None and events:
            for sha256 in contents.keys() - self._blobs:
                save = self._store.save_blob
                await self._called(save, self._session, self._epoch, sha256, contents[sha256])
                self._blobs.add(sha256)
            first = events[0].revision
            await self._called(self._store.append, self._session, self._epoch, first, encoded)
        return encoded

    def close(self) -> None:
        """Nothing is written after this."""
        self._thread.shutdown(wait=False)

    async def _called(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A store's answer, from a worker thread. Whatever it raises is a StoreError."""
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, partial(call, *args, **kwargs))
        except StoreError:
            raise
        except Exception as error:
            raise StoreError(f"the store failed: {type(error).__name__}: {error}") from error


class MemoryStore:
    """A store that lasts as long as the process: for tests, and as the contract's example."""

    def __init__(self) -> None:
        self._epochs: dict[str, int] = {}
        self._logs: dict[str, list[bytes]] = {}
        self._snapshots: dict[str, tuple[int, bytes]] = {}
        self._blobs: dict[tuple[str, bytes], bytes] = {}

    def open(self, session: str) -> int:
        self._epochs[session] = self._epochs.get(session, 0) + 1
        self._logs.setdefault(session, [])
        return self._epochs[session]

    def append(
        self, session: str, epoch: int, first_revision: int, events: Sequence[bytes]
    ) -> None:
        self._check_epoch(session, epoch)
        log = self._logs[session]
        if first_revision != len(log) + 1:
            raise StoreError(f"event {first_revision} does not follow {len(log)} events")
        log.extend(tuple(events))

    def read(self, session: str, after_revision: int) -> Sequence[bytes]:
        return tuple(self._logs.get(session, ())[after_revision:])

    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        self._check_epoch(session, epoch)
        self._snapshots[session] = (revision, snapshot)

    def load_snapshot(self, session: str) -> tuple[int, bytes] | None:
        return self._snapshots.get(session)

    def save_blob(self, session: str, epoch: int, sha256: bytes, data: bytes) -> None:
        self._check_epoch(session, epoch)
        self._blobs[session, sha256] = data

    def load_blob(self, session: str, sha256: bytes) -> bytes | None:
        return self._blobs.get((session, sha256))

    def close(self) -> None:
        """Nothing to release."""

    def _check_epoch(self, session: str, epoch: int) -> None:
        if epoch != self._epochs.get(session):
            raise StoreError(f"somebody else has taken over session {session!r}")
