"""Spreadsheets, and how views lie beside one another: neither needs a picture."""

from __future__ import annotations

from collab_kernel.spi import Kind
from collab_renderer_vtk.curated.vocabulary import (
    CuratedType,
    InputPort,
    choice,
    integer,
    plain,
    references,
    switch,
)

SPREADSHEET_VIEW = CuratedType(
    "views",
    "SpreadSheetView",
    "SpreadSheet View",
    documentation="Data as rows of numbers. One representation is visible at a time.",
    output_ports=0,
    properties=(
        references("Representations", (("representations", ""),), "What is shown, if visible.", 0),
        choice(
            "FieldAssociation",
            0,
            ((0, "Point Data"), (1, "Cell Data"), (2, "Field Data")),
            "Whether the rows are of points, of cells, or of what belongs to the data as a whole.",
        ),
        plain(
            "HiddenColumnLabels",
            Kind.STRING,
            elements=0,
            documentation="Columns that are not shown, by name.",
        ),
        plain(
            "ColumnToSort",
            Kind.STRING,
            "",
            documentation="The column by which each participant sorts; empty: by number. The "
            "component of an array follows a colon, as in Normals:0; Magnitude is its length.",
            own=True,
        ),
        switch("InvertOrder", False, "From the last to the first.", own=True),
    ),
)

SPREADSHEET_REPRESENTATION = CuratedType(
    "representations",
    "SpreadSheetRepresentation",
    "SpreadSheet Representation",
    documentation="Whose rows a spreadsheet shows.",
    output_ports=0,
    properties=(
        InputPort(documentation="The data that is shown."),
        switch("Visibility", True, "Whether it is shown."),
        integer(
            "CompositeDataSetIndex",
            0,
            minimum=0,
            documentation="The block of composite data, by its flat index; 0: the first with rows.",
        ),
    ),
)

# The rectangles come in order: the whole, then all of its first part, then all of its second.
VIEW_LAYOUT = CuratedType(
    "misc",
    "ViewLayout",
    "Layout",
    documentation="How views lie beside one another.",
    output_ports=0,
    properties=(
        references("Views", (("views", ""),), "The views that have a place.", 0),
        plain(
            "Layout",
            Kind.DOUBLE,
            elements=0,
            documentation="Three numbers for each rectangle: how it is divided (0: not, 1: one "
            "part over the other, 2: side by side), the first's share, its view's place in Views "
            "or 0.",
        ),
    ),
)

SPREADSHEETS = (SPREADSHEET_VIEW, SPREADSHEET_REPRESENTATION, VIEW_LAYOUT)
