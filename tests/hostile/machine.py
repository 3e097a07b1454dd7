"""A session without sockets: what a participant's bytes do to it, and what they must not do.

An input is one byte that says who sends (see `SENDERS`), and a packet.
"""

from __future__ import annotations

from collections import Counter

from collab_kernel.core.commands import AskQuery, Request
from collab_kernel.core.effects import Admit, Effect, Persist, Reply, Tell
from collab_kernel.core.evolve import evolve
from collab_kernel.core.messages import Hello, Question, Replied
from collab_kernel.core.mirror import Mirror
from collab_kernel.core.peer import negotiate
from collab_kernel.core.presence import Shown
from collab_kernel.core.session import Session
from collab_kernel.core.state import Role
from collab_kernel.core.stimuli import Ask, Join, Show, Stimulus
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import CollabError
from collab_kernel.plugins import load
from collab_kernel.testing import invariants
from collab_kernel.testing.simulator import STEERING, World
from collab_kernel.wire.packets import client_messages, server_messages, server_packet
from collab_kernel.wire.rows import decode_event, digest, encode_event

SENDERS = ("the master", "a slave", "a viewer", "a stranger")


class Machine:
    """Each input meets the same session: a master, a slave, a viewer, and a small pipeline."""

    def __init__(self) -> None:
        catalogue = load().renderer("vtk").definitions()
        world = World(participants=["ada"], master="ada", catalogue=catalogue)
        ada = world["ada"]
        world.join("eve")
        world.join("val", Role.VIEWER)
        source = ada.create("sources", "SphereSource")
        ada.create("filters", "Contour", Input=source)
        ada.create("views", "RenderView")
        ada.set(source, Radius=2.0)
        world.settle()
        self._rules, self._limits = world.session.rules, world.session.limits
        self._state, self._now_s = world.state, world.session.now_s
        self.ids: dict[str, ParticipantId] = {
            who: world[name].id for who, name in zip(SENDERS, ("ada", "eve", "val"), strict=False)
        }
        self.known = (*self._state.proxies, *self.ids.values())
        self.outcomes: Counter[str] = Counter()
        self._digest = digest(self._state)
        self._session = self._fresh()

    def take(self, data: bytes) -> None:
        """Take in one input. Raises AssertionError, or whatever the code under test raises by
        mistake, if a promise does not hold."""
        sender = SENDERS[data[0] % len(SENDERS)] if data else SENDERS[0]
        self._session = self._fresh()
        try:
            messages = list(client_messages(data[1:]))
            if sender == "a stranger":
                self._introduce(messages)
            else:
                for message in messages:
                    self._step(self.ids[sender], message)
        except CollabError as error:
            self.outcomes[f"{sender}: the end, {error.code}"] += 1
            server_packet(Replied(1, 0, error))  # it can be told

    def _fresh(self) -> Session:
        session = Session(self._rules, self._limits, self._state)
        session.now_s = self._now_s
        return session

    def _introduce(self, messages: list[object]) -> None:
        """What is said before anybody is let in."""
        if not messages or not isinstance(hello := messages[0], Hello):
            self.outcomes["a stranger: no hello"] += 1
            return
        negotiate(hello)
        effects = self._checked(Join(9, hello.name, Role.COLLABORATOR, hello.front_end))
        admitted = any(isinstance(effect, Admit) for effect in effects)
        self.outcomes[f"a stranger: {'admitted' if admitted else 'refused'}"] += 1

    def _step(self, who: ParticipantId, message: object) -> None:
        if isinstance(message, Request):
            kind = type(message.command).__name__
            effects = self._checked(Ask(who, message), who)
            replies = [effect for effect in effects if isinstance(effect, Reply)]
            outcome = "accepted" if effects else "dropped"
            for reply in replies:
                outcome = reply.error.code if reply.error else "nothing to do"
                again = list(server_messages(server_packet(_said(reply))))
                assert [_code(m) for m in again] == [_code(_said(reply))], "another reason arrives"
            self.outcomes[f"{kind}: {outcome}"] += 1
        elif isinstance(message, Shown):
            self._checked(Show(who, message.proxy, message.serial, message.values), who)
        elif isinstance(message, Question):
            action = AskQuery(type(message.query).__name__)
            self._session.rules.policy.permits(self._session.state, who, action)

    def _checked(self, stimulus: Stimulus, who: ParticipantId = 0) -> list[Effect]:
        """One step. What is refused changes nothing; what is accepted is whole, keeps every
        promise of the state, and is the same for who sees it from afar."""
        before, mirror = self._session.state, Mirror()
        mirror.load(before)
        effects = self._session.step(stimulus)
        events = [effect.event for effect in effects if isinstance(effect, Persist)]
        for event in events:
            again = decode_event(encode_event(event))
            assert again == event, "the event is another after a round trip"
            invariants.check_author(mirror.state, event.author, event.kind in STEERING)
            mirror.state = evolve(mirror.state, again)
        for effect in effects:
            if isinstance(effect, Tell):
                assert list(server_messages(server_packet(effect.news))), "nobody hears of it"
        after = self._session.state
        if isinstance(stimulus, Ask):
            assert len(events) <= 1, "one command, one event"
            assert all(event.author == who for event in events), "somebody else's name is on it"
        if not events:
            assert after is before, "it changed, and no event says so"
            if before is self._state:
                assert digest(after) == self._digest, "it was changed in place"
            return effects
        assert digest(mirror.state) == digest(after), "a mirror leads elsewhere"
        assert digest(self._state) == self._digest, "what was there before was changed in place"
        invariants.check_state(after)
        return effects


def _said(reply: Reply) -> Replied:
    return Replied(reply.request, reply.revision, reply.error)


def _code(message: object) -> str | None:
    assert isinstance(message, Replied)
    return message.error.code if message.error else None
