"""WebSocket keeps the transport contract, and what else is at its port does no harm."""

import asyncio
import random
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
import websockets.asyncio.client
from websockets.exceptions import ConnectionClosed, InvalidStatus

import collab_transport_websocket
from collab_kernel.errors import AddressError, ConnectionLostError, MessageTooLargeError
from collab_kernel.spi import MAX_MESSAGE_BYTES, Channel, Security
from collab_kernel.testing.transport_contract import TransportContract
from collab_transport_websocket import transport as transport_module
from collab_transport_websocket.transport import WebsocketTransport

SOON_S = 15.0
CLOSE_S = 3.0


class Keys:
    """An authority, a server's certificate, and another authority, in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "authority.pem")
        trustme.CA().cert_pem.write_to_path(folder / "stranger.pem")
        for name, certificate in (
            ("server", authority.issue_cert("127.0.0.1", "localhost")),
            ("elsewhere", authority.issue_cert("elsewhere.example")),
        ):
            certificate.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
            certificate.private_key_pem.write_to_path(folder / f"{name}.key")
        self.client = self.trusting("authority")
        self.server = self.serving("server")

    def trusting(self, name: str) -> Security:
        return Security(authority_file=str(self.folder / f"{name}.pem"))

    def serving(self, name: str, key: str | None = None) -> Security:
        certificate, own = self.folder / f"{name}.pem", self.folder / f"{key or name}.key"
        return Security(certificate_file=str(certificate), key_file=str(own))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


class TestWebsocket(TransportContract):
    address = "websocket://127.0.0.1:0"
    make_transport = WebsocketTransport
    garbage = (
        "websocket://127.0.0.1",
        "websocket://no such host:1",
        "websocket://[127.0.0.1:1",
        "tcp://h:1",
    )
    entry_module = "collab_transport_websocket"
    wire_libraries = ("websockets",)


class TestWebsocketEncrypted(TestWebsocket):
    address = "wss://localhost:0"

    @pytest.fixture(autouse=True)
    def _keys(self, keys: Keys) -> None:
        self.listen_security, self.connect_security = keys.server, keys.client


class Listening:
    """A listener in this test, and the channels that it has accepted."""

    def __init__(self, allowed_origins: tuple[str, ...] = ()) -> None:
        self.transport = WebsocketTransport(allowed_origins)
        self.accepted: asyncio.Queue[Channel] = asyncio.Queue()
        self.address = ""

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    async def dial(self, security: Security | None = None) -> tuple[Channel, Channel]:
        here = await self.transport.connect(self.address, security)
        return here, await asyncio.wait_for(self.accepted.get(), SOON_S)

    async def works(self, security: Security | None = None) -> None:
        """A newcomer can still talk."""
        here, there = await self.dial(security)
        for sender, receiver in ((here, there), (there, here)):
            await sender.send(b"hello")
            assert await asyncio.wait_for(receiver.receive(), SOON_S) == b"hello"
        await here.close()


@asynccontextmanager
async def listening(
    address: str = "websocket://127.0.0.1:0",
    security: Security | None = None,
    allowed_origins: tuple[str, ...] = (),
) -> AsyncIterator[Listening]:
    place = Listening(allowed_origins)
    listener = await place.transport.listen(address, place.accepted.put_nowait, security)
    place.address = listener.address
    try:
        yield place
    finally:
        await asyncio.wait_for(listener.close(), CLOSE_S)
        assert not own_tasks()


async def get(port: int, request: str) -> tuple[int, str, str]:
    """Status, headers and body of the answer to `GET {request}`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {request} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), SOON_S)
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.decode().partition("\r\n\r\n")
    return int(head.split()[1]), head, body


def stranger(
    port: int, origin: str | None = None, host: str | None = None
) -> websockets.asyncio.client.connect:
    """A connection that is not ours."""
    headers = {} if origin is None else {"Origin": origin}
    return websockets.asyncio.client.connect(
        f"ws://{host or '127.0.0.1'}:{port}/ws",
        host="127.0.0.1",
        port=port,
        proxy=None,
        additional_headers=headers,
    )


