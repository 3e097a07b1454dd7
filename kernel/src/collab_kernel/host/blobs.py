"""The contents of a session's large values: bounded, checked once, forgotten when nobody needs
them.

A content comes in parts from a participant (see `uploads`) before a command names it. It stays as
long as the state, the undo log or a proposal names it, and otherwise for some minutes after it
came: nothing but an event that names it, or its whole upload once more, keeps it for longer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from collab_kernel.core.blobs import brought, in_state, large, named_by, needed
from collab_kernel.core.events import Change
from collab_kernel.core.state import State
from collab_kernel.core.values import SERVER, BlobFacts, ParticipantId, Value
from collab_kernel.errors import InvalidValueError, StoreError, UnknownBlobError, UploadRefusedError
from collab_kernel.host.memory import give_back
from collab_kernel.wire.blobs import blob_of, facts_of

T = TypeVar("T")

DEFAULT_MAX_BLOB_BYTES = 16 * 1024 * 1024

LARGEST_AT_ONCE = 32
"""A session keeps as much as so many of the largest values that it takes."""

OWN_AT_ONCE = 2
"""And so many of each participant's that no value has: nothing names them yet, or only what that
participant proposes."""

KEPT_FOR_S = 120.0
"""After it came, or an event named it; nothing has to name it until then."""

STAYS_FOR_S = 60.0
"""What is said to be there already stays for so long at least; else it is uploaded once more."""

TIDIED_EVERY_S = 30.0


@dataclass(slots=True)
class _Kept:
    data: bytes
    facts: BlobFacts
    owner: ParticipantId
    """Whose room it takes: SERVER's once a value has it, its proposer's once it is proposed, and
    until then its uploader's."""
    since_s: float
    """When it came, or an event last named it."""
    named: bool = False


