"""Where the renderer may read: checked where a file is opened, with links resolved."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from collab_kernel.errors import PipelineFailedError


@dataclass(frozen=True, slots=True)
class Roots:
    """Files lie below `data_dir` or are among `files`; without a `data_dir`, anywhere."""

    data_dir: Path | None = None
    files: tuple[Path, ...] = ()

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

    def text(self) -> str:
        """As one argument of a command."""
        data_dir = None if self.data_dir is None else str(self.data_dir)
        return json.dumps([data_dir, [str(file) for file in self.files]])

    @classmethod
    def of(cls, text: str) -> Roots:
        """The roots that `text` says."""
        data_dir, files = json.loads(text)
        return cls(None if data_dir is None else Path(data_dir), tuple(map(Path, files)))
