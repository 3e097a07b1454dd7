"""The SQLite store keeps the store contract, however much of a write is waited for."""

from collab_kernel.testing import StoreContract
from collab_store_sqlite.store import SqliteStore


class TestNormal(StoreContract):
    make_store = SqliteStore
    location = "work.collab"


class TestFull(StoreContract):
    make_store = SqliteStore
    location = "work.collab?sync=full"
