"""`collab who` and `collab log`: a look into a session, from a seat taken for a moment."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import click

from collab_kernel.client import LogEntry, Participant, Session, connect
from collab_kernel.errors import RefusedError

DEFAULT_URL = "localhost"


def _joining(command: Callable[..., Any]) -> Callable[..., Any]:
    """What it takes to get in."""
    for option in (
        click.option("--connect-id", default="", help="Where the session asks for one."),
        click.option(
            "--tls-ca",
            type=click.Path(exists=True, dir_okay=False),
            help="Certificates to trust (PEM), or the server's public key (zmq+curve).",
        ),
        click.option("--token", default="", help="What lets you in, where the server asks for it."),
        click.option("--session", default="", help="Default: the server's first."),
        click.argument("url", default=DEFAULT_URL, metavar="[URL]"),
    ):
        command = option(command)
    return command


@click.command()
@_joining
def who(url: str, **joining: Any) -> None:
    """List who is in a session, who steers it, and whom they follow.

    URL is scheme://host:port, host:port or host (default: localhost).
    """
    asyncio.run(_who(url, joining))


@click.command()
@click.option("--most", default=50, show_default=True, help="The newest so many.")
@click.option("--after", default=0, metavar="REVISION", help="Only what came after it.")
@click.option("--follow", is_flag=True, help="Go on with what happens, until interrupted.")
@_joining
def log(url: str, most: int, after: int, follow: bool, **joining: Any) -> None:
    """Show who changed what in a session, and when.

    URL is scheme://host:port, host:port or host (default: localhost).
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_log(url, joining, most, after, follow))


async def _join(url: str, joining: dict[str, Any], what: str) -> Session:
    return await connect(
        url,
        f"collab {what}",
        joining["session"],
        joining["token"] or None,
        joining["tls_ca"],
        connect_id=joining["connect_id"],
        front_end="cli",
        reconnect_s=0.0,
    )


async def _who(url: str, joining: dict[str, Any]) -> None:
    async with await _join(url, joining, "who") as session:
        others = [p for p in session.participants if p.id != session.id]
        if not others:
            click.echo(f"Nobody is in session {session.name!r}.")
            return
        locked = f", locked by {session.locked_by}" if session.locked_by else ""
        click.echo(f"Session {session.name!r}{locked}:")
        names = {p.id: p.name for p in session.participants}
        rows = [_row(participant, names) for participant in others]
        _print_table(("NAME", "ROLE", "", "FOLLOWS", "WITH", "LATENCY"), rows)


def _row(participant: Participant, names: dict[int, str]) -> tuple[str, ...]:
    marks = ["steers"] if participant.is_master else []
    marks += ["asks for the right"] if participant.asks else []
    marks += ["away"] if participant.idle else []
    follows = names.get(participant.following or 0, "")
    latency = "" if participant.latency_s is None else f"{participant.latency_s * 1000:.0f} ms"
    used = f"{participant.front_end or 'unknown'} over {participant.transport}"
    return (participant.name, participant.role, ", ".join(marks), follows, used, latency)


def _print_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    table = [head, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width)
        click.echo("  ".join(cells).rstrip())


async def _log(url: str, joining: dict[str, Any], most: int, after: int, follow: bool) -> None:
    async with await _join(url, joining, "log") as session:
        events = session.events()
        found = await session.read_log(after, most)
        newest = after
        for entry in found.entries:
            _print_entry(entry)
            newest = entry.revision
        if not follow:
            return
        async for event in events:
            await _steer_nothing(session)
            if event.revision > newest:
                name = session.state.name_of(event.author)
                _print_entry(
                    LogEntry(
                        event.revision, event.author, name, event.kind, event.label, event.time_s
                    )
                )


async def _steer_nothing(session: Session) -> None:
    """Let somebody else have the right that the first in a session gets."""
    able = [p.id for p in session.participants if p.id != session.id and p.role != "viewer"]
    if session.me.is_master and able:
        with contextlib.suppress(RefusedError):  # they may have left meanwhile
            await session.promote(able[0])


def _print_entry(entry: LogEntry) -> None:
    when = datetime.fromtimestamp(entry.time_s).strftime("%Y-%m-%d %H:%M:%S")
    click.echo(f"{entry.revision:>7}  {when}  {entry.author_name:<20}  {entry.label}")
