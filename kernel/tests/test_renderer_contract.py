"""The kit accepts the toy renderer, and catches what breaks a clause about execution."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from collab_kernel.errors import InvalidValueError, PipelineFailedError
from collab_kernel.spi import Answer, Derived, Event, ProxyId, Put, Query, RenderImage, State, Table
from collab_kernel.testing.catalogue import TIMED, TROUBLE
from collab_kernel.testing.clause import ContractBrokenError
from collab_kernel.testing.execution_clauses import ExecutionClauses
from collab_kernel.testing.renderer_contract import RendererContract
from collab_kernel.testing.toy import FAIL, TOY, WAIT, ToyRenderer


class TestToy(RendererContract):
    spec = TOY
    failing = (TROUBLE, {"Mischief": FAIL})
    timed = (TIMED, {})
    lasting = (TROUBLE, {"Mischief": WAIT})
    reads_files = False
    saves = "npz"
    entry_module = "collab_kernel.testing.catalogue"
    libraries = ("vtkmodules", "numpy")
    formats = ("raw", "png")

    def make_renderer(self, host: Any) -> Any:
        return WithoutJpeg(host)


class WithoutJpeg(ToyRenderer):
    """The toy calls a PNG file a JPEG one, so that every client gets something; that is no
    renderer's right."""

    def query(self, query: Query) -> Answer:
        if isinstance(query, RenderImage) and query.format == "jpeg":
            raise InvalidValueError("'jpeg' is no format: use raw or png")
        return super().query(query)


# -- broken on purpose -----------------------------------------------------------------------


class ExecutingAtOnce(ToyRenderer):
    def apply(self, state: State, events: Sequence[Event]) -> None:
        super().apply(state, events)
        self.execute()


class ExecutingAll(ToyRenderer):
    def execute(self) -> bool:
        while super().execute():
            pass
        return False


class NeverDone(ToyRenderer):
    def execute(self) -> bool:
        return super().execute() or True


class Sleeping(ToyRenderer):
    """Executes nothing unless it is asked."""

    def execute(self) -> bool:
        return False


class Rewriting:
    """A host that changes what is told."""

    def __init__(self, host: Any, change: Callable[[Derived], Derived | None]) -> None:
        self._host, self._change = host, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)

    def tell(self, derived: Derived) -> None:
        if (changed := self._change(derived)) is not None:
            self._host.tell(changed)


class OldRevisions(ToyRenderer):
    def __init__(self, host: Any) -> None:
        super().__init__(Rewriting(host, lambda d: replace(d, revision=1)))


class OnePortTooMany(ToyRenderer):
    def __init__(self, host: Any) -> None:
        super().__init__(Rewriting(host, lambda d: replace(d, ports=d.ports * 2)))


def is_put(change: object) -> bool:
    return isinstance(change, Put)


class NotLooking(ToyRenderer):
    """Takes over no change of a value."""

    def apply(self, state: State, events: Sequence[Event]) -> None:
        blind = [replace(e, changes=tuple(filter(is_put, e.changes))) for e in events]
        super().apply(state, blind)


class Silent(ToyRenderer):
    """Never says where it works."""

    def __init__(self, host: Any) -> None:
        super().__init__(host)
        self._host = Rewriting(host, lambda d: d)
        self._host.working = lambda proxy: None  # type: ignore[attr-defined]


class DrawingInSilence(ToyRenderer):
    def _colour(self, image: RenderImage) -> bytes:
        working, self._host.working = self._host.working, lambda proxy: None  # type: ignore[method-assign]
        try:
            return super()._colour(image)
        finally:
            self._host.working = working  # type: ignore[method-assign]


class AlwaysBusy(ToyRenderer):
    def execute(self) -> bool:
        more = super().execute()
        self._host.working(4)
        return more


class InOrderOfMaking(ToyRenderer):
    def execute(self) -> bool:
        if not self._stale:
            return False
        self._derived(min(self._stale), asked=False)
        self._host.working(0)
        return bool(self._stale)


class ContagiousFailure(ToyRenderer):
    """One error stops everything."""

    failed = False

    def _executed(self, proxy: ProxyId, asked: bool) -> Derived:
        derived = super()._executed(proxy, asked)
        self.failed = self.failed or bool(derived.error)
        return replace(derived, ports=(), error="stopped") if self.failed else derived


