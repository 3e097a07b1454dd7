"""What happens in a session: what is said, what was done and can be undone, what is worked at."""

from __future__ import annotations

from collab.client import client
from collab.people import session
from collab.proxy import Proxy
from collab_kernel.client import ChatRow, HistoryRow, LogEntry, Progress


def processServerEvents() -> None:
    """See everything that has happened on every server so far.

    Between two calls the script sees one state, which only its own changes move. Raises
    ConnectionLostError if the active server is gone.
    """
    active = client.active()
    for connection in client.connections:
        if connection is active or not connection.server.lost:
            connection.advance()


def Chat(text: str) -> None:
    """Say something to everybody."""
    connection = client.active()
    connection.run(connection.session.chat(text))


def GetChat() -> tuple[ChatRow, ...]:
    """What was said, oldest first: .author, .author_name, .text, .time_s."""
    return session().chat_history


# -- what was done -------------------------------------------------------------------------


def Undo(mine: bool = False) -> None:
    """Take back the last change of anybody's, or (mine) my own last one.

    Raises NothingToUndoError, UndoConflictError, NotMasterError.
    """
    connection = client.active()
    connection.run(connection.session.undo(mine))


def Redo() -> None:
    """Do again what was undone last. Raises as `Undo`."""
    connection = client.active()
    connection.run(connection.session.redo())


def GetHistory() -> tuple[HistoryRow, ...]:
    """What can be undone and redone, oldest first: .author_name, .label, .time_s, .undone_at."""
    return session().history


def GetLog(most: int = 100, after: int = 0) -> tuple[LogEntry, ...]:
    """Who did what, when, oldest first: .revision, .author_name, .label, .time_s.

    most: the newest so many, 1000 at most.  after: only what came after this revision. Asked of
    the server, so it tells the newest.
    """
    connection = client.active()
    return connection.run(connection.session.read_log(after, most)).entries


# -- what is worked at ---------------------------------------------------------------------


def GetProgress() -> tuple[Progress, ...]:
    """What the renderer works at, for whomever: .proxy, .fraction, .text."""
    return session().progress


def CancelWork(proxy: Proxy | None = None) -> None:
    """Give up what the renderer works at, or only the work at a proxy. Raises NotMasterError
    unless I may."""
    connection = client.active()
    connection.run(connection.session.cancel_work(None if proxy is None else proxy.id))
