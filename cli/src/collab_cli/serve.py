"""`collab serve`: a server until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import webbrowser
from pathlib import Path

import click

from collab_cli.durations import seconds, some_seconds
from collab_cli.headings import CommandWithHeadings
from collab_cli.joining import tell_how_to_join, tell_where
from collab_cli.lasting import history_of, tell_how_it_goes_on
from collab_cli.logs import JSON, TEXT, log_to_stderr
from collab_cli.past import looking_back
from collab_cli.sizes import memory_bytes, size_bytes
from collab_cli.stopping import farewell, stop_on_signals
from collab_cli.stores import store_option
from collab_kernel.server import (
    DEFAULT_LINK_S,
    DEFAULT_MAX_BLOB_BYTES,
    DEFAULT_MAX_CLIENTS,
    DEFAULT_SILENT_S,
    Farewell,
    History,
    Locks,
    RendererLimits,
    Server,
)

NO_RENDERER = "none"
EXISTING = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)

HELP = """Serve a session, with FILEs opened, shown and coloured in it.

\b
collab serve --multi-clients disk.vtu
    for several people on this machine
collab serve --multi-clients --store sqlite:work.collab disk.vtu
    the same, and it goes on after the server was stopped or killed
collab serve --store sqlite:work.collab --at 1234
    as it was then, to look at"""

HEADINGS = {
    "To begin with": ("--multi-clients", "--store", "--transport", "--token-file", "--open"),
    "Sessions, and what was": ("--session", "--history", "--at", "--fork"),
    "Who comes in, and may do what": (
        "--policy",
        "--max-clients",
        "--require-token",
        "--link-expires",
        "--connect-id",
        "--viewers-look-only",
    ),
    "Files and code": ("--data-dir", "--allow-write", "--allow-code", "--max-blob"),
    "The renderer": ("--renderer", "--renderer-timeout", "--renderer-memory", "--unconfined"),
    "Beyond this machine": (
        "--tls-cert",
        "--tls-key",
        "--curve-key",
        "--reverse",
        "--tls-ca",
        "--behind-proxy",
        "--base-path",
        "--insecure",
    ),
    "Keeping it running": ("--metrics", "--log-level", "--log-format", "--stop-text", "--back-in"),
}


@click.command(cls=CommandWithHeadings, headings=HEADINGS, help=HELP)
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
    help="Where to accept; repeatable. Port 0 picks one.  [default: every installed transport]",
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
    metavar="N",
    help="How many, with --multi-clients.",
)
@click.option(
    "--session",
    "sessions",
    multiple=True,
    metavar="NAME",
    help="The name of a session; repeatable, the first is the default one.  [default: all that "
    "the store has, or else main]",
)
@store_option()
@click.option(
    "--history",
    type=history_of,
    default="all",
    show_default=True,
    metavar="EVENTS|30d",
    help="How much of what has happened is kept for replaying it, with --store.",
)
@click.option(
    "--at",
    type=click.IntRange(min=1),
    metavar="REVISION",
    help="Show a session of the store as it was then; nobody changes anything.",
)
@click.option(
    "--fork",
    default="",
    metavar="NAME",
    help="Go on from --at (or the newest) in a new session of this name.",
)
@click.option(
    "--renderer",
    default="vtk",
    show_default=True,
    metavar="NAME",
    help="The renderer plugin; 'none' executes no pipeline.",
)
@click.option(
    "--policy",
    default="master-slave",
    show_default=True,
    metavar="NAME",
    help="master-slave: one steers; shared: everyone but viewers may edit.",
)
@click.option(
    "--data-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Participants open files below it only.  [default: the working directory]",
)
@click.option(
    "--allow-write",
    multiple=True,
    metavar="DIRECTORY",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    help="Participants may have files written below it; repeatable.  [default: nowhere]",
)
@click.option("--allow-code", is_flag=True, help="Run the code that participants write.")
@click.option(
    "--unconfined",
    is_flag=True,
    help="Let the operating system put no limits on the renderer's process.",
)
@click.option(
    "--renderer-timeout",
    type=click.FloatRange(min=0),
    default=DEFAULT_SILENT_S,
    show_default=True,
    metavar="SECONDS",
    help="A renderer that gives no sign of life for so long is started again; 0: never.",
)
@click.option(
    "--renderer-memory",
    type=memory_bytes,
    default=0,
    metavar="BYTES",
    help="A renderer that takes more is started again: 8G, say.  [default: no limit]",
)
@click.option(
    "--max-blob",
    type=size_bytes,
    default=DEFAULT_MAX_BLOB_BYTES,
    metavar="BYTES",
    help="What the largest value of a property may take: 64M, say.  [default: 16M]",
)
@click.option("--connect-id", default="", metavar="ID", help="Newcomers have to give it.")
@click.option("--viewers-look-only", is_flag=True, help="Viewers don't chat, point or propose.")
@click.option("--tls-cert", type=EXISTING, help="The certificate of grpcs and wss (PEM).")
@click.option("--tls-key", type=EXISTING, help="Its private key (PEM).")
@click.option("--tls-ca", type=EXISTING, help="Whom to trust where --reverse dials out.")
@click.option("--curve-key", type=EXISTING, help="The secret key of zmq+curve: see collab keys.")
@click.option("--token-file", type=EXISTING, help="Who may join from elsewhere: see collab token.")
@click.option(
    "--require-token", is_flag=True, help="From this machine, too, nobody joins without a token."
)
@click.option(
    "--link-expires",
    "link_s",
    callback=some_seconds,
    metavar="24h",
    help="How long join links let people in, with --token-file.  [default: 24h]",
)
@click.option(
    "--base-path", default="", metavar="/PATH", help="Serve the page below it, for a proxy."
)
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="A reverse proxy brings everybody: take its word for where they come from.",
)
@click.option(
    "--insecure", is_flag=True, help="Listen beyond this machine without encryption and tokens."
)
@click.option("--open", "opened", is_flag=True, help="Open the page in a browser, too.")
@click.option(
    "--stop-text",
    default="",
    metavar="TEXT",
    help="Why the server ends, for those who are in when it does.",
)
@click.option(
    "--back-in",
    callback=seconds,
    metavar="5m",
    help="About when it will be there again, for the same people.",
)
@click.option(
    "--metrics",
    metavar="[NAME://]HOST:PORT",
    help="Show there what is counted (/metrics), and whether all is well (/healthz).",
)
@click.option(
    "--log-level",
    default="warning",
    show_default=True,
    metavar="LEVEL",
    help="What goes to stderr: debug, info, warning or error.",
)
@click.option(
    "--log-format",
    type=click.Choice((TEXT, JSON)),
    default=TEXT,
    show_default=True,
    help="How: lines for people, or a JSON object each.",
)
def serve(
    files: tuple[Path, ...],
    transports: tuple[str, ...],
    reverse: tuple[str, ...],
    multi_clients: bool,
    max_clients: int,
    sessions: tuple[str, ...],
    store: str | None,
    history: History,
    at: int | None,
    fork: str,
    renderer: str,
    policy: str,
    data_dir: Path,
    allow_write: tuple[Path, ...],
    allow_code: bool,
    unconfined: bool,
    renderer_timeout: float,
    renderer_memory: int,
    max_blob: int,
    connect_id: str,
    viewers_look_only: bool,
    tls_cert: Path | None,
    tls_key: Path | None,
    tls_ca: Path | None,
    curve_key: Path | None,
    token_file: Path | None,
    require_token: bool,
    link_s: float | None,
    base_path: str,
    behind_proxy: bool,
    insecure: bool,
    opened: bool,
    stop_text: str,
    back_in: float,
    metrics: str | None,
    log_level: str,
    log_format: str,
) -> None:
    """Serve until a signal comes: see HELP."""
    log_to_stderr(log_level, log_format)
    named = (*sessions, fork) if fork else sessions
    if not all(name.strip() and name.isprintable() and len(name) <= 64 for name in named):
        raise click.BadParameter("1 to 64 printable characters", param_hint="--session")
    if len(set(sessions)) != len(sessions):
        raise click.BadParameter("two sessions of one name", param_hint="--session")
    if history != History() and store is None:
        raise click.UsageError("--history needs --store: without it nothing is kept")
    if require_token and token_file is None:
        raise click.UsageError("--require-token needs --token-file")
    if link_s is not None and token_file is None:
        raise click.UsageError("--link-expires needs --token-file: without it links have no end")
    past, sessions = looking_back(store, sessions, at, fork, files)
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
        store=store if past is None else None,
        history=history,
        past=past,
        locks=locks,
        data_dir=data_dir,
        files=files,
        allow_write=allow_write,
        allow_code=allow_code,
        confined=not unconfined,
        renderer_limits=RendererLimits(renderer_timeout, renderer_memory),
        connect_id=connect_id,
        viewers_look_only=viewers_look_only,
        max_blob_bytes=max_blob,
        metrics=metrics,
        base_path=base_path,
        behind_proxy=behind_proxy,
        link_s=DEFAULT_LINK_S if link_s is None else link_s,
        listening=lambda: tell_where(server),
    )
    asyncio.run(_serve(server, reverse, opened, farewell(stop_text, back_in)))


def _open_as_many_as_may_be() -> None:
    """A connection takes a file descriptor, and systems begin with few."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS says "any number" and means fewer
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve(server: Server, reverse: tuple[str, ...], opened: bool, words: Farewell) -> None:
    """Serve until a signal comes, also while the files are still being opened."""
    stop_on_signals(server, words)
    with contextlib.suppress(asyncio.CancelledError):
        async with server:
            for url in reverse:
                click.echo(f"Connecting to a client: {url}")
            if server.metrics_address:
                click.echo(f"Metrics: {server.metrics_address}/metrics, /healthz")
            tell_how_it_goes_on(server)
            await _tell_how_to_join(server, next(iter(server.sessions)))
            if opened:
                await asyncio.to_thread(open_page, server)
            raise await server.failure()


async def _tell_how_to_join(server: Server, session: str) -> None:
    if server.confinement:
        click.echo(f"{server.confinement[:1].upper()}{server.confinement[1:]}.")
    await tell_how_to_join(server, session)
    if not server.multi_clients:
        click.echo("One participant at a time (--multi-clients lets more join).")
    click.echo("Ctrl-C ends it.")


def open_page(server: Server) -> None:
    """Open the page in the user's browser; a line on stderr where that can't be."""
    if not server.pages:
        click.echo("collab: --open: no page is served: `collab plugins` lists front ends", err=True)
    elif not webbrowser.open(server.pages[0]):
        click.echo("collab: --open: no browser was found on this machine", err=True)
