"""`collab export`: what a session consists of, as a script or a state file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from collab_cli.seat import DEFAULT_URL, ask, joining
from collab_cli.stores import opened, store_option
from collab_kernel.client import State, Value, save_state
from collab_kernel.errors import UnknownPluginError
from collab_kernel.plugins import load
from collab_kernel.stored import EXTENSION, StoredLog, large_values, state_file, whole

SCRIPT, STATE = "script", "state"


@click.command()
@click.option("--to", type=click.Choice([SCRIPT, STATE]), help="Default: what FILE ends in.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"Ends in .py or {EXTENSION}. Default: standard output.",
)
@click.option(
    "--at", type=click.IntRange(min=1), metavar="REVISION", help="As it was then; with --store."
)
@click.option("--front-end", default="python", show_default=True, help="Whose scripts.")
@store_option()
@joining
def export(
    url: str | None,
    store: str | None,
    to: str | None,
    output: Path | None,
    at: int | None,
    front_end: str,
    **options: Any,
) -> None:
    """Write a session as a script or a state file.

    URL is scheme://host:port, host:port or host (default: localhost). With --store it is a stored
    session. A script is run by `collab client --run`, a state file opened by `collab serve FILE`
    and by LoadState. People, and what they say, are in neither.
    """
    form = _form(to, output)
    if store is None:
        if at is not None:
            raise click.UsageError("--at needs --store: a server knows the present only")
        text = asyncio.run(_served(url or DEFAULT_URL, options, form, front_end))
    elif url is not None:
        raise click.UsageError("--store is not for a URL: name the one or the other")
    else:
        text = _stored(store, options["session"], at, form, front_end)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{output} can't be written: {error.strerror}") from error
    click.echo(f"Wrote {output}.", err=True)


def _form(to: str | None, output: Path | None) -> str:
    """What is wanted. Raises UsageError where nobody says, or the file's name says another."""
    ends = {SCRIPT: ".py", STATE: EXTENSION}
    named = [f for f, end in ends.items() if output and output.name.lower().endswith(end)]
    if to is None and not named:
        what = f"{output.name!r} ends in neither .py nor {EXTENSION}: " if output else ""
        raise click.UsageError(f"{what}say --to {SCRIPT} or --to {STATE}")
    form = to or named[0]
    if output is not None and form not in named:
        raise click.UsageError(
            f"{output.name!r}: the name of a {form}{' file' * (form == STATE)} ends in {ends[form]}"
        )
    return form


def _script(front_end: str) -> Callable[[State, Callable[[Value], Value], str], str]:
    spec = load().front_end(front_end)
    if spec.script is None:
        raise UnknownPluginError(f"front end {front_end!r} has no scripts")
    return spec.script


def _stored(store: str, name: str, at: int | None, form: str, front_end: str) -> str:
    with opened(store) as there:
        log = StoredLog(there, name)
        revision = log.session.revision if at is None else at
        log.check(revision)
        state = log.state(revision)
        if form == STATE:
            return state_file(log, state)
        title = f"Session {log.session.name!r} as it was at revision {revision}"
        return _script(front_end)(state, partial(whole, log), title)


async def _served(url: str, options: dict[str, Any], form: str, front_end: str) -> str:
    script = _script(front_end) if form == SCRIPT else None
    async with await ask(url, options, "export") as session:
        if script is None:
            return await save_state(session)
        found = {v: await session.whole(v) for v in large_values(session.state)}
        title = f"Session {session.name!r} at revision {session.revision}"
        return script(session.state, found.__getitem__, title)
