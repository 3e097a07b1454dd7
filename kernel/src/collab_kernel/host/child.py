"""The renderer's child process: started, and ended, as the operating system has it."""

from __future__ import annotations

import asyncio
import sys

from collab_kernel.host.roots import Allowance

STOP_WITHIN_S = 2.0


async def spawn(factory: str, allowance: Allowance) -> asyncio.subprocess.Process:
    """Start one that speaks over its standard input and output. Raises OSError.

    factory: "module:callable" of the plugin.  allowance: what it may do.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # whatever lies in the working directory is data, not code
        "-m",
        "collab_kernel.host.renderer_child",
        factory,
        allowance.text(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def reap(process: asyncio.subprocess.Process) -> None:
    """End it, the hard way if it does not end with its pipe."""
    if process.returncode is None:
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