class FailingPictures(ToyRenderer):
    def _colour(self, image: RenderImage) -> bytes:
        for source, _ in self._visible():
            self._updated(source)
        return super()._colour(image)


class NamelessFailures(ToyRenderer):
    def query(self, query: Query) -> Answer:
        try:
            return super().query(query)
        except PipelineFailedError:
            raise PipelineFailedError("something failed") from None


class Reckless(ToyRenderer):
    """Executes what is in quarantine."""

    def _executed(self, proxy: ProxyId, asked: bool) -> Derived:
        state = self._state
        tables = state.tables
        if Table.QUARANTINE in tables:
            tables = tables.delete(Table.QUARANTINE)
        self._state = State(state.revision, tables, state.users)
        try:
            return super()._executed(proxy, asked)
        finally:
            self._state = state


class DrawingQuarantined(ToyRenderer):
    def _visible(self) -> Any:
        for id, row in sorted(self._state.proxies.items()):
            shown = self._state.value(id, "Visibility")
            if row.group == "representations" and shown and shown.plain:
                given = self._state.value(id, "Input")
                for source in given.references if given else ():
                    yield source, id


class Hoarding(ToyRenderer):
    """Tells of what is deleted."""

    def apply(self, state: State, events: Sequence[Event]) -> None:
        gone = set(self._state.proxies) - set(state.proxies)
        super().apply(state, events)
        for proxy in gone:
            self._host.tell(Derived(proxy, state.revision, error="deleted"))


class KeepingTheDeleted(ToyRenderer):
    seen: dict[ProxyId, Any]

    def __init__(self, host: Any) -> None:
        super().__init__(host)
        self.seen = {}

    def _colour(self, image: RenderImage) -> bytes:
        colour = super()._colour(image)
        shown = dict(self._visible())
        gone = [source for source in self.seen if source not in self._state.proxies]
        self.seen |= shown
        return bytes(reversed(colour)) if gone else colour


class AddingUp(ToyRenderer):
    """Its pictures depend on how it came there."""

    changes = 0

    def load(self, state: State) -> None:
        self.changes = 0
        super().load(state)

    def apply(self, state: State, events: Sequence[Event]) -> None:
        self.changes += len(events)
        super().apply(state, events)

    def _colour(self, image: RenderImage) -> bytes:
        return bytes(c ^ self.changes & 0xFF for c in super()._colour(image))


class KeepingOldFacts(ToyRenderer):
    """What it found out about a proxy first stands for ever."""

    first: dict[ProxyId, Derived]

    def __init__(self, host: Any) -> None:
        super().__init__(host)
        self.first = {}

    def _executed(self, proxy: ProxyId, asked: bool) -> Derived:
        return self.first.setdefault(proxy, super()._executed(proxy, asked))


BROKEN: list[tuple[type[ToyRenderer], str]] = [
    (ExecutingAtOnce, "taking over a state executes nothing"),
    (ExecutingAll, "execute does one proxy after another until nothing is left"),
    (NeverDone, "execute does one proxy after another until nothing is left"),
    (Sleeping, "execute does one proxy after another until nothing is left"),
    (OldRevisions, "facts name their revision and every port"),
    (OnePortTooMany, "facts name their revision and every port"),
    (NotLooking, "facts name their revision and every port"),
    (Silent, "it says where it works before it does"),
    (DrawingInSilence, "it says where it works before it does"),
    (AlwaysBusy, "it says where it works before it does"),
    (InOrderOfMaking, "what is visible is executed first"),
    (ContagiousFailure, "a proxy that fails stops no other"),
    (FailingPictures, "a proxy that fails stops no other"),
    (NamelessFailures, "a proxy that fails stops no other"),
    (Reckless, "what is in quarantine is neither executed nor drawn"),
    (DrawingQuarantined, "what is in quarantine is neither executed nor drawn"),
    (Hoarding, "what is deleted is forgotten"),
    (KeepingTheDeleted, "what is deleted is forgotten"),
    (AddingUp, "loading a state gives what its events give"),
    (KeepingOldFacts, "loading a state gives what its events give"),
]


def kit_of(renderer: type[ToyRenderer]) -> Any:
    class Broken(RendererContract):
        spec = TOY
        failing = (TROUBLE, {"Mischief": FAIL})
        formats = ("raw", "png")

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
    clauses = {name for name in vars(ExecutionClauses) if name.startswith("test_")}
    assert {clause_of(sentence) for _, sentence in BROKEN} == clauses
