"""P4 and P5: what one change costs the server, in sessions of different sizes.

    python bench/step.py [--sizes 10 1000 100000]

One step is decide, evolve, react and encode for one property; medians over many, in
microseconds. Without a renderer, a wire, or another process.
"""

from __future__ import annotations

import argparse
import statistics
import time

from collab_kernel.core.commands import Create, Edit, Request, Set
from collab_kernel.core.decide import Rules
from collab_kernel.core.effects import Persist
from collab_kernel.core.session import Limits, Session
from collab_kernel.core.stimuli import Ask, Begin, Join
from collab_kernel.core.values import COUNTER_BITS, Kind, Value
from collab_kernel.plugins import load
from collab_kernel.testing.catalogue import definitions
from collab_kernel.wire.rows import encode_event

STEPS = 3_000
ME = 1


def session_of(proxies: int) -> tuple[Session, int]:
    """A session with that many spheres, and the number of the last request."""
    policy = load().policy("master-slave").create()
    session = Session(Rules(policy, definitions()), Limits(seats=2))
    session.step(Begin("main"))
    session.step(Join(1, "Ada"))
    for number in range(1, proxies + 1):
        create = Create((ME << COUNTER_BITS) + number, "sources", "SphereSource")
        session.step(Ask(ME, Request(number, Edit((create,)))))
    assert len(session.state.proxies) == proxies
    return session, proxies


def steps_us(session: Session, number: int) -> list[float]:
    """The time of each of STEPS changes of one property."""
    sphere = (ME << COUNTER_BITS) + 1
    times = []
    for step in range(STEPS):
        value = Value(Kind.DOUBLE, (1.0 + step,))
        ask = Ask(ME, Request(number + step + 1, Edit((Set(sphere, (("Radius", value),)),))))
        begin = time.perf_counter()
        effects = session.step(ask)
        encoded = [encode_event(e.event) for e in effects if isinstance(e, Persist)]
        times.append((time.perf_counter() - begin) * 1e6)
        assert len(encoded) == 1
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 1_000, 100_000])
    first = None
    print(f"{'proxies':>10}  {'median µs':>10}  {'p95 µs':>8}  {'to the first':>12}")
    for size in parser.parse_args().sizes:
        times = steps_us(*session_of(size))
        median = statistics.median(times)
        first = first or median
        p95 = statistics.quantiles(times, n=20)[-1]
        print(f"{size:>10}  {median:>10.1f}  {p95:>8.1f}  {median / first:>12.2f}")


if __name__ == "__main__":
    main()
