"""Tools in a view: what one takes hold of in space to set some of a type's properties.

Kinds and functions have the names of ParaView's `<PropertyGroup panel_widget=...>`. A front end
that doesn't draw a kind leaves it out: the properties stay, as numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FUNCTIONS: Mapping[str, Mapping[str, int]] = {
    "InteractivePlane": {"Origin": 3, "Normal": 3},
    "InteractiveLine": {"Point1WorldPosition": 3, "Point2WorldPosition": 3},
    "InteractiveHandle": {"WorldPosition": 3},
    "InteractiveBox": {"Position": 3, "Rotation": 3, "Scale": 3},
    "InteractiveSphere": {"Center": 3, "Radius": 1},
}
"""The kinds there are: for each what it sets, and how many doubles that is.

Position is the box's corner before it is turned, Rotation degrees about x, y and z, Scale the
lengths of its edges.
"""


@dataclass(frozen=True, slots=True)
class Widget:
    """One tool. kind: of `FUNCTIONS`, or one that only other front ends know.

    properties: (function, the name of the property that it sets), one for each function.
    """

    kind: str
    properties: tuple[tuple[str, str], ...]
