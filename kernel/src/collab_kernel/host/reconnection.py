"""How a client comes back when its connection breaks: when that makes sense, how soon, and for how
long it is tried."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from collab_kernel.core.peer import Backoff
from collab_kernel.errors import (
    BusyError,
    CollabError,
    ConnectionLostError,
    ServerAwayError,
    ServerStoppedError,
    StoreError,
    TransportError,
)
from collab_kernel.spi import Channel

RECONNECT_S = 300.0
"""For how long a client tries to come back unless told otherwise."""

TIMES_AS_LONG, MOST_AWAY_S = 4.0, 24 * 3600.0
"""A server that says when it is back is waited for so many times as long, and at most so long."""

DIAL_WITHIN_S = 30.0
"""Transports give up much earlier by themselves; one that doesn't is not waited for."""

STEADY_S = 10.0
"""A connection that stood for less than this was no success: the pauses go on growing."""

Dial: TypeAlias = Callable[[], Awaitable[Channel]]


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """The connection broke, and is being made anew."""

    reason: CollabError


@dataclass(frozen=True, slots=True)
class Back:
    """The connection stands again, and everything goes on."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Too much was missed: a snapshot of `revision` has taken the place of the events before it,
    which no subscription gets."""

    revision: int


Notice: TypeAlias = Reconnecting | Back | Skipped


class Reconnection:
    """Dials again until it may stop. within_s: how long a break may last; 0: no attempt."""

    def __init__(self, dial: Dial, within_s: float) -> None:
        self._dial = dial
        self._within_s = within_s
        self._backoff = Backoff()
        self._broken_s: float | None = None
        self._back_s = 0.0
        self._away_s = 0.0
        """For how long a server may be away that has said when it is back."""

    def makes_sense(self, error: CollabError) -> bool:
        """Whether the connection that `error` ended may stand again later: it broke, or the
        server is busy, or can't write now; one that was stopped knows nobody when it comes
        back."""
        may = isinstance(error, ConnectionLostError | BusyError | StoreError)
        return self._within_s > 0 and may and not isinstance(error, ServerStoppedError)

    def breaks(self) -> bool:
        """The connection broke; whether it had stood."""
        if self._broken_s is not None:
            return False
        self._broken_s = asyncio.get_running_loop().time()
        if self._broken_s - self._back_s > STEADY_S:
            self._backoff = Backoff()
        return True

    def stands(self) -> None:
        """The connection stands, for the first time or again."""
        self._broken_s, self._away_s = None, 0.0
        self._back_s = asyncio.get_running_loop().time()

    async def channel(self, error: CollabError) -> Channel:
        """The next channel, after a pause. error: why there is none.

        Raises ConnectionLostError once it has taken too long.
        """
        loop = asyncio.get_running_loop()
        since_s = self._broken_s if self._broken_s is not None else loop.time()
        last = error
        self._away_s = max(self._away_s, _away_s(error))
        within_s = max(self._within_s, self._away_s)
        try:
            async with asyncio.timeout_at(since_s + within_s):
                while True:
                    pause_s = self._backoff.pause_s(loop.time() - since_s, random.random())
                    await asyncio.sleep(pause_s)
                    try:
                        async with asyncio.timeout(DIAL_WITHIN_S):
                            return await self._dial()
                    except TransportError as failure:
                        last = failure
                    except TimeoutError:
                        last = ConnectionLostError(f"no answer within {DIAL_WITHIN_S:g} s")
        except TimeoutError:
            raise ConnectionLostError(
                f"the connection could not be made again within {within_s:g} s: {last}"
            ) from None


def _away_s(error: CollabError) -> float:
    """For how long a server that has ended a connection so is waited for; 0: it did not say."""
    said = vars(error).get("back_in_s") if isinstance(error, ServerAwayError) else None
    if not isinstance(said, int | float) or not said > 0:
        return 0.0
    return min(TIMES_AS_LONG * said, MOST_AWAY_S)
