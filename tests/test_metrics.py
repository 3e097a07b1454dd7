"""A server shows what it counts, to Prometheus and to a plugin as its page explains it."""

import asyncio
import http.client
import json
import re
import socket
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from collab_kernel.client import connect
from collab_kernel.plugins import load
from collab_kernel.server import Server

PAGE = Path(__file__).resolve().parent.parent / "docs/plugins/metrics.md"
SOON_S = 20.0


def get(address: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(address, timeout=SOON_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


async def test_a_server_shows_its_metrics_and_its_health(serve: Callable[..., Any]) -> None:
    server = serve("--renderer", "none", "--metrics", "127.0.0.1:0")
    line = server.wait_for("Metrics: ")
    address = re.fullmatch(r"Metrics: (\S+:\d+)/metrics, /healthz", line)[1]  # type: ignore[index]
    async with await connect(server.url, "Ada") as ada:
        await ada.chat("hello")
        status, text = await asyncio.to_thread(get, address, "/metrics")
        assert status == 200
        assert 'collab_commands_total{outcome="accepted",session="main"} 1.0' in text
        assert 'collab_participants{session="main"} 1.0' in text
        status, text = await asyncio.to_thread(get, address, "/healthz")
        assert (status, json.loads(text)["status"]) == (200, "ok")


async def test_the_plugin_of_the_page_pushes_what_is_counted() -> None:
    [program] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    plugin = ModuleType("statsd_of_the_page")
    exec(compile(program, str(PAGE), "exec"), plugin.__dict__)
    collector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    collector.bind(("127.0.0.1", 0))
    collector.settimeout(SOON_S)
    try:
        metrics = f"statsd://127.0.0.1:{collector.getsockname()[1]}"
        plugins = load(extra=[plugin])
        async with Server(["memory://statsd:0"], renderer=None, plugins=plugins, metrics=metrics):
            seen = set()
            while "collab_well:1|g" not in seen:
                seen.add((await asyncio.to_thread(collector.recv, 2000)).decode())
    finally:
        collector.close()
    assert "collab_participants.main:0|g" in seen
