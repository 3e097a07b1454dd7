"""Memory that was freed goes back to the system, where the allocator would rather keep it."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Return free pages, also those between small things in use, which glibc keeps: some
    milliseconds after much was freed, and a fraction of one otherwise."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other libraries have none
    if trim is not None:
        trim(0)
