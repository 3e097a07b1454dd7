"""What lasts of a server's sessions, for who started it."""

from __future__ import annotations

import re

import click

from collab_kernel.server import History, Server

DAY_S = 24 * 3600.0


def history_of(text: str | History) -> History:
    """A number of events, or of days: 100000, 30d; `all` is everything. Raises BadParameter."""
    if isinstance(text, History) or text == "all":
        return text if isinstance(text, History) else History()
    found = re.fullmatch(r"(\d{1,12})(d?)", text.strip())
    if found is None:
        raise click.BadParameter(f"{text!r}: expected a number of events or days: 100000, 30d, all")
    number = int(found[1])
    return History(age_s=number * DAY_S) if found[2] else History(events=number)


def tell_how_it_goes_on(server: Server) -> None:
    """Print which sessions go on, and from where; and what of them was found damaged."""
    if server.past is not None:
        click.echo(
            f"Session {server.past.name!r} as it was at revision {server.past.revision}: to look "
            "at only. --fork NAME goes on from there."
        )
        return
    for name, session in server.sessions.items():
        for notice in session.notices:
            click.echo(f"collab: {notice}.", err=True)
        if session.began_at:
            click.echo(f"Session {name!r} goes on at revision {session.began_at}.")
