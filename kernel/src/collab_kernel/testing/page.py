"""What is wrong with a web page that is to be served with no script but in files of its own."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

RUN = ("", "module", "importmap", "text/javascript", "application/javascript")
"""Types of script elements that a browser runs, or would; others hold data."""


def faults(folder: Path) -> Iterator[str]:
    """Each reason, in words, for which browsers will not show the page as it lies there."""
    root = folder.resolve()
    if not (root / "index.html").is_file():
        yield f"there is no {folder / 'index.html'}"
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.resolve().is_relative_to(root):
            yield f"{name} is a link out of the folder, and is not served"
        elif path.suffix == ".html":
            reader = _Reader()
            reader.feed(path.read_text(encoding="utf-8"))
            yield from (f"{name} has {what}, which browsers ignore" for what in reader.found)


class _Reader(HTMLParser):
    """Collects what stands in a page and should be in a file."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and (given.get("type") or "").lower() in RUN:
            self.found.append("a script element without src")
        if tag == "style":
            self.found.append("a style element")
        for name in given:
            if name.startswith("on") or name == "style":
                self.found.append(f"the attribute {name} at an element {tag}")
