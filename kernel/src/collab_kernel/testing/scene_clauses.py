"""The clauses about scenes: what a view draws, for whoever draws it themselves."""

from __future__ import annotations

from hashlib import sha256

from collab_kernel.errors import InvalidValueError, RendererError, UnknownBlobError
from collab_kernel.spi import DescribeScene, FetchGeometry, ProxyId, Scene, SceneContent, unpacked

from .clause import clause, refuses
from .renderer_stage import RendererStage
from .renderer_trial import RendererTrial, variations

NOTHING = bytes(32)
"""The hash of no content."""


class SceneClauses(RendererStage):
    """Participants who draw for themselves need what the renderer has, and it only once."""

    @clause
    def test_a_scene_says_what_is_drawn_and_its_contents_can_be_fetched(self) -> None:
        """What is hidden is not in it, nor what would be too large. What can't tell refuses."""
        with self._scene() as (trial, view, _, shown):
            question = DescribeScene(view)
            if not self.describes:
                refusals = (InvalidValueError, RendererError)
                refuses(str(question), lambda: trial.renderer.query(question), *refusals)
                return
            scene = described(trial, question)
            drawn = {s.representation for s in scene.surfaces}
            assert drawn == {shown}, f"{shown} is shown, and in the scene are {drawn}"
            assert len(scene.background) in (1, 2), f"the background is {scene.background}"
            assert scene.contents, "the scene names no contents"
            for content in scene.contents:
                self._check_content(trial, content)
            most = sum(content.size_bytes for content in scene.contents) - 1
            small = described(trial, DescribeScene(view, most))
            assert not small.contents, f"{small.contents} are more than {most} bytes"
            assert small.lacks, f"in {most} bytes there is nothing, and it lacks nothing"
            trial.set(shown, {"Visibility": False})
            scene = described(trial, question)
            assert not scene.contents, f"all is hidden, and in the scene is {scene.contents}"
            nothing = FetchGeometry(NOTHING)
            refuses(str(nothing), lambda: trial.renderer.query(nothing), UnknownBlobError)

    @clause
    def test_what_has_not_changed_has_the_same_contents_and_what_has_others(self) -> None:
        """So that a client fetches only what is new, and sees it. What can't tell leaves it."""
        if not self.describes:
            return
        with self._scene() as (trial, view, source, shown):
            before = self._contents(trial, view)
            trial.set(shown, {"Visibility": False})
            trial.set(shown, {"Visibility": True})
            again = self._contents(trial, view)
            assert again == before, f"hidden and shown again, {before} has become {again}"
            found = {before}
            for change in variations(trial.state.definition(source)):
                trial.set(source, dict([change]))
                found.add(self._contents(trial, view))
            assert len(found) > 1, f"whatever changes, the contents are {before}"

    def _check_content(self, trial: RendererTrial, content: SceneContent) -> None:
        data = trial.ask(FetchGeometry(content.sha256)).data
        size = len(data)
        assert size == content.size_bytes, f"{content} has {size} bytes"
        assert sha256(data).digest() == content.sha256, f"{content} has another SHA-256"
        assert unpacked(data), f"{content} has no arrays"

    def _contents(self, trial: RendererTrial, view: ProxyId) -> tuple[SceneContent, ...]:
        return described(trial, DescribeScene(view)).contents


def described(trial: RendererTrial, query: DescribeScene) -> Scene:
    scene = trial.ask(query).scene
    assert scene is not None, f"the answer to {query} has no scene"
    return scene
