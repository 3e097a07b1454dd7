"""P1, P2, P3 and P6 over ZMQ: latency, throughput, late join and creation.

    python bench/updates.py [--receivers 1 8]

The server, the sender and every receiver are processes of their own; a receiver is a whole
mirror. "raw" is a round trip of 200 bytes through a bare ROUTER and DEALER, in two processes, in
the same run.
Without a renderer. Medians.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import zmq

from collab_kernel.client import Edit, Session, Set, connect

COLLAB = Path(sys.executable).with_name("collab")
SINGLE = 500
PIPELINED = 5_000


def serve() -> tuple[subprocess.Popen[str], str]:
    command = [str(COLLAB), "serve", "--transport", "zmq://127.0.0.1:0"]
    command += ["--multi-clients", "--renderer", "none"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    url = server.stdout.readline().split(": ", 1)[1].strip()
    return server, url


def echo(pipe: Connection) -> None:
    """Send back what comes, until nothing is in it."""
    context = zmq.Context()
    router = context.socket(zmq.ROUTER)
    pipe.send(router.bind_to_random_port("tcp://127.0.0.1"))
    while len((parts := router.recv_multipart())[1]):
        router.send_multipart(parts)
    context.destroy()


def raw_round_trip_us() -> float:
    """The median of 200 bytes there and back between two processes with bare sockets."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=echo, args=(theirs,))
    process.start()
    context = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.connect(f"tcp://127.0.0.1:{ours.recv()}")
    times = []
    for _ in range(2_000):
        begin = time.perf_counter()
        dealer.send(b"x" * 200)
        dealer.recv()
        times.append((time.perf_counter() - begin) * 1e6)
    dealer.send(b"")
    process.join()
    context.destroy()
    return statistics.median(times)


def receive(url: str, pipe: Connection) -> None:
    """A receiver: says when its mirror has folded each revision that it is asked about."""

    async def run() -> None:
        session = await connect(url)
        pipe.send(session.revision)
        loop = asyncio.get_running_loop()
        while (revisions := await loop.run_in_executor(None, pipe.recv)) is not None:
            times = {}
            pipe.send("waiting")
            for revision in revisions:
                await session.reached(revision)
                times[revision] = time.perf_counter()
            pipe.send(times)
        await session.close()

    asyncio.run(run())


async def ask(pipes: list[Connection], revisions: list[int]) -> None:
    """Let every receiver wait for these revisions."""
    for pipe in pipes:
        pipe.send(revisions)
    for pipe in pipes:
        await asyncio.to_thread(pipe.recv)


async def told(pipes: list[Connection]) -> list[dict[int, float]]:
    return [await asyncio.to_thread(pipe.recv) for pipe in pipes]


async def measure(url: str, receivers: int) -> None:
    context = multiprocessing.get_context("spawn")
    sender = await connect(url, name="sender")
    sphere = await sender.create("sources", "SphereSource")
    pairs = [context.Pipe() for _ in range(receivers)]
    processes = [
        context.Process(target=receive, args=(url, theirs), daemon=True) for _, theirs in pairs
    ]
    pipes = [ours for ours, _ in pairs]
    for process in processes:
        process.start()
    for pipe in pipes:
        await asyncio.to_thread(pipe.recv)
    await sender.chat("everybody is here")

    first = sender.revision
    await ask(pipes, list(range(first + 1, first + SINGLE + 1)))
    sent = {}
    for step in range(SINGLE):
        sent[first + 1 + step] = time.perf_counter()
        await sphere.set(Radius=1.0 + step)
    seen = await told(pipes)
    last = [max(times[r] for times in seen) - sent[r] for r in sent]
    p95 = statistics.quantiles(last, n=20)[-1]

    first = sender.revision
    await ask(pipes, [first + PIPELINED])
    begin = time.perf_counter()
    edits = [change(sender, sphere.id, float(step)) for step in range(PIPELINED)]
    await asyncio.gather(*edits)
    seen = await told(pipes)
    took_s = max(times[first + PIPELINED] for times in seen) - begin
    print(
        f"{receivers:>9}  {statistics.median(last) * 1e6:>10.0f}  {p95 * 1e6:>8.0f}  "
        f"{PIPELINED / took_s:>10.0f}  {PIPELINED * receivers / took_s:>12.0f}"
    )
    for pipe in pipes:
        pipe.send(None)
    for process in processes:
        process.join(10)
    await sender.close()


def change(session: Session, sphere: int, radius: float) -> asyncio.Future[int]:
    return session.begin(Edit((Set(sphere, session.values({"Radius": radius})),)))


async def joins(url: str) -> None:
    """P6 and P3: create a thousand proxies one by one, then join."""
    async with await connect(url) as session:
        for count in (10, 990):
            begin = time.perf_counter()
            for _ in range(count):
                await session.create("sources", "ConeSource")
            created_s = time.perf_counter() - begin
            times = []
            for _ in range(5):
                begin = time.perf_counter()
                async with await connect(url):
                    times.append(time.perf_counter() - begin)
            proxies = len(session.state.proxies)
            print(
                f"{count} proxies created, each acknowledged: {created_s:.3f} s; "
                f"late join at {proxies} proxies: {statistics.median(times) * 1e3:.1f} ms"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--receivers", type=int, nargs="+", default=[1, 8])
    raw = raw_round_trip_us()
    print(f"raw ROUTER/DEALER round trip, 200 bytes: {raw:.0f} µs")
    print("receivers  to last µs    p95 µs  updates/s  deliveries/s")
    for receivers in parser.parse_args().receivers:
        server, url = serve()
        try:
            asyncio.run(measure(url, receivers))
        finally:
            server.terminate()
            server.wait(10)
    server, url = serve()
    try:
        asyncio.run(joins(url))
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    main()
