"""Which session and which participant a line of the log is about."""

from __future__ import annotations

import logging
from contextvars import ContextVar

_SESSION: ContextVar[str] = ContextVar("collab_session", default="")
_PARTICIPANT: ContextVar[int] = ContextVar("collab_participant", default=0)


def about(session: str, participant: int = 0) -> None:
    """From here on, what this task and those that it starts log is about these. participant: 0 is
    none of them."""
    _SESSION.set(session)
    _PARTICIPANT.set(participant)


class LogContext(logging.Filter):
    """For a handler: gives each record `session` ("": none) and `participant` (0: none)."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.session, record.participant = _SESSION.get(), _PARTICIPANT.get()
        return True
