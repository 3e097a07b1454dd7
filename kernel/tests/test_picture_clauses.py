"""The kit catches renderers that break a clause about pictures and other answers."""

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from collab_kernel.errors import InvalidValueError, PipelineFailedError, UnknownProxyError
from collab_kernel.spi import (
    Answer,
    Camera,
    Derived,
    DescribeScene,
    FetchData,
    FetchGeometry,
    FetchRows,
    FitCamera,
    Pick,
    ProxyId,
    Query,
    RenderImage,
    SaveData,
    SelectOn,
    UpdatePipeline,
)
from collab_kernel.testing.catalogue import TROUBLE
from collab_kernel.testing.clause import ContractBrokenError
from collab_kernel.testing.picture_clauses import PictureClauses
from collab_kernel.testing.renderer_contract import RendererContract
from collab_kernel.testing.renderer_trial import size_of
from collab_kernel.testing.toy import FAIL, TOY, ToyRenderer


class WithoutJpeg(ToyRenderer):
    """The toy calls a PNG file a JPEG one, so that every client gets something; that is no
    renderer's right."""

    def query(self, query: Query) -> Answer:
        if isinstance(query, RenderImage) and query.format == "jpeg":
            raise InvalidValueError("'jpeg' is no format: use raw or png")
        return super().query(query)


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


class WholeOnly(WithoutJpeg):
    """Makes each picture of a stream for itself."""

    def _followed(self, image: RenderImage) -> bytes:
        return super()._followed(replace(image, key=True))


class NeverWhole(WithoutJpeg):
    """Makes a picture from the one before, whatever it is asked for."""

    def _followed(self, image: RenderImage) -> bytes:
        return super()._followed(replace(image, key=False))


class OneStream(WithoutJpeg):
    def _followed(self, image: RenderImage) -> bytes:
        return super()._followed(replace(image, stream=1))


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
    (AnsweringLate, "a question is answered at the last applied state"),
    (WithoutRevision, "a question is answered at the last applied state"),
    (Cropping, "pictures have the format and the size that were asked for"),
    (RgbaPictures, "pictures have the format and the size that were asked for"),
    (OnlyRaw, "pictures have the format and the size that were asked for"),
    (Generous, "a picture outside its bounds is an invalid value"),
    (AnyFormat, "a picture outside its bounds is an invalid value"),
    (WholeOnly, "pictures of a stream are made from one another"),
    (NeverWhole, "pictures of a stream are made from one another"),
    (OneStream, "pictures of a stream are made from one another"),
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
    clauses = {name for name in vars(PictureClauses) if name.startswith("test_")}
    assert {clause_of(sentence) for _, sentence in BROKEN} == clauses


def test_a_renderer_that_asks_the_host_for_its_files_passes() -> None:
    kit_of(AskingTheHost).test_a_file_is_opened_through_the_host_only()


def test_the_size_of_a_picture_is_read_from_its_file() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x05\x00\x07\x01\x11\x00\x00"
    assert size_of(jpeg, "jpeg") == (7, 5)
    for data, format in ((b"GIF89a", "png"), (b"GIF89a", "jpeg"), (b"\xff\xd8\xff", "jpeg")):
        with pytest.raises(AssertionError):
            size_of(data, format)


def test_what_the_kit_asks_includes_every_question_of_a_renderer() -> None:
    asked = {RenderImage, FitCamera, UpdatePipeline, FetchData}
    elsewhere = {Pick, SelectOn, SaveData, FetchRows}  # see the clauses about these
    elsewhere |= {DescribeScene, FetchGeometry}
    assert asked | elsewhere == set(get_args(Query))
