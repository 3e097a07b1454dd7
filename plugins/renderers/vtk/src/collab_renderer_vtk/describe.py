"""Derives the catalogue from the curated tables and VTK's own classes.

Run as `python -m collab_renderer_vtk.describe`, in a process of its own: it prints the
catalogue as JSON. Importing VTK costs a third of a second and 100 MB, and a class that
aborts when it is looked at takes only this process down.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from math import isfinite
from typing import Any, assert_never

from collab_kernel.spi import (
    ArrayDomain,
    Domain,
    Element,
    EnumerationDomain,
    Kind,
    PropertyDefinition,
    ProxyDefinition,
    ProxyTypeDomain,
    RangeDomain,
    TypeKey,
    Value,
    value_of,
)
from collab_renderer_vtk import document
from collab_renderer_vtk.curated import CURATED
from collab_renderer_vtk.curated.vocabulary import (
    INT_MAX,
    INT_MIN,
    ArrayChoice,
    Attribute,
    Curated,
    CuratedType,
    FilePath,
    InputPort,
    ObjectChoice,
    Plain,
    ValueList,
)

HUGE = 1e200
"""VTK writes "no limit" as ±1e299."""

_ACCESSOR = re.compile(r"^\W*((set|get)\s*/\s*)?(set|get)\s+", re.IGNORECASE)
"""How VTK's documentation of most setters begins: it says nothing of the property."""


def vtk_class(name: str) -> Any:
    """The class that "module.class" names below vtkmodules. Raises ImportError."""
    module, _, cls = name.partition(".")
    return getattr(importlib.import_module(f"vtkmodules.{module}"), cls)


def describe(curated: CuratedType) -> ProxyDefinition:
    """The definition of a curated type, with everything that its table leaves to VTK."""
    cls = vtk_class(curated.vtk) if curated.vtk else None
    instance = cls() if cls else None
    return ProxyDefinition(
        curated.group,
        curated.type,
        curated.label,
        curated.documentation or _sentence((cls.__doc__ or "").partition(" - ")[2]),
        curated.output_ports,
        tuple(_property(p, instance) for p in curated.properties),
        curated.path.extensions if curated.path else (),
    )


def _property(curated: Curated, instance: Any) -> PropertyDefinition:
    match curated:
        case Plain(definition):
            return definition
        case Attribute():
            return _attribute(curated, instance)
        case ValueList(name, _, label, documentation, default, advice, advanced):
            value = Value(Kind.DOUBLE, default)
            return PropertyDefinition(
                name, Kind.DOUBLE, value, 0, label, documentation, advice, advanced=advanced
            )
        case InputPort(name, _, label, types, sub_proxy, documentation, several):
            types_of = ProxyTypeDomain(types)
            found = _references(name, Kind.INPUT, label, documentation, types_of, sub_proxy)
            return replace(found, number_of_elements=0) if several else found
        case ObjectChoice(name, label, types, sub_proxy, documentation):
            return _references(
                name, Kind.PROXY, label, documentation, ProxyTypeDomain(types), sub_proxy
            )
        case ArrayChoice(name, label, documentation, _, components, associations):
            value = Value(Kind.STRING, (associations[0], ""))
            advice = (ArrayDomain(associations, components),)
            return PropertyDefinition(name, Kind.STRING, value, 2, label, documentation, advice)
        case FilePath(name, label):
            nothing = Value(Kind.STRING, () if curated.several else ("",))
            count = 0 if curated.several else 1
            holds = "The file to read"
            holds += "; of several, one for each time step." if curated.several else "."
            return PropertyDefinition(
                name, Kind.STRING, nothing, count, label, holds, file_name=True
            )
        case _:
            assert_never(curated)


def _references(
    name: str,
    kind: Kind,
    label: str,
    documentation: str,
    domain: ProxyTypeDomain,
    sub_proxy: TypeKey | None,
) -> PropertyDefinition:
    value = Value(kind)
    return PropertyDefinition(
        name, kind, value, 1, label, documentation, (domain,), sub_proxy=sub_proxy
    )


