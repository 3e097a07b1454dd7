"""The port serves the files of a page, all of them, and nothing else of the machine's."""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from collab_kernel.spi import Channel, FileServer, Security
from collab_transport_websocket import transport as transport_module
from collab_transport_websocket.pages import GUARDS
from collab_transport_websocket.transport import WebsocketTransport

SOON_S = 15.0
CLOSE_S = 3.0
LARGE = bytes(range(256)) * (1 << 17)  # more than the system keeps on the way
INDEX = b"<!doctype html><script type=module src=/assets/page-1a2b3c4d.js></script>"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, data: bytes) -> "Reply":
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        assert len(headers) == len(lines), "each header once"
        return cls(int(first.split()[1]), headers, body)


@dataclass
class Place:
    address: str
    accepted: "asyncio.Queue[Channel]"
    client: ssl.SSLContext | None

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        name = "localhost" if self.client else None
        return await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.client, server_hostname=name, limit=1 << 16
        )

    async def ask(self, target: str, *headers: str, method: str = "GET") -> Reply:
        """headers: lines; without a `Host` among them it is the right one."""
        if not any(line.startswith("Host:") for line in headers):
            headers = (f"Host: 127.0.0.1:{self.port}", *headers)
        reader, writer = await self.open()
        lines = (f"{method} {target} HTTP/1.1", *headers, "", "")
        writer.write("\r\n".join(lines).encode())
        data = await asyncio.wait_for(reader.read(), SOON_S)
        writer.close()
        await writer.wait_closed()
        return Reply.of(data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    page = tmp_path / "page"
    for name, data in {
        "index.html": INDEX,
        "assets/page-1a2b3c4d.js": b"let plain = 1",
        "assets/page-1a2b3c4d.js.br": b"brotli",
        "assets/page-1a2b3c4d.js.gz": b"gzip",
        "engine.wasm": b"\0asm",
        "engine.wasm.gz": b"gzip too",
        "data.gz": b"itself",
        "a b.PNG": b"picture",
        "large.bin": LARGE,
        ".env": b"secret",
        ".git/config": b"secret",
        "../secret.txt": b"secret",
        "../elsewhere/secret.txt": b"secret",
    }.items():
        path = page / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (page / "link-in.html").symlink_to("index.html")
    (page / "link-out.txt").symlink_to("../secret.txt")
    (page / "folder-out").symlink_to("../elsewhere")
    (page / "nowhere.txt").symlink_to("missing")
    return page


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Security, ssl.SSLContext]:
    place, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    certificate.cert_chain_pems[0].write_to_path(place / "server.pem")
    certificate.private_key_pem.write_to_path(place / "server.key")
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return Security(str(place / "server.pem"), str(place / "server.key")), client


@asynccontextmanager
async def serving(
    folder: Path | None,
    security: Security | None = None,
    client: ssl.SSLContext | None = None,
    allowed_origins: tuple[str, ...] = (),
    host: str = "127.0.0.1",
) -> AsyncIterator[Place]:
    transport = WebsocketTransport(allowed_origins)
    if folder is not None:
        transport.serve_files(folder)
    accepted: asyncio.Queue[Channel] = asyncio.Queue()
    listener = await transport.listen(f"websocket://{host}:0", accepted.put_nowait, security)
    try:
        yield Place(listener.address, accepted, client)
    finally:
        await asyncio.wait_for(listener.close(), CLOSE_S)
        assert not [t for t in asyncio.all_tasks() if "Websocket" in str(t.get_coro())]


def test_the_transport_is_a_file_server() -> None:
    assert isinstance(WebsocketTransport(), FileServer)


async def test_without_a_page_the_port_says_in_one_line_what_to_install() -> None:
    async with serving(None) as place:
        reply = await place.ask("/")
        assert (reply.status, reply.headers["Content-Type"]) == (404, "text/plain; charset=utf-8")
        assert re.fullmatch(rb"[^\n]*collab-front-end-web[^\n]*\n", reply.body)
        assert (await place.ask("/index.html")).body == b"nothing is here\n"


@pytest.mark.parametrize(
    ("target", "type", "body"),
    [
        ("/", "text/html; charset=utf-8", INDEX),
        ("/?session=main", "text/html; charset=utf-8", INDEX),
        ("/index.html", "text/html; charset=utf-8", INDEX),
        ("/link-in.html", "text/html; charset=utf-8", INDEX),
        ("/assets/page-1a2b3c4d.js", "text/javascript; charset=utf-8", b"let plain = 1"),
        ("/engine.wasm", "application/wasm", b"\0asm"),
        ("/data.gz", "application/octet-stream", b"itself"),
        ("/a%20b.PNG", "image/png", b"picture"),
        ("/large.bin", "application/octet-stream", LARGE),
    ],
)
async def test_a_file_is_served_whole_with_its_type_and_its_guards(
    folder: Path, target: str, type: str, body: bytes
) -> None:
    async with serving(folder) as place:
        reply = await place.ask(target)
        head = await place.ask(target, method="HEAD")
    assert (reply.status, reply.headers["Content-Type"], reply.body) == (200, type, body)
    assert reply.headers["Content-Length"] == str(len(body))
    assert reply.headers["Connection"] == "close"
    assert reply.headers.items() >= GUARDS.items()
    del reply.headers["Date"], head.headers["Date"]
    assert head == Reply(200, reply.headers, b"")