class Blobs:
    """One session's contents, by SHA-256.

    max_bytes: of one.  now_s: a clock that never goes back.
    """

    def __init__(
        self,
        max_bytes: int = DEFAULT_MAX_BLOB_BYTES,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.max_bytes = max_bytes
        self._now_s = now_s
        self._kept: dict[bytes, _Kept] = {}
        self._coming: dict[ParticipantId, int] = {}
        """Bytes of contents that are not whole yet, or not checked."""
        self._tidy_s = now_s() + TIDIED_EVERY_S
        self._thread = ThreadPoolExecutor(1, "blobs")
        """Its own: who uploads much has nobody else wait."""

    @property
    def size_bytes(self) -> int:
        """Of all that is kept, and of what is coming."""
        return sum(len(k.data) for k in self._kept.values()) + sum(self._coming.values())

    def __contains__(self, sha256: bytes) -> bool:
        return sha256 in self._kept

    # -- what is there ---------------------------------------------------------------------

    def facts(self, sha256: bytes) -> BlobFacts | None:
        """What is known of a content that a command names; None: it is not there. Whether the
        command will be an event is not decided yet: see `bring`."""
        kept = self._kept.get(sha256)
        return None if kept is None else kept.facts

    def content(self, sha256: bytes) -> bytes:
        """Raises UnknownBlobError."""
        kept = self._kept.get(sha256)
        if kept is None:
            raise UnknownBlobError(
                f"the content {sha256.hex():.12}... is not there (any more): nothing names it now"
            )
        return kept.data

    def contents(self, values: Iterable[Value]) -> dict[bytes, bytes]:
        """By SHA-256, the contents that large values name. Raises StoreError if one is gone."""
        found = {}
        for value in large(values):
            assert value.blob is not None
            try:
                found[value.blob.sha256] = self.content(value.blob.sha256)
            except UnknownBlobError as error:
                raise StoreError(str(error)) from None
        return found

    def stored_bytes(self, sha256: bytes) -> int:
        """How much of a content is there, for long enough to name it: all of it, or 0."""
        kept = self._kept.get(sha256)
        if kept is None:
            return 0
        stays = kept.named or self._now_s() <= kept.since_s + KEPT_FOR_S - STAYS_FOR_S
        return len(kept.data) if stays else 0

    def bring(self, changes: Iterable[Change]) -> dict[bytes, bytes]:
        """The contents that decided changes bring into state, by SHA-256: named from now on, so
        that none goes while the events are made to last. Raises StoreError if one is gone."""
        changes = tuple(changes)
        found = self.contents(brought(changes))
        for sha256, owner in named_by(changes):
            kept = self._kept[sha256]
            if owner == SERVER or not kept.named:
                kept.owner = owner
            kept.named, kept.since_s = True, self._now_s()
        return found

    # -- what comes ------------------------------------------------------------------------

    def check_size(self, size_bytes: int) -> None:
        """Raises UploadRefusedError."""
        if not 0 < size_bytes <= self.max_bytes:
            raise UploadRefusedError(
                f"a content of {size_bytes} bytes: this server takes 1 to {self.max_bytes} "
                "(--max-blob)"
            )

    @contextmanager
    def reserved(self, owner: ParticipantId, size_bytes: int) -> Iterator[None]:
        """Room for a content that is coming. What nothing names makes room for it: of the same
        participant, and where the session has no room, of anybody. Raises UploadRefusedError."""
        self.check_size(size_bytes)
        self._make_room(owner, size_bytes)
        self._coming[owner] = self._coming.get(owner, 0) + size_bytes
        try:
            yield
        finally:
            self._coming[owner] -= size_bytes
            if not self._coming[owner]:
                del self._coming[owner]

    def _make_room(self, owner: ParticipantId, size_bytes: int) -> None:
        most = OWN_AT_ONCE * self.max_bytes
        mine = {s: k for s, k in self._kept.items() if k.owner == owner}
        own = sum(len(k.data) for k in mine.values()) + self._coming.get(owner, 0)
        if self._forgot_unnamed(mine, own + size_bytes - most) > 0:
            raise UploadRefusedError(
                f"you have uploaded {own} bytes that no value has, with what you propose: at most "
                f"{most} are kept. Wait for what is coming, or withdraw a proposal"
            )
        most = LARGEST_AT_ONCE * self.max_bytes
        if self._forgot_unnamed(self._kept, self.size_bytes + size_bytes - most) > 0:
            raise UploadRefusedError(
                f"the session's large values take {self.size_bytes} bytes, with what can be "
                f"undone and what is proposed: no more than {most} are kept. Decline proposals, "
                "use smaller values, or start the server with a larger --max-blob"
            )

    def _forgot_unnamed(self, among: Mapping[bytes, _Kept], too_much_bytes: int) -> int:
        """Forget what nothing names, the oldest first, until so much is gone; what is still too
        much then."""
        for sha256, kept in list(among.items()):
            if too_much_bytes > 0 and not kept.named:
                too_much_bytes -= len(self._kept.pop(sha256).data)
        return too_much_bytes

    async def keep(self, owner: ParticipantId, sha256: bytes, data: bytes) -> None:
        """Check a content and keep it. Raises UploadRefusedError for one that is not what it
        says, or no large value."""
        try:
            facts = await self._in_thread(partial(_checked, sha256, data, self.max_bytes))
        except InvalidValueError as error:
            raise UploadRefusedError(str(error)) from None
        kept = self._kept.get(sha256)
        if kept is None or not kept.named:  # anew: it is the newest now
            self._kept.pop(sha256, None)
            self._kept[sha256] = _Kept(data, facts, owner, self._now_s())

    async def restore(self, state: State, load: Callable[[bytes], Awaitable[bytes]]) -> None:
        """Take in what a log that was read back names. Raises StoreError: it is untrusted too."""
        owners = needed(state)
        for value in in_state(state):
            blob = value.blob
            assert blob is not None
            data = await load(blob.sha256)
            try:
                facts = await self._in_thread(partial(_checked, blob.sha256, data, None))
                if (facts.kind, facts.size_bytes) != (value.kind, blob.size_bytes):
                    raise InvalidValueError("it is not what the log says")
            except InvalidValueError as error:
                name = blob.sha256.hex()
                raise StoreError(f"the content {name:.12}... can't be used: {error}") from None
            owner = owners[blob.sha256]
            self._kept[blob.sha256] = _Kept(data, facts, owner, self._now_s(), named=True)

    # -- what goes -------------------------------------------------------------------------

    async def tidy(self, state: State) -> None:
        """Every now and then, forget what `state` does not name and has not come lately. The
        search is made in a thread, and events may be on their way into the log: what they name
        has been named since the last time."""
        now_s = self._now_s()
        if not self._kept or now_s < self._tidy_s:
            return
        self._tidy_s = now_s + TIDIED_EVERY_S
        owners = await self._in_thread(partial(needed, state))
        forgotten = False
        for sha256, kept in list(self._kept.items()):
            age_s = now_s - kept.since_s
            if sha256 in owners:
                if age_s >= TIDIED_EVERY_S:
                    kept.owner, kept.named = owners[sha256], True
            elif age_s >= KEPT_FOR_S:
                del self._kept[sha256]
                forgotten = True
            elif age_s >= TIDIED_EVERY_S:
                kept.named = False
        if forgotten:
            give_back()

    def close(self) -> None:
        """Nothing is checked any more."""
        self._thread.shutdown(wait=False)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _checked(sha256: bytes, data: bytes, max_bytes: int | None) -> BlobFacts:
    """Raises InvalidValueError."""
    if blob_of(data).sha256 != sha256:
        raise InvalidValueError("the content has another SHA-256 than was said")
    return facts_of(data, max_bytes)
