"""Sources: data from nothing but numbers."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from collab_kernel.spi import BoundsDomain, Kind
from collab_renderer_vtk.curated.vocabulary import (
    SPHERE_WIDGET,
    Attribute,
    CuratedType,
    Elements,
    line_widget,
)

FINE = 2**16
"""The finest division of a side: two of them make more than any memory holds, and VTK counts
what they make in numbers that end soon after."""

MANY = 10**9
"""Points along a line, or in a cloud."""

WIDE = 2**20
"""How far a grid goes from its origin, in steps."""


def _facets(bytes_each: int, *sides: str) -> Callable[[Elements], int]:
    """The size of something that is divided along `sides`."""
    return lambda values: bytes_each * int(prod(values[side][0] for side in sides))


def _grid_bytes(values: Elements) -> int:
    x0, x1, y0, y1, z0, z1 = values["WholeExtent"]
    return 4 * int(prod(max(0, high - low + 1) for low, high in ((x0, x1), (y0, y1), (z0, z1))))


SOURCES = (
    CuratedType(
        "sources",
        "SphereSource",
        "Sphere",
        "vtkFiltersSources.vtkSphereSource",
        properties=(
            Attribute("Center"),
            Attribute("Radius"),
            Attribute("ThetaResolution", maximum=FINE),
            Attribute("StartTheta", advanced=True),
            Attribute("EndTheta", advanced=True),
            Attribute("PhiResolution", maximum=FINE),
            Attribute("StartPhi", advanced=True),
            Attribute("EndPhi", advanced=True),
        ),
        bytes=_facets(88, "ThetaResolution", "PhiResolution"),
        widgets=SPHERE_WIDGET,
    ),
    CuratedType(
        "sources",
        "ConeSource",
        "Cone",
        "vtkFiltersSources.vtkConeSource",
        properties=(
            Attribute("Resolution"),
            Attribute("Radius"),
            Attribute("Height"),
            Attribute("Center"),
            Attribute("Direction"),
            Attribute("Capping"),
        ),
    ),
    CuratedType(
        "sources",
        "CylinderSource",
        "Cylinder",
        "vtkFiltersSources.vtkCylinderSource",
        properties=(
            Attribute("Resolution"),
            Attribute("Height"),
            Attribute("Radius"),
            Attribute("Center"),
            Attribute("Capping"),
        ),
    ),
    CuratedType(
        "sources",
        "CubeSource",
        "Box",
        "vtkFiltersSources.vtkCubeSource",
        properties=(
            Attribute("XLength"),
            Attribute("YLength"),
            Attribute("ZLength"),
            Attribute("Center"),
        ),
    ),
    CuratedType(
        "sources",
        "PlaneSource",
        "Plane",
        "vtkFiltersSources.vtkPlaneSource",
        properties=(
            Attribute("Origin"),
            Attribute("Point1"),
            Attribute("Point2"),
            Attribute("XResolution", minimum=1, maximum=FINE),
            Attribute("YResolution", minimum=1, maximum=FINE),
        ),
        bytes=_facets(72, "XResolution", "YResolution"),
    ),
    CuratedType(
        "sources",
        "LineSource",
        "Line",
        "vtkFiltersSources.vtkLineSource",
        properties=(
            Attribute("Point1"),
            Attribute("Point2"),
            Attribute("Resolution", default=(6,), maximum=MANY),
        ),
        bytes=_facets(28, "Resolution"),
        widgets=line_widget(),
    ),
    CuratedType(
        "sources",
        "ArrowSource",
        "Arrow",
        "vtkFiltersSources.vtkArrowSource",
        properties=(
            Attribute("TipResolution", advanced=True),
            Attribute("TipRadius", documentation="The radius of the tip."),
            Attribute("TipLength", documentation="The length of the tip."),
            Attribute("ShaftResolution", advanced=True),
            Attribute("ShaftRadius", documentation="The radius of the shaft."),
            Attribute("Invert", documentation="The tip at the origin, rather than the shaft."),
        ),
    ),
    CuratedType(
        "sources",
        "RTAnalyticSource",
        "Wavelet",
        "vtkImagingCore.vtkRTAnalyticSource",
        documentation="A regular grid of waves under a Gaussian hill: a volume to try things on.",
        properties=(
            Attribute("WholeExtent", label="Whole Extent", minimum=-WIDE, maximum=WIDE),
            Attribute("Center"),
            Attribute("Maximum", advanced=True),
            Attribute("XFreq", advanced=True),
            Attribute("YFreq", advanced=True),
            Attribute("ZFreq", advanced=True),
            Attribute("XMag", advanced=True),
            Attribute("YMag", advanced=True),
            Attribute("ZMag", advanced=True),
            Attribute("StandardDeviation", advanced=True),
            Attribute("SubsampleRate", minimum=1, advanced=True),
        ),
        bytes=_grid_bytes,
    ),
    CuratedType(
        "sources",
        "TimeSource",
        "Time Source",
        "vtkFiltersGeneral.vtkTimeSourceExample",
        documentation="A few cells that move, grow and change: something to play with time on.",
        properties=(
            Attribute("Analytic", kind=Kind.BOOL, documentation="At all times, not in ten steps."),
            Attribute("XAmplitude", label="X Amplitude", documentation="How far it goes in x."),
            Attribute("YAmplitude", label="Y Amplitude", documentation="How far it goes in y."),
            Attribute("Growing", kind=Kind.BOOL, documentation="More cells, and then fewer."),
        ),
    ),
    CuratedType(
        "extended_sources",
        "PointSource",
        "Point Cloud",
        "vtkFiltersSources.vtkPointSource",
        documentation="Points spread at random, the same ones each time, in a ball.",
        properties=(
            Attribute("Center", advice=(BoundsDomain("center"),)),
            Attribute("NumberOfPoints", default=(100,), maximum=MANY),
            Attribute("Radius", default=(1.0,), advice=(BoundsDomain("extent"),)),
        ),
        bytes=_facets(28, "NumberOfPoints"),
        widgets=SPHERE_WIDGET,
    ),
    CuratedType(
        "extended_sources",
        "HighResLineSource",
        "Line",
        "vtkFiltersSources.vtkLineSource",
        documentation="Points at equal distances along a line.",
        properties=(
            Attribute("Point1", advice=(BoundsDomain("range"),)),
            Attribute("Point2", advice=(BoundsDomain("range"),)),
            Attribute("Resolution", default=(1000,), maximum=MANY),
        ),
        bytes=_facets(28, "Resolution"),
        widgets=line_widget(),
    ),
)
