"""What things are called in Python: labels without their blanks, as ParaView does it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import SequenceMatcher

from collab_kernel.client import ProxyDefinition, nearest
from collab_kernel.errors import RefusedError, UnknownPropertyError
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


@contextmanager
def in_words(known: Vocabulary, words: Iterable[str]) -> Iterator[None]:
    """Let refusals speak of properties by the words that a script used for them; the XML name
    follows in parentheses."""
    said = {known[word].name: word for word in words if word in known}
    try:
        yield
    except RefusedError as error:
        text = str(error)
        name = re.split(r"\W", text, maxsplit=1)[0]  # texts about a property begin with it
        if said.get(name, name) != name:
            error.args = (f"{said[name]} ({name}){text.removeprefix(name)}",)
        raise


def some_of(words: Iterable[str], word: str, most: int = 8) -> str:
    """`words`, or those of them that are most like `word` and how many more there are."""
    there = sorted(set(words))
    if len(there) <= most:
        return ", ".join(map(repr, there))

    def likeness(one: str) -> float:
        return SequenceMatcher(None, word.casefold(), one.casefold()).ratio()

    near = sorted(there, key=likeness, reverse=True)[:most]
    return f"{', '.join(map(repr, near))} and {len(there) - most} more"
