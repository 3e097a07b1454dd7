"""The right to steer, who may come in, and who is kept quiet."""

from __future__ import annotations

from collab.client import client
from collab.people import User, id_of, session
from collab_kernel.client import Participant
from collab_kernel.spi import MuteRow

# -- the right -----------------------------------------------------------------------------


def GetMasterId() -> int | None:
    """The number of whoever steers; None: nobody."""
    return session().state.master


def IsMaster(user: User | None = None) -> bool:
    """Whether a user (I, by default) steers."""
    found = session()
    return found.state.master == (found.id if user is None else id_of(user))


def PromoteToMaster(user: User) -> None:
    """Let a user steer instead of me. Raises NotMasterError unless I may."""
    connection = client.active()
    connection.run(connection.session.promote(id_of(user)))


def RequestMaster() -> None:
    """Ask to steer; at once granted if the connection of whoever does is broken."""
    connection = client.active()
    connection.run(connection.session.request_master())


def WithdrawRequest() -> None:
    """Ask to steer no more."""
    connection = client.active()
    connection.run(connection.session.withdraw_request())


def GetRequests() -> tuple[Participant, ...]:
    """Who asks to steer, in the order of asking."""
    return session().requests


def GrantMaster(user: User | None = None) -> None:
    """Let a user steer who asks for it; by default, who has waited longest.

    Raises UnknownParticipantError if they don't ask, NotMasterError unless I may.
    """
    connection = client.active()
    connection.run(connection.session.grant(None if user is None else id_of(user)))


def DeclineRequest(user: User) -> None:
    """Take a user's request out of the queue. Raises NotMasterError unless I may."""
    connection = client.active()
    connection.run(connection.session.decline(id_of(user)))


# -- the door ------------------------------------------------------------------------------


def DisableFurtherConnections(disable: bool = True) -> None:
    """Let nobody else in but owners, or (False) again. Raises NotMasterError unless I may."""
    Lock() if disable else Unlock()


def GetDisableFurtherConnections() -> bool:
    """Whether the session is locked."""
    return bool(session().locked_by)


def Lock() -> None:
    """Let nobody else in but owners. Raises NotMasterError unless I may."""
    connection = client.active()
    connection.run(connection.session.lock())


def Unlock() -> None:
    """Let others in again. Raises NotMasterError unless I may."""
    connection = client.active()
    connection.run(connection.session.unlock())


def GetLockedBy() -> str:
    """Who has locked the session; "" while it is open."""
    return session().locked_by


def SetConnectID(connectID: int | str) -> None:
    """Let in only who gives this id (`Connect(connect_id=...)`) from now on; "": nobody has to.

    Nobody can read it back. Raises NotMasterError unless I may.
    """
    connection = client.active()
    connection.run(connection.session.set_connect_id(connectID))


def RemoveUser(user: User, reason: str = "") -> None:
    """Put a user out of the session, and tell them why. Raises NotMasterError unless I may."""
    connection = client.active()
    connection.run(connection.session.remove(id_of(user), reason))


def MuteUser(user: User | None, chat: bool = True, pointers: bool = True) -> None:
    """Keep a user, or (None) everyone who may not mute others, from chat and pointers; both
    False lifts it. Raises NotMasterError unless I may."""
    connection = client.active()
    id = None if user is None else id_of(user)
    connection.run(connection.session.mute(id, chat, pointers))


def GetMuted(user: User | None = None) -> MuteRow:
    """What a user (I, by default) is kept from: .chat, .pointers."""
    found = session()
    return found.muted(found.id if user is None else id_of(user))
