"""ZeroMQ keeps the transport contract, and what else is at its port does no harm."""

import asyncio
import random
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import zmq
import zmq.auth
from click.testing import CliRunner

import collab_transport_zmq
from collab_kernel.errors import AddressError, ConnectionLostError, MessageTooLargeError
from collab_kernel.spi import MAX_MESSAGE_BYTES, Channel, Security
from collab_kernel.testing.transport_contract import TransportContract
from collab_transport_zmq import channel as channel_module
from collab_transport_zmq import transport as transport_module
from collab_transport_zmq.channel import END, HELLO, WELCOME
from collab_transport_zmq.keys import keys as keys_command
from collab_transport_zmq.transport import ZmqTransport

SOON_S = 15.0


class Keys:
    """The keys of a server, and those of another, in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("server", "stranger"):
            zmq.auth.create_certificates(folder, name)
        self.client = self.trusting("server")
        self.server = self.serving("server")

    def trusting(self, name: str) -> Security:
        return Security(authority_file=str(self.folder / f"{name}.key"))

    def serving(self, name: str) -> Security:
        return Security(key_file=str(self.folder / f"{name}.key_secret"))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


class TestZmq(TransportContract):
    address = "zmq://127.0.0.1:0"
    make_transport = ZmqTransport
    garbage = ("zmq://127.0.0.1", "zmq://no such host:1", "zmq://[127.0.0.1:1", "tcp://127.0.0.1:1")
    entry_module = "collab_transport_zmq"
    wire_libraries = ("zmq",)


class TestZmqEncrypted(TestZmq):
    address = "zmq+curve://127.0.0.1:0"

    @pytest.fixture(autouse=True)
    def _keys(self, keys: Keys) -> None:
        self.listen_security, self.connect_security = keys.server, keys.client


class TestZmqAtLocalhost(TransportContract):
    address = "zmq://localhost:0"
    make_transport = ZmqTransport
    entry_module = "collab_transport_zmq"
    wire_libraries = ("zmq",)


class Listening:
    """A listener in this test, and the channels that it has accepted."""

    def __init__(self) -> None:
        self.transport = ZmqTransport()
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
    address: str = "zmq://127.0.0.1:0", security: Security | None = None
) -> AsyncIterator[Listening]:
    place = Listening()
    listener = await place.transport.listen(address, place.accepted.put_nowait, security)
    place.address = listener.address
    try:
        yield place
    finally:
        await listener.close()


@asynccontextmanager
async def relay(port: int) -> AsyncIterator[tuple[int, bytearray]]:
    """Another port that leads to `port`, and what went through it to there."""
    seen = bytearray()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
        writer.close()

    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
        back = asyncio.create_task(copy(to_reader, writer))
        while data := await reader.read(1 << 16):
            seen.extend(data)
            to_writer.write(data)
        to_writer.close()
        await back

    server = await asyncio.start_server(both, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], seen


@contextmanager
def stranger(port: int) -> Iterator[zmq.Socket[bytes]]:
    """A DEALER that is not ours."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.linger = 0
        dealer.rcvtimeo = dealer.sndtimeo = int(SOON_S * 1000)
        dealer.connect(f"tcp://127.0.0.1:{port}")
        yield dealer


# -- the plugin ------------------------------------------------------------------------------


def test_the_entry_module_offers_zmq_at_paraviews_port() -> None:
    [spec] = collab_transport_zmq.collab_transports()
    assert (spec.scheme, spec.secure_scheme, spec.default_port) == ("zmq", "zmq+curve", 11111)
    assert spec.secured_by == "key"
    assert isinstance(spec.create(), ZmqTransport)