def test_the_guards_allow_no_script_but_the_pages_own() -> None:
    policy = dict(part.split(" ", 1) for part in GUARDS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert not {"script-src", "script-src-elem", "script-src-attr", "style-src"} & set(policy)
    assert {policy[kind] for kind in ("object-src", "base-uri", "frame-ancestors")} == {"'none'"}
    assert GUARDS["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "target",
    [
        *("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt"),
        *("/assets/../../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/..\\secret.txt"),
        *("/..%5csecret.txt", "/%252e%252e/secret.txt", "/%c0%ae%c0%ae/secret.txt", "//secret.txt"),
        *("/link-out.txt", "/folder-out/secret.txt", "/nowhere.txt", "/.env", "/.git/config"),
        *("/index.html%00.txt", "/index.html/", "/./index.html", "/assets", "/assets/", "/%zz"),
        *("/assets/page-1a2b3c4d.js.br", "/engine.wasm.gz", "/{folder}/index.html", "{folder}"),
        *("http://127.0.0.1/index.html", "*", "index.html", "/INDEX.HTML", "/index.html#x"),
    ],
)
async def test_nothing_else_is_served_whatever_it_is_called(folder: Path, target: str) -> None:
    async with serving(folder) as place:
        reply = await place.ask(target.format(folder=folder))
        assert (reply.status, reply.body) == (404, b"nothing is here\n")
        assert reply.headers.items() >= GUARDS.items()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "FETCH"])
async def test_nothing_but_get_and_head_is_answered(folder: Path, method: str) -> None:
    async with serving(folder) as place:
        reply = await place.ask("/", method=method)
        assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("target", "accepted", "encoding", "body"),
    [
        ("/assets/page-1a2b3c4d.js", "gzip, deflate, br", "br", b"brotli"),
        ("/assets/page-1a2b3c4d.js", "BR;q=0.1, gzip", "br", b"brotli"),
        ("/assets/page-1a2b3c4d.js", "br;q=0, gzip; q=1.0", "gzip", b"gzip"),
        ("/assets/page-1a2b3c4d.js", "br ; q = 0.000,gzip;q=0", None, b"let plain = 1"),
        ("/assets/page-1a2b3c4d.js", "deflate, zstd", None, b"let plain = 1"),
        ("/assets/page-1a2b3c4d.js", "", None, b"let plain = 1"),
        ("/engine.wasm", "br, gzip", "gzip", b"gzip too"),
        ("/index.html", "br, gzip", None, INDEX),
    ],
)
async def test_a_file_that_lies_there_compressed_goes_to_who_can_read_it(
    folder: Path, target: str, accepted: str, encoding: str | None, body: bytes
) -> None:
    async with serving(folder) as place:
        reply = await place.ask(target, f"Accept-Encoding: {accepted}")
        plain = await place.ask(target)
    assert (reply.headers.get("Content-Encoding"), reply.body) == (encoding, body)
    assert reply.headers["Content-Type"] == plain.headers["Content-Type"]
    assert reply.headers.get("Vary") == (None if target == "/index.html" else "Accept-Encoding")
    assert (reply.headers["ETag"] == plain.headers["ETag"]) == (encoding is None)


async def test_who_has_a_file_already_is_told_so_and_gets_it_when_it_has_changed(
    folder: Path,
) -> None:
    async with serving(folder) as place:
        etag = (await place.ask("/")).headers["ETag"]
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            reply = await place.ask("/", f"If-None-Match: {known}")
            assert (reply.status, reply.body) == (304, b"")
            assert reply.headers["ETag"] == etag
            assert "Content-Type" not in reply.headers
        assert (await place.ask("/", 'If-None-Match: "other"')).status == 200
        lines = ('If-None-Match: "other"', f"If-None-Match: {etag}")
        assert (await place.ask("/", *lines)).status == 304
    (folder / "index.html").write_bytes(b"newer")
    async with serving(folder) as place:
        reply = await place.ask("/", f"If-None-Match: {etag}")
        assert (reply.status, reply.body) == (200, b"newer")


