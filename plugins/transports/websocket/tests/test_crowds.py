"""Connections that never finish their handshake are bounded, and keep out nobody."""

import asyncio
import logging

import pytest

from collab_kernel.spi import Channel
from collab_transport_websocket import transport as transport_module
from collab_transport_websocket.transport import WebsocketTransport

SOON_S = 15.0


async def test_beyond_a_bound_who_is_silent_for_longest_has_to_go(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, transport_module.__name__)
    monkeypatch.setattr(transport_module, "MAX_HANDSHAKES", 3)
    accepted: asyncio.Queue[Channel] = asyncio.Queue()
    transport = WebsocketTransport()
    listener = await transport.listen("websocket://127.0.0.1:0", accepted.put_nowait, None)
    port = int(listener.address.rpartition(":")[2])
    crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    here = await transport.connect(listener.address, None)
    there = await asyncio.wait_for(accepted.get(), SOON_S)
    await here.send(b"hello")
    assert await asyncio.wait_for(there.receive(), SOON_S) == b"hello"
    reader, _ = crowd[0]
    await asyncio.wait_for(asyncio.gather(reader.read(), return_exceptions=True), SOON_S)
    assert not any(reader.at_eof() for reader, _ in crowd[1:])
    assert [r.levelname for r in caplog.records if "others wait" in r.getMessage()] == ["INFO"]
    await here.close()
    await listener.close()
    for _, writer in crowd:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_what_is_no_request_is_a_line_in_the_log_and_a_health_check_is_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, transport_module.__name__)
    listener = await WebsocketTransport().listen("websocket://127.0.0.1:0", print, None)
    port = int(listener.address.rpartition(":")[2])
    for said in (b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", b"\x16\x03\x01 no HTTP\r\n\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        await asyncio.wait_for(asyncio.gather(reader.read(), return_exceptions=True), SOON_S)
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    await listener.close()
    [line] = [r.getMessage() for r in caplog.records if r.levelno >= logging.INFO]
    assert "127.0.0.1" in line