# -- others at the port ----------------------------------------------------------------------


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("seed", range(5))
async def test_random_bytes_at_the_port_leave_it_working(
    keys: Keys, seed: int, encrypted: bool
) -> None:
    noise = random.Random(seed).randbytes(100_000)
    greeting = b"\xff" + bytes(8) + b"\x7f\x03"
    server, client = (keys.server, keys.client) if encrypted else (None, None)
    async with listening(security=server) as place:
        here, there = await place.dial(client)
        for start in (b"", greeting, b"GET / HTTP/1.1\r\n\r\n"):
            _, writer = await asyncio.open_connection("127.0.0.1", place.port)
            writer.write(start + noise)
            await place.works(client)
            writer.close()
            # The listener hangs up, which is as good.
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        await here.send(b"still here")
        assert await there.receive() == b"still here"
        assert place.accepted.empty()


async def test_foreign_messages_leave_the_port_working() -> None:
    async with listening() as place:
        with stranger(place.port) as dealer:
            for frames in (
                [b"garbage"],
                [b""],
                [b"", b""],
                [b"", END],
                [b"", HELLO, b"more"],
                [b"x"] * 50,
                [b"", HELLO[:-1]],
            ):
                dealer.send_multipart(frames)
                await place.works()
            assert place.accepted.empty()
            # After the hello it is a peer, whose messages of one frame are the kernel's to judge.
            for frames in ([b"", HELLO], [b"", b"nonsense"], [b"a", b"b"], [b"data"], [b"", END]):
                dealer.send_multipart(frames)
            channel = await asyncio.wait_for(place.accepted.get(), SOON_S)
            assert await channel.receive() == b"data"
            assert await channel.receive() is None
        await place.works()


async def test_a_foreign_message_that_is_too_large_ends_only_its_own_connection() -> None:
    async with listening() as place:
        here, there = await place.dial()
        with stranger(place.port) as dealer:
            dealer.send(bytes(MAX_MESSAGE_BYTES + 1))
            await place.works()
        await here.send(b"still here")
        assert await there.receive() == b"still here"


async def test_a_message_that_is_too_large_is_refused_before_it_leaves() -> None:
    async with listening() as place:
        here, there = await place.dial()
        with pytest.raises(MessageTooLargeError):
            await here.send(bytes(MAX_MESSAGE_BYTES + 1))
        await here.send(b"still here")
        assert await there.receive() == b"still here"


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n" * 5])
async def test_connecting_to_another_kind_of_server_fails(answer: bytes) -> None:
    def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionLostError, match=f"127.0.0.1:{port}"):
            await ZmqTransport().connect(f"zmq://127.0.0.1:{port}", None)


async def test_connecting_to_a_silent_server_fails_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "CONNECT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"zmq://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ConnectionLostError, match="nobody answers"):
            await ZmqTransport().connect(address, None)


# -- addresses -------------------------------------------------------------------------------


async def test_a_port_in_use_is_named_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"zmq://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(AddressError, match=f"{address}: the address is in use"):
            await ZmqTransport().listen(address, print, None)


async def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(AddressError, match="no address of this machine"):
        await ZmqTransport().listen("zmq://192.0.2.1:0", print, None)


@pytest.mark.parametrize("host", ["*", "0.0.0.0", "localhost"])
async def test_a_listener_reports_a_host_that_connects(host: str) -> None:
    async with listening(f"zmq://{host}:0") as place:
        assert "*" not in place.address
        assert "0.0.0.0" not in place.address
        await place.works()


async def test_ipv6_addresses_work() -> None:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("no IPv6 here")
    async with listening("zmq://[::1]:0") as place:
        assert place.address.startswith("zmq://[::1]:")
        await place.works()


async def test_connecting_needs_a_port() -> None:
    with pytest.raises(AddressError, match="names no port"):
        await ZmqTransport().connect("zmq://127.0.0.1:0", None)


# -- encryption ------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["zmq", "zmq+curve"])
async def test_security_encrypts_whatever_the_scheme_says(keys: Keys, scheme: str) -> None:
    async with listening(f"{scheme}://127.0.0.1:0", keys.server) as place:
        assert place.address.startswith("zmq+curve://")
        here, there = await place.dial(keys.client)
        await here.send(b"hello")
        assert await there.receive() == b"hello"
        here = await place.transport.connect(f"{scheme}://127.0.0.1:{place.port}", keys.client)
        await here.close()


