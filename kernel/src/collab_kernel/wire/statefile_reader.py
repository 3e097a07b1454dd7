"""What a state file says, read back. It is untrusted: bounded, and taken for nothing but what it
says; the server checks what is made of it as any edit."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from collab_kernel.core.edit import MAX_OPERATIONS
from collab_kernel.core.pipeline import Pipeline, SavedLink, SavedProxy
from collab_kernel.core.state import MAX_OWNERS, LinkEnd, LinkKind
from collab_kernel.core.values import Input, Kind, ProxyId, Value, value_of
from collab_kernel.errors import CollabError, StateFileError
from collab_kernel.wire.blobs import blob_of, decode_content, facts_of
from collab_kernel.wire.statefile import FORMAT, INFINITIES, VERSION, Json, word

MAX_FILE_BYTES = 256 * 1024 * 1024


def decode_pipeline(data: bytes) -> tuple[Pipeline, dict[bytes, bytes]]:
    """The pipeline of a state file, and the contents of its large values by SHA-256.

    Raises StateFileError, which says where in the file and what was expected.
    """
    if len(data) > MAX_FILE_BYTES:
        raise StateFileError(
            f"a state file of {len(data)} bytes: at most {MAX_FILE_BYTES} are read"
        )
    try:
        document = json.loads(
            data.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_no_constant
        )
    except RecursionError:
        raise StateFileError("it is nested too deeply") from None
    except ValueError as error:
        raise StateFileError(f"it is no JSON text: {error}") from None
    read = _Fields(document, "the file")
    if read.document.get("format") != FORMAT:
        raise StateFileError(
            f'it is no state file: that says "format": "{FORMAT}" at its beginning'
        )
    version = read.number("version")
    if version > VERSION:
        raise StateFileError(
            f"it is of version {version}, written by a newer Collab; here versions up to {VERSION} "
            "are read"
        )
    read.only(
        "format", "version", "catalogue", "time", "proxies", "links", "selections", "contents"
    )
    contents = dict(_contents(read.object("contents")))
    reader = _Reader(contents)
    for index, proxy in enumerate(read.list("proxies")):
        reader.register(proxy, f"proxies[{index}]")
    pipeline = Pipeline(
        read.text("catalogue"),
        reader.proxies(),
        tuple(reader.link(item, f"links[{i}]") for i, item in enumerate(read.list("links"))),
        tuple(
            reader.selection(item, f"selections[{i}]")
            for i, item in enumerate(read.list("selections"))
        ),
        _time(read.document.get("time", 0.0)),
    )
    return pipeline, contents


def _without_doubles(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r:.80} is there twice")
        found[key] = value
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _time(number: Json) -> float:
    with _at("time"):
        [time] = value_of(Kind.DOUBLE, [number]).elements
        assert isinstance(time, float)
        return time


def _contents(written: Mapping[str, Json]) -> Iterator[tuple[bytes, bytes]]:
    for key, text in written.items():
        with _at(f"contents[{key:.20}]"):
            data = _base64(text)
            if blob_of(data).sha256.hex() != key:
                raise StateFileError("the content has another SHA-256 than its name says")
            facts_of(data)
            yield bytes.fromhex(key), data


def _base64(text: Json) -> bytes:
    if not isinstance(text, str):
        raise StateFileError(f"bytes are a text in base64, not {text!r:.40}")
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise StateFileError(f"this is no base64: {error}") from None


@contextmanager
def _at(place: str) -> Iterator[None]:
    """What goes wrong here goes wrong at `place` of the file."""
    try:
        yield
    except CollabError as error:
        raise StateFileError(f"{place}: {error}") from None


@dataclass(slots=True)
class _Fields:
    """The fields of an object in the file. place: where it is."""

    given: Json
    place: str
    document: dict[str, Json] = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.given, dict):
            raise StateFileError(f"{self.place}: an object is expected, not {self.given!r:.40}")
        self.document = self.given

    def only(self, *names: str) -> None:
        for name in self.document:
            if name not in names:
                raise StateFileError(
                    f"{self.place}: {name!r:.80} is unknown here; there can be {', '.join(names)}"
                )

    def text(self, name: str) -> str:
        text: str = self._a(name, str, "a text")
        return text

    def number(self, name: str) -> int:
        number: int = self._a(name, int, "a whole number")
        if isinstance(number, bool) or not 0 <= number < 1 << 16:
            raise StateFileError(f"{self.place}: {name}: {number!r:.40} is no such number")
        return number

    def list(self, name: str) -> list[Json]:
        return self._a(name, list, "a list") if name in self.document else []

    def object(self, name: str) -> dict[str, Json]:
        return self._a(name, dict, "an object") if name in self.document else {}

    def _a(self, name: str, kind: type, what: str) -> Any:
        found = self.document.get(name)
        if not isinstance(found, kind):
            raise StateFileError(f"{self.place}: {name!r} has to be {what}")
        return found


@dataclass(slots=True)
class _Written:
    """A proxy as the file has it, numbered."""

    id: ProxyId
    owner: ProxyId
    place: str
    fields: _Fields


class _Reader:
    """Numbers the proxies in the order in which they are written, then reads what they say."""

    def __init__(self, contents: Mapping[bytes, bytes]) -> None:
        self._contents = {sha256.hex(): data for sha256, data in contents.items()}
        self._written: list[_Written] = []
        self._names: dict[str, ProxyId] = {}
        self._homes: dict[tuple[ProxyId, str, int], ProxyId] = {}

    def register(self, proxy: Json, place: str, owner: ProxyId = 0, depth: int = 0) -> ProxyId:
        """Number a proxy and its sub-proxies."""
        if depth > MAX_OWNERS:
            raise StateFileError(f"{place}: sub-proxies go {MAX_OWNERS} deep at most")
        if len(self._written) >= MAX_OPERATIONS:
            raise StateFileError(f"there are more than {MAX_OPERATIONS} proxies")
        fields, id = _Fields(proxy, place), len(self._written) + 1
        known = ("group", "type", "name", "annotations", "properties")
        fields.only(*known, *(("port",) if owner else ()))
        self._written.append(_Written(id, owner, place, fields))
        if not owner:
            name = f"{fields.text('group')}/{fields.text('name')}"
            if name in self._names:
                raise StateFileError(f"{place}: there is a {name!r:.80} already")
            self._names[name] = id
        for name, value in fields.object("properties").items():
            for index, element in enumerate(_references(value)):
                if isinstance(element, dict) and "type" in element:
                    inner = f"{place}.properties.{name:.80}[{index}]"
                    self._homes[id, name, index] = self.register(element, inner, id, depth + 1)
        return id

    def proxies(self) -> tuple[SavedProxy, ...]:
        return tuple(map(self._proxy, self._written))

    def _proxy(self, written: _Written) -> SavedProxy:
        fields = written.fields
        texts = fields.object("annotations").items()
        for key, text in texts:
            if not isinstance(text, str):
                raise StateFileError(f"{written.place}.annotations: {key!r:.80} has to be a text")
        return SavedProxy(
            written.id,
            fields.text("group"),
            fields.text("type"),
            fields.text("name") if "name" in fields.document else "",
            written.owner,
            tuple(
                (name, self._value(written, name, value))
                for name, value in fields.object("properties").items()
            ),
            tuple(texts),
        )

    def _value(self, written: _Written, name: str, value: Json) -> Value:
        with _at(f"{written.place}.properties.{name:.80}"):
            if not isinstance(value, dict) or len(value) != 1:
                raise StateFileError(_HOW)
            [(named, elements)] = value.items()
            kind = _KINDS.get(named)
            if kind is None:
                raise StateFileError(f"{named!r:.40} is no kind of value; {_HOW}")
            if isinstance(elements, dict):
                return self._large(kind, elements)
            if kind is Kind.BYTES:
                return value_of(kind, [_base64(elements)])
            if not isinstance(elements, list):
                raise StateFileError(_HOW)
            if kind in (Kind.PROXY, Kind.INPUT):
                places = enumerate(elements)
                found = [self._element(kind, (written.id, name, i), e) for i, e in places]
                return value_of(kind, found)
            if kind is Kind.DOUBLE:
                elements = [INFINITIES.get(e, e) if isinstance(e, str) else e for e in elements]
            return value_of(kind, elements)

    def _large(self, kind: Kind, written: dict[str, Json]) -> Value:
        fields = _Fields(written, "a large value")
        fields.only("content")
        content = self._contents.get(fields.text("content"))
        if content is None:
            raise StateFileError("the content that it names is not in the file's `contents`")
        value = Value(kind, blob=blob_of(content))
        decode_content(content, value)
        return value

    def _element(self, kind: Kind, place: tuple[ProxyId, str, int], element: Json) -> Any:
        port = 0
        if place in self._homes:
            id = self._homes[place]
            port = _Fields(element, "a sub-proxy").number("port") if "port" in element else 0
        elif isinstance(element, dict):
            return self._port(element)
        else:
            id = self._found(element)
        return Input(id, port) if kind is Kind.INPUT else id

    def _port(self, written: Json) -> Input:
        if not isinstance(written, dict):
            return Input(self._found(written))
        fields = _Fields(written, "an input")
        fields.only("proxy", "port")
        return Input(self._found(fields.document.get("proxy")), fields.number("port"))

    def _found(self, reference: Json) -> ProxyId:
        path = reference if isinstance(reference, list) else [reference]
        id = self._names.get(path[0]) if path and isinstance(path[0], str) else None
        for name, index in zip(path[1::2], path[2::2], strict=False):
            good = isinstance(name, str) and isinstance(index, int) and id is not None
            id = self._homes.get((id, name, index)) if good and id is not None else None
        if id is None or len(path) % 2 == 0:
            raise StateFileError(f"there is no proxy {reference!r:.80} in the file")
        return id

    def link(self, written: Json, place: str) -> SavedLink:
        fields = _Fields(written, place)
        fields.only("name", "kind", "ends")
        kind = next((k for k in LinkKind if k.name.lower() == fields.text("kind")), None)
        with _at(place):
            if kind is None:
                words = ", ".join(k.name.lower() for k in LinkKind)
                raise StateFileError(f"the kind of a link is one of {words}")
            return SavedLink(fields.text("name"), kind, tuple(map(self._end, fields.list("ends"))))

    def _end(self, written: Json) -> LinkEnd:
        if not isinstance(written, list) or len(written) not in (1, 2):
            raise StateFileError(f"an end is a list of a proxy and a property, not {written!r:.40}")
        property = written[1] if len(written) == 2 else ""
        if not isinstance(property, str):
            raise StateFileError(f"{property!r:.40} is no name of a property")
        return LinkEnd(self._found(written[0]), property)

    def selection(self, written: Json, place: str) -> tuple[Input, ProxyId]:
        fields = _Fields(written, place)
        fields.only("of", "by")
        with _at(place):
            return self._port(fields.document.get("of")), self._found(fields.document.get("by"))


_KINDS: Mapping[str, Kind] = {word(kind): kind for kind in Kind}

_HOW = f'a value is written as {{"double": [1.0, 2.0]}}, with its kind: {", ".join(_KINDS)}'


def _references(value: Json) -> Iterable[Json]:
    """The elements of a value that may be sub-proxies."""
    found = (
        [value.get(word(k)) for k in (Kind.PROXY, Kind.INPUT)] if isinstance(value, dict) else []
    )
    return next((elements for elements in found if isinstance(elements, list)), ())
