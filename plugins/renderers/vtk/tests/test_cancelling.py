"""Long work: how far it is, and giving it up."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from collab_kernel.errors import CancelledQueryError
from collab_kernel.spi import UpdatePipeline

Scene = Any


def _large_grid(scene: Scene) -> int:
    extent = (-40, 40, -40, 40, -40, 40)
    id: int = scene.create("sources", "RTAnalyticSource", "Grid", WholeExtent=extent)
    return id


def _streamlines(scene: Scene) -> int:
    """Through vectors that go round in circles: long, and without a word about progress."""
    grid = _large_grid(scene)
    vectors = "-coordsY*iHat + coordsX*jHat"
    turning = scene.create(
        "filters", "Calculator", Input=grid, Function=vectors, ResultArrayName="Turning"
    )
    seeds = scene.create("extended_sources", "PointSource", Radius=30.0, NumberOfPoints=300)
    tracer: int = scene.create(
        "filters",
        "StreamTracer",
        "Lines",
        Input=turning,
        Source=seeds,
        SelectInputVectors=("POINTS", "Turning"),
        MaximumPropagation=1e6,
        MaximumNumberOfSteps=5_000,
    )
    scene.data(turning)
    scene.data(seeds)
    return tracer


def test_work_that_says_nothing_is_given_up_while_it_lasts(scene: Scene) -> None:
    tracer = _streamlines(scene)
    other = scene.create("sources", "SphereSource")
    working, here = scene.host.worked, threading.current_thread()

    def cancelled() -> bool:
        """Only for whoever looks from aside while VTK works."""
        return working[-1] == tracer and threading.current_thread() is not here

    scene.host.cancelled = cancelled
    with pytest.raises(CancelledQueryError, match="Lines was cancelled"):
        scene.renderer.query(UpdatePipeline(tracer))
    scene.settle()
    assert scene.host.last(tracer).error == "cancelled"
    assert not scene.host.last(other).error


def test_what_was_given_up_is_whole_when_it_is_begun_again(scene: Scene) -> None:
    shrink = scene.create("filters", "ShrinkFilter", Input=_large_grid(scene))
    scene.data(scene.state.value(shrink, "Input").references[0])
    scene.host.cancel = True
    with pytest.raises(CancelledQueryError):
        scene.data(shrink)
    scene.host.cancel = False
    assert scene.data(shrink).cells == 80**3
    scene.set(shrink, ShrinkFactor=0.25)
    assert scene.data(shrink).cells == 80**3


def test_how_far_long_work_is_is_told_in_words_and_ends_with_one(scene: Scene) -> None:
    shrink = scene.create("filters", "ShrinkFilter", Input=_large_grid(scene))
    said: list[tuple[int, float, str]] = []
    scene.host.progress = lambda *told: said.append(told)
    scene.data(shrink)
    *way, end = [told[1:] for told in said if told[0] == shrink]
    fractions = [fraction for fraction, _ in way]
    assert fractions == sorted(fractions)
    assert len({*fractions}) > 5
    assert all(fraction < 1 and text == "Shrink" for fraction, text in way)
    assert end == (1.0,)


def test_progress_ends_also_where_work_fails(scene: Scene) -> None:
    tracer = scene.create("filters", "StreamTracer", Input=_large_grid(scene))
    scene.settle()
    assert scene.host.last(tracer).error
    assert scene.host.progressed[-1] == (tracer, 1.0)
