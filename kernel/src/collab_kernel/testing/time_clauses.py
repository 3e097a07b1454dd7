"""The clauses about simulation time, and about work that is given up."""

from __future__ import annotations

import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from collab_kernel.errors import CancelledQueryError, PipelineFailedError
from collab_kernel.spi import DataInformation, ProxyId, UpdatePipeline

from .clause import clause, refuses
from .renderer_stage import TOLERANCE, RendererStage, Scene
from .renderer_trial import RendererTrial, difference


class TimeClauses(RendererStage):
    """Everything at one time, and no more work than that takes."""

    @clause
    def test_what_depends_on_time_is_shown_at_the_time_that_was_asked_for(self) -> None:
        """By executing, by asking and in pictures; setting the time alone executes nothing."""
        with self._timed_scene() as (trial, view, source, _):
            first, second = self._two_steps(trial, source)
            looks = []
            for time in (first, second):
                before = len(trial.host.log)
                trial.renderer.set_time(time)
                assert len(trial.host.log) == before, "setting the time executes something"
                trial.settle()
                looks.append(ports_of(trial, source))
            assert looks[0] != looks[1], f"it is the same at {first:g} and at {second:g}"
            trial.renderer.set_time(first)
            asked = self._asked(trial, source)
            assert asked == looks[0], f"asked at {first:g}: {asked}"
            camera = trial.fit(view)
            picture = trial.picture(view, camera)
            trial.renderer.set_time(second)
            off = difference(trial.picture(view, camera), picture)
            assert off > TOLERANCE, f"the pictures of {first:g} and {second:g} are the same"

    @clause
    def test_the_same_time_twice_executes_nothing(self) -> None:
        """Saying it again is not news."""
        with self._timed_scene() as (trial, view, source, _):
            _, second = self._two_steps(trial, source)
            trial.renderer.set_time(second)
            trial.settle()
            before = len(trial.host.told)
            trial.renderer.set_time(second)
            trial.settle()
            trial.picture(view)
            again = trial.host.told[before:]
            assert not again, f"it executed {[d.proxy for d in again]} again"

    @clause
    def test_what_does_not_depend_on_time_is_not_executed_again(self) -> None:
        """However many steps are shown."""
        with self._timed_scene() as (trial, view, source, _):
            still = trial.create(self._source)
            trial.show(view, still, self.representation)
            times = self._two_steps(trial, source)
            before = len(trial.host.told)
            for time in (times[1], times[0]):
                trial.renderer.set_time(time)
                trial.settle()
            executed = [d.proxy for d in trial.host.told[before:]]
            assert source in executed, f"{source} depends on time; executed: {executed}"
            assert still not in executed, f"{still} does not depend on time; executed: {executed}"

    @clause
    def test_time_lasts_when_a_state_is_loaded(self) -> None:
        """A state that is loaded is shown at the time that was set, before or after."""
        with self._timed_scene() as (trial, _, source, _):
            _, second = self._two_steps(trial, source)
            trial.renderer.set_time(second)
            trial.settle()
            due = ports_of(trial, source)
            trial.renderer.load(trial.state)
            trial.settle()
            loaded = ports_of(trial, source)
            assert loaded == due, f"at {second:g} {due}, and after loading {loaded}"

    @clause
    def test_work_that_is_given_up_is_the_error_of_its_proxy_alone(self) -> None:
        """It is not begun again by itself, but it is when its quarantine is lifted."""
        if self.lasting is None:
            raise unittest.SkipTest("this contract names no lasting type")
        with self._trial() as trial:
            long = trial.create(self.lasting[0], values=self.lasting[1])
            trial.host.impatient = True
            errors = (CancelledQueryError, PipelineFailedError)
            refuses("asking for it", lambda: trial.ask(UpdatePipeline(long)), *errors)
            trial.host.impatient = False
            assert trial.host.fact(long).error, "it was given up, and there is no error"
            assert trial.host.idle, "giving up leaves it at work"
            other = trial.create(self._source)
            before = len(trial.host.told)
            trial.settle()
            executed = [d.proxy for d in trial.host.told[before:]]
            assert executed == [other], f"{other} is new; executed: {executed}"
            trial.quarantine(long)
            trial.settle()
            trial.let_go(long)
            assert self._asked(trial, long), "it is not executed when it is let go"

    @contextmanager
    def _timed_scene(self) -> Iterator[Scene]:
        if self.timed is None:
            raise unittest.SkipTest("this contract names no timed type")
        with self._trial() as trial:
            view = trial.create(self.view)
            source = trial.create(self.timed[0], values=self.timed[1])
            yield trial, view, source, trial.show(view, source, self.representation)

    @staticmethod
    def _asked(trial: RendererTrial, proxy: ProxyId) -> tuple[DataInformation, ...]:
        """What UpdatePipeline answers of a proxy's outputs."""
        derived = trial.ask(UpdatePipeline(proxy)).derived
        assert derived is not None, "the answer to UpdatePipeline has no facts"
        return seen(derived.ports)

    @staticmethod
    def _two_steps(trial: RendererTrial, source: ProxyId) -> tuple[float, float]:
        """The first two time steps that are told of `source`, once all is executed."""
        trial.settle()
        fact = trial.host.fact(source)
        steps = fact.ports[0].time_steps if fact.ports else ()
        assert len(steps) > 1, f"it depends on time, and no steps are told: {fact}"
        return steps[0], steps[1]


def ports_of(trial: RendererTrial, proxy: ProxyId) -> tuple[DataInformation, ...]:
    """What was last told of a proxy's outputs."""
    return seen(trial.host.fact(proxy).ports)


def seen(ports: tuple[DataInformation, ...]) -> tuple[DataInformation, ...]:
    """How much memory it takes may differ."""
    return tuple(replace(port, memory_bytes=0) for port in ports)
