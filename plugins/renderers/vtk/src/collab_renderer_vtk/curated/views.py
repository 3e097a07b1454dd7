"""Views, representations and colour maps: what makes a picture of data. All our own code."""

from __future__ import annotations

from collab_kernel.spi import (
    ArrayDomain,
    EnumerationDomain,
    Kind,
    RangeDomain,
)
from collab_renderer_vtk.curated.vocabulary import (
    WINDOW,
    CuratedType,
    InputPort,
    choice,
    colour,
    integer,
    number,
    plain,
    references,
    switch,
    vector,
)

REPRESENTATIONS = ("Surface", "Surface With Edges", "Wireframe", "Points", "Outline", "Volume")

COOL_TO_WARM = (
    *(0.0, 0.231373, 0.298039, 0.752941),
    *(0.5, 0.865003, 0.865003, 0.865003),
    *(1.0, 0.705882, 0.0156863, 0.14902),
)
"""Value, red, green, blue; again and again: the colours that data has unless told otherwise."""

DIVERGING = 3
"""The colour space in which `COOL_TO_WARM` is meant to be interpolated."""

RAMP = (0.0, 0.0, 0.5, 0.0, 1.0, 1.0, 0.5, 0.0)
"""Value, opacity, midpoint, sharpness; again and again."""

WINDOW_LOCATIONS = (
    "Any Location",
    "Lower Left Corner",
    "Lower Right Corner",
    "Lower Center",
    "Upper Left Corner",
    "Upper Right Corner",
    "Upper Center",
)

RENDER_VIEW = CuratedType(
    "views",
    "RenderView",
    "Render View",
    documentation="A picture in three dimensions.",
    output_ports=0,
    properties=(
        references("Representations", (("representations", ""),), "What is drawn, if visible.", 0),
        vector("CameraPosition", 0, 0, 6.69, own=True, documentation="Where one looks from."),
        vector("CameraFocalPoint", 0, 0, 0, own=True, documentation="Where one looks to."),
        vector("CameraViewUp", 0, 1, 0, own=True, documentation="What is upwards."),
        number(
            "CameraViewAngle",
            30.0,
            0.001,
            179.0,
            own=True,
            documentation="Degrees from the picture's lower to its upper edge.",
        ),
        number(
            "CameraParallelScale",
            1.0,
            1e-300,
            own=True,
            documentation="Half the height of what is seen in a parallel projection.",
        ),
        switch(
            "CameraParallelProjection", False, "No perspective: far is as large as near.", own=True
        ),
        choice(
            "InteractionMode",
            0,
            ((0, "3D"), (1, "2D"), (2, "Selection")),
            "In 2D everybody looks along an axis, in a parallel projection.",
        ),
        *WINDOW,
        choice(
            "BackgroundColorMode",
            0,
            ((0, "Single Color"), (1, "Gradient")),
            "One colour, or from Background 2 at the top to Background at the bottom.",
        ),
        colour("Background", 0.32, 0.34, 0.43, "The colour behind everything."),
        colour("Background2", 0.0, 0.0, 0.165, "The colour at the top of a gradient."),
        switch("OrientationAxesVisibility", True, "Small axes in the lower left corner."),
        switch("UseFXAA", True, "Smooth edges.", advanced=True),
        switch("UseLight", True, "Lights from several sides, rather than one at the eye."),
    ),
)

GEOMETRY_REPRESENTATION = CuratedType(
    "representations",
    "GeometryRepresentation",
    "Geometry Representation",
    documentation="How data looks in a view.",
    output_ports=0,
    properties=(
        InputPort(documentation="The data that is shown."),
        switch("Visibility", True, "Whether it is drawn."),
        plain(
            "Representation",
            Kind.STRING,
            "Surface",
            documentation="Volume needs data in three dimensions.",
            domains=(EnumerationDomain(tuple(enumerate(REPRESENTATIONS))),),
        ),
        plain(
            "ColorArrayName",
            Kind.STRING,
            "POINTS",
            "",
            label="Color Array Name",
            documentation="(association, name) of the array that colours; an empty name: none.",
            domains=(ArrayDomain(("POINTS", "CELLS")),),
        ),
        references(
            "LookupTable",
            (("lookup_tables", ""),),
            "The colours of values; none: from cool to warm over the array's range.",
        ),
        references(
            "ScalarOpacityFunction",
            (("piecewise_functions", ""),),
            "The opacity of values in a volume; none: a ramp over the array's range.",
        ),
        switch("MapScalars", True, "Off: the array's numbers are colours themselves."),
        number("Opacity", 1.0, 0, 1, documentation="0 is invisible, 1 hides what is behind."),
        colour("AmbientColor", 1.0, 1.0, 1.0, "The colour of lines and points."),
        colour("DiffuseColor", 1.0, 1.0, 1.0, "The colour of surfaces."),
        colour("EdgeColor", 0.0, 0.0, 0.5, "The colour of edges on surfaces."),
        number("LineWidth", 1.0, 0, documentation="Pixels."),
        number("PointSize", 2.0, 0, documentation="Pixels."),
        choice(
            "Interpolation",
            1,
            ((0, "Flat"), (1, "Gouraud")),
            "Whether shading shows each polygon or is smooth where there are normals.",
        ),
        number("Ambient", 0.0, 0, 1, advanced=True, documentation="Light from nowhere."),
        number("Diffuse", 1.0, 0, 1, advanced=True, documentation="Light scattered."),
        number("Specular", 0.0, 0, 1, documentation="Light mirrored."),
        number(
            "SpecularPower", 100.0, 0, 100, advanced=True, documentation="How sharp highlights are."
        ),
        vector(
            "Position",
            0,
            0,
            0,
            label="Translation",
            advanced=True,
            documentation="Drawn as if moved by this.",
        ),
        vector("Scale", 1, 1, 1, advanced=True, documentation="Drawn larger along each axis."),
        vector("Orientation", 0, 0, 0, advanced=True, documentation="Degrees about x, y and z."),
    ),
)

