"""What a filter starts with on the data that it gets, as ParaView chooses it.

Definitions only advise ("an array of the input", "in the input's bounds"); the client that
makes the proxy decides, and sends what it decided as plain values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collab_kernel.client import ArrayInformation, DataInformation, ProxyDefinition, showing
from collab_kernel.spi import ArrayDomain, BoundsDomain, PropertyDefinition, TypeKey

CLIP: TypeKey = ("filters", "Clip")
CONTOUR: TypeKey = ("filters", "Contour")
THRESHOLD: TypeKey = ("filters", "Threshold")
SCALAR: TypeKey = ("implicit_functions", "Scalar")

SCALARS = "SelectInputScalars"

UNASKED = {"ScaleArray"}
"""Arrays that are used only if a script says so: glyphs are all of one size until then."""

SHARE = {
    ("Glyph", "ScaleFactor"): 0.1,
    ("PointSource", "Radius"): 0.1,
    ("Sphere", "Radius"): 0.25,
    ("Cylinder", "Radius"): 0.25,
}
"""Lengths as parts of the longest side of the bounds; all others are the whole of it."""


def depend_on_data(definition: ProxyDefinition) -> bool:
    """Whether any default of the type is better with the input's data known."""
    return any(
        isinstance(d, ArrayDomain | BoundsDomain) for p in definition.properties for d in p.domains
    )


def advised(
    definition: ProxyDefinition,
    information: DataInformation | None,
    given: Mapping[str, Any],
    choices: Mapping[str, TypeKey] | None = None,
) -> dict[str, Any]:
    """Values for what is not `given`, where the data has some to offer.

    choices: which types of proxies were chosen for properties.
    """
    if information is None:
        return {}
    values: dict[str, Any] = {}
    for property in definition.properties:
        if property.name not in given:
            for domain in property.domains:
                value = None
                if isinstance(domain, ArrayDomain):
                    value = _array(property, domain, information)
                elif isinstance(domain, BoundsDomain):
                    value = _bounds(definition, property, domain, information.bounds)
                if value is not None:
                    values[property.name] = value
    values |= _of_range(definition, information, {**values, **given}, choices or {})
    return {name: value for name, value in values.items() if name not in given}


def _array(
    property: PropertyDefinition, domain: ArrayDomain, information: DataInformation
) -> list[str] | None:
    """The first array with numbers that fits, those of the first association first."""
    if property.name in UNASKED or property.number_of_elements != 2:
        return None
    for association in domain.associations:
        for array in information.arrays:
            fits = domain.components in (0, array.components)
            if array.association == association and fits and array.maximum:
                return [association, array.name]
    return None


def _bounds(
    definition: ProxyDefinition,
    property: PropertyDefinition,
    domain: BoundsDomain,
    bounds: tuple[float, ...],
) -> Any:
    """A point, a corner or a length in the bounds; None where there are none."""
    if len(bounds) != 6:
        return None
    low, high = bounds[::2], bounds[1::2]
    sides = [b - a for a, b in zip(low, high, strict=True)]
    if domain.mode == "center":
        return [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    if domain.mode == "range":
        is_high = property.name.startswith("High") or property.name.endswith("2")
        return list(high if is_high else low)
    if property.number_of_elements == 3:
        return sides
    length = max(sides) * SHARE.get((definition.type, property.name), 1.0)
    return length or None


def _of_range(
    definition: ProxyDefinition,
    information: DataInformation,
    values: Mapping[str, Any],
    choices: Mapping[str, TypeKey],
) -> dict[str, Any]:
    """What follows from the range of the array that the filter works on."""
    array = _chosen(values.get(SCALARS), information)
    if array is None:
        return {}
    low, high = showing.array_range(array)
    if definition.key == CONTOUR:
        return {"ContourValues": [(low + high) / 2]}
    if definition.key == THRESHOLD:
        return {"LowerThreshold": low, "UpperThreshold": high}
    if definition.key == CLIP and SCALAR in choices.values():
        return {"Value": (low + high) / 2}
    return {}


def _chosen(value: Any, information: DataInformation) -> ArrayInformation | None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    association, name = value
    return information.array(name, association)
