"""Whether a legacy VTK file in text form has all the numbers that it announces.

VTK's reader takes what happens to be in memory for those that are missing. (Of binary files it
says so itself.) Looking at the last section is enough: a file ends too early at its end.
"""

from __future__ import annotations

import re

_CELLS = rb"VERTICES|LINES|POLYGONS|TRIANGLE_STRIPS|CELLS"
_TYPES = rb"bit|(?:unsigned_)?(?:char|short|int|long)|float|double|vtkIdType|vtktypeu?int64"
_DATA = re.compile(rb"^(?:POINT|CELL)_DATA\s+(\d+)", re.MULTILINE)
_SECTION = re.compile(
    rb"^(?:"
    rb"(?P<points>POINTS)\s+(?P<n_points>\d+)\s+\S+"
    rb"|[XYZ]_COORDINATES\s+(?P<coordinates>\d+)\s+\S+"
    rb"|(?:" + _CELLS + rb")\s+\d+\s+(?P<cells>\d+)"
    rb"|CELL_TYPES\s+(?P<cell_types>\d+)"
    rb"|LOOKUP_TABLE\s+\S+\s+(?P<table>\d+)"
    rb"|SCALARS\s+\S+\s+[a-z]\S*(?:[ \t]+(?P<scalars>\d+))?\s*\n\s*LOOKUP_TABLE\s+\S+"
    rb"|COLOR_SCALARS\s+\S+\s+(?P<colours>\d+)"
    rb"|(?P<vectors>VECTORS|NORMALS)\s+\S+\s+\S+"
    rb"|(?P<tensors>TENSORS)\s+\S+\s+\S+"
    rb"|TEXTURE_COORDINATES\s+\S+\s+(?P<texture>\d+)\s+\S+"
    rb"|(?!METADATA|DIMENSIONS)\S+[ \t]+(?P<components>\d+)[ \t]+(?P<tuples>\d+)[ \t]+(?:"
    + _TYPES
    + rb")"
    rb")[ \t]*\r?$",
    re.MULTILINE,
)
"""The line (or two) before a block of numbers, with what says how many."""


def has_all_numbers(content: bytes) -> bool:
    """Whether the last block of numbers of a legacy file is complete, as far as one can tell."""
    last = None
    for last in _SECTION.finditer(content):  # noqa: B007  only the last one matters
        pass
    if last is None:
        return True
    rest = content[last.end() :].partition(b"\nMETADATA")[0]
    if re.search(rb"^OFFSETS", rest, re.MULTILINE):
        return b"CONNECTIVITY" in rest  # since version 5.1 in two blocks of their own
    return len(rest.split(None, _numbers(content, last))) >= _numbers(content, last)


def _numbers(content: bytes, section: re.Match[bytes]) -> int:
    """How many numbers a section announces."""
    found = {name: text for name, text in section.groupdict().items() if text is not None}
    before = [int(match[1]) for match in _DATA.finditer(content, 0, section.start())]
    tuples = before[-1] if before else 0
    match found:
        case {"n_points": count}:
            return 3 * int(count)
        case {"coordinates": count} | {"cells": count} | {"cell_types": count}:
            return int(count)
        case {"table": count}:
            return 4 * int(count)
        case {"components": components, "tuples": count}:
            return int(components) * int(count)
        case {"scalars": components} | {"colours": components} | {"texture": components}:
            return int(components) * tuples
        case {"vectors": _}:
            return 3 * tuples
        case {"tensors": _}:
            return 9 * tuples
        case _:  # SCALARS without a number of components
            return tuples
