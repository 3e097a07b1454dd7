"""A change in the making: what it changes so far, and the state with that made."""

from __future__ import annotations

from immutables import Map

from collab_kernel.core.events import Change, Put, SetValue
from collab_kernel.core.evolve import apply
from collab_kernel.core.files import FileRules
from collab_kernel.core.link_index import LinkIndex
from collab_kernel.core.state import Key, Row, State, Table
from collab_kernel.core.values import SERVER, BlobLookup, ParticipantId, ProxyId, Value, no_blobs
from collab_kernel.errors import InvalidCommandError

MAX_WORK = 1_000_000
"""About a second, which only who steers may take."""

CHANGE_WORK = 5


class Draft:
    """The changes so far, and the state with them made.

    reserved: ids of proxies were set aside before, so they need not be the author's next ones.
    blobs: what is known of the contents of large values.
    most_work: about how many microseconds of everybody's time it may take.
    """

    def __init__(
        self,
        state: State,
        author: ParticipantId = SERVER,
        files: FileRules | None = None,
        reserved: bool = False,
        blobs: BlobLookup = no_blobs,
        most_work: int = MAX_WORK,
    ) -> None:
        self._work_left = most_work
        self._links = LinkIndex(Map())
        self.state = state
        self.blobs = blobs
        self.reserved = reserved
        self.author = author
        self._files = files
        self.changes: list[Change] = []

    def put(self, table: Table, key: Key, after: Row | None) -> None:
        before = self.state.table(table).get(key)
        if before != after:
            self._add(Put(table, key, before, after))

    def set(self, proxy: ProxyId, property: str, after: Value | None) -> None:
        before = self.state.value(proxy, property)
        if before != after:  # saying it again is not news
            self._add(SetValue(proxy, property, before, after))

    def check_file(self, name: str) -> None:
        """Raise RefusedError if the author may not name this file. The server may name any: it
        acts for whoever started it."""
        if self._files is not None and self.author != SERVER:
            self._files.check(self.state.name_of(self.author), name)

    @property
    def links(self) -> LinkIndex:
        """Of the state as it is now."""
        rows = self.state.table(Table.LINKS)
        if self._links.links is not rows:
            self._links = LinkIndex(rows)
        return self._links

    def spend(self, work: int) -> None:
        """Raises InvalidCommandError once the whole has become too much."""
        self._work_left -= work
        if self._work_left < 0:
            raise InvalidCommandError(
                "this changes too much at once, itself or through links and inputs: split it up"
            )

    def _add(self, change: Change) -> None:
        self.spend(CHANGE_WORK)
        self.changes.append(change)
        self.state = apply(self.state, (change,))
