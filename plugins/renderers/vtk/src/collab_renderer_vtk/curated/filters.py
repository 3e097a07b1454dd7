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
    line_widget,
)

_SHAPES = (PLANE, BOX, SPHERE, CYLINDER)

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
        widgets=line_widget("LowPoint", "HighPoint"),
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
