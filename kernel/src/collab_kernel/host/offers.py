"""What a client uploads: the contents of large values, one after the other.

A content is offered first: the server may have it already. Parts go behind everything else, and
what a broken connection cut off is offered again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from collab_kernel.core.messages import MAX_PART_BYTES, BlobPart, BlobStored
from collab_kernel.core.values import Blob
from collab_kernel.errors import CollabError


@dataclass(frozen=True, slots=True)
class _Offer:
    blob: Blob
    content: bytes
    done: asyncio.Future[None]


class Offers:
    """send, stream: say something to the server, if there is a connection now: at once, and
    behind everything else."""

    def __init__(
        self,
        send: Callable[[BlobPart], None],
        stream: Callable[[Iterator[BlobPart]], None],
    ) -> None:
        self._send = send
        self._stream = stream
        self._turn = asyncio.Lock()
        self._offer: _Offer | None = None
        self._error: CollabError | None = None

    async def upload(self, blob: Blob, content: bytes) -> None:
        """Return when the server has it. Raises UploadRefusedError, or why there is no way."""
        async with self._turn:
            if self._error is not None:
                raise self._error
            self._offer = _Offer(blob, content, asyncio.get_running_loop().create_future())
            self.again()
            try:
                await self._offer.done
            finally:
                self._offer = None

    def again(self) -> None:
        """Ask whether the server needs what is being uploaded."""
        if self._offer is not None:
            blob = self._offer.blob
            self._send(BlobPart(blob.sha256, blob.size_bytes))

    def stored(self, stored: BlobStored) -> None:
        """The server's word; of what nobody waits for any more it means nothing."""
        offer = self._offer
        if offer is None or offer.blob.sha256 != stored.sha256 or offer.done.done():
            return
        if stored.error is not None:
            offer.done.set_exception(stored.error)
        elif stored.stored_bytes == offer.blob.size_bytes:
            offer.done.set_result(None)
        else:
            self._stream(_parts(offer))

    def end(self, error: CollabError) -> None:
        """Nothing more can be uploaded."""
        self._error = error
        if self._offer is not None and not self._offer.done.done():
            self._offer.done.set_exception(error)
            self._offer.done.exception()  # somebody may have stopped waiting: that is no leak


def _parts(offer: _Offer) -> Iterator[BlobPart]:
    blob, content = offer.blob, offer.content
    for start in range(0, len(content), MAX_PART_BYTES):
        if offer.done.done():
            return  # it was refused, or nobody waits any more
        data = content[start : start + MAX_PART_BYTES]
        yield BlobPart(blob.sha256, blob.size_bytes, start, data)
