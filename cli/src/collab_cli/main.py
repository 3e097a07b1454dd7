"""`collab`: the entry point, its exit codes, and what a failure looks like."""

from __future__ import annotations

import sys
import traceback

import click

from collab_cli.headings import GroupInOrder, Later
from collab_kernel import __version__
from collab_kernel.errors import (
    AddressError,
    AuthenticationFailedError,
    CollabError,
    InvariantError,
    PluginError,
    ProtocolError,
    TransportError,
)
from collab_kernel.plugins import Plugins, load

FINE, USAGE, REFUSED, CANNOT_CONNECT, PLUGIN, BUG = 0, 2, 3, 4, 5, 70


COMMANDS = {
    "serve": Later(
        "collab_cli.serve", "Serve a session, with FILEs opened, shown and coloured in it."
    ),
    "client": Later("collab_cli.client", "Join from Python, with a shell or a script."),
    "who": Later("collab_cli.session", "List who is in a session, and who steers it."),
    "log": Later("collab_cli.log", "Show who changed what in a session, and when."),
    "status": Later("collab_cli.status", "Say how a server is, and what it has done."),
    "sessions": Later(
        "collab_cli.sessions", "List a store's sessions; rename, archive, delete them."
    ),
    "export": Later("collab_cli.export", "Write a session as a script or a state file."),
    "replay": Later(
        "collab_cli.replay", "Let a stored session happen once more, at its pace or faster."
    ),
    "token": Later("collab_cli.token", "Make, list and revoke what lets people in."),
    "plugins": Later("collab_cli.plugins", "List every plugin found, or make one to start from."),
}


@click.group(
    cls=GroupInOrder, later=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="collab")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def collab(context: click.Context, debug: bool) -> None:
    """Look at, and steer, the same VTK visualization together."""
    context.obj = debug


def command_line(found: Plugins) -> click.Group:
    """`collab` with the commands that plugins add."""
    found.hooks.hook.collab_commands(group=collab)
    return collab


def exit_code(error: BaseException) -> int:
    """What a command that ended with `error` exits with: see `collab_kernel.errors`."""
    match error:
        case AuthenticationFailedError():
            return REFUSED
        case PluginError():
            return PLUGIN
        case AddressError():
            return USAGE
        case TransportError() | ProtocolError():
            return CANNOT_CONNECT
        case InvariantError():
            return BUG
        case CollabError():
            return REFUSED
        case _:
            return BUG


def main() -> None:
    """Run the command line; errors are one line on stderr unless `--debug` is given."""
    debug = "--debug" in sys.argv[1:]
    try:
        code = command_line(load()).main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else FINE)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(USAGE)
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        command = context.command_path if context else "collab"
        click.echo(f"collab: {error.format_message()} (see {command} --help)", err=True)
        sys.exit(USAGE)
    except Exception as error:
        if debug:
            traceback.print_exc()
        elif isinstance(error, CollabError):
            click.echo(f"collab: {' '.join(str(error).split())}", err=True)
        else:
            click.echo(
                f"collab: this is a bug in Collab: {type(error).__name__}: {error} "
                "(--debug shows where)",
                err=True,
            )
        sys.exit(exit_code(error))
