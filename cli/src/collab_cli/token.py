"""`collab token`: make, list and revoke what lets people in."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from collab_cli.durations import seconds
from collab_cli.joining import join_link
from collab_kernel.server import Role, Token, TokenFile

ROLES = [role.name.lower() for role in Role]

file_option = click.option(
    "--token-file",
    "path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the server keeps its tokens (hashed).",
)


@click.group()
def token() -> None:
    """Make, list and revoke what lets people in."""


@token.command()
@file_option
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default="collaborator",
    show_default=True,
    help="What its holder may ever do.",
)
@click.option("--name", default="", metavar="NAME", help="How others see whoever joins with it.")
@click.option(
    "--session", default="", metavar="NAME", help="The only session it is for.  [default: any]"
)
@click.option(
    "--expires",
    callback=seconds,
    metavar="24h",
    help="How long it lets people in.  [default: for ever]",
)
@click.option(
    "--uses",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="How many may join.  [default: any]",
)
@click.option(
    "--url",
    default="",
    metavar="URL",
    help="The server's address: prints what to send, a link or a command.",
)
def new(
    path: Path, role: str, name: str, session: str, expires: float, uses: int, url: str
) -> None:
    """Make a token, and print it: the only time that it is seen."""
    expires_s = time.time() + expires if expires else 0.0
    text = TokenFile(path).new(Role[role.upper()], session, name, expires_s, uses)
    if url.startswith(("ws", "http")):
        scheme, _, rest = url.partition("://")
        page = "https" if scheme in ("wss", "https") else "http"
        click.echo(join_link(f"{page}://{rest}", text))
    elif url:
        click.echo(f"collab client {url} --token {text}")
    else:
        click.echo(text)


@token.command("list")
@file_option
def list_tokens(path: Path) -> None:
    """List the tokens; their secrets are not kept."""
    rows: list[tuple[str, ...]] = [("ID", "ROLE", "SESSION", "USED", "EXPIRES", "STATE", "NAME")]
    rows += [_row(t) for t in TokenFile(path).tokens()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _row(t: Token) -> tuple[str, ...]:
    used = f"{t.used}/{t.uses}" if t.uses else str(t.used)
    when = datetime.fromtimestamp(t.expires_s, UTC).strftime("%Y-%m-%d %H:%MZ")
    expired = bool(t.expires_s) and t.expires_s < time.time()
    state = "revoked" if t.revoked else "expired" if expired else "valid"
    expires = when if t.expires_s else "never"
    name = "(a link to send)" if t.link else t.name
    return (t.id, t.role.name.lower(), t.session or "any", used, expires, state, name)


@token.command()
@file_option
@click.argument("id")
def revoke(path: Path, id: str) -> None:
    """Let nobody in any more with the token ID. Who is in stays in."""
    gone = TokenFile(path).revoke(id)
    click.echo(
        f"Revoked {gone.id} ({gone.role.name.lower()}{f', {gone.name}' if gone.name else ''})"
    )
