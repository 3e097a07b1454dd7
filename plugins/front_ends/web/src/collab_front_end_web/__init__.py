"""The page: a session in a browser. The hooks, and nothing else."""

from __future__ import annotations

from pathlib import Path

from collab_kernel import hookimpl
from collab_kernel.errors import BrokenPluginError
from collab_kernel.spi import FrontEndSpec


@hookimpl
def collab_front_ends() -> list[FrontEndSpec]:
    """The front end `web`: files, which every transport serves that speaks HTTP too."""

    def files() -> Path:
        folder = Path(__file__).with_name("page")
        if not (folder / "index.html").is_file():
            raise BrokenPluginError(
                "the page is not built: install node 20.19 or later and run "
                "`python3 dev.py install`, or install the wheel, which has it"
            )
        return folder

    return [FrontEndSpec("web", "the page: a session in a browser", files=files)]
