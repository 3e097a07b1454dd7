"""A connection breaks wherever it likes: its participant comes back as who it was, and everything
that was asked for is carried out once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from collab_kernel.client import Back, Camera, Reconnecting, Session, Skipped, connect
from collab_kernel.core.commands import Chat, Rename, Request
from collab_kernel.core.events import Event
from collab_kernel.core.messages import (
    AnswerPart,
    ClientMessage,
    Credit,
    Goodbye,
    Hello,
    Question,
    Replied,
    ServerMessage,
    SnapshotSlice,
    Welcome,
)
from collab_kernel.core.presence import SESSION
from collab_kernel.core.queries import Answer, SaveData
from collab_kernel.core.state import Role, Table
from collab_kernel.core.stimuli import Join, Measure, Stimulus
from collab_kernel.core.values import guess
from collab_kernel.errors import (
    AuthenticationFailedError,
    CollabError,
    ConnectionLostError,
    GoodbyeError,
    NotMasterError,
    ResumeFailedError,
    ServerStoppedError,
    SessionFullError,
    StoreError,
    TakenOverError,
)
from collab_kernel.host import resumption
from collab_kernel.host.client import Connection
from collab_kernel.host.link import Link
from collab_kernel.host.memory_transport import MemoryTransport
from collab_kernel.host.reconnection import Reconnection
from collab_kernel.host.session import HostedSession
from collab_kernel.server import Locks, Server, TokenFile
from collab_kernel.spi import Channel
from collab_kernel.testing.catalogue import definitions
from collab_kernel.wire.packets import client_messages, client_packet, server_messages
from collab_kernel.wire.rows import encode_event

WITHIN_S = 20.0

Sees = Callable[[object], bool]


class Cable:
    """A channel that is cut when a message of a kind passes.

    sent, got: whether the message that is sent, or was received, is the one. A message that is
    sent goes before the cut unless `early`; one that was received is lost. quietly: the other
    side does not notice.
    """

    def __init__(self, inner: Channel) -> None:
        self.inner, self.peer = inner, inner.peer
        self.sent: Sees = lambda message: False
        self.got: Sees = lambda message: False
        self.early = self.quietly = False
        self._cut = asyncio.Event()

    async def send(self, data: bytes) -> None:
        hit = any(self.sent(message) for message in client_messages(data))
        if hit and self.early:
            await self.cut()
        if self._cut.is_set():
            raise ConnectionLostError("the cable was cut")
        await self.inner.send(data)
        if hit:
            await self.cut()

    async def receive(self) -> bytes | None:
        if self._cut.is_set():
            return None
        receiving = asyncio.ensure_future(self.inner.receive())
        ending = asyncio.ensure_future(self._cut.wait())
        try:
            await asyncio.wait([receiving, ending], return_when=asyncio.FIRST_COMPLETED)
        finally:
            ending.cancel()
            if not receiving.done():
                receiving.cancel()
        if not receiving.done() or receiving.cancelled():
            return None
        data = receiving.result()
        if data is not None and any(self.got(message) for message in server_messages(data)):
            await self.cut()
            return None
        return data

    async def cut(self) -> None:
        self._cut.set()
        if not self.quietly:
            await self.inner.close()

    async def close(self) -> None:
        self._cut.set()
        if not self.quietly:
            await self.inner.close()


class Wire:
    """Every cable that a client has had to a server. open: cleared while nobody answers."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cables: list[Cable] = []
        self.open = asyncio.Event()
        self.open.set()

    @property
    def cable(self) -> Cable:
        return self.cables[-1]

    async def dial(self) -> Channel:
        await self.open.wait()
        self.cables.append(Cable(await MemoryTransport().connect(self.server.addresses[0], None)))
        return self.cable

    async def join(self, name: str, within_s: float = WITHIN_S, token: str = "") -> Session:
        cable = await self.dial()
        return await self.joined(cable, name, within_s, token)

    async def joined(
        self, cable: Channel, name: str, within_s: float = WITHIN_S, token: str = ""
    ) -> Session:
        connection = Connection(cable, Reconnection(self.dial, within_s))
        await connection.join(Hello(name=name, token=token))
        return Session(connection, self.server.addresses[0])


