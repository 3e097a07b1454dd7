"""A look at a session that is served, or a seat in it, for a command."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import click

from collab_kernel.client import Session, connect, look_on
from collab_kernel.errors import RefusedError

DEFAULT_URL = "localhost"


def joining(command: Callable[..., Any]) -> Callable[..., Any]:
    """What it takes to get in. The URL is None where none is given."""
    for option in (
        click.option(
            "--connect-id", default="", metavar="ID", help="Where the session asks for one."
        ),
        click.option(
            "--tls-ca",
            type=click.Path(exists=True, dir_okay=False),
            help="Certificates to trust (PEM), or the server's public key (zmq+curve).",
        ),
        click.option(
            "--token", default="", metavar="TOKEN", help="What lets you in, where the server asks."
        ),
        click.option(
            "--session", default="", metavar="NAME", help="Which session.  [default: the first]"
        ),
        click.argument("url", required=False, metavar="[URL]"),
    ):
        command = option(command)
    return command


async def ask(url: str, options: dict[str, Any], what: str) -> Session:
    """Look on, as the command `what`: nobody hears of it. Raises as `look_on`."""
    return await look_on(
        url,
        f"collab {what}",
        options["session"],
        options["token"] or None,
        options["tls_ca"],
        connect_id=options["connect_id"],
        front_end="cli",
    )


async def join(url: str, options: dict[str, Any], what: str) -> Session:
    """Take a seat, as the command `what`. Raises as `connect`."""
    return await connect(
        url,
        f"collab {what}",
        options["session"],
        options["token"] or None,
        options["tls_ca"],
        connect_id=options["connect_id"],
        front_end="cli",
        reconnect_s=0.0,
    )


async def steer_nothing(session: Session) -> None:
    """Let somebody else have the right that the first in a session gets."""
    able = [p.id for p in session.participants if p.id != session.id and p.role != "viewer"]
    if session.me.is_master and able:
        with contextlib.suppress(RefusedError):  # they may have left meanwhile
            await session.promote(able[0])
