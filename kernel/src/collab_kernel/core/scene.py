"""What is drawn in a view, for whoever draws it themselves: all but the camera and the size.

Colours are red, green and blue, 0 to 1. Large arrays are contents apart (see `core.tensors`), named
by their SHA-256, so that what stays the same is fetched once.
"""

from __future__ import annotations

from dataclasses import dataclass

from collab_kernel.core.values import ProxyId

MAX_SCENE_BYTES = 96 * 1024 * 1024
"""Of all the contents that a scene names together: more is nothing that a page would draw."""

Colour = tuple[float, float, float]

Matrix = tuple[float, ...]
"""16 numbers, row by row; (): whatever it is of lies where it is drawn."""


@dataclass(frozen=True, slots=True)
class SceneContent:
    """A content that `FetchGeometry` brings."""

    sha256: bytes
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ColourTable:
    """The colours of numbers from `low` to `high`: each of `rgba` (4 bytes) of an equal part.

    nan: of what is no number.  below, above: of what lies outside; empty: the first, the last one.
    logarithmic: the scalars and both ends are logarithms, to base 10.
    """

    low: float
    high: float
    rgba: bytes
    nan: bytes
    below: bytes = b""
    above: bytes = b""
    logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class SceneLook:
    """style: "Points", "Wireframe", "Surface", "Surface With Edges" or "Outline".

    line_width, point_size: pixels.  lit: whether light matters.  smooth: where there are normals.
    """

    style: str
    colour: Colour
    edge_colour: Colour
    opacity: float
    line_width: float
    point_size: float
    lit: bool
    smooth: bool
    ambient: float
    diffuse: float
    specular: float
    specular_power: float


@dataclass(frozen=True, slots=True)
class SceneSurface:
    """Points, lines and polygons of a representation; several may be of one.

    scalars: None where all of it has one colour.  of_cells: whose the scalars are.  table: None
    where the scalars are colours themselves.  in_front: of what is as near as it.
    """

    representation: ProxyId
    geometry: SceneContent
    scalars: SceneContent | None
    of_cells: bool
    table: ColourTable | None
    look: SceneLook
    matrix: Matrix = ()
    in_front: bool = False


@dataclass(frozen=True, slots=True)
class SceneVolume:
    """A regular grid of a representation, drawn as a cloud.

    opacities: value, opacity, midpoint, sharpness; again and again.  unit_distance: along which the
    cloud is as opaque as that.  sample_distance: between two samples.
    """

    representation: ProxyId
    image: SceneContent
    table: ColourTable
    opacities: tuple[float, ...]
    unit_distance: float
    sample_distance: float
    matrix: Matrix = ()


@dataclass(frozen=True, slots=True)
class SceneBar:
    """A legend of colours.

    location: ParaView's WindowLocation; 0: `position` is its lower left corner, in parts of the
    picture.  length: a part of the picture's side.  thickness: pixels in a picture 720 high.
    """

    representation: ProxyId
    table: ColourTable
    title: str
    vertical: bool
    location: int
    position: tuple[float, float]
    length: float
    thickness: float
    labels: bool


@dataclass(frozen=True, slots=True)
class SceneLight:
    """Infinitely far away. direction: where it shines, as the camera sees it: x to the right, y
    upwards, z out of the picture.  colour: times how bright it is."""

    direction: tuple[float, float, float]
    colour: Colour


@dataclass(frozen=True, slots=True)
class SceneLack:
    """Something visible that only the renderer can draw. representation 0: the whole view.

    reason: for people.  size_bytes: about how large it is, where that is why.
    """

    representation: ProxyId
    reason: str
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """background: below, and above where it changes."""

    surfaces: tuple[SceneSurface, ...] = ()
    volumes: tuple[SceneVolume, ...] = ()
    bars: tuple[SceneBar, ...] = ()
    background: tuple[Colour, ...] = ()
    lights: tuple[SceneLight, ...] = ()
    orientation_axes: bool = False
    lacks: tuple[SceneLack, ...] = ()

    @property
    def contents(self) -> tuple[SceneContent, ...]:
        """All that it names, each once."""
        named = [c for s in self.surfaces for c in (s.geometry, s.scalars) if c is not None]
        return tuple(dict.fromkeys([*named, *(v.image for v in self.volumes)]))


@dataclass(frozen=True, slots=True)
class DescribeScene:
    """What is drawn in `view` now: the answer's `scene`. A renderer that can't tell raises
    InvalidValueError.

    max_bytes: of all the contents that it names together; 0 (and more than MAX_SCENE_BYTES): that
    many. What does not fit is told as a lack, and costs nothing.
    """

    view: ProxyId
    max_bytes: int = 0


@dataclass(frozen=True, slots=True)
class FetchGeometry:
    """A content that a scene names, as long as that is drawn. The answer's bytes are as
    `core.tensors` says. One that is not there (any more) is an UnknownBlobError."""

    sha256: bytes
