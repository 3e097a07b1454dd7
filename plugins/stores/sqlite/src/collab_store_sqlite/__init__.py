"""A Collab plugin: sessions that last, in one SQLite file (`--store sqlite:work.collab`)."""

from __future__ import annotations

from collab_kernel import hookimpl
from collab_kernel.spi import Store, StoreSpec


@hookimpl
def collab_stores() -> list[StoreSpec]:
    """One file for any number of sessions."""
    return [StoreSpec("sqlite", _create, "one file, in WAL mode; ?sync=full outlasts the machine")]


def _create(location: str) -> Store:
    from collab_store_sqlite.store import SqliteStore

    return SqliteStore(location)
