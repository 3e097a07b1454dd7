"""Every hook is documented with its exact signature, and works as its documentation says."""

import asyncio
import inspect
import threading
from pathlib import Path

import click
import pytest

from collab_kernel import hookimpl
from collab_kernel.client import connect
from collab_kernel.errors import AuthenticationFailedError, RefusedError, VetoedError
from collab_kernel.hookspecs import HOOKS
from collab_kernel.plugins import Plugins, load
from collab_kernel.server import MemoryStore, Server
from collab_kernel.spi import (
    Chat,
    Command,
    CommandGroup,
    Credentials,
    Event,
    FrontEndSpec,
    Identity,
    MetricsSpec,
    ParticipantId,
    PolicySpec,
    RendererSpec,
    Role,
    State,
    StoreSpec,
    TransportSpec,
)
from collab_kernel.testing import MemoryTransport

PAGE = Path(__file__).parent.parent / "docs/plugins/hooks.md"


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.__name__)
def test_every_hook_is_documented_with_its_exact_signature(hook: object) -> None:
    signature = str(inspect.signature(hook)).replace("'", "")  # type: ignore[arg-type]
    name = hook.__name__  # type: ignore[attr-defined]
    assert f"### `{name}{signature}`" in PAGE.read_text()


def test_every_documented_hook_exists_and_every_hook_has_a_test_here() -> None:
    headings = {
        line.split("`")[1].split("(")[0]
        for line in PAGE.read_text().splitlines()
        if line.startswith("### `")
    }
    assert headings == {hook.__name__ for hook in HOOKS}
    tested = {
        name.removeprefix("test_hook_") for name in globals() if name.startswith("test_hook_")
    }
    assert tested == headings


class Everything:
    """One plugin with one of each noun."""

    @hookimpl
    def collab_transports(self) -> list[TransportSpec]:
        return [TransportSpec("pigeon", MemoryTransport)]

    @hookimpl
    def collab_renderers(self) -> list[RendererSpec]:
        return [RendererSpec("pencil", lambda: None, "nowhere:nothing")]  # type: ignore[arg-type,return-value]

    @hookimpl
    def collab_stores(self) -> list[StoreSpec]:
        return [StoreSpec("shoebox", lambda location: MemoryStore())]

    @hookimpl
    def collab_policies(self) -> list[PolicySpec]:
        return [PolicySpec("anarchy", lambda: None)]  # type: ignore[arg-type,return-value]

    @hookimpl
    def collab_front_ends(self) -> list[FrontEndSpec]:
        return [FrontEndSpec("paper")]

    @hookimpl
    def collab_metrics(self) -> list[MetricsSpec]:
        return [MetricsSpec("abacus", lambda: None)]  # type: ignore[arg-type,return-value]


@pytest.fixture
def plugins() -> Plugins:
    return load(extra=[Everything()])


def test_hook_collab_transports(plugins: Plugins) -> None:
    assert isinstance(plugins.transport("pigeon").create(), MemoryTransport)


def test_hook_collab_renderers(plugins: Plugins) -> None:
    assert plugins.renderer("pencil").factory == "nowhere:nothing"


def test_hook_collab_stores(plugins: Plugins) -> None:
    assert isinstance(plugins.store("shoebox").create("anywhere"), MemoryStore)


def test_hook_collab_policies(plugins: Plugins) -> None:
    assert plugins.policy("anarchy").name == "anarchy"


def test_hook_collab_front_ends(plugins: Plugins) -> None:
    assert plugins.front_end("paper").client is None


def test_hook_collab_metrics(plugins: Plugins) -> None:
    assert plugins.metrics("abacus").name == "abacus"


async def test_hook_collab_authenticate() -> None:
    """A site's own sign-on decides who somebody is; what it does not know is left to others."""

    class Guests:
        @hookimpl
        def collab_authenticate(self, credentials: Credentials) -> Identity | None:
            if credentials.token == "bad":
                raise AuthenticationFailedError("not you")
            if credentials.token == "guest":
                return Identity("Guest", Role.VIEWER)
            return None

    plugins = load(extra=[Guests()])
    address = "memory://authenticate"
    async with Server([address], renderer=None, multi_clients=True, plugins=plugins):
        async with (
            await connect(address, plugins=plugins) as ada,
            await connect(address, token="guest", plugins=plugins) as guest,
        ):
            assert (guest.me.name, guest.me.role) == ("Guest", "viewer")
            assert (ada.me.role, ada.me.is_master) == ("collaborator", True)
        with pytest.raises(AuthenticationFailedError, match="not you"):
            await connect(address, token="bad", plugins=plugins)


async def test_hook_collab_veto() -> None:
    """A plugin can refuse what the policy permits."""

    class NoShouting:
        @hookimpl
        def collab_veto(
            self, command: Command, state: State, actor: ParticipantId
        ) -> RefusedError | None:
            shouted = isinstance(command, Chat) and command.text.isupper()
            return VetoedError("not so loud") if shouted else None

    plugins = load(extra=[NoShouting()])
    address = "memory://veto"
    async with (
        Server([address], renderer=None, plugins=plugins),
        await connect(address, plugins=plugins) as session,
    ):
        with pytest.raises(VetoedError, match="not so loud"):
            await session.chat("HELLO")
        await session.chat("hello")
        assert [row.text for row in session.chat_history] == ["hello"]


async def test_hook_collab_committed() -> None:
    """A plugin hears of durable events in order, with the state after each; its failure
    reaches nobody."""
    heard: list[tuple[str, int, int]] = []
    enough = threading.Event()

    class Listening:
        @hookimpl
        def collab_committed(self, session: str, event: Event, state: State) -> None:
            heard.append((session, event.revision, state.revision))
            if event.label == "Chat":
                enough.set()
                raise ValueError("a bug in the plugin")

    plugins = load(extra=[Listening()])
    address = "memory://committed"
    async with (
        Server([address], renderer=None, plugins=plugins),
        await connect(address, plugins=plugins) as session,
    ):
        await session.chat("hello")
        assert await asyncio.to_thread(enough.wait, 10.0)
        await session.chat("still there")
    assert [s for s, _, _ in heard] == ["main"] * len(heard)
    revisions = [event for _, event, _ in heard]
    assert revisions == list(range(1, len(heard) + 1))
    assert all(event == state for _, event, state in heard)


def test_hook_collab_commands() -> None:
    class Greeting:
        @hookimpl
        def collab_commands(self, group: CommandGroup) -> None:
            group.add_command(click.Command("greet", callback=lambda: click.echo("hello")))

    from collab_cli.main import command_line

    group = command_line(load(extra=[Greeting()]))
    assert group.get_command(click.Context(group), "greet") is not None
