"""One client at several servers: what is held, what is active, what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from collab_kernel.desk import BUILTIN_URL, Desk, builtin_catalogue
from collab_kernel.errors import ConnectionLostError, MultiServerError, UnknownPluginError
from collab_kernel.plugins import load
from collab_kernel.server import Server


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk(name="Ada", renderer=None)
    yield desk
    await desk.close()


@pytest.fixture
async def urls() -> AsyncIterator[tuple[str, ...]]:
    """Two servers."""
    servers = [Server([f"memory://server{n}"], renderer=None, multi_clients=True) for n in "12"]
    async with servers[0] as first, servers[1] as second:
        yield (*first.addresses, *second.addresses)


async def test_the_built_in_session_is_made_on_first_use(desk: Desk) -> None:
    assert (desk.active, desk.connections) == (None, ())
    first = await desk.use()
    assert first.url == BUILTIN_URL
    assert first.builtin
    assert first.session.me.name == "Ada"
    assert not first.session.collaborative
    assert await desk.use() is first is desk.active


async def test_two_first_uses_at_once_make_one_session(desk: Desk) -> None:
    first, second = await asyncio.gather(desk.use(), desk.use())
    assert first is second


async def test_built_in_sessions_of_two_desks_never_meet(desk: Desk) -> None:
    other = Desk(renderer=None)
    mine, theirs = await desk.use(), await other.use()
    await mine.session.chat("hello")
    assert theirs.session.chat_history == ()
    await other.close()


async def test_the_first_server_replaces_the_built_in_session(
    desk: Desk, urls: tuple[str, ...]
) -> None:
    builtin = await desk.use()
    server = await desk.connect(urls[0])
    assert desk.connections == (server,)
    assert desk.active is server
    assert builtin.lost
    with pytest.raises(MultiServerError, match="closed"):
        desk.activate(builtin)


async def test_a_second_server_is_refused_naming_the_flag(
    desk: Desk, urls: tuple[str, ...]
) -> None:
    server = await desk.connect(urls[0])
    for url in (urls[1], urls[0], None):
        with pytest.raises(MultiServerError, match=r"--multi-servers .*enableMultiServer\(\)"):
            await desk.connect(url)
    assert desk.connections == (server,)
    assert not server.lost


async def test_with_the_flag_any_number_is_held_beside_the_built_in_one(
    desk: Desk, urls: tuple[str, ...]
) -> None:
    desk.multi_servers = True
    held = [await desk.use(), await desk.connect(urls[0]), await desk.connect(urls[1])]
    assert desk.connections == tuple(held)
    assert len({connection.number for connection in held}) == 3
    desk.activate(held[0])
    assert await desk.use() is held[0]


async def test_after_a_disconnect_the_newest_that_remains_is_active(
    desk: Desk, urls: tuple[str, ...]
) -> None:
    desk.multi_servers = True
    builtin, first, second = [await desk.use(), *[await desk.connect(url) for url in urls]]
    desk.activate(first)
    await desk.disconnect()
    assert desk.active is second
    await desk.disconnect(builtin)
    assert desk.active is second
    await desk.disconnect()
    assert desk.active is None
    await desk.disconnect()
    with pytest.raises(MultiServerError, match="closed"):
        await desk.disconnect(first)


async def test_a_failed_connect_changes_nothing(desk: Desk) -> None:
    builtin = await desk.use()
    with pytest.raises(ConnectionLostError):
        await desk.connect("memory://nobody")
    assert desk.active is builtin
    assert not builtin.lost


async def test_a_lost_server_does_not_stand_in_the_way(desk: Desk, urls: tuple[str, ...]) -> None:
    async with Server(["memory://short-lived"], renderer=None) as server:
        lost = await desk.connect(server.addresses[0], reconnect_s=0)
    while not lost.lost:
        await asyncio.sleep(0)
    assert desk.active is lost
    assert desk.connections == (lost,)
    fresh = await desk.connect(urls[0])
    assert desk.connections == (fresh,)


async def test_a_built_in_session_can_be_opened_anew(desk: Desk) -> None:
    first = await desk.use()
    second = await desk.connect()
    assert second.builtin
    assert desk.connections == (second,)
    assert first.lost


async def test_closing_ends_every_session_and_its_server(desk: Desk, urls: tuple[str, ...]) -> None:
    desk.multi_servers = True
    held = [await desk.use(), await desk.connect(urls[0])]
    before = asyncio.all_tasks()
    await desk.close()
    await desk.close()
    assert all(connection.lost for connection in held)
    assert len(asyncio.all_tasks()) < len(before)


async def test_without_a_renderer_plugin_there_is_nothing_built_in() -> None:
    plugins = load(points=[])
    assert not builtin_catalogue(plugins).definitions
    desk = Desk(plugins=plugins)
    with pytest.raises(UnknownPluginError):
        await desk.use()
    assert desk.connections == ()
