"""What must not cost the session: buggy policies, huge commands, renderers that never live."""

import asyncio
import logging
import threading
import time
from pathlib import Path

import pytest

from collab_kernel import hookimpl
from collab_kernel.client import Create, Delete, Edit, Set, connect
from collab_kernel.core import outbox
from collab_kernel.core.commands import Play
from collab_kernel.core.messages import Hello, Ping
from collab_kernel.errors import (
    InvalidCommandError,
    InvariantError,
    NothingToUndoError,
    RendererError,
)
from collab_kernel.host import asking, visitor
from collab_kernel.host import link as link_module
from collab_kernel.host.link import Link
from collab_kernel.host.memory_transport import MemoryTransport
from collab_kernel.plugins import load
from collab_kernel.server import MemoryStore, Server
from collab_kernel.spi import (
    Action,
    Channel,
    Chat,
    Credentials,
    Identity,
    ParticipantId,
    Policy,
    PolicySpec,
    Promote,
    Put,
    RefusedError,
    RendererSpec,
    State,
    UpdatePipeline,
)
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.toy import TOY
from collab_kernel.wire.packets import (
    client_messages,
    client_packet,
    server_messages,
    server_packet,
)

ADDRESS = "memory://robust"


class Buggy:
    """Fails over chat, and is fine otherwise."""

    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        if isinstance(action, Chat) and action.text == "boom":
            raise ZeroDivisionError("a bug in the policy")
        return None

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        return ()

    def on_request(self, state: State, actor: ParticipantId, request: Promote) -> tuple[Put, ...]:
        return ()


class Plugin:
    @hookimpl
    def collab_policies(self) -> list[PolicySpec]:
        def create() -> Policy:
            return Buggy()

        return [PolicySpec("buggy", create)]


async def test_a_bug_in_a_policy_costs_one_command_and_not_the_session(
    caplog: pytest.LogCaptureFixture,
) -> None:
    plugins = load(extra=[Plugin()])
    server = Server([ADDRESS], renderer=None, policy="buggy", multi_clients=True, plugins=plugins)
    async with (
        server,
        await connect(ADDRESS, plugins=plugins) as ada,
        await connect(ADDRESS, plugins=plugins) as bob,
    ):
        with pytest.raises(InvariantError, match="bug in the policy"):
            await ada.chat("boom")
        await bob.chat("still here")
        await ada.reached(bob.revision)
        assert [row.text for row in ada.chat_history] == ["still here"]
    assert "a step failed" in caplog.text


async def test_a_command_that_is_too_large_is_refused_before_it_is_sent() -> None:
    server = Server([ADDRESS], renderer=None, catalogue=definitions(), multi_clients=True)
    async with server, await connect(ADDRESS) as ada:
        with pytest.raises(InvalidCommandError, match="split it up"):
            await ada.chat("a" * 600_000)
        await ada.chat("still here")


async def test_what_the_server_sets_up_is_nobodys_to_undo() -> None:
    async with (
        Server([ADDRESS], renderer=None, catalogue=definitions()),
        await connect(ADDRESS) as ada,
    ):
        assert ada.views
        with pytest.raises(NothingToUndoError):
            await ada.undo()
        assert not ada.history


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("import os\ndef make(host): os._exit(1)", "in a row"),
        ("def make(host): raise ValueError('no luck')", "no luck"),
        (
            "import os\nclass make:\n engine = 'x'\n def __init__(self, host): pass\n"
            " def load(self, state): os._exit(1)",
            "in a row",
        ),
    ],
    ids=["dies at once", "raises", "dies when it is ready"],
)
async def test_a_renderer_that_never_lives_is_given_up_with_a_reason(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    body: str,
    says: str,
) -> None:
    (tmp_path / "mischief.py").write_text(body)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    caplog.set_level(logging.ERROR)
    spec = RendererSpec("mischief", definitions, "mischief:make")
    async with Server([ADDRESS], renderer=spec) as server, await connect(ADDRESS) as ada:
        sphere = await ada.create("sources", "SphereSource")
        async with asyncio.timeout(60):
            with pytest.raises(RendererError, match=says):
                await sphere.update()
        await sphere.set(Radius=3.0)
        renderer = server.sessions["main"].renderer
        assert renderer is not None
        assert renderer.pid is None


