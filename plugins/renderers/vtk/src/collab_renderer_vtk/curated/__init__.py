"""What this renderer offers, by ParaView's names: a table for each sort of proxy.

Read `vocabulary` first. The hash of these files is part of the catalogue cache's name.
"""

from __future__ import annotations

from collab_kernel.spi import TypeKey
from collab_renderer_vtk.curated.animation import ANIMATION
from collab_renderer_vtk.curated.charts import CHARTS
from collab_renderer_vtk.curated.filters import FILTERS
from collab_renderer_vtk.curated.implicit_functions import IMPLICIT_FUNCTIONS
from collab_renderer_vtk.curated.programmable import PROGRAMMABLE
from collab_renderer_vtk.curated.readers import READERS
from collab_renderer_vtk.curated.selections import SELECTIONS
from collab_renderer_vtk.curated.sources import SOURCES
from collab_renderer_vtk.curated.spreadsheets import SPREADSHEETS
from collab_renderer_vtk.curated.vector_filters import VECTOR_FILTERS
from collab_renderer_vtk.curated.views import VIEWS
from collab_renderer_vtk.curated.vocabulary import CuratedType
from collab_renderer_vtk.references import References

__all__ = ["CURATED", "REFERENCES"]

CURATED: dict[TypeKey, CuratedType] = {
    curated.key: curated
    for curated in (
        *SOURCES,
        *READERS,
        *FILTERS,
        *VECTOR_FILTERS,
        *PROGRAMMABLE,
        *IMPLICIT_FUNCTIONS,
        *VIEWS,
        *CHARTS,
        *SPREADSHEETS,
        *SELECTIONS,
        *ANIMATION,
    )
}

REFERENCES: dict[str, References] = {
    extension: path.references
    for curated in READERS
    if (path := curated.path)
    for extension in path.extensions
}
"""What files of each extension name."""
