"""`collab client`: hands over to a front end that can be started here."""

from __future__ import annotations

import sys

import click

from collab_kernel.errors import UnknownPluginError
from collab_kernel.plugins import load
from collab_kernel.spi import ClientOptions

DEFAULT_FRONT_END = "python"


@click.command(context_settings={"ignore_unknown_options": False})
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--run", "script", metavar="SCRIPT.py", help="Run a script instead of a shell.")
@click.option("--arg", "arguments", multiple=True, help="An argument of the script; repeatable.")
@click.option("--multi-servers", is_flag=True, help="Allow several servers at once.")
@click.option("--name", default="", help="How the others see you.")
@click.option("--session", default="", help="The session to join; default: the server's first.")
@click.option("--token", default="", help="What lets you in, where the server asks for it.")
@click.option(
    "--tls-ca",
    type=click.Path(exists=True, dir_okay=False),
    help="Certificates to trust (PEM), or the server's public key (zmq+curve).",
)
@click.option("--front-end", default=DEFAULT_FRONT_END, show_default=True)
def client(
    urls: tuple[str, ...],
    script: str | None,
    arguments: tuple[str, ...],
    multi_servers: bool,
    name: str,
    session: str,
    token: str,
    tls_ca: str | None,
    front_end: str,
) -> None:
    """A Python client: a shell, or a script, on a server or on a built-in session.

    URL is scheme://host:port, host:port or host. Without one, a private session is started in
    this process.
    """
    if len(urls) > 1 and not multi_servers:
        raise click.UsageError("several servers at once need --multi-servers")
    spec = load().front_end(front_end)
    if spec.client is None:
        raise UnknownPluginError(f"front end {front_end!r} can't be started from here")
    options = ClientOptions(
        urls, multi_servers, name, session, script, arguments, token, tls_ca or ""
    )
    sys.exit(spec.client(options))
