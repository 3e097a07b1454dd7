"""What says which points or cells are meant, and the filter that takes them out.

Selection sources have no output: they are no data, are shown nowhere, and are named by the
filter's `Selection` or by the session's table of selections.
"""

from __future__ import annotations

from collab_kernel.spi import Kind, RangeDomain
from collab_renderer_vtk.curated.vocabulary import (
    INT_MAX,
    Attribute,
    CuratedType,
    InputPort,
    Plain,
    choice,
    plain,
    references,
    switch,
)

CELL, POINT = 0, 1
"""FieldType, as vtkSelectionNode counts."""

UNIT_CUBE = tuple(  # looked at along -z, so that right is right
    float(number) for x in (0, 1) for y in (0, 1) for z in (1, 0) for number in (x, y, z, 1)
)

_FIELD_TYPE = choice(
    "FieldType", CELL, ((CELL, "CELL"), (POINT, "POINT")), "Whether cells or points are meant."
)
_CONTAINING = switch(
    "ContainingCells", False, "With points: the cells that they belong to, as well.", advanced=True
)
_INSIDE_OUT = switch("InsideOut", False, "All but these.", label="Invert")


def _ids(documentation: str) -> Plain:
    return plain(
        "IDs",
        Kind.INT,
        elements=0,
        documentation=documentation,
        domains=(RangeDomain(-1, INT_MAX),),
    )


ID_SOURCE = CuratedType(
    "sources",
    "IDSelectionSource",
    "ID Selection Source",
    documentation="Points or cells by their numbers.",
    output_ports=0,
    properties=(
        _ids("Process and number, again and again; the process says nothing here."),
        _FIELD_TYPE,
        _CONTAINING,
        _INSIDE_OUT,
    ),
)

COMPOSITE_ID_SOURCE = CuratedType(
    "sources",
    "CompositeDataIDSelectionSource",
    "Composite Data ID Selection Source",
    documentation="Points or cells of composite data, by block and number.",
    output_ports=0,
    properties=(
        _ids("Block's flat index, process and number, again and again."),
        _FIELD_TYPE,
        _CONTAINING,
        _INSIDE_OUT,
    ),
)

FRUSTUM_SOURCE = CuratedType(
    "sources",
    "FrustumSelectionSource",
    "Frustum Selection Source",
    documentation="Points or cells within six planes, such as those of a rectangle in a picture.",
    output_ports=0,
    properties=(
        plain(
            "Frustum",
            Kind.DOUBLE,
            *UNIT_CUBE,
            documentation="Eight corners, x y z w each; the far one behind each near one, upper "
            "ones behind lower ones, right ones behind left ones.",
        ),
        _FIELD_TYPE,
        _CONTAINING,
        _INSIDE_OUT,
    ),
)

QUERY_SOURCE = CuratedType(
    "sources",
    "SelectionQuerySource",
    "Selection Query Source",
    documentation="Points or cells for which an expression is true.",
    output_ports=0,
    properties=(
        plain(
            "QueryString",
            Kind.STRING,
            "",
            documentation="Such as (RTData > 150) & (id < 100): arrays by name, id, numbers, "
            "& | ~ and comparisons.",
        ),
        choice("ElementType", 0, ((0, "POINT"), (1, "CELL")), "Whether points or cells are meant."),
        _INSIDE_OUT,
    ),
)

SOURCES = (ID_SOURCE, COMPOSITE_ID_SOURCE, FRUSTUM_SOURCE, QUERY_SOURCE)

EXTRACT_SELECTION = CuratedType(
    "filters",
    "ExtractSelection",
    "Extract Selection",
    "vtkFiltersExtraction.vtkExtractSelection",
    documentation="The points or cells that a selection source means.",
    properties=(
        InputPort(),
        references(
            "Selection", tuple(source.key for source in SOURCES), "What says which are meant."
        ),
        Attribute("PreserveTopology", default=(False,), advanced=True),
    ),
)

SELECTIONS = (*SOURCES, EXTRACT_SELECTION)
