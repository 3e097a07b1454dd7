"""A window off screen: background, lights, camera and axes, for whatever is put in it."""

from __future__ import annotations

from typing import Any

import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  the classes that draw register themselves
from vtkmodules.vtkRenderingAnnotation import vtkAxesActor
from vtkmodules.vtkRenderingCore import (
    vtkHardwareSelector,
    vtkLightKit,
    vtkRenderer,
    vtkRenderWindow,
)

from collab_kernel.spi import Camera
from collab_renderer_vtk.scalar_bar import DPI, REFERENCE_HEIGHT_PX, Colour

CELLS = 1
"""vtkDataObject::FIELD_ASSOCIATION_CELLS."""

PEELS = 4
"""Layers of translucent surfaces that are told apart, as in ParaView."""

AXES_PX = 130
"""Side of the corner with the axes, in a picture of the reference height."""

_AXIS_COLOURS = {"X": (0.95, 0.2, 0.2), "Y": (0.2, 0.85, 0.2), "Z": (0.35, 0.55, 1.0)}
"""Each can be seen on the usual background, on black and on white."""

_EMULATED = ("llvmpipe", "softpipe", "swrast")
"""Graphics cards that are programs."""


class Window:
    """Three layers, kept and resized from picture to picture.

    scene: what is looked at.  overlay: texts in pixels, which smoothing would only blur.
    """

    def __init__(self) -> None:
        self._window = vtkRenderWindow()
        self._window.SetOffScreenRendering(True)
        self._window.SetMultiSamples(0)  # FXAA looks as good here for a third of the time
        self._window.SetNumberOfLayers(2)
        self._window.SetDPI(DPI)
        self.scene: Any = vtkRenderer()
        self.scene.SetMaximumNumberOfPeels(PEELS)
        self.scene.SetOcclusionRatio(0.0)
        self.overlay: Any = _upper_layer()
        self._corner: Any = _upper_layer()
        self._axes = _axes()
        self._corner.AddViewProp(self._axes)
        for renderer in (self.scene, self.overlay, self._corner):
            self._window.AddRenderer(renderer)
        self._kit: Any = None

    def close(self) -> None:
        """Give the window's memory back."""
        self._window.Finalize()

    @property
    def emulated(self) -> bool:
        """Whether the graphics card is only a program."""
        if self._window.GetNeverRendered():
            self._window.Render()  # before that nothing is known of the card
        capabilities = self._window.ReportCapabilities()
        return any(name in capabilities for name in _EMULATED)

    def set_background(self, lower: Colour, upper: Colour | None) -> None:
        """One colour, or a gradient up to a second one."""
        self.scene.SetGradientBackground(upper is not None)
        self.scene.SetBackground(*lower)
        self.scene.SetBackground2(*(upper or lower))

    @property
    def ink(self) -> Colour:
        """Black or white, whichever can be read on the background."""
        return (0.0, 0.0, 0.0) if _lightness(self.paper) > 0.5 else (1.0, 1.0, 1.0)

    @property
    def paper(self) -> Colour:
        """The background's colour, of a gradient the one half-way."""
        lower, upper = self.scene.GetBackground(), self.scene.GetBackground2()
        red, green, blue = ((one + other) / 2 for one, other in zip(lower, upper, strict=True))
        return (red, green, blue)

    def set_lights(self, several: bool) -> None:
        """Lights from several sides, as in ParaView, or one at the eye."""
        if self.scene.GetLights().GetNumberOfItems() and several == (self._kit is not None):
            return
        self.scene.RemoveAllLights()
        self._kit = vtkLightKit() if several else None
        if self._kit is not None:
            self._kit.AddLightsToRenderer(self.scene)
        else:
            self.scene.CreateLight()

    def draw(
        self, camera: Camera, size_px: tuple[int, int], *, axes: bool, smooth: bool, peel: bool
    ) -> Any:
        """Draw everything; returns the VTK window, for its pixels to be read.

        peel: there are translucent surfaces; telling them apart costs a drawing per layer.
        """
        self.look(camera, size_px)
        self.scene.SetUseDepthPeeling(peel)
        self.scene.SetUseFXAA(smooth)
        self._turn_axes(camera, size_px, axes)
        self._window.Render()
        return self._window

    def select(self, area: tuple[int, int, int, int]) -> Any:
        """The cells that are seen in an area in pixels, as a vtkSelection: the prop and the
        number in what it draws. `look` comes first."""
        self.scene.SetUseDepthPeeling(False)  # pixels are numbers here: nothing may mix them
        self.scene.SetUseFXAA(False)
        selector = vtkHardwareSelector()
        selector.SetRenderer(self.scene)
        selector.SetArea(*area)
        selector.SetFieldAssociation(CELLS)
        return selector.Select()

    def look(self, camera: Camera, size_px: tuple[int, int]) -> None:
        """Take a size and a camera."""
        self._window.SetSize(*size_px)
        seen = self.scene.GetActiveCamera()
        seen.SetPosition(*camera.position)
        seen.SetFocalPoint(*camera.focal_point)
        seen.SetViewUp(*camera.view_up)
        seen.SetViewAngle(camera.view_angle)
        seen.SetParallelScale(camera.parallel_scale)
        seen.SetParallelProjection(camera.parallel_projection)
        self.scene.ResetCameraClippingRange()

    def _turn_axes(self, camera: Camera, size_px: tuple[int, int], wanted: bool) -> None:
        width, height = size_px
        side = min(AXES_PX * max(0.6, height / REFERENCE_HEIGHT_PX), width / 3, height / 3)
        self._corner.SetDraw(wanted and side >= 24)
        self._corner.SetViewport(0, 0, side / width, side / height)
        direction = [p - f for p, f in zip(camera.position, camera.focal_point, strict=True)]
        seen = self._corner.GetActiveCamera()
        seen.SetFocalPoint(0, 0, 0)
        seen.SetPosition(*direction if any(direction) else (0.0, 0.0, 1.0))
        seen.SetViewUp(*camera.view_up)
        self._corner.ResetCamera(*(-0.68, 0.68) * 3)
        for caption in _captions(self._axes):
            caption.GetCaptionTextProperty().SetColor(*self.ink)


def _lightness(colour: Colour) -> float:
    red, green, blue = colour
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _upper_layer() -> Any:
    renderer = vtkRenderer()
    renderer.SetLayer(1)
    renderer.InteractiveOff()
    return renderer


def _axes() -> Any:
    axes = vtkAxesActor()
    axes.SetTotalLength(0.8, 0.8, 0.8)
    axes.SetShaftTypeToCylinder()
    axes.SetCylinderRadius(0.035)
    axes.SetConeRadius(0.32)
    axes.SetNormalizedLabelPosition(1.25, 1.25, 1.25)
    axes.SetNormalizedTipLength(0.3, 0.3, 0.3)
    axes.SetNormalizedShaftLength(0.7, 0.7, 0.7)
    for axis, colour in _AXIS_COLOURS.items():
        for part in ("Shaft", "Tip"):
            getattr(axes, f"Get{axis}Axis{part}Property")().SetColor(*colour)
    for caption in _captions(axes):
        text = caption.GetCaptionTextProperty()
        caption.SetHeight(0.13)
        text.SetFontFamilyToArial()
        text.BoldOff()
        text.ItalicOff()
        text.ShadowOff()
    return axes


def _captions(axes: Any) -> tuple[Any, ...]:
    return tuple(getattr(axes, f"Get{axis}AxisCaptionActor2D")() for axis in "XYZ")
