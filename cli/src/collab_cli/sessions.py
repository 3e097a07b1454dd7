"""`collab sessions`: what a store holds, and putting it in order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click

from collab_cli.stores import opened, store_option
from collab_cli.tables import moment, print_table, size
from collab_kernel.errors import CollabError, StoreError, UnknownSessionError
from collab_kernel.stored import (
    Store,
    StoredLog,
    StoredSession,
    called,
    sessions_of,
    stored_session,
)

MAX_NAME_CHARACTERS = 64


@click.group(invoke_without_command=True)
@store_option()
@click.pass_context
def sessions(context: click.Context, store: str | None) -> None:
    """List a store's sessions; rename, archive, delete them.

    Without a command they are listed. That works while a server runs on the store; what changes a
    session needs the server to be stopped first.
    """
    if context.invoked_subcommand is None:
        if store is None:
            raise click.UsageError("say which --store NAME:LOCATION")
        context.invoke(list_sessions, store=store, as_json=False)


@sessions.command("list")
@store_option(required=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_sessions(store: str, as_json: bool) -> None:
    """List every session: its size, how much happened, when last, and who is in it."""
    with opened(store) as there:
        found = [(session, _people(there, session)) for session in sessions_of(there)]
    if as_json:
        click.echo(json.dumps([_as_json(*one) for one in found], indent=1))
        return
    if not found:
        click.echo(f"{store} has no session yet: `collab serve --store {store}` makes one.")
        return
    head = ("NAME", "SIZE", "REVISION", "LAST CHANGE", "", "PARTICIPANTS")
    print_table(head, [_row(*one) for one in found])


@sessions.command()
@store_option(required=True)
@click.argument("name")
def new(store: str, name: str) -> None:
    """Make an empty session."""
    _check_name(name)
    with opened(store) as there:
        if any(session.name == name for session in called(there.sessions)):
            raise StoreError(f"there is a session {name!r} already: choose another name")
        called(there.open, name)
    click.echo(f"Made session {name!r}: collab serve --store {store} --session {_quoted(name)}")


@sessions.command()
@store_option(required=True)
@click.argument("old")
@click.argument("new")
def rename(store: str, old: str, new: str) -> None:
    """Call the session OLD NEW."""
    _check_name(new)
    with opened(store) as there:
        stored_session(there, _named(old))
        called(there.rename, old, new)
    click.echo(f"Session {old!r} is {new!r} now.")


@sessions.command()
@store_option(required=True)
@click.argument("name")
def archive(store: str, name: str) -> None:
    """Put a session away: it is not served until it is taken out again."""
    with opened(store) as there:
        stored_session(there, _named(name))
        called(there.archive, name, True)
    click.echo(f"Session {name!r} is archived: collab sessions unarchive takes it out again.")


@sessions.command()
@store_option(required=True)
@click.argument("name")
def unarchive(store: str, name: str) -> None:
    """Take a session out of the archive."""
    with opened(store) as there:
        stored_session(there, _named(name))
        called(there.archive, name, False)
    click.echo(f"Session {name!r} can be served again.")


@sessions.command()
@store_option(required=True)
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.argument("name")
def delete(store: str, yes: bool, name: str) -> None:
    """Take a session away for good, with its history."""
    with opened(store) as there:
        found = stored_session(there, _named(name))
        if not yes:
            what = f"{found.revision} revisions, {size(found.size_bytes)}"
            click.confirm(f"Delete session {name!r} of {store} ({what}) for good?", abort=True)
        called(there.delete, name)
    click.echo(f"Session {name!r} is deleted.")


def _named(name: str) -> str:
    """A name as it was given. Raises UnknownSessionError where none was."""
    if not name:
        raise UnknownSessionError("the name of a session is not empty")
    return name


def _check_name(name: str) -> None:
    if not name.strip() or not name.isprintable() or len(name) > MAX_NAME_CHARACTERS:
        raise click.BadParameter(
            f"{name!r:.80}: a name has 1 to {MAX_NAME_CHARACTERS} printable characters"
        )


def _quoted(name: str) -> str:
    return f"'{name}'" if " " in name else name


def _people(store: Store, session: StoredSession) -> list[str] | None:
    """Who was in it last; None where that can't be read."""
    if not session.revision:
        return []
    try:
        state = StoredLog(store, session.name).state(session.revision)
    except CollabError as error:
        click.echo(f"collab: {error}", err=True)
        return None
    return [row.name for _, row in sorted(state.participants.items())]


def _row(session: StoredSession, people: list[str] | None) -> tuple[str, ...]:
    return (
        session.name,
        size(session.size_bytes),
        str(session.revision),
        moment(session.changed_s),
        "archived" if session.archived else "",
        "(damaged)" if people is None else ", ".join(people),
    )


def _as_json(session: StoredSession, people: list[str] | None) -> dict[str, Any]:
    return {
        "name": session.name,
        "revision": session.revision,
        "forgotten": session.forgotten,
        "size_bytes": session.size_bytes,
        "created": datetime.fromtimestamp(session.created_s, UTC).isoformat(),
        "changed": datetime.fromtimestamp(session.changed_s, UTC).isoformat(),
        "archived": session.archived,
        "participants": people,
    }
