"""What proxies there can be: their types, properties and domains.

A domain is of one of two sorts. The fixed ones (range, enumeration, proxy types) are
enforced by `PropertyDefinition.accept`; the ones that depend on data only advise a front end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias, assert_never

from collab_kernel.core.values import (
    MAX_VALUE_BYTES,
    Blob,
    BlobFacts,
    BlobLookup,
    Element,
    Kind,
    Value,
    is_large,
    no_blobs,
    size_bytes,
    value_of,
)
from collab_kernel.core.widgets import Widget
from collab_kernel.errors import (
    InvalidValueError,
    UnknownBlobError,
    UnknownPropertyError,
    UnknownTypeError,
)

TypeKey: TypeAlias = tuple[str, str]
"""(group, type), as in ("sources", "SphereSource")."""

MAX_SHOWN = 10
"""Elements that the text of a refusal names."""


class Scope(IntEnum):
    """Whose a property's value is."""

    SHARED = 0
    OWN = 1
    """Each participant's own; what the session holds is the home value."""


@dataclass(frozen=True, slots=True)
class RangeDomain:
    """Every element lies in minimum..maximum; None is open."""

    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class EnumerationDomain:
    """Every element is one of these (value, text); a text is accepted for its value."""

    entries: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ProxyTypeDomain:
    """Every proxy is of one of these types; an empty type stands for the whole group."""

    types: tuple[TypeKey, ...]


@dataclass(frozen=True, slots=True)
class ArrayDomain:
    """Advice: the value is (association, name) or the name of an array of the input.

    associations: any of "POINTS", "CELLS", "FIELD".  components: 0 is any number.
    """

    associations: tuple[str, ...] = ("POINTS",)
    components: int = 0


@dataclass(frozen=True, slots=True)
class BoundsDomain:
    """Advice: a default in the input's bounds; mode is "center", "range" or "extent"."""

    mode: str = "center"


Domain: TypeAlias = RangeDomain | EnumerationDomain | ProxyTypeDomain | ArrayDomain | BoundsDomain


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """One property of a type. number_of_elements 0: repeatable, any number of them."""

    name: str
    kind: Kind
    default: Value
    number_of_elements: int = 1
    label: str = ""
    documentation: str = ""
    domains: tuple[Domain, ...] = ()
    scope: Scope = Scope.SHARED
    advanced: bool = False
    sub_proxy: TypeKey | None = None
    """A proxy of this type is made with its owner unless the creator gives one."""
    file_name: bool = False

    def accept(self, value: Value, blobs: BlobLookup = no_blobs) -> Value:
        """`value` as this property holds it: its kind, length and fixed domains checked.

        blobs: what is known of the contents of large values. Types of proxies are checked by
        `decide`, which knows them. Raises InvalidValueError that names the property and what is
        allowed, or UnknownBlobError.
        """
        if value.blob is not None:
            self._check_blob(value.kind, value.blob, blobs(value.blob.sha256))
            return value
        fitting = self.fitting(value)
        if is_large(fitting):
            raise InvalidValueError(
                f"{self.name}: the value takes {size_bytes(fitting)} bytes: above "
                f"{MAX_VALUE_BYTES} "
                + ("it has to be sent as a blob" if self.takes_blobs else "none is allowed")
            )
        return fitting

    def fitting(self, value: Value) -> Value:
        """`value` as `accept` gives it, however large. Raises InvalidValueError."""
        try:
            fitting = value_of(self.kind, self._named(value.elements))
        except InvalidValueError as error:
            raise InvalidValueError(f"{self.name}: {error}; {self.allowed}") from None
        self._check_length(len(fitting.elements))
        self._check_domains(fitting.elements)
        return fitting

    @property
    def takes_blobs(self) -> bool:
        """Whether its value may be large: where the facts about a content suffice to enforce
        what this property allows."""
        return (
            self.scope is Scope.SHARED
            and self.kind not in (Kind.PROXY, Kind.INPUT)
            and not self.file_name
            and not any(isinstance(d, EnumerationDomain) for d in self.domains)
        )

    def _check_blob(self, kind: Kind, blob: Blob, facts: BlobFacts | None) -> None:
        if not self.takes_blobs:
            raise InvalidValueError(
                f"{self.name}: no value above {MAX_VALUE_BYTES} bytes is allowed; {self.allowed}"
            )
        if facts is None:
            raise UnknownBlobError(
                f"{self.name}: the server does not have the content {blob.sha256.hex():.12}...: "
                "upload it (BlobPart), wait until it is stored, and ask again"
            )
        if (kind, blob.size_bytes) != (facts.kind, facts.size_bytes):
            raise InvalidValueError(
                f"{self.name}: the value says of its blob what is not so: it has "
                f"{facts.size_bytes} bytes of {facts.kind.name.lower()} elements"
            )
        if kind is not self.kind:
            raise InvalidValueError(
                f"{self.name}: a blob of {kind.name.lower()} elements given; {self.allowed}"
            )
        self._check_length(facts.number_of_elements)
        self._check_domains(tuple(n for n in (facts.minimum, facts.maximum) if n is not None))

    def _check_length(self, length: int) -> None:
        lengths = {self.number_of_elements or length}
        if self.number_of_elements == 1 and self.kind in (Kind.PROXY, Kind.INPUT):
            lengths.add(0)  # a single reference may be taken away
        if length not in lengths:
            raise InvalidValueError(f"{self.name}: {length} elements given; {self.allowed}")

    def _check_domains(self, elements: tuple[Element, ...]) -> None:
        """elements: all of them, or the extremes where no domain lists what is allowed."""
        for domain in self.domains:
            if not _contains(domain, elements):
                shown = ", ".join(map(repr, elements[:MAX_SHOWN]))
                raise InvalidValueError(f"{self.name}: {shown:.80} is not allowed; {self.allowed}")

    def _named(self, elements: Iterable[Element]) -> Iterable[Element]:
        """Texts of an enumeration as their values."""
        entries = next((d.entries for d in self.domains if isinstance(d, EnumerationDomain)), ())
        if self.kind is not Kind.INT or not entries:
            return elements
        values = {text: value for value, text in entries}
        return [values.get(e, e) if isinstance(e, str) else e for e in elements]

    @property
    def allowed(self) -> str:
        """One phrase that says what is accepted, for error texts."""
        count = self.number_of_elements
        noun = self.kind.name.lower()
        what = f"{count if count else 'any number of'} {noun}{'' if count == 1 else 's'}"
        fixed = [text for text in map(_describe, self.domains) if text]
        return f"allowed: {', '.join([what, *fixed])}"


