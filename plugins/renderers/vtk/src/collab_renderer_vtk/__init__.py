"""Executes and draws the pipelines of Collab sessions with VTK: the hooks, and nothing else."""

from __future__ import annotations

from collab_kernel import hookimpl
from collab_kernel.spi import (
    Catalogue,
    RendererSpec,
)


@hookimpl
def collab_renderers() -> list[RendererSpec]:
    """The renderer `vtk`."""

    def definitions() -> Catalogue:
        from collab_renderer_vtk.catalogue import definitions

        return definitions()

    return [
        RendererSpec(
            name="vtk",
            definitions=definitions,
            factory="collab_renderer_vtk.renderer:VtkRenderer",
            summary="VTK, offscreen: readers, sources, filters and pictures",
        )
    ]
