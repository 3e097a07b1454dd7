"""Addresses as people write them become addresses as transports take them."""

import pytest

from collab_kernel import hookimpl
from collab_kernel.errors import AddressError, UnknownPluginError
from collab_kernel.host.addresses import to_connect_to, to_listen_on
from collab_kernel.host.memory_transport import MemoryTransport
from collab_kernel.network import is_loopback, join, split
from collab_kernel.plugins import Plugins, load
from collab_kernel.spi import TransportSpec


class Transports:
    @hookimpl
    def collab_transports(self) -> list[TransportSpec]:
        return [
            TransportSpec("zmq", MemoryTransport, default_port=11111),
            TransportSpec("websocket", MemoryTransport, default_port=8080, aliases=("ws",)),
        ]


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    return load((), extra=[Transports()])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("zmq://host:1", ("zmq", "host", 1)),
        ("host:1", ("", "host", 1)),
        ("host", ("", "host", None)),
        ("zmq://", ("zmq", "", None)),
        ("zmq://[::1]:5", ("zmq", "::1", 5)),
        ("[::1]", ("", "::1", None)),
        ("zmq+curve://h:0", ("zmq+curve", "h", 0)),
        ("h:65535", ("", "h", 65535)),
    ],
)
def test_an_address_has_parts_and_they_make_it_again(
    text: str, parts: tuple[str, str, int | None]
) -> None:
    assert split(text) == parts
    if parts[0]:
        assert join(*parts) == text


@pytest.mark.parametrize(
    "text",
    [
        "://h",
        "h:65536",
        "h:-1",
        "h:x",
        "h:1٣",
        "h:" + "1" * 5000,
        "::1",
        "a:b:c",
        "[::1",
        "[::1]5",
        "zmq://h:8080/p",
    ],
)
def test_what_is_no_address_is_said_to_be_none(text: str) -> None:
    with pytest.raises(AddressError, match="is no address"):
        split(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("zmq", "zmq://127.0.0.1:11111"),
        ("zmq://", "zmq://127.0.0.1:11111"),
        ("zmq://127.0.0.1:0", "zmq://127.0.0.1:0"),
        ("zmq://localhost", "zmq://localhost:11111"),
        ("ws://[::1]:9", "websocket://[::1]:9"),
        ("ws", "websocket://127.0.0.1:8080"),
        ("memory://t", "memory://t"),
        ("memory://t:0", "memory://t:0"),
    ],
)
def test_where_to_listen_is_completed(text: str, address: str, plugins: Plugins) -> None:
    place = to_listen_on(text, plugins)
    assert place.address == address
    assert address.startswith(f"{place.spec.scheme}://")
    assert place.local
    assert not place.encrypted


@pytest.mark.parametrize("text", ["zmq://0.0.0.0", "zmq://example.org:1", "ws://[::]:1", "zmq://*"])
def test_a_place_beyond_this_machine_is_told_from_one_on_it(text: str, plugins: Plugins) -> None:
    assert not to_listen_on(text, plugins).local


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost", "zmq://localhost:11111"),
        ("localhost:5", "zmq://localhost:5"),
        ("zmq://example.org", "zmq://example.org:11111"),
        ("ws://example.org:5", "websocket://example.org:5"),
        ("memory://t", "memory://t"),
        ("ws://example.org:443/lab/x/", "websocket://example.org:443/lab/x"),
        ("ws://[::1]:5/x", "websocket://[::1]:5/x"),
    ],
)
def test_where_to_connect_is_completed(text: str, address: str, plugins: Plugins) -> None:
    assert to_connect_to(text, plugins).address == address


def test_a_server_has_a_host_and_a_transport_that_there_is(plugins: Plugins) -> None:
    with pytest.raises(AddressError, match="names no host"):
        to_connect_to("zmq://:5", plugins)


def test_who_gives_a_client_a_pages_link_is_told_the_clients_address(plugins: Plugins) -> None:
    with pytest.raises(AddressError, match=r"for a browser; a client joins at ws://here:80$"):
        to_connect_to("http://here:80/", plugins)
    with pytest.raises(AddressError, match=r"joins at wss://here:443/x with --token") as found:
        to_connect_to("https://here/x/#token=secret", plugins)
    assert "secret" not in str(found.value)
    for use in (to_connect_to, to_listen_on):
        with pytest.raises(UnknownPluginError, match="collab-transport-grpc"):
            use("grpc://localhost", plugins)


def test_only_this_machine_is_loopback() -> None:
    assert all(map(is_loopback, ["localhost", "127.0.0.1", "127.9.9.9", "::1"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "localhost.example.org", "", "10.0.0.1"]))
