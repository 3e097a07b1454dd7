"""The clauses about what a renderer says of a place in a picture."""

from __future__ import annotations

from collab_kernel.errors import InvalidValueError, RendererError
from collab_kernel.spi import Hit, Pick, ProxyId, Query, Selected, SelectOn

from .clause import clause, refuses
from .renderer_stage import RendererStage
from .renderer_trial import RendererTrial

SIZE_PX = (90, 90)
MIDDLE, CORNER = (0.5, 0.5), (0.01, 0.01)
"""A fitted camera has the data in the middle, and none of it in the corners."""

ALL, AROUND_THE_CORNER = (0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 0.02, 0.02)

NEAR = 1e-3
"""How far beside the bounds a place may be, as a part of their longest side."""


class PickClauses(RendererStage):
    """Pictures are drawn by it, so only it knows what is where."""

    @clause
    def test_a_pick_says_what_is_seen_at_a_point_or_that_nothing_is(self) -> None:
        """The place, and whose data it is. What can't tell refuses."""
        with self._scene() as (trial, view, source, shown):
            camera = trial.fit(view)
            middle, corner = (Pick(view, *at, *SIZE_PX, camera) for at in (MIDDLE, CORNER))
            if not self.picks:
                refuses(str(middle), lambda: trial.renderer.query(middle), *REFUSALS)
                return
            hit = picked(trial, middle)
            found = (hit.representation, hit.proxy, hit.port)
            assert found == (shown, source, 0), f"{middle} is answered by {hit}"
            bounds = trial.host.fact(source).ports[0].bounds
            assert is_within(hit.position, bounds), f"{hit.position} is not within {bounds}"
            hit = picked(trial, corner)
            assert not hit.representation, f"in the corner is {hit}"
            trial.set(shown, {"Visibility": False})
            hit = picked(trial, middle)
            assert not hit.representation, f"where all is hidden is {hit}"
            for x, y in ((-0.1, 0.5), (0.5, 1.1)):
                self._refuses(trial, Pick(view, x, y, *SIZE_PX, camera))
            self._refuses(trial, Pick(view, *MIDDLE, 0, 9, camera))

    @clause
    def test_what_is_selected_in_a_rectangle_lies_in_it(self) -> None:
        """By number in the data of whoever is shown there. What can't tell refuses."""
        with self._scene() as (trial, view, source, shown):
            camera = trial.fit(view)
            everything = SelectOn(view, ALL, "CELLS", True, *SIZE_PX, camera)
            if not self.picks:
                refuses(str(everything), lambda: trial.renderer.query(everything), *REFUSALS)
                return
            info = trial.host.fact(source).ports[0]
            for association, count in (("POINTS", info.points), ("CELLS", info.cells)):
                for through in (True, False):
                    query = SelectOn(view, ALL, association, through, *SIZE_PX, camera)
                    ids = ids_of(selected(trial, query), shown, source)
                    assert ids, f"{query} finds nothing"
                    assert list(ids) == sorted(set(ids)), f"{query} is answered by {ids}"
                    outside = [id for id in (ids[0], ids[-1]) if not 0 <= id < count]
                    assert not outside, f"of {count} {association} it found {outside}"
                    if through:
                        assert len(ids) == count, f"of {count} {association} it found {len(ids)}"
                query = SelectOn(view, AROUND_THE_CORNER, association, False, *SIZE_PX, camera)
                assert not selected(trial, query).data, f"{query} finds what is elsewhere"
            for rectangle in ((0.0, 0.0, 1.0), (0.0, 0.0, 1.0, 1.5)):
                self._refuses(trial, SelectOn(view, rectangle, "CELLS", False, *SIZE_PX, camera))
            self._refuses(trial, SelectOn(view, ALL, "FIELD", False, *SIZE_PX, camera))

    @staticmethod
    def _refuses(trial: RendererTrial, query: Query) -> None:
        refuses(str(query), lambda: trial.renderer.query(query), InvalidValueError)


REFUSALS = (InvalidValueError, RendererError)


def picked(trial: RendererTrial, query: Pick) -> Hit:
    hit = trial.ask(query).hit
    assert hit is not None, f"the answer to {query} has no hit"
    return hit


def selected(trial: RendererTrial, query: SelectOn) -> Selected:
    found = trial.ask(query).selected
    assert found is not None, f"the answer to {query} has no selected"
    assert len(found.frustum) == 32, f"{query}: its frustum has {len(found.frustum)} numbers"
    return found


def ids_of(found: Selected, representation: ProxyId, source: ProxyId) -> tuple[int, ...]:
    """The ids in the one data set that is shown."""
    whose = [(s.representation, s.proxy, s.port) for s in found.data]
    assert whose in ([], [(representation, source, 0)]), f"it found something of {whose}"
    return found.data[0].ids if found.data else ()


def is_within(position: tuple[float, ...], bounds: tuple[float, ...]) -> bool:
    """Whether a place lies in bounds, or as good as in them."""
    room = NEAR * max(high - low for low, high in zip(bounds[::2], bounds[1::2], strict=True))
    return len(position) == 3 and all(
        bounds[2 * i] - room <= position[i] <= bounds[2 * i + 1] + room for i in range(3)
    )
