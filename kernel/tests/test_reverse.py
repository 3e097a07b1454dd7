"""A server that nobody can reach dials out to a client that waits for it."""

import asyncio

import pytest

from collab_kernel.client import Back, Reconnecting, connect, wait_for_server
from collab_kernel.errors import AddressError, AuthenticationFailedError
from collab_kernel.server import Locks, Server, TokenFile

WAITING = "memory://waiting"


async def test_a_server_dials_out_to_a_client_that_waits_and_serves_it_like_any_other() -> None:
    waiting = asyncio.create_task(wait_for_server(WAITING, name="Ada"))
    async with (
        Server(["memory://listening"], reverse=[WAITING], renderer=None, multi_clients=True),
        await waiting as ada,
        await connect("memory://listening", name="Bob") as bob,
    ):
        await ada.reached(bob.revision)
        assert [p.name for p in ada.participants] == ["Ada", "Bob"]
        assert ada.me.is_master


async def test_a_server_that_comes_first_keeps_trying_until_the_client_waits() -> None:
    async with Server([], reverse=[WAITING], renderer=None):
        async with asyncio.timeout(30):
            for _ in range(2):  # and again, once the first has left
                async with await wait_for_server(WAITING) as ada:
                    assert ada.me.is_master


async def test_a_second_server_is_turned_away() -> None:
    waiting = asyncio.create_task(wait_for_server(WAITING))
    async with (
        Server([], reverse=[WAITING], renderer=None),
        await waiting as ada,
        Server([], reverse=[WAITING], renderer=None) as second,
    ):
        await ada.chat("still with the first")
        assert not second.state().participants


async def test_a_server_that_dials_in_again_finds_the_participant_it_had() -> None:
    waiting = asyncio.create_task(wait_for_server(WAITING, name="Ada"))
    async with Server([], reverse=[WAITING], renderer=None) as server, await waiting as ada:
        notices, id = ada.notices(), ada.id
        await ada._connection._link.channel.close()  # the wire breaks
        async with asyncio.timeout(30):
            assert isinstance(await anext(notices), Reconnecting)
            await ada.chat("here I am")
            assert isinstance(await anext(notices), Back)
        assert (ada.id, ada.me.is_master) == (id, True)
        assert list(server.state().participants) == [id]


async def test_a_token_is_needed_where_it_is_required(tmp_path: object) -> None:
    file = TokenFile(tmp_path / "tokens.toml")  # type: ignore[operator]
    locks = Locks(token_file=file.path, require_token=True)
    async with Server([], reverse=[WAITING], renderer=None, locks=locks):
        with pytest.raises(AuthenticationFailedError):
            await wait_for_server(WAITING)
        async with await wait_for_server(WAITING, token=file.new()) as ada:
            assert ada.me.is_master


@pytest.mark.parametrize("url", ["zmq://198.51.100.1:11111", "grpc://198.51.100.1"])
async def test_another_machine_is_dialled_encrypted_only(url: str) -> None:
    with pytest.raises(AddressError, match="not encrypted"):
        async with Server([], reverse=[url], renderer=None):
            pass


async def test_a_client_waits_for_other_machines_encrypted_only() -> None:
    with pytest.raises(AddressError, match="--curve-key"):
        await wait_for_server("zmq://0.0.0.0:0")
