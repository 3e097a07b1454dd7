"""A reverse proxy before the listener: what it says is taken from it, and from nobody else."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import websockets.asyncio.client
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus

from collab_kernel.client import Session, connect
from collab_kernel.errors import AddressError, AuthenticationFailedError, ConnectionLostError
from collab_kernel.server import Locks, Role, Server, TokenFile
from collab_kernel.spi import Channel
from collab_transport_websocket.proxy import forwarded_host, forwarded_peer
from collab_transport_websocket.transport import WebsocketTransport

SOON_S = 15.0
VISITOR = "203.0.113.7"


# -- its words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "peer"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["203.0.113.7:4711"], "203.0.113.7"),
        (["2001:db8::7"], "[2001:db8::7]"),
        (["[2001:db8::7]:4711"], "[2001:db8::7]"),
        (["10.0.0.1, 203.0.113.7"], "203.0.113.7"),
        (["10.0.0.1", "203.0.113.7"], "203.0.113.7"),
        (["fe80::1%<b>"], "[fe80::1]"),
        ([], None),
        ([""], None),
        (["203.0.113.7,"], None),
        (["unknown"], None),
        (["_hidden"], None),
        (["999.1.1.1"], None),
        (["203.0.113.7 <script>"], None),
        (["[" * 1000], None),
        (["9" * 5000], None),
    ],
)
def test_the_last_word_on_who_comes_is_the_proxys_and_an_address(
    said: list[str], peer: str | None
) -> None:
    headers = Headers()
    for line in said:
        headers["X-Forwarded-For"] = line
    assert forwarded_peer(headers) == peer


def test_the_last_word_on_the_host_is_the_proxys() -> None:
    headers = Headers()
    assert forwarded_host(headers) is None
    headers["X-Forwarded-Host"] = "evil.example, Lab.Example"
    assert forwarded_host(headers) == "lab.example"


# -- a listener ------------------------------------------------------------------------------


@asynccontextmanager
async def listening(
    folder: Path, base_path: str = "", *, behind_proxy: bool = False
) -> AsyncIterator[tuple[int, asyncio.Queue[Channel]]]:
    (folder / "index.html").write_text("a page")
    (folder / "page.js").write_text("code")
    transport = WebsocketTransport()
    transport.serve_files(folder)
    transport.stand_at(base_path, behind_proxy)
    accepted: asyncio.Queue[Channel] = asyncio.Queue()
    listener = await transport.listen("websocket://127.0.0.1:0", accepted.put_nowait, None)
    try:
        yield int(listener.address.rpartition(":")[2]), accepted
    finally:
        await listener.close()


async def get(port: int, target: str, *lines: str, host: str = "127.0.0.1") -> tuple[int, str]:
    """Status and all of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = "\r\n".join((f"GET {target} HTTP/1.1", f"Host: {host}", *lines))
    writer.write(f"{head}\r\n\r\n".encode())
    answer = (await asyncio.wait_for(reader.read(), SOON_S)).decode()
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1]), answer


def dial(port: int, path: str, **headers: str) -> websockets.asyncio.client.connect:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    url = f"ws://127.0.0.1:{port}{path}"
    return websockets.asyncio.client.connect(url, proxy=None, additional_headers=named)


async def test_the_page_and_the_session_are_below_the_base_path(tmp_path: Path) -> None:
    async with listening(tmp_path, "/x") as (port, accepted):
        assert (await get(port, "/x/"))[1].endswith("a page")
        assert (await get(port, "/x/page.js?v=1"))[1].endswith("code")
        assert (await get(port, "/x/healthz"))[0] == 200
        status, answer = await get(port, "/x?session=b")
        assert status == 308
        assert "location: /x/?session=b\r\n" in answer.lower()
        for elsewhere in ("/", "/page.js", "/xx/", "/x/../page.js", "/y/", "/x/x/", "/x//"):
            assert (await get(port, elsewhere))[0] == 404, elsewhere
        async with dial(port, "/x/ws"):
            await asyncio.wait_for(accepted.get(), SOON_S)


async def test_a_program_that_comes_by_the_proxy_names_the_path(tmp_path: Path) -> None:
    async with listening(tmp_path, "/lab/x") as (port, accepted):
        transport = WebsocketTransport()
        for address in (f"websocket://127.0.0.1:{port}/lab/x", f"ws://127.0.0.1:{port}/lab/x"):
            channel = await transport.connect(address, None)
            await asyncio.wait_for(accepted.get(), SOON_S)
            await channel.close()
        with pytest.raises(ConnectionLostError, match="answers 404"):
            await transport.connect(f"websocket://127.0.0.1:{port}/other", None)
        for path in ("/x?y", "/..%2f", "/a//b", "/x y", "/x#token=1"):
            with pytest.raises(AddressError, match="no path like /x"):
                await transport.connect(f"websocket://127.0.0.1:{port}{path}", None)


async def test_programs_that_come_by_no_proxy_find_the_session_where_it_always_is(
    tmp_path: Path,
) -> None:
    async with listening(tmp_path, "/x") as (port, accepted):
        transport = WebsocketTransport()
        channel = await transport.connect(f"websocket://127.0.0.1:{port}", None)
        await asyncio.wait_for(accepted.get(), SOON_S)
        await channel.close()
        assert (await get(port, "/healthz"))[0] == 200


