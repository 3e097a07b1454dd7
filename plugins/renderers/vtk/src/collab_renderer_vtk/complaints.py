"""What VTK says when something goes wrong: caught as texts, never printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vtkmodules.vtkCommonCore import VTK_STRING, vtkCommand, vtkLogger, vtkOutputWindow

MAX_TEXT = 400
"""Characters of one complaint: some quote the file they choked on."""

_SOURCE = re.compile(r"^(Generic Warning|ERROR|Warning): In \S+, line \d+\n")
_OBJECT = re.compile(r"^(vtk)?\w+ \(0x[0-9a-f]+\): ")
_EXECUTIVE = re.compile(r"returned failure for request|^Algorithm ")
"""What the pipeline adds to an algorithm's own words."""


class Complaints:
    """Errors and warnings of all VTK objects in this process, since `listen` was entered.

    VTK sends what nobody observes to one global window; this one takes that place.
    """

    def __init__(self) -> None:
        self._errors: list[str] = []
        self._warnings: list[str] = []
        vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
        self._window = vtkOutputWindow()
        self._window.SetDisplayModeToNever()
        self._window.AddObserver(vtkCommand.ErrorEvent, _recorder(self._errors))
        self._window.AddObserver(vtkCommand.WarningEvent, _recorder(self._warnings))
        vtkOutputWindow.SetInstance(self._window)

    @contextmanager
    def listen(self) -> Iterator[Complaints]:
        """Forget what was said before."""
        self._errors.clear()
        self._warnings.clear()
        yield self

    @property
    def error(self) -> str:
        """What was wrong, in one line; empty when nothing was."""
        return _one_line(self._errors)

    @property
    def warning(self) -> str:
        """What seemed wrong, in one line."""
        return _one_line(self._warnings)


def _recorder(texts: list[str]) -> Any:
    def record(_window: object, _event: str, text: str) -> None:
        if len(texts) < 20:  # some algorithms complain once a cell
            texts.append(text)

    record.CallDataType = VTK_STRING  # type: ignore[attr-defined]  # VTK's way to ask for the text
    return record


def _one_line(texts: list[str]) -> str:
    plain = (" ".join(_OBJECT.sub("", _SOURCE.sub("", text)).split()) for text in texts)
    distinct = dict.fromkeys(t[:MAX_TEXT] for t in plain if t and not _EXECUTIVE.search(t))
    return "; ".join(list(distinct)[:3])
