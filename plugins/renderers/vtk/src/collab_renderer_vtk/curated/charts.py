"""Charts: their view and representation, and the filter that makes something to plot."""

from __future__ import annotations

from collab_kernel.spi import (
    BoundsDomain,
    Kind,
    RangeDomain,
)
from collab_renderer_vtk.curated.vocabulary import (
    WINDOW,
    Attribute,
    CuratedType,
    InputPort,
    Plain,
    choice,
    integer,
    line_widget,
    number,
    plain,
    references,
    switch,
)

INDEX = ""
"""As XArrayName: by itself, or else the number of the point."""

LEGEND_LOCATIONS = ((0, "TopLeft"), (1, "TopRight"), (2, "BottomRight"), (3, "BottomLeft"))


def _axis(side: str) -> tuple[Plain, ...]:
    """The properties of the left or the bottom axis."""
    return (
        plain(f"{side}AxisTitle", Kind.STRING, "", documentation="What is written along the axis."),
        switch(f"{side}AxisLogScale", False, "Logarithmic: needs values above zero."),
        switch(f"Show{side}AxisGrid", True, "Lines across the chart."),
        switch(
            f"{side}AxisUseCustomRange",
            False,
            "From the minimum to the maximum given here; off: all that there is.",
            own=True,
        ),
        number(f"{side}AxisRangeMinimum", 0.0, own=True, documentation="Where the axis begins."),
        number(f"{side}AxisRangeMaximum", 1.0, own=True, documentation="Where the axis ends."),
    )


CHART_VIEW = CuratedType(
    "views",
    "XYChartView",
    "Line Chart View",
    documentation="Arrays as lines over an axis.",
    output_ports=0,
    properties=(
        references("Representations", (("representations", ""),), "What is drawn, if visible.", 0),
        plain("ChartTitle", Kind.STRING, "", documentation="What is written above the chart."),
        integer("ChartTitleFontSize", 14, 1, 200, documentation="Points.", advanced=True),
        switch("ShowLegend", True, "Which line is which array."),
        choice("LegendLocation", 1, LEGEND_LOCATIONS, "The corner of the legend."),
        *_axis("Left"),
        *_axis("Bottom"),
        plain(
            "Background",
            Kind.DOUBLE,
            *(1.0, 1.0, 1.0),
            own=True,
            documentation="The colour behind the lines, such as fits what is around one's window. "
            "Axes and texts are dark on light colours, and light on dark ones.",
            domains=(RangeDomain(0, 1),),
        ),
        *WINDOW,
    ),
)

CHART_REPRESENTATION = CuratedType(
    "representations",
    "XYChartRepresentation",
    "XY Chart Representation",
    documentation="Which arrays of data are lines in a chart.",
    output_ports=0,
    properties=(
        InputPort(documentation="The data that is plotted."),
        switch("Visibility", True, "Whether it is drawn."),
        choice(
            "AttributeType",
            0,
            ((0, "Point Data"), (1, "Cell Data")),
            "Whether arrays of points or of cells are plotted.",
        ),
        switch(
            "UseIndexForXAxis", False, "The bottom axis numbers the values, whatever XArrayName is."
        ),
        plain(
            "XArrayName",
            Kind.STRING,
            INDEX,
            documentation="The array along the bottom axis; empty: arc_length where there is one, "
            "or else the number of the value.",
        ),
        plain(
            "SeriesVisibility",
            Kind.STRING,
            elements=0,
            documentation="Arrays that are drawn, of vectors such as V_X or V_Magnitude; none "
            "given: every one.",
        ),
        number("LineThickness", 2.0, 0, 100, documentation="Pixels."),
    ),
)

PLOT_OVER_LINE = CuratedType(
    "filters",
    "PlotOverLine",
    "Plot Over Line",
    "vtkFiltersCore.vtkCompositeDataProbeFilter",
    documentation="The arrays of data along a line.",
    properties=(
        InputPort(),
        plain(
            "Point1",
            Kind.DOUBLE,
            *(0.0, 0.0, 0.0),
            documentation="Where the line begins.",
            domains=(BoundsDomain("range"),),
        ),
        plain(
            "Point2",
            Kind.DOUBLE,
            *(1.0, 1.0, 1.0),
            documentation="Where the line ends.",
            domains=(BoundsDomain("range"),),
        ),
        integer("Resolution", 1000, 1, 10**6, documentation="Into how many pieces it is divided."),
        Attribute("PassPartialArrays", default=(True,), advanced=True),
        Attribute("ComputeTolerance", advanced=True),
        Attribute("Tolerance", minimum=0, advanced=True),
    ),
    widgets=line_widget(),
)

CHARTS = (CHART_VIEW, CHART_REPRESENTATION, PLOT_OVER_LINE)