async def test_without_a_proxy_forwarded_headers_are_a_strangers_words(tmp_path: Path) -> None:
    async with listening(tmp_path) as (port, accepted):
        async with dial(port, "/ws", X_Forwarded_For=VISITOR):
            channel = await asyncio.wait_for(accepted.get(), SOON_S)
            assert channel.peer.startswith("websocket://127.0.0.1:")
        forged = {"X_Forwarded_Host": "evil.example", "Origin": "http://evil.example"}
        with pytest.raises(InvalidStatus):
            async with dial(port, "/ws", **forged):
                pytest.fail("a page from elsewhere is let in")
        status, _ = await get(port, "/", "X-Forwarded-Host: 127.0.0.1", host="evil.example")
        assert status == 421


async def test_behind_one_a_page_of_the_proxys_name_may_connect_and_no_other(
    tmp_path: Path,
) -> None:
    async with listening(tmp_path, behind_proxy=True) as (port, accepted):
        seen = {"X_Forwarded_Host": "lab.example", "X_Forwarded_For": f"6.6.6.6, {VISITOR}"}
        async with dial(port, "/ws", Origin="https://lab.example", **seen):
            channel = await asyncio.wait_for(accepted.get(), SOON_S)
            assert channel.peer == f"websocket://{VISITOR}"
        with pytest.raises(InvalidStatus):
            async with dial(port, "/ws", Origin="https://evil.example", **seen):
                pytest.fail("a page from elsewhere is let in")
        assert (await get(port, "/", host="lab.example"))[0] == 200
        assert (await get(port, "/", "Host: two.example"))[0] in (400, 421)


async def test_a_proxy_that_says_nothing_of_who_comes_is_who_comes(tmp_path: Path) -> None:
    async with (
        listening(tmp_path, behind_proxy=True) as (port, accepted),
        dial(port, "/ws", X_Forwarded_For="<script>"),
    ):
        channel = await asyncio.wait_for(accepted.get(), SOON_S)
        assert channel.peer.startswith("websocket://127.0.0.1:")


# -- a whole server --------------------------------------------------------------------------


class Proxy:
    """A reverse proxy as one finds them: it says where whoever asks comes from, behind whatever
    they have said themselves, and passes everything on."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._ends: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"websocket://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        await self._server.wait_closed()

    async def _carry(self, here: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        head = (await here.readuntil(b"\r\n\r\n")).decode()
        said = re.search(r"^x-forwarded-for: *(.*?)\r$", head, re.I | re.M)
        head = re.sub(r"^x-forwarded-[a-z]+:.*\r\n", "", head, flags=re.I | re.M)
        before = f"{said[1]}, " if said else ""
        added = f"X-Forwarded-For: {before}{VISITOR}\r\nX-Forwarded-Host: lab.example\r\n"
        there, forth = await asyncio.open_connection("127.0.0.1", self._to)
        self._ends |= {back, forth}
        forth.write(f"{head[:-2]}{added}\r\n".encode())
        await asyncio.gather(self._copy(here, forth), self._copy(there, back))

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(1 << 16):
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()


@pytest.fixture
def tokens(tmp_path: Path) -> TokenFile:
    path = tmp_path / "tokens.toml"
    path.touch(mode=0o600)
    return TokenFile(path)


@asynccontextmanager
async def behind_proxy(tokens: TokenFile) -> AsyncIterator[tuple[Server, Proxy]]:
    server = Server(
        ["websocket://127.0.0.1:0"],
        renderer=None,
        multi_clients=True,
        locks=Locks(token_file=tokens.path),
        behind_proxy=True,
        base_path="/x",
    )
    async with server, Proxy(int(server.addresses[0].rpartition(":")[2])) as proxy:
        yield server, proxy


async def test_who_comes_through_the_proxy_needs_a_token_and_is_noted_by_their_own_address(
    tokens: TokenFile, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "collab.audit")
    async with behind_proxy(tokens) as (server, proxy):
        for url in (proxy.url, server.addresses[0]):
            with pytest.raises(AuthenticationFailedError, match="a token is needed"):
                await connect(url, "eve")
        session: Session = await connect(f"{proxy.url}/x", "vic", token=tokens.new(Role.VIEWER))
        assert session.me.role == "viewer"
        await session.close()
    lines = [r.getMessage() for r in caplog.records if r.name == "collab.audit"]
    refused, direct, admitted = [line for line in lines if "refused" in line or "admitted" in line]
    assert f"refused websocket://{VISITOR} over websocket" in refused
    assert "refused websocket://127.0.0.1:" in direct
    assert f"from websocket://{VISITOR} over websocket" in admitted


async def test_nobody_gives_themselves_another_address_through_the_proxy(
    tokens: TokenFile, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "collab.audit")
    async with behind_proxy(tokens) as (_, proxy):
        lies = {"X_Forwarded_For": "127.0.0.1", "X_Forwarded_Host": "evil.example"}
        async with dial(proxy.port, "/x/ws", Origin="https://lab.example", **lies) as socket:
            await socket.send(b"no hello")
            await socket.wait_closed()
        with pytest.raises(InvalidStatus):
            async with dial(proxy.port, "/x/ws", Origin="https://evil.example", **lies):
                pytest.fail("a page from elsewhere is let in")
    [line] = [r.getMessage() for r in caplog.records if r.name == "collab.audit"]
    assert f"refused websocket://{VISITOR} " in line
    assert "127.0.0.1" not in line
