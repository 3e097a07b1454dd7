"""The points or cells that a selection means, taken out of data."""

from __future__ import annotations

from typing import Any

from vtkmodules.vtkFiltersExtraction import vtkExtractSelection

from collab_renderer_vtk import objects
from collab_renderer_vtk.selections import selection_of
from collab_renderer_vtk.stage_error import StageError
from collab_renderer_vtk.stages import Settings, Stage


class ExtractSelectionStage(Stage):
    """What the proxy that `Selection` names means in the input."""

    def set_up(self, settings: Settings) -> None:
        super().set_up(settings)
        source = objects.reference(settings.state, settings.proxy, "Selection")
        if not source:
            raise StageError("it has no Selection")
        connection = settings.feeds["Input"].connection
        data = connection.GetProducer().GetOutputDataObject(connection.GetIndex())
        self.algorithm.SetInputDataObject(1, selection_of(settings.state, source, data))


def extracted(data: Any, selection: Any) -> Any:
    """The part of `data` that a vtkSelection means, with `vtkOriginalPointIds` and
    `vtkOriginalCellIds`."""
    algorithm = vtkExtractSelection()
    algorithm.SetInputDataObject(0, data)
    algorithm.SetInputDataObject(1, selection)
    algorithm.Update()
    return algorithm.GetOutputDataObject(0)
