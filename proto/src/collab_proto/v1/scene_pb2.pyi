from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Scene(_message.Message):
    __slots__ = ("surfaces", "volumes", "bars", "background", "lights", "orientation_axes", "lacks")
    SURFACES_FIELD_NUMBER: _ClassVar[int]
    VOLUMES_FIELD_NUMBER: _ClassVar[int]
    BARS_FIELD_NUMBER: _ClassVar[int]
    BACKGROUND_FIELD_NUMBER: _ClassVar[int]
    LIGHTS_FIELD_NUMBER: _ClassVar[int]
    ORIENTATION_AXES_FIELD_NUMBER: _ClassVar[int]
    LACKS_FIELD_NUMBER: _ClassVar[int]
    surfaces: _containers.RepeatedCompositeFieldContainer[SceneSurface]
    volumes: _containers.RepeatedCompositeFieldContainer[SceneVolume]
    bars: _containers.RepeatedCompositeFieldContainer[ScalarBar]
    background: _containers.RepeatedScalarFieldContainer[float]
    lights: _containers.RepeatedCompositeFieldContainer[SceneLight]
    orientation_axes: bool
    lacks: _containers.RepeatedCompositeFieldContainer[SceneLack]
    def __init__(self, surfaces: _Optional[_Iterable[_Union[SceneSurface, _Mapping]]] = ..., volumes: _Optional[_Iterable[_Union[SceneVolume, _Mapping]]] = ..., bars: _Optional[_Iterable[_Union[ScalarBar, _Mapping]]] = ..., background: _Optional[_Iterable[float]] = ..., lights: _Optional[_Iterable[_Union[SceneLight, _Mapping]]] = ..., orientation_axes: bool = ..., lacks: _Optional[_Iterable[_Union[SceneLack, _Mapping]]] = ...) -> None: ...

