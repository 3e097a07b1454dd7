"""Filters that show vectors: glyphs, streamlines, and points that are moved."""

from __future__ import annotations

from collab_kernel.spi import BoundsDomain
from collab_renderer_vtk.curated.vocabulary import (
    ArrayChoice,
    Attribute,
    CuratedType,
    InputPort,
    choice,
    integer,
)

_SEEDS = (
    ("extended_sources", "PointSource"),
    ("extended_sources", "HighResLineSource"),
    ("sources", ""),
    ("filters", ""),
)

VECTOR_FILTERS = (
    CuratedType(
        "filters",
        "Glyph",
        "Glyph",
        "vtkFiltersCore.vtkGlyph3D",
        documentation="A small shape at points of the input, turned and scaled by arrays.",
        properties=(
            InputPort(),
            InputPort(
                "Source",
                1,
                "Glyph Type",
                (("sources", ""), ("filters", "")),
                ("sources", "ArrowSource"),
                "The shape.",
            ),
            ArrayChoice(
                "OrientationArray",
                "Orientation Array",
                "The vectors that turn the shape; empty: the first there are; "
                "'No orientation array': none.",
                index=1,
                components=3,
                associations=("POINTS",),
                needed=False,
            ),
            ArrayChoice(
                "ScaleArray",
                "Scale Array",
                "What scales the shape; empty or 'No scale array': nothing.",
                associations=("POINTS",),
                needed=False,
            ),
            Attribute(
                "ScaleFactor",
                documentation="Multiplies every size.",
                advice=(BoundsDomain("extent"),),
            ),
            choice(
                "GlyphMode",
                2,
                (
                    (0, "All Points"),
                    (1, "Every Nth Point"),
                    (2, "Uniform Spatial Distribution (Bounds Based)"),
                ),
                "Which points get a shape.",
            ),
            integer(
                "MaximumNumberOfSamplePoints",
                5000,
                1,
                documentation="How many points at most, in a uniform distribution.",
            ),
            integer("Seed", 10339, documentation="Chooses the points of a distribution."),
            integer("Stride", 1, 1, documentation="The N of every Nth point."),
        ),
    ),
    CuratedType(
        "filters",
        "StreamTracer",
        "Stream Tracer",
        "vtkFiltersFlowPaths.vtkStreamTracer",
        documentation="Lines that follow a vector field from seed points.",
        properties=(
            InputPort(),
            ArrayChoice(
                "SelectInputVectors",
                "Vectors",
                "The vector field.",
                components=3,
            ),
            InputPort("Source", 1, "Seed Type", _SEEDS, _SEEDS[0], "Where the lines start."),
            Attribute(
                "IntegrationDirection",
                default=(2,),
                entries=((0, "FORWARD"), (1, "BACKWARD"), (2, "BOTH")),
                documentation="Along the vectors, against them, or both ways.",
            ),
            Attribute(
                "IntegratorType",
                default=(2,),
                entries=((0, "Runge-Kutta 2"), (1, "Runge-Kutta 4"), (2, "Runge-Kutta 4-5")),
                documentation="How the next point is found; 4-5 adapts its steps.",
            ),
            Attribute(
                "IntegrationStepUnit",
                label="Integration Step Unit",
                entries=((1, "Length"), (2, "Cell Length")),
                documentation="What the lengths of steps are measured in.",
                advanced=True,
            ),
            Attribute(
                "InitialIntegrationStep",
                label="Initial Step Length",
                default=(0.2,),
                documentation="The first step, and every step of a method that doesn't adapt.",
                advanced=True,
            ),
            Attribute(
                "MinimumIntegrationStep",
                label="Minimum Step Length",
                documentation="The shortest step of a method that adapts.",
                advanced=True,
            ),
            Attribute(
                "MaximumIntegrationStep",
                label="Maximum Step Length",
                default=(0.5,),
                documentation="The longest step of a method that adapts.",
                advanced=True,
            ),
            Attribute(
                "MaximumNumberOfSteps",
                label="Maximum Steps",
                minimum=0,
                maximum=10**7,  # VTK makes room for as many, for every line
                advanced=True,
            ),
            Attribute(
                "MaximumPropagation",
                label="Maximum Streamline Length",
                documentation="Where a line ends at the latest.",
                advice=(BoundsDomain("extent"),),
            ),
            Attribute(
                "TerminalSpeed",
                label="Terminal Speed",
                documentation="A line ends where the vectors are shorter than this.",
                advanced=True,
            ),
            Attribute(
                "MaximumError",
                documentation="The error of a step that a method that adapts allows.",
                advanced=True,
            ),
            Attribute(
                "ComputeVorticity",
                documentation="How fast the field turns, as arrays on the lines.",
                advanced=True,
            ),
        ),
    ),
    CuratedType(
        "filters",
        "WarpVector",
        "Warp By Vector",
        "vtkFiltersGeneral.vtkWarpVector",
        documentation="Moves every point along a vector.",
        properties=(
            InputPort(),
            ArrayChoice(
                "SelectInputVectors",
                "Vectors",
                "How far each point moves.",
                components=3,
                associations=("POINTS",),
            ),
            Attribute("ScaleFactor", documentation="Multiplies every vector."),
        ),
    ),
)
