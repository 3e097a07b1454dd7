"""Participants that turn bad, freeze, die, or never read: they go, and it costs nobody else."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from collab_kernel.client import Session
from collab_kernel.core.commands import Chat, Edit, Request
from collab_kernel.core.events import Event
from collab_kernel.core.messages import (
    MAX_PACKET_BYTES,
    Goodbye,
    Hello,
    Ping,
    Question,
    Replied,
)
from collab_kernel.core.people import MAX_CHAT_ROWS
from collab_kernel.core.queries import DescribeType, FetchData, Query, RenderImage
from collab_kernel.errors import (
    CollabError,
    MessageTooLargeError,
    RefusedError,
    RemoteProtocolError,
)
from collab_kernel.wire.packets import client_packet
from collab_proto.v1 import wire_pb2

from .stage import SOON_S, WIRES, Peer, Stage, refusal

DEAD_WITHIN_S = 20.0
"""10 s of silence, and some for a busy machine."""

NO_COMMAND = wire_pb2.ClientPacket(
    messages=[wire_pb2.ClientMessage(command={"request": 1})]
).SerializeToString()
FORGED = RefusedError("bye\nINFO collab.audit: admitted 'Mallory'\x1b[2J")

ENDINGS: dict[str, tuple[bytes, type[CollabError]]] = {
    "random bytes of a participant": (b"\xff\xff garbage" * 100, RemoteProtocolError),
    "a second hello": (client_packet(Hello(name="Eve")), RemoteProtocolError),
    "a command of no kind": (NO_COMMAND, RemoteProtocolError),
    "a packet of 768 KiB": (bytes(3 * MAX_PACKET_BYTES), MessageTooLargeError),
    "a goodbye that forges lines of the log": (client_packet(Goodbye(FORGED)), RefusedError),
}


@pytest.mark.parametrize("wire", WIRES)
async def test_what_a_participant_must_not_say_ends_its_connection(stage: Stage, wire: str) -> None:
    since = stage.mark()
    async with stage.witness(wire):
        for sent, (packet, error) in ENDINGS.items():
            async with refusal(stage):
                eve = await (await stage.dial(wire)).join()
                await eve.send(packet, client_packet(Request(1, Chat("still here"))))
                reason = await eve.farewell()
                await eve.close()
            assert type(reason) is error, sent
            stage.outcomes.add(sent, wire, f"goodbye {reason.code}, logged")
    assert not stage.said("INFO collab.audit: admitted 'Mallory'", since)[1:]
    assert all(line.isprintable() for line in stage.server.errors.lines[since:])


@pytest.mark.parametrize("wire", WIRES)
async def test_a_replayed_request_is_dropped_without_a_word(stage: Stage, wire: str) -> None:
    async with stage.witness(wire):
        eve = await (await stage.dial(wire)).join()
        once, twice = (client_packet(Request(n, Chat(f"number {n}"))) for n in (1, 2))
        await eve.send(once + once, once, twice, once, client_packet(Request(3, Chat("end"))))
        said: list[str] = []
        while "end" not in said:
            message = await eve.message()
            assert not isinstance(message, Replied), message
            if isinstance(message, Event) and message.author == eve.participant:
                said += [c.after.text for c in message.changes if hasattr(c.after, "text")]  # type: ignore[union-attr]
        assert said == ["number 1", "number 2", "end"]
        await eve.close()
    stage.outcomes.add("a replayed request", wire, "dropped silently", 3)


@pytest.mark.parametrize("wire", WIRES)
async def test_what_a_participant_may_not_do_is_refused_however_often_it_asks(
    stage: Stage, wire: str
) -> None:
    async with stage.witness(wire):
        eve = await (await stage.dial(wire)).join()
        edits = [client_packet(Request(n, Edit(()))) for n in range(1, 501)]
        await eve.send(b"".join(edits))
        codes = {(await eve.until(Replied)).error.code for _ in edits}
        assert codes == {"refused.not_master"}
        await eve.close()
    stage.outcomes.add("a slave's edit", wire, "reply refused.not_master", len(edits))


# -- never reading ---------------------------------------------------------------------------


async def test_a_peer_that_never_reads_is_let_go_and_holds_up_nobody(stage: Stage) -> None:
    """One on each wire asks for all that is large, shows signs of life, and takes nothing, while
    the others make events: more than 64 MiB of them."""

    async def talk(sloth: Peer) -> None:
        for number in range(1, 1_000_000):
            await sloth.send(client_packet(Ping(number)) * 100)
            await asyncio.sleep(0.1)

    async def flood(ada: Session) -> None:
        text = "\N{VOLCANO}" * 8_192  # 32 KiB, as many characters as may be
        while True:
            await asyncio.gather(*(ada.chat(text) for _ in range(20)))

    since = stage.mark()
    async with stage.witness(*WIRES) as witness, AsyncExitStack() as stack:
        talking = []
        for wire in WIRES:
            sloth = await (await stage.dial(wire)).join(Hello(name=f"Sloth on {wire}"))
            stack.push_async_callback(sloth.close)
            view = witness.ada.views[0].id if witness.ada.views else 0
            asked: list[Query] = [DescribeType(("filters", "Contour"))] * 900
            asked += [RenderImage(view, 8192, 8192), FetchData(view, 0)]
            packets = [client_packet(Question(n, q)) for n, q in enumerate(asked, 1)]
            await sloth.send(b"".join(packets))
            talking.append(asyncio.create_task(talk(sloth)))
        flooding = asyncio.create_task(flood(witness.ada))
        for _ in WIRES:
            line = await stage.logs("fell too far behind", since)
            since = stage.server.errors.lines.index(line, since) + 1
            [wire] = [wire for wire in WIRES if f"over {wire}" in line]
            stage.outcomes.add("a peer that never reads", wire, "let go at 64 MiB, logged")
        for task in (flooding, *talking):
            task.cancel()
        await asyncio.gather(flooding, *talking, return_exceptions=True)
        # The chat is kept, so far: it has to be replaced before the memory can return.
        await asyncio.gather(*(witness.ada.chat("and on it goes") for _ in range(MAX_CHAT_ROWS)))


# -- dying -----------------------------------------------------------------------------------

MORTAL = """
import asyncio, sys
from collab_kernel.client import connect