class SceneLack(_message.Message):
    __slots__ = ("representation", "reason", "size_bytes")
    REPRESENTATION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    representation: int
    reason: str
    size_bytes: int
    def __init__(self, representation: _Optional[int] = ..., reason: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class SceneContent(_message.Message):
    __slots__ = ("sha256", "size_bytes")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    size_bytes: int
    def __init__(self, sha256: _Optional[bytes] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class SceneSurface(_message.Message):
    __slots__ = ("representation", "geometry", "scalars", "of_cells", "table", "look", "matrix", "in_front")
    REPRESENTATION_FIELD_NUMBER: _ClassVar[int]
    GEOMETRY_FIELD_NUMBER: _ClassVar[int]
    SCALARS_FIELD_NUMBER: _ClassVar[int]
    OF_CELLS_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    LOOK_FIELD_NUMBER: _ClassVar[int]
    MATRIX_FIELD_NUMBER: _ClassVar[int]
    IN_FRONT_FIELD_NUMBER: _ClassVar[int]
    representation: int
    geometry: SceneContent
    scalars: SceneContent
    of_cells: bool
    table: ColourTable
    look: SceneLook
    matrix: _containers.RepeatedScalarFieldContainer[float]
    in_front: bool
    def __init__(self, representation: _Optional[int] = ..., geometry: _Optional[_Union[SceneContent, _Mapping]] = ..., scalars: _Optional[_Union[SceneContent, _Mapping]] = ..., of_cells: bool = ..., table: _Optional[_Union[ColourTable, _Mapping]] = ..., look: _Optional[_Union[SceneLook, _Mapping]] = ..., matrix: _Optional[_Iterable[float]] = ..., in_front: bool = ...) -> None: ...

class SceneLook(_message.Message):
    __slots__ = ("style", "colour", "edge_colour", "opacity", "line_width", "point_size", "lit", "smooth", "ambient", "diffuse", "specular", "specular_power")
    STYLE_FIELD_NUMBER: _ClassVar[int]
    COLOUR_FIELD_NUMBER: _ClassVar[int]
    EDGE_COLOUR_FIELD_NUMBER: _ClassVar[int]
    OPACITY_FIELD_NUMBER: _ClassVar[int]
    LINE_WIDTH_FIELD_NUMBER: _ClassVar[int]
    POINT_SIZE_FIELD_NUMBER: _ClassVar[int]
    LIT_FIELD_NUMBER: _ClassVar[int]
    SMOOTH_FIELD_NUMBER: _ClassVar[int]
    AMBIENT_FIELD_NUMBER: _ClassVar[int]
    DIFFUSE_FIELD_NUMBER: _ClassVar[int]
    SPECULAR_FIELD_NUMBER: _ClassVar[int]
    SPECULAR_POWER_FIELD_NUMBER: _ClassVar[int]
    style: str
    colour: _containers.RepeatedScalarFieldContainer[float]
    edge_colour: _containers.RepeatedScalarFieldContainer[float]
    opacity: float
    line_width: float
    point_size: float
    lit: bool
    smooth: bool
    ambient: float
    diffuse: float
    specular: float
    specular_power: float
    def __init__(self, style: _Optional[str] = ..., colour: _Optional[_Iterable[float]] = ..., edge_colour: _Optional[_Iterable[float]] = ..., opacity: _Optional[float] = ..., line_width: _Optional[float] = ..., point_size: _Optional[float] = ..., lit: bool = ..., smooth: bool = ..., ambient: _Optional[float] = ..., diffuse: _Optional[float] = ..., specular: _Optional[float] = ..., specular_power: _Optional[float] = ...) -> None: ...

class SceneVolume(_message.Message):
    __slots__ = ("representation", "image", "table", "opacities", "unit_distance", "sample_distance", "matrix")
    REPRESENTATION_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    OPACITIES_FIELD_NUMBER: _ClassVar[int]
    UNIT_DISTANCE_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_DISTANCE_FIELD_NUMBER: _ClassVar[int]
    MATRIX_FIELD_NUMBER: _ClassVar[int]
    representation: int
    image: SceneContent
    table: ColourTable
    opacities: _containers.RepeatedScalarFieldContainer[float]
    unit_distance: float
    sample_distance: float
    matrix: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, representation: _Optional[int] = ..., image: _Optional[_Union[SceneContent, _Mapping]] = ..., table: _Optional[_Union[ColourTable, _Mapping]] = ..., opacities: _Optional[_Iterable[float]] = ..., unit_distance: _Optional[float] = ..., sample_distance: _Optional[float] = ..., matrix: _Optional[_Iterable[float]] = ...) -> None: ...

class ColourTable(_message.Message):
    __slots__ = ("low", "high", "rgba", "nan", "below", "above", "logarithmic")
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    RGBA_FIELD_NUMBER: _ClassVar[int]
    NAN_FIELD_NUMBER: _ClassVar[int]
    BELOW_FIELD_NUMBER: _ClassVar[int]
    ABOVE_FIELD_NUMBER: _ClassVar[int]
    LOGARITHMIC_FIELD_NUMBER: _ClassVar[int]
    low: float
    high: float
    rgba: bytes
    nan: bytes
    below: bytes
    above: bytes
    logarithmic: bool
    def __init__(self, low: _Optional[float] = ..., high: _Optional[float] = ..., rgba: _Optional[bytes] = ..., nan: _Optional[bytes] = ..., below: _Optional[bytes] = ..., above: _Optional[bytes] = ..., logarithmic: bool = ...) -> None: ...

class ScalarBar(_message.Message):
    __slots__ = ("representation", "table", "title", "vertical", "location", "position", "length", "thickness", "labels")
    REPRESENTATION_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    VERTICAL_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    THICKNESS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    representation: int
    table: ColourTable
    title: str
    vertical: bool
    location: int
    position: _containers.RepeatedScalarFieldContainer[float]
    length: float
    thickness: float
    labels: bool
    def __init__(self, representation: _Optional[int] = ..., table: _Optional[_Union[ColourTable, _Mapping]] = ..., title: _Optional[str] = ..., vertical: bool = ..., location: _Optional[int] = ..., position: _Optional[_Iterable[float]] = ..., length: _Optional[float] = ..., thickness: _Optional[float] = ..., labels: bool = ...) -> None: ...

class SceneLight(_message.Message):
    __slots__ = ("direction", "colour")
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    COLOUR_FIELD_NUMBER: _ClassVar[int]
    direction: _containers.RepeatedScalarFieldContainer[float]
    colour: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, direction: _Optional[_Iterable[float]] = ..., colour: _Optional[_Iterable[float]] = ...) -> None: ...
