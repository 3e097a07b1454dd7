"""Which file names may stand in a property: judged by their text alone.

The renderer judges again where it opens the file, with links resolved: a log may come from
elsewhere, and files name other files.
"""

from __future__ import annotations

from dataclasses import dataclass

from collab_kernel.errors import InvalidValueError, NotAllowedError

MAX_CHARACTERS = 4_096


@dataclass(frozen=True, slots=True)
class FileRules:
    """Names are relative to `root` or lie below it; an empty root allows all names."""

    root: str = ""

    def check(self, actor: str, name: str) -> None:
        """Raises InvalidValueError or NotAllowedError."""
        if len(name) > MAX_CHARACTERS:
            raise InvalidValueError(
                f"a file name of {len(name)} characters: at most {MAX_CHARACTERS} are allowed"
            )
        if "\0" in name:
            raise InvalidValueError(f"{name!r:.80}: no file can have this name")
        if not self.root or not name:
            return
        below = name == self.root or name.startswith(f"{self.root.rstrip('/')}/")
        if ".." in name.split("/") or (name.startswith("/") and not below):
            raise NotAllowedError(
                actor,
                f"open {name!r:.200}",
                f"files are opened below {self.root} only (--data-dir)",
            )
