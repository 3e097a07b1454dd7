"""The contents that one participant uploads: one at a time, in parts and in order.

Parts come behind everything else that a client has to say, so an event never waits for one.
Whatever is wrong with an upload ends it with a reason, and costs nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

from collab_kernel.core.messages import MAX_PART_BYTES, BlobPart, BlobStored
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import CollabError, RefusedError, UploadRefusedError
from collab_kernel.host.blobs import Blobs

NEXT_PART_WITHIN_S = 30.0


class _Upload:
    """A content on its way, and the room that is reserved for it until `room` is closed."""

    def __init__(self, blobs: Blobs, owner: ParticipantId, part: BlobPart) -> None:
        self.sha256, self.size_bytes = part.sha256, part.size_bytes
        self.data = bytearray()
        self.room = ExitStack()
        self.room.enter_context(blobs.reserved(owner, part.size_bytes))

    def add(self, part: BlobPart) -> None:
        """Raises UploadRefusedError."""
        if (part.size_bytes, part.offset) != (self.size_bytes, len(self.data)):
            raise UploadRefusedError(
                f"a part at {part.offset} of {part.size_bytes} bytes came where the one at "
                f"{len(self.data)} of {self.size_bytes} was due"
            )
        due = min(MAX_PART_BYTES, self.size_bytes - len(self.data))
        if len(part.data) != due:
            raise UploadRefusedError(
                f"a part of {len(part.data)} bytes came where {due} were due: all but the last "
                f"have {MAX_PART_BYTES}"
            )
        self.data += part.data

    @property
    def whole(self) -> bool:
        return len(self.data) == self.size_bytes


class Uploads:
    """permits: raises the refusal of whoever may upload nothing now.  tell: says something to
    the participant."""

    def __init__(
        self,
        blobs: Blobs,
        owner: ParticipantId,
        permits: Callable[[], None],
        tell: Callable[[BlobStored], None],
    ) -> None:
        self._blobs = blobs
        self._owner = owner
        self._permits = permits
        self._tell = tell
        self._upload: _Upload | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._refused = b""
        """The upload that was ended: what still comes of it is passed over."""
        self._checks: set[asyncio.Task[None]] = set()

    def take(self, part: BlobPart) -> None:
        """A part, or the question whether it is needed."""
        if part.offset and part.sha256 == self._refused:
            return
        try:
            self._take(part)
        except RefusedError as error:
            self._refuse(part.sha256, error)

    def _take(self, part: BlobPart) -> None:
        self._permits()
        stored = self._blobs.stored_bytes(part.sha256)
        if stored or not part.data:
            if not stored:
                self._blobs.check_size(part.size_bytes)
            self._tell(BlobStored(part.sha256, stored))
            return
        upload = self._upload
        if part.offset == 0:
            self._give_up()
            self._refused = b""
            upload = self._upload = _Upload(self._blobs, self._owner, part)
        elif upload is None or upload.sha256 != part.sha256:
            raise UploadRefusedError("a part came of what was not begun: begin with its first")
        upload.add(part)
        self._set_timer()
        if upload.whole:
            self._upload = None
            self._set_timer()
            task = asyncio.create_task(self._finish(upload))
            self._checks.add(task)
            task.add_done_callback(self._checks.discard)

    async def _finish(self, upload: _Upload) -> None:
        with upload.room:
            try:
                await self._blobs.keep(self._owner, upload.sha256, bytes(upload.data))
                self._tell(BlobStored(upload.sha256, upload.size_bytes))
            except CollabError as error:
                self._tell(BlobStored(upload.sha256, 0, error))

    def _refuse(self, sha256: bytes, error: CollabError) -> None:
        self._give_up()
        self._refused = sha256
        self._tell(BlobStored(sha256, 0, error))

    def _give_up(self) -> None:
        """Forget what has come of an upload."""
        upload, self._upload = self._upload, None
        if upload is not None:
            upload.room.close()
        self._set_timer()

    def _set_timer(self) -> None:
        """The next part has to come in time, if one is due."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._upload is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(NEXT_PART_WITHIN_S, self._late)

    def _late(self) -> None:
        if self._upload is not None:
            text = f"no part came for {NEXT_PART_WITHIN_S:g} s: begin again"
            self._refuse(self._upload.sha256, UploadRefusedError(text))

    async def close(self) -> None:
        """The participant is gone: what has not come as a whole never will."""
        self._give_up()
        for task in self._checks:
            task.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)
