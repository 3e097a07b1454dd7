"""Contents that scenes name: made once, named by their SHA-256, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from hashlib import sha256

from collab_kernel.spi import MAX_SCENE_BYTES, SceneContent

KEPT_BYTES = 2 * MAX_SCENE_BYTES
"""What a scene names is kept at least until it has been fetched, and the scene before it."""

REMEMBERED = 1_000
"""So many ways in which a content was made."""


class Contents:
    """By what they were made from, and by hash. The ones longest unused go first."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._known: OrderedDict[Hashable, SceneContent] = OrderedDict()
        self._bytes: OrderedDict[bytes, bytes] = OrderedDict()
        self.made = 0
        """How often anything was."""

    @property
    def size_bytes(self) -> int:
        return sum(map(len, self._bytes.values()))

    def content(self, made_from: Hashable, make: Callable[[], bytes]) -> SceneContent:
        """The content that `make` makes of `made_from`, which is made again only if it is gone."""
        known = self._known.get(made_from)
        if known is not None and known.sha256 in self._bytes:
            self._known.move_to_end(made_from)
            self._bytes.move_to_end(known.sha256)
            return known
        data = make()
        self.made += 1
        name = sha256(data).digest()
        self._bytes[name] = data
        self._bytes.move_to_end(name)
        while self.size_bytes > self._most_bytes and len(self._bytes) > 1:
            self._bytes.popitem(last=False)
        self._known = OrderedDict(
            (key, content) for key, content in self._known.items() if content.sha256 in self._bytes
        )
        self._known[made_from] = content = SceneContent(name, len(data))
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return content

    def data(self, name: bytes) -> bytes | None:
        """The bytes of this SHA-256; None: they are not here (any more)."""
        if name in self._bytes:
            self._bytes.move_to_end(name)
        return self._bytes.get(name)

    def clear(self) -> None:
        self._known.clear()
        self._bytes.clear()
