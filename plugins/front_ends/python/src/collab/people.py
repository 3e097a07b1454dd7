"""Who is here, how they are called and shown, whom one follows, and what they point at."""

from __future__ import annotations

from typing import TypeAlias

from collab.client import client
from collab.connection import Connection
from collab.view import View
from collab_kernel.client import Participant, Pointer, Session
from collab_kernel.errors import InvalidValueError, NotAllowedError, UnknownProxyError
from collab_kernel.spi import Vector

User: TypeAlias = int | Participant

NOBODY = -1
"""ParaView's number for following nobody; None says the same."""


def session() -> Session:
    return client.active().session


def id_of(user: User) -> int:
    return user.id if isinstance(user, Participant) else user


def GetUsers() -> tuple[Participant, ...]:
    """Everybody who is connected, in the order of joining: .id, .name, .role, .following,
    .is_master, .asks, .idle, .typing, .latency_s..."""
    return session().participants


def GetNumberOfUsers() -> int:
    """How many are connected."""
    return len(GetUsers())


def GetUserId(index: int | None = None) -> int:
    """My number, or that of the user at a place in `GetUsers`."""
    return session().id if index is None else GetUsers()[index].id


def GetUserLabel(user: User | None = None) -> str:
    """A user's name; mine by default. Raises UnknownParticipantError."""
    found = session()
    return found.state.participant(found.id if user is None else id_of(user)).name


def SetUserLabel(user: User | str, name: str | None = None) -> None:
    """Call myself by a name: `rename("Ada")`, or as ParaView has it, (my number, "Ada").

    If somebody has that name, a number is put behind mine. Raises NotAllowedError for another
    user's name.
    """
    connection = client.active()
    me = connection.session.me
    if name is None:
        if not isinstance(user, str):
            raise InvalidValueError('SetUserLabel() takes the new name: SetUserLabel("Ada")')
        name = user
    elif isinstance(user, str) or id_of(user) != me.id:
        raise NotAllowedError(me.name, "rename others", "everybody names themselves")
    connection.run(connection.session.rename(name))


def SetUserColour(colour: str) -> None:
    """Be shown in this colour: "#rrggbb". Raises InvalidValueError."""
    connection = client.active()
    connection.run(connection.session.set_colour(colour))


def ShowIdle(idle: bool = True) -> None:
    """Tell the others that I am away, or back."""
    connection = client.active()
    connection.call(lambda: connection.session.show_idle(idle))


def ShowTyping(typing: bool = True) -> None:
    """Tell the others that I write a message, or no more."""
    connection = client.active()
    connection.call(lambda: connection.session.show_typing(typing))


# -- following -----------------------------------------------------------------------------


def FollowUser(user: User | None) -> None:
    """See what a user sees; None (or -1): look around on my own. Raises FollowCycleError."""
    connection = client.active()
    id = None if user is None or id_of(user) == NOBODY else id_of(user)
    connection.run(connection.session.follow(id))


def FollowMaster() -> None:
    """See what the master sees, whoever that is."""
    connection = client.active()
    connection.run(connection.session.follow_master())


def FollowEveryone(user: User) -> None:
    """Let everybody see what a user sees. Raises NotMasterError unless I steer."""
    connection = client.active()
    connection.run(connection.session.follow_everyone(id_of(user)))


def GetFollowedUser() -> int | None:
    """The number of the user whose view I see now; None: my own."""
    return session().me.following


def BringEveryone(view: View | None = None) -> None:
    """Give everybody my look at a view (the active one), once. Raises NotMasterError."""
    connection = client.active()
    connection.run(connection.session.bring_everyone(view_or_active(connection, view).id))


# -- pointing ------------------------------------------------------------------------------


def Point(
    at: tuple[float, float] | None = None,
    place: Vector | None = None,
    text: str = "",
    view: View | None = None,
) -> None:
    """Let the others see where I point in a view (the active one); at nothing: nowhere any more.

    at: from (0, 0), the lower left corner, to (1, 1); with it alone, the renderer says which
    place I see there, and what value it has.  place: world coordinates.  text: what is there.
    Raises InvalidValueError, RendererError.
    """
    connection = client.active()
    shown = view_or_active(connection, view)
    if at is not None and place is None and not text and connection.session.renderer:
        connection.run(shown.kernel.point_at(*at, shown.size_px))
    else:
        connection.call(lambda: shown.kernel.point(at, place, text))


def GetPointers(view: View | None = None) -> tuple[Pointer, ...]:
    """What everybody points at, in all views or in one: .participant, .view, .at, .place, .text.
    Pointers are live: `processServerEvents` is not needed."""
    return tuple(p for p in session().pointers if view is None or p.view == view.id)


def view_or_active(connection: Connection, view: View | None) -> View:
    """`view`, or the active one. Raises UnknownProxyError where there is none."""
    found = view or connection.view
    if found is None:
        raise UnknownProxyError("the session has no view: CreateRenderView() makes one")
    return found