SCALAR_BAR = CuratedType(
    "representations",
    "ScalarBarWidgetRepresentation",
    "Scalar Bar",
    documentation="A legend of colours.",
    output_ports=0,
    properties=(
        references("LookupTable", (("lookup_tables", ""),), "The colours that are explained."),
        switch("Visibility", True, "Whether it is drawn."),
        plain(
            "Title",
            Kind.STRING,
            "",
            documentation="Empty: the array that the colours are shown for.",
        ),
        plain(
            "ComponentTitle",
            Kind.STRING,
            "",
            label="Component Title",
            documentation="What follows the title; empty: Magnitude, X, Y or Z of a vector.",
        ),
        choice("Orientation", 1, ((0, "Horizontal"), (1, "Vertical")), "How the bar lies."),
        choice(
            "WindowLocation",
            2,
            tuple(enumerate(WINDOW_LOCATIONS)),
            "Where the bar is; Any Location: at Position.",
        ),
        plain(
            "Position",
            Kind.DOUBLE,
            0.89,
            0.02,
            documentation="The lower left corner, in parts of the picture.",
            domains=(RangeDomain(0, 1),),
        ),
        number(
            "ScalarBarLength",
            0.33,
            0.05,
            1,
            label="Color Bar Length",
            documentation="Part of the picture's side.",
        ),
        integer(
            "ScalarBarThickness",
            16,
            1,
            256,
            label="Color Bar Thickness",
            documentation="Pixels in a picture that is 720 high; in others in proportion.",
        ),
        switch("DrawTickLabels", True, "Numbers at the bar.", advanced=True),
    ),
)

LOOKUP_TABLE = CuratedType(
    "lookup_tables",
    "PVLookupTable",
    "Color Map",
    documentation="Which colour a value has.",
    output_ports=0,
    properties=(
        plain(
            "RGBPoints",
            Kind.DOUBLE,
            *COOL_TO_WARM,
            elements=0,
            documentation="Value, red, green, blue; again and again.",
        ),
        choice(
            "ColorSpace",
            DIVERGING,
            (
                (0, "RGB"),
                (1, "HSV"),
                (2, "Lab"),
                (3, "Diverging"),
                (4, "Lab/CIEDE2000"),
                (5, "Step"),
            ),
            "How colours between the points are found.",
        ),
        switch("UseLogScale", False, "Logarithmic: needs values above zero."),
        switch("Discretize", True, "A limited number of colours."),
        integer(
            "NumberOfTableValues",
            256,
            1,
            1024,
            documentation="How many colours when discretized.",
        ),
        colour("NanColor", 0.0, 1.0, 0.0, "The colour where there is no number."),
        switch("UseBelowRangeColor", False, "A colour of its own below the range.", advanced=True),
        colour("BelowRangeColor", 0.0, 0.0, 0.0, "The colour below the range."),
        switch("UseAboveRangeColor", False, "A colour of its own above the range.", advanced=True),
        colour("AboveRangeColor", 0.5, 0.5, 0.5, "The colour above the range."),
        choice(
            "VectorMode",
            0,
            ((0, "Magnitude"), (1, "Component")),
            "What of an array with several components is coloured.",
        ),
        integer("VectorComponent", 0, 0, documentation="Which component, counted from 0."),
    ),
)

PIECEWISE_FUNCTION = CuratedType(
    "piecewise_functions",
    "PiecewiseFunction",
    "Opacity Map",
    documentation="Which opacity a value has.",
    output_ports=0,
    properties=(
        plain(
            "Points",
            Kind.DOUBLE,
            *RAMP,
            elements=0,
            documentation="Value, opacity, midpoint, sharpness; again and again.",
        ),
    ),
)

VIEWS = (
    RENDER_VIEW,
    GEOMETRY_REPRESENTATION,
    SCALAR_BAR,
    LOOKUP_TABLE,
    PIECEWISE_FUNCTION,
)
