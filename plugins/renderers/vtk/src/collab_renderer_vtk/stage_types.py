"""Which stage stands for which type."""

from __future__ import annotations

from collab_renderer_vtk.curated.charts import PLOT_OVER_LINE
from collab_renderer_vtk.curated.selections import EXTRACT_SELECTION
from collab_renderer_vtk.curated.vocabulary import CuratedType
from collab_renderer_vtk.extraction import ExtractSelectionStage
from collab_renderer_vtk.probing import PlotOverLineStage
from collab_renderer_vtk.reading import reader_stage
from collab_renderer_vtk.stages import (
    CalculatorStage,
    ClipStage,
    GlyphStage,
    PointCloudStage,
    Stage,
)

_STAGES: dict[tuple[str, str], type[Stage]] = {
    ("extended_sources", "PointSource"): PointCloudStage,
    ("filters", "Clip"): ClipStage,
    ("filters", "Calculator"): CalculatorStage,
    ("filters", "Glyph"): GlyphStage,
    PLOT_OVER_LINE.key: PlotOverLineStage,
    EXTRACT_SELECTION.key: ExtractSelectionStage,
}


def stage_of(curated: CuratedType) -> Stage:
    """A new stage for a proxy of this type."""
    if curated.path:
        return reader_stage(curated, curated.path)
    if curated.runs_code:
        from collab_renderer_vtk.programmable import ProgrammableStage  # few need what it imports

        return ProgrammableStage(curated)
    return _STAGES.get(curated.key, Stage)(curated)
