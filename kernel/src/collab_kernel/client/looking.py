"""What is each participant's own: cameras above all, and whose camera one sees."""

from __future__ import annotations

import asyncio

from collab_kernel.core.cameras import camera_of, values_of
from collab_kernel.core.commands import Follow, NamedValues, SetHome
from collab_kernel.core.facts import Camera
from collab_kernel.core.following import followed
from collab_kernel.core.presence import Presence, seen
from collab_kernel.core.state import FollowTarget, State
from collab_kernel.core.values import ProxyId, Value
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
        self._resting: dict[ProxyId, asyncio.TimerHandle] = {}

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

    def camera(self, view: ProxyId) -> Camera:
        """The camera that I see `view` with: mine, or that of whom I follow, or the home one."""
        me = self._connection.me
        if self._alone is not None and not self._alone.done():
            return camera_of(dict(self._state.values(view)) | self._mine.own(me, view))
        return camera_of(seen(self._state, self._mine, me, view))

    def look(self, view: ProxyId, camera: Camera) -> None:
        """Look at `view` with a camera of my own. That stops my following; when I am the
        master and the camera has rested for a second, it becomes the home camera."""
        if followed(self._state, self._connection.me) is not None:
            alone = Follow(FollowTarget(FollowTarget.Kind.NOBODY))
            self._alone = self._connection.begin(alone)
            self._alone.add_done_callback(_seen_to)
        self._connection.show(view, values_of(camera))
        if view in self._resting:
            self._resting.pop(view).cancel()
        if self._state.master == self._connection.me:
            loop = asyncio.get_running_loop()
            self._resting[view] = loop.call_later(REST_S, self._go_home, view)

    def go_home(self) -> None:
        """Make the cameras that still move the home cameras, before leaving."""
        for view in list(self._resting):
            self._go_home(view)

    def _go_home(self, view: ProxyId) -> None:
        """Make my camera the home camera, if I still may."""
        self._resting.pop(view).cancel()
        me = self._connection.me
        if self._state.master == me and view in self._state.proxies:
            values = values_of(camera_of(self._mine.own(me, view)))
            self._connection.begin(SetHome(view, values)).add_done_callback(_seen_to)


def _seen_to(future: asyncio.Future[int]) -> None:
    """Nobody waits for this command: a refusal is no surprise, and nothing is lost."""
    if not future.cancelled():
        future.exception()
