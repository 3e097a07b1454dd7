"""Who watches a view, and the pictures that are made for them."""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from math import inf

from collab_kernel.core.events import Event, EventKind, Put
from collab_kernel.core.messages import (
    MAX_PART_BYTES,
    ClientMessage,
    FrameHead,
    FramePart,
    Watch,
)
from collab_kernel.core.pacing import Pacing, Turn
from collab_kernel.core.queries import MAX_IMAGE_SIDE_PX, RenderImage
from collab_kernel.core.sight import NOTHING, Sight, Size, scaled
from collab_kernel.core.state import Table
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.errors import CollabError, InvalidValueError
from collab_kernel.host.link import Link
from collab_kernel.host.questions import Asked
from collab_kernel.wire.packets import server_packet

WHOLE = ("jpeg", "png", "raw")
"""Formats of pictures that are each made for itself."""

USUAL = "jpeg"

VIDEO = ("h264",)
"""Formats of pictures that are made from one another, where the renderer has them: for what
moves."""

MAX_FORMATS_CHARACTERS = 200
"""They are kept as long as one watches."""

MOST_FILMS = 8
"""That go on: a renderer keeps no more."""

SCENE = frozenset({Table.PROXIES, Table.VALUES, Table.QUARANTINE, Table.SELECTIONS})
"""Tables that pictures are made of."""

APART_S = 1.0
"""Whoever missed a picture of a film gets whole ones for so long, before one that needs no earlier
one is made for their sake: it is large for all the others."""

Key = tuple[ProxyId, ParticipantId, float, Size, int, str]
"""The pictures of one key are the same for all: view, with whose camera, how much wider, size,
quality and format."""

Known = dict[tuple[ProxyId, ParticipantId, Size, bool], Sight]
"""What is seen of a view with somebody's camera, in a size, by themselves or another."""


