"""What this renderer offers, by ParaView's names: a table for each sort of proxy.

Read `vocabulary` first. The hash of these files is part of the catalogue cache's name.
"""

from __future__ import annotations

from collab_kernel.spi import TypeKey
from collab_renderer_vtk.curated.filters import FILTERS
from collab_renderer_vtk.curated.implicit_functions import IMPLICIT_FUNCTIONS
from collab_renderer_vtk.curated.readers import READERS
from collab_renderer_vtk.curated.sources import SOURCES
from collab_renderer_vtk.curated.views import VIEWS
from collab_renderer_vtk.curated.vocabulary import CuratedType

__all__ = ["CURATED"]

CURATED: dict[TypeKey, CuratedType] = {
    curated.key: curated for curated in (*SOURCES, *READERS, *FILTERS, *IMPLICIT_FUNCTIONS, *VIEWS)
}
