"""`collab plugins new`: a small plugin that works, to start one's own from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

import click

from collab_kernel import __version__

KINDS = ("transport", "renderer", "store", "policy", "front-end")
MAX_NAME_CHARACTERS = 40

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Where to make its folder; default: here.",
)
def new(kind: str, name: str, into: Path) -> None:
    """Write a plugin of KIND to start from, into the folder collab-KIND-NAME.

    It works as it stands, and its tests run it through the contract kit of its kind.
    """
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME_CHARACTERS:
        raise click.UsageError(
            f"{name!r:.60} is no name for a plugin: small letters, digits and single dashes "
            f"between them, a letter first, at most {MAX_NAME_CHARACTERS}"
        )
    folder = into / distribution(kind, name)
    if folder.exists() or folder.is_symlink():
        raise click.UsageError(f"{folder} is there already: nothing was written")
    for path, text in package(kind, name):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {folder}: its README.md says how to install and test it.")


def distribution(kind: str, name: str) -> str:
    return f"collab-{kind}-{name}"


def package(kind: str, name: str) -> Iterator[tuple[PurePosixPath, str]]:
    """The files of a new plugin: path in its folder, and text."""
    module = distribution(kind, name).replace("-", "_")
    words = {
        "{{name}}": name,
        "{{distribution}}": distribution(kind, name),
        "{{package}}": module,
        "{{Class}}": "".join(part.capitalize() for part in name.split("-")),
        "{{version}}": __version__,
    }
    for path, template in _templates(files("collab_cli") / "templates" / kind, PurePosixPath()):
        text = template.read_text(encoding="utf-8")
        for mark, word in words.items():
            text = text.replace(mark, word)
        parts = [module if part == "package" else part for part in path.parts]
        yield PurePosixPath(*parts[:-1], parts[-1].removesuffix(".in")), text


def _templates(
    folder: Traversable, path: PurePosixPath
) -> Iterator[tuple[PurePosixPath, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _templates(entry, path / entry.name)
        else:
            yield path / entry.name, entry