def _contains(domain: Domain, elements: tuple[Element, ...]) -> bool:
    match domain:
        case RangeDomain(minimum, maximum):
            numbers = [e for e in elements if isinstance(e, int | float)]
            return all(
                (minimum is None or minimum <= n) and (maximum is None or n <= maximum)
                for n in numbers
            )
        case EnumerationDomain(entries):
            values = {value for value, _ in entries}
            texts = {text for _, text in entries}
            return all((e in texts if isinstance(e, str) else e in values) for e in elements)
        case ProxyTypeDomain() | ArrayDomain() | BoundsDomain():
            return True
        case _:
            assert_never(domain)


def _describe(domain: Domain) -> str:
    match domain:
        case RangeDomain(minimum, maximum):
            low = "" if minimum is None else f"from {minimum:g}"
            high = "" if maximum is None else f"to {maximum:g}"
            return f"{low} {high}".strip()
        case EnumerationDomain(entries):
            return "one of " + ", ".join(f"{text} ({value})" for value, text in entries)
        case ProxyTypeDomain(types):
            return "a proxy of " + " or ".join(f"{g}/{t}" if t else g for g, t in types)
        case ArrayDomain() | BoundsDomain():
            return ""
        case _:
            assert_never(domain)


@dataclass(frozen=True)
class ProxyDefinition:
    """A type of proxy. Group, type and property names are ParaView's where it has the thing."""

    group: str
    type: str
    label: str = ""
    documentation: str = ""
    output_ports: int = 0
    properties: tuple[PropertyDefinition, ...] = ()
    file_extensions: tuple[str, ...] = ()
    """Of a reader, lower case, without the dot."""

    @property
    def key(self) -> TypeKey:
        return (self.group, self.type)

    @cached_property
    def _by_name(self) -> dict[str, PropertyDefinition]:
        return {p.name: p for p in self.properties}

    def property(self, name: str) -> PropertyDefinition:
        """The property `name`. Raises UnknownPropertyError with the nearest names."""
        found = self._by_name.get(name)
        if found is None:
            near = nearest(name, self._by_name)
            raise UnknownPropertyError(
                f"{self.group}/{self.type} has no property {name!r}"
                + (f"; did you mean {near}?" if near else "")
            )
        return found

    def has(self, name: str) -> bool:
        return name in self._by_name


class Catalogue:
    """All definitions of one renderer plugin, by (group, type).

    runs_code: types whose values are code that the renderer runs: for servers that allow it.
    widgets: by type, the tools that set its properties in a view.
    """

    def __init__(
        self,
        name: str,
        definitions: Iterable[ProxyDefinition],
        runs_code: Iterable[TypeKey] = (),
        widgets: Mapping[TypeKey, tuple[Widget, ...]] = MappingProxyType({}),
    ) -> None:
        self.name = name
        self.runs_code = frozenset(runs_code)
        self.widgets = widgets
        self.definitions: Mapping[TypeKey, ProxyDefinition] = {d.key: d for d in definitions}

    def definition(self, group: str, type: str) -> ProxyDefinition:
        """Raises UnknownTypeError that names the nearest types."""
        found = self.definitions.get((group, type))
        if found is None:
            near = nearest(type, (t for g, t in self.definitions if g == group))
            if not near:
                near = nearest(type, (f"{g}/{t}" for g, t in self.definitions))
            raise UnknownTypeError(
                f"there is no {group}/{type} in the catalogue {self.name!r}"
                + (f"; did you mean {near}?" if near else "")
            )
        return found


def nearest(word: str, words: Iterable[str]) -> str:
    """Up to three of `words` that look like `word`, for "did you mean"; "" if none does."""
    by_folded = {w.casefold(): w for w in sorted(words)}
    close = get_close_matches(word.casefold(), by_folded, n=3, cutoff=0.5)
    return " or ".join(by_folded[w] for w in close)