@dataclass(slots=True, eq=False)
class Watcher:
    """Somebody and the view that they watch. permits: raises why they may not, if so.

    format: of whole pictures.  video: of those that move; "": none.  size: of a picture in full.
    quality: at most; 0: as good as can be.  turn: rises with each that is made for it.
    lost_s: when it last missed a picture of a film.
    """

    participant: ParticipantId
    link: Link[ClientMessage]
    watch: Watch
    permits: Callable[[], None]
    pacing: Pacing
    format: str
    video: str
    sight: Sight = NOTHING
    size: Size = (0, 0)
    quality: int = 0
    turn: int = 0
    lost_s: float = -inf
    again: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        if self.watch.width:
            self.size = (self.watch.width, self.watch.height)

    @property
    def looks(self) -> tuple[Size, int, Sight]:
        """What its pictures look like, but for what they are of."""
        return self.size, self.quality, self.sight

    @property
    def led(self) -> bool:
        """Whether it sees with another's camera."""
        return self.sight.whose != self.participant

    def after(self, first: ParticipantId) -> tuple[bool, int]:
        """How pictures are made in turn: who goes first, and then who has waited for longest."""
        return self.participant != first, self.turn

    def rest(self) -> None:
        """Wait for no time to pass."""
        if self.again is not None:
            self.again.cancel()
            self.again = None

    def query(self, turn: Turn, format: str) -> RenderImage:
        """The question for a picture of what it sees now."""
        width, height = scaled(self.size, turn.detail.scale)
        if format in VIDEO:
            width, height = max(2, width // 2 * 2), max(2, height // 2 * 2)
        quality = min(turn.detail.quality, self.quality or 100)
        seen = self.sight
        return RenderImage(self.watch.view, width, height, format, quality, seen.camera, seen.own)

    def key(self, query: RenderImage) -> Key:
        """Of the pictures that it shares with others."""
        size, seen = (query.width, query.height), self.sight
        return (query.view, seen.whose, seen.wider, size, query.quality, query.format)

    def refuse(self, error: CollabError, *, ended: bool) -> None:
        """Say that there is no picture, and why."""
        refuse(self.link, self.watch.view, error, ended=ended)


def refuse(link: Link[ClientMessage], view: ProxyId, error: CollabError, *, ended: bool) -> None:
    """Say that there is no picture of a view, and why. ended: and none will come."""
    part = FramePart(view, 0, last=True, error=error, ended=ended)
    link.outbox.reliable(server_packet(part))
    link.flush()


@dataclass(slots=True, eq=False)
class Film:
    """Pictures that are made from one another. last: what they showed last.  seen: who was sent
    that.  waiting: who was not, and can have the next one if it needs no other."""

    number: int
    last: tuple[Sight, int] | None = None
    seen: set[Watcher] = field(default_factory=set)
    waiting: set[Watcher] = field(default_factory=set)

    def begins_for(self, watcher: Watcher) -> bool:
        """Whether the next picture, which is made for `watcher` first, is to need no other."""
        begins = watcher not in self.seen or bool(self.waiting)
        self.waiting.clear()
        return begins


class Films:
    """The newest of them, by the key of their pictures."""

    def __init__(self) -> None:
        self._films: OrderedDict[Key, Film] = OrderedDict()
        self._numbers = itertools.count(1)

    def of(self, key: Key) -> Film:
        """The one whose next picture is of this key."""
        film = self._films.pop(key, None) or Film(next(self._numbers))
        self._films[key] = film
        if len(self._films) > MOST_FILMS:
            self._films.popitem(last=False)
        return film

    def suits(self, key: Key, watcher: Watcher, scene: int, now_s: float) -> bool:
        """Whether a watcher may have the next picture, even if it has to be a large one for its
        sake. What the others have already is not made again as a part of it."""
        film = self._films.get(key)
        if film is None or watcher in film.seen or not film.seen:
            return True
        return film.last != (watcher.sight, scene) and now_s - watcher.lost_s >= APART_S

    def reached(self, picture: Making, whole: bool, now_s: float) -> list[Watcher]:
        """Those who can show a picture that was made."""
        watchers = [watcher for watcher, _ in picture.watchers]
        film = picture.film
        if film is None:
            return watchers
        for watcher in film.seen.difference(watchers):
            watcher.lost_s = now_s
        reached = [watcher for watcher in watchers if whole or watcher in film.seen]
        for watcher in watchers:
            if watcher not in reached:
                watcher.pacing.missed()
        for watcher in reached:
            self.forget(watcher)  # whoever shows one film can't go on with another
        film.seen, film.last = set(reached), (picture.sight, picture.scene)
        return reached

    def forget(self, watcher: Watcher) -> None:
        for film in self._films.values():
            film.seen.discard(watcher)
            film.waiting.discard(watcher)


@dataclass(slots=True, eq=False)
class Making:
    """A picture that is made. sight, scene: of what, at least."""

    key: Key
    asked: Asked
    still: bool
    sight: Sight
    scene: int
    film: Film | None = None
    watchers: list[tuple[Watcher, Turn]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    def shows(self, watcher: Watcher, scene: int) -> bool:
        """Whether it is of what somebody sees now."""
        return (self.sight, self.scene) == (watcher.sight, scene)

    def takes(self, watcher: Watcher) -> bool:
        """Whether somebody can have it, too: what they have is all that it is made from. It shows
        no less than that, since questions are answered in order."""
        if self.film is None or not self.asked.number or watcher in self.film.seen:
            return True
        assert isinstance(self.asked.query, RenderImage)
        return self.asked.query.key

    @property
    def participants(self) -> set[ParticipantId]:
        """For whom it is made."""
        return {watcher.participant for watcher, _ in self.watchers}

    def put_off(self, watcher: Watcher) -> None:
        """Somebody can't have it: the next one may be for them, too."""
        if self.film is not None and watcher not in self.film.seen:
            self.film.waiting.add(watcher)

    def join(self, watcher: Watcher, turn: Turn) -> None:
        """Let somebody have it, too."""
        self.watchers.append((watcher, turn))
        if self.film is not None and watcher not in self.film.seen and not self.asked.number:
            assert isinstance(self.asked.query, RenderImage)
            self.asked.query = replace(self.asked.query, key=True)

    def renew(self, scene: int) -> None:
        """While it waits for its turn it becomes a picture of what is seen now, but for those who
        see another one by now: they get it next."""
        before = self.asked.query
        assert isinstance(before, RenderImage)
        for watcher, turn in self.watchers:
            query = watcher.query(turn, before.format)
            if watcher.key(query) == self.key:
                self.asked.query = replace(query, stream=before.stream, key=before.key)
                self.sight, self.scene = watcher.sight, scene
                return


def shows(event: Event) -> bool:
    """Whether pictures are made of what has changed: of a new home value only for whoever sees
    with it."""
    if event.kind is EventKind.HOME:
        return False
    return any(not isinstance(c, Put) or c.table in SCENE for c in event.changes)


def formats_of(watch: Watch) -> tuple[str, str]:
    """Of whole pictures and of those that move ("": the same). Raises InvalidValueError."""
    if sum(map(len, watch.formats)) > MAX_FORMATS_CHARACTERS:
        raise InvalidValueError(
            f"the names of formats are too long; allowed: {MAX_FORMATS_CHARACTERS} characters"
        )
    wanted = watch.formats or (USUAL,)
    video = next((f for f in wanted if f in VIDEO), "")
    format = next((f for f in wanted if f in WHOLE), USUAL if video else None)
    if format is None:
        raise InvalidValueError(
            f"none of the formats {', '.join(wanted)!r:.100} can be made here; allowed: "
            f"{', '.join(WHOLE + VIDEO)}"
        )
    return format, video


def check_size(watch: Watch) -> None:
    """Raises InvalidValueError."""
    size = (watch.width, watch.height)
    if size != (0, 0) and not all(1 <= side <= MAX_IMAGE_SIDE_PX for side in size):
        raise InvalidValueError(
            f"a picture of {watch.width} x {watch.height} px is not allowed; allowed: sides of 1 "
            f"to {MAX_IMAGE_SIDE_PX}, or both 0 for the size of one's window"
        )


def parts_of(view: ProxyId, serial: int, head: FrameHead, data: bytes) -> Iterator[FramePart]:
    """A picture in parts of at most MAX_PART_BYTES."""
    last = max(0, (len(data) - 1) // MAX_PART_BYTES * MAX_PART_BYTES)
    for start in range(0, last, MAX_PART_BYTES):
        yield FramePart(view, serial, data[start : start + MAX_PART_BYTES])
    yield FramePart(view, serial, data[last:], True, head)