def a_server(**options: object) -> Server:
    given = {"renderer": None, "catalogue": definitions(), "multi_clients": True} | options
    return Server(["memory://resume:0"], **given)  # type: ignore[arg-type]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with a_server() as server:
        yield server


@pytest.fixture
async def bob(server: Server) -> AsyncIterator[Session]:
    """Somebody else, who came first and is the master."""
    async with await connect(server.addresses[0], "Bob") as bob:
        yield bob


@pytest.fixture
async def wire(server: Server, bob: Session) -> Wire:
    return Wire(server)


@pytest.fixture
async def ada(wire: Wire) -> AsyncIterator[Session]:
    """Whose connection breaks."""
    ada = await wire.join("Ada")
    yield ada
    await ada.close()


@asynccontextmanager
async def coming_back(session: Session) -> AsyncIterator[None]:
    """What happens in here breaks the connection, which stands again at the end."""
    notices = session.notices()
    async with asyncio.timeout(WITHIN_S):
        yield
        assert isinstance(await anext(notices), Reconnecting)
        assert isinstance(await anext(notices), Back)
    notices.close()


async def until(session: Session, done: Callable[[], bool]) -> None:
    events = session.events()
    async with asyncio.timeout(WITHIN_S):
        while not done():
            await anext(events)


def said(session: Session) -> list[str]:
    return [row.text for row in session.chat_history]


async def agree(*sessions: Session) -> None:
    for session in sessions:
        await session.catch_up()
    newest = max(session.revision for session in sessions)
    async with asyncio.timeout(WITHIN_S):
        for session in sessions:
            await session.reached(newest)
    assert len({(s.revision, s.digest()) for s in sessions}) == 1


# -- who comes back --------------------------------------------------------------------------


async def test_who_comes_back_is_who_they_were(wire: Wire, ada: Session, bob: Session) -> None:
    await ada.rename("Ada L.")
    await ada.follow(bob.id)
    row = ada.state.participant(ada.id)
    async with coming_back(ada):
        await wire.cable.cut()
    await agree(ada, bob)
    assert ada.state.participant(ada.id) == row
    assert len(bob.participants) == 2
    assert len(wire.cables) == 2


async def test_who_came_in_at_the_same_moment_as_others_comes_back_as_they_do(wire: Wire) -> None:
    names = [f"Guest {number}" for number in range(6)]
    guests = await asyncio.gather(*(wire.join(name) for name in names))
    async with AsyncExitStack() as breaking:
        for guest in guests:
            await breaking.enter_async_context(coming_back(guest))
        for cable in list(wire.cables):
            await cable.cut()
    assert [guest.me.name for guest in guests] == names
    for guest in guests:
        await guest.close()


async def test_a_cable_that_is_cut_again_and_again_changes_nothing(
    wire: Wire, ada: Session, bob: Session
) -> None:
    for number in range(4):
        async with coming_back(ada):
            await wire.cable.cut()
        await ada.chat(str(number))
    await agree(ada, bob)
    assert said(bob) == ["0", "1", "2", "3"]


async def test_while_it_is_made_anew_the_session_says_so_and_can_be_read(
    wire: Wire, ada: Session, bob: Session
) -> None:
    assert ada.connected
    wire.open.clear()
    await wire.cable.cut()
    await until(bob, lambda: not bob.state.participant(ada.id).connected)
    assert (ada.connected, ada.lost) == (False, None)
    assert ada.views
    saying = asyncio.create_task(ada.chat("while nobody answered"))
    await bob.chat("meanwhile")
    wire.open.set()
    async with asyncio.timeout(WITHIN_S):
        await saying
    assert ada.connected
    await agree(ada, bob)
    assert said(bob) == ["meanwhile", "while nobody answered"]


async def test_a_master_who_comes_back_in_time_has_kept_the_right(server: Server) -> None:
    wire = Wire(server)
    ada = await wire.join("Ada")
    async with await connect(server.addresses[0], "Bob") as bob:
        async with coming_back(ada):
            await wire.cable.cut()
        await agree(ada, bob)
        assert ada.me.is_master
        await ada.create("sources", "SphereSource")
    await ada.close()


