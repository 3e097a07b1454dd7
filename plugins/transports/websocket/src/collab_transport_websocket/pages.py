"""The files of a web page, and which answer a request for one gets. No sockets here."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

from collab_kernel.network import content

INDEX = "/index.html"
ASSETS = "/assets/"
"""What is below never changes under its name: build tools put a hash into it."""

TYPES = {
    "css": "text/css; charset=utf-8",
    "gif": "image/gif",
    "html": "text/html; charset=utf-8",
    "ico": "image/vnd.microsoft.icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "map": "application/json",
    "mjs": "text/javascript; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "txt": "text/plain; charset=utf-8",
    "wasm": "application/wasm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xml": "text/xml; charset=utf-8",
}
"""By a name's end; not asked of the system, whose answer differs from machine to machine."""

ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""The best first, and what the name of a file that is stored so ends with."""

GUARDS = {
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' blob: data:; "
        "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What every answer tells the browser not to do: run what was not served as a script, be framed,
tell others where it comes from, guess what a file is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """headers: all but those that every HTTP answer has (`Date`, `Connection`)."""

    status: HTTPStatus
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class _Form:
    """A file's bytes in one encoding; "" is as they are."""

    encoding: str
    data: bytes
    etag: str


class Pages:
    """Every file below `folder` that may be served, read at once: what a request names is looked
    up and never opened, so no name leads anywhere else.

    Left out are hidden files, and links that lead out of the folder. Raises AddressError for a
    file that can't be read. Blocks.
    """

    def __init__(self, folder: Path) -> None:
        root = folder.resolve()
        data = {name: content(str(path)) for name, path in _files(root)}
        self._files: dict[str, list[_Form]] = {}
        for name in data:
            stem, dot, end = name.rpartition(".")
            if f"{dot}{end}" in ENCODINGS.values() and stem in data:
                continue  # another form of a file that is served by its own name
            forms = {code: name + end for code, end in ENCODINGS.items() if name + end in data}
            self._files[name] = [
                _Form(code, data[found], _etag(data[found])) for code, found in forms.items()
            ] + [_Form("", data[name], _etag(data[name]))]

    def answer(self, method: str, target: str, headers: Mapping[str, str]) -> Answer:
        """What `method` of `target`, a path with or without a query, gets.

        headers: of the request, by names of any case: `Accept-Encoding` and `If-None-Match`.
        """
        if method not in ("GET", "HEAD"):
            refusal = text(HTTPStatus.METHOD_NOT_ALLOWED, "GET and HEAD are answered here")
            return Answer(refusal.status, {**refusal.headers, "Allow": "GET, HEAD"}, refusal.body)
        path = unquote(target.partition("?")[0])
        name = INDEX if path == "/" else path
        if (forms := self._files.get(name)) is None:
            return for_method(method, text(HTTPStatus.NOT_FOUND, "nothing is here"))
        accepted = _accepted(headers.get("Accept-Encoding", ""))
        form = next(form for form in forms if form.encoding in accepted)
        described = {
            **GUARDS,
            "Cache-Control": (
                "public, max-age=31536000, immutable" if name.startswith(ASSETS) else "no-cache"
            ),
            "ETag": form.etag,
        }
        if len(forms) > 1:
            described["Vary"] = "Accept-Encoding"
        if _matches(headers.get("If-None-Match", ""), form.etag):
            return Answer(HTTPStatus.NOT_MODIFIED, described)
        if form.encoding:
            described["Content-Encoding"] = form.encoding
        end = name.rpartition(".")[2].lower()
        described["Content-Type"] = TYPES.get(end, "application/octet-stream")
        described["Content-Length"] = str(len(form.data))
        return for_method(method, Answer(HTTPStatus.OK, described, form.data))


def text(status: HTTPStatus, line: str) -> Answer:
    """One line for people."""
    body = f"{line}\n".encode()
    described = {"Content-Type": TYPES["txt"], "Content-Length": str(len(body))}
    return Answer(status, GUARDS | described, body)


def redirect(target: str) -> Answer:
    """That it is elsewhere on this server, for good."""
    answer = text(HTTPStatus.PERMANENT_REDIRECT, "it is at another path")
    return Answer(answer.status, {**answer.headers, "Location": target}, answer.body)


def for_method(method: str, answer: Answer) -> Answer:
    """Without its body if only the head was asked for."""
    return Answer(answer.status, answer.headers) if method == "HEAD" else answer


def _files(root: Path) -> list[tuple[str, Path]]:
    """Each file below `root`, which is no link, under the path that a request names."""
    found = []
    for place, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            real = path.resolve()
            if not name.startswith(".") and real.is_relative_to(root) and real.is_file():
                found.append((f"/{path.relative_to(root).as_posix()}", path))
    return found


def _etag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def _accepted(header: str) -> set[str]:
    """The encodings that an `Accept-Encoding` names; "" is among them, come what may."""
    accepted = {""}
    for item in header.split(","):
        code, *parameters = (part.strip().lower() for part in item.split(";"))
        refused = any(p.replace(" ", "").rstrip("0.") == "q=" for p in parameters)
        if not refused:
            accepted.add(code)
    return accepted


def _matches(header: str, etag: str) -> bool:
    """Whether an `If-None-Match` names the tag. A proxy that compressed it made it a weak one."""
    named = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in named or etag in named
