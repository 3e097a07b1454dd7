"""A new session that begins as a stored one was at a revision, and goes on from there."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from collab_kernel.core.blobs import brought, in_state
from collab_kernel.core.events import Change, Event, EventKind, Put
from collab_kernel.core.past import as_it_was
from collab_kernel.core.state import Table
from collab_kernel.core.values import SERVER, Value
from collab_kernel.errors import NameTakenError
from collab_kernel.host.journal import BLOB
from collab_kernel.host.stored_log import AT_ONCE, UNFINISHED, StoredLog, called
from collab_kernel.spi import Store
from collab_kernel.wire.rows import encode_event
from collab_kernel.wire.stored import encode_blob_use, encode_snapshot


def fork(store: Store, log: StoredLog, revision: int, name: str) -> None:
    """Make a session `name` of what happened in another up to `revision`; the other one stays as it
    is. Of what was forgotten there a snapshot goes along.

    It is made under another name first, so it is there whole or not at all, also when this is
    killed. Raises UnknownRevisionError, NameTakenError or StoreError; then there is no session
    `name`.
    """
    log.check(revision)
    stored = called(store.sessions)
    if any(session.name == name for session in stored):
        raise NameTakenError(f"the store has a session {name!r} already: choose another name")
    for session in stored:
        if session.name.startswith(UNFINISHED):
            called(store.delete, session.name)
    unfinished = UNFINISHED + name
    epoch = called(store.open, unfinished)
    try:
        records = _copy(store, log, revision, unfinished, epoch)
        last = _forked(log, revision, name)
        called(store.append, unfinished, epoch, revision + 1, [last], records)
        called(store.rename, unfinished, name)
    except BaseException:
        called(store.delete, unfinished)
        raise


def _copy(store: Store, log: StoredLog, revision: int, name: str, epoch: int) -> dict[str, bytes]:
    """Write into session `name` what has happened up to `revision`; the side records that belong
    to it."""
    uses: dict[bytes, int] = {}

    def save(values: Iterable[Value], revision: int) -> None:
        for sha256 in (value.blob.sha256 for value in values if value.blob is not None):
            if sha256 not in uses:
                called(store.save_blob, name, epoch, sha256, log.content(sha256))
            uses[sha256] = revision

    first = log.session.forgotten
    if first:
        state = log.state(first)
        save(in_state(state), first)
        called(store.save_snapshot, name, epoch, first, encode_snapshot(state))
    batch: list[bytes] = []
    for event, data in log.events(first, revision):
        save(brought(event.changes), event.revision)
        batch.append(data)
        if len(batch) == AT_ONCE or event.revision == revision:
            called(store.append, name, epoch, event.revision - len(batch) + 1, batch)
            batch = []
    return {BLOB + sha256.hex(): encode_blob_use(use) for sha256, use in uses.items()}


def _forked(log: StoredLog, revision: int, name: str) -> bytes:
    """The event by which the new session has its own name, and nobody has locked it."""
    state = log.state(revision)
    changes: list[Change] = []
    row = state.session
    changes.append(Put(Table.SESSION, (), row, replace(row, name=name)))
    free = as_it_was(state)
    for table in sorted(set(state.tables) - set(free.tables)):
        changes += (Put(table, key, row, None) for key, row in sorted(state.table(table).items()))
    label = f"Forked from {log.session.name!r} at revision {revision}"
    time_s = time.time()
    return encode_event(
        Event(revision + 1, SERVER, 0, EventKind.SYSTEM, label, 0, time_s, tuple(changes))
    )
