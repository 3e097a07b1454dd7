"""`collab replay`: what happened in a stored session, once more."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import click

from collab_cli.headings import CommandWithHeadings
from collab_cli.joining import tell_how_to_join, tell_where
from collab_cli.log import line
from collab_cli.seat import join
from collab_cli.serve import EXISTING, NO_RENDERER, open_page
from collab_cli.stopping import farewell, stop_on_signals
from collab_cli.stores import opened, store_option
from collab_kernel.server import DEFAULT_MAX_CLIENTS, Locks, Server
from collab_kernel.stored import LONGEST_WAIT_S, LogEntry, Pace, Past, Replay, StoredLog, retell

HEADINGS = {
    "What happens once more": (
        *("--store", "--session", "--from", "--to", "--speed", "--longest-wait"),
    ),
    "With --serve": (
        *("--serve", "--open", "--transport", "--data-dir", "--renderer", "--token-file"),
        *("--require-token", "--tls-cert", "--tls-key", "--curve-key", "--insecure"),
    ),
    "With --into": ("--into", "--into-session", "--token", "--connect-id", "--tls-ca"),
}


@click.command(cls=CommandWithHeadings, headings=HEADINGS)
@store_option(required=True)
@click.option("--session", default="", help="Which; default: the store's first.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="So many times as fast as it was.",
)
@click.option(
    "--longest-wait",
    type=click.FloatRange(min=0),
    default=LONGEST_WAIT_S,
    show_default=True,
    metavar="SECONDS",
    help="No pause is longer, however long it was; 0: any.",
)
@click.option(
    "--from",
    "first",
    type=click.IntRange(min=0),
    default=0,
    metavar="REVISION",
    help="Begin as it was then.  [default: with nothing]",
)
@click.option(
    "--to",
    "last",
    type=click.IntRange(min=1),
    metavar="REVISION",
    help="Where it ends.  [default: the newest]",
)
@click.option(
    "--serve", "served", is_flag=True, help="Let it happen in a session that others watch."
)
@click.option("--into", metavar="URL", default="", help="Do it all in a session that is served.")
@click.option(
    "--into-session", default="", metavar="NAME", help="Which session there.  [default: the first]"
)
@click.option(
    "--token", default="", metavar="TOKEN", help="What lets you in, where the server asks."
)
@click.option("--connect-id", default="", metavar="ID", help="Where the session asks for one.")
@click.option(
    "--tls-ca", type=EXISTING, help="Certificates to trust (PEM), or the server's public key."
)
@click.option(
    "--transport",
    "transports",
    multiple=True,
    metavar="NAME[://HOST[:PORT]]",
    help="Where to accept; repeatable.  [default: every installed transport]",
)
@click.option(
    "--renderer", default="vtk", show_default=True, metavar="NAME", help="'none' draws nothing."
)
@click.option(
    "--data-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Where the files are that were opened then.  [default: the working directory]",
)
@click.option("--tls-cert", type=EXISTING, help="The certificate of grpcs and wss (PEM).")
@click.option("--tls-key", type=EXISTING, help="Its private key (PEM).")
@click.option("--curve-key", type=EXISTING, help="The secret key of zmq+curve.")
@click.option("--token-file", type=EXISTING, help="Who may watch: see collab token.")
@click.option(
    "--require-token", is_flag=True, help="From this machine, too, nobody joins without a token."
)
@click.option(
    "--insecure", is_flag=True, help="Listen beyond this machine without encryption and tokens."
)
@click.option("--open", "page", is_flag=True, help="Open the page in a browser, too.")
def replay(
    store: str,
    session: str,
    first: int,
    last: int | None,
    speed: float,
    longest_wait: float,
    served: bool,
    into: str,
    **options: Any,
) -> None:
    """Let a stored session happen once more, at its pace or faster.

    With --serve in a session of its own: whoever joins looks around freely, and changes nothing;
    it begins when the first is there. With --into in a session that is served, by the commands of
    one participant, who has to steer. With neither, it is told line by line.
    """
    if served and into:
        raise click.UsageError("--serve or --into: name one of them")
    pace = Pace(speed, longest_wait)
    with opened(store) as there:
        log = StoredLog(there, session)
        until = log.session.revision if last is None else last
        log.check(until)
        if first:
            log.check(first)
        first = max(first, log.session.forgotten)
        if first > until:
            raise click.UsageError(f"--from {first} is behind --to {until}")
        with contextlib.suppress(KeyboardInterrupt):
            if served:
                asyncio.run(_serve(Past(log, first, until), pace, options))
            elif into:
                asyncio.run(_into(into, log, first, until, pace, options))
            else:
                asyncio.run(_tell(log, first, until, pace))


def _say(entry: LogEntry) -> None:
    click.echo(line(entry))


async def _tell(log: StoredLog, first: int, until: int, pace: Pace) -> None:
    for event, entry in log.told(first, until):
        await asyncio.sleep(pace.wait_s(event))
        _say(entry)


async def _serve(past: Past, pace: Pace, options: dict[str, Any]) -> None:
    locks = Locks(
        options["tls_cert"],
        options["tls_key"],
        options["curve_key"],
        options["token_file"],
        options["require_token"],
        insecure=options["insecure"],
    )
    server = Server(
        options["transports"] or None,
        renderer=None if options["renderer"] == NO_RENDERER else options["renderer"],
        multi_clients=True,
        max_clients=DEFAULT_MAX_CLIENTS,
        locks=locks,
        data_dir=options["data_dir"],
        connect_id=options["connect_id"],
        past=past,
    )
    stop_on_signals(server, farewell("", 0.0))
    with contextlib.suppress(asyncio.CancelledError):
        async with server:
            tell_where(server)
            await tell_how_to_join(server, past.name)
            click.echo("The replay begins when somebody is there. Ctrl-C ends it.")
            if options["page"]:
                await asyncio.to_thread(open_page, server)
            await Replay(past, pace).run(server.sessions[past.name], _say)
            click.echo(f"That was all, up to revision {past.until}. Ctrl-C ends it.")
            raise await server.failure()


async def _into(
    url: str, log: StoredLog, first: int, until: int, pace: Pace, options: dict[str, Any]
) -> None:
    options["session"] = options["into_session"]
    async with await join(url, options, "replay") as session:
        await retell(session, log, first, until, pace, _say)