async def main():
    async with await connect(sys.argv[1], sys.argv[2]):
        print("here", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@asynccontextmanager
async def mortal(url: str, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MORTAL, url, name), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), SOON_S) == b"here\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def lost(session: Session, name: str, within_s: float) -> None:
    """Return when everybody sees that the connection of `name` broke."""
    events = session.events()
    async with asyncio.timeout(within_s):
        while any(r.connected for r in session.state.participants.values() if r.name == name):
            await anext(events)


async def test_a_peer_that_dies_or_freezes_without_a_goodbye_is_lost_in_time(stage: Stage) -> None:
    """All wires at once: one is killed, one stops, one is there all the while."""

    async def dies(ada: Session, wire: str, how: str, number: int) -> None:
        name = f"{how} on {wire}"
        async with mortal(stage.urls[wire], name) as process:
            await ada.catch_up()
            os.kill(process.pid, number)
            await lost(ada, name, 5.0 if number == signal.SIGKILL else DEAD_WITHIN_S)
            await stage.logs("refused", since)
        stage.outcomes.add(f"a peer that is {how}", wire, "lost in time, logged")

    since = stage.mark()
    async with stage.witness(*WIRES) as witness:
        await asyncio.gather(
            *(dies(witness.ada, wire, "killed", signal.SIGKILL) for wire in WIRES),
            *(dies(witness.ada, wire, "stopped", signal.SIGSTOP) for wire in WIRES),
        )
    refused = stage.said("collab.audit: refused", since)
    assert len(refused) == 2 * len(WIRES), "\n".join(refused)