async def test_what_goes_by_is_encrypted(keys: Keys) -> None:
    """Seen by a relay in between, which sees the words of a connection in the clear."""
    for security in (keys, None):
        server, client = (security.server, security.client) if security else (None, None)
        async with listening(security=server) as place, relay(place.port) as (port, seen):
            here = await place.transport.connect(f"zmq://127.0.0.1:{port}", client)
            await here.send(b"password")
            there = await asyncio.wait_for(place.accepted.get(), SOON_S)
            assert await asyncio.wait_for(there.receive(), SOON_S) == b"password"
            await here.close()
            assert (b"password" in seen) is (security is None)


async def test_a_wrong_key_of_the_server_is_named_as_such(keys: Keys) -> None:
    async with listening("zmq+curve://127.0.0.1:0", keys.server) as place:
        with pytest.raises(ConnectionLostError, match="the server has another key than the one"):
            await place.transport.connect(place.address, keys.trusting("stranger"))
        assert place.accepted.empty()
        await place.works(keys.client)


async def test_clear_and_encrypted_do_not_meet(keys: Keys) -> None:
    async with listening() as clear, listening("zmq+curve://127.0.0.1:0", keys.server) as curve:
        with pytest.raises(ConnectionLostError, match="one side encrypts and the other does not"):
            await clear.transport.connect(f"zmq+curve://127.0.0.1:{clear.port}", keys.client)
        with pytest.raises(ConnectionLostError, match="one side encrypts and the other does not"):
            await curve.transport.connect(f"zmq://127.0.0.1:{curve.port}", None)
        await clear.works()
        await curve.works(keys.client)


async def test_a_missing_or_wrong_file_is_an_address_error_that_names_it(keys: Keys) -> None:
    listen, connect = ZmqTransport().listen, ZmqTransport().connect
    (keys.folder / "nonsense.key").write_text('curve\n  public-key = "nonsense"\n')
    with pytest.raises(AddressError, match="needs a file with its secret key"):
        await listen("zmq+curve://127.0.0.1:0", print, None)
    with pytest.raises(AddressError, match=r"missing\.key_secret"):
        await listen("zmq+curve://127.0.0.1:0", print, keys.serving("missing"))
    public = Security(key_file=keys.client.authority_file)
    with pytest.raises(AddressError, match=r"server\.key holds no secret key"):
        await listen("zmq+curve://127.0.0.1:0", print, public)
    with pytest.raises(AddressError, match="needs a file with the server's public key"):
        await connect("zmq+curve://127.0.0.1:1", None)
    for name in ("missing", "nonsense"):
        with pytest.raises(AddressError, match=rf"{name}\.key"):
            await connect("zmq+curve://127.0.0.1:1", keys.trusting(name))


# -- peers that misbehave --------------------------------------------------------------------


async def test_a_client_that_does_not_read_makes_its_sender_wait_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channel_module, "INBOX_BYTES", 100_000)
    messages = [b"%08d" % n * 1024 for n in range(6_000)]

    async def send_all(channel: Channel) -> None:
        for message in messages:
            await channel.send(message)

    async with listening() as place:
        here, there = await place.dial()
        sending = asyncio.create_task(send_all(there))
        await place.works()
        await asyncio.wait([sending], timeout=0.3)
        assert not sending.done()
        await place.works()
        for message in messages:
            assert await here.receive() == message
        await sending
        await here.close()


async def test_a_client_that_sends_more_than_is_read_is_cut_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channel_module, "INBOX_BYTES", 100_000)
    async with listening() as place:
        here, there = await place.dial()
        for _ in range(20):
            await here.send(bytes(10_000))
        assert await asyncio.wait_for(here.receive(), SOON_S) is None
        with pytest.raises(ConnectionLostError):
            await here.send(b"x")
        assert await there.receive() is None
        await place.works()


