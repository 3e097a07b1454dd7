"""`collab serve`: a server until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import signal
import webbrowser
from pathlib import Path

import click

from collab_cli.sizes import size_bytes
from collab_kernel.server import DEFAULT_MAX_BLOB_BYTES, DEFAULT_MAX_CLIENTS, Locks, Server

NO_RENDERER = "none"
EXISTING = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command()
@click.argument(
    "files",
    nargs=-1,
    metavar="[FILE]...",
    type=EXISTING,
)
@click.option(
    "--transport",
    "transports",
    multiple=True,
    metavar="NAME[://HOST[:PORT]]",
    help="Where to accept; repeatable. Port 0 picks one. Default: every installed transport.",
)
@click.option(
    "--reverse",
    multiple=True,
    metavar="URL",
    help="Dial out to a client that waits (collab client --reverse); repeatable.",
)
@click.option("--multi-clients", is_flag=True, help="Let more than one participant join.")
@click.option(
    "--max-clients",
    type=click.IntRange(min=1),
    default=DEFAULT_MAX_CLIENTS,
    show_default=True,
    help="How many, with --multi-clients.",
)
@click.option(
    "--session",
    "sessions",
    multiple=True,
    default=("main",),
    show_default=True,
    help="The name of a session; repeatable, the first is the default one.",
)
@click.option(
    "--renderer",
    default="vtk",
    show_default=True,
    help="The renderer plugin; 'none' executes no pipeline.",
)
@click.option("--policy", default="master-slave", show_default=True, help="Who may do what.")
@click.option(
    "--data-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Participants open files below it only. Default: the working directory.",
)
@click.option(
    "--allow-write",
    multiple=True,
    metavar="DIRECTORY",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    help="Participants may have files written below it; repeatable. Default: nowhere.",
)
@click.option("--allow-code", is_flag=True, help="Run the code that participants write.")
@click.option(
    "--unconfined",
    is_flag=True,
    help="Let the operating system put no limits on the renderer's process.",
)
@click.option(
    "--max-blob",
    type=size_bytes,
    default=DEFAULT_MAX_BLOB_BYTES,
    metavar="BYTES",
    help="What the largest value of a property may take: 64M, say. Default: 16M.",
)
@click.option("--connect-id", default="", help="Newcomers have to give it.")
@click.option("--viewers-look-only", is_flag=True, help="Viewers don't chat, point or propose.")
@click.option("--tls-cert", type=EXISTING, help="The certificate of grpcs and wss (PEM).")
@click.option("--tls-key", type=EXISTING, help="Its private key (PEM).")
@click.option("--tls-ca", type=EXISTING, help="Whom to trust where --reverse dials out.")
@click.option("--curve-key", type=EXISTING, help="The secret key of zmq+curve: see collab keys.")
@click.option("--token-file", type=EXISTING, help="Who may join: see collab token.")
@click.option("--require-token", is_flag=True, help="Also from this machine.")
@click.option("--insecure", is_flag=True, help="Listen beyond this machine without locks.")
@click.option("--open", "opened", is_flag=True, help="Open the page in a browser, too.")
@click.option("--log-level", default="warning", show_default=True, help="What goes to stderr.")
def serve(
    files: tuple[Path, ...],
    transports: tuple[str, ...],
    reverse: tuple[str, ...],
    multi_clients: bool,
    max_clients: int,
    sessions: tuple[str, ...],
    renderer: str,
    policy: str,
    data_dir: Path,
    allow_write: tuple[Path, ...],
    allow_code: bool,
    unconfined: bool,
    max_blob: int,
    connect_id: str,
    viewers_look_only: bool,
    tls_cert: Path | None,
    tls_key: Path | None,
    tls_ca: Path | None,
    curve_key: Path | None,
    token_file: Path | None,
    require_token: bool,
    insecure: bool,
    opened: bool,
    log_level: str,
) -> None:
    """Serve a session, with FILEs opened, shown and coloured in it."""
    level = logging.getLevelNamesMapping().get(log_level.upper())
    if level is None:
        raise click.BadParameter(f"{log_level!r} is no level", param_hint="--log-level")
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    if not all(name.strip() and name.isprintable() and len(name) <= 64 for name in sessions):
        raise click.BadParameter("1 to 64 printable characters", param_hint="--session")
    if len(set(sessions)) != len(sessions):
        raise click.BadParameter("two sessions of one name", param_hint="--session")
    if require_token and token_file is None:
        raise click.UsageError("--require-token needs --token-file")
    locks = Locks(tls_cert, tls_key, curve_key, token_file, require_token, tls_ca, insecure)
    if insecure:
        click.echo("collab: --insecure: anybody who reaches this server can join it", err=True)
    if unconfined:
        click.echo("collab: --unconfined: the renderer has all rights of this user", err=True)
    _open_as_many_as_may_be()
    server = Server(
        transports or (None if not reverse else ()),
        reverse=reverse,
        renderer=None if renderer == NO_RENDERER else renderer,
        policy=policy,
        multi_clients=multi_clients,
        max_clients=max_clients,
        sessions=sessions,
        locks=locks,
        data_dir=data_dir,
        files=files,
        allow_write=allow_write,
        allow_code=allow_code,
        confined=not unconfined,
        connect_id=connect_id,
        viewers_look_only=viewers_look_only,
        max_blob_bytes=max_blob,
    )
    asyncio.run(_serve(server, sessions[0], reverse, opened))


def _open_as_many_as_may_be() -> None:
    """A connection takes a file descriptor, and systems begin with few."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS says "any number" and means fewer
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve(server: Server, session: str, reverse: tuple[str, ...], opened: bool) -> None:
    """Serve until a signal comes, also while the files are still being opened."""
    serving = asyncio.current_task()
    assert serving is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        async with server:
            for address in server.addresses:
                click.echo(f"Accepting connection(s): {address}")
            for url in reverse:
                click.echo(f"Connecting to a client: {url}")
            _tell_how_to_join(server, session)
            if opened:
                await asyncio.to_thread(_open_page, server)
            await asyncio.Event().wait()


def _tell_how_to_join(server: Server, session: str) -> None:
    if server.confinement:
        click.echo(f"{server.confinement[:1].upper()}{server.confinement[1:]}.")
    if server.addresses:
        click.echo(f"Session {session!r} is ready. To join it from another terminal:")
        click.echo(f"    collab client {server.addresses[0]}")
    for page in server.pages:
        click.echo(f"In a browser: {page}")
    if not server.multi_clients:
        click.echo("One participant at a time (--multi-clients lets more join).")
    click.echo("Ctrl-C ends it.")


def _open_page(server: Server) -> None:
    """Open the page in the user's browser; a line on stderr where that can't be."""
    if not server.pages:
        click.echo("collab: --open: no page is served: `collab plugins` lists front ends", err=True)
    elif not webbrowser.open(server.pages[0]):
        click.echo("collab: --open: no browser was found on this machine", err=True)
