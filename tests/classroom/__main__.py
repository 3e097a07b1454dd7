"""`python3 dev.py classroom`: hold a class, print what was measured, and say whether it is met."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import sys
import tempfile
from pathlib import Path

from . import lesson
from .room import Room, held

LATER = 2.0
"""So many times as long as in a class of one a picture may take in a large one."""

NEXT_TO_NOTHING = 0.03
"""Of a core, server and renderer together: what is left for everybody else is a machine."""


class Report:
    """Prints each figure as it comes, and whether it is met."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def say(self, what: str, figure: str, load: float, holds: bool | None = None) -> None:
        """holds: None: there is nothing to hold it against."""
        verdict = "" if holds is None else "  holds" if holds else "  MISSED"
        print(f"{what:<58}{figure:>26}   load {load:4.1f}{verdict}", flush=True)
        if holds is False:
            self.missed.append(what)


def ms(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms"


async def hold(room: Room, changes: int, seed: int, report: Report) -> None:
    """Every part, once."""
    await room.let_in_teacher()
    one = await lesson.alone(room, changes)
    base_s = one.median(lambda c: c.teacher_s)
    report.say("alone: change -> picture, teacher", ms(base_s), one.load)
    full = ms(one.median(lambda c: c.teacher_full_s))
    report.say("alone: change -> picture in full", full, one.load)
    held_up = await lesson.held_up_alone(room)
    per_s = f"{held_up.pictures_per_s:.1f} pictures/s"
    report.say("alone: a key is held, teacher", per_s, held_up.load)

    await room.let_in_class()
    await _compare(room, changes, one, held_up, report)

    used = await lesson.at_rest(room)
    _used("nobody changes anything", used, report)
    looked = await lesson.look_around(room)
    answers = looked.answers
    drawn = answers.pop("RenderImage", 0)
    report.say(
        "all draw by themselves: a change is extracted",
        "once" if answers == lesson.ONE_EXTRACTION else f"{dict(answers)}",
        looked.used.load,
        answers == lesson.ONE_EXTRACTION,
    )
    report.say("... and drawn for whom it took too long", f"{drawn} times", looked.used.load)
    rate = looked.cameras / looked.used.over_s
    report.say("all look around: cameras", f"{rate:.0f} /s", looked.used.load)
    report.say("all look around: server", f"{looked.used.server:.1%} of a core", looked.used.load)
    renderer = looked.used.renderer
    report.say(
        "all look around: renderer",
        f"{renderer:.1%} of a core",
        looked.used.load,
        renderer <= NEXT_TO_NOTHING,
    )
    _used("all draw by themselves, and rest", await lesson.at_rest(room), report)

    await lesson.look_together(room)
    queue = await lesson.queue_up(room, seed)
    asked = f"{len(queue.order)} asked, {queue.granted} granted"
    report.say("the queue is the same for all", asked, lesson.load(), True)
    await lesson.keep_quiet(room)
    report.say("muted, the teacher alone is heard", "and all again later", lesson.load(), True)
    await lesson.agree(room)
    report.say("everybody has the same in the end", "one digest", lesson.load(), True)


async def _compare(
    room: Room, changes: int, one: lesson.Changes, held_up: lesson.HeldUp, report: Report
) -> None:
    many = await lesson.together(room, changes)
    base_s, now_s = (each.median(lambda c: c.teacher_s) for each in (one, many))
    people = room.others + 2
    report.say(
        f"{people} there: change -> picture, teacher",
        f"{ms(now_s)}  {now_s / base_s:.2f} x",
        many.load,
        now_s <= LATER * base_s,
    )
    full_s = many.median(lambda c: c.teacher_full_s)
    report.say(f"{people} there: change -> picture in full", ms(full_s), many.load)
    student_s = many.median(lambda c: c.student_s)
    report.say(f"{people} there: change -> picture, student", ms(student_s), many.load)
    middle_s = many.median(lambda c: sorted(c.onlookers)[len(c.onlookers) // 2])
    report.say(f"{people} there: the middle one of those who look on", ms(middle_s), many.load)
    last_s = many.median(lambda c: max(c.onlookers))
    report.say(f"{people} there: the last one of those who look on", ms(last_s), many.load)
    now = await lesson.held_up_together(room)
    slower = held_up.pictures_per_s / now.pictures_per_s
    report.say(
        f"{people} there: a key is held, teacher",
        f"{now.pictures_per_s:.1f} pictures/s  1/{slower:.2f}",
        now.load,
        slower <= LATER,
    )
    share = f"{now.theirs:.0%} of all"
    report.say(f"{people} there: pictures drawn for the teacher meanwhile", share, now.load)


def _used(when: str, used: lesson.Used, report: Report) -> None:
    both = used.server + used.renderer
    figure = f"{used.server:.1%} + {used.renderer:.1%} of a core"
    report.say(f"{when}: server + renderer", figure, used.load, both <= NEXT_TO_NOTHING)


async def perform(others: int, changes: int, seed: int, report: Report) -> None:
    """Ended from outside, everything that was started is ended too."""
    performing = asyncio.current_task()
    assert performing is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, performing.cancel)
    with tempfile.TemporaryDirectory() as folder:
        async with held(Path(folder), others) as room:
            await hold(room, changes, seed, report)


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py classroom", description=__doc__)
    parser.add_argument(
        "--viewers", type=int, default=29, help="Who look on beside the two pages (default: 29)."
    )
    parser.add_argument(
        "--changes", type=int, default=25, help="Of which the median is told (default: 25)."
    )
    parser.add_argument("--seed", type=int, help="In which order they ask (default: a new one).")
    options = parser.parse_args()
    if options.viewers < 2:
        parser.error("two at least have to look on")
    seed = secrets.randbelow(1 << 32) if options.seed is None else options.seed
    report = Report()
    asyncio.run(perform(options.viewers, options.changes, seed, report))
    again = f"--viewers {options.viewers} --changes {options.changes} --seed {seed}"
    print(f"To repeat: python3 dev.py classroom {again}")
    if report.missed:
        print("Missed: " + "; ".join(report.missed), file=sys.stderr)
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
