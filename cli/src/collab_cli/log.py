"""`collab log`: who did what, and when, in a session that is served or stored."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from collab_cli.durations import duration_s
from collab_cli.seat import DEFAULT_URL, ask, join, joining, steer_nothing
from collab_cli.stores import opened, store_option
from collab_cli.tables import moment, printable
from collab_kernel.client import LogEntry
from collab_kernel.stored import StoredLog

MOST = 50
"""Entries, of a session that is served, where nobody says which: its server knows the latest 1,000
anyway."""


def since(context: click.Context, parameter: click.Parameter, text: str | None) -> float:
    """`2h` ago, or `2026-03-01`, or `2026-03-01T12:00`, in seconds since the epoch."""
    if text is None:
        return 0.0
    ago_s = duration_s(text) if text[-1:] in ("s", "m", "h", "d") else None
    if ago_s is not None:
        return time.time() - ago_s
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise click.BadParameter(
            f"{text!r}: expected how long ago (90s, 30m, 2h, 7d) or a date (2026-03-01, "
            "2026-03-01T12:00)"
        ) from None


@dataclass(frozen=True, slots=True)
class Wanted:
    """author: a name, "" is anybody's.  since_s: since the epoch."""

    author: str
    since_s: float
    as_json: bool

    @property
    def is_asked_for(self) -> bool:
        """Not simply the newest."""
        return bool(self.author or self.since_s)

    def show(self, entry: LogEntry) -> None:
        """Print an entry, if it is wanted."""
        if self.holds(entry):
            click.echo(_json(entry) if self.as_json else line(entry))

    def holds(self, entry: LogEntry) -> bool:
        is_theirs = not self.author or entry.author_name.casefold() == self.author.casefold()
        return is_theirs and entry.time_s >= self.since_s


@click.command()
@click.option("--most", type=click.IntRange(min=1), metavar="N", help="The newest N of them.")
@click.option("--after", default=0, metavar="REVISION", help="Only what came after it.")
@click.option("--author", default="", metavar="NAME", help="Only what NAME did.")
@click.option("--since", callback=since, metavar="2h|DATE", help="Only what was since then.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--follow", is_flag=True, help="Go on with what happens, until interrupted.")
@store_option()
@joining
def log(
    url: str | None,
    store: str | None,
    most: int | None,
    after: int,
    author: str,
    since: float,
    as_json: bool,
    follow: bool,
    **options: Any,
) -> None:
    """Show who changed what in a session, and when.

    URL is scheme://host:port, host:port or host (default: localhost); of a session that is served,
    the newest 50 entries are shown, or what --author and --since say of the newest 1,000. With
    --store it is a stored one, and all that happened. With --follow it takes a seat in the session
    for as long as it looks, and leaves the right to whoever comes.
    """
    wanted = Wanted(author, since, as_json)
    if store is None:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_served(url or DEFAULT_URL, options, most, after, follow, wanted))
        return
    if url is not None or follow:
        raise click.UsageError("--store is not for a URL, nor for --follow: name the one or other")
    with opened(store) as there:
        told = StoredLog(there, options["session"]).told(after)
        _show_newest((entry for _, entry in told), most, wanted)


def _show_newest(entries: Iterable[LogEntry], most: int | None, wanted: Wanted) -> None:
    found = filter(wanted.holds, entries)
    for entry in found if most is None else deque(found, most):
        wanted.show(entry)


async def _served(
    url: str, options: dict[str, Any], most: int | None, after: int, follow: bool, wanted: Wanted
) -> None:
    async with await (join if follow else ask)(url, options, "log") as session:
        events = session.events()
        entries = (await session.read_log(after, most=0)).entries
        _show_newest(entries, most or (None if wanted.is_asked_for else MOST), wanted)
        newest = entries[-1].revision if entries else after
        if not follow:
            return
        async for event in events:
            await steer_nothing(session)
            if event.revision > newest:
                name = session.state.name_of(event.author)
                wanted.show(
                    LogEntry(
                        event.revision, event.author, name, event.kind, event.label, event.time_s
                    )
                )


def line(entry: LogEntry) -> str:
    """As people read it."""
    name, label = printable(entry.author_name), printable(entry.label)
    return f"{entry.revision:>7}  {moment(entry.time_s)}  {name:<20}  {label}"


def _json(entry: LogEntry) -> str:
    return json.dumps(
        {
            "revision": entry.revision,
            "time": datetime.fromtimestamp(entry.time_s, UTC).isoformat(),
            "author": entry.author_name,
            "author_id": entry.author,
            "kind": entry.kind.name.lower(),
            "label": entry.label,
        },
        ensure_ascii=False,
    )
