"""State files: a pipeline as JSON that people can read and compare; `statefile_reader` reads it.

Proxies are called by group and registered name, and stand in the order in which they were made,
sub-proxies where their owner names them: what is saved again without a change is the same text.
Large values are under `contents`, by the SHA-256 of what they are on the wire.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, TypeAlias

from collab_kernel.core.pipeline import Pipeline, SavedProxy
from collab_kernel.core.values import Input, Kind, ProxyId, Value

EXTENSION = ".collab-state.json"

FORMAT, VERSION = "collab-state", 1

MAX_LINE_CHARACTERS = 100

INFINITIES = {"inf": float("inf"), "-inf": float("-inf")}

Json: TypeAlias = Any
"""What `json` makes: dicts with texts as keys, lists, texts, numbers, bools, None."""


def encode_pipeline(pipeline: Pipeline, contents: Mapping[bytes, bytes]) -> str:
    """The text of a state file. contents: of the pipeline's large values, by SHA-256."""
    document: dict[str, Json] = {
        "format": FORMAT,
        "version": VERSION,
        "catalogue": pipeline.catalogue,
        "time": _plain(pipeline.time),
    }
    writer = _Writer({proxy.id: proxy for proxy in pipeline.proxies})
    document["proxies"] = [writer.proxy(p) for p in pipeline.proxies if not p.owner]
    document["links"] = [
        {
            "name": link.name,
            "kind": link.kind.name.lower(),
            "ends": [
                [writer.reference(e.proxy), *([e.property] * bool(e.property))] for e in link.ends
            ],
        }
        for link in pipeline.links
    ]
    document["selections"] = [
        {"of": writer.port(port), "by": writer.reference(selection)}
        for port, selection in pipeline.selections
    ]
    named = sorted({v.blob.sha256 for v in pipeline.large_values if v.blob is not None})
    document["contents"] = {sha256.hex(): b64encode(contents[sha256]).decode() for sha256 in named}
    return _laid_out(document) + "\n"


class _Writer:
    """proxies: of the pipeline, by id."""

    def __init__(self, proxies: Mapping[ProxyId, SavedProxy]) -> None:
        self._proxies = proxies

    def proxy(self, proxy: SavedProxy) -> dict[str, Json]:
        written: dict[str, Json] = {"group": proxy.group, "type": proxy.type}
        if proxy.name:
            written["name"] = proxy.name
        if proxy.annotations:
            written["annotations"] = dict(proxy.annotations)
        written["properties"] = {name: self._value(proxy, name, v) for name, v in proxy.values}
        return written

    def _value(self, proxy: SavedProxy, name: str, value: Value) -> dict[str, Json]:
        if value.blob is not None:
            return {word(value.kind): {"content": value.blob.sha256.hex()}}
        if value.kind is Kind.BYTES:
            [data] = value.elements
            assert isinstance(data, bytes)
            return {word(value.kind): b64encode(data).decode()}
        if value.kind in (Kind.PROXY, Kind.INPUT):
            places = enumerate(value.elements)
            return {word(value.kind): [self._element((proxy.id, name, i), e) for i, e in places]}
        return {word(value.kind): [_plain(e) for e in value.elements]}

    def _element(self, place: tuple[ProxyId, str, int], element: Any) -> Json:
        """A proxy that a value names: written here if this is where its owner names it first."""
        id = element.proxy if isinstance(element, Input) else element
        if self._home(id) == place:
            inner = self.proxy(self._proxies[id])
            port = element.port if isinstance(element, Input) else 0
            return inner | ({"port": port} if port else {})
        return self.port(element) if isinstance(element, Input) else self.reference(id)

    def _home(self, id: ProxyId) -> tuple[ProxyId, str, int] | None:
        """Where a sub-proxy is written; None for any other proxy."""
        owner = self._proxies[id].owner
        if not owner:
            return None
        return next(
            (owner, name, index)
            for name, value in self._proxies[owner].values
            for index, reference in enumerate(value.references)
            if reference == id
        )

    def port(self, port: Input) -> Json:
        reference = self.reference(port.proxy)
        return {"proxy": reference, "port": port.port} if port.port else reference

    def reference(self, id: ProxyId) -> Json:
        """GROUP/NAME; of a sub-proxy a list: its owner's, the property and the place there."""
        home, proxy = self._home(id), self._proxies[id]
        if home is None:
            return f"{proxy.group}/{proxy.name}"
        owner = self.reference(home[0])
        return [*(owner if isinstance(owner, list) else [owner]), *home[1:]]


def word(kind: Kind) -> str:
    """What a file calls a kind of values."""
    return kind.name.lower()


def _plain(number: Any) -> Json:
    """JSON has no infinities."""
    infinite = isinstance(number, float) and number in INFINITIES.values()
    return ("inf" if number > 0 else "-inf") if infinite else number


def _laid_out(document: Json, indent: int = 0) -> str:
    """JSON text in lines: what is short, and lists of numbers and texts, on one."""
    short = json.dumps(document, ensure_ascii=False, allow_nan=False)
    inner = document.values() if isinstance(document, dict) else document
    flat = not isinstance(document, dict | list) or not inner
    if flat or len(short) + indent <= MAX_LINE_CHARACTERS:
        return short
    pad = " " * (indent + 1)
    if isinstance(document, list):
        if not any(isinstance(e, dict | list) for e in document):
            return short
        parts = [f"{pad}{_laid_out(e, indent + 1)}" for e in document]
        return "[\n" + ",\n".join(parts) + f"\n{' ' * indent}]"
    parts = [
        f"{pad}{json.dumps(k, ensure_ascii=False)}: {_laid_out(v, indent + 1)}"
        for k, v in document.items()
    ]
    return "{\n" + ",\n".join(parts) + f"\n{' ' * indent}}}"
