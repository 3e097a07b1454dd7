"""Data along a line."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from vtkmodules.vtkFiltersCore import vtkAppendArcLength
from vtkmodules.vtkFiltersSources import vtkLineSource

from collab_renderer_vtk import objects
from collab_renderer_vtk.curated.vocabulary import CuratedType
from collab_renderer_vtk.stage_error import StageError
from collab_renderer_vtk.stages import Settings, Stage


class PlotOverLineStage(Stage):
    """Points on a line, what the input has there, and how far along they are (`arc_length`)."""

    def __init__(self, curated: CuratedType) -> None:
        super().__init__(curated)
        self._line = vtkLineSource()
        self._length = vtkAppendArcLength()
        self.algorithm.SetInputConnection(self._line.GetOutputPort())
        self._length.SetInputConnection(self.algorithm.GetOutputPort())

    @property
    def algorithms(self) -> Sequence[Any]:
        return (self._line, self.algorithm, self._length)

    def set_up(self, settings: Settings) -> None:
        objects.push(self.algorithm, self.curated, settings.state, settings.proxy)
        self.algorithm.SetSourceConnection(settings.feeds["Input"].connection)
        for name in ("Point1", "Point2"):
            point = settings.plain(name, (0.0, 0.0, 0.0))
            if not all(isfinite(x) and abs(x) <= objects.LARGEST for x in point):
                raise StageError(f"{name}: {point} is too far away to calculate with")
            getattr(self._line, f"Set{name}")(*point)
        self._line.SetResolution(settings.plain("Resolution", 1000))