async def test_a_question_never_overtakes_a_command() -> None:
    async with Server([ADDRESS], renderer=TOY) as server, await connect(ADDRESS) as ada:
        sphere = await ada.create("sources", "SphereSource")
        changes = [
            ada.begin(Edit((Set(sphere.id, ada.values({"Radius": 1.0 + n})),))) for n in range(500)
        ]
        answer = await ada.ask(UpdatePipeline(sphere.id))
        assert answer.derived is not None
        assert answer.derived.revision == await changes[-1]
        assert server.state().revision == await changes[-1]


async def test_an_answer_larger_than_any_budget_arrives_while_others_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox.Outbox.__init__, "__defaults__", (1024 * 1024, 100_000))
    async with (
        Server([ADDRESS], renderer=TOY, multi_clients=True),
        await connect(ADDRESS) as ada,
        await connect(ADDRESS) as bob,
    ):
        rendering = asyncio.create_task(bob.views[0].render(1000, 1000, "raw"))
        while not rendering.done():
            await ada.chat("working")
        assert len((await rendering).data) == 3_000_000


async def test_who_stops_iterating_stops_listening() -> None:
    async with Server([ADDRESS], renderer=None), await connect(ADDRESS) as ada:
        for _ in range(3):
            said = asyncio.create_task(ada.chat("hello"))
            async for event in ada.events():
                assert event.label == "Chat"
                break
            await said
        assert not ada._connection._events


async def test_an_edit_that_is_too_large_for_everybody_is_refused_by_name() -> None:
    async with (
        Server([ADDRESS], renderer=None, catalogue=definitions()),
        await connect(ADDRESS) as ada,
    ):
        text = "x" * 60_000
        made = [await ada.create("sources", "Specimen", Title=text) for _ in range(150)]
        with pytest.raises(InvalidCommandError, match="split it up"):
            await ada.edit(*[Delete(p.id) for p in made])
        await ada.chat("still here")


async def test_a_slow_sign_on_keeps_nobodys_commands_waiting() -> None:
    release = threading.Event()

    class Slow:
        @hookimpl
        def collab_authenticate(self, credentials: Credentials) -> Identity | None:
            if credentials.token == "slow":
                release.wait(20)
            return None

    plugins = load(extra=[Slow()])
    store = MemoryStore()
    server = Server([ADDRESS], renderer=None, multi_clients=True, store=store, plugins=plugins)
    async with server, await connect(ADDRESS, plugins=plugins) as ada:
        waiting = [
            asyncio.create_task(connect(ADDRESS, token="slow", plugins=plugins)) for _ in range(40)
        ]
        async with asyncio.timeout(10):
            for _ in range(20):
                await ada.chat("still quick")
        release.set()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_stopping_server_starts_no_renderer_again() -> None:
    async with Server([ADDRESS], renderer=TOY) as server, await connect(ADDRESS) as ada:
        renderer = server.sessions["main"].renderer
        assert renderer is not None
        for n in range(50):
            create = Create(ada.new_id(), "sources", "SphereSource", f"s{n}")
            ada.begin(Edit((create,))).add_done_callback(lambda done: done.exception())
    assert renderer.pid is None


async def test_a_session_plays_on_when_its_renderer_is_given_up_and_everybody_is_told() -> None:
    spec = RendererSpec("nothing", definitions, "collab_kernel.testing.toy:nothing_here")
    async with Server([ADDRESS], renderer=spec) as server, await connect(ADDRESS) as ada:
        renderer = server.sessions["main"].renderer
        assert renderer is not None
        async with asyncio.timeout(60):
            for _ in range(2):  # while it is tried to start it, and when it was given up
                events = ada.events()
                await ada.begin(Play((0.0, 1.0, 2.0), 100.0))
                while ada.state.time.playing:
                    await anext(events)
            while not ada.chat_history:
                await anext(events)
        assert renderer.pid is None
        [said] = ada.chat_history
        assert said.author_name == "the server"
        assert "No pictures" in said.text
        assert "nothing_here" in said.text


