"""Which file names may stand in a property: judged by their text alone.

The renderer judges again where it opens the file, with links resolved: a log may come from
elsewhere, and files name other files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from collab_kernel.errors import FlagNeededError, InvalidValueError, NotAllowedError

MAX_CHARACTERS = 4_096

ALLOW_WRITE = "--allow-write"


@dataclass(frozen=True, slots=True)
class FileRules:
    """Names that are read are relative to `root` or lie below it; an empty root allows all.
    Names that are written are relative to the first of `writable` or lie below one of them."""

    root: str = ""
    writable: tuple[str, ...] = ()

    def check(self, actor: str, name: str) -> None:
        """Whether `actor` may have the file opened. Raises InvalidValueError or
        NotAllowedError."""
        _check_name(name)
        if self.root and name and not _lies_below(name, (self.root,)):
            raise NotAllowedError(
                actor,
                f"open {name!r:.200}",
                f"files are opened below {self.root} only (--data-dir)",
            )

    def check_writing(self, actor: str, name: str) -> None:
        """Whether `actor` may have the file written. Raises InvalidValueError or
        NotAllowedError, FlagNeededError among them."""
        if not self.writable:
            raise FlagNeededError(actor, "write files", ALLOW_WRITE)
        _check_name(name)
        if not name or name.endswith("/"):
            raise InvalidValueError(f"{name!r:.200}: this names no file")
        if not _lies_below(name, self.writable):
            raise NotAllowedError(
                actor,
                f"write {name!r:.200}",
                f"files are written below {' or '.join(self.writable)} only ({ALLOW_WRITE})",
            )


def _check_name(name: str) -> None:
    if len(name) > MAX_CHARACTERS:
        raise InvalidValueError(
            f"a file name of {len(name)} characters: at most {MAX_CHARACTERS} are allowed"
        )
    if "\0" in name:
        raise InvalidValueError(f"{name!r:.80}: no file can have this name")


def _lies_below(name: str, roots: Iterable[str]) -> bool:
    """By its text; a relative name lies below all of them."""
    if ".." in name.split("/"):
        return False
    return not name.startswith("/") or any(
        name == root or name.startswith(f"{root.rstrip('/')}/") for root in roots
    )
