"""Starts from the command line as `collab client`: the hooks, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from collab_kernel.hookspecs import hookimpl
from collab_kernel.spi import ClientOptions, FrontEndSpec, State, Value


@hookimpl
def collab_front_ends() -> list[FrontEndSpec]:
    """The front end `python`: a shell, or a script."""

    def client(options: ClientOptions) -> int:
        from collab.shell import start

        return start(options)

    def script(state: State, whole: Callable[[Value], Value], title: str) -> str:
        from collab.scripting import script

        return script(state, whole, title)

    summary = "scripts and a shell, by ParaView's names"
    return [FrontEndSpec("python", summary, client, script=script)]
