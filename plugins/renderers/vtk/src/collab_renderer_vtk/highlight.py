"""What is selected, drawn over the data that it is selected of."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from vtkmodules.vtkCommonDataModel import vtkCompositeDataSet
from vtkmodules.vtkFiltersGeometry import vtkGeometryFilter
from vtkmodules.vtkRenderingCore import vtkActor, vtkCompositePolyDataMapper, vtkPolyDataMapper

from collab_kernel.spi import ProxyId
from collab_renderer_vtk.extraction import extracted
from collab_renderer_vtk.parts import Shown, place
from collab_renderer_vtk.selections import selection_of

COLOUR = (1.0, 0.0, 1.0)
POINT_SIZE_PX = 5
LINE_WIDTH_PX = 2
"""As in ParaView."""

NEARER = -8
"""How far edges and points are drawn in front of the surface that they are of, in the steps of
the depth buffer."""


class HighlightPart:
    """The edges of selected cells, or selected points."""

    def __init__(self) -> None:
        self.prop = vtkActor()
        self.prop.PickableOff()
        look = self.prop.GetProperty()
        look.SetColor(*COLOUR)
        look.SetRepresentationToWireframe()
        look.SetPointSize(POINT_SIZE_PX)
        look.SetLineWidth(LINE_WIDTH_PX)
        look.LightingOff()
        self._made_from: Any = None
        self._surface = vtkGeometryFilter()
        self._mappers: dict[bool, Any] = {
            False: vtkPolyDataMapper(),
            True: vtkCompositePolyDataMapper(),
        }
        for mapper in self._mappers.values():
            mapper.ScalarVisibilityOff()
            mapper.SetResolveCoincidentTopologyToPolygonOffset()
            mapper.SetRelativeCoincidentTopologyLineOffsetParameters(0, NEARER)
            mapper.SetRelativeCoincidentTopologyPointOffsetParameter(NEARER)

    @property
    def made_from(self) -> Hashable:
        """What it was last made from."""
        return ("highlight", repr(self._made_from))

    def update(self, shown: Shown, source: ProxyId, made_from: Any) -> None:
        """Become what the selection source means in what is shown, unless that was `made_from`
        the same. Raises StageError."""
        if made_from == self._made_from:
            return
        self._made_from = None
        self.prop.VisibilityOff()
        part = extracted(shown.data, selection_of(shown.state, source, shown.data))
        self._surface.SetInputDataObject(part)
        self._surface.Update()
        mapper = self._mappers[isinstance(part, vtkCompositeDataSet)]
        mapper.SetInputDataObject(self._surface.GetOutputDataObject(0))
        self.prop.SetMapper(mapper)
        place(self.prop, shown)
        self.prop.VisibilityOn()
        self._made_from = made_from
