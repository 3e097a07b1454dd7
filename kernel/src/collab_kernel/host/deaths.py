"""What the deaths of a renderer's process lead to: another start, a proxy left out, the end."""

from __future__ import annotations

from dataclasses import dataclass

from collab_kernel.core.values import ProxyId
from collab_kernel.host.watchdog import Cause

STARTS_TO_GIVE_UP = 3
"""Deaths in a row before it had done anything."""

DEATHS_TO_GIVE_UP = 8
"""Deaths in a row with no proxy to blame, of processes that had done something."""

STEADY_S = 10.0
"""Whoever has lived for so long begins a new row."""

FIRST_PAUSE_S, LAST_PAUSE_S = 0.25, 8.0
"""Before the third start in a row, and at most."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """pause_s: before another process is started; None: none is.  quarantine: why the proxy is
    left out from now on; "": it is not."""

    pause_s: float | None = 0.0
    quarantine: str = ""


class Deaths:
    """Pure: times are given.

    A death at a proxy counts against it until that is survived; all others are bounded by pauses
    that grow, and at last by giving up.
    """

    def __init__(self) -> None:
        self._at: dict[ProxyId, Cause] = {}
        self._row = self._in_vain = 0

    def survived(self, proxy: ProxyId) -> None:
        """The work at a proxy has ended, and the process lives."""
        self._at.pop(proxy, None)

    def died(self, proxy: ProxyId, cause: Cause, useful: bool, lived_s: float) -> Consequence:
        """proxy: at which it worked; 0: none.  useful: whether it had done anything.
        lived_s: since it was ready."""
        if proxy:
            self._in_vain = 0
            return self._at_proxy(proxy, cause)
        self._row = 1 if lived_s >= STEADY_S else self._row + 1
        self._in_vain = 0 if useful else self._in_vain + 1
        if self._in_vain >= STARTS_TO_GIVE_UP or self._row >= DEATHS_TO_GIVE_UP:
            self._row = self._in_vain = 0
            return Consequence(pause_s=None)
        pause_s = min(FIRST_PAUSE_S * 2 ** (self._row - 2), LAST_PAUSE_S)
        return Consequence(pause_s if self._row > 1 else 0.0)

    def _at_proxy(self, proxy: ProxyId, cause: Cause) -> Consequence:
        before = self._at.pop(proxy, None)
        if before is None:
            self._at[proxy] = cause
            return Consequence()
        how = f"{cause} twice" if before is cause else f"{before} and then {cause}"
        return Consequence(quarantine=f"the renderer {how} while it worked at this proxy")
