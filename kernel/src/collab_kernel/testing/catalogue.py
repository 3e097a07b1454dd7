"""A small catalogue for tests: every kind of property once, and what showing and colouring need.

Names are ParaView's where it has the thing, so that the rest of the kernel works on it as on a
real one. `sources/Specimen` holds one property of each kind; `sources/Trouble` misbehaves;
`sources/TimeSource` depends on the time.
"""

from __future__ import annotations

from collab_kernel.spi import (
    ArrayDomain,
    BoundsDomain,
    Catalogue,
    Domain,
    EnumerationDomain,
    Input,
    Kind,
    PropertyDefinition,
    ProxyDefinition,
    ProxyTypeDomain,
    RangeDomain,
    Scope,
    TypeKey,
    Value,
)

SPECIMEN: TypeKey = ("sources", "Specimen")
SPHERE: TypeKey = ("sources", "SphereSource")
TROUBLE: TypeKey = ("sources", "Trouble")
TIMED: TypeKey = ("sources", "TimeSource")
READER: TypeKey = ("sources", "ToyReader")
SHRINK: TypeKey = ("filters", "ShrinkFilter")
APPEND: TypeKey = ("filters", "AppendPolyData")
CLIP: TypeKey = ("filters", "Clip")
SLICE: TypeKey = ("filters", "Slice")
PLANE: TypeKey = ("implicit_functions", "Plane")
TURNED: TypeKey = ("implicit_functions", "Turned")

DATA = ProxyTypeDomain((("sources", ""), ("filters", "")))
FUNCTION = ProxyTypeDomain((("implicit_functions", ""),))
AXES = EnumerationDomain(((0, "X"), (1, "Y"), (2, "Z")))
PALETTES = EnumerationDomain(((0, "Warm"), (1, "Cool")))
MISCHIEF = EnumerationDomain(
    tuple(enumerate(("None", "Crash", "Fail", "Wait", "Hang", "Toil", "Hog")))
)
SURFACES = EnumerationDomain(((0, "Surface"), (1, "Wireframe"), (2, "Points"), (3, "Outline")))
POSITIVE = RangeDomain(0.0, None)


def _property(
    name: str, kind: Kind, *default: object, count: int = 1, domains: tuple[Domain, ...] = ()
) -> PropertyDefinition:
    value = Value(kind, default)  # type: ignore[arg-type]  # of the kind, as written below
    return PropertyDefinition(name, kind, value, count, domains=domains)


def _own(name: str, kind: Kind, *default: object) -> PropertyDefinition:
    value = Value(kind, default)  # type: ignore[arg-type]
    return PropertyDefinition(name, kind, value, len(default), scope=Scope.OWN)


def _sub_proxy(name: str, type: TypeKey) -> PropertyDefinition:
    nobody = Value(Kind.PROXY)
    return PropertyDefinition(name, Kind.PROXY, nobody, domains=(FUNCTION,), sub_proxy=type)


def _input(count: int = 1) -> PropertyDefinition:
    return _property("Input", Kind.INPUT, count=count, domains=(DATA,))


_FILE_NAME = PropertyDefinition("FileName", Kind.STRING, Value(Kind.STRING, ("",)), file_name=True)

_SPECIMEN = (
    _property("Count", Kind.INT, 3, domains=(RangeDomain(0, 100),)),
    _property("Counts", Kind.INT, 1, 2, count=0),
    _property("Radius", Kind.DOUBLE, 0.5, domains=(POSITIVE,)),
    _property("Center", Kind.DOUBLE, 0.0, 0.0, 0.0, count=3, domains=(BoundsDomain(),)),
    _property("Weights", Kind.DOUBLE, count=0),
    _property("Title", Kind.STRING, "specimen"),
    _property("Words", Kind.STRING, count=0),
    _property("Array", Kind.STRING, "POINTS", "", count=2, domains=(ArrayDomain(),)),
    _property("Enabled", Kind.BOOL, True),
    _property("Switches", Kind.BOOL, False, False, count=2),
    _property("Axis", Kind.INT, 0, domains=(AXES,)),
    _property("Palette", Kind.STRING, "Warm", domains=(PALETTES,)),
    _property("Helper", Kind.PROXY, domains=(DATA,)),
    _property("Helpers", Kind.PROXY, count=0, domains=(DATA,)),
    _property("Source", Kind.INPUT, domains=(DATA,)),
    _property("Sources", Kind.INPUT, count=0, domains=(DATA,)),
    _property("Payload", Kind.BYTES, b""),
    _FILE_NAME,
    _own("Pointer", Kind.DOUBLE, 0.0, 0.0),
)

