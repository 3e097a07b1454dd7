"""Parts of a view: what one representation draws in one window.

A part holds a VTK prop of its own, because a prop that two windows share is drawn by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import hypot, prod
from typing import Any

from vtkmodules.vtkCommonDataModel import (
    vtkCompositeDataSet,
    vtkDataSet,
    vtkImageData,
    vtkPolyData,
)
from vtkmodules.vtkFiltersCore import vtkResampleToImage
from vtkmodules.vtkFiltersGeometry import vtkGeometryFilter
from vtkmodules.vtkFiltersModeling import vtkOutlineFilter
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkCompositePolyDataMapper,
    vtkPolyDataMapper,
    vtkVolume,
)
from vtkmodules.vtkRenderingVolumeOpenGL2 import vtkSmartVolumeMapper

from collab_kernel.spi import (
    ArrayInformation,
    DataInformation,
    ProxyId,
    State,
)
from collab_renderer_vtk import objects
from collab_renderer_vtk.arrays import check_association, choose
from collab_renderer_vtk.colouring import (
    Range,
    colours,
    default_colours,
    default_opacities,
    opacities,
)
from collab_renderer_vtk.stage_error import StageError

RESAMPLED_SIDE = 96
"""Samples along the longest edge, where data that is no regular grid is drawn as a volume."""

_MIRRORED = "specular = specular * specularColor;"
_NOTHING_MIRRORED = "specular = vec3(0.0);"
"""A line of VTK's shader, and what stands for it: the compiler then leaves out what leads there."""

_ASSOCIATIONS = ("POINTS", "CELLS")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a representation shows: its values, and the data at its input."""

    state: State
    proxy: ProxyId
    data: Any
    information: DataInformation

    def plain(self, name: str, default: Any = None) -> Any:
        """A value of the representation."""
        return objects.plain(self.state, self.proxy, name, default)

    def array(self) -> ArrayInformation | None:
        """The array that colours; None when none is named. Raises StageError."""
        association, name = self.plain("ColorArrayName", ("POINTS", ""))
        check_association(association, name, _ASSOCIATIONS)
        if not name:
            return None
        return choose(self.information, association, name, _ASSOCIATIONS)

    def colours(self, array: ArrayInformation) -> Any:
        """The colours of the array's values. Raises StageError."""
        table = objects.reference(self.state, self.proxy, "LookupTable")
        return colours(self.state, table) if table else default_colours(range_of(array))


def range_of(array: ArrayInformation) -> Range:
    """From the lowest to the highest value; of vectors, of their lengths."""
    return array.minimum[-1], array.maximum[-1]


class GeometryPart:
    """Surfaces, lines and points. working: called when VTK begins to draw it."""

    def __init__(self, working: Callable[[], None]) -> None:
        self.prop = vtkActor()
        self._mirrors = True
        self._working = working
        self._surface = vtkGeometryFilter()
        self._surface.SetPieceInvariant(False)
        self._surface.SetPassThroughPointIds(True)  # for whoever asks what is at a pixel
        self._surface.SetPassThroughCellIds(True)
        self._outline = vtkOutlineFilter()
        self._mappers: dict[bool, Any] = {
            False: vtkPolyDataMapper(),
            True: vtkCompositePolyDataMapper(),
        }
        for mapper in self._mappers.values():
            mapper.AddObserver("StartEvent", lambda *_: self._working())

    @property
    def translucent(self) -> bool:
        return bool(self.prop.GetProperty().GetOpacity() < 1)

    @property
    def surface(self) -> Any:
        """The data that is drawn."""
        return self.prop.GetMapper().GetInputDataObject(0, 0)

    def update(self, shown: Shown) -> None:
        """Become what the representation says. Raises StageError after drawing what it can."""
        style = shown.plain("Representation", "Surface")
        source = self._outline if style == "Outline" else self._surface
        composite = isinstance(shown.data, vtkCompositeDataSet)
        if not composite and not isinstance(shown.data, vtkDataSet):
            raise StageError(f"{shown.information.type} can't be drawn in space")
        mapper = self._mappers[composite]
        if isinstance(shown.data, vtkPolyData) and source is self._surface:
            mapper.SetInputDataObject(shown.data)
        else:
            source.SetInputDataObject(shown.data)
            source.Update()
            mapper.SetInputConnection(source.GetOutputPort())
        self.prop.SetMapper(mapper)
        self._style(shown, style)
        place(self.prop, shown)
        mapper.ScalarVisibilityOff()
        if style != "Outline" and (array := shown.array()) is not None:
            self._colour(mapper, shown, array)

    def _style(self, shown: Shown, style: str) -> None:
        flat = style in ("Wireframe", "Points", "Outline")
        look = self.prop.GetProperty()
        look.SetRepresentation({"Points": 0, "Wireframe": 1}.get(style, 2))
        look.SetEdgeVisibility(style == "Surface With Edges")
        look.SetEdgeColor(*shown.plain("EdgeColor", (0.0, 0.0, 0.5)))
        look.SetColor(*shown.plain("AmbientColor" if flat else "DiffuseColor", (1.0, 1.0, 1.0)))
        look.SetLighting(not flat)  # a line has no side that faces the light
        look.SetOpacity(shown.plain("Opacity", 1.0))
        look.SetLineWidth(shown.plain("LineWidth", 1.0) or 1.0)
        look.SetPointSize(shown.plain("PointSize", 2.0) or 1.0)
        look.SetInterpolation(shown.plain("Interpolation", 1))
        look.SetAmbient(shown.plain("Ambient", 0.0))
        look.SetDiffuse(shown.plain("Diffuse", 1.0))
        look.SetSpecular(shown.plain("Specular", 0.0))
        look.SetSpecularPower(shown.plain("SpecularPower", 100.0))
        self._mirror(look.GetSpecular() > 0)

    def _mirror(self, mirrors: bool) -> None:
        """Let the card work out mirrored light only where there is any: VTK has it do so for
        each light at each pixel, and then multiplies by nothing."""
        if mirrors == self._mirrors:
            return
        self._mirrors = mirrors
        shader = self.prop.GetShaderProperty()
        shader.ClearAllFragmentShaderReplacements()
        if not mirrors:
            shader.AddFragmentShaderReplacement(_MIRRORED, False, _NOTHING_MIRRORED, False)

    def _colour(self, mapper: Any, shown: Shown, array: ArrayInformation) -> None:
        mapped = shown.plain("MapScalars", True)
        function = shown.colours(array)
        if array.association == "CELLS":
            mapper.SetScalarModeToUseCellFieldData()
        else:
            mapper.SetScalarModeToUsePointFieldData()
        mapper.SelectColorArray(array.name)
        mapper.SetLookupTable(function)
        mapper.SetUseLookupTableScalarRange(True)
        if mapped:
            mapper.SetColorModeToMapScalars()
        else:
            mapper.SetColorModeToDirectScalars()
        # Colours between points are those of the values there, not mixed from the corners'.
        mapper.SetInterpolateScalarsBeforeMapping(mapped and array.association == "POINTS")
        mapper.ScalarVisibilityOn()


