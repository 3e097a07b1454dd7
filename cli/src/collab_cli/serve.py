"""`collab serve`: a server until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path

import click

from collab_kernel.server import DEFAULT_MAX_CLIENTS, Server

NO_RENDERER = "none"


@click.command()
@click.argument(
    "files",
    nargs=-1,
    metavar="[FILE]...",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
)
@click.option(
    "--transport",
    "transports",
    multiple=True,
    metavar="NAME[://HOST[:PORT]]",
    help="Where to accept; repeatable. Port 0 picks one. Default: every installed transport.",
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
@click.option("--log-level", default="warning", show_default=True, help="What goes to stderr.")
def serve(
    files: tuple[Path, ...],
    transports: tuple[str, ...],
    multi_clients: bool,
    max_clients: int,
    sessions: tuple[str, ...],
    renderer: str,
    policy: str,
    log_level: str,
) -> None:
    """Serve a session, with FILEs opened, shown and coloured in it."""
    level = logging.getLevelNamesMapping().get(log_level.upper())
    if level is None:
        raise click.BadParameter(f"{log_level!r} is no level", param_hint="--log-level")
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    if len(set(sessions)) != len(sessions):
        raise click.BadParameter("two sessions of one name", param_hint="--session")
    server = Server(
        transports or None,
        renderer=None if renderer == NO_RENDERER else renderer,
        policy=policy,
        multi_clients=multi_clients,
        max_clients=max_clients,
        sessions=sessions,
    )
    asyncio.run(_serve(server, [path.absolute() for path in files], sessions[0]))


async def _serve(server: Server, files: list[Path], session: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with server:
        for address in server.addresses:
            click.echo(f"Accepting connection(s): {address}")
        opening = asyncio.create_task(_open(server, files))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([opening, stopping], return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            opening.result()
            _tell_how_to_join(server, session)
            await stopping
        else:
            opening.cancel()


async def _open(server: Server, files: list[Path]) -> None:
    for path in files:
        await server.open_file(path)
        click.echo(f"Opened {path.name}")


def _tell_how_to_join(server: Server, session: str) -> None:
    address = server.addresses[0]
    click.echo(f"Session {session!r} is ready. To join it from another terminal:")
    click.echo(f"    collab client {address}")
    if not server.multi_clients:
        click.echo("One participant at a time (--multi-clients lets more join).")
    click.echo("Ctrl-C ends it.")
