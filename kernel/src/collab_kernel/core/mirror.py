"""A client's copy of the session: the fold of what the server told it."""

from __future__ import annotations

from immutables import Map

from collab_kernel.core.effects import News
from collab_kernel.core.events import Event, is_deletion
from collab_kernel.core.evolve import evolve
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.presence import SESSION, Gone, Presence, Shown
from collab_kernel.core.state import State
from collab_kernel.core.values import SERVER, ProxyId
from collab_kernel.errors import RemoteProtocolError


class Mirror:
    """`state` speaks of what the server has confirmed; presence and facts of the latest."""

    def __init__(self) -> None:
        self.state = State()
        self.presence = Presence()
        self.derived: Map[ProxyId, Derived] = Map()
        self.progress: dict[ProxyId, Progress] = {}

    def load(self, state: State) -> None:
        """Start again from a snapshot; facts of what is not in it are void."""
        self.state = state
        self.derived = Map({k: v for k, v in self.derived.items() if k in state.proxies})
        self.progress = {k: v for k, v in self.progress.items() if k in state.proxies}
        left = {k: shown for k, shown in self.presence.shown.items() if self._stands(shown)}
        self.presence = Presence(Map(left))

    def _stands(self, shown: Shown) -> bool:
        """Whether its author is here (the server's own: whether time plays), and what it is of."""
        row = self.state.participants.get(shown.participant)
        here = self.state.time.playing if shown.participant == SERVER else row and row.connected
        return bool(here) and (shown.proxy == SESSION or shown.proxy in self.state.proxies)

    def fold(self, news: News) -> None:
        """Take in one message. Raises RemoteProtocolError for an event out of its turn."""
        if isinstance(news, Event):
            if news.revision != self.state.revision + 1:
                raise RemoteProtocolError(
                    f"event {news.revision} came at revision {self.state.revision}"
                )
            self.state = evolve(self.state, news)
            for change in news.changes:
                if is_deletion(change):
                    self.progress.pop(change.key, None)
                    self.presence = self.presence.without_proxy(change.key)
                    if change.key in self.derived:
                        self.derived = self.derived.delete(change.key)
        elif isinstance(news, Shown):
            if self._stands(news):  # else it came after the goodbye, or the deletion
                self.presence = self.presence.with_shown(news)
        elif isinstance(news, Gone):
            self.presence = self.presence.without(news.participant)
        elif isinstance(news, Derived):
            if news.proxy in self.state.proxies:  # else it came after the deletion
                self.derived = self.derived.set(news.proxy, news)
        elif news.fraction >= 1.0 or news.proxy not in self.state.proxies:
            self.progress.pop(news.proxy, None)
        else:
            self.progress[news.proxy] = news
