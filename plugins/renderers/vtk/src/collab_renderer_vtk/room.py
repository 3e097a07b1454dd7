"""Whether there is room for what a proxy would put out.

VTK ends the process when it is refused memory, and a system that grants more than it has ends
whichever process it likes: what is clearly too large must not be begun.
"""

from __future__ import annotations

from pathlib import Path

from collab_renderer_vtk.stage_error import StageError

_MEMORY = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


PEAK = 2
"""While it works an algorithm takes this many times its output: arrays double as they grow."""


def check_room(output_bytes: int) -> None:
    """Raise StageError when there is too little memory to make about `output_bytes`."""
    free = free_bytes()
    needed = PEAK * output_bytes
    if free is not None and needed > free:
        raise StageError(
            f"it would take about {in_words(needed)} of memory, and {in_words(free)} are free"
        )


def free_bytes() -> int | None:
    """The memory that this process can still get; None where that can't be told."""
    found = [n for n in (_free_of_machine(), _free_of_group()) if n is not None]
    return min(found, default=None)


def in_words(size_bytes: int) -> str:
    """A size for people."""
    size = float(size_bytes)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:,.0f} TiB" if size >= 10 else f"{size:.2g} TiB"


def _free_of_machine() -> int | None:
    try:
        for line in _MEMORY.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    except (OSError, ValueError):
        pass
    return None


def _free_of_group() -> int | None:
    """What is left of a container's share."""
    try:
        limit = (_GROUP / "memory.max").read_text("ascii").strip()
        used = (_GROUP / "memory.current").read_text("ascii")
        return None if limit == "max" else max(0, int(limit) - int(used))
    except (OSError, ValueError):
        return None
