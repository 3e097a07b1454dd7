"""The kit accepts the toy renderer, and catches each way of breaking the contract."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from collab_kernel.errors import InvalidValueError, PipelineFailedError, UnknownProxyError
from collab_kernel.spi import (
    Answer,
    Camera,
    Catalogue,
    Derived,
    Domain,
    EnumerationDomain,
    Event,
    FetchData,
    FitCamera,
    Kind,
    PropertyDefinition,
    ProxyDefinition,
    ProxyId,
    ProxyTypeDomain,
    Put,
    Query,
    RangeDomain,
    RendererSpec,
    RenderImage,
    State,
    Table,
    UpdatePipeline,
    Value,
)
from collab_kernel.testing.catalogue import READER, TROUBLE, definitions
from collab_kernel.testing.catalogue_clauses import check_definition
from collab_kernel.testing.clause import ContractBrokenError
from collab_kernel.testing.renderer_contract import RendererContract
from collab_kernel.testing.renderer_trial import size_of
from collab_kernel.testing.toy import FAIL, TOY, ToyRenderer


class TestToy(RendererContract):
    spec = TOY
    failing = (TROUBLE, {"Mischief": FAIL})
    reads_files = False
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


class ExecutingAtOnce(WithoutJpeg):
    def apply(self, state: State, events: Sequence[Event]) -> None:
        super().apply(state, events)
        self.execute()


class ExecutingAll(WithoutJpeg):
    def execute(self) -> bool:
        while super().execute():
            pass
        return False


class NeverDone(WithoutJpeg):
    def execute(self) -> bool:
        return super().execute() or True


class Sleeping(WithoutJpeg):
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


def is_put(change: object) -> bool:
    return isinstance(change, Put)


class OldRevisions(WithoutJpeg):
    def __init__(self, host: Any) -> None:
        super().__init__(Rewriting(host, lambda d: replace(d, revision=1)))


class OnePortTooMany(WithoutJpeg):
    def __init__(self, host: Any) -> None:
        super().__init__(Rewriting(host, lambda d: replace(d, ports=d.ports * 2)))


class NotLooking(WithoutJpeg):
    """Takes over no change of a value."""

    def apply(self, state: State, events: Sequence[Event]) -> None:
        blind = [replace(e, changes=tuple(filter(is_put, e.changes))) for e in events]
        super().apply(state, blind)


class Silent(WithoutJpeg):
    """Never says where it works."""

    def __init__(self, host: Any) -> None:
        super().__init__(host)
        self._host = Rewriting(host, lambda d: d)
        self._host.working = lambda proxy: None  # type: ignore[attr-defined]


class DrawingInSilence(WithoutJpeg):
    def _colour(self, image: RenderImage) -> bytes:
        working, self._host.working = self._host.working, lambda proxy: None  # type: ignore[method-assign]
        try:
            return super()._colour(image)
        finally:
            self._host.working = working  # type: ignore[method-assign]


class AlwaysBusy(WithoutJpeg):
    def execute(self) -> bool:
        more = super().execute()
        self._host.working(4)
        return more


class InOrderOfMaking(WithoutJpeg):
    def execute(self) -> bool:
        if not self._stale:
            return False
        self._derived(min(self._stale), asked=False)
        self._host.working(0)
        return bool(self._stale)


class ContagiousFailure(WithoutJpeg):
    """One error stops everything."""

    failed = False

    def _executed(self, proxy: ProxyId, asked: bool) -> Derived:
        derived = super()._executed(proxy, asked)
        self.failed = self.failed or bool(derived.error)
        return replace(derived, ports=(), error="stopped") if self.failed else derived


class FailingPictures(WithoutJpeg):
    def _colour(self, image: RenderImage) -> bytes:
        for source, _ in self._visible():
            self._updated(source)
        return super()._colour(image)


class NamelessFailures(WithoutJpeg):
    def query(self, query: Query) -> Answer:
        try:
            return super().query(query)
        except PipelineFailedError:
            raise PipelineFailedError("something failed") from None


class Reckless(WithoutJpeg):
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


class DrawingQuarantined(WithoutJpeg):
    def _visible(self) -> Any:
        for id, row in sorted(self._state.proxies.items()):
            shown = self._state.value(id, "Visibility")
            if row.group == "representations" and shown and shown.plain:
                given = self._state.value(id, "Input")
                for source in given.references if given else ():
                    yield source, id


class Hoarding(WithoutJpeg):
    """Tells of what is deleted."""

    def apply(self, state: State, events: Sequence[Event]) -> None:
        gone = set(self._state.proxies) - set(state.proxies)
        super().apply(state, events)
        for proxy in gone:
            self._host.tell(Derived(proxy, state.revision, error="deleted"))


class KeepingTheDeleted(WithoutJpeg):
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


class AddingUp(WithoutJpeg):
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


class KeepingOldFacts(WithoutJpeg):
    """Does not forget when it loads... the facts of before stand."""

    first: dict[ProxyId, Derived]

    def __init__(self, host: Any) -> None:
        super().__init__(host)
        self.first = {}

    def _executed(self, proxy: ProxyId, asked: bool) -> Derived:
        return self.first.setdefault(proxy, super()._executed(proxy, asked))


class AnsweringLate(WithoutJpeg):
    """Answers with what it knew before it was asked."""

    known: dict[ProxyId, Answer]

    def __init__(self, host: Any) -> None:
        super().__init__(host)
        self.known = {}

    def query(self, query: Query) -> Answer:
        answer = super().query(query)
        if isinstance(query, UpdatePipeline):
            old = self.known.get(query.proxy, answer)
            self.known[query.proxy] = answer
            return replace(old, revision=answer.revision)
        return answer


class WithoutRevision(WithoutJpeg):
    def query(self, query: Query) -> Answer:
        return replace(super().query(query), revision=0)


class Cropping(WithoutJpeg):
    def _picture(self, image: RenderImage) -> Answer:
        small = replace(image, width=min(image.width, 100))
        return replace(super()._picture(small), width=image.width)


class RgbaPictures(WithoutJpeg):
    def _picture(self, image: RenderImage) -> Answer:
        answer = super()._picture(image)
        data = answer.data + bytes(image.width * image.height)
        return replace(answer, data=data) if image.format == "raw" else answer


class OnlyRaw(WithoutJpeg):
    def _picture(self, image: RenderImage) -> Answer:
        return replace(super()._picture(replace(image, format="raw")), format=image.format)


class Generous(WithoutJpeg):
    def _picture(self, image: RenderImage) -> Answer:
        width, height = max(1, min(image.width, 8192)), max(1, min(image.height, 8192))
        return super()._picture(replace(image, width=width, height=height))


class AnyFormat(WithoutJpeg):
    def query(self, query: Query) -> Answer:
        if isinstance(query, RenderImage) and query.format not in ("raw", "png"):
            query = replace(query, format="png")
        return super().query(query)


class LeakingErrors(WithoutJpeg):
    def query(self, query: Query) -> Answer:
        try:
            return super().query(query)
        except UnknownProxyError as error:
            raise KeyError(str(error)) from error


class DrawingNothing(WithoutJpeg):
    def _colour(self, image: RenderImage) -> bytes:
        super()._colour(image)
        return b"\x20\x20\x20"


class LookingElsewhere(WithoutJpeg):
    def _fitted(self, camera: Camera) -> Camera:
        return super()._fitted(Camera())


class TooNear(WithoutJpeg):
    def _fitted(self, camera: Camera) -> Camera:
        fitted = super()._fitted(camera)
        x, y, z = (
            p * 0.2 + f * 0.8 for p, f in zip(fitted.position, fitted.focal_point, strict=True)
        )
        return replace(fitted, position=(x, y, z))


class Homeless(WithoutJpeg):
    def query(self, query: Query) -> Answer:
        if isinstance(query, RenderImage) and query.camera is None:
            query = replace(query, camera=Camera())
        return super().query(query)


class EmptyArchives(WithoutJpeg):
    def query(self, query: Query) -> Answer:
        answer = super().query(query)
        if isinstance(query, FetchData):
            return replace(answer, data=b"PK\x05\x06" + bytes(18))
        return answer


class Anonymous(WithoutJpeg):
    engine = " "


class ClosingOnce(WithoutJpeg):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise RuntimeError("already closed")
        self.closed = True


class OpeningItself(WithoutJpeg):
    """Reads a file without asking where it may."""

    def _executed(self, proxy: ProxyId, asked: bool) -> Derived:
        if name := self._text(proxy, "FileName"):
            Path(name).read_bytes()
        return super()._executed(proxy, asked)


class AskingTheHost(WithoutJpeg):
    def _executed(self, proxy: ProxyId, asked: bool) -> Derived:
        if name := self._text(proxy, "FileName"):
            try:
                self._host.file(name)
            except PipelineFailedError as error:
                return Derived(proxy, self._state.revision, error=str(error))
        return super()._executed(proxy, asked)


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
    (AnsweringLate, "a question is answered at the last applied state"),
    (WithoutRevision, "a question is answered at the last applied state"),
    (Cropping, "pictures have the format and the size that were asked for"),
    (RgbaPictures, "pictures have the format and the size that were asked for"),
    (OnlyRaw, "pictures have the format and the size that were asked for"),
    (Generous, "a picture outside its bounds is an invalid value"),
    (AnyFormat, "a picture outside its bounds is an invalid value"),
    (LeakingErrors, "what is not there is an unknown proxy"),
    (DrawingNothing, "what is shown is seen"),
    (LookingElsewhere, "a fitted camera has in sight what is visible"),
    (TooNear, "a fitted camera has in sight what is visible"),
    (Homeless, "without a camera the home camera is taken"),
    (EmptyArchives, "data are fetched as an archive of arrays"),
    (OpeningItself, "a file is opened through the host only"),
    (Anonymous, "it says what it is and closing twice is closing once"),
    (ClosingOnce, "it says what it is and closing twice is closing once"),
]


def kit_of(renderer: type[ToyRenderer], catalogue: Callable[[], Catalogue] = definitions) -> Any:
    class Broken(TestToy):
        spec = RendererSpec("broken", catalogue, "nowhere:nothing")
        reads_files = True

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


def test_a_renderer_that_asks_the_host_for_its_files_passes() -> None:
    kit_of(AskingTheHost).test_a_file_is_opened_through_the_host_only()


# -- broken catalogues -------------------------------------------------------------------------


class Changing:
    """Another catalogue each time."""

    times: ClassVar[int] = 0

    def __call__(self) -> Catalogue:
        Changing.times += 1
        extra = ProxyDefinition("sources", f"New{Changing.times}", "New")
        return Catalogue("toy", [*definitions().definitions.values(), extra])


def text(name: str, **more: Any) -> PropertyDefinition:
    return PropertyDefinition(name, Kind.STRING, Value(Kind.STRING, ("a",)), **more)


def number(default: int, *domains: Domain, **more: Any) -> PropertyDefinition:
    value = Value(Kind.INT, (default,))
    return PropertyDefinition("Number", Kind.INT, value, domains=domains, **more)


def helper(type: str) -> PropertyDefinition:
    nobody = Value(Kind.PROXY)
    return PropertyDefinition("Helper", Kind.PROXY, nobody, sub_proxy=("sources", type))


def made(*properties: PropertyDefinition, label: str = "Odd", **more: Any) -> ProxyDefinition:
    return ProxyDefinition("sources", "Odd", label, properties=properties, **more)


ODD: list[tuple[ProxyDefinition, str]] = [
    (made(label=""), "has no label"),
    (ProxyDefinition("sources", "", "Odd"), "no group or no type"),
    (made(text("A"), text("A")), r"several properties \['A'\]"),
    (made(number(-1, RangeDomain(0, 5))), "refuses its own default"),
    (made(number(7, EnumerationDomain(((0, "None"), (1, "One"))))), "refuses its own default"),
    (made(number(0, EnumerationDomain(((0, "None"), (0, "Zero"))))), "names an entry twice"),
    (made(number(0, number_of_elements=2)), "refuses its own default"),
    (made(number(0, file_name=True)), "is no text"),
    (made(helper("Nowhere")), "comes with sources/Nowhere, which the catalogue lacks"),
    (made(helper("Odd")), "is a sub-proxy of itself"),
    (made(text("A", domains=(ProxyTypeDomain((("nothing", ""),)),))), "takes nothing/, which"),
    (made(file_extensions=("vtu",)), "none of its properties is a file name"),
    (made(text("File", file_name=True), file_extensions=(".VTU",)), "write the extension"),
]


@pytest.mark.parametrize(("definition", "problem"), ODD)
def test_an_odd_definition_is_caught_by_the_clause_about_definitions(
    definition: ProxyDefinition, problem: str
) -> None:
    kit = kit_of(ToyRenderer, lambda: Catalogue("odd", [definition]))
    with pytest.raises(ContractBrokenError, match=f"^every definition is well formed: .*{problem}"):
        kit.test_every_definition_is_well_formed()


def test_a_reader_that_makes_sense_passes() -> None:
    check_definition(definitions().definition(*READER), definitions())


def test_a_catalogue_that_changes_is_caught() -> None:
    with pytest.raises(ContractBrokenError, match=r"^the catalogue is the same each time: "):
        kit_of(ToyRenderer, Changing()).test_the_catalogue_is_the_same_each_time()


def test_an_entry_module_that_imports_its_engine_is_caught() -> None:
    class Heavy(TestToy):
        entry_module = "collab_kernel.testing.toy"
        libraries = ("zlib",)

    with pytest.raises(ContractBrokenError, match=r"^the entry module loads no engine: .*zlib"):
        Heavy().test_the_entry_module_loads_no_engine()


def test_every_clause_is_proven_by_a_renderer_that_breaks_it() -> None:
    proven = {clause_of(sentence) for _, sentence in BROKEN}
    proven |= {  # by the tests above
        "test_every_definition_is_well_formed",
        "test_the_catalogue_is_the_same_each_time",
        "test_the_entry_module_loads_no_engine",
    }
    assert proven == set(RendererContract.clauses())


def test_the_size_of_a_picture_is_read_from_its_file() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x05\x00\x07\x01\x11\x00\x00"
    assert size_of(jpeg, "jpeg") == (7, 5)
    for data, format in ((b"GIF89a", "png"), (b"GIF89a", "jpeg"), (b"\xff\xd8\xff", "jpeg")):
        with pytest.raises(AssertionError):
            size_of(data, format)


def test_what_the_kit_asks_includes_every_question_of_a_renderer() -> None:
    asked = {RenderImage, FitCamera, UpdatePipeline, FetchData}
    assert {q.__name__ for q in asked} == {q.__name__ for q in Query.__args__} - {"DescribeType"}  # type: ignore[attr-defined]
