"""How a session is stepped by its host: what fails costs whoever ran into it, and nobody else."""

from __future__ import annotations

import logging
from collections import Counter

from collab_kernel.core.effects import Dismiss, Effect, Reply
from collab_kernel.core.session import Session
from collab_kernel.core.stimuli import Ask, Join, Leave, Lose, Stimulus, Tick
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import InvariantError

log = logging.getLogger(__name__)

MAX_TRIES = 10
"""How often it is tried to part with somebody."""


class Steps:
    """The steps of one session. A bug in the core or in a policy costs whoever ran into it their
    command, and nobody the session: a step that fails has changed nothing.
    """

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self._name = name
        self._tries: Counter[ParticipantId] = Counter()
        """How often parting with somebody has failed."""
        self.put_off: list[Stimulus] = []
        """To be stepped first in the next batch: nobody would ask for it again."""
        self.stalled = False
        """Whether time that has passed could not be stepped."""

    def step(self, stimulus: Stimulus) -> list[Effect]:
        """Step one stimulus; one by which somebody goes is put off where it fails."""
        mark = self._session.mark
        try:
            effects = self._session.step(stimulus)
        except Exception as error:
            log.exception("session %s: a step failed: %r", self._name, stimulus)
            self._session.rewind(mark)
            failure = InvariantError(f"this is a bug in Collab or a plugin: {error!r:.200}")
            return self._instead(stimulus, failure)
        if isinstance(stimulus, Leave | Lose):
            del self._tries[stimulus.participant]
        return effects

    def _instead(self, stimulus: Stimulus, failure: InvariantError) -> list[Effect]:
        """What is done instead of a step that has failed."""
        if isinstance(stimulus, Ask):
            revision = self._session.state.revision
            return [Reply(stimulus.participant, stimulus.request.number, revision, failure)]
        if isinstance(stimulus, Join):
            return [Dismiss(stimulus.seat, failure)]
        if isinstance(stimulus, Leave | Lose):
            self._tries[stimulus.participant] += 1
            if self._tries[stimulus.participant] < MAX_TRIES:
                self.put_off.append(stimulus)
        elif isinstance(stimulus, Tick):
            self.stalled = True
        return []
