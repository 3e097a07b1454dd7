"""What is each participant's own: cameras above all, and whose camera one sees."""

from __future__ import annotations

import asyncio
from typing import Any

from collab_kernel.core.cameras import (
    camera_of,
    fitted,
    flattened,
    is_flat,
    own_values,
    values_of,
)
from collab_kernel.core.commands import Follow, NamedValues, SetHome
from collab_kernel.core.facts import Camera
from collab_kernel.core.following import followed, leader
from collab_kernel.core.links import views_linked_with
from collab_kernel.core.presence import SESSION, Presence, Shown, checked, seen
from collab_kernel.core.state import FollowTarget, State
from collab_kernel.core.values import Kind, ProxyId, Value, guess
from collab_kernel.host.client import Connection

REST_S = 1.0
"""How long the master's camera has to rest before it becomes the home camera."""


class Looking:
    """My own values in a session, and what I see of others'.

    Reads what is confirmed now, also where the session's reading is pinned: cameras are
    presence, and presence is live.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._alone: asyncio.Future[int] | None = None
        self._resting: dict[ProxyId, tuple[asyncio.TimerHandle, frozenset[str]]] = {}
        """By view: what will make its values of these names home values."""

    @property
    def _state(self) -> State:
        return self._connection.mirror.state

    @property
    def _mine(self) -> Presence:
        return self._connection.mirror.presence

    def own(self, proxy: ProxyId, property: str) -> Value | None:
        """My own value of a property that is each participant's own, or its home value."""
        mine = self._mine.own(self._connection.me, proxy)
        return mine.get(property) or self._state.value(proxy, property)

    def show(self, proxy: ProxyId, values: NamedValues) -> None:
        """Set own values of mine (cameras have `look`). Raises UnknownPropertyError or
        InvalidValueError."""
        definition = self._state.definition(proxy)
        checked = tuple((name, definition.property(name).accept(value)) for name, value in values)
        self._connection.show(proxy, checked)

    def show_myself(self, **values: Any) -> None:
        """Set own values of mine that are of no proxy (see `core.presence.OF_SESSION`).

        Raises UnknownPropertyError or InvalidValueError.
        """
        named = tuple((name, guess(plain)) for name, plain in values.items())
        shown = checked(self._state, Shown(self._connection.me, SESSION, 0, named))
        self._connection.show(SESSION, shown.values)

    def point(
        self,
        view: ProxyId,
        at: tuple[float, ...] | None = None,
        place: tuple[float, ...] | None = None,
        text: str = "",
    ) -> None:
        """Point at something in a view, for the others to see; at nothing: no more.

        at: 0 to 1 from the lower left.  place: world coordinates.  text: what is there.
        """
        named: NamedValues = (
            ("Pointer", Value(Kind.DOUBLE, tuple(map(float, at or ())))),
            ("Pointer3D", Value(Kind.DOUBLE, tuple(map(float, place or ())))),
            ("PointerText", Value(Kind.STRING, (text,))),
        )
        shown = checked(self._state, Shown(self._connection.me, view, 0, named))
        self._connection.show(view, shown.values)

    def seen(self, view: ProxyId) -> dict[str, Value]:
        """The own properties of `view` as I see them: my values, or those of whom I follow;
        home values for the rest."""
        if self._is_alone:
            mine = self._mine.own(self._connection.me, view)
            return own_values(self._state, view) | mine
        return seen(self._state, self._mine, self._connection.me, view)

    @property
    def _is_alone(self) -> bool:
        """Whether I have just asked to follow nobody."""
        return self._alone is not None and not self._alone.done()

    def camera(self, view: ProxyId, aspect: float | None = None) -> Camera:
        """The camera that I see `view` with: mine, or that of whom I follow, or the home one.

        aspect: width / height of my window: in a narrower one than that of whom I follow, the
        camera sees more, so that nothing of what they see is lost.
        """
        camera = camera_of(self.seen(view))
        if is_flat(self._state, view):
            camera = flattened(camera)
        theirs = None if aspect is None else self._leading_aspect(view)
        return camera if aspect is None or theirs is None else fitted(camera, theirs, aspect)

    def _leading_aspect(self, view: ProxyId) -> float | None:
        """The shape of the window of whom I follow; None if nobody, or where that isn't shown."""
        me = self._connection.me
        whose = me if self._is_alone else leader(self._state, me)
        size = self._mine.own(whose, view).get("ViewSize") if whose != me else None
        sides = [side for side in size.elements if isinstance(side, int)] if size else []
        return sides[0] / sides[1] if len(sides) == 2 and min(sides) > 0 else None

    def look(self, view: ProxyId, camera: Camera) -> None:
        """Look at `view` with a camera of my own. That stops my following; when I am the
        master and the camera has rested for a second, it becomes the home camera."""
        self.turn(view, values_of(flattened(camera) if is_flat(self._state, view) else camera))

    def turn(self, view: ProxyId, values: NamedValues) -> None:
        """Look at `view` with these own values (of its camera, or a chart's axes): as `look`.

        Raises UnknownPropertyError or InvalidValueError.
        """
        definition = self._state.definition(view)
        checked = tuple((name, definition.property(name).accept(value)) for name, value in values)
        if followed(self._state, self._connection.me) is not None:
            alone = Follow(FollowTarget(FollowTarget.Kind.NOBODY))
            self._alone = self._connection.begin(alone)
            self._alone.add_done_callback(_seen_to)
        for linked in views_linked_with(self._state, view):
            theirs = self._state.definition(linked)
            self._turn(linked, tuple((name, v) for name, v in checked if theirs.has(name)))

    def _turn(self, view: ProxyId, values: NamedValues) -> None:
        self._connection.show(view, values)
        names = {name for name, _ in values}
        if view in self._resting:
            timer, earlier = self._resting.pop(view)
            timer.cancel()
            names |= earlier
        if self._state.master in (None, self._connection.me):
            loop = asyncio.get_running_loop()
            self._resting[view] = loop.call_later(REST_S, self._go_home, view), frozenset(names)

    @property
    def resting(self) -> dict[tuple[ProxyId, str], Value]:
        """My own values of views that are about to become home values, by view and property."""
        return {
            (view, name): value
            for view, (_, names) in self._resting.items()
            for name, value in self._mine.own(self._connection.me, view).items()
            if name in names
        }

    def go_home(self) -> None:
        """Make the cameras that still move the home cameras, before leaving."""
        for view in list(self._resting):
            self._go_home(view)

    def _go_home(self, view: ProxyId) -> None:
        """Make my camera the home camera, if I still may."""
        timer, names = self._resting.pop(view)
        timer.cancel()
        me = self._connection.me
        if self._state.master in (None, me) and view in self._state.proxies:
            values = tuple((n, v) for n, v in self._mine.own(me, view).items() if n in names)
            self._connection.begin(SetHome(view, values)).add_done_callback(_seen_to)


def _seen_to(future: asyncio.Future[int]) -> None:
    """Nobody waits for this command: a refusal is no surprise, and nothing is lost."""
    if not future.cancelled():
        future.exception()
