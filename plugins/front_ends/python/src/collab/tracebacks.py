"""Tracebacks of a script's own: where in Collab an error with a name was raised is not its
business, and neither is how the script was started."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import TracebackType

from collab_kernel.errors import CollabError

_INTERNAL = ("collab", "collab_kernel")


def show(error: BaseException, file: str | None = None) -> None:
    """Print the script's own traceback. file: where the script begins."""
    trim(error, file)
    traceback.print_exception(error)


def trim(error: BaseException, file: str | None = None) -> None:
    """Leave out, of `error` and what led to it, the frames before those of `file`, and, of an
    error with a name, Collab's own."""
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        part = todo.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        frames = list(_frames(part.__traceback__))
        files = [frame.tb_frame.f_code.co_filename for frame in frames]
        if file is not None:
            frames = frames[files.index(file) :] if file in files else []
        if isinstance(error, CollabError):
            frames = [f for f in frames if not _is_internal(f.tb_frame.f_code.co_filename)]
        part.__traceback__ = _chain(frames)
        todo += [part.__cause__, part.__context__]


def _frames(trace: TracebackType | None) -> list[TracebackType]:
    frames = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    return frames


def _chain(frames: list[TracebackType]) -> TracebackType | None:
    chain: TracebackType | None = None
    for frame in reversed(frames):
        chain = TracebackType(chain, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return chain


def _is_internal(filename: str) -> bool:
    folders = [Path(p).resolve() for m in _INTERNAL for p in sys.modules[m].__path__]
    path = Path(filename).resolve()
    asynchronous = path.parent.name in ("futures", "asyncio")  # where we wait for the answer
    return asynchronous or any(path.is_relative_to(folder) for folder in folders)
