"""`collab client`: a Python shell on a session, or a script run as by Python itself."""

from __future__ import annotations

import builtins
import code
import contextlib
import importlib
import importlib.util
import runpy
import sys
import traceback
from pathlib import Path
from typing import Any

from collab import collaboration, servermanager, simple
from collab.client import client
from collab.constructors import keep_in_step
from collab_kernel.errors import CollabError
from collab_kernel.spi import ClientOptions

FINE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

_INTERNAL = ("collab", "collab_kernel")


def start(options: ClientOptions) -> int:
    """Connect, and run the script or the shell; its exit code.

    Raises what connecting raises: MultiServerError, SessionFullError, ConnectionLostError...
    """
    client.desk.multi_servers = options.multi_servers
    client.desk.name = options.name
    try:
        for url in options.urls:
            client.connect(
                url,
                session=options.session,
                token=options.token or None,
                tls=options.tls or None,
            )
        if options.script is not None:
            return run(options.script, options.arguments)
        return interact()
    finally:
        client.close()


# -- a script ------------------------------------------------------------------------------


def run(script: str, arguments: tuple[str, ...] = ()) -> int:
    """Run a script as Python does; its exit code, or 1 behind its traceback."""
    if not Path(script).is_file():
        print(f"collab: there is no script {script!r}", file=sys.stderr)
        return USAGE
    argv, path = sys.argv, sys.path[:]
    sys.argv = [script, *arguments]
    sys.path.insert(0, str(Path(script).resolve().parent))
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        return exit_code(end)
    except KeyboardInterrupt as error:
        show(error, script)
        return INTERRUPTED
    except BaseException as error:
        show(error, script)
        return FAILED
    finally:
        sys.argv, sys.path[:] = argv, path
    return FINE


def exit_code(end: SystemExit) -> int:
    """What Python makes of `sys.exit`'s argument."""
    if end.code is None:
        return FINE
    if isinstance(end.code, int):
        return end.code
    print(end.code, file=sys.stderr)
    return FAILED


def show(error: BaseException, script: str) -> None:
    """Print the script's own traceback: how it was started is not its business, and neither
    is where in Collab an error with a name was raised."""
    shown = traceback.TracebackException.from_exception(error)
    todo: list[traceback.TracebackException | None] = [shown]
    named = isinstance(error, CollabError)
    while todo:
        part = todo.pop()
        if part is not None:
            part.stack = _own(part.stack, script, named)
            todo += [part.__cause__, part.__context__]
    print("".join(shown.format()), end="", file=sys.stderr)


def _own(stack: traceback.StackSummary, script: str, named: bool) -> traceback.StackSummary:
    frames = list(stack)
    first = next((i for i, f in enumerate(frames) if f.filename == script), len(frames))
    kept = [f for f in frames[first:] if not (named and _is_internal(f.filename))]
    return traceback.StackSummary.from_list(kept)


def _is_internal(filename: str) -> bool:
    folders = [Path(p).resolve() for m in _INTERNAL for p in sys.modules[m].__path__]
    path = Path(filename).resolve()
    asynchronous = path.parent.name in ("futures", "asyncio")  # where we wait for the answer
    return asynchronous or any(path.is_relative_to(folder) for folder in folders)


# -- a shell -------------------------------------------------------------------------------


def interact() -> int:
    """A shell with the names of `collab.simple` at hand; the code that it ends with."""
    names = namespace()
    if importlib.util.find_spec("IPython") is not None:
        return _ipython(names)
    with contextlib.suppress(ImportError):  # Windows has none
        import readline
        import rlcompleter

        readline.set_completer(rlcompleter.Completer(names).complete)
        readline.parse_and_bind("tab: complete")
    try:
        code.interact(banner(), local=names, exitmsg="")
    except SystemExit as end:
        return exit_code(end)
    return FINE


def _ipython(names: dict[str, Any]) -> int:
    ipython: Any = importlib.import_module("IPython")
    config = importlib.import_module("traitlets.config").Config()
    config.TerminalInteractiveShell.banner1 = banner() + "\n"
    ipython.start_ipython(argv=[], user_ns=names, config=config)
    return FINE


def namespace() -> dict[str, Any]:
    """What a shell starts with."""
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
    for module in (simple, collaboration):
        names |= {name: getattr(module, name) for name in module.__all__}
    names |= {"simple": simple, "collaboration": collaboration, "servermanager": servermanager}
    keep_in_step(names, client.current)
    return names


def banner() -> str:
    """Where one is connected, and who else is there."""
    connection = client.current
    if connection is None:
        where = "On a built-in session of your own, which starts when you first use it."
    else:
        session = connection.session
        others = [p.name for p in session.participants if p.id != session.id]
        steering = "you steer" if session.state.master == session.id else "another one steers"
        where = (
            f"Session {session.name!r} at {connection.GetURI()}, as {session.me.name!r}: "
            f"{steering}; {'also here: ' + ', '.join(others) if others else 'nobody else is here'}."
        )
    return (
        f"{where}\n"
        "The names of collab.simple and collab.collaboration are at hand: Sphere(), Show(), "
        "Render()...;\nprocessServerEvents() shows what the others have done."
    )
