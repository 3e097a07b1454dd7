"""How others join: addresses, and links to send, for who started the server."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import click

from collab_kernel.errors import InvalidValueError
from collab_kernel.server import Role, Server


def join_link(page: str, token: str) -> str:
    """A link to the page that lets in whoever follows it. The token is behind the #, which
    browsers send to nobody."""
    return f"{page.rstrip('/')}/#token={quote(token)}"


def tell_where(server: Server) -> None:
    """Print where a server accepts, for programs and for browsers."""
    for address in server.addresses:
        click.echo(f"Accepting connection(s): {address}")
    for page in server.pages:
        click.echo(f"In a browser: {page}")


async def tell_how_to_join(server: Server, session: str) -> None:
    """Print that a session is ready, and how to join it from a terminal; with a link for each role
    where the server knows tokens."""
    if server.addresses:
        click.echo(f"Session {session!r} is ready. To join it from another terminal:")
        click.echo(f"    collab client {server.addresses[0]}")
    if server.pages:
        await _tell_links(server, session, server.pages[0])
    if server.is_behind_proxy:
        click.echo("Others come through the proxy: put its address in the place of this one's.")


async def _tell_links(server: Server, session: str, page: str) -> None:
    lines = []
    expires_s = 0.0
    for role in sorted(Role, reverse=True):
        try:
            invitation = await server.invitation(role, session)
        except (InvalidValueError, OSError) as error:
            click.echo(f"collab: no links to send: {error}", err=True)
            return
        if not invitation.token:
            return  # whoever reaches the server joins by its address
        expires_s = invitation.expires_s
        lines.append(f"    {role.name.lower():<12}  {join_link(page, invitation.token)}")
    until = datetime.fromtimestamp(expires_s, UTC).strftime("%Y-%m-%d %H:%MZ")
    click.echo(f"Links to send, each for any number of people until {until}:")
    for line in lines:
        click.echo(line)
