"""Who starts the servers and the crowd, disturbs them, and now and then lets them compare."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tests.faults.line import Line

from collab_kernel.client import connect
from collab_kernel.core.state import Role
from collab_kernel.server import TokenFile

from .processes import Serving, ended, serving
from .score import Score
from .seats import FIRST, SEATS, SECOND, TRANSPORTS, Member, Seat
from .witness import Witness

ROOT = Path(__file__).resolve().parents[2]
LINE_BYTES = 1 << 20

JOIN_WITHIN_S = 120.0
"""A door may be locked for a while by somebody who is lost."""
REST_WITHIN_S = 60.0
AGREE_WITHIN_S = 120.0
LEAVE_WITHIN_S = 30.0

SWALLOW_S = (0.2, 1.0)

Disturbance = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Plan:
    """For how long, from which seed, and how often everybody rests. pause_s: between
    disturbances.  freeze_s: how long one lasts, at least and at most; beyond 10 s a peer is taken
    for dead.  renderers: of the servers.
    """

    seed: int
    duration_s: float
    checkpoint_every_s: float
    pause_s: tuple[float, float] = (0.3, 2.0)
    freeze_s: tuple[float, float] = (0.5, 14.0)
    renderers: tuple[str, str] = ("none", "vtk")


class Conductor:
    """servers, witnesses: by number.  cables: by a member's name and a server's number."""

    def __init__(
        self,
        plan: Plan,
        servers: list[Serving],
        witnesses: list[Witness],
        cables: dict[tuple[str, int], Line],
        stack: AsyncExitStack,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self.score = Score()
        self._plan = plan
        self._random = Random(plan.seed)
        self._servers = servers
        self._witnesses = witnesses
        self._cables = cables
        self._stack = stack
        self._tasks = tasks
        self._members: dict[str, Member] = {}
        self._lives: Counter[str] = Counter()
        self._going_on: set[asyncio.Task[None]] = set()

    # -- members ---------------------------------------------------------------------------

    async def gather(self) -> None:
        """Let everybody in, in order: whoever comes first steers."""
        for seat in SEATS:
            await self._start(seat)
        for witness in self._witnesses:
            await witness.caught_up()
        masters = [w.state.name_of(w.state.master) for w in self._witnesses]
        assert masters == ["Ada", "Gus"], "one client steers on one server and not on the other"
        self._everybody(do="work")

    async def _start(self, seat: Seat) -> Member:
        self._lives[seat.name] += 1
        places = [f"{server}={self._url(seat, server)}" for server in seat.places]
        life = f"{self._plan.seed} {seat.name} {self._lives[seat.name]}"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.crowd.member", "--name", seat.name, "--seed", life, *places),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_BYTES,
            cwd=ROOT,  # where -m finds it
        )
        self._stack.push_async_callback(ended, process)
        member = self._members[seat.name] = Member(seat, process, self.score, self._tasks)
        for _ in seat.places:
            await member.hear("joined", JOIN_WITHIN_S)
        member.disturbed = False
        return member

    def _url(self, seat: Seat, server: int) -> str:
        transport, _ = seat.places[server]
        [url] = [u for u in self._servers[server].urls if u.startswith(f"{transport}:")]
        cable = self._cables.get((seat.name, server))
        return f"{transport}://127.0.0.1:{cable.port}" if cable else url

    def _everybody(self, **order: Any) -> None:
        for member in self._members.values():
            member.tell(**order)

    # -- disturbances ----------------------------------------------------------------------

    async def perform(self) -> None:
        """Disturb and compare, until the time is over."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._plan.duration_s
        compare_s = loop.time() + self._plan.checkpoint_every_s
        while (now_s := loop.time()) < until_s:
            if now_s >= compare_s:
                await self.compare()
                self._everybody(do="work")
                compare_s = loop.time() + self._plan.checkpoint_every_s
            await asyncio.sleep(self._random.uniform(*self._plan.pause_s))
            task = self._tasks.create_task(self._disturb()())
            self._going_on.add(task)
            task.add_done_callback(self._going_on.discard)
        await self.compare()

    def _disturb(self) -> Disturbance:
        """What to do next."""
        renders = any(name != "none" for name in self._plan.renderers)
        weights: dict[Disturbance, int] = {
            self._hand_over: 6,
            self._cut: 3,
            self._swallow: 5,
            self._kill: 3,
            self._stop: 2,
            self._hold: 2,
            self._kill_renderer: 2 if renders else 0,
        }
        return self._random.choices(list(weights), list(weights.values()))[0]

    async def _hand_over(self) -> None:
        """Let the master of a session promote somebody."""
        server = self._random.choice((FIRST, SECOND))
        state = self._witnesses[server].state
        others = [
            id
            for id in state.present
            if id != state.master and state.participant(id).role is not Role.VIEWER
        ]
        for member in self._members.values():
            if others and member.ids.get(server) == state.master:
                member.tell(do="hand over", place=server, to=self._random.choice(others))

    async def _cut(self) -> None:
        self._random.choice(list(self._cables.values())).cut()
        self.score.counts["connections cut"] += 1

    async def _swallow(self) -> None:
        """Cut a connection on which things were asked and decided, and not answered."""
        cable = self._random.choice(list(self._cables.values()))
        cable.hold_answers()
        try:
            await asyncio.sleep(self._random.uniform(*SWALLOW_S))
            cable.cut()
        finally:
            cable.release()
        self.score.counts["answers swallowed"] += 1

    async def _hold(self) -> None:
        """Let a connection go silent."""
        cable = self._random.choice(list(self._cables.values()))
        cable.hold()
        try:
            await asyncio.sleep(self._random.uniform(*self._plan.freeze_s))
        finally:
            cable.release()
        self.score.counts["connections held"] += 1

    def _somebody(self) -> Member | None:
        """A member to which nothing is done now."""
        calm = [m for m in self._members.values() if not m.disturbed]
        return self._random.choice(calm) if calm else None

    async def _kill(self) -> None:
        """Kill a client, and start it anew."""
        member = self._somebody()
        if member is None:
            return
        member.disturbed = True
        member.may_end = True
        member.process.send_signal(signal.SIGKILL)
        await member.gone()
        self.score.counts["clients killed"] += 1
        (await self._start(member.seat)).tell(do="work")

    async def _stop(self) -> None:
        """Let a client stand still for a while."""
        member = self._somebody()
        if member is None:
            return
        member.disturbed = True
        member.process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(self._random.uniform(*self._plan.freeze_s))
        finally:
            member.process.send_signal(signal.SIGCONT)
        member.disturbed = False
        self.score.counts["clients stopped"] += 1

    async def _kill_renderer(self) -> None:
        for server in self._servers:
            for renderer in server.renderers:
                os.kill(renderer, signal.SIGKILL)
                self.score.counts["renderers killed"] += 1

    # -- comparing -------------------------------------------------------------------------

    async def compare(self) -> None:
        """Let everybody rest, and see that all have the same, and what they were told."""
        await asyncio.gather(*self._going_on)
        self._everybody(do="rest", within_s=REST_WITHIN_S)
        for member in self._members.values():
            await member.hear("rests", 2 * REST_WITHIN_S)
        for server, witness in enumerate(self._witnesses):
            try:
                async with asyncio.timeout(AGREE_WITHIN_S):
                    while not await self._agree(server, witness):
                        pass  # something still happens of itself: a camera rests, a grace ends
            except TimeoutError:
                raise AssertionError(f"the crowd of server {server} does not settle") from None
            await self._check(server, witness)
        self.score.counts["checkpoints"] += 1

    async def _agree(self, server: int, witness: Witness) -> bool:
        """Whether all have come to one revision; what they have there must be the same."""
        revision = await witness.caught_up()
        here = [m for m in self._members.values() if server in m.ids]
        for member in here:
            member.tell(do="report", place=server, revision=revision)
        reports = [await member.hear("report", AGREE_WITHIN_S) for member in here]
        newest = await witness.caught_up()
        for report in reports:
            assert not report["revision"] or witness.check_sample(
                report["revision"], report["digest"]
            )
        self.score.counts["digests compared"] += len(reports)
        if {newest, *(report["revision"] for report in reports)} != {revision}:
            return False
        assert len({report["digest"] for report in reports} | {witness.session.digest()}) == 1
        assert [report["id"] for report in reports] == [member.ids[server] for member in here]
        [master] = {report["master"] for report in reports}
        assert master in witness.state.participants, "nobody steers"
        return {member.ids[server] for member in here} <= set(witness.state.present)

    async def _check(self, server: int, witness: Witness) -> None:
        score = self.score
        for claim in score.claims.pop(server, []):
            witness.check_claim(claim)
        samples = score.samples.pop(server, [])
        for sample in samples:
            assert witness.check_sample(*sample)
        score.counts["digests compared"] += len(samples)
        gone = score.removed.pop(server, [])
        for id in gone:
            witness.check_gone(id)
        score.counts["participants removed"] += len(gone)
        await witness.check_log()

    async def dismiss(self) -> None:
        """Let everybody leave."""
        for member in self._members.values():
            member.may_end = True
            member.tell(do="leave")
        for member in self._members.values():
            await member.hear("left", LEAVE_WITHIN_S)
            await member.gone()
        for witness in self._witnesses:
            self.score.counts["events"] += witness.events_seen
            self.score.counts["handovers"] += witness.handovers
            self.score.counts["successions"] += witness.successions