async def test_who_does_not_steer_takes_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "COMMANDS_PER_S", 0.001)
    monkeypatch.setattr(visitor, "COMMANDS_BURST_S", 5_000.0)
    server = Server([ADDRESS], renderer=None, catalogue=definitions(), multi_clients=True)
    async with server, await connect(ADDRESS) as ada, await connect(ADDRESS) as bob:
        for number in range(6):
            await bob.chat(f"burst {number}")
        late = bob.begin(Chat("and on"))
        for number in range(20):  # who steers is as fast as ever
            await ada.chat(f"hello {number}")
        assert not late.done()
        late.cancel()


async def test_who_is_made_to_wait_is_not_taken_for_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "HEARTBEAT_S", 0.02)
    accepted: asyncio.Queue[Channel] = asyncio.Queue()
    transport = MemoryTransport()
    listener = await transport.listen(ADDRESS, accepted.put_nowait, None, 10_000)
    theirs = await transport.connect(ADDRESS, None)
    ours = Link(await accepted.get(), client_messages, server_packet)
    ours._liveness.heartbeat_s, ours._liveness.dead_after_s = 0.01, 0.05

    async def pause() -> None:
        await asyncio.Event().wait()

    running = asyncio.create_task(ours.run(lambda message: None, pause))
    await theirs.send(client_packet(Hello()))
    pings: list[object] = []
    async with asyncio.timeout(20):
        while len(pings) < 20:
            packet = await theirs.receive()
            assert packet is not None
            pings += [m for m in server_messages(packet) if isinstance(m, Ping)]
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await ours.close()
    await theirs.close()
    await listener.close()


async def test_who_leaves_is_gone_though_a_bug_is_in_the_way_at_first() -> None:
    class Stubborn(Buggy):
        armed, times = False, 3

        def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
            if state.revision > 1 and len(state.present) == 1 and self.armed and self.times:
                self.times -= 1
                raise ZeroDivisionError("nobody may leave")
            return ()

    policy = Stubborn()

    class Plugin:
        @hookimpl
        def collab_policies(self) -> list[PolicySpec]:
            def create() -> Policy:
                return policy

            return [PolicySpec("stubborn", create)]

    plugins = load(extra=[Plugin()])
    server = Server(
        [ADDRESS], renderer=None, policy="stubborn", multi_clients=True, plugins=plugins
    )
    async with server, await connect(ADDRESS, plugins=plugins) as ada:
        bob = await connect(ADDRESS, plugins=plugins)
        await ada.reached(bob.revision)
        policy.armed = True
        events = ada.events()
        await bob.close()
        async with asyncio.timeout(20):
            while bob.id in ada.state.participants:
                await anext(events)
    assert policy.times == 0


async def test_who_asks_much_of_the_server_itself_waits_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such answers are made in the time in which the server decides."""
    monkeypatch.setattr(asking, "TIMES_AS_LONG", 1e9)
    monkeypatch.setattr(asking, "REST_AT_MOST_S", 0.3)
    async with (
        Server([ADDRESS], renderer=None, multi_clients=True),
        await connect(ADDRESS, "Ada") as ada,
        await connect(ADDRESS, "Bob") as bob,
    ):
        began_s = time.monotonic()
        asked = [asyncio.create_task(ada.read_log()) for _ in range(asking.ANSWERS_AT_ONCE + 1)]
        await asked[0]
        await bob.read_log()
        await ada.chat("commands are another matter")
        assert not all(task.done() for task in asked)
        await asyncio.gather(*asked)
        assert time.monotonic() - began_s >= 0.3
