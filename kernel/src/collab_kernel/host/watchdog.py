"""When a renderer's process is ended from outside: it does nothing any more, or takes too much.

Whoever is inside one call of an engine answers nothing, so silence alone says little. A sign of
life is anything that the process says: an answer, progress, the next proxy that it works at; and
when it says nothing, it is asked whether it is there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from collab_kernel.errors import RendererError

DEFAULT_SILENT_S = 60.0

LOOK_EVERY_S = 0.5
"""What memory grows in between is above the limit."""

_STATM = "/proc/{pid}/statm"


class Cause(StrEnum):
    """Why a process has ended, as a verb for people."""

    DIED = "died"
    HUNG = "hung"
    MEMORY = "ran out of memory"


@dataclass(frozen=True, slots=True)
class RendererLimits:
    """silent_s: without a sign of life; 0: for ever.  memory_bytes: resident; 0: any."""

    silent_s: float = DEFAULT_SILENT_S
    memory_bytes: int = 0

    def check(self) -> None:
        """Raises RendererError where the memory of a process can't be measured."""
        if self.memory_bytes and not resident_bytes(os.getpid()):
            raise RendererError("a limit on the renderer's memory needs Linux (/proc)")


DEFAULT_LIMITS = RendererLimits()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The process shall end. text: which limit it has passed, for people."""

    cause: Cause
    text: str


class Watchdog:
    """Over one process. Pure: times are given, in seconds of one clock."""

    def __init__(self, limits: RendererLimits, now_s: float) -> None:
        self._limits = limits
        self._heard_s = self._looked_s = now_s
        self._asked = False
        self.every_s = min(LOOK_EVERY_S, limits.silent_s / 8 or LOOK_EVERY_S)
        """How often to look."""

    def heard(self, now_s: float) -> None:
        """The process has said something."""
        self._heard_s, self._asked = now_s, False

    def asks(self, now_s: float) -> bool:
        """Whether to ask it now if it is there; once, until it is heard."""
        silent_s = self._limits.silent_s
        if not silent_s or self._asked or now_s - self._heard_s < silent_s / 4:
            return False
        self._asked = True
        return True

    def verdict(self, now_s: float, resident_bytes: int) -> Verdict | None:
        """resident_bytes: its memory now; 0: not known."""
        if now_s - self._looked_s > 4 * self.every_s:
            self._heard_s = now_s  # it is us who were stopped: that says nothing of it
        self._looked_s = now_s
        most = self._limits.memory_bytes
        if most and resident_bytes > most:
            return Verdict(Cause.MEMORY, f"it took more than {most / 2**20:,.0f} MiB")
        silent_s = self._limits.silent_s
        if self._asked and now_s - self._heard_s > silent_s:
            return Verdict(Cause.HUNG, f"there was no sign of life for {silent_s:g} s")
        return None


def resident_bytes(pid: int) -> int:
    """The memory that a process takes; 0 where that can't be known."""
    try:
        pages = Path(_STATM.format(pid=pid)).read_text().split()[1]
    except OSError:  # it has ended, or this is not Linux
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
