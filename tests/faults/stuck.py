"""What each side waits for, where a test has waited in vain: for whoever looks into it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from collab_kernel.client import Session, look_on
from collab_kernel.core.state import Table

ANSWERS_WITHIN_S = 10.0


async def described(people: Iterable[Session], urls: Sequence[str]) -> list[str]:
    """Lines about each client, and about the server as it says itself over each of its wires."""
    lines = [line for one in people for line in _client(one)]
    for url in urls:
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S), await look_on(url) as onlooker:
                status = await onlooker.server_status()
                lines.append(f"the server over {url}: {status.health}, {status.sessions}")
                lines += _participants(onlooker)
        except Exception as error:  # whatever it is, it is what there is to say
            lines.append(f"the server over {url}: {error!r}")
    return lines


def _client(session: Session) -> Iterator[str]:
    connection = session._connection
    asked = {n: done.done() for n, (done, _) in connection._requests.items()}
    state = f"connected {session.connected}, lost {session.lost!r}, at {session.revision}"
    yield f"client {session.id} over {session.url}: {state}, dials {connection._dialling}"
    yield f"  requests without an answer (and whether they are done with): {asked}"
    link, now_s = connection._link, asyncio.get_running_loop().time()
    heard_s, box = now_s - link._liveness.heard_s, link.outbox
    waits = f"{box.waiting_bytes} bytes wait, {len(box._in_flight)} packets are under way"
    yield f"  its link: heard of {heard_s:.1f} s ago; {waits}; {link.channel!r}"
    if connection._task is not None:
        yield f"  it waits at {waits_at(connection._task)}"


def _participants(onlooker: Session) -> Iterator[str]:
    requests = onlooker.state.table(Table.REQUESTS)
    for id, row in sorted(onlooker.state.participants.items()):
        yield f"  participant {id}: connected {row.connected}, request {requests.get(id)} was last"


def waits_at(task: asyncio.Task[Any]) -> str:
    """The functions that a task is in, the outermost first, with their lines."""
    found, inner = [], task.get_coro()
    while (frame := getattr(inner, "cr_frame", None)) is not None:
        found.append(f"{frame.f_code.co_name}:{frame.f_lineno}")
        inner = inner.cr_await  # type: ignore[union-attr]  # what has a cr_frame has this
    return " > ".join(found) or "nothing: it has ended"