def own_tasks() -> list[str]:
    """What still runs to carry messages."""
    names = [str(task.get_coro()) for task in asyncio.all_tasks()]
    return [name for name in names if "Websocket" in name]


# -- the plugin ------------------------------------------------------------------------------


def test_the_entry_module_offers_websocket_in_the_clear_and_encrypted() -> None:
    [spec] = collab_transport_websocket.collab_transports()
    assert (spec.scheme, spec.aliases, spec.secure_scheme) == ("websocket", ("ws",), "wss")
    assert spec.default_port == 8080
    assert isinstance(spec.create(), WebsocketTransport)


# -- others at the port ----------------------------------------------------------------------


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("seed", range(5))
async def test_random_bytes_and_other_protocols_leave_the_port_working(
    keys: Keys, seed: int, encrypted: bool
) -> None:
    noise = random.Random(seed).randbytes(100_000)
    server, client = (keys.server, keys.client) if encrypted else (None, None)
    async with listening(security=server) as place:
        here, there = await place.dial(client)
        for start in (b"", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /ws HTTP/1.1\r\n"):
            _, writer = await asyncio.open_connection("127.0.0.1", place.port)
            writer.write(start + noise)
            await place.works(client)
            writer.close()
            # The listener hangs up, which is as good.
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        await here.send(b"still here")
        assert await there.receive() == b"still here"
        assert place.accepted.empty()
        await here.close()


@pytest.mark.parametrize(("text", "code"), [("text", 1003), (b"\xff", 1007)])
async def test_a_text_frame_ends_its_own_connection_only(text: str | bytes, code: int) -> None:
    async with listening() as place:
        here, there = await place.dial()
        async with stranger(place.port) as other:
            channel = await asyncio.wait_for(place.accepted.get(), SOON_S)
            await other.send(b"binary")
            await other.send(text, text=True)
            assert await asyncio.wait_for(channel.receive(), SOON_S) == b"binary"
            assert await asyncio.wait_for(channel.receive(), SOON_S) is None
            assert await asyncio.wait_for(channel.receive(), SOON_S) is None
            with pytest.raises(ConnectionClosed, match=str(code)):
                await other.recv()
        await here.send(b"still here")
        assert await there.receive() == b"still here"


async def test_a_foreign_frame_that_is_too_large_ends_only_its_own_connection() -> None:
    async with listening() as place:
        here, there = await place.dial()
        other = await stranger(place.port)
        channel = await asyncio.wait_for(place.accepted.get(), SOON_S)
        sending = asyncio.create_task(other.send(bytes(MAX_MESSAGE_BYTES + 1)))
        assert await asyncio.wait_for(channel.receive(), SOON_S) is None
        await asyncio.gather(sending, return_exceptions=True)
        with pytest.raises(ConnectionClosed, match="1009"):
            await other.recv()
        await here.send(b"still here")
        assert await there.receive() == b"still here"


async def test_a_connection_that_never_speaks_does_not_hold_up_close(keys: Keys) -> None:
    for security in (None, keys.server):
        async with listening(security=security) as place:
            _, writer = await asyncio.open_connection("127.0.0.1", place.port)
            await place.works(keys.client if security else None)
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_a_message_that_is_too_large_is_refused_before_it_leaves() -> None:
    async with listening() as place:
        here, there = await place.dial()
        with pytest.raises(MessageTooLargeError):
            await here.send(bytes(MAX_MESSAGE_BYTES + 1))
        await here.send(b"still here")
        assert await there.receive() == b"still here"
        await here.close()


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n" * 5])
async def test_connecting_to_another_kind_of_server_fails(answer: bytes) -> None:
    def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionLostError, match=f"127.0.0.1:{port}"):
            await WebsocketTransport().connect(f"websocket://127.0.0.1:{port}", None)


