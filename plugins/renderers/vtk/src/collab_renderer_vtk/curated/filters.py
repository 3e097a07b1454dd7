"""Filters: data made from data."""

from __future__ import annotations

from collab_kernel.spi import (
    BoundsDomain,
    Kind,
)
from collab_renderer_vtk.curated.implicit_functions import BOX, CYLINDER, PLANE, SCALAR, SPHERE
from collab_renderer_vtk.curated.vocabulary import (
    ArrayChoice,
    Attribute,
    CuratedType,
    InputPort,
    ObjectChoice,
    ValueList,
    choice,
    plain,
)

_SHAPES = (PLANE, BOX, SPHERE, CYLINDER)
_SEEDS = (
    ("extended_sources", "PointSource"),
    ("extended_sources", "HighResLineSource"),
    ("sources", ""),
    ("filters", ""),
)

FILTERS = (
    CuratedType(
        "filters",
        "Clip",
        "Clip",
        "vtkFiltersGeneral.vtkTableBasedClipDataSet",
        documentation="Cuts part of the data away, through cells where needed.",
        properties=(
            InputPort(),
            ObjectChoice(
                "ClipFunction", "Clip Type", (*_SHAPES, SCALAR), PLANE, "The shape that divides."
            ),
            ArrayChoice(
                "SelectInputScalars",
                "Scalars",
                "With the clip type Scalar: the array that divides.",
                associations=("POINTS",),
                components=1,
                needed=False,
            ),
            Attribute("Value", documentation="The value of the array, or an offset to the shape."),
            Attribute(
                "Invert",
                "InsideOut",
                default=(True,),
                documentation="Keep the inside (or the negative side) rather than the outside.",
            ),
        ),
    ),
    CuratedType(
        "filters",
        "Cut",
        "Slice",
        "vtkFiltersCore.vtkCutter",
        documentation="The surface where a shape cuts the data.",
        properties=(
            InputPort(),
            ObjectChoice("CutFunction", "Slice Type", _SHAPES, PLANE, "The shape that cuts."),
            ValueList(
                "ContourValues",
                "Contours",
                "Slice Offset Values",
                "One cut for each distance from the shape.",
                default=(0.0,),
                advanced=True,
            ),
            Attribute(
                "Triangulate the slice",
                "GenerateTriangles",
                documentation="Triangles only, rather than polygons as they come.",
            ),
        ),
    ),
    CuratedType(
        "filters",
        "Contour",
        "Contour",
        "vtkFiltersCore.vtkContourFilter",
        documentation="Surfaces (or lines) where an array has a value.",
        properties=(
            InputPort(),
            ArrayChoice(
                "SelectInputScalars",
                "Contour By",
                "The array that is followed.",
                associations=("POINTS",),
                components=1,
            ),
            Attribute(
                "ComputeNormals", default=(True,), documentation="Normals, for smooth shading."
            ),
            Attribute("ComputeGradients", documentation="Gradients of the array."),
            Attribute(
                "ComputeScalars", documentation="The value itself, as an array.", advanced=True
            ),
            Attribute("GenerateTriangles", documentation="Triangles only, rather than polygons."),
            ValueList(
                "ContourValues", "Contours", "Isosurfaces", "One surface for each of these values."
            ),
        ),
    ),
    CuratedType(
        "filters",
        "Threshold",
        "Threshold",
        "vtkFiltersCore.vtkThreshold",
        documentation="The whole cells whose values lie in a range.",
        properties=(
            InputPort(),
            ArrayChoice("SelectInputScalars", "Scalars", "The array that decides."),
            Attribute(
                "ComponentMode",
                entries=((0, "Selected"), (1, "All"), (2, "Any")),
                documentation="Which components of a vector must lie in the range.",
                advanced=True,
            ),
            Attribute(
                "SelectedComponent",
                documentation="Which component decides, if one does; one more is the length.",
                advanced=True,
            ),
            Attribute(
                "LowerThreshold",
                default=(0.0,),
                label="Lower Threshold",
                documentation="The lowest value of the range.",
            ),
            Attribute(
                "UpperThreshold",
                default=(0.0,),
                label="Upper Threshold",
                documentation="The highest value of the range.",
            ),
            Attribute(
                "ThresholdMethod",
                "ThresholdFunction",
                entries=(
                    (0, "Between"),
                    (1, "Below Lower Threshold"),
                    (2, "Above Upper Threshold"),
                ),
                documentation="Which values are kept.",
            ),
            Attribute(
                "AllScalars", documentation="Every point of a cell must fit, not only one of them."
            ),
            Attribute(
                "UseContinuousCellRange",
                documentation="A cell fits when any value between its points' does.",
            ),
            Attribute("Invert", documentation="Keep what does not fit."),
        ),
    ),
    CuratedType(
        "filters",
        "ElevationFilter",
        "Elevation",
        "vtkFiltersCore.vtkElevationFilter",
        properties=(
            InputPort(),
            Attribute("LowPoint", label="Low Point", advice=(BoundsDomain("range"),)),
            Attribute("HighPoint", label="High Point", advice=(BoundsDomain("range"),)),
            Attribute("ScalarRange"),
        ),
    ),
    CuratedType(
        "filters",
        "Calculator",
        "Calculator",
        "vtkFiltersCore.vtkArrayCalculator",
        documentation="A new array from an expression over the input's arrays.",
        properties=(
            InputPort(),
            Attribute(
                "AttributeType",
                kind=Kind.INT,
                default=(0,),
                entries=((0, "Point Data"), (1, "Cell Data")),
                documentation="Whether it works on the arrays of points or of cells.",
            ),
            Attribute(
                "CoordinateResults", documentation="The result moves the points, as coordinates."
            ),
            Attribute(
                "ResultNormals", documentation="The result is the data's normals.", advanced=True
            ),
            Attribute(
                "ResultTCoords",
                documentation="The result is the data's texture coordinates.",
                advanced=True,
            ),
            Attribute(
                "ResultArrayName", default=("Result",), documentation="The new array's name."
            ),
            Attribute(
                "Function",
                kind=Kind.STRING,
                default=("",),
                documentation="The expression: arrays by name, NAME_X and so on for components, "
                "coordsX, coordsY, coordsZ, coords, iHat, jHat, kHat; an empty one adds nothing.",
            ),
            Attribute(
                "ReplaceInvalidValues",
                label="Replace Invalid Results",
                default=(True,),
                documentation="Where the expression has no value, put the replacement.",
                advanced=True,
            ),
            Attribute("ReplacementValue", documentation="What stands for no value.", advanced=True),
        ),
    ),
    CuratedType(
        "filters",
        "ShrinkFilter",
        "Shrink",
        "vtkFiltersGeneral.vtkShrinkFilter",
        documentation="Shrinks every cell towards its centre.",
        properties=(
            InputPort(),
            Attribute("ShrinkFactor", documentation="How much of a cell's size is left."),
        ),
    ),
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
            plain(
                "MaximumNumberOfSamplePoints",
                Kind.INT,
                5000,
                documentation="How many points at most, in a uniform distribution.",
            ),
            plain("Seed", Kind.INT, 10339, documentation="Chooses the points of a distribution."),
            plain("Stride", Kind.INT, 1, documentation="The N of every Nth point."),
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
            Attribute("MaximumNumberOfSteps", label="Maximum Steps", minimum=0, advanced=True),
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
    CuratedType(
        "filters",
        "DataSetSurfaceFilter",
        "Extract Surface",
        "vtkFiltersGeometry.vtkGeometryFilter",
        documentation="The outer surface of the data.",
        properties=(
            InputPort(),
            Attribute(
                "NonlinearSubdivisionLevel",
                minimum=0,
                maximum=4,
                documentation="How often curved faces are divided into flat ones.",
            ),
        ),
    ),
)