_VIEW = (
    _own("ViewSize", Kind.INT, 400, 300),
    _own("PixelRatio", Kind.DOUBLE, 1.0),
    _own("Quality", Kind.INT, 0),
    _own("CameraPosition", Kind.DOUBLE, 0.0, 0.0, 1.0),
    _own("CameraFocalPoint", Kind.DOUBLE, 0.0, 0.0, 0.0),
    _own("CameraViewUp", Kind.DOUBLE, 0.0, 1.0, 0.0),
    _own("CameraViewAngle", Kind.DOUBLE, 30.0),
    _own("CameraParallelScale", Kind.DOUBLE, 1.0),
    _own("CameraParallelProjection", Kind.BOOL, False),
    _property("Background", Kind.DOUBLE, 0.3, 0.3, 0.4, count=3, domains=(RangeDomain(0.0, 1.0),)),
    _property(
        "Representations",
        Kind.PROXY,
        count=0,
        domains=(ProxyTypeDomain((("representations", ""),)),),
    ),
)

_LOOKUP_TABLE = _property(
    "LookupTable", Kind.PROXY, domains=(ProxyTypeDomain((("lookup_tables", ""),)),)
)

_REPRESENTATION = (
    _input(),
    _property("Visibility", Kind.BOOL, True),
    _property("Representation", Kind.INT, 0, domains=(SURFACES,)),
    _property("Opacity", Kind.DOUBLE, 1.0, domains=(RangeDomain(0.0, 1.0),)),
    _property("ColorArrayName", Kind.STRING, "POINTS", "", count=2),
    _LOOKUP_TABLE,
    _property(
        "ScalarOpacityFunction",
        Kind.PROXY,
        domains=(ProxyTypeDomain((("piecewise_functions", ""),)),),
    ),
)

_SCALAR_BAR = (
    _property("Visibility", Kind.BOOL, True),
    _property("Title", Kind.STRING, ""),
    _LOOKUP_TABLE,
)


def _type(
    key: TypeKey, label: str, ports: int, *properties: PropertyDefinition, files: str = ""
) -> ProxyDefinition:
    return ProxyDefinition(
        *key,
        label=label,
        output_ports=ports,
        properties=properties,
        file_extensions=tuple(files.split()),
    )


def definitions() -> Catalogue:
    """The catalogue "toy"."""
    return Catalogue(
        "toy",
        (
            _type(SPECIMEN, "Specimen", 2, *_SPECIMEN),
            _type(
                SPHERE,
                "Sphere",
                1,
                _property("Radius", Kind.DOUBLE, 0.5, domains=(POSITIVE,)),
                _property("Center", Kind.DOUBLE, 0.0, 0.0, 0.0, count=3),
                _property("ThetaResolution", Kind.INT, 8, domains=(RangeDomain(3, 1024),)),
                _property("PhiResolution", Kind.INT, 8, domains=(RangeDomain(3, 1024),)),
            ),
            _type(
                TROUBLE,
                "Trouble",
                1,
                _property("Mischief", Kind.INT, 0, domains=(MISCHIEF,)),
            ),
            _type(TIMED, "Time Source", 1),
            _type(READER, "Toy Reader", 1, _FILE_NAME, files="toy"),
            _type(
                SHRINK,
                "Shrink",
                1,
                _input(),
                _property("ShrinkFactor", Kind.DOUBLE, 0.5, domains=(RangeDomain(0.0, 1.0),)),
            ),
            _type(APPEND, "Append", 1, _input(count=0)),
            _type(
                CLIP,
                "Clip",
                1,
                _input(),
                _sub_proxy("ClipFunction", PLANE),
                _property("Invert", Kind.BOOL, True),
            ),
            _type(SLICE, "Slice", 1, _input(), _sub_proxy("CutFunction", TURNED)),
            _type(
                PLANE,
                "Plane",
                0,
                _property("Origin", Kind.DOUBLE, 0.0, 0.0, 0.0, count=3),
                _property("Normal", Kind.DOUBLE, 1.0, 0.0, 0.0, count=3),
            ),
            _type(
                TURNED,
                "Turned",
                0,
                _property("Angle", Kind.DOUBLE, 0.0),
                _sub_proxy("Function", PLANE),
            ),
            _type(("views", "RenderView"), "Render View", 0, *_VIEW),
            _type(("representations", "GeometryRepresentation"), "Geometry", 0, *_REPRESENTATION),
            _type(
                ("representations", "ScalarBarWidgetRepresentation"), "Scalar Bar", 0, *_SCALAR_BAR
            ),
            _type(
                ("lookup_tables", "PVLookupTable"),
                "Lookup Table",
                0,
                _property(
                    "RGBPoints", Kind.DOUBLE, 0.0, 0.2, 0.3, 0.7, 1.0, 0.7, 0.0, 0.1, count=0
                ),
            ),
            _type(
                ("piecewise_functions", "PiecewiseFunction"),
                "Opacity Function",
                0,
                _property("Points", Kind.DOUBLE, 0.0, 0.0, 0.5, 0.0, 1.0, 1.0, 0.5, 0.0, count=0),
            ),
        ),
    )


def port(proxy: int, number: int = 0) -> Value:
    """An output port as the value of an input."""
    return Value(Kind.INPUT, (Input(proxy, number),))
