"""Definitions as a JSON document, and back: what the describing process hands over.

Strict JSON: neither NaN nor infinities. Whatever doesn't fit is a ValueError.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, assert_never

from collab_kernel.errors import CollabError
from collab_kernel.spi import (
    ArrayDomain,
    BoundsDomain,
    Domain,
    EnumerationDomain,
    Kind,
    PropertyDefinition,
    ProxyDefinition,
    ProxyTypeDomain,
    RangeDomain,
    Scope,
    value_of,
)

FORMAT = 1
"""Another number is another layout, and not read."""


def encode(definitions: Iterable[ProxyDefinition]) -> str:
    """The document. Raises ValueError for a number that JSON has no word for."""
    types = [_type(d) for d in definitions]
    return json.dumps({"format": FORMAT, "types": types}, allow_nan=False)


def decode(text: str) -> tuple[ProxyDefinition, ...]:
    """The definitions of a document. Raises ValueError for anything else."""
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise ValueError(f"the document has the format {content['format']}, not {FORMAT}")
        return tuple(_read_type(t) for t in content["types"])
    except (LookupError, TypeError, AttributeError, CollabError) as error:
        raise ValueError(f"no document of definitions: {error}") from error


def _type(definition: ProxyDefinition) -> dict[str, Any]:
    return {
        "group": definition.group,
        "type": definition.type,
        "label": definition.label,
        "documentation": definition.documentation,
        "output_ports": definition.output_ports,
        "properties": [_property(p) for p in definition.properties],
        "file_extensions": definition.file_extensions,
    }


def _read_type(content: dict[str, Any]) -> ProxyDefinition:
    properties = tuple(_read_property(p) for p in content.pop("properties"))
    extensions = tuple(content.pop("file_extensions"))
    return ProxyDefinition(**content, properties=properties, file_extensions=extensions)


def _property(definition: PropertyDefinition) -> dict[str, Any]:
    return {
        "name": definition.name,
        "kind": definition.kind.name,
        "default": definition.default.elements,  # references have no default but "none"
        "number_of_elements": definition.number_of_elements,
        "label": definition.label,
        "documentation": definition.documentation,
        "domains": [_domain(d) for d in definition.domains],
        "scope": definition.scope.name,
        "advanced": definition.advanced,
        "sub_proxy": definition.sub_proxy,
        "file_name": definition.file_name,
    }


def _read_property(content: dict[str, Any]) -> PropertyDefinition:
    kind = Kind[content.pop("kind")]
    default = value_of(kind, content.pop("default"))
    scope = Scope[content.pop("scope")]
    domains = tuple(_read_domain(d) for d in content.pop("domains"))
    sub_proxy = content.pop("sub_proxy")
    return PropertyDefinition(
        kind=kind,
        default=default,
        scope=scope,
        domains=domains,
        sub_proxy=tuple(sub_proxy) if sub_proxy else None,
        **content,
    )


def _domain(domain: Domain) -> list[Any]:
    match domain:
        case RangeDomain(minimum, maximum):
            return ["range", minimum, maximum]
        case EnumerationDomain(entries):
            return ["enumeration", entries]
        case ProxyTypeDomain(types):
            return ["types", types]
        case ArrayDomain(associations, components):
            return ["array", associations, components]
        case BoundsDomain(mode):
            return ["bounds", mode]
        case _:
            assert_never(domain)


def _read_domain(content: list[Any]) -> Domain:
    match content:
        case ["range", minimum, maximum]:
            return RangeDomain(minimum, maximum)
        case ["enumeration", entries]:
            return EnumerationDomain(tuple((value, text) for value, text in entries))
        case ["types", types]:
            return ProxyTypeDomain(tuple((group, type) for group, type in types))
        case ["array", associations, components]:
            return ArrayDomain(tuple(associations), components)
        case ["bounds", mode]:
            return BoundsDomain(mode)
        case _:
            raise ValueError(f"{content!r:.60} is no domain")
