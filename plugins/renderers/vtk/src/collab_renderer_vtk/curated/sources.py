"""Sources: data from nothing but numbers."""

from __future__ import annotations

from collab_kernel.spi import BoundsDomain
from collab_renderer_vtk.curated.vocabulary import Attribute, CuratedType

SOURCES = (
    CuratedType(
        "sources",
        "SphereSource",
        "Sphere",
        "vtkFiltersSources.vtkSphereSource",
        properties=(
            Attribute("Center"),
            Attribute("Radius"),
            Attribute("ThetaResolution"),
            Attribute("StartTheta", advanced=True),
            Attribute("EndTheta", advanced=True),
            Attribute("PhiResolution"),
            Attribute("StartPhi", advanced=True),
            Attribute("EndPhi", advanced=True),
        ),
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
            Attribute("XResolution", minimum=1),
            Attribute("YResolution", minimum=1),
        ),
    ),
    CuratedType(
        "sources",
        "LineSource",
        "Line",
        "vtkFiltersSources.vtkLineSource",
        properties=(
            Attribute("Point1"),
            Attribute("Point2"),
            Attribute("Resolution", default=(6,)),
        ),
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
            Attribute("WholeExtent", label="Whole Extent"),
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
    ),
    CuratedType(
        "extended_sources",
        "PointSource",
        "Point Cloud",
        "vtkFiltersSources.vtkPointSource",
        documentation="Points spread at random, the same ones each time, in a ball.",
        properties=(
            Attribute("Center", advice=(BoundsDomain("center"),)),
            Attribute("NumberOfPoints", default=(100,)),
            Attribute("Radius", default=(1.0,), advice=(BoundsDomain("extent"),)),
        ),
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
            Attribute("Resolution", default=(1000,)),
        ),
    ),
)
