"""Servers as processes of their own, for what runs outside a test runner too."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

COLLAB = Path(sys.executable).with_name("collab")
ANNOUNCED = "Accepting connection(s): "
READY = "Ctrl-C ends it."
START_WITHIN_S = 120.0
STOP_WITHIN_S = 30.0


@dataclass
class Serving:
    """A `collab serve`. urls: as announced, in order.  errors: what stood on stderr so far."""

    process: asyncio.subprocess.Process
    urls: tuple[str, ...] = ()
    errors: list[str] = field(default_factory=list)

    @property
    def renderers(self) -> list[int]:
        """The process ids of its children: renderers, if they run."""
        pid = self.process.pid
        with suppress(FileNotFoundError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
            return [int(child) for child in children.split()]
        return []


@asynccontextmanager
async def serving(*arguments: str, transports: Sequence[str] = ("zmq",)) -> AsyncIterator[Serving]:
    """A server on loopback that is ready; it must end cleanly when it is told to.

    transports: each at a port of its own.
    """
    places = [o for t in transports for o in ("--transport", f"{t}://127.0.0.1:0")]
    process = await asyncio.create_subprocess_exec(
        str(COLLAB),
        *("serve", "--multi-clients", *places, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    server = Serving(process)
    reading = asyncio.create_task(gather_lines(process.stderr, server.errors))
    try:
        async with asyncio.timeout(START_WITHIN_S):
            server.urls = await announced(server)
        yield server
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(STOP_WITHIN_S):
            code = await process.wait()
        await reading
        said = "\n".join(server.errors)
        assert code == 0, f"a server ended with exit code {code}: {said}"
        assert "Traceback" not in said, said
    except BaseException as error:
        error.add_note("a server said: " + ("\n".join(server.errors[-20:]) or "nothing"))
        raise
    finally:
        await ended(process)
        await reading


async def announced(server: Serving) -> tuple[str, ...]:
    """The addresses of a server, once it is ready."""
    urls = []
    assert server.process.stdout is not None
    async for raw in server.process.stdout:
        line = raw.decode().rstrip("\n")
        if line.startswith(ANNOUNCED):
            urls.append(line.removeprefix(ANNOUNCED))
        if READY in line:
            return tuple(urls)
    await server.process.wait()
    raise AssertionError("the server ended before it was ready: " + "\n".join(server.errors))


async def gather_lines(stream: asyncio.StreamReader | None, lines: list[str]) -> None:
    """Keep what a process says, to its end: its pipe never fills."""
    assert stream is not None
    async for raw in stream:
        lines.append(raw.decode(errors="replace").rstrip("\n"))


async def ended(process: asyncio.subprocess.Process) -> None:
    """Kill a process if it still runs."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