def _attribute(curated: Attribute, instance: Any) -> PropertyDefinition:
    attribute = curated.attribute
    getter = getattr(instance, f"Get{attribute}")
    found = getter()
    elements = tuple(found) if isinstance(found, tuple | list) else (found,)
    kind = curated.kind or _kind(instance, attribute, elements)
    default = value_of(kind, curated.default if curated.default is not None else elements)
    domains: list[Domain] = []
    if entries := curated.entries or _entries(instance, attribute):
        domains.append(EnumerationDomain(entries))
    elif kind in (Kind.INT, Kind.DOUBLE):
        domains += _range(curated, instance, kind)
    return PropertyDefinition(
        curated.name,
        kind,
        default,
        len(default.elements),
        curated.label,
        curated.documentation or documentation_of(getattr(type(instance), f"Set{attribute}")),
        (*domains, *curated.advice),
        advanced=curated.advanced,
    )


def _kind(instance: Any, attribute: str, elements: tuple[Element, ...]) -> Kind:
    """The kind of what a getter returns. An int with an `On` method is a switch."""
    first = elements[0]
    if isinstance(first, bool) or hasattr(instance, f"{attribute}On"):
        return Kind.BOOL
    if isinstance(first, int):
        return Kind.INT
    if isinstance(first, float):
        return Kind.DOUBLE
    if isinstance(first, str):
        return Kind.STRING
    raise TypeError(f"{type(instance).__name__}.{attribute} is {first!r}: its table must say more")


def _range(curated: Attribute, instance: Any, kind: Kind) -> Iterable[RangeDomain]:
    """What the table gives, or the range in which VTK doesn't clamp; of ints, no more than VTK's
    own hold."""
    limits = [curated.minimum, curated.maximum]
    for i, side in enumerate(("Min", "Max")):
        getter = getattr(instance, f"Get{curated.attribute}{side}Value", None)
        if limits[i] is None and getter is not None:
            limit = getter()
            if isinstance(limit, int | float) and isfinite(limit) and abs(limit) < HUGE:
                limits[i] = limit
    low, high = limits
    if kind is Kind.INT:
        low = INT_MIN if low is None else max(low, INT_MIN)
        high = INT_MAX if high is None else min(high, INT_MAX)
    if (low, high) != (None, None):
        yield RangeDomain(low, high)


def _entries(instance: Any, attribute: str) -> tuple[tuple[int, str], ...]:
    """The values that methods such as SetXToY set, with Y in words; () if there are none."""
    prefix = f"Set{attribute}To"
    scratch = type(instance)()
    entries: dict[int, str] = {}
    for method in sorted(m for m in dir(scratch) if m.startswith(prefix)):
        getattr(scratch, method)()
        value = getattr(scratch, f"Get{attribute}")()
        if isinstance(value, int):
            entries.setdefault(value, _words(method.removeprefix(prefix)))
    return tuple(sorted(entries.items()))


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)


def documentation_of(method: Any) -> str:
    """What VTK says of a setter, as one short sentence: the signatures before it left out."""
    paragraphs = re.split(r"\n\s*\n", method.__doc__ or "")
    said = next((p for p in paragraphs if "C++:" not in p and "->" not in p), "")
    return _sentence(_ACCESSOR.sub("", said))


def _sentence(text: str) -> str:
    """The first sentence of a text, capitalised and on one line."""
    flat = " ".join(re.split(r"\n\s*\n", text.strip())[0].split())
    first = re.split(r"(?<=[.!?])\s", flat)[0]
    first = first[:1].upper() + first[1:]
    return first if not first or first.endswith((".", "!", "?")) else f"{first}."


def main() -> None:
    """Print the catalogue. Ends with an ImportError where VTK's libraries can't be loaded."""
    sys.stdout.write(document.encode(map(describe, CURATED.values())))


if __name__ == "__main__":
    main()
