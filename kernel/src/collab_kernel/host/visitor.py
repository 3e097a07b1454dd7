"""What a participant's connection brings: commands, presence, questions and uploads."""

from __future__ import annotations

import asyncio
import math
from functools import partial

from collab_kernel.core.commands import Request
from collab_kernel.core.messages import (
    BlobPart,
    BlobStored,
    CancelQuestion,
    ClientMessage,
    FramePart,
    FrameShown,
    Hello,
    Question,
    Watch,
)
from collab_kernel.core.peer import Throttle
from collab_kernel.core.presence import Shown
from collab_kernel.core.stimuli import Ask, Show
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.errors import InvalidCommandError, RemoteProtocolError
from collab_kernel.host.admission import Admitted
from collab_kernel.host.answers import Answers
from collab_kernel.host.asking import Asking
from collab_kernel.host.link import Link
from collab_kernel.host.session import HostedSession
from collab_kernel.host.uploads import Uploads
from collab_kernel.host.watching import MAX_WATCHED
from collab_kernel.wire.packets import server_packet

COMMANDS_PER_S, COMMANDS_BURST_S = 50.0, 4.0
"""Of one participant who does not steer: as many as are due in the latter may come at once."""


class Visitor:
    """One participant's messages. admitted: as whom they were let in."""

    def __init__(
        self,
        answers: Answers,
        session: HostedSession,
        participant: ParticipantId,
        link: Link[ClientMessage],
        admitted: Admitted,
    ) -> None:
        self._answers = answers
        self._session = session
        self._participant = participant
        self._link = link
        self._commands = 0
        now_s = asyncio.get_running_loop().time()
        self._pace = Throttle(now_s, COMMANDS_PER_S, math.inf, COMMANDS_BURST_S)
        answer = partial(answers.answer, session, participant, admitted)
        self._asking = Asking(link, partial(session.turn, participant), answer)
        self._wanted: dict[ProxyId, Watch] = {}
        """What of each view is to be watched, or no more, once the commands before are stepped."""
        self._watching: asyncio.Task[None] | None = None
        permits = partial(answers.check, session, participant, "StoreBlob")
        self._uploads = Uploads(session.blobs, participant, permits, self._stored)

    def handle(self, message: ClientMessage) -> None:
        """Identity is ours to state: whatever a message says of its author is not read."""
        if isinstance(message, Request):
            self._commands += 1
            self._session.put(Ask(self._participant, message), self._participant)
        elif isinstance(message, Shown):
            show = Show(self._participant, message.proxy, message.serial, message.values)
            self._session.put(show, self._participant)
        elif isinstance(message, Question):
            self._asking.ask(message)
        elif isinstance(message, CancelQuestion):
            self._asking.cancel(message.number)
        elif isinstance(message, BlobPart):
            self._uploads.take(message)
        elif isinstance(message, Watch):
            self._watch(message)
        elif isinstance(message, FrameShown):
            self._session.watching.shown(self._participant, message)
        elif isinstance(message, Hello):
            raise RemoteProtocolError("a second hello")

    async def pause(self) -> None:
        """Return when more may come: little of this participant waits, and who does not steer
        takes their time."""
        commands, self._commands = self._commands, 0
        await self._session.room(self._participant)
        if commands and not self._answers.steers(self._session, self._participant):
            delay_s = self._pace.delay_s(asyncio.get_running_loop().time(), commands, 0)
            if delay_s:
                await asyncio.sleep(delay_s)

    def _stored(self, stored: BlobStored) -> None:
        self._link.outbox.reliable(server_packet(stored))
        self._link.flush()

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        self._session.watching.left(self._participant, self._link)
        await self._uploads.close()
        await self._asking.close()

    def _watch(self, watch: Watch) -> None:
        if watch.view not in self._wanted and len(self._wanted) >= MAX_WATCHED:
            error = InvalidCommandError(f"at most {MAX_WATCHED} views can be watched in one go")
            part = FramePart(watch.view, 0, last=True, error=error, ended=True)
            self._link.outbox.reliable(server_packet(part))
            self._link.flush()
            return
        self._wanted[watch.view] = watch
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch_in_turn())

    async def _watch_in_turn(self) -> None:
        """A view may be made, and one's window told of, by what was said before."""
        await self._session.turn(self._participant)
        permits = partial(self._answers.check, self._session, self._participant, "RenderImage")
        wanted, self._wanted = self._wanted, {}
        for watch in wanted.values():
            self._session.watching.watch(self._participant, self._link, watch, permits)
