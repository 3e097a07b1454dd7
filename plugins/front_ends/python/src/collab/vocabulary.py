"""What things are called in Python: labels without their blanks, as ParaView does it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from collab_kernel.client import ProxyDefinition, nearest
from collab_kernel.errors import UnknownPropertyError
from collab_kernel.spi import PropertyDefinition

Vocabulary = Mapping[str, PropertyDefinition]
"""The properties of a type by every name that a script may use."""


class UnknownAttributeError(UnknownPropertyError, AttributeError):
    """A proxy has no property of this name, nor anything else; nothing was set."""

    code = "refused.unknown_property.attribute"


def squeezed(label: str) -> str:
    """A label as a Python name: "Warp By Vector" is `WarpByVector`."""
    name = re.sub(r"\W", "", label)
    return f"a{name}" if name[:1].isdigit() else name


def attribute(property: PropertyDefinition) -> str:
    """The name under which a script finds a property, as ParaView's traces have it."""
    return squeezed(property.label) or property.name


def vocabulary(definition: ProxyDefinition) -> Vocabulary:
    """A definition's properties by label and by XML name; where those clash, the latter wins."""
    by_label = {attribute(p): p for p in definition.properties}
    return by_label | {p.name: p for p in definition.properties}


def unknown_attribute(what: str, name: str, known: Iterable[str]) -> UnknownAttributeError:
    """The error that says which names come close."""
    near = nearest(name, known)
    return UnknownAttributeError(
        f"{what} has no attribute {name!r}" + (f"; did you mean {near}?" if near else "")
    )
