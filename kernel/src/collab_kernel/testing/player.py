"""A participant of a `World`: a mirror, and what is on the way to it and from it."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING, Any

from collab_kernel.core.commands import Command, Create, Delete, Edit, NamedValues, Request, Set
from collab_kernel.core.effects import Admit, News
from collab_kernel.core.events import Event
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import Replied, SnapshotSlice
from collab_kernel.core.mirror import Mirror
from collab_kernel.core.presence import Gone, Shown, checked
from collab_kernel.core.state import State
from collab_kernel.core.values import COUNTER_BITS, ParticipantId, ProxyId, guess
from collab_kernel.testing.whims import Whims
from collab_kernel.wire.packets import client_packet, server_messages, server_packet
from collab_kernel.wire.rows import gathered, slices

if TYPE_CHECKING:
    from collab_kernel.testing.simulator import World


class Player:
    """`ask` and what builds on it have a command decided, and everybody told, at once; `send`
    puts it on its way."""

    def __init__(self, world: World, admit: Admit) -> None:
        self.world = world
        self.id: ParticipantId = admit.participant
        self.mirror = Mirror()
        self.mirror.load(_sent(admit.state))
        self.coming: deque[bytes] = deque()
        self.showing: dict[tuple[object, ...], bytes] = {}
        self.going: deque[bytes] = deque()
        self.outcomes: dict[int, Event | Replied] = {}
        self.checked = 0
        self._numbers = itertools.count(1)
        self._serials = itertools.count(1)
        self._counters = itertools.count(1)
        for shown in admit.presence.shown.values():
            self.hear(shown)

    @property
    def name(self) -> str:
        return self.mirror.state.name_of(self.id)

    def new_id(self) -> ProxyId:
        return (self.id << COUNTER_BITS) + next(self._counters)

    # -- on the way ------------------------------------------------------------------------

    def hear(self, news: News | Replied) -> None:
        """Put a message on its way to this player."""
        packet = server_packet(news)
        if isinstance(news, Shown):
            self.showing["shown", news.participant, news.proxy] = packet
        else:
            self.coming.append(packet)

    def deliver(self, most: int | None = None) -> None:
        """Let what is on the way arrive: the oldest `most` messages, or all."""
        for _ in range(len(self.coming) if most is None else min(most, len(self.coming))):
            self._take(self.coming.popleft())
        if not self.coming:  # presence goes behind what is reliable
            for packet in self.showing.values():
                self._take(packet)
            self.showing.clear()

    def _take(self, packet: bytes) -> None:
        for message in server_messages(packet):
            if isinstance(message, Replied):
                self.outcomes[message.request] = message
            elif isinstance(message, Event | Shown | Gone | Derived | Progress):
                self.mirror.fold(message)
                if isinstance(message, Event) and message.author == self.id:
                    self.outcomes[message.request] = message

    # -- what a player does ----------------------------------------------------------------

    def send(self, command: Command, label: str = "", undo_set: int = 0) -> int:
        """Put a command on its way; its number."""
        number = next(self._numbers)
        self.going.append(client_packet(Request(number, command, label, undo_set)))
        return number

    def request(self, whims: Whims) -> None:
        """Put a command of chance on its way."""
        number = next(self._numbers)
        request = whims.request(number, self.mirror.state, self.id, self.new_id)
        self.going.append(client_packet(request))

    def ask(self, command: Command, label: str = "", undo_set: int = 0) -> Event | None:
        """Have a command decided, and everybody told; None if there was nothing to do.

        Raises the refusal.
        """
        number = self.send(command, label, undo_set)
        self.world.settle()
        outcome = self.outcomes[number]
        if isinstance(outcome, Event):
            return outcome
        if outcome.error is not None:
            raise outcome.error
        return None

    def edit(self, *operations: Any, label: str = "", undo_set: int = 0) -> Event | None:
        return self.ask(Edit(operations), label, undo_set)

    def create(self, group: str, type: str, name: str | None = None, **values: object) -> ProxyId:
        """Make a proxy; its id. Raises the refusal."""
        id = self.new_id()
        self.edit(Create(id, group, type, name, named(values)))
        return id

    def set(self, proxy: ProxyId, **values: object) -> Event | None:
        return self.edit(Set(proxy, named(values)))

    def delete(self, proxy: ProxyId) -> Event | None:
        return self.edit(Delete(proxy))

    def show(self, proxy: ProxyId, **values: object) -> None:
        """Show own values: to the server at once, to the others with `settle`."""
        shown = checked(
            self.mirror.state, Shown(self.id, proxy, next(self._serials), named(values))
        )
        self.mirror.fold(shown)
        self.going.append(client_packet(shown))


def _sent(state: State) -> State:
    """A snapshot of `state`, as it arrives."""
    packets = [server_packet(part) for part in slices(state)]
    messages = [m for packet in packets for m in server_messages(packet)]
    return gathered(m for m in messages if isinstance(m, SnapshotSlice))


def named(values: dict[str, object]) -> NamedValues:
    """Plain Python values as values of properties; None is no element."""
    return tuple((n, guess(() if v is None else v)) for n, v in values.items())
