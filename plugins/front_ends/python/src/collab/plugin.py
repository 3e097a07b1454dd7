"""Starts from the command line as `collab client`: the hooks, and nothing else."""

from __future__ import annotations

from collab_kernel.hookspecs import hookimpl
from collab_kernel.spi import ClientOptions, FrontEndSpec


@hookimpl
def collab_front_ends() -> list[FrontEndSpec]:
    """The front end `python`: a shell, or a script."""

    def client(options: ClientOptions) -> int:
        from collab.shell import start

        return start(options)

    return [FrontEndSpec("python", "scripts and a shell, by ParaView's names", client)]