class VolumePart:
    """Data in three dimensions as a cloud. What is no regular grid is sampled onto one.

    emulated: the graphics card is only a program.
    """

    translucent = False

    def __init__(self, emulated: bool) -> None:
        self.prop = vtkVolume()
        self._resample = vtkResampleToImage()
        self._mapper = vtkSmartVolumeMapper()
        # Sample distances that follow the time a picture took make each one different.
        self._mapper.SetAutoAdjustSampleDistances(False)
        self._mapper.SetInteractiveAdjustSampleDistances(False)
        if emulated:  # four times as fast as a graphics card that is only a program
            self._mapper.SetRequestedRenderModeToRayCast()
        self.prop.SetMapper(self._mapper)

    def update(self, shown: Shown) -> None:
        """Become what the representation says. Raises StageError."""
        information = shown.information
        bounds = information.bounds
        if isinstance(shown.data, vtkPolyData) or not bounds:
            raise StageError("it can't be drawn as a volume: its input has only surfaces")
        if any(bounds[2 * i] >= bounds[2 * i + 1] for i in range(3)):
            raise StageError("it can't be drawn as a volume: its input is flat")
        array = shown.array() or choose(information, "POINTS", "", _ASSOCIATIONS, 1)
        image = shown.data
        if not isinstance(image, vtkImageData):
            image = self._sampled(shown)
        self._mapper.SetInputDataObject(image)
        if array.association == "CELLS" and image is shown.data:
            self._mapper.SetScalarModeToUseCellFieldData()
        else:  # samples are points
            self._mapper.SetScalarModeToUsePointFieldData()
        self._mapper.SelectScalarArray(array.name)
        several = array.components > 1
        modes = vtkSmartVolumeMapper
        self._mapper.SetVectorMode(modes.MAGNITUDE if several else modes.DISABLED)
        self._mapper.SetSampleDistance(max(image.GetSpacing()) / 2)
        self._look(shown, array, image)
        place(self.prop, shown)

    def _sampled(self, shown: Shown) -> Any:
        bounds = shown.information.bounds
        sides = [bounds[2 * i + 1] - bounds[2 * i] for i in range(3)]
        scale = RESAMPLED_SIDE / max(sides)
        dimensions = [max(2, min(RESAMPLED_SIDE, round(scale * side))) for side in sides]
        self._resample.SetInputDataObject(shown.data)
        self._resample.SetUseInputBounds(True)
        self._resample.SetSamplingDimensions(*dimensions)
        self._resample.Update()
        return self._resample.GetOutput()

    def _look(self, shown: Shown, array: ArrayInformation, image: Any) -> None:
        look = self.prop.GetProperty()
        function = objects.reference(shown.state, shown.proxy, "ScalarOpacityFunction")
        look.SetColor(shown.colours(array))
        look.SetScalarOpacity(
            opacities(shown.state, function) if function else default_opacities(range_of(array))
        )
        look.SetScalarOpacityUnitDistance(hypot(*image.GetSpacing()))  # a cell's diagonal
        look.SetInterpolationTypeToLinear()
        look.ShadeOff()


def place(prop: Any, shown: Shown) -> None:
    """Draw where and as large as the representation says."""
    prop.SetPosition(*shown.plain("Position", (0.0, 0.0, 0.0)))
    scale = shown.plain("Scale", (1.0, 1.0, 1.0))
    prop.SetScale(*(scale if prod(scale) else (1.0, 1.0, 1.0)))
    prop.SetOrientation(*shown.plain("Orientation", (0.0, 0.0, 0.0)))
