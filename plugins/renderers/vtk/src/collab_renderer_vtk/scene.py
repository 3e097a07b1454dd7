"""What a view draws, described: for whoever draws it themselves and wants it to look the same.

Everything is read from the VTK objects that draw the renderer's own pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import partial
from math import log10
from typing import Any

from vtkmodules.vtkCommonDataModel import vtkImageData

from collab_kernel.spi import (
    MAX_SCENE_BYTES,
    ColourTable,
    ProxyId,
    Scene,
    SceneBar,
    SceneContent,
    SceneLack,
    SceneLight,
    SceneLook,
    SceneSurface,
    SceneVolume,
    State,
)
from collab_renderer_vtk import geometry, objects
from collab_renderer_vtk.contents import Contents
from collab_renderer_vtk.geometry import MAGNITUDE, Colouring, Group
from collab_renderer_vtk.highlight import HighlightPart
from collab_renderer_vtk.parts import GeometryPart, Shown, VolumePart
from collab_renderer_vtk.room import in_words
from collab_renderer_vtk.stage_error import StageError
from collab_renderer_vtk.window import Window

SMOOTH_COLOURS = 1024
"""What stands for colours that run into one another."""

IDENTITY = tuple(float(i % 5 == 0) for i in range(16))


@dataclass(frozen=True, slots=True)
class Visible:
    """Something that is drawn. made_from: equal where its data is.  shown: None of a highlight."""

    representation: ProxyId
    part: GeometryPart | VolumePart | HighlightPart
    made_from: Hashable
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something that a scene will have: how large its contents are, about, and what it will be."""

    size_bytes: int
    make: Callable[[], SceneSurface | SceneVolume]


class Describing:
    """Descriptions of one view. contents: where arrays go."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents

    def scene(
        self,
        state: State,
        visible: list[Visible],
        bars: dict[ProxyId, tuple[Any, str]],
        window: Window,
        axes: bool,
        max_bytes: int,
    ) -> Scene:
        """All of it, if its contents take no more than `max_bytes`; else only that they do."""
        most = min(max_bytes or MAX_SCENE_BYTES, MAX_SCENE_BYTES)
        pieces: list[_Piece] = []
        lacks: list[SceneLack] = []
        for item in visible:
            try:
                pieces += self._pieces(item)
            except StageError as error:
                lacks.append(SceneLack(item.representation, f"{_title(state, item)}: {error}"))
        size = sum(piece.size_bytes for piece in pieces)
        if size > most:
            reason = f"about {in_words(size)} of geometry: at most {in_words(most)} are wanted"
            lacks.append(SceneLack(0, reason, size))
            pieces = []
        drawn = []
        for piece in pieces:
            try:
                drawn.append(piece.make())
            except StageError as error:
                lacks.append(SceneLack(0, str(error)))
        low, high = window.scene.GetBackground(), window.scene.GetBackground2()
        return Scene(
            tuple(d for d in drawn if isinstance(d, SceneSurface)),
            tuple(d for d in drawn if isinstance(d, SceneVolume)),
            tuple(_bar(state, id, *found) for id, found in bars.items()),
            (low, high) if window.scene.GetGradientBackground() else (low,),
            tuple(_lights(window.scene)),
            axes,
            tuple(lacks),
        )

    # -- surfaces ----------------------------------------------------------------------------

    def _pieces(self, item: Visible) -> Iterator[_Piece]:
        """Raises StageError for what can't be described."""
        if isinstance(item.part, VolumePart):
            yield self._volume(item, item.part)
            return
        mapper: Any = item.part.prop.GetMapper()
        surface = mapper.GetInputDataObject(0, 0)
        for group in geometry.alike(surface, _colouring(mapper)):
            yield _Piece(group.size_bytes, partial(self._surface, item, group))

    def _surface(self, item: Visible, group: Group) -> SceneSurface:
        prop: Any = item.part.prop
        function = prop.GetMapper().GetLookupTable()
        colouring = group.colouring
        made_from = (item.made_from, group.numbers)
        shape = self._contents.content(
            ("geometry", made_from), lambda: geometry.geometry(group.leaves)
        )
        scalars: SceneContent | None = None
        table: ColourTable | None = None
        if colouring is not None:
            scalars = self._contents.content(
                ("scalars", made_from, colouring),
                lambda: geometry.scalars(group.leaves, colouring, function),
            )
            table = None if colouring.direct else table_of(function)
        style = item.shown.plain("Representation", "Surface") if item.shown else "Wireframe"
        return SceneSurface(
            item.representation,
            shape,
            scalars,
            colouring is not None and colouring.of_cells,
            table,
            _look(prop.GetProperty(), style),
            _matrix(prop),
            in_front=item.shown is None,
        )

    # -- volumes -----------------------------------------------------------------------------

    def _volume(self, item: Visible, part: VolumePart) -> _Piece:
        mapper: Any = part.prop.GetMapper()
        look: Any = part.prop.GetProperty()
        image = mapper.GetInputDataObject(0, 0)
        if not isinstance(image, vtkImageData):
            raise StageError("its volume can be drawn by the server only")
        array = image.GetPointData().GetArray(mapper.GetArrayName())
        if array is None or mapper.GetScalarModeAsString() != "UsePointFieldData":
            raise StageError("a volume of cells' values can be drawn by the server only")
        function: Any = look.GetRGBTransferFunction()
        if function.GetUseLogScale():
            raise StageError("a volume in logarithmic colours can be drawn by the server only")
        opacity = look.GetScalarOpacity()
        nodes: list[float] = []
        for i in range(opacity.GetSize()):
            node = [0.0] * 4
            opacity.GetNodeValue(i, node)
            nodes += node

        def make() -> SceneVolume:
            made_from = ("grid", item.made_from, mapper.GetArrayName())
            return SceneVolume(
                item.representation,
                self._contents.content(made_from, lambda: geometry.grid(image, array)),
                table_of(function),
                tuple(nodes),
                look.GetScalarOpacityUnitDistance(),
                mapper.GetSampleDistance(),
                _matrix(part.prop),
            )

        return _Piece(4 * image.GetNumberOfPoints(), make)


