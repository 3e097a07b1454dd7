"""`collab client`: hands over to a front end that can be started here."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from collab_cli.headings import CommandWithHeadings
from collab_kernel.errors import UnknownPluginError
from collab_kernel.plugins import load
from collab_kernel.server import Locks
from collab_kernel.spi import ClientOptions

DEFAULT_FRONT_END = "python"
EXISTING = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


HEADINGS = {
    "To begin with": ("--run", "--arg", "--name", "--session", "--multi-servers", "--front-end"),
    "To be let in": ("--token", "--connect-id", "--tls-ca"),
    "Where the server comes to the client": (
        *("--reverse", "--tls-cert", "--tls-key", "--curve-key", "--insecure"),
    ),
}


@click.command(cls=CommandWithHeadings, headings=HEADINGS)
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--run", "script", metavar="SCRIPT.py", help="Run a script instead of a shell.")
@click.option(
    "--arg",
    "arguments",
    multiple=True,
    metavar="TEXT",
    help="An argument of the script; repeatable.",
)
@click.option("--multi-servers", is_flag=True, help="Allow several servers at once.")
@click.option("--name", default="", metavar="NAME", help="How the others see you.")
@click.option("--session", default="", metavar="NAME", help="Which session.  [default: the first]")
@click.option("--reverse", metavar="URL", default="", help="Wait there for a server to dial in.")
@click.option("--tls-cert", type=EXISTING, help="The certificate of grpcs and wss (PEM).")
@click.option("--tls-key", type=EXISTING, help="Its private key (PEM).")
@click.option("--curve-key", type=EXISTING, help="The secret key of zmq+curve: see collab keys.")
@click.option("--insecure", is_flag=True, help="Wait for other machines without encryption.")
@click.option(
    "--token", default="", metavar="TOKEN", help="What lets you in, where the server asks."
)
@click.option("--connect-id", default="", metavar="ID", help="Where the session asks for one.")
@click.option(
    "--tls-ca",
    type=click.Path(exists=True, dir_okay=False),
    help="Certificates to trust (PEM), or the server's public key (zmq+curve).",
)
@click.option(
    "--front-end", default=DEFAULT_FRONT_END, show_default=True, metavar="NAME", help="What runs."
)
def client(
    urls: tuple[str, ...],
    script: str | None,
    arguments: tuple[str, ...],
    multi_servers: bool,
    name: str,
    session: str,
    reverse: str,
    tls_cert: Path | None,
    tls_key: Path | None,
    curve_key: Path | None,
    insecure: bool,
    token: str,
    connect_id: str,
    tls_ca: str | None,
    front_end: str,
) -> None:
    """Join from Python, with a shell or a script.

    URL is scheme://host:port, host:port or host; behind a proxy, wss://host:443/path. Without one,
    a private session is started in this process.
    """
    if len(urls) + bool(reverse) > 1 and not multi_servers:
        raise click.UsageError("several servers at once need --multi-servers")
    if not (urls or reverse):
        given = {"--session": session, "--token": token, "--connect-id": connect_id}
        for option in filter(given.get, given):
            raise click.UsageError(
                f"{option} is for a server: name its URL, since without one a private session is "
                "started here"
            )
    spec = load().front_end(front_end)
    if spec.client is None:
        raise UnknownPluginError(f"front end {front_end!r} can't be started from here")
    locks = Locks(tls_cert, tls_key, curve_key, insecure=insecure)
    options = ClientOptions(
        urls,
        multi_servers,
        name,
        session,
        script,
        arguments,
        token,
        tls_ca or "",
        reverse,
        locks,
        connect_id,
    )
    sys.exit(spec.client(options))
