"""At a port comes anything: other protocols, noise, silence, crowds. All is hung up on in time."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import struct
from collections.abc import Coroutine
from typing import Any

import grpc
import pytest

from collab_kernel.host.server import WIRE_LIMIT_BYTES

from .stage import HELLO_WITHIN_S, WIRES, Stage, gone, refusal

CROWD = int(os.environ.get("COLLAB_CROWD", "300"))
"""Connections that never speak, on each wire."""

GRACE_S = 5.0 + CROWD / 250
"""Beyond the deadline: for goodbyes, and for a machine that is busy with a crowd."""

FULL_RUN = pytest.mark.timeout(600 if CROWD > 1000 else 120)


def tls_hello() -> bytes:
    outgoing = ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="h")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def zmtp_command(name: bytes, body: bytes) -> bytes:
    whole = bytes([len(name)]) + name + body
    return bytes([4, len(whole)]) + whole


ZMTP_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
ZMTP_READY = zmtp_command(b"READY", b"\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER")
HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
OWN = {"zmq": ZMTP_GREETING + ZMTP_READY, "grpc": HTTP2_PREFACE, "websocket": UPGRADE}
"""All of a wire's own handshake, behind which a hello would come."""

SPOKEN: dict[str, bytes] = {
    "random bytes": random.Random(1).randbytes(1 << 16),
    "an HTTP request": b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "a TLS handshake": tls_hello(),
    "half of a ZeroMQ handshake": ZMTP_GREETING,
    "a ZeroMQ handshake": OWN["zmq"],
    "a gRPC handshake": OWN["grpc"],
    "a WebSocket handshake": OWN["websocket"],
    "nothing at all": b"",
}


def when(took_s: float) -> str:
    """How soon, for the table: exact times say more about the machine."""
    bounds = (1, 12, 20, HELLO_WITHIN_S + GRACE_S)
    bound = next((bound for bound in bounds if took_s < bound), bounds[-1])
    return "at once" if bound == 1 else f"within {bound:.0f} s"


async def dribble(writer: asyncio.StreamWriter, data: bytes) -> None:
    """A byte every now and then: the passing of time is the point."""
    for n in range(len(data)):
        writer.write(data[n : n + 1])
        await asyncio.sleep(0.3)


@FULL_RUN
async def test_whoever_says_no_hello_is_hung_up_on_in_time_and_keeps_out_nobody(
    stage: Stage,
) -> None:
    """What strangers say, a handshake that never ends, and a crowd, on every wire at once."""
    files, since = stage.open_files, stage.mark()

    async def stranger(wire: str, sent: str, data: bytes, slowly: bool = False) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port(wire))
        if not slowly:
            writer.write(data)
        dribbling = asyncio.create_task(dribble(writer, data if slowly else b""))
        took_s = await gone(reader, HELLO_WITHIN_S + GRACE_S)
        dribbling.cancel()
        writer.close()
        await asyncio.gather(dribbling, writer.wait_closed(), return_exceptions=True)
        stage.outcomes.add(sent, wire, f"hung up on {when(took_s)}")

    async def crowd(wire: str) -> None:
        """A few at a time, as the queue of a port is short; then all wait for their end."""
        silent: list[asyncio.Task[None]] = []
        sent = "a connection that never speaks (crowd)"
        for _ in range(CROWD):
            silent.append(asyncio.create_task(stranger(wire, sent, b"")))
            await asyncio.sleep(0)
        late = await stage.join(wire, "Late")
        assert late.me.name.startswith("Late"), "who speaks is let in beside a crowd"
        await late.close()
        await asyncio.gather(*silent)

    async with stage.witness(*WIRES) as witness:
        attacks: list[Coroutine[Any, Any, None]] = []
        for wire in WIRES:
            attacks += (stranger(wire, sent, data) for sent, data in SPOKEN.items())
            endless = "an endless handshake, a byte at a time"
            attacks.append(stranger(wire, endless, OWN[wire][:45], slowly=True))
        await asyncio.gather(*attacks, *(crowd(wire) for wire in WIRES))
        await stage.files_return(files + 10)
        assert witness.trips > 20
    for mark, most in (
        ("collab_transport_zmq", CROWD + len(SPOKEN) + 1),
        ("collab_transport_websocket", CROWD + len(SPOKEN) + 1),
    ):
        await stage.logs(mark, since, CROWD)
        said = stage.said(mark, since)
        assert CROWD <= len(said) <= most, "each once"


async def test_a_connection_without_a_hello_is_told_so_at_its_deadline(stage: Stage) -> None:
    """Behind each wire's own handshake, all wires at once."""

    async def silent(wire: str) -> None:
        peer = await stage.dial(wire)
        reason = await peer.farewell(HELLO_WITHIN_S + GRACE_S)
        await peer.close()
        assert "no hello came within 10 s" in str(reason)
        stage.outcomes.add("a channel without a hello", wire, f"goodbye {reason.code}, logged")

    since = stage.mark()
    async with stage.witness(*WIRES):
        await asyncio.gather(*(silent(wire) for wire in WIRES for _ in range(5)))
        late, times = "no hello came within 10 s", 5 * len(WIRES)
        await stage.logs(late, since, times)
        assert len(stage.said(late, since)) == times


# -- a frame over the limit, which our own clients would not send ------------------------------


SIZE = struct.pack(">Q", WIRE_LIMIT_BYTES + 1)
ANNOUNCED: dict[str, list[tuple[bytes, bytes]]] = {
    "zmq": [
        (OWN["zmq"], b"READY"),
        (b"\x01\x00\x00\x0ecollab/1 hello", b"welcome"),
        (b"\x02" + SIZE, b""),
    ],
    "websocket": [(UPGRADE, b"\r\n\r\n"), (b"\x82\xff" + SIZE + bytes(4), b"")],
}
"""What opens a channel and what is answered; then the head of a frame."""


async def announce(stage: Stage, wire: str) -> None:
    """A frame's head says how long it is going to be."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port(wire))
    for said, answer in ANNOUNCED[wire]:
        writer.write(said)
        if answer:
            await reader.readuntil(answer)
    await gone(reader, GRACE_S)
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def large_grpc(stage: Stage) -> None:
    data, target = bytes(WIRE_LIMIT_BYTES + 1), f"127.0.0.1:{stage.port('grpc')}"
    options = [("grpc.max_send_message_length", -1)]
    async with grpc.aio.insecure_channel(target, options) as wire:
        call: grpc.aio.StreamStreamCall[bytes, bytes] = wire.stream_stream(
            "/collab.v1.Transport/Carry"
        )()
        # It may end while it is written.
        await asyncio.gather(call.write(data), return_exceptions=True)
        assert await call.code() is not grpc.StatusCode.OK


@pytest.mark.parametrize("wire", WIRES)
async def test_a_frame_over_the_limit_ends_its_connection(stage: Stage, wire: str) -> None:
    async with stage.witness(wire), asyncio.timeout(60), refusal(stage):
        await (large_grpc(stage) if wire == "grpc" else announce(stage, wire))
    stage.outcomes.add("a frame over the limit (1 MiB)", wire, "connection ended, logged")
