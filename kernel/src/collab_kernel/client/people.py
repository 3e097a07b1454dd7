"""The others in a session, and what one can do with them: steer, follow, talk, keep order."""

from __future__ import annotations

from dataclasses import dataclass

from collab_kernel.client.acting import Acting
from collab_kernel.client.proxies import Proxy
from collab_kernel.core.commands import (
    BringEveryone,
    CancelWork,
    Chat,
    DeclineRequest,
    Follow,
    FollowEveryone,
    Lock,
    Mute,
    NamedValues,
    Promote,
    Remove,
    Rename,
    RequestRight,
    SetColour,
    SetConnectId,
    WithdrawRequest,
)
from collab_kernel.core.facts import Progress
from collab_kernel.core.following import followed
from collab_kernel.core.invitations import Invitation, Invite
from collab_kernel.core.presence import active
from collab_kernel.core.state import ChatRow, FollowTarget, MuteRow, Role, Table
from collab_kernel.core.values import Input, ParticipantId, ProxyId, Value
from collab_kernel.errors import InvalidValueError, UnknownParticipantError
from collab_kernel.wire.invitations import decode_invitation


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part.

    following: whose view they see now; None: their own.  latency_s: of their connection, there
    and back; None before it was measured.  asks: whether they ask for the right.
    """

    id: ParticipantId
    name: str
    role: str
    following: ParticipantId | None
    colour: str
    front_end: str
    transport: str
    is_master: bool
    asks: bool = False
    idle: bool = False
    typing: bool = False
    latency_s: float | None = None


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a participant points at.

    at: in the view, each 0 to 1 from the lower left; None: nowhere there.  place: in world
    coordinates; None: nothing is there.  text: what is there.
    """

    participant: ParticipantId
    view: ProxyId
    at: tuple[float, ...] | None
    place: tuple[float, ...] | None
    text: str


