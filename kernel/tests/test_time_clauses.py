"""The kit catches what breaks a clause about time, or about work that is given up."""

import unittest
from typing import Any

import pytest

from collab_kernel.spi import Derived, ProxyId, RenderImage, State
from collab_kernel.testing.catalogue import TIMED, TROUBLE
from collab_kernel.testing.clause import ContractBrokenError
from collab_kernel.testing.renderer_contract import RendererContract
from collab_kernel.testing.time_clauses import TimeClauses
from collab_kernel.testing.toy import CANCELLED, TOY, WAIT, ToyRenderer


class WithoutTime(ToyRenderer):
    def set_time(self, time: float) -> None:
        """Takes no notice."""


class ExecutingAtOnce(ToyRenderer):
    def set_time(self, time: float) -> None:
        super().set_time(time)
        self.execute()


class PicturesOfTheBeginning(ToyRenderer):
    """Knows the time only where it executes."""

    def _colour(self, image: RenderImage) -> bytes:
        now, self._time, known = self._time, 0.0, self._known
        self._known = {}
        try:
            return super()._colour(image)
        finally:
            self._time, self._known = now, known


class StartingAnew(ToyRenderer):
    """Any time is news."""

    def set_time(self, time: float) -> None:
        self._time = -1.0
        super().set_time(time)


class ExecutingAll(ToyRenderer):
    """Knows not what depends on time."""

    def set_time(self, time: float) -> None:
        if time != self._time:
            super().set_time(time)
            for id in self._state.proxies:
                self._touch(id)


class Forgetful(ToyRenderer):
    def load(self, state: State) -> None:
        super().load(state)
        self._time = 0.0


class Stubborn(ToyRenderer):
    """Gives nothing up."""

    def _misbehave(self, proxy: ProxyId, asked: bool) -> bool:
        super()._misbehave(proxy, asked)
        return False


class Silent(ToyRenderer):
    """Tells nobody what it has given up."""

    def __init__(self, host: Any) -> None:
        super().__init__(host)
        tell = host.tell
        host.tell = lambda derived: None if derived.error == CANCELLED else tell(derived)


class Eager(ToyRenderer):
    """Begins again by itself."""

    def _derived(self, proxy: ProxyId, asked: bool) -> Derived:
        derived = super()._derived(proxy, asked)
        if derived.error == CANCELLED:
            self._known.pop(proxy)
            self._stale.add(proxy)
        return derived

    def execute(self) -> bool:
        stale = self._stale
        more = super().execute()
        for id in stale - self._stale:
            if self._number(id, "Mischief") == WAIT:
                self._derived(id, asked=True)
        return more


BROKEN: list[tuple[type[ToyRenderer], str]] = [
    (WithoutTime, "what depends on time is shown at the time that was asked for"),
    (ExecutingAtOnce, "what depends on time is shown at the time that was asked for"),
    (PicturesOfTheBeginning, "what depends on time is shown at the time that was asked for"),
    (StartingAnew, "the same time twice executes nothing"),
    (ExecutingAll, "what does not depend on time is not executed again"),
    (Forgetful, "time lasts when a state is loaded"),
    (Stubborn, "work that is given up is the error of its proxy alone"),
    (Silent, "work that is given up is the error of its proxy alone"),
    (Eager, "work that is given up is the error of its proxy alone"),
]


def kit_of(renderer: type[ToyRenderer]) -> Any:
    class Broken(RendererContract):
        spec = TOY
        timed = (TIMED, {})
        lasting = (TROUBLE, {"Mischief": WAIT})

        def make_renderer(self, host: Any) -> Any:
            return renderer(host)

    return Broken()


def clause_of(sentence: str) -> str:
    name = "test_" + sentence.replace(" ", "_")
    assert name in RendererContract.clauses()
    return name


@pytest.mark.parametrize(("renderer", "sentence"), BROKEN)
def test_a_broken_renderer_is_caught_by_the_clause_it_breaks(
    renderer: type[ToyRenderer], sentence: str
) -> None:
    with pytest.raises(ContractBrokenError, match=f"^{sentence}: "):
        getattr(kit_of(renderer), clause_of(sentence))()


def test_every_clause_is_proven_by_a_renderer_that_breaks_it() -> None:
    clauses = {name for name in vars(TimeClauses) if name.startswith("test_")}
    assert {clause_of(sentence) for _, sentence in BROKEN} == clauses


def test_a_renderer_without_time_and_long_work_is_not_asked_for_them() -> None:
    class Plain(RendererContract):
        spec = TOY

    for name in vars(TimeClauses):
        if name.startswith("test_"):
            with pytest.raises(unittest.SkipTest, match="names no"):
                getattr(Plain(), name)()
