"""A store that lasts as long as the process: for tests, and as the contract's example."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from collab_kernel.errors import StoreError
from collab_kernel.spi import NO_RECORDS, StoredSession


@dataclass(slots=True)
class _Kept:
    """epoch: of who may write; 0: nobody.  forgotten: how many events the log lacks at its
    beginning."""

    created_s: float
    changed_s: float
    epoch: int = 0
    archived: bool = False
    forgotten: int = 0
    log: list[bytes] = field(default_factory=list)
    records: dict[str, bytes] = field(default_factory=dict)
    snapshots: dict[int, bytes] = field(default_factory=dict)
    blobs: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        return self.forgotten + len(self.log)

    @property
    def size_bytes(self) -> int:
        stored = (self.log, self.records.values(), self.snapshots.values(), self.blobs.values())
        return sum(len(data) for several in stored for data in several)


class MemoryStore:
    """Keeps everything in dictionaries."""

    def __init__(self) -> None:
        self._sessions: dict[str, _Kept] = {}
        self._epoch = 0

    # -- the log ---------------------------------------------------------------------------

    def open(self, session: str) -> int:
        kept = self._sessions.get(session)
        if kept is None:
            now_s = time.time()
            kept = self._sessions[session] = _Kept(now_s, now_s)
        if kept.archived:
            raise StoreError(f"session {session!r} is archived: take it out of the archive first")
        self._epoch += 1
        kept.epoch = self._epoch
        return kept.epoch

    def append(
        self,
        session: str,
        epoch: int,
        first_revision: int,
        events: Sequence[bytes],
        records: Mapping[str, bytes] = NO_RECORDS,
    ) -> None:
        kept = self._writable(session, epoch)
        if first_revision != kept.revision + 1:
            raise StoreError(f"event {first_revision} does not follow event {kept.revision}")
        kept.log.extend(tuple(events))
        kept.records |= records
        for key in [key for key, data in kept.records.items() if not data]:
            del kept.records[key]

    def read(self, session: str, after_revision: int, most: int | None = None) -> Sequence[bytes]:
        kept = self._sessions.get(session, _NOTHING)
        first = after_revision - kept.forgotten
        if first < 0:
            raise StoreError(
                f"the events of session {session!r} up to {kept.forgotten} are forgotten"
            )
        return tuple(kept.log[first : None if most is None else first + most])

    def load_records(self, session: str) -> Mapping[str, bytes]:
        return dict(self._sessions.get(session, _NOTHING).records)

    # -- beside the log --------------------------------------------------------------------

    def save_snapshot(self, session: str, epoch: int, revision: int, snapshot: bytes) -> None:
        kept = self._writable(session, epoch)
        if not kept.revision and not kept.snapshots:
            kept.forgotten = revision
        if not kept.forgotten <= revision <= kept.revision:
            raise StoreError(f"there is no event {revision} to keep a snapshot of")
        kept.snapshots[revision] = snapshot

    def load_snapshot(self, session: str, at: int | None = None) -> tuple[int, bytes] | None:
        kept = self._sessions.get(session, _NOTHING)
        newest = max((r for r in kept.snapshots if at is None or r <= at), default=None)
        return None if newest is None else (newest, kept.snapshots[newest])

    def snapshots(self, session: str) -> Sequence[int]:
        return sorted(self._sessions.get(session, _NOTHING).snapshots)

    def save_blob(self, session: str, epoch: int, sha256: bytes, data: bytes) -> None:
        self._writable(session, epoch).blobs[sha256] = data

    def load_blob(self, session: str, sha256: bytes) -> bytes | None:
        return self._sessions.get(session, _NOTHING).blobs.get(sha256)

    def forget(
        self,
        session: str,
        epoch: int,
        through_revision: int,
        snapshots: Iterable[int] = (),
        blobs: Iterable[bytes] = (),
    ) -> None:
        kept = self._writable(session, epoch)
        through = max(through_revision, kept.forgotten)
        left = {r: data for r, data in kept.snapshots.items() if r not in set(snapshots)}
        if through and through not in left:
            raise StoreError(f"nothing else stands for the events up to {through}")
        del kept.log[: through - kept.forgotten]
        kept.forgotten, kept.snapshots = through, left
        for sha256 in blobs:
            kept.blobs.pop(sha256, None)

    # -- sessions --------------------------------------------------------------------------

    def sessions(self) -> Sequence[StoredSession]:
        return [
            StoredSession(
                name,
                kept.revision,
                kept.forgotten,
                kept.size_bytes,
                kept.created_s,
                kept.changed_s,
                kept.archived,
            )
            for name, kept in self._sessions.items()
        ]

    def rename(self, session: str, name: str) -> None:
        self._taken_back(session)
        if name in self._sessions:
            raise StoreError(f"there is a session {name!r} already")
        self._sessions = {name if n == session else n: k for n, k in self._sessions.items()}

    def archive(self, session: str, archived: bool = True) -> None:
        self._taken_back(session).archived = archived

    def delete(self, session: str) -> None:
        self._taken_back(session)
        del self._sessions[session]

    def notices(self) -> Sequence[str]:
        return ()

    def close(self) -> None:
        """Nothing to release."""

    # -- inside ----------------------------------------------------------------------------

    def _writable(self, session: str, epoch: int) -> _Kept:
        kept = self._sessions.get(session)
        if kept is None or not kept.epoch or epoch != kept.epoch:
            raise StoreError(f"somebody else has taken over session {session!r}")
        kept.changed_s = time.time()
        return kept

    def _taken_back(self, session: str) -> _Kept:
        """A session that nobody can write to any more."""
        kept = self._sessions.get(session)
        if kept is None:
            raise StoreError(f"there is no session {session!r}")
        kept.epoch = 0
        return kept


_NOTHING = _Kept(0.0, 0.0)
