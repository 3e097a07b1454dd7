"""The work of a renderer that somebody has cancelled: given up, or ended with its process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from collab_kernel.core.facts import Derived
from collab_kernel.core.values import ProxyId

CANCEL_WITHIN_S = 3.0
"""Work that is not given up by then ends with its process."""


class Unwanted:
    """What shall be given up now; false while that is nothing.

    kill: ends the process.  quarantined: called with a proxy whose work was given up, and whose
    wish that was.
    """

    def __init__(
        self, kill: Callable[[], None], quarantined: Callable[[ProxyId, str], None]
    ) -> None:
        self._kill = kill
        self._quarantined = quarantined
        self._proxy: ProxyId = 0
        self._by = ""
        self._deadline: asyncio.TimerHandle | None = None

    def __bool__(self) -> bool:
        return self._deadline is not None

    def begin(self, proxy: ProxyId, by: str) -> None:
        """The work at `proxy` shall be given up. by: whose wish it is, or ""."""
        self._proxy, self._by = proxy, by
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(CANCEL_WITHIN_S, self._kill)

    def settle(self, given_up: bool) -> None:
        """It has ended, one way or the other."""
        deadline, self._deadline = self._deadline, None
        if deadline is not None:
            deadline.cancel()
            if given_up:
                by = f" by {self._by}" if self._by else ""
                self._quarantined(self._proxy, f"cancelled{by}")

    def working(self, proxy: ProxyId) -> None:
        """What is worked at now: if that is something else, it was done before."""
        if self and proxy not in (0, self._proxy):
            self.settle(given_up=False)

    def learned(self, fact: Derived) -> None:
        """What came of the work at a proxy."""
        if self and fact.proxy == self._proxy:
            self.settle(given_up=bool(fact.error))