# -- beneath -----------------------------------------------------------------------------------


def _title(state: State, item: Visible) -> str:
    inputs = objects.elements(state, item.representation, "Input")
    return state.title(inputs[0].proxy if inputs else item.representation)


def _colouring(mapper: Any) -> Colouring | None:
    """How a mapper colours; None: it doesn't."""
    if not mapper.GetScalarVisibility():
        return None
    function = mapper.GetLookupTable()
    by_length = function.GetVectorMode() == function.MAGNITUDE
    return Colouring(
        mapper.GetArrayName(),
        mapper.GetScalarModeAsString() == "UseCellFieldData",
        MAGNITUDE if by_length else function.GetVectorComponent(),
        bool(function.GetUseLogScale()),
        mapper.GetColorMode() == geometry.DIRECT,
    )


def table_of(function: Any) -> ColourTable:
    """A colour function, sampled where each colour has its middle."""
    low, high = function.GetRange()
    logarithmic = bool(function.GetUseLogScale())
    count = function.GetNumberOfValues() if function.GetDiscretize() else SMOOTH_COLOURS
    rgba = bytearray()
    for i in range(count):
        part = (i + 0.5) / count
        value = low * (high / low) ** part if logarithmic else low + part * (high - low)
        rgba += _bytes(_colour_of(function, value))
    below = _bytes(function.GetBelowRangeColor()) if function.GetUseBelowRangeColor() else b""
    above = _bytes(function.GetAboveRangeColor()) if function.GetUseAboveRangeColor() else b""
    if logarithmic:
        low, high = log10(low), log10(high)
    nan = _bytes(function.GetNanColor())
    return ColourTable(low, high, bytes(rgba), nan, below, above, logarithmic)


def _colour_of(function: Any, value: float) -> tuple[float, float, float]:
    colour = [0.0, 0.0, 0.0]
    function.GetColor(value, colour)
    return (colour[0], colour[1], colour[2])


def _bytes(colour: tuple[float, ...]) -> bytes:
    return bytes(min(255, max(0, int(255 * part + 0.5))) for part in (*colour[:3], 1.0))


def _look(look: Any, style: str) -> SceneLook:
    return SceneLook(
        style,
        look.GetColor(),
        look.GetEdgeColor(),
        look.GetOpacity(),
        look.GetLineWidth(),
        look.GetPointSize(),
        bool(look.GetLighting()),
        look.GetInterpolation() != 0,
        look.GetAmbient(),
        look.GetDiffuse(),
        look.GetSpecular(),
        look.GetSpecularPower(),
    )


def _matrix(prop: Any) -> tuple[float, ...]:
    prop.ComputeMatrix()
    matrix = prop.GetMatrix()
    numbers = tuple(matrix.GetElement(row, column) for row in range(4) for column in range(4))
    return () if numbers == IDENTITY else numbers


def _lights(renderer: Any) -> Iterator[SceneLight]:
    """Each as the camera sees it: at the eye, or fixed to it."""
    lights = renderer.GetLights()
    lights.InitTraversal()
    while (light := lights.GetNextItem()) is not None:
        if not light.GetSwitch():
            continue
        if light.LightTypeIsHeadlight():
            direction = (0.0, 0.0, -1.0)
        else:
            at, to = light.GetPosition(), light.GetFocalPoint()
            direction = (to[0] - at[0], to[1] - at[1], to[2] - at[2])
        red, green, blue = (light.GetIntensity() * part for part in light.GetDiffuseColor())
        yield SceneLight(direction, (red, green, blue))


def _bar(state: State, id: ProxyId, function: Any, title: str) -> SceneBar:
    def plain(name: str, default: Any) -> Any:
        return objects.plain(state, id, name, default)

    own, component = plain("Title", ""), plain("ComponentTitle", "")
    x, y = plain("Position", (0.89, 0.02))
    return SceneBar(
        id,
        table_of(function),
        f"{own} {component}".strip() if own else title,
        bool(plain("Orientation", 1)),
        plain("WindowLocation", 2),
        (x, y),
        plain("ScalarBarLength", 0.33),
        plain("ScalarBarThickness", 16),
        plain("DrawTickLabels", True),
    )
