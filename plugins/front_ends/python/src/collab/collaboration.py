"""Working with others: who is here, who steers, whom one follows, what is said.

    from collab.collaboration import *

    processServerEvents()      # see what the others have done meanwhile

Users are given by their number, or as they come out of `GetUsers`. Names are as in ParaView,
and the same with underscores.
"""

from __future__ import annotations

from typing import TypeAlias

from collab.client import client
from collab.publishing import publish
from collab_kernel.client import ChatRow, HistoryRow, Participant, Session
from collab_kernel.errors import InvalidValueError, NotAllowedError

User: TypeAlias = int | Participant

NOBODY = -1
"""ParaView's number for following nobody; None says the same."""


def _session() -> Session:
    return client.active().session


def _id(user: User) -> int:
    return user.id if isinstance(user, Participant) else user


def processServerEvents() -> None:
    """See everything that has happened on every server so far.

    Between two calls the script sees one state, which only its own changes move. Raises
    ConnectionLostError if the active server is gone.
    """
    active = client.active()
    for connection in client.connections:
        if connection is active or not connection.server.lost:
            connection.advance()


# -- people --------------------------------------------------------------------------------


def GetUsers() -> tuple[Participant, ...]:
    """Everybody who is connected, in the order of joining: .id, .name, .role, .following..."""
    return _session().participants


def GetNumberOfUsers() -> int:
    return len(GetUsers())


def GetUserId(index: int | None = None) -> int:
    """My number, or that of the user at a place in `GetUsers`."""
    return _session().id if index is None else GetUsers()[index].id


def GetUserLabel(user: User | None = None) -> str:
    """A user's name; mine by default. Raises UnknownParticipantError."""
    session = _session()
    return session.state.participant(session.id if user is None else _id(user)).name


def SetUserLabel(user: User | str, name: str | None = None) -> None:
    """Call myself by a name: `rename("Ada")`, or as ParaView has it, (my number, "Ada").

    If somebody has that name, a number is put behind mine. Raises NotAllowedError for another
    user's name.
    """
    connection = client.active()
    session = connection.session
    if name is None:
        if not isinstance(user, str):
            raise InvalidValueError('SetUserLabel() takes the new name: SetUserLabel("Ada")')
        name = user
    elif isinstance(user, str) or _id(user) != session.id:
        raise NotAllowedError(session.me.name, "rename others", "everybody names themselves")
    connection.run(session.rename(name))


# -- the right to steer --------------------------------------------------------------------


def GetMasterId() -> int | None:
    """The number of whoever steers; None: nobody."""
    return _session().state.master


def IsMaster(user: User | None = None) -> bool:
    """Whether a user (I, by default) steers."""
    session = _session()
    return session.state.master == (session.id if user is None else _id(user))


def PromoteToMaster(user: User) -> None:
    """Let a user steer instead of me. Raises NotMasterError unless I do."""
    connection = client.active()
    connection.run(connection.session.promote(_id(user)))


# -- following -----------------------------------------------------------------------------


def FollowUser(user: User | None) -> None:
    """See what a user sees; None (or -1): look around on my own. Raises FollowCycleError."""
    connection = client.active()
    id = None if user is None or _id(user) == NOBODY else _id(user)
    connection.run(connection.session.follow(id))


def FollowMaster() -> None:
    """See what the master sees, whoever that is."""
    connection = client.active()
    connection.run(connection.session.follow_master())


def FollowEveryone(user: User) -> None:
    """Let everybody see what a user sees. Raises NotMasterError unless I steer."""
    connection = client.active()
    connection.run(connection.session.follow_everyone(_id(user)))


def GetFollowedUser() -> int | None:
    """The number of the user whose view I see now; None: my own."""
    return _session().me.following


# -- chat and history ----------------------------------------------------------------------


def Chat(text: str) -> None:
    """Say something to everybody."""
    connection = client.active()
    connection.run(connection.session.chat(text))


SendChat = Chat


def GetChat() -> tuple[ChatRow, ...]:
    """What was said, oldest first: .author, .author_name, .text, .time_s."""
    return _session().chat_history


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
    return _session().history


process_server_events = processServerEvents
get_users = GetUsers
get_number_of_users = GetNumberOfUsers
get_user_id = GetUserId
get_user_label = GetUserLabel
set_user_label = rename = SetUserLabel
get_master_id = GetMasterId
is_master = IsMaster
promote_to_master = PromoteToMaster
follow_user = FollowUser
follow_master = FollowMaster
follow_everyone = FollowEveryone
get_followed_user = GetFollowedUser
chat = send_chat = Chat
get_chat = GetChat
undo = Undo
redo = Redo
get_history = GetHistory

__all__ = [
    "Chat",
    "FollowEveryone",
    "FollowMaster",
    "FollowUser",
    "GetChat",
    "GetFollowedUser",
    "GetHistory",
    "GetMasterId",
    "GetNumberOfUsers",
    "GetUserId",
    "GetUserLabel",
    "GetUsers",
    "IsMaster",
    "PromoteToMaster",
    "Redo",
    "SendChat",
    "SetUserLabel",
    "Undo",
    "chat",
    "follow_everyone",
    "follow_master",
    "follow_user",
    "get_chat",
    "get_followed_user",
    "get_history",
    "get_master_id",
    "get_number_of_users",
    "get_user_id",
    "get_user_label",
    "get_users",
    "is_master",
    "processServerEvents",
    "process_server_events",
    "promote_to_master",
    "redo",
    "rename",
    "send_chat",
    "set_user_label",
    "undo",
]

publish(globals(), __all__)
