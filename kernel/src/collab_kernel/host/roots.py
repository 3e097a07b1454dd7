"""What a server lets its renderer do with files: judged where one is opened or written, with
links resolved. By their text names were judged before (`core.files`); a log may come from
elsewhere, so nothing is taken for granted here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collab_kernel.core.files import ALLOW_WRITE
from collab_kernel.errors import PipelineFailedError


@dataclass(frozen=True, slots=True)
class Roots:
    """Files are read below `data_dir` or among `files`, without a `data_dir` anywhere; they are
    written below `writable`."""

    data_dir: Path | None = None
    files: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()

    def resolve(self, name: str) -> Path:
        """The path to open for a name in the state; relative names start at `data_dir`.

        Raises PipelineFailedError for what lies elsewhere, also by way of a link.
        """
        base = self.data_dir or Path.cwd()
        path = base / name
        if self.data_dir is None:
            return path
        resolved = path.resolve()
        inside = resolved.is_relative_to(self.data_dir.resolve())
        if not inside and resolved not in [file.resolve() for file in self.files]:
            raise PipelineFailedError(
                f"{name}: files are read below {self.data_dir} only (--data-dir)"
            )
        return path

    def resolve_writing(self, name: str) -> Path:
        """The path to write for a name, without a link on its way; relative names start at the
        first of `writable`.

        Raises PipelineFailedError for what lies elsewhere, also by way of a link.
        """
        if not self.writable:
            raise PipelineFailedError(f"{name}: this server writes no files ({ALLOW_WRITE})")
        path = self.writable[0] / name
        resolved = path.resolve()
        if not any(resolved.is_relative_to(root.resolve()) for root in self.writable):
            roots = " or ".join(map(str, self.writable))
            raise PipelineFailedError(
                f"{name}: files are written below {roots} only ({ALLOW_WRITE})"
            )
        # The last part stays a name: what is replaced is a link there, never what it leads to.
        return path.parent.resolve() / path.name


@dataclass(frozen=True, slots=True)
class Allowance:
    """All that a renderer's process may do. code: run what proxies hold.

    confined: the operating system sees to it as well, where it can.
    """

    roots: Roots = field(default_factory=Roots)
    code: bool = False
    confined: bool = True

    def text(self) -> str:
        """As one argument of a command."""
        roots = self.roots
        content: dict[str, Any] = {
            "data_dir": None if roots.data_dir is None else str(roots.data_dir),
            "files": [str(file) for file in roots.files],
            "writable": [str(folder) for folder in roots.writable],
            "code": self.code,
            "confined": self.confined,
        }
        return json.dumps(content)

    @classmethod
    def of(cls, text: str) -> Allowance:
        """The allowance that `text` says."""
        content = json.loads(text)
        data_dir = content["data_dir"]
        roots = Roots(
            None if data_dir is None else Path(data_dir),
            tuple(map(Path, content["files"])),
            tuple(map(Path, content["writable"])),
        )
        return cls(roots, content["code"], content["confined"])
