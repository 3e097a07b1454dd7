"""What the participants of a session are sent, in which order."""

from immutables import Map

from collab_kernel.core.effects import Admit
from collab_kernel.core.messages import Hello, ServerMessage, Welcome
from collab_kernel.core.peer import negotiate
from collab_kernel.core.presence import Gone, Presence, Shown
from collab_kernel.core.state import State
from collab_kernel.core.values import Kind, Value
from collab_kernel.host.link import Link
from collab_kernel.host.members import Members
from collab_kernel.spi import Channel
from collab_kernel.wire.packets import client_messages, server_messages, server_packet


class Silent:
    """A channel over which nothing goes."""

    peer = "silent"

    async def send(self, data: bytes) -> None:
        raise AssertionError

    async def receive(self) -> bytes | None:
        raise AssertionError

    async def close(self) -> None: ...


async def test_what_somebody_showed_before_they_went_is_not_told_after_it() -> None:
    members = Members(lambda id, terms: Welcome(1, id, "main", True, "test"))
    channel: Channel = Silent()
    link = Link(channel, client_messages, server_packet)
    seat, _ = members.seat(link, Hello(), negotiate(Hello()))
    members.admit(Admit(seat, 1, State(), Presence(), Map()), 0)
    typing = (("Typing", Value(Kind.BOOL, (True,))),)
    for who in (2, 3):
        members.tell(Shown(who, 0, 1, typing), None)
    members.tell(Gone(2), None)
    told: list[ServerMessage] = []
    while (packet := link.outbox.next_packet()) is not None:
        told += server_messages(packet)
    presence = [message for message in told if isinstance(message, Shown | Gone)]
    assert presence == [Gone(2), Shown(3, 0, 1, typing)]