# -- the whole ------------------------------------------------------------------------------


async def perform(plan: Plan) -> Score:
    """Let the crowd work as planned. Raises AssertionError for whatever is wrong, and leaves no
    process behind in any case."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        servers, witnesses = [], []
        for number, transports in enumerate((TRANSPORTS, ("zmq",))):
            tokens = TokenFile(Path(folder) / f"tokens{number}.toml")
            token = tokens.new(Role.VIEWER, name="Witness")
            options = ("--token-file", str(tokens.path), "--renderer", plan.renderers[number])
            data = ("--data-dir", folder, "--log-level", "warning")
            server = await stack.enter_async_context(
                serving(*options, *data, transports=transports)
            )
            session = await stack.enter_async_context(
                await connect(server.urls[0], token=token, reconnect_s=0)
            )
            servers.append(server)
            witnesses.append(Witness(session))
        cables = {
            (seat.name, number): await stack.enter_async_context(Line(_port(servers, number, t)))
            for seat in SEATS
            for number, (t, cabled) in seat.places.items()
            if cabled
        }
        try:
            async with asyncio.TaskGroup() as tasks:  # the first that fails ends all others
                watching = [tasks.create_task(witness.watch()) for witness in witnesses]
                conductor = Conductor(plan, servers, witnesses, cables, stack, tasks)
                await conductor.gather()
                await conductor.perform()
                await conductor.dismiss()
                for task in watching:
                    task.cancel()
        except BaseExceptionGroup as failures:
            raise _first(failures) from failures
        return conductor.score


def _first(failures: BaseExceptionGroup) -> BaseException:
    failure = failures.exceptions[0]
    return _first(failure) if isinstance(failure, BaseExceptionGroup) else failure


def _port(servers: list[Serving], number: int, transport: str) -> int:
    [url] = [u for u in servers[number].urls if u.startswith(f"{transport}:")]
    return int(url.rpartition(":")[2])