async def test_connecting_to_a_silent_server_fails_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "CONNECT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"websocket://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ConnectionLostError, match="nobody answers"):
            await WebsocketTransport().connect(address, None)


async def test_connecting_to_nobody_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"websocket://127.0.0.1:{other.getsockname()[1]}"
    with pytest.raises(ConnectionLostError, match=f"nobody listens at {address}"):
        await WebsocketTransport().connect(address, None)


# -- HTTP, and pages of other origins ----------------------------------------------------------


async def test_the_port_answers_healthz_and_nothing_else() -> None:
    async with listening() as place:
        for request in ("/healthz", "/healthz?now"):
            status, head, body = await get(place.port, request)
            assert (status, body) == (200, "ok")
            assert "Content-Type: text/plain" in head
        for request in ("/", "/other", "/ws/", "//healthz", "http://elsewhere.example/"):
            assert (await get(place.port, request))[0] == 404
        assert (await get(place.port, "/ws"))[0] == 426
        await place.works()
        assert place.accepted.empty()


async def test_connecting_to_a_web_server_that_is_not_ours_says_what_it_answers() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        address = f"websocket://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(ConnectionLostError, match=f"no session is at {address}.* 404"):
            await WebsocketTransport().connect(address, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
async def test_a_page_of_the_listener_itself_may_connect(host: str) -> None:
    async with listening() as place:
        page = await stranger(place.port, f"http://{host}:{place.port}", host)
        channel = await asyncio.wait_for(place.accepted.get(), SOON_S)
        await page.send(b"hello")
        assert await channel.receive() == b"hello"
        await page.close()


@pytest.mark.parametrize(
    "origin",
    [
        "http://elsewhere.example",
        "http://elsewhere.example:{port}",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://127.0.0.1.elsewhere.example:{port}",
        "http://user@127.0.0.1:{port}",
        "http://[127.0.0.1:{port}",
        "null",
        "",
    ],
)
async def test_a_page_of_another_origin_is_refused(origin: str) -> None:
    async with listening() as place:
        with pytest.raises(InvalidStatus, match="403"):
            async with stranger(place.port, origin.format(port=place.port)):
                pass
        assert place.accepted.empty()
        await place.works()


async def test_a_name_that_was_made_to_lead_to_this_machine_is_refused() -> None:
    async with listening() as place:
        name = "rebound.example"
        with pytest.raises(InvalidStatus, match="403"):
            async with stranger(place.port, f"http://{name}:{place.port}", name):
                pass
        assert place.accepted.empty()


async def test_an_origin_that_is_allowed_may_connect() -> None:
    origin = "https://viz.example.org"
    async with listening(allowed_origins=(origin,)) as place:
        async with stranger(place.port, origin):
            await asyncio.wait_for(place.accepted.get(), SOON_S)
        with pytest.raises(InvalidStatus, match="403"):
            async with stranger(place.port, "http://viz.example.org"):
                pass


# -- addresses -------------------------------------------------------------------------------


async def test_addresses_may_begin_with_ws() -> None:
    async with listening("ws://127.0.0.1:0") as place:
        assert place.address.startswith("websocket://")
        here = await place.transport.connect(f"ws://127.0.0.1:{place.port}", None)
        await here.close()


async def test_a_port_in_use_is_named_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"websocket://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(AddressError, match=f"{address}: the address is in use"):
            await WebsocketTransport().listen(address, print, None)


async def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(AddressError, match="no address of this machine"):
        await WebsocketTransport().listen("websocket://192.0.2.1:0", print, None)


async def test_a_host_that_nobody_knows_is_named() -> None:
    with pytest.raises(AddressError, match=r"no host is known as 'nowhere\.invalid'"):
        await WebsocketTransport().connect("websocket://nowhere.invalid:1", None)


@pytest.mark.parametrize("host", ["*", "0.0.0.0", "localhost"])
async def test_a_listener_reports_a_host_that_connects(host: str) -> None:
    async with listening(f"websocket://{host}:0") as place:
        assert "*" not in place.address
        assert "0.0.0.0" not in place.address
        await place.works()


async def test_ipv6_addresses_work() -> None:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("no IPv6 here")
    async with listening("websocket://[::1]:0") as place:
        assert place.address.startswith("websocket://[::1]:")
        here, there = await place.dial()
        assert there.peer.startswith("websocket://[::1]:")
        await here.close()


async def test_connecting_needs_a_port() -> None:
    with pytest.raises(AddressError, match="names no port"):
        await WebsocketTransport().connect("websocket://127.0.0.1:0", None)


# -- encryption ------------------------------------------------------------------------------


async def test_security_encrypts_whatever_the_scheme_says(keys: Keys) -> None:
    async with listening(security=keys.server) as place:
        assert place.address.startswith("wss://")
        here = await place.transport.connect(f"websocket://127.0.0.1:{place.port}", keys.client)
        await here.close()


@pytest.mark.parametrize(("trusted", "shown"), [("stranger", "server"), ("authority", "elsewhere")])
async def test_a_wrong_certificate_is_named_as_such(keys: Keys, trusted: str, shown: str) -> None:
    async with listening("wss://127.0.0.1:0", keys.serving(shown)) as place:
        with pytest.raises(ConnectionLostError, match=f"certificate of {place.address} is not"):
            await place.transport.connect(place.address, keys.trusting(trusted))
        assert place.accepted.empty()


async def test_without_an_authority_the_systems_are_trusted(keys: Keys) -> None:
    async with listening("wss://127.0.0.1:0", keys.server) as place:
        with pytest.raises(ConnectionLostError, match="certificate"):
            await place.transport.connect(place.address, None)


async def test_clear_and_encrypted_do_not_meet(keys: Keys) -> None:
    async with listening() as clear, listening("wss://127.0.0.1:0", keys.server) as encrypted:
        with pytest.raises(ConnectionLostError):
            await clear.transport.connect(f"wss://127.0.0.1:{clear.port}", keys.client)
        with pytest.raises(ConnectionLostError):
            await encrypted.transport.connect(f"websocket://127.0.0.1:{encrypted.port}", None)


async def test_a_missing_or_wrong_file_is_an_address_error_that_names_it(keys: Keys) -> None:
    listen, address = WebsocketTransport().listen, "wss://127.0.0.1:0"
    with pytest.raises(AddressError, match="needs a certificate and its key"):
        await listen(address, print, None)
    with pytest.raises(AddressError, match=r"missing\.pem"):
        await listen(address, print, keys.serving("missing", "server"))
    with pytest.raises(AddressError, match=r"missing\.key"):
        await listen(address, print, keys.serving("server", "missing"))
    with pytest.raises(AddressError, match=r"server\.pem and .*elsewhere\.key are no certificate"):
        await listen(address, print, keys.serving("server", "elsewhere"))
    with pytest.raises(AddressError, match=r"missing\.pem"):
        await WebsocketTransport().connect("wss://127.0.0.1:1", keys.trusting("missing"))
    nonsense = Security(authority_file=str(keys.folder / "server.key"))
    with pytest.raises(AddressError, match=r"server\.key holds no certificate"):
        await WebsocketTransport().connect("wss://127.0.0.1:1", nonsense)


# -- peers that misbehave --------------------------------------------------------------------


@pytest.mark.parametrize("reader", ["client", "server"])
async def test_a_peer_that_does_not_read_makes_its_sender_wait_and_nobody_else(
    reader: str,
) -> None:
    messages = [b"%08d" % n * 1024 for n in range(3_000)]

    async def send_all(channel: Channel) -> None:
        for message in messages:
            await channel.send(message)

    async with listening() as place:
        ends = await place.dial()
        receiver, sender = ends if reader == "client" else ends[::-1]
        sending = asyncio.create_task(send_all(sender))
        await place.works()
        await asyncio.wait([sending], timeout=0.3)
        assert not sending.done()
        await place.works()
        for message in messages:
            assert await receiver.receive() == message
        await sending
        await receiver.close()


@pytest.mark.parametrize("closer", ["client", "server", "listener"])
async def test_a_peer_that_never_reads_does_not_hold_up_close(closer: str) -> None:
    place = Listening()
    listener = await place.transport.listen(
        "websocket://127.0.0.1:0", place.accepted.put_nowait, None
    )
    place.address = listener.address
    here, there = await place.dial()

    async def flood(channel: Channel) -> None:
        while True:
            await channel.send(bytes(256 << 10))

    floods = [asyncio.create_task(flood(channel)) for channel in (here, there)]
    await asyncio.wait(floods, timeout=0.5)
    what = {"client": here, "server": there, "listener": listener}[closer]
    await asyncio.wait_for(what.close(), CLOSE_S)
    for flooding in floods[:1] if closer == "client" else floods[1:]:
        with pytest.raises(ConnectionLostError):
            await asyncio.wait_for(flooding, SOON_S)
    await asyncio.gather(here.close(), there.close(), listener.close())
    await asyncio.gather(*floods, return_exceptions=True)


async def test_what_was_sent_before_a_close_is_read_before_the_end() -> None:
    # More than is taken in before it is read.
    messages = [b"%d" % n for n in range(1_000)]
    async with listening() as place:
        here, there = await place.dial()
        for message in messages:
            await there.send(message)
        await there.close()
        for message in messages:
            assert await asyncio.wait_for(here.receive(), SOON_S) == message
        assert await asyncio.wait_for(here.receive(), SOON_S) is None


async def test_a_cancelled_send_leaves_the_channel_working() -> None:
    async with listening() as place:
        here, there = await place.dial()
        sending = asyncio.create_task(here.send(bytes(16 << 20)))
        waiting = asyncio.create_task(here.send(b"never"))
        await asyncio.sleep(0)
        for task in (waiting, sending):
            task.cancel()
        await asyncio.wait([sending, waiting])
        await here.send(b"after")
        while (message := await asyncio.wait_for(there.receive(), SOON_S)) != b"after":
            assert message in (b"never", bytes(16 << 20))
        await here.close()


# -- two processes ---------------------------------------------------------------------------

ECHO = """
import asyncio
from collab_transport_websocket import collab_transports

async def main():
    accepted, [spec] = asyncio.Queue(), collab_transports()
    listener = await spec.create().listen("websocket://127.0.0.1:0", accepted.put_nowait, None)
    print(listener.address, flush=True)
    channel = await accepted.get()
    while (data := await channel.receive()) is not None:
        await channel.send(data)
    await listener.close()

asyncio.run(main())
"""


@asynccontextmanager
async def echo_process() -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A server in a process of its own, which has nothing to say on stderr."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "always", "-c", ECHO, stdout=pipe, stderr=pipe
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), SOON_S)
        yield process, line.decode().strip()
    finally:
        if process.returncode is None:
            process.kill()
        _, errors = await process.communicate()
        assert errors == b""


async def test_two_processes_talk_and_part() -> None:
    async with echo_process() as (process, address):
        _, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        channel = await WebsocketTransport().connect(address, None)
        for message in (b"", b"one", bytes(16 << 20)):
            await channel.send(message)
            assert await asyncio.wait_for(channel.receive(), SOON_S) == message
        await channel.close()
        assert await asyncio.wait_for(process.wait(), SOON_S) == 0
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_a_server_that_is_killed_ends_its_channels() -> None:
    async with echo_process() as (process, address):
        channel = await WebsocketTransport().connect(address, None)
        await channel.send(b"hello")
        assert await asyncio.wait_for(channel.receive(), SOON_S) == b"hello"
        process.kill()
        assert await asyncio.wait_for(channel.receive(), SOON_S) is None
        with pytest.raises(ConnectionLostError):
            await channel.send(b"x")
        await asyncio.wait_for(channel.close(), CLOSE_S)