async def test_a_peer_that_says_no_goodbye_does_not_hold_up_close() -> None:
    async with listening() as place:
        with stranger(place.port) as dealer:
            dealer.send_multipart([b"", HELLO])
            channel = await asyncio.wait_for(place.accepted.get(), SOON_S)
            assert dealer.recv_multipart() == [b"", WELCOME]
            await asyncio.wait_for(channel.close(), 3.0)
            assert dealer.recv_multipart() == [b"", END]


async def test_sending_to_a_client_that_has_vanished_raises_connection_lost() -> None:
    async with listening() as place:
        with stranger(place.port) as dealer:
            dealer.send_multipart([b"", HELLO])
            channel = await asyncio.wait_for(place.accepted.get(), SOON_S)

        async def keep_asking() -> None:
            while True:
                await channel.send(b"are you there?")
                await asyncio.sleep(0)

        with pytest.raises(ConnectionLostError, match=r"is (gone|closed)"):
            await asyncio.wait_for(keep_asking(), SOON_S)
        assert await channel.receive() is None


ECHO = """
import asyncio
from collab_transport_zmq.transport import ZmqTransport

async def main():
    accepted = asyncio.Queue()
    listener = await ZmqTransport().listen("zmq://127.0.0.1:0", accepted.put_nowait, None)
    print(listener.address, flush=True)
    channel = await accepted.get()
    while (data := await channel.receive()) is not None:
        await channel.send(data)
    await listener.close()

asyncio.run(main())
"""


@asynccontextmanager
async def echo_process() -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ECHO, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), SOON_S)
        yield process, line.decode().strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_two_processes_talk_and_part() -> None:
    async with echo_process() as (process, address):
        channel = await ZmqTransport().connect(address, None)
        for message in (b"", b"one", bytes(16 << 20)):
            await channel.send(message)
            assert await asyncio.wait_for(channel.receive(), SOON_S) == message
        await channel.close()
        assert await asyncio.wait_for(process.wait(), SOON_S) == 0


async def test_a_server_that_is_killed_ends_its_channels() -> None:
    async with echo_process() as (process, address):
        channel = await ZmqTransport().connect(address, None)
        await channel.send(b"hello")
        assert await asyncio.wait_for(channel.receive(), SOON_S) == b"hello"
        process.kill()
        assert await asyncio.wait_for(channel.receive(), SOON_S) is None
        with pytest.raises(ConnectionLostError):
            await channel.send(b"x")
        await asyncio.wait_for(channel.close(), 3.0)


async def test_what_a_lost_server_has_sent_is_read_before_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # After each message the client takes no more until that one is read.
    monkeypatch.setattr(channel_module, "INBOX_BYTES", 1)
    messages = [b"%d" % n for n in range(100)]

    def serve_and_vanish(
        context: zmq.Context[zmq.Socket[bytes]], router: zmq.Socket[bytes]
    ) -> None:
        identity, *_ = router.recv_multipart()
        router.send_multipart([identity, b"", WELCOME])
        for message in messages:
            router.send_multipart([identity, message])
        router.close(linger=int(SOON_S * 1000))
        context.term()

    context = zmq.Context()
    router = context.socket(zmq.ROUTER)
    router.rcvtimeo = int(SOON_S * 1000)
    port = router.bind_to_random_port("tcp://127.0.0.1")
    serving = asyncio.create_task(asyncio.to_thread(serve_and_vanish, context, router))
    channel = await ZmqTransport().connect(f"zmq://127.0.0.1:{port}", None)
    await serving
    for message in messages:
        assert await asyncio.wait_for(channel.receive(), SOON_S) == message
    assert await asyncio.wait_for(channel.receive(), SOON_S) is None


def test_keys_are_made_once_and_the_secret_is_only_the_owners(tmp_path: Path) -> None:
    stem = tmp_path / "server"
    made = CliRunner().invoke(keys_command, ["--out", str(stem)])
    assert made.exit_code == 0, made.output
    assert "--curve-key server.key_secret" in made.output
    assert (tmp_path / "server.key_secret").stat().st_mode & 0o077 == 0
    again = CliRunner().invoke(keys_command, ["--out", str(stem)])
    assert again.exit_code == 2
    assert "exists already" in again.output