async def test_what_one_showed_is_shown_again(wire: Wire, ada: Session, bob: Session) -> None:
    camera = Camera((1.0, 2.0, 3.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    ada.views[0].camera = camera
    await bob.follow(ada.id)
    async with coming_back(ada):
        await wire.cable.cut()
    presence = bob.presence()
    async with asyncio.timeout(WITHIN_S):
        while bob.views[0].camera.position != camera.position:
            await anext(presence)
    assert ada.views[0].camera.position == camera.position


async def test_what_the_server_says_of_one_is_not_said_back(
    wire: Wire, ada: Session, bob: Session
) -> None:
    """It would be refused, and what stands beside it too."""
    hosted = wire.server.sessions["main"]
    hosted.put(Measure(ada.id, 0.25))
    await ada.catch_up()
    presence = ada.presence()
    async with asyncio.timeout(WITHIN_S):
        while "Latency" not in ada._connection.mirror.presence.own(ada.id, SESSION):
            await anext(presence)
    ada._connection.show(SESSION, (("Idle", guess(True)),))
    async with coming_back(ada):
        await wire.cable.cut()
    presence = bob.presence()
    async with asyncio.timeout(WITHIN_S):
        while "Idle" not in bob._connection.mirror.presence.own(ada.id, SESSION):
            await anext(presence)


async def test_what_others_show_is_known_again(wire: Wire, ada: Session, bob: Session) -> None:
    bob.views[0].camera = Camera((4.0, 5.0, 6.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    await ada.follow(bob.id)
    presence = ada.presence()
    async with coming_back(ada):
        await wire.cable.cut()
    async with asyncio.timeout(WITHIN_S):
        while ada.views[0].camera.position != (4.0, 5.0, 6.0):
            await anext(presence)


# -- commands --------------------------------------------------------------------------------


def is_request(message: object) -> bool:
    return isinstance(message, Request)


@pytest.mark.parametrize("early", [True, False], ids=["before it was sent", "after it was sent"])
async def test_a_command_around_a_break_is_carried_out_once(
    wire: Wire, ada: Session, bob: Session, early: bool
) -> None:
    wire.cable.sent, wire.cable.early = is_request, early
    events = bob.events()
    async with coming_back(ada):
        revision = await ada.chat("once")
    await agree(ada, bob)
    seen = [await anext(events)]
    while seen[-1].revision < bob.revision:
        seen.append(await anext(events))
    assert [event.revision for event in seen if event.author == ada.id] == [revision]
    assert said(bob) == ["once"]


async def test_an_acknowledgement_that_was_lost_is_told_again(
    wire: Wire, ada: Session, bob: Session
) -> None:
    wire.cable.got = lambda m: isinstance(m, Event) and m.author == ada.id
    async with coming_back(ada):
        revision = await ada.chat("once")
    assert server_revision(wire, "once") == revision
    await agree(ada, bob)
    assert said(bob) == ["once"]


def server_revision(wire: Wire, text: str) -> int:
    chat = wire.server.state().table(Table.CHAT)
    [revision] = [key for key, row in chat.items() if row.text == text]
    return int(revision)


async def test_a_refusal_that_was_lost_is_told_again_and_not_decided_again(
    wire: Wire, ada: Session, bob: Session
) -> None:
    """Though the second time it would have been accepted."""
    wire.cable.got = lambda m: isinstance(m, Replied)
    wire.open.clear()
    creating = asyncio.create_task(ada.create("sources", "SphereSource"))
    await until(bob, lambda: not bob.state.participant(ada.id).connected)
    wire.open.set()
    await until(bob, lambda: bob.state.participant(ada.id).connected)
    await bob.promote(ada.id)
    with pytest.raises(NotMasterError, match="Bob"):
        async with asyncio.timeout(WITHIN_S):
            await creating
    await agree(ada, bob)
    assert not [row for row in bob.state.proxies.values() if row.type == "SphereSource"]
    await ada.create("sources", "SphereSource")


async def test_a_stream_of_commands_that_breaks_in_the_middle_is_whole_and_in_order(
    wire: Wire, ada: Session, bob: Session
) -> None:
    texts = [str(n) for n in range(300)]
    count = 0

    def hundredth(message: object) -> bool:
        nonlocal count
        count += isinstance(message, Event) and message.author == ada.id
        return count == 100

    wire.cable.got = hundredth
    async with coming_back(ada):
        revisions = await asyncio.gather(*[ada.begin(Chat(text)) for text in texts])
    assert revisions == sorted(set(revisions))
    await agree(ada, bob)
    assert said(bob) == texts


async def test_commands_are_numbered_on_and_an_old_number_is_dropped(
    wire: Wire, ada: Session, bob: Session
) -> None:
    await ada.chat("first")
    async with coming_back(ada):
        await wire.cable.cut()
    await ada.chat("second")
    for number in (1, 2):
        await wire.cable.inner.send(client_packet(Request(number, Chat("again"))))
    await ada.chat("third")
    await agree(ada, bob)
    assert said(bob) == ["first", "second", "third"]
    assert bob.state.table(Table.REQUESTS)[ada.id] == 3


async def test_an_answer_that_nobody_remembers_is_an_error_and_not_silence(
    wire: Wire, ada: Session, bob: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumption, "MAX_OUTCOMES", 1)
    monkeypatch.setattr(resumption, "MAX_EVENTS", 0)
    wire.cable.got = lambda m: isinstance(m, Event) and m.author == ada.id
    wire.open.clear()
    saying = [ada.begin(Chat(str(n))) for n in range(3)]
    await until(bob, lambda: len(said(bob)) == 3)
    wire.open.set()
    async with asyncio.timeout(WITHIN_S):
        outcomes = await asyncio.gather(*saying, return_exceptions=True)
    assert isinstance(outcomes[2], int)
    for outcome in outcomes[:2]:
        assert isinstance(outcome, ConnectionLostError)
        assert "does not know the answer any more" in str(outcome)
    await agree(ada, bob)
    assert said(ada) == ["0", "1", "2"]


async def test_a_question_is_asked_again(wire: Wire, ada: Session) -> None:
    wire.cable.sent = lambda m: isinstance(m, Question)
    async with coming_back(ada):
        found = await ada.definition("sources", "Specimen")
    assert found.type == "Specimen"
    wire.cable.got = lambda m: isinstance(m, AnswerPart)
    async with coming_back(ada):
        found = await ada.definition("filters", "AppendPolyData")
    assert found.type == "AppendPolyData"


# -- what was missed -------------------------------------------------------------------------


async def test_the_events_that_were_missed_are_told_and_none_is_missing(
    wire: Wire, ada: Session, bob: Session
) -> None:
    events, notices = ada.events(), ada.notices()
    start = ada.revision
    wire.open.clear()
    await wire.cable.cut()
    for number in range(20):
        await bob.create("sources", "SphereSource", Radius=number + 1.0)
    wire.open.set()
    async with asyncio.timeout(WITHIN_S):
        assert isinstance(await anext(notices), Reconnecting)
        assert isinstance(await anext(notices), Back)
    await agree(ada, bob)
    seen = []
    while not seen or seen[-1] < ada.revision:
        seen.append((await anext(events)).revision)
    assert seen == list(range(start + 1, ada.revision + 1))


@pytest.mark.parametrize("limit", ["MAX_EVENTS", "MAX_EVENT_BYTES"])
async def test_who_has_missed_too_much_gets_a_snapshot_and_is_told_so(
    wire: Wire, ada: Session, bob: Session, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(resumption, limit, 3)
    notices = ada.notices()
    wire.open.clear()
    await wire.cable.cut()
    for number in range(20):
        await bob.create("sources", "SphereSource", Radius=number + 1.0)
    wire.open.set()
    async with asyncio.timeout(WITHIN_S):
        assert isinstance(await anext(notices), Reconnecting)
        assert isinstance(await anext(notices), Back)
        skipped = await anext(notices)
    assert isinstance(skipped, Skipped)
    assert skipped.revision <= ada.revision
    await agree(ada, bob)


async def test_a_break_in_the_first_snapshot_leaves_one_participant(
    wire: Wire, bob: Session
) -> None:
    for number in range(12):
        await bob.create("sources", "Specimen", Payload=bytes([number]) * 60_000)
    cable = await wire.dial()
    assert isinstance(cable, Cable)
    cable.got = lambda m: isinstance(m, SnapshotSlice) and m.last
    ada = await wire.joined(cable, "Ada")
    await agree(ada, bob)
    assert [p.name for p in bob.participants] == ["Bob", "Ada"]
    assert len(bob.state.participants) == 2
    await ada.close()


async def test_a_break_in_a_later_snapshot_is_a_break_like_another(
    wire: Wire, ada: Session, bob: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumption, "MAX_EVENTS", 0)
    for number in range(4):
        await bob.create("sources", "Specimen", Payload=bytes([number]) * 60_000)
    dial = wire.dial
    cuts = 0

    async def dial_to_break() -> Channel:
        nonlocal cuts
        cable = await dial()
        assert isinstance(cable, Cable)
        if cuts < 2:
            cuts += 1
            cable.got = lambda m: isinstance(m, SnapshotSlice)
        return cable

    ada._connection._reconnection._dial = dial_to_break
    await wire.cable.cut()
    await ada.chat("at last")
    await agree(ada, bob)
    assert (cuts, said(bob)) == (2, ["at last"])


# -- ghosts ----------------------------------------------------------------------------------


class Peer:
    """A connection that speaks for itself."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._read: list[ServerMessage] = []

    async def until(self, kind: type) -> ServerMessage:
        async with asyncio.timeout(WITHIN_S):
            while True:
                while not self._read:
                    packet = await self.channel.receive()
                    assert packet is not None, f"the end came before {kind.__name__}"
                    self._read = list(server_messages(packet))
                message = self._read.pop(0)
                if isinstance(message, kind):
                    return message

    async def farewell(self) -> CollabError:
        goodbye = await self.until(Goodbye)
        assert isinstance(goodbye, Goodbye)
        return goodbye.error


async def hello(server: Server, hello: Hello, *behind: object) -> Peer:
    peer = Peer(await MemoryTransport().connect(server.addresses[0], None))
    packets = [client_packet(message) for message in (hello, *behind)]  # type: ignore[arg-type]
    await peer.channel.send(b"".join(packets))
    return peer


RETURNING = Hello(name="Eve", capabilities=("resume",))


async def introduced(server: Server, said: Hello = RETURNING) -> tuple[Peer, Welcome]:
    peer = await hello(server, said)
    welcome = await peer.until(Welcome)
    assert isinstance(welcome, Welcome)
    return peer, welcome


def again(welcome: Welcome, key: str | None = None, revision: int = 0) -> Hello:
    return Hello(
        capabilities=("resume",),
        resume_participant=welcome.participant,
        resume_key=welcome.resume_key if key is None else key,
        seen_revision=revision,
    )


async def test_a_connection_that_the_server_still_believes_in_is_taken_over(
    wire: Wire, ada: Session, bob: Session
) -> None:
    ghost = wire.cable
    ghost.quietly = True
    async with coming_back(ada):
        await ghost.cut()
    assert isinstance(await Peer(ghost.inner).farewell(), TakenOverError)
    await ghost.inner.close()
    await ada.chat("I am here")
    await agree(ada, bob)
    assert bob.state.participant(ada.id).connected
    assert len(bob.participants) == 2


async def test_on_a_server_for_one_a_ghost_holds_no_seat() -> None:
    async with a_server(multi_clients=False) as server:
        wire = Wire(server)
        ada = await wire.join("Ada")
        wire.cable.quietly = True
        async with coming_back(ada):
            await wire.cable.cut()
        await ada.chat("alone")
        await wire.cables[0].inner.close()
        await ada.close()


async def test_of_two_who_come_back_with_one_key_the_later_stays(
    server: Server, bob: Session
) -> None:
    first, welcome = await introduced(server)
    second, _ = await introduced(server, again(welcome))
    third, _ = await introduced(server, again(welcome))
    for gone in (first, second):
        assert isinstance(await gone.farewell(), TakenOverError)
        await gone.channel.close()
    await third.channel.send(client_packet(Request(1, Chat("it is me"))))
    await until(bob, lambda: said(bob) == ["it is me"])
    assert bob.state.participant(welcome.participant).connected
    await third.channel.close()


async def test_who_was_taken_over_does_not_take_over_in_turn(
    wire: Wire, ada: Session, server: Server
) -> None:
    key = ada._connection._hello.resume_key
    thief, _ = await introduced(server, again(ada._connection.welcome, key))
    async with asyncio.timeout(WITHIN_S):
        with pytest.raises(TakenOverError):
            await ada.reached(10**6)
    assert isinstance(ada.lost, TakenOverError)
    await thief.channel.close()


# -- who does not come back ------------------------------------------------------------------


async def test_a_wrong_key_or_another_participant_is_refused(
    server: Server, bob: Session, ada: Session
) -> None:
    before = bob.digest()
    for said_hello in (
        again(ada._connection.welcome, "guessed"),
        again(ada._connection.welcome, ""),
        again(Welcome(1, 99, "main", True, ""), "guessed"),
        again(Welcome(1, bob.id, "main", True, ""), ada._connection._hello.resume_key),
    ):
        peer = await hello(server, said_hello)
        assert isinstance(await peer.farewell(), ResumeFailedError)
        await peer.channel.close()
    assert (bob.digest(), len(bob.participants)) == (before, 2)
    assert ada.connected


async def test_who_has_left_does_not_come_back(server: Server, bob: Session) -> None:
    peer, welcome = await introduced(server)
    await peer.channel.send(client_packet(Goodbye(GoodbyeError("bye"))))
    await until(bob, lambda: welcome.participant not in bob.state.participants)
    back = await hello(server, again(welcome))
    error = await back.farewell()
    assert isinstance(error, ResumeFailedError)
    assert "join" in str(error)
    await back.channel.close()
    await peer.channel.close()


async def test_a_server_that_was_started_anew_knows_nobody() -> None:
    async with a_server() as server:
        wire = Wire(server)
        ada = await wire.join("Ada")
        address = server.addresses[0]
        wire.open.clear()
        await wire.cable.cut()
    async with Server([address], renderer=None, catalogue=definitions()):
        wire.open.set()
        async with asyncio.timeout(WITHIN_S):
            with pytest.raises(ResumeFailedError, match="started anew"):
                await ada.chat("hello?")
        assert isinstance(ada.lost, ResumeFailedError)
    await ada.close()


async def test_a_server_that_stops_in_good_order_ends_the_session_at_once() -> None:
    async with a_server() as server:
        ada = await connect(server.addresses[0], "Ada")
    with pytest.raises(ServerStoppedError, match="stopping"):
        await ada.chat("hello?")
    await ada.close()


async def test_a_seat_that_somebody_else_has_taken_is_taken() -> None:
    async with a_server(multi_clients=False) as server:
        wire = Wire(server)
        ada = await wire.join("Ada")
        wire.open.clear()
        await wire.cable.cut()
        async with asyncio.timeout(WITHIN_S):
            while True:
                with suppress(SessionFullError):
                    bob = await connect(server.addresses[0], "Bob")
                    break
            wire.open.set()
            with pytest.raises(SessionFullError):
                await ada.chat("hello?")
        await ada.close()
        await bob.close()


async def test_after_a_while_it_is_given_up_and_says_for_how_long(server: Server) -> None:
    wire = Wire(server)
    ada = await wire.join("Ada", within_s=0.3)
    events = ada.events()
    wire.open.clear()
    await wire.cable.cut()
    with pytest.raises(ConnectionLostError, match=r"could not be made again within 0\.3 s"):
        async with asyncio.timeout(WITHIN_S):
            await ada.chat("hello?")
    assert isinstance(ada.lost, ConnectionLostError)
    with pytest.raises(ConnectionLostError):
        async for _ in events:
            pass
    await ada.close()


async def test_without_patience_a_break_is_the_end(server: Server) -> None:
    wire = Wire(server)
    ada = await wire.join("Ada", within_s=0)
    await wire.cable.cut()
    with pytest.raises(ConnectionLostError):
        await ada.chat("hello?")
    assert len(wire.cables) == 1
    await ada.close()


async def test_who_leaves_does_not_come_back_when_the_end_comes_before_the_goodbye_is_through(
    wire: Wire, ada: Session, bob: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = wire.cable.send

    async def slowly(data: bytes) -> None:
        await send(data)
        if any(isinstance(message, Goodbye) for message in client_messages(data)):
            await asyncio.Event().wait()

    monkeypatch.setattr(wire.cable, "send", slowly)
    await ada.close()
    assert len(wire.cables) == 1, "nobody dials again"
    await until(bob, lambda: ada.id not in bob.state.participants)


async def test_a_session_can_be_closed_while_it_comes_back(server: Server) -> None:
    before = asyncio.all_tasks()
    wire = Wire(server)
    ada = await wire.join("Ada")
    notices = ada.notices()
    wire.open.clear()
    await wire.cable.cut()
    assert isinstance(await anext(notices), Reconnecting)
    saying = ada.begin(Chat("never sent"))
    await asyncio.wait_for(ada.close(), 1.0)
    with pytest.raises(ConnectionLostError, match="closed"):
        await saying
    async with asyncio.timeout(WITHIN_S):
        while asyncio.all_tasks() - before:
            await asyncio.sleep(0)


# -- role and token --------------------------------------------------------------------------


@pytest.fixture
async def locked(tmp_path: object) -> AsyncIterator[tuple[Server, TokenFile]]:
    tokens = TokenFile(tmp_path / "tokens.toml")  # type: ignore[operator]
    tokens.new()
    async with a_server(locks=Locks(token_file=tokens.path, require_token=True)) as server:
        yield server, tokens


async def test_a_token_for_one_use_is_used_once_by_who_comes_back(
    locked: tuple[Server, TokenFile],
) -> None:
    server, tokens = locked
    wire = Wire(server)
    ada = await wire.join("Ada", token=tokens.new(Role.OWNER, uses=1))
    async with coming_back(ada):
        await wire.cable.cut()
    assert ada.me.role == "owner"
    assert [token.used for token in tokens.tokens()][-1] == 1
    await ada.close()


async def test_a_token_that_was_revoked_meanwhile_lets_nobody_back(
    locked: tuple[Server, TokenFile],
) -> None:
    server, tokens = locked
    wire = Wire(server)
    token = tokens.new()
    ada = await wire.join("Ada", token=token)
    tokens.revoke(token.partition(".")[0])
    await wire.cable.cut()
    with pytest.raises(AuthenticationFailedError, match="revoked"):
        async with asyncio.timeout(WITHIN_S):
            await ada.chat("hello?")
    await ada.close()


async def test_who_comes_back_may_do_no_more_than_before_and_no_more_than_the_token_says(
    locked: tuple[Server, TokenFile],
) -> None:
    server, tokens = locked
    owner, viewer = tokens.new(Role.OWNER), tokens.new(Role.VIEWER)
    peer, welcome = await introduced(server, Hello(token=owner, capabilities=("resume",)))
    roles = []
    for token in (owner, viewer, owner):
        said_hello = Hello(
            token=token,
            resume_participant=welcome.participant,
            resume_key=welcome.resume_key,
        )
        back, _ = await introduced(server, said_hello)
        roles.append(server.state().participant(welcome.participant).role)
        await back.channel.close()
    assert roles == [Role.OWNER, Role.VIEWER, Role.VIEWER]
    await peer.channel.close()


# -- the key ---------------------------------------------------------------------------------


async def test_the_key_is_secret(server: Server, bob: Session) -> None:
    events = bob.events()
    peer, welcome = await introduced(server)
    other, theirs = await introduced(server)
    keys = {welcome.resume_key, theirs.resume_key}
    assert len(keys) == 2
    assert all(len(key) >= 32 for key in keys)
    await bob.chat("end")
    told = b""
    while (event := await anext(events)).author != bob.id:
        told += encode_event(event)
    assert told
    for key in keys:
        assert key.encode() not in told
        assert key not in repr(welcome) + repr(theirs) + repr(again(welcome))
        assert key not in repr(server.sessions["main"].members._resumption._records)
    for gone in (peer, other):
        await gone.channel.close()


async def test_the_key_is_told_once_and_only_to_who_can_use_it(server: Server) -> None:
    peer, welcome = await introduced(server, Hello(name="Old"))
    assert (welcome.resume_key, welcome.capabilities) == ("", ())
    await peer.channel.close()
    peer, welcome = await introduced(server)
    assert "resume" in welcome.capabilities
    back, second = await introduced(server, again(welcome))
    assert (second.resume_key, second.resumed) == ("", True)
    assert second.participant == welcome.participant
    for gone in (peer, back):
        await gone.channel.close()


async def test_what_is_asked_for_behind_the_hello_is_dealt_with(
    server: Server, bob: Session
) -> None:
    said_behind = (Request(1, Rename("Eve L.")), Request(2, Chat("at once")), Credit(0))
    peer = await hello(server, Hello(name="Eve"), *said_behind)
    await until(bob, lambda: said(bob) == ["at once"])
    assert [p.name for p in bob.participants] == ["Bob", "Eve L."]
    await peer.channel.close()


# -- ends behind a return ----------------------------------------------------------------------


class Gate:
    """Holds up the next events of a session. refused: how many batches don't last after those."""

    def __init__(self, hosted: HostedSession, monkeypatch: pytest.MonkeyPatch) -> None:
        self._append, self._part, self._put = hosted._journal.append, hosted.part, hosted.put
        self._open, self._held, self._joins, self._parted = (asyncio.Event() for _ in range(4))
        self.refused = 0
        monkeypatch.setattr(hosted._journal, "append", self.append)
        monkeypatch.setattr(hosted, "part", self.part)
        monkeypatch.setattr(hosted, "put", self.put)

    async def append(self, events: Sequence[Event], *beside: Mapping[bytes, bytes]) -> list[bytes]:
        if events and not self._open.is_set():
            self._held.set()
            await self._open.wait()
        elif events and self.refused:
            self.refused -= 1
            raise StoreError("the disk is full")
        return await self._append(events, *beside)

    def put(self, stimulus: Stimulus, source: int = 0) -> None:
        self._put(stimulus, source)
        if isinstance(stimulus, Join):
            self._joins.set()

    def part(self, participant: int, link: Link[ClientMessage], lost: bool) -> None:
        self._part(participant, link, lost)
        self._parted.set()

    async def between(self, talks: Session, ends: Peer, server: Server, back: Hello) -> Peer:
        """Who says `back` while a chat is held up, behind which a connection ends too."""
        async with asyncio.timeout(WITHIN_S):
            talks.begin(Chat("hold on"))
            await self._held.wait()
            peer = await hello(server, back)
            await self._joins.wait()
            await ends.channel.close()
            await self._parted.wait()
        self._open.set()
        return peer


async def test_who_comes_back_is_not_lost_by_the_end_of_the_old_connection_meanwhile(
    server: Server, bob: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost, welcome = await introduced(server)
    gate = Gate(server.sessions["main"], monkeypatch)
    eve = await gate.between(bob, ghost, server, again(welcome))
    await eve.until(Welcome)
    await eve.channel.send(client_packet(Request(1, Chat("here I am"))))
    await until(bob, lambda: said(bob)[-1:] == ["here I am"])
    assert bob.state.participant(welcome.participant).connected
    await eve.channel.close()
    await until(bob, lambda: not bob.state.participant(welcome.participant).connected)


async def test_who_does_not_get_back_in_is_lost_when_the_old_connection_has_ended_meanwhile(
    server: Server, bob: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost, welcome = await introduced(server)
    gate = Gate(server.sessions["main"], monkeypatch)
    gate.refused = 1
    back = replace(again(welcome), front_end="another")  # which is an event
    eve = await gate.between(bob, ghost, server, back)
    assert isinstance(await eve.farewell(), StoreError)
    await until(bob, lambda: not bob.state.participant(welcome.participant).connected)
    await eve.channel.close()


async def test_a_transport_that_never_says_whether_it_stands_is_not_waited_for(
    wire: Wire, ada: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab_kernel.host.reconnection.DIAL_WITHIN_S", 0.01)
    hung = 0

    async def dial() -> Channel:
        nonlocal hung
        hung += 1
        if hung < 3:
            await asyncio.Event().wait()
        return await wire.dial()

    ada._connection._reconnection._dial = dial
    async with coming_back(ada):
        await wire.cable.cut()
    assert hung == 3
    await ada.chat("back")


async def test_what_is_written_is_not_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_server(allow_write=[tmp_path]) as server:
        wire, asked = Wire(server), 0
        ada = await wire.join("Ada")

        async def query(*_: object) -> Answer:
            nonlocal asked
            asked += 1
            await wire.cable.cut()
            await asyncio.Event().wait()
            raise AssertionError

        monkeypatch.setattr(server.sessions["main"], "query", query)
        async with coming_back(ada):
            with pytest.raises(ConnectionLostError, match=r"'out.vtp' .* may have been written"):
                await ada.ask(SaveData(1, 0, "out.vtp"))
        await ada.chat("and now?")
        assert asked == 1
        await ada.close()
