"""`collab who`: a look at who is in a session."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from collab_cli.seat import DEFAULT_URL, ask, joining
from collab_cli.tables import print_table
from collab_kernel.client import Participant


@click.command()
@joining
def who(url: str | None, **options: Any) -> None:
    """List who is in a session, and who steers it.

    URL is scheme://host:port, host:port or host (default: localhost).
    """
    asyncio.run(_who(url or DEFAULT_URL, options))


async def _who(url: str, options: dict[str, Any]) -> None:
    async with await ask(url, options, "who") as session:
        await session.server_status()  # what they show of themselves has come before the answer
        people = session.participants
        if not people:
            click.echo(f"Nobody is in session {session.name!r}.")
            return
        locked = f", locked by {session.locked_by}" if session.locked_by else ""
        click.echo(f"Session {session.name!r}{locked}:")
        names = {p.id: p.name for p in people}
        rows = [_row(participant, names) for participant in people]
        print_table(("NAME", "ROLE", "", "FOLLOWS", "WITH", "LATENCY"), rows)


def _row(participant: Participant, names: dict[int, str]) -> tuple[str, ...]:
    marks = ["steers"] if participant.is_master else []
    marks += ["asks for the right"] if participant.asks else []
    marks += ["away"] if participant.idle else []
    follows = names.get(participant.following or 0, "")
    latency = "" if participant.latency_s is None else f"{participant.latency_s * 1000:.0f} ms"
    used = f"{participant.front_end or 'unknown'} over {participant.transport}"
    return (participant.name, participant.role, ", ".join(marks), follows, used, latency)
