"""`collab status`: how a server is, for people, or as JSON."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from collab_cli.seat import DEFAULT_URL, ask, joining
from collab_cli.tables import print_table, printable, size
from collab_kernel.client import LookingBack, Metric, SessionStatus, Status

OUTCOMES = {"nothing": "that changed nothing"}
"""How people call what became of a command; refusals have their own codes."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="All that the server counts, as JSON.")
@joining
def status(url: str | None, as_json: bool, **options: Any) -> None:
    """Say how a server is, and what it has done.

    URL is scheme://host:port, host:port or host (default: localhost). Of the sessions those are
    shown that one may join: all, unless the token is for one.
    """
    found, name, past = asyncio.run(_status(url or DEFAULT_URL, options))
    if as_json:
        click.echo(json.dumps(_plain(found), indent=2, ensure_ascii=False))
    else:
        _print(found)
        if past is not None:
            click.echo(f"\n{printable(name)} is looked back at: {_past(past)}, to look at only.")


async def _status(url: str, options: dict[str, Any]) -> tuple[Status, str, LookingBack | None]:
    """How the server is, the session that was asked, and what of the past it shows."""
    async with await ask(url, options, "status") as session:
        return await session.server_status(), session.name, session.looking_back


def _past(past: LookingBack) -> str:
    if past.until:
        return f"it happens once more up to revision {past.until}"
    who = f" ({printable(past.author)})" if past.author else ""
    return f"it is as it was at revision {past.revision}{who}"


def _plain(found: Status) -> dict[str, Any]:
    """As JSON has it: no infinite numbers."""
    plain = asdict(found)
    plain["ok"] = found.health.ok
    plain["troubles"] = list(plain.pop("health")["troubles"])
    for metric in plain["metrics"]:
        for sample in metric["samples"]:
            sample["labels"] = dict(sample["labels"])
            sample["buckets"] = [
                {"most": "inf" if math.isinf(bound) else bound, "count": count}
                for bound, count in sample["buckets"]
            ]
    return plain


def _print(found: Status) -> None:
    health = "all is well" if found.health.ok else "NOT WELL"
    click.echo(f"{printable(found.server)}, up for {_duration(found.uptime_s)}: {health}")
    for trouble in found.health.troubles:
        click.echo(f"  ! {printable(trouble)}")
    click.echo()
    print_table(
        ("SESSION", "PEOPLE", "REVISION", "PROXIES", "RENDERER", "STORE", "WAITING"),
        map(_row, found.sessions),
    )
    lasts = any(session.store for session in found.sessions)
    counted = list(_counted({metric.name: metric for metric in found.metrics}, lasts))
    if counted:
        click.echo()
        width = max(len(name) for name, _ in counted)
        for name, text in counted:
            click.echo(f"{name.ljust(width)}  {printable(text)}")


def _row(session: SessionStatus) -> tuple[str, ...]:
    away = session.participants - session.connected
    restarts = f", started again {session.renderer_restarts} ×" if session.renderer_restarts else ""
    store = "none" if not session.store else "TROUBLE" if session.store_trouble else "well"
    return (
        session.name,
        f"{session.connected}" + (f" (and {away} away)" if away else ""),
        f"{session.revision}",
        f"{session.proxies}",
        f"{session.renderer}{restarts}",
        store,
        f"{session.waiting}",
    )


def _counted(metrics: dict[str, Metric], lasts: bool) -> Iterator[tuple[str, str]]:
    """What was done since the start, of all sessions together. lasts: there is a store."""
    shown = ("store", "renderer") if lasts else ("renderer",)
    commands = _sums(metrics, "collab_commands_total", "outcome")
    if commands:
        most = sorted(commands.items(), key=lambda pair: -pair[1])
        yield "commands", ", ".join(f"{n:.0f} {OUTCOMES.get(name, name)}" for name, n in most)
    for way in ("received", "sent"):
        found = _sums(metrics, f"collab_{way}_bytes_total", "transport")
        if found:
            yield way, ", ".join(f"{size(int(n))} over {t}" for t, n in sorted(found.items()))
    for what, times, name in (
        ("store", "writes", "collab_store_append_seconds"),
        ("renderer", "answers", "collab_renderer_answer_seconds"),
    ):
        count, total_s = _mean(metrics.get(name))
        if count and what in shown:
            yield what, f"{count} {times}, {1000 * total_s / count:.2f} ms each"
    refused = _sums(metrics, "collab_turned_away_total", "code")
    if refused:
        yield "turned away", ", ".join(f"{n:.0f} {code}" for code, n in sorted(refused.items()))


def _sums(metrics: dict[str, Metric], name: str, label: str) -> dict[str, float]:
    """The values of a metric, added up by one of its labels."""
    sums: dict[str, float] = {}
    for sample in metrics[name].samples if name in metrics else ():
        value = dict(sample.labels).get(label, "")
        sums[value] = sums.get(value, 0.0) + sample.value
    return sums


def _mean(metric: Metric | None) -> tuple[int, float]:
    """How often something was observed, and the sum of it."""
    samples = metric.samples if metric is not None else ()
    return sum(s.buckets[-1][1] for s in samples if s.buckets), sum(s.value for s in samples)


def _duration(duration_s: float) -> str:
    """As people say it: 45 s, 12 min, 3 h 5 min, 4 d 2 h."""
    minutes, hours = int(duration_s // 60), int(duration_s // 3600)
    if not minutes:
        return f"{duration_s:.0f} s"
    if not hours:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h {minutes % 60} min"
    return f"{hours // 24} d {hours % 24} h"
