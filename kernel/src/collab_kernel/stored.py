"""What is in a store, from outside: sessions, their logs, and their past.

    log = StoredLog(store, "main")
    async with Server(past=Past(log, 1234)):
        ...

Nothing here takes a session over from a server that writes it.
"""

from __future__ import annotations

from collab_kernel.client.retelling import retell
from collab_kernel.core.pipeline import pipeline_of
from collab_kernel.core.queries import LogEntry
from collab_kernel.core.state import State
from collab_kernel.core.values import Value
from collab_kernel.host.forking import fork
from collab_kernel.host.past import LONGEST_WAIT_S, Pace, Past, Replay
from collab_kernel.host.stored_log import StoredLog, called, sessions_of, stored_session
from collab_kernel.spi import Store, StoredSession
from collab_kernel.wire.blobs import decode_content
from collab_kernel.wire.statefile import EXTENSION, encode_pipeline

__all__ = [
    "EXTENSION",
    "LONGEST_WAIT_S",
    "LogEntry",
    "Pace",
    "Past",
    "Replay",
    "State",
    "Store",
    "StoredLog",
    "StoredSession",
    "called",
    "fork",
    "large_values",
    "retell",
    "sessions_of",
    "state_file",
    "stored_session",
    "whole",
]


def large_values(state: State) -> tuple[Value, ...]:
    """Those of a pipeline that have their content elsewhere."""
    return pipeline_of(state).large_values


def whole(log: StoredLog, value: Value) -> Value:
    """A large value of a session with its elements. Raises StoreError."""
    assert value.blob is not None
    return decode_content(log.content(value.blob.sha256), value)


def state_file(log: StoredLog, state: State) -> str:
    """The text of a state file of what a stored session was. Raises StoreError."""
    pipeline = pipeline_of(state)
    blobs = [v.blob for v in pipeline.large_values if v.blob is not None]
    return encode_pipeline(pipeline, {b.sha256: log.content(b.sha256) for b in blobs})
