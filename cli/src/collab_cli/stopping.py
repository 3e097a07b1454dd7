"""How `collab serve` ends: everybody is told why, and nobody can hold it up for long."""

from __future__ import annotations

import asyncio
import signal

import click

from collab_kernel.server import Farewell, Server

SIGNALS = (signal.SIGINT, signal.SIGTERM)

STOP_WITHIN_S = 30
"""After that the system ends the process (SIGALRM)."""

RESTARTS = "the server restarts"


def farewell(text: str, back_in_s: float) -> Farewell:
    """What `--stop-text` and `--back-in` say; "" and 0 where they were not given."""
    default = Farewell()
    return Farewell(text or (RESTARTS if back_in_s else default.text), back_in_s)


def stop_on_signals(server: Server, words: Farewell) -> None:
    """Let the first SIGINT or SIGTERM cancel the task that calls this, and the server, when it ends
    with it, say these words. The second signal ends the process at once."""
    serving = asyncio.current_task()
    assert serving is not None
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        signal.alarm(STOP_WITHIN_S)
        server.farewell = words
        click.echo("Stopping. The same again ends it at once.")
        serving.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
