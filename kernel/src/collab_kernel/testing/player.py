"""A participant of a `World`: a mirror, and what is on the way to it and from it."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from collab_kernel.core.commands import Command, Create, Delete, Edit, NamedValues, Request, Set
from collab_kernel.core.effects import Admit, News
from collab_kernel.core.events import Event
from collab_kernel.core.facts import Derived, Progress
from collab_kernel.core.messages import Replied, SnapshotSlice
from collab_kernel.core.mirror import Mirror
from collab_kernel.core.presence import Gone, Shown, checked
from collab_kernel.core.state import Role, State
from collab_kernel.core.values import COUNTER_BITS, ParticipantId, ProxyId, guess
from collab_kernel.testing.fingerprint import Fingerprint
from collab_kernel.wire.packets import client_packet, server_messages, server_packet
from collab_kernel.wire.rows import gathered, slices

if TYPE_CHECKING:
    from collab_kernel.testing.simulator import World


class Player:
    """`ask` and what builds on it have a command decided, and everybody told, at once; `send`
    puts it on its way."""

    def __init__(self, world: World, admit: Admit, role: Role = Role.COLLABORATOR) -> None:
        self.world = world
        self.id: ParticipantId = admit.participant
        self.role = role
        self.connected = True
        self.deaf = False
        self.mirror = Mirror()
        self.mirror.load(sent(admit.state))
        self.coming: deque[bytes] = deque()
        self.showing: dict[tuple[object, ...], bytes] = {}
        self.going: deque[bytes] = deque()
        self.asked: dict[int, Request] = {}
        self.outcomes: dict[int, Event | Replied] = {}
        self._last = 0
        self.checked = 0
        self.fingerprint = Fingerprint()
        self._serials = itertools.count(1)
        self._counters = itertools.count(1)
        self._greet(admit)

    def _greet(self, admit: Admit) -> None:
        """What a newcomer is told behind the state."""
        for shown in admit.presence.shown.values():
            self.hear(shown)
        for fact in admit.derived.values():
            self.hear(fact)

    @property
    def name(self) -> str:
        return self.mirror.state.name_of(self.id)

    def new_id(self) -> ProxyId:
        return (self.id << COUNTER_BITS) + next(self._counters)

    def new_number(self) -> int:
        self._last += 1
        return self._last

    @property
    def answered(self) -> int:
        """Every request up to this one has its answer."""
        return min(self.asked, default=self._last + 1) - 1

    # -- on the way ------------------------------------------------------------------------

    def hear(self, news: News | Replied, packet: bytes | None = None) -> None:
        """Put a message on its way to this player. packet: the message, encoded already."""
        packet = server_packet(news) if packet is None else packet
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
                self._answer(message.request, message)
            elif isinstance(message, Event | Shown | Gone | Derived | Progress):
                self.mirror.fold(message)
                if isinstance(message, Event) and message.author == self.id and message.request:
                    self._answer(message.request, message)

    def _answer(self, number: int, outcome: Event | Replied) -> None:
        """Once is all there is; whoever comes back may be told again of what an event said."""
        before = self.outcomes.get(number)
        again = before is not None and isinstance(outcome, Replied) and outcome.error is None
        assert before is None or (again and isinstance(before, Event)), (
            f"request {number} was answered twice: {before}, {outcome}"
        )
        self.outcomes.setdefault(number, outcome)
        self.asked.pop(number, None)

    # -- coming back -----------------------------------------------------------------------

    def cut(self) -> None:
        """Lose the connection, and what is on the way."""
        self.connected = self.deaf = False
        self.coming.clear()
        self.showing.clear()
        self.going.clear()

    def resume(self, admit: Admit, decided: int, missed: Iterable[bytes], snapshot: bool) -> None:
        """Be back: catch up, and send again what was not decided.

        decided: the highest request that was.  missed: packets of events, and of replies.
        snapshot: start from the state instead of the events.
        """
        assert admit.participant == self.id
        self.connected = True
        if snapshot:
            self.mirror.load(sent(admit.state))
        for participant in {who for who, _ in self.mirror.presence.shown} - {self.id}:
            self.mirror.fold(Gone(participant))
        self.coming.extend(missed)
        self._greet(admit)
        for number, request in sorted(self.asked.items()):
            if number > decided:
                self.going.append(client_packet(request))
        for (who, _), shown in self.mirror.presence.shown.items():
            if who == self.id:
                self.going.append(client_packet(shown))

    # -- what a player does ----------------------------------------------------------------

    def send(self, command: Command, label: str = "", undo_set: int = 0) -> int:
        """Put a command on its way; its number."""
        number = self.new_number()
        self.put(Request(number, command, label, undo_set))
        return number

    def put(self, request: Request) -> None:
        """Put a request on its way: of a number above all before."""
        self._last = max(self._last, request.number)
        self.asked[request.number] = request
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
        self.flash(proxy, named(values))

    def flash(self, proxy: ProxyId, values: NamedValues) -> None:
        """Put own values on their way. Raises the refusal of what can't be shown."""
        last = self.mirror.presence.shown.get((self.id, proxy))
        serial = max(next(self._serials), last.serial + 1 if last else 0)
        shown = checked(self.mirror.state, Shown(self.id, proxy, serial, values))
        self.mirror.fold(shown)
        self.going.append(client_packet(shown))


def sent(state: State) -> State:
    """A snapshot of `state`, as it arrives."""
    packets = [server_packet(part) for part in slices(state)]
    messages = [m for packet in packets for m in server_messages(packet)]
    return gathered(m for m in messages if isinstance(m, SnapshotSlice))


def named(values: dict[str, object]) -> NamedValues:
    """Plain Python values as values of properties; None is no element."""
    return tuple((n, guess(() if v is None else v)) for n, v in values.items())
