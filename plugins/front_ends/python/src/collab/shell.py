"""`collab client`: a Python shell on a session, or a script run as by Python itself."""

from __future__ import annotations

import builtins
import code
import contextlib
import importlib
import importlib.util
import runpy
import sys
from pathlib import Path
from typing import Any

from collab import collaboration, servermanager, simple
from collab.client import client
from collab.constructors import keep_in_step
from collab.tracebacks import show, trim
from collab_kernel.client import Session
from collab_kernel.errors import CollabError
from collab_kernel.spi import ClientOptions

FINE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


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
                connect_id=options.connect_id,
            )
        if options.reverse:
            client.wait(
                options.reverse,
                options.session,
                options.token or None,
                options.locks,
                options.connect_id,
                _waiting,
            )
        if options.script is not None:
            return run(options.script, options.arguments)
        return interact()
    finally:
        client.close()


def _waiting(address: str) -> None:
    print(f"collab: waiting for a server: collab serve --reverse {address}", file=sys.stderr)


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
        Console(names).interact(banner(), exitmsg="")
    except SystemExit as end:
        return exit_code(end)
    return FINE


class Console(code.InteractiveConsole):
    """Python's own shell, with tracebacks that show what was typed."""

    def showtraceback(self) -> None:
        error = sys.exception()
        assert error is not None
        show(error, self.filename)


def _ipython(names: dict[str, Any]) -> int:
    application: Any = importlib.import_module("IPython.terminal.ipapp").TerminalIPythonApp
    config = importlib.import_module("traitlets.config").Config()
    config.TerminalInteractiveShell.banner1 = banner() + "\n"
    app = application.instance(user_ns=names, config=config)
    app.initialize(argv=[])
    app.shell.set_custom_exc((CollabError,), show_in_ipython)
    app.start()
    return FINE


def show_in_ipython(
    shell: Any, kind: type[CollabError], error: CollabError, trace: Any, tb_offset: Any = None
) -> None:
    """IPython's own traceback, of what was typed. The first frame is IPython's."""
    trim(error)
    text = shell.InteractiveTB.structured_traceback(kind, error, error.__traceback__, tb_offset)
    shell._showtraceback(kind, error, text)


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
        where = (
            f"Session {session.name!r} at {connection.title}, as {session.me.name!r}: "
            f"{steering(session)}; "
            f"{'also here: ' + ', '.join(others) if others else 'nobody else is here'}."
        )
    return (
        f"{where}\n"
        "The names of collab.simple and collab.collaboration are at hand: Sphere(), Show(), "
        "Render()...;\nprocessServerEvents() shows what the others have done."
    )


def steering(session: Session) -> str:
    """Who has the master's right; or that it is the past, where nobody has it."""
    if (past := session.looking_back) is not None:
        who = f" ({past.author})" if past.author else ""
        if past.until:
            return f"what happened up to revision {past.until} happens once more, to look at only"
        return f"as it was at revision {past.revision}{who}, to look at only"
    master = session.state.master
    if master == session.id:
        return "you steer"
    row = None if master is None else session.state.participants.get(master)
    if row is None:
        return "nobody steers"
    if not row.connected:
        return f"{row.name}'s connection broke, and the right passes on after ten seconds"
    return f"{row.name} steers"
