"""Whether two states have the same rows, again and again, at the cost of what has changed."""

from __future__ import annotations

from hashlib import blake2b

from immutables import Map

from collab_kernel.core.state import Key, Row, State
from collab_kernel.wire.tables import Codec, codec


class Fingerprint:
    """Follows one state through its revisions. Unlike the digest it has the history in it."""

    def __init__(self) -> None:
        self._tables: dict[int, Map[Key, Row]] = {}
        self._rows: dict[int, dict[Key, tuple[Row, int]]] = {}
        self._sums: dict[int, int] = {}

    def of(self, state: State) -> int:
        """Equal for states of equal rows, and (as good as) for no others."""
        for table, rows in state.tables.items():
            if rows is not self._tables.get(table):
                self._take(table, rows)
        return sum(self._sums[table] for table in state.tables) & (1 << 64) - 1

    def _take(self, table: int, rows: Map[Key, Row]) -> None:
        how, old = codec(table), self._rows.get(table, {})
        new: dict[Key, tuple[Row, int]] = {}
        for key, row in rows.items():
            known = old.get(key)
            # Rows never change, so the same one has the same bytes.
            same = known is not None and known[0] is row
            new[key] = known if same and known else (row, _mark(how, table, key, row))
        self._tables[table], self._rows[table] = rows, new
        self._sums[table] = sum(mark for _, mark in new.values())


def _mark(how: Codec, table: int, key: Key, row: Row) -> int:
    name = how.encode_key(key)
    data = b"%d %d " % (table, len(name)) + name + how.encode_row(row)
    return int.from_bytes(blake2b(data, digest_size=8).digest())
