"""The kit catches renderers that say the wrong thing of a place in a picture."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from collab_kernel.errors import InvalidValueError
from collab_kernel.spi import (
    Answer,
    Hit,
    Pick,
    ProxyId,
    Query,
    Selected,
    SelectedIds,
    SelectOn,
)
from collab_kernel.testing.catalogue import SPHERE
from collab_kernel.testing.clause import ContractBrokenError
from collab_kernel.testing.pick_clauses import PickClauses
from collab_kernel.testing.toy import TOY, ToyRenderer


class Picking(ToyRenderer):
    """Has whatever is visible around the middle of its pictures."""

    def query(self, query: Query) -> Answer:
        if isinstance(query, Pick):
            self._check(query, query.x, query.y)
            return Answer(self._state.revision, hit=self._hit(query))
        if isinstance(query, SelectOn):
            self._check(query, *query.rectangle)
            if query.association not in ("POINTS", "CELLS") or len(query.rectangle) != 4:
                raise InvalidValueError("that can't be selected")
            found = tuple(self._found(query))
            return Answer(self._state.revision, selected=Selected(found, (0.0,) * 32))
        return super().query(query)

    def _check(self, query: Pick | SelectOn, *parts: float) -> None:
        if min(query.width, query.height) < 1 or not all(0 <= part <= 1 for part in parts):
            raise InvalidValueError("that is no place in a picture")

    def _hit(self, query: Pick) -> Hit:
        if max(abs(query.x - 0.5), abs(query.y - 0.5)) < 0.2:
            for source, representation in self._visible():
                bounds = self._derived(source, asked=True).ports[0].bounds
                return Hit(representation, source, position=bounds[1::2])
        return Hit()

    def _found(self, query: SelectOn) -> Iterator[SelectedIds]:
        if query.rectangle[2] > 0.5:
            for source, representation in self._visible():
                yield SelectedIds(representation, source, 0, 0, self._ids(query, source))

    def _ids(self, query: SelectOn, source: ProxyId) -> tuple[int, ...]:
        info = self._derived(source, asked=True).ports[0]
        count = info.points if query.association == "POINTS" else info.cells
        return tuple(range(count if query.through else count // 2))


class Nameless(Picking):
    def _hit(self, query: Pick) -> Hit:
        return replace(super()._hit(query), representation=0)


class Sourceless(Picking):
    def _hit(self, query: Pick) -> Hit:
        return replace(super()._hit(query), proxy=0)


class Farsighted(Picking):
    def _hit(self, query: Pick) -> Hit:
        hit = super()._hit(query)
        return replace(hit, position=tuple(3 * x for x in hit.position))


class Everywhere(Picking):
    def _hit(self, query: Pick) -> Hit:
        return super()._hit(replace(query, x=0.5, y=0.5))


class SeeingTheHidden(Picking):
    def _hit(self, query: Pick) -> Hit:
        hit = super()._hit(query)
        if hit.representation:
            self.last = hit
        middle = abs(query.x - 0.5) < 0.2
        return getattr(self, "last", hit) if middle else hit


class Silent(Picking):
    def query(self, query: Query) -> Answer:
        return replace(super().query(query), hit=None, selected=None)


class TakingAnything(Picking):
    def _check(self, query: Pick | SelectOn, *parts: float) -> None:
        pass


class MakingItUp(ToyRenderer):
    """Of a kit that says it picks nothing."""

    def query(self, query: Query) -> Answer:
        if isinstance(query, Pick | SelectOn):
            return Answer(self._state.revision, hit=Hit(), selected=Selected())
        return super().query(query)


class Falling(Picking):
    def _ids(self, query: SelectOn, source: ProxyId) -> tuple[int, ...]:
        return super()._ids(query, source)[::-1]


class BeyondTheEnd(Picking):
    def _ids(self, query: SelectOn, source: ProxyId) -> tuple[int, ...]:
        return tuple(i + 40 for i in super()._ids(query, source))


class OnlyTheSurface(Picking):
    def _ids(self, query: SelectOn, source: ProxyId) -> tuple[int, ...]:
        return super()._ids(replace(query, through=False), source)


class SelectingElsewhere(Picking):
    def _found(self, query: SelectOn) -> Iterator[SelectedIds]:
        return super()._found(replace(query, rectangle=(0.0, 0.0, 1.0, 1.0)))


POINT = "a pick says what is seen at a point or that nothing is"
RECTANGLE = "what is selected in a rectangle lies in it"
BROKEN: list[tuple[type[ToyRenderer], str]] = [
    (Nameless, POINT),
    (Sourceless, POINT),
    (Farsighted, POINT),
    (Everywhere, POINT),
    (SeeingTheHidden, POINT),
    (Silent, POINT),
    (TakingAnything, POINT),
    (Silent, RECTANGLE),
    (Falling, RECTANGLE),
    (BeyondTheEnd, RECTANGLE),
    (OnlyTheSurface, RECTANGLE),
    (SelectingElsewhere, RECTANGLE),
    (TakingAnything, RECTANGLE),
]


def kit_of(renderer: type[ToyRenderer], can: bool = True) -> PickClauses:
    class Kit(PickClauses):
        spec = TOY
        source = SPHERE
        picks = can

        def make_renderer(self, host: Any) -> Any:
            return renderer(host)

    return Kit()


def clause_of(sentence: str) -> str:
    return "test_" + sentence.replace(" ", "_")


@pytest.mark.parametrize(("renderer", "sentence"), BROKEN)
def test_a_broken_renderer_is_caught_by_the_clause_it_breaks(
    renderer: type[ToyRenderer], sentence: str
) -> None:
    with pytest.raises(ContractBrokenError, match=f"^{sentence}: "):
        getattr(kit_of(renderer), clause_of(sentence))()


@pytest.mark.parametrize("sentence", [POINT, RECTANGLE])
def test_a_renderer_that_says_it_picks_nothing_must_refuse(sentence: str) -> None:
    getattr(kit_of(ToyRenderer, can=False), clause_of(sentence))()
    with pytest.raises(ContractBrokenError, match=f"^{sentence}: "):
        getattr(kit_of(MakingItUp, can=False), clause_of(sentence))()


def test_every_clause_is_proven_by_a_renderer_that_breaks_it_and_kept_by_one_that_works() -> None:
    clauses = {name for name in vars(PickClauses) if name.startswith("test_")}
    assert {clause_of(sentence) for _, sentence in BROKEN} == clauses
    for name in clauses:
        getattr(kit_of(Picking), name)()