class People(Acting):
    """Who is here, who steers, whom one follows, what is said."""

    @property
    def participants(self) -> tuple[Participant, ...]:
        """Everybody who is connected, in the order of joining."""
        return tuple(self._participant(id) for id in self.state.present)

    @property
    def me(self) -> Participant:
        return self._participant(self.id)

    @property
    def master(self) -> Participant | None:
        """Who steers."""
        id = self.state.master
        return self._participant(id) if id in self.state.participants else None

    def _participant(self, id: ParticipantId | None) -> Participant:
        assert id is not None
        row = self.state.participant(id)
        return Participant(
            id,
            row.name,
            row.role.name.lower(),
            followed(self.state, id),
            row.colour,
            row.front_end,
            row.transport,
            id == self.state.master,
            id in self.state.requests,
            bool(self._shown(id, "Idle", False)),
            bool(self._shown(id, "Typing", False)),
            self._shown(id, "Latency", None),
        )

    @property
    def chat_history(self) -> tuple[ChatRow, ...]:
        """What was said, oldest first."""
        return tuple(row for _, row in sorted(self.state.table(Table.CHAT).items()))

    async def chat(self, text: str) -> int:
        return await self._do(Chat(text))

    async def rename(self, name: str) -> int:
        """Call myself `name`; if somebody has that name, a number is put behind mine."""
        return await self._do(Rename(name))

    async def set_colour(self, colour: str) -> int:
        """Be shown in this colour: "#rrggbb"."""
        return await self._do(SetColour(colour))

    # -- the right -------------------------------------------------------------------------

    @property
    def requests(self) -> tuple[Participant, ...]:
        """Who asks for the master's right, in the order of asking."""
        there = self.state.participants
        return tuple(self._participant(id) for id in self.state.requests if id in there)

    async def request_master(self) -> int:
        """Ask for the master's right; at once mine if its holder's connection is broken."""
        return await self._do(RequestRight())

    async def withdraw_request(self) -> int:
        """Ask for the right no more."""
        return await self._do(WithdrawRequest())

    async def promote(self, participant: ParticipantId) -> int:
        """Hand the master's right over. Raises NotMasterError unless I may."""
        return await self._do(Promote(participant))

    async def grant(self, participant: ParticipantId | None = None) -> int:
        """Hand the right to a participant that asks for it: who has waited longest, unless
        named. Raises UnknownParticipantError if they don't ask, NotMasterError unless I may."""
        asking = self.state.requests
        if not asking or (participant is not None and participant not in asking):
            name = self.state.name_of(participant)
            raise UnknownParticipantError(
                f"{name[:1].upper()}{name[1:]} does not ask for the right: promote() hands it "
                "over unasked"
            )
        return await self.promote(asking[0] if participant is None else participant)

    async def decline(self, participant: ParticipantId) -> int:
        """Take a participant's request out of the queue. Raises NotMasterError unless I may."""
        return await self._do(DeclineRequest(participant))

    # -- the door --------------------------------------------------------------------------

    @property
    def locked_by(self) -> str:
        """Who has locked the session; "" while it is open."""
        return self.state.door.locked_by

    async def lock(self) -> int:
        """Let nobody else in. Raises NotMasterError unless I may."""
        return await self._do(Lock(True))

    async def unlock(self) -> int:
        return await self._do(Lock(False))

    async def set_connect_id(self, connect_id: str | int) -> int:
        """Let in only who gives this connect id from now on; "": nobody has to."""
        return await self._do(SetConnectId(str(connect_id)))

    async def remove(self, participant: ParticipantId, reason: str = "") -> int:
        """Put a participant out of the session. Raises NotMasterError unless I may."""
        return await self._do(Remove(participant, reason))

    async def mute(
        self, participant: ParticipantId | None, chat: bool = True, pointers: bool = True
    ) -> int:
        """Keep a participant, or (None) everyone who may not mute others, from chat and
        pointers; both False lifts it."""
        return await self._do(Mute(participant or 0, chat, pointers))

    def muted(self, participant: ParticipantId) -> MuteRow:
        """What a participant is kept from."""
        return self.state.muted(participant)

    async def invite(self, role: str = "collaborator") -> Invitation:
        """A token by which any number of others can join in this role, until it expires: the one
        there is, or a new one. Raises NotAllowedError for a role above mine, or to a viewer."""
        if role.upper() not in Role.__members__:
            known = ", ".join(each.name.lower() for each in Role)
            raise InvalidValueError(f"{role!r} is no role; there are: {known}")
        return decode_invitation((await self.ask(Invite(Role[role.upper()]))).data)

    # -- following -------------------------------------------------------------------------

    async def follow(self, participant: ParticipantId | None) -> int:
        """See what `participant` sees; None: look around on my own."""
        if participant is None:
            return await self._do(Follow(FollowTarget(FollowTarget.Kind.NOBODY)))
        target = FollowTarget(FollowTarget.Kind.PARTICIPANT, participant)
        return await self._do(Follow(target))

    async def follow_master(self) -> int:
        """See what the master sees, whoever that is."""
        return await self._do(Follow(FollowTarget(FollowTarget.Kind.MASTER)))

    async def follow_everyone(self, participant: ParticipantId) -> int:
        """Let everybody see what `participant` sees. Raises NotMasterError unless I may."""
        return await self._do(FollowEveryone(participant))

    async def bring_everyone(self, view: Proxy | ProxyId) -> int:
        """Give everybody my look at a view, once. Raises NotMasterError unless I may."""
        id = self.id_of(view)
        self._connection.show_first(id)
        return await self._do(BringEveryone(id))

    # -- what one shows of oneself ---------------------------------------------------------

    def show_typing(self, typing: bool = True) -> None:
        """Tell the others that I write a message, or no more."""
        self.looking.show_myself(Typing=typing)

    def show_idle(self, idle: bool = True) -> None:
        """Tell the others that I am away, or back."""
        self.looking.show_myself(Idle=idle)

    @property
    def active_source(self) -> Proxy | None:
        """The source that I work at: the master's while I follow the master.

        Set it to tell the others; whoever follows the master works where the master does.
        """
        source, _ = active(self.state, self._presence, self.id)
        return self.proxy_of(source.proxy) if source else None

    @active_source.setter
    def active_source(self, source: Proxy | None) -> None:
        self.looking.show_myself(ActiveSource=Input(self.id_of(source)) if source else ())

    @property
    def active_view(self) -> Proxy | None:
        """The view that I work in: as `active_source`."""
        _, view = active(self.state, self._presence, self.id)
        return self.proxy_of(view) if view else None

    @active_view.setter
    def active_view(self, view: Proxy | None) -> None:
        self.looking.show_myself(ActiveView=self.id_of(view) if view else ())

    @property
    def pointers(self) -> tuple[Pointer, ...]:
        """What everybody points at, my own pointer included (see `View.point`)."""
        views = {id for id, row in self.state.proxies.items() if row.group == "views"}
        return tuple(
            _pointer(who, proxy, dict(news.values))
            for (who, proxy), news in sorted(self._presence.shown.items())
            if proxy in views and _points(news.values)
        )

    # -- the renderer's work ---------------------------------------------------------------

    @property
    def progress(self) -> tuple[Progress, ...]:
        """What the renderer works at, and how far it is."""
        return tuple(self._connection.mirror.progress.values())

    async def cancel_work(self, proxy: Proxy | ProxyId | None = None) -> int:
        """Give up what the renderer works at, or only the work at `proxy`. Raises NotMasterError
        unless I may."""
        return await self._do(CancelWork(0 if proxy is None else self.id_of(proxy)))


_POINTERS = ("Pointer", "Pointer3D")


def _points(values: NamedValues) -> bool:
    return any(name in _POINTERS and value.elements for name, value in values)


def _pointer(who: ParticipantId, view: ProxyId, values: dict[str, Value]) -> Pointer:
    at, place = (_numbers(values.get(name)) for name in _POINTERS)
    text = values.get("PointerText")
    return Pointer(who, view, at, place, str(text.plain) if text else "")


def _numbers(value: Value | None) -> tuple[float, ...] | None:
    found = value.elements if value else ()
    return tuple(float(e) for e in found if isinstance(e, int | float)) or None
