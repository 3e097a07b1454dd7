"""The clauses about what a renderer executes, and what it tells of it."""

from __future__ import annotations

from random import Random

from collab_kernel.errors import PipelineFailedError, UnknownProxyError
from collab_kernel.spi import ProxyId, UpdatePipeline

from .clause import clause, refuses
from .renderer_stage import TOLERANCE, RendererStage
from .renderer_trial import RendererTrial, difference, variations


class ExecutionClauses(RendererStage):
    """Events in, facts out; one proxy's trouble is its own."""

    @clause
    def test_taking_over_a_state_executes_nothing(self) -> None:
        """Neither load nor apply does: many events may come before there is time."""
        with self._scene() as (trial, view, source, shown):
            for name, value in variations(trial.state.definition(source)):
                trial.set(source, {name: value})
            trial.delete(view, shown, source)
            trial.renderer.load(trial.state)
            assert not trial.host.worked, f"it worked at {trial.host.worked}"
            assert not trial.host.told, f"it told {trial.host.told[0]}"

    @clause
    def test_execute_does_one_proxy_after_another_until_nothing_is_left(self) -> None:
        """Then it says so, and does and tells nothing more until something changes."""
        with self._trial() as trial:
            sources = [trial.create(self._source) for _ in range(4)]
            for number in range(2 * len(sources)):
                before = len(trial.host.told)
                more = trial.renderer.execute()
                new = trial.host.told[before:]
                assert len(new) <= 1, f"one call executed {[d.proxy for d in new]}"
                if not more:
                    break
                assert new, f"call {number} did nothing and says that more is left"
            known = {d.proxy for d in trial.host.told}
            assert known == set(sources), f"of {sources} it executed {sorted(known)}"
            before = len(trial.host.log)
            assert not trial.renderer.execute(), "it gives True when nothing is left"
            assert len(trial.host.told) == len(sources), "it executes again what has not changed"
            assert not [e for e in trial.host.log[before:] if e], "it works when nothing is left"

    @clause
    def test_facts_name_their_revision_and_every_port(self) -> None:
        """As soon as a proxy was executed; again when it was changed."""
        with self._scene() as (trial, _, source, _):
            changes = [None, *variations(trial.state.definition(source))]
            for change in changes[:2]:
                if change is not None:
                    trial.set(source, dict([change]))
                trial.settle()
                fact, revision = trial.host.fact(source), trial.state.revision
                assert fact.revision == revision, f"{fact} was told at revision {revision}"
                ports = trial.state.definition(source).output_ports
                assert not fact.error, f"{source} failed: {fact.error}"
                assert len(fact.ports) == ports, f"it has {ports} ports; told: {fact.ports}"
            assert len(changes) < 2 or len(trial.host.told) > 1, "a change is not executed"

    @clause
    def test_it_says_where_it_works_before_it_does(self) -> None:
        """At each proxy that is executed, at what is drawn; afterwards at nothing."""
        with self._scene() as (trial, view, source, shown):
            trial.settle()
            at = trial.host.log.index(trial.host.fact(source))
            assert source in trial.host.log[:at], f"it executed {source} and did not say so"
            assert trial.host.idle, "execute leaves it at work"
            before = len(trial.host.worked)
            trial.picture(view)
            drawn = trial.host.worked[before:]
            assert {view, shown} & set(drawn), f"it drew {view} and said that it is at {drawn}"
            assert trial.host.idle, "drawing leaves it at work"

    @clause
    def test_what_is_visible_is_executed_first(self) -> None:
        """Whatever was made first."""
        with self._trial() as trial:
            hidden = [trial.create(self._source) for _ in range(3)]
            view, shown = trial.create(self.view), trial.create(self._source)
            trial.show(view, shown, self.representation)
            hidden += [trial.create(self._source)]
            for how in ("applied", "loaded"):
                trial.host.log.clear()
                trial.settle()
                order = [d.proxy for d in trial.host.told]
                assert order[:1] == [shown], f"{how}: {shown} is visible; executed: {order}"
                trial.renderer.load(trial.state)

    @clause
    def test_a_proxy_that_fails_stops_no_other(self) -> None:
        """Its error is its own fact, its question's answer, and no obstacle to a picture."""
        with self._scene() as (trial, view, source, _):
            failing = self._failing(trial, "Culprit")
            trial.show(view, failing, self.representation)
            later = trial.create(self._source)
            trial.settle()
            fact = trial.host.fact(failing)
            assert fact.error, f"it fails; told: {fact}"
            for good in (source, later):
                error = trial.host.fact(good).error
                assert not error, f"{good} does not fail; told: {error}"
            what = "UpdatePipeline of what fails"
            told = refuses(what, lambda: trial.ask(UpdatePipeline(failing)), PipelineFailedError)
            assert "Culprit" in str(told), f"{told!s:.80} does not name Culprit"
            trial.picture(view, trial.fit(view))

    @clause
    def test_what_is_in_quarantine_is_neither_executed_nor_drawn(self) -> None:
        """Until it is let go."""
        with self._scene() as (trial, view, source, shown):
            camera = trial.fit(view)
            picture = trial.picture(view, camera)
            trial.set(shown, {"Visibility": False})
            without = trial.picture(view, camera)
            trial.set(shown, {"Visibility": True})
            for proxy in (shown, source):
                trial.quarantine(proxy)
                trial.settle()
                off = difference(trial.picture(view, camera), without)
                assert off <= TOLERANCE, f"{trial.state.title(proxy)} is still drawn"
                if proxy == source:
                    fact = trial.host.fact(source)
                    assert fact.error, f"told of what is in quarantine: {fact}"
                    what = "UpdatePipeline of what is in quarantine"
                    refuses(what, lambda: trial.ask(UpdatePipeline(source)), PipelineFailedError)
                trial.let_go(proxy)
                trial.settle()
                off = difference(trial.picture(view, camera), picture)
                assert off <= TOLERANCE, f"{trial.state.title(proxy)} is not drawn when let go"
            assert not trial.host.fact(source).error, "it is not executed when it is let go"

    @clause
    def test_what_is_deleted_is_forgotten(self) -> None:
        """Nothing is told of it, and nothing of it is drawn."""
        with self._scene() as (trial, view, source, shown):
            camera = trial.fit(view)
            trial.set(shown, {"Visibility": False})
            without = trial.picture(view, camera)
            trial.set(shown, {"Visibility": True})
            trial.picture(view, camera)
            for executed in (True, False):
                trial.host.log.clear()
                trial.delete(view, shown, source)
                trial.settle()
                strays = [d for d in trial.host.told if d.proxy in (source, shown)]
                assert not strays, f"told of what is deleted: {strays}"
                which = "executed" if executed else "pending"
                off = difference(trial.picture(view, camera), without)
                assert off <= TOLERANCE, f"what was {which} and deleted is still drawn"
                what = f"UpdatePipeline of what was {which} and deleted"
                gone = UpdatePipeline(source)
                refuses(what, lambda gone=gone: trial.ask(gone), UnknownProxyError)  # type: ignore[misc]
                source = trial.create(self._source)
                shown = trial.show(view, source, self.representation)

    @clause
    def test_loading_a_state_gives_what_its_events_give(self) -> None:
        """The same facts and the same picture, executed in between or not."""
        for seed in range(3):
            with self._scene() as (trial, view, source, _):
                random = Random(seed)
                self._wander(random, trial, view, source)
                trial.settle()
                camera = trial.fit(view)
                fresh = trial.another()
                try:
                    fresh.settle()
                    off = difference(trial.picture(view, camera), fresh.picture(view, camera))
                    assert off <= TOLERANCE, f"seed {seed}: the pictures differ by {off:.1f}"
                    applied, loaded = trial.facts(), fresh.facts()
                    assert applied == loaded, f"seed {seed}: {applied}, and loaded: {loaded}"
                finally:
                    fresh.renderer.close()

    def _wander(self, random: Random, trial: RendererTrial, view: ProxyId, source: ProxyId) -> None:
        """Create, show, change, hide and delete, executing now and then."""
        sources = [source]
        shown: dict[ProxyId, ProxyId] = {}
        for _ in range(12):
            chance = random.random()
            if chance < 0.3:
                sources.append(trial.create(self._source))
                shown[sources[-1]] = trial.show(view, sources[-1], self.representation)
            elif chance < 0.7:
                one = random.choice(sources)
                changes = list(variations(trial.state.definition(one)))
                if changes:
                    trial.set(one, dict([random.choice(changes)]))
            elif chance < 0.8 and shown:
                one = random.choice(list(shown.values()))
                trial.set(one, {"Visibility": random.random() < 0.5})
            elif chance < 0.9 and shown:
                one = random.choice(list(shown))
                trial.delete(view, shown.pop(one), one)
                sources.remove(one)
            if random.random() < 0.5:
                trial.renderer.execute()
            if random.random() < 0.3:
                trial.picture(view)
