"""What lasting costs: commands a second with and without a store, and opening by length of history.

    python bench/store.py [--commands 2000] [--events 1000 100000 1000000]

Commands are changes of one property over the memory transport, in one process: one after the other
(each waits for its acknowledgement), and with 64 under way, where several share one write. The
stores take turns, and ratios are of medians in one run.

Opening is everything until a session can be joined, of a file with that many events, with the
snapshots that a server would have made. Then the disk: what a commit of 200 bytes takes SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from collab_kernel.client import Edit, Session, Set, connect
from collab_kernel.core.events import Event, EventKind, SetValue
from collab_kernel.core.evolve import evolve
from collab_kernel.core.state import State
from collab_kernel.core.values import Kind, Value
from collab_kernel.host.journal import Journal
from collab_kernel.host.snapshots import EVERY_EVENTS, kept_of
from collab_kernel.plugins import load
from collab_kernel.server import MemoryStore, Server
from collab_kernel.spi import Store
from collab_kernel.testing.catalogue import definitions
from collab_kernel.wire.rows import encode_event
from collab_kernel.wire.stored import encode_snapshot

ROUNDS = 5
UNDER_WAY = 64


def sqlite(location: str) -> Store:
    return load().store("sqlite").create(location)


async def commands_per_s(store: Store | None, count: int) -> tuple[float, float]:
    """One after the other, and with many under way."""
    async with (
        Server(["memory://bench:0"], renderer=None, catalogue=definitions(), store=store) as server,
        await connect(server.addresses[0], "Ada") as session,
    ):
        sphere = (await session.create("sources", "SphereSource")).id
        begin = time.perf_counter()
        for number in range(count // 4):
            await session.begin(change(session, sphere, number))
        alone = count // 4 / (time.perf_counter() - begin)
        begin = time.perf_counter()
        for start in range(0, count, UNDER_WAY):
            numbers = range(start, start + UNDER_WAY)
            await asyncio.gather(*(session.begin(change(session, sphere, n)) for n in numbers))
        return alone, count / (time.perf_counter() - begin)


def change(session: Session, sphere: int, number: int) -> Edit:
    return Edit((Set(sphere, session.values({"Radius": 1.0 + number})),))


def measure_commands(count: int, folder: Path) -> None:
    names = ("no store", "memory", "sqlite normal", "sqlite full")
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for turn in range(ROUNDS):
        makes: dict[str, Callable[[], Store | None]] = {
            "no store": lambda: None,
            "memory": MemoryStore,
            "sqlite normal": lambda turn=turn: sqlite(f"{folder}/n{turn}"),  # type: ignore[misc]
            "sqlite full": lambda turn=turn: sqlite(f"{folder}/f{turn}?sync=full"),  # type: ignore[misc]
        }
        for name, make in makes.items():
            store = make()
            found[name].append(asyncio.run(commands_per_s(store, count)))
            if store is not None:
                store.close()
    print(
        f"{'commands a second':<20} {'one by one':>12} {'ratio':>6} {'64 at once':>12} {'ratio':>6}"
    )
    first = [statistics.median(times) for times in zip(*found["no store"], strict=True)]
    for name, rates in found.items():
        alone, many = (statistics.median(times) for times in zip(*rates, strict=True))
        line = f"{name:<20} {alone:>12.0f} {alone / first[0]:>6.2f}"
        print(f"{line} {many:>12.0f} {many / first[1]:>6.2f}")


def write_history(path: Path, events: int) -> None:
    """A session with that many changes of 200 values, as a server would have left it."""
    store = sqlite(f"{path}?sync=off")
    epoch = store.open("main")
    state, batch = State(), []
    for revision in range(1, events + 1):
        place = (revision % 200, "Radius")
        value = Value(Kind.DOUBLE, (float(revision),))
        changed = SetValue(*place, state.value(*place), value)
        event = Event(revision, 1, revision, EventKind.SYSTEM, "Set", 0, 0.0, (changed,))
        state = evolve(state, event)
        batch.append(encode_event(event))
        if revision % EVERY_EVENTS == 0 or revision == events:
            store.append("main", epoch, revision - len(batch) + 1, batch)
            batch = []
        if revision % EVERY_EVENTS == 0 and revision < events:
            store.save_snapshot("main", epoch, revision, encode_snapshot(state))
            there = store.snapshots("main")
            store.forget("main", epoch, 0, set(there) - kept_of(there, 0))
    store.close()


async def opening_s(path: Path) -> float:
    begin = time.perf_counter()
    store = sqlite(str(path))
    await Journal("main", store).open()
    took = time.perf_counter() - begin
    store.close()
    return took


def measure_opening(lengths: list[int], folder: Path) -> None:
    print(f"{'events':<20} {'opening ms':>12} {'ratio':>6} {'file MB':>12}")
    first = None
    for length in lengths:
        path = folder / f"history-{length}"
        write_history(path, length)
        took = statistics.median(asyncio.run(opening_s(path)) for _ in range(ROUNDS))
        first = first or took
        size = path.stat().st_size / 1e6
        print(f"{length:<20} {took * 1e3:>12.1f} {took / first:>6.2f} {size:>12.1f}")


def measure_disk(folder: Path) -> None:
    print(f"{'a commit of 200 B':<20} {'median µs':>12}")
    for sync in ("off", "normal", "full"):
        store = sqlite(f"{folder}/commit-{sync}?sync={sync}")
        epoch = store.open("main")
        times = []
        for number in range(1, 501):
            begin = time.perf_counter()
            store.append("main", epoch, number, [bytes(200)])
            times.append((time.perf_counter() - begin) * 1e6)
        store.close()
        print(f"{sync:<20} {statistics.median(times):>12.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=2_000)
    parser.add_argument("--events", type=int, nargs="*", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, help="On the disk to measure; default: a new one.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="collab-bench-", dir=chosen.folder) as name:
        measure_commands(chosen.commands, Path(name))
        measure_disk(Path(name))
        measure_opening(chosen.events, Path(name))


if __name__ == "__main__":
    main()