async def test_only_what_never_changes_is_kept_unasked(folder: Path) -> None:
    async with serving(folder) as place:
        assets = (await place.ask("/assets/page-1a2b3c4d.js")).headers["Cache-Control"]
        assert assets == "public, max-age=31536000, immutable"
        for target in ("/", "/engine.wasm"):
            assert (await place.ask(target)).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        (["127.0.0.1:{port}"], 200),
        (["LOCALHOST:{port}"], 200),
        (["localhost"], 200),  # behind a tunnel the port is another
        (["[::1]:1"], 200),
        (["viz.example.org"], 200),  # of an origin that is allowed
        (["rebound.example:{port}"], 421),
        (["127.0.0.1.rebound.example"], 421),
        (["rebound.example@localhost.example"], 421),
        (["[127.0.0.1"], 421),
        ([""], 421),
        ([], 421),
        (["127.0.0.1", "rebound.example"], 421),
    ],
)
async def test_a_name_that_was_made_to_lead_to_this_machine_gets_no_file(
    folder: Path, hosts: list[str], status: int
) -> None:
    async with serving(folder, allowed_origins=("https://viz.example.org",)) as place:
        reader, writer = await place.open()
        lines = [f"Host: {host}".format(port=place.port) for host in hosts]
        writer.write("\r\n".join(["GET / HTTP/1.1", *lines, "", ""]).encode())
        reply = Reply.of(await asyncio.wait_for(reader.read(), SOON_S))
        writer.close()
        await writer.wait_closed()
    assert reply.status == status
    assert (reply.body == INDEX) == (status == 200)


async def test_a_listener_for_others_too_answers_to_any_name(folder: Path) -> None:
    async with serving(folder, host="0.0.0.0") as place:
        assert (await place.ask("/", "Host: viz.example.org")).body == INDEX


async def test_files_are_served_encrypted(
    folder: Path, tls: tuple[Security, ssl.SSLContext]
) -> None:
    async with serving(folder, *tls) as place:
        for target, body in (("/", INDEX), ("/large.bin", LARGE)):
            assert (await place.ask(target, f"Host: localhost:{place.port}")).body == body


# -- who is slow, and who is no browser --------------------------------------------------------


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> float:
    """The time for a request, and for each part of a file."""
    for name in ("HANDSHAKE_S", "STALL_S"):
        monkeypatch.setattr(transport_module, name, 0.5)
    return 0.5


def request(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


async def works(place: Place) -> None:
    """Sessions still come in and talk."""
    here = await WebsocketTransport().connect(place.address, None)
    there = await asyncio.wait_for(place.accepted.get(), SOON_S)
    await here.send(b"hello")
    assert await asyncio.wait_for(there.receive(), SOON_S) == b"hello"
    await here.close()


@pytest.mark.parametrize("encrypted", [False, True])
async def test_who_is_slow_gets_a_file_whole_and_holds_up_nobody(
    folder: Path, hasty: float, tls: tuple[Security, ssl.SSLContext], encrypted: bool
) -> None:
    async with serving(folder, *(tls if encrypted else ())) as place:
        reader, writer = await place.open()
        writer.write(request("/large.bin"))
        data = await reader.readuntil(b"\r\n\r\n")
        for _ in range(8):
            # The passing of time is the point: twice what a request may take, all in all.
            await asyncio.sleep(hasty / 4)
            data += await asyncio.wait_for(reader.readexactly(len(LARGE) // 8), SOON_S)
        if not encrypted:
            await works(place)
        assert await asyncio.wait_for(reader.read(), SOON_S) == b""
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        assert Reply.of(data).body == LARGE


async def test_who_takes_nothing_is_hung_up_on(folder: Path, hasty: float) -> None:
    async with serving(folder) as place:
        reader, writer = await place.open()
        writer.write(request("/large.bin"))
        await works(place)
        # It reads no more than the buffers hold, until the listener has given up.
        await asyncio.wait_for(hung_up(writer), SOON_S)
        data = await asyncio.gather(reader.read(), return_exceptions=True)
        assert data[0] != LARGE
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        await works(place)


async def hung_up(writer: asyncio.StreamWriter) -> None:
    """Return when nobody takes what is written any more."""
    while True:
        try:
            writer.write(b"\r\n")
            await writer.drain()
        except ConnectionError:
            return
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET /ws HTTP/1.1\r\nHost: h\r\n"])
async def test_a_request_that_does_not_come_in_time_ends_its_connection(
    folder: Path, hasty: float, said: bytes
) -> None:
    async with serving(folder) as place:
        reader, writer = await place.open()
        writer.write(said)
        got = await asyncio.wait_for(asyncio.gather(reader.read(), return_exceptions=True), SOON_S)
        assert got == [b""] or isinstance(got[0], ConnectionError)
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        await works(place)


@pytest.mark.parametrize("junk", [request("/"), b"\x88\x80\0\0\0\0", b"\xff" * 100_000])
async def test_what_comes_behind_a_request_ends_its_own_connection_at_most(
    folder: Path, junk: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, transport_module.__name__)
    async with serving(folder) as place:
        for target in ("/", "/large.bin"):
            reader, writer = await place.open()
            writer.write(request(target) + junk)
            await asyncio.wait_for(asyncio.gather(reader.read(), return_exceptions=True), SOON_S)
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        await works(place)
    assert not [r for r in caplog.records if "failed" in r.getMessage()]


async def test_a_listener_closes_in_time_while_files_are_loaded(folder: Path) -> None:
    writers = []
    async with serving(folder) as place:
        for _ in range(3):
            reader, writer = await place.open()
            writer.write(request("/large.bin"))
            await reader.readexactly(1)
            writers.append(writer)
    for writer in writers:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
