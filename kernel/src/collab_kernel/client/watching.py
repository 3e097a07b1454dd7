"""Views that are watched: pictures come as what one sees changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from collab_kernel.client.acting import Acting
from collab_kernel.client.proxies import Frame, Proxy
from collab_kernel.core.messages import Watch
from collab_kernel.core.peer import Capability
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.errors import InvalidCommandError
from collab_kernel.host.watched import Pictures


@dataclass(frozen=True, slots=True)
class WatchedFrame(Frame):
    """A picture that came by itself. whose: with which participant's camera it is seen, as that
    one showed it with its presence of this serial (0: the home camera).

    still: as good as it gets, until something changes.  key: it needs no earlier one; else it is
    what has changed since the one before.
    """

    whose: ParticipantId = 0
    presence: int = 0
    still: bool = True
    key: bool = True


class Frames(AsyncIterator[WatchedFrame]):
    """An asynchronous iterator over the pictures of a view, also a context manager, which ends
    it. Whoever is slow misses what was in between; what comes is never older than what came.

    It raises why there is no picture now. After a PipelineFailedError or RendererError it may be
    iterated further; it ends where the view is deleted, or watched anew.
    """

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    async def __anext__(self) -> WatchedFrame:
        picture = await anext(self._pictures)
        head = picture.head
        return WatchedFrame(
            picture.data,
            head.width,
            head.height,
            head.format,
            head.revision,
            head.whose,
            head.presence,
            head.still,
            head.key,
        )

    def close(self) -> None:
        """Watch no more."""
        self._pictures.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Watching(Acting):
    """Pictures that come by themselves."""

    def watch(
        self,
        view: Proxy | ProxyId,
        width: int = 0,
        height: int = 0,
        formats: Sequence[str] = (),
        *,
        full: bool = False,
    ) -> Frames:
        """Pictures of a view, as I see it, whenever that changes; each is acknowledged when it
        is taken. While something moves they are smaller, as it takes to keep up.

        width, height: in pixels; 0: as my own `ViewSize` and `PixelRatio` say.
        formats: "jpeg" (which is what comes unless given), "png", "raw".
        full: never smaller or coarser. Raises InvalidCommandError where the server can't.
        """
        if Capability.FRAMES not in self._connection.terms.capabilities:
            raise InvalidCommandError(
                "this server sends no pictures by itself: ask for each with render()"
            )
        watch = Watch(self.id_of(view), width, height, tuple(formats), full)
        return Frames(self._connection.watched.begin(watch))
