"""Somebody who only asks: let in like a participant, and answered as one, without being one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from collab_kernel.core.messages import CancelQuestion, ClientMessage, Hello, Question
from collab_kernel.core.peer import Terms
from collab_kernel.core.queries import Answer, AnyQuery
from collab_kernel.core.stimuli import Join
from collab_kernel.core.values import SERVER
from collab_kernel.errors import BusyError, ConnectionLostError, RemoteProtocolError
from collab_kernel.host.admission import Admitted
from collab_kernel.host.answers import Answers
from collab_kernel.host.asking import Asking
from collab_kernel.host.link import Link
from collab_kernel.host.session import HostedSession
from collab_kernel.wire.packets import server_packet
from collab_kernel.wire.rows import slices

MAX_ONLOOKERS = 32
"""Of a session, at a time."""

STAYS_S = 300.0
"""Whoever asks for longer has to be let in again: nobody sees them to put them out."""


class Onlooker:
    """One such connection. join: what it would join by.  admitted: as whom it was let in."""

    def __init__(
        self,
        answers: Answers,
        session: HostedSession,
        link: Link[ClientMessage],
        join: Join,
        admitted: Admitted,
    ) -> None:
        self._answers = answers
        self._session = session
        self._link = link
        self._join = join
        self._admitted = admitted
        self._asking = Asking(link, _at_once, self._answer)

    def welcome(self, terms: Terms) -> None:
        """Send the welcome, as nobody, and what there is to see now. Raises RefusedError if they
        may not come in, or too many ask."""
        self._session.as_if_joined(self._join)
        if len(self._session.members.onlookers) >= MAX_ONLOOKERS:
            raise BusyError("too many ask at once: try again later")
        welcome = self._session.members.welcome(SERVER, terms)
        self._link.outbox.reliable(server_packet(welcome))
        self._link.outbox.stream(server_packet(part) for part in slices(self._session.durable))
        for shown in self._session.presence.shown.values():
            self._link.outbox.reliable(server_packet(shown))

    async def run(self, behind: Iterable[ClientMessage]) -> None:
        """Answer until the connection ends; never returns normally. behind: what came in the
        packet of the hello."""
        late = ConnectionLostError(f"whoever asks for {STAYS_S:g} s has to come again")
        timer = asyncio.get_running_loop().call_later(STAYS_S, self._link.end, late)
        onlookers = self._session.members.onlookers
        onlookers.add(self._link)
        try:
            await self._link.run(self._handle, _at_once, behind)
        finally:
            timer.cancel()
            onlookers.discard(self._link)
            await self._asking.close()

    def _handle(self, message: ClientMessage) -> None:
        if isinstance(message, Question):
            self._asking.ask(message)
        elif isinstance(message, CancelQuestion):
            self._asking.cancel(message.number)
        else:
            what = "a second hello" if isinstance(message, Hello) else "more than a question"
            raise RemoteProtocolError(f"{what}, of somebody who only asks")

    async def _answer(self, query: AnyQuery) -> Answer:
        state, id = self._session.as_if_joined(self._join)  # it may have been locked meanwhile
        return self._answers.answer_onlooker(self._session, state, id, self._admitted, query)


async def _at_once() -> None:
    """There is nothing to wait for."""
