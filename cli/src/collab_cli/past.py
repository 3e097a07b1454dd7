"""`collab serve --at` and `--fork`: a stored session's past, to look at or to go on from."""

from __future__ import annotations

import click

from collab_cli.stores import opened
from collab_kernel.stored import Past, StoredLog, fork


def looking_back(
    store: str | None, sessions: tuple[str, ...], at: int | None, new: str, files: object
) -> tuple[Past | None, tuple[str, ...]]:
    """What to serve of the past, and which sessions. at: the revision; None is the newest.
    new: what to go on under, in a session of its own; "": it is only looked at.

    Raises UsageError, UnknownSessionError, UnknownRevisionError, NameTakenError, StoreError.
    """
    if at is None and not new:
        return None, sessions
    if store is None:
        raise click.UsageError("--at and --fork need --store: only what is stored has a past")
    if len(sessions) > 1:
        raise click.UsageError("--at and --fork are for one --session")
    if files:
        raise click.UsageError("--at and --fork show what was there: open no files with them")
    with opened(store) as there:
        log = StoredLog(there, *sessions)
        revision = log.session.revision if at is None else at
        log.check(revision)
        if new:
            fork(there, log, revision, new)
            click.echo(f"Session {new!r} begins as {log.session.name!r} was at {revision}.")
            return None, (new,)
    there = click.get_current_context().with_resource(opened(store))
    return Past(StoredLog(there, log.session.name), revision), ()
