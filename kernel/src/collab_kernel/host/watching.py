"""Those who watch views, and the pictures they are sent: each when what they see has changed.

Whoever sees the same in a picture of the same kind shares one rendering and one encoding. The
newest wins before anything is drawn: a picture that still waits for its turn becomes one of what
is seen by then. Whoever changes something is drawn for first. Where nothing changes, nothing
happens here.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from collab_kernel.core.events import Event
from collab_kernel.core.following import leader
from collab_kernel.core.messages import ClientMessage, FrameHead, FrameShown, Watch
from collab_kernel.core.pacing import DRAWN_WITHIN_S, MOST_UNSHOWN, MOVING, Level, Pacing, Turn
from collab_kernel.core.precedence import Precedence
from collab_kernel.core.presence import Presence
from collab_kernel.core.queries import Answer, RenderImage
from collab_kernel.core.sight import quality, sight, window
from collab_kernel.core.state import State
from collab_kernel.core.values import SERVER, ParticipantId, ProxyId
from collab_kernel.errors import (
    CollabError,
    InvalidCommandError,
    InvalidValueError,
    InvariantError,
    NoRendererError,
    RendererError,
)
from collab_kernel.host.link import Link
from collab_kernel.host.renderer_process import RendererProcess
from collab_kernel.host.watchers import (
    VIDEO,
    Films,
    Key,
    Known,
    Making,
    Watcher,
    check_size,
    formats_of,
    parts_of,
    refuse,
    shows,
)
from collab_kernel.wire.packets import server_packet
from collab_kernel.wire.pictures import needs_no_other

log = logging.getLogger(__name__)

MAX_WATCHED = 32
"""Views of one participant: each costs everybody a little, whenever something changes."""

TRY_AGAIN_S = 11.0
"""Where a renderer was given up, it is not asked for a while."""


class Watching:
    """The watched views of one session. renderer: None: there is none.  now: what there is."""

    def __init__(
        self, renderer: RendererProcess | None, now: Callable[[], tuple[State, Presence]]
    ) -> None:
        self._renderer = renderer
        self._now = now
        self._state, self._presence = now()
        self._scene = 0
        """Counts what pictures are made of."""
        self._looked_at = 0
        """The scene that the watchers know."""
        self._watchers: dict[tuple[ParticipantId, ProxyId], Watcher] = {}
        self._made: dict[Key, Making] = {}
        """What is made now."""
        self._paces: dict[tuple[ParticipantId, ProxyId], tuple[Link[ClientMessage], Pacing]] = {}
        """Kept as long as the connection: who watches anew has as much on the way as before."""
        self._drawing: dict[ProxyId, Level] = {}
        self._precedence = Precedence()
        self._films = Films()
        self._serials = itertools.count(1)
        self._turns = itertools.count(1)
        self._streams = itertools.count(1)
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._watchers)

    # -- who watches -----------------------------------------------------------------------

    def watch(
        self,
        participant: ParticipantId,
        link: Link[ClientMessage],
        watch: Watch,
        permits: Callable[[], None],
    ) -> None:
        """Send pictures of a view from now on, or no more. permits: raises why not, if so."""
        self._drop(participant, watch.view)
        if watch.stop:
            self._look()
            return
        self._state, self._presence = self._now()
        try:
            permits()
            if self._renderer is None:
                raise NoRendererError("this server runs no renderer (--renderer none)")
            if self._state.proxy(watch.view).group != "views":
                raise InvalidValueError(f"{self._state.title(watch.view)} is no view")
            if sum(who == participant for who, _ in self._watchers) >= MAX_WATCHED:
                raise InvalidCommandError(f"at most {MAX_WATCHED} views can be watched at once")
            format, video = formats_of(watch)
            check_size(watch)
        except CollabError as error:
            refuse(link, watch.view, error, ended=True)
            return
        pacing = self._pacing(participant, watch.view, link)
        watcher = Watcher(participant, link, watch, permits, pacing, format, video)
        self._watchers[participant, watch.view] = watcher
        with self._guarding(watcher):
            self._see(watcher, {})
            pacing.begins(watch.full)
        self._look()

    def _pacing(
        self, participant: ParticipantId, view: ProxyId, link: Link[ClientMessage]
    ) -> Pacing:
        known = self._paces.get((participant, view))
        if known is not None and known[0] is link:
            return known[1]
        drawing = self._drawing.setdefault(view, Level(len(MOVING), DRAWN_WITHIN_S, 2))
        pacing = Pacing(drawing)
        self._paces[participant, view] = link, pacing
        return pacing

    def shown(self, participant: ParticipantId, shown: FrameShown) -> None:
        """A picture that was sent is shown, or can't be."""
        link, pacing = self._paces.get((participant, shown.view), (None, None))
        if link is not None and pacing is not None:
            now_s = asyncio.get_running_loop().time()
            if pacing.shown(shown.serial, now_s, link.latency_s):
                self._look()

    def left(self, participant: ParticipantId, link: Link[ClientMessage]) -> None:
        """Whoever watched over `link` is gone."""
        for key, (over, _) in list(self._paces.items()):
            if key[0] == participant and over is link:
                self._drop(*key)
                del self._paces[key]
        self._look()

    def _drop(self, participant: ParticipantId, view: ProxyId) -> None:
        watcher = self._watchers.pop((participant, view), None)
        if watcher is None:
            return
        watcher.pacing.unmade()
        watcher.rest()
        self._films.forget(watcher)
        for picture in list(self._made.values()):
            picture.watchers = [(w, turn) for w, turn in picture.watchers if w is not watcher]
            if not picture.watchers and picture.task is not None:
                picture.task.cancel()
                self._take_back(picture)
                asyncio.get_running_loop().call_soon(self._look)  # others may have waited for it

    # -- what changes ----------------------------------------------------------------------

    def happened(self, event: Event) -> None:
        """An event: `settled` comes after it."""
        if shows(event):
            self._scene += 1
            self._changed(event.author)

    def _changed(self, by: ParticipantId) -> None:
        """Somebody has changed what others see, and goes first if they see it, too."""
        watches = any(who == by for who, _ in self._watchers)
        now_s = asyncio.get_running_loop().time()
        self._precedence.changed(by if watches else SERVER, now_s)

    def time_moved(self) -> None:
        """The simulation time is another: `settled` comes after it."""
        self._scene += 1

    def settled(self) -> None:
        """All of what has arrived is in what `now` says."""
        state, presence = self._now()
        same = state is self._state and presence is self._presence
        another = self._scene != self._looked_at
        self._state, self._presence, self._looked_at = state, presence, self._scene
        if self._watchers and (another or not same):
            self._compare(another)
            self._look()

    def _compare(self, another: bool) -> None:
        """Find those who see something else than before. another: it is another scene."""
        now_s = asyncio.get_running_loop().time()
        known: Known = {}
        leading: set[ParticipantId] = set()
        for watcher in list(self._watchers.values()):
            with self._guarding(watcher):
                before = watcher.looks
                self._see(watcher, known)
                turned = watcher.looks != before
                if another or turned:
                    watcher.pacing.changed(now_s, turned)
                if turned and watcher.led and watcher.size == before[0]:
                    leading.add(watcher.sight.whose)
                if another:
                    watcher.rest()
        for participant in leading:
            self._changed(participant)

    def _see(self, watcher: Watcher, known: Known) -> None:
        """Look what a watcher sees now. known: what others see. Raises UnknownProxyError."""
        state, presence = self._state, self._presence
        view, who = watcher.watch.view, watcher.participant
        state.proxy(view)
        if not watcher.watch.width:
            watcher.size = window(state, presence, who, view)
        watcher.quality = quality(presence, who, view)
        whose = leader(state, who)
        key = (view, whose, watcher.size, whose != who)
        if key not in known:
            known[key] = sight(state, presence, whose, view, watcher.size, whose != who)
        watcher.sight = known[key]

    @contextmanager
    def _guarding(self, watcher: Watcher) -> Iterator[None]:
        """Whatever goes wrong within ends what this one watches, and nothing else."""
        try:
            yield
        except CollabError as error:
            self._end(watcher, error)
        except Exception as error:
            log.exception("what participant %d watches failed", watcher.participant)
            text = f"this is a bug in Collab or a plugin: {error!r:.200}"
            self._end(watcher, InvariantError(text))

    # -- making pictures -------------------------------------------------------------------

    def _look(self) -> None:
        """Have those pictures made that are due, and see to it that the next one is."""
        loop = asyncio.get_running_loop()
        now_s, due_s = loop.time(), list[float]()
        in_turn = sorted(self._watchers.values(), key=lambda w: w.after(self._precedence.first))
        for watcher in in_turn:
            if watcher.again is not None or self._is_unread(watcher):
                continue
            turn = watcher.pacing.turn(now_s)
            if turn is not None:
                with self._guarding(watcher):
                    self._make(watcher, turn, now_s)
            elif (later_s := watcher.pacing.due_s) is not None:
                due_s.append(later_s)
        for picture in self._made.values():
            self._renew(picture)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(min(due_s), self._look) if due_s else None

    def _is_unread(self, watcher: Watcher) -> bool:
        """Whether so much waits for somebody that they can't have shown what they say."""
        if not (waits := watcher.link.outbox.pictures):
            return False
        return waits >= MOST_UNSHOWN * sum(link is watcher.link for link, _ in self._paces.values())

    def _make(self, watcher: Watcher, turn: Turn, now_s: float) -> None:
        """Let a watcher have the picture that is made for others like it, or one of its own.
        Raises why they may not see it."""
        watcher.permits()
        query = self._query(watcher, turn, now_s)
        key = watcher.key(query)
        picture = self._made.get(key)
        if picture is None:
            made = (picture.participants for picture in self._made.values())
            if not self._precedence.lets(watcher.participant, made, now_s):
                return  # there is a turn when another one is done
            picture = self._begin(watcher, turn, key, query)
        elif not picture.takes(watcher):
            picture.put_off(watcher)
            return  # there is a turn when that is done
        if picture is not None:
            watcher.turn = next(self._turns)
            picture.join(watcher, turn)
            watcher.pacing.making(turn, picture.shows(watcher, self._scene))

    def _query(self, watcher: Watcher, turn: Turn, now_s: float) -> RenderImage:
        """The question for a picture of what a watcher sees now: of what moves as a part of a
        film, where all sides have that."""
        assert self._renderer is not None
        if not turn.still and watcher.video in self._renderer.video:
            query = watcher.query(turn, watcher.video)
            if self._films.suits(watcher.key(query), watcher, self._scene, now_s):
                return query
        return watcher.query(turn, watcher.format)

    def _begin(self, watcher: Watcher, turn: Turn, key: Key, query: RenderImage) -> Making | None:
        """Ask for a picture; None: the renderer takes no question."""
        assert self._renderer is not None
        film = self._films.of(key) if query.format in VIDEO else None
        if film is not None:
            query = replace(query, stream=film.number, key=film.begins_for(watcher))
        by = watcher.participant if self._is_alone(watcher) else -next(self._streams)
        try:
            asked = self._renderer.begin(query, by)
        except RendererError as error:
            watcher.pacing.making(turn, newest=True)
            self._fail(watcher, error)
            return None
        picture = Making(key, asked, turn.still, watcher.sight, self._scene, film)
        self._made[key] = picture
        picture.task = asyncio.create_task(self._finish(picture))
        return picture

    def _is_alone(self, watcher: Watcher) -> bool:
        """Whether nobody else sees the same. What many see is nobody's own question: it does not
        wait behind what one of them asks besides."""
        seen = (watcher.watch.view, watcher.sight.whose)
        return all(
            other is watcher or (other.watch.view, other.sight.whose) != seen
            for other in self._watchers.values()
        )

    def _renew(self, picture: Making) -> None:
        if not picture.asked.number:
            picture.renew(self._scene)
            for watcher, _ in picture.watchers:
                if picture.shows(watcher, self._scene):
                    watcher.pacing.renewed()

    async def _finish(self, picture: Making) -> None:
        assert self._renderer is not None
        told = False
        try:
            answer = await picture.asked.answer
            told = True
            self._send(picture, answer)
        except CollabError as error:
            for watcher, _ in picture.watchers:
                self._fail(watcher, error)
        finally:
            if picture.film is not None and not told:
                picture.film.seen.clear()  # it may have been made, and nobody has it
            self._take_back(picture)
            self._renderer.end(picture.asked)
        self._look()

    def _take_back(self, picture: Making) -> None:
        if self._made.get(picture.key) is picture:
            del self._made[picture.key]

    def _send(self, picture: Making, answer: Answer) -> None:
        serial, now_s = next(self._serials), asyncio.get_running_loop().time()
        drawn_s = now_s - picture.asked.sent_s
        whole = needs_no_other(answer.format, answer.data)
        head = FrameHead(
            answer.revision,
            picture.sight.whose,
            picture.sight.presence,
            answer.format,
            answer.width,
            answer.height,
            picture.still,
            whole,
        )
        parts = [server_packet(p) for p in parts_of(picture.key[0], serial, head, answer.data)]
        if picture.watchers and not picture.still:
            first, made = picture.watchers[0]
            first.pacing.drawing.cost(MOVING.index(made.detail), drawn_s)
        for watcher in self._films.reached(picture, whole, now_s):
            watcher.pacing.sent(serial, len(answer.data), now_s, drawn_s)
            watcher.link.outbox.picture(iter(parts))
            watcher.link.flush()

    def _fail(self, watcher: Watcher, error: CollabError) -> None:
        """There is no picture, until something changes; or (no renderer is left) for a while."""
        watcher.pacing.unmade()
        watcher.refuse(error, ended=False)
        if type(error) is RendererError and watcher.again is None:
            loop = asyncio.get_running_loop()
            watcher.again = loop.call_later(TRY_AGAIN_S, self._try_again, watcher)

    def _try_again(self, watcher: Watcher) -> None:
        watcher.rest()
        watcher.pacing.begins(watcher.watch.full)
        self._look()

    def _end(self, watcher: Watcher, error: CollabError) -> None:
        self._drop(watcher.participant, watcher.watch.view)
        watcher.refuse(error, ended=True)

    def close(self) -> None:
        """Nobody watches any more."""
        for watcher in list(self._watchers.values()):
            self._drop(watcher.participant, watcher.watch.view)
        if self._timer is not None:
            self._timer.cancel()
