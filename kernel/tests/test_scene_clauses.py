"""The kit catches renderers whose scenes are wrong."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from collab_kernel.errors import UnknownBlobError
from collab_kernel.spi import (
    Answer,
    DescribeScene,
    FetchGeometry,
    Query,
    Scene,
    SceneContent,
    SceneLack,
    SceneLook,
    SceneSurface,
    Tensor,
    packed,
)
from collab_kernel.testing.catalogue import SPHERE
from collab_kernel.testing.clause import ContractBrokenError
from collab_kernel.testing.scene_clauses import SceneClauses
from collab_kernel.testing.toy import TOY, ToyRenderer

DRAWN = "a scene says what is drawn and its contents can be fetched"
SAME = "what has not changed has the same contents and what has others"

LOOK = SceneLook("Points", (1, 1, 1), (0, 0, 0), 1, 1, 1, False, False, 1, 0, 0, 1)


class Describing(ToyRenderer):
    """Draws each ball as one point, as far from the middle as the ball is large."""

    def __init__(self, host: Any) -> None:
        super().__init__(host)
        self._contents: dict[bytes, bytes] = {}

    def query(self, query: Query) -> Answer:
        if isinstance(query, DescribeScene):
            self._state.proxy(query.view)
            return Answer(self._state.revision, scene=self._scene(query))
        if isinstance(query, FetchGeometry):
            return Answer(self._state.revision, self._content(query.sha256))
        return super().query(query)

    def _scene(self, query: DescribeScene) -> Scene:
        surfaces = tuple(self._surfaces())
        scene = Scene(surfaces, background=((0, 0, 0),))
        if query.max_bytes and sum(c.size_bytes for c in scene.contents) > query.max_bytes:
            return Scene(background=((0, 0, 0),), lacks=(SceneLack(0, "it is too large"),))
        return scene

    def _surfaces(self) -> Iterator[SceneSurface]:
        for source, representation in self._visible():
            points = struct.pack("<3f", *self._place(source))
            content = packed({"points": Tensor("F32", (1, 3), points)})
            self._contents[sha256(content).digest()] = content
            named = SceneContent(sha256(content).digest(), len(content))
            yield SceneSurface(representation, named, None, False, None, LOOK)

    def _place(self, source: int) -> tuple[float, float, float]:
        return (self._derived(source, asked=True).ports[0].bounds[1], 0.0, 0.0)

    def _content(self, name: bytes) -> bytes:
        if name not in self._contents:
            raise UnknownBlobError("that is not drawn")
        return self._contents[name]


class Blind(Describing):
    def _surfaces(self) -> Iterator[SceneSurface]:
        return iter(())


class SeeingWhatIsHidden(Describing):
    def _visible(self) -> Iterator[tuple[int, int]]:
        shown = ((i, r) for i, r in self._state.proxies.items() if r.group == "representations")
        for id, _ in shown:
            given = self._state.value(id, "Input")
            assert given is not None
            yield given.references[0], id


class Boundless(Describing):
    def _scene(self, query: DescribeScene) -> Scene:
        return super()._scene(replace(query, max_bytes=0))


class Mislabelling(Describing):
    def _content(self, name: bytes) -> bytes:
        content = super()._content(name)
        return content[:-1] + bytes([content[-1] ^ 1])


class MakingItUp(Describing):
    def _content(self, name: bytes) -> bytes:
        return self._contents.get(name, b"whatever")


class Frozen(Describing):
    def _place(self, source: int) -> tuple[float, float, float]:
        return (0.0, 0.0, 0.0)


class Restless(Describing):
    """Never the same twice."""

    def _place(self, source: int) -> tuple[float, float, float]:
        return (float(self._state.revision), 0.0, 0.0)


BROKEN: list[tuple[type[ToyRenderer], str]] = [
    (Blind, DRAWN),
    (SeeingWhatIsHidden, DRAWN),
    (Boundless, DRAWN),
    (Mislabelling, DRAWN),
    (MakingItUp, DRAWN),
    (Frozen, SAME),
    (Restless, SAME),
]


def kit_of(renderer: type[ToyRenderer], can: bool = True) -> SceneClauses:
    class Kit(SceneClauses):
        spec = TOY
        source = SPHERE
        describes = can

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


def test_a_renderer_that_says_it_describes_nothing_must_refuse() -> None:
    getattr(kit_of(ToyRenderer, can=False), clause_of(DRAWN))()
    with pytest.raises(ContractBrokenError, match=f"^{DRAWN}: "):
        getattr(kit_of(Describing, can=False), clause_of(DRAWN))()


def test_every_clause_is_proven_by_a_renderer_that_breaks_it_and_kept_by_one_that_works() -> None:
    clauses = {name for name in vars(SceneClauses) if name.startswith("test_")}
    assert {clause_of(sentence) for _, sentence in BROKEN} == clauses
    for name in clauses:
        getattr(kit_of(Describing), name)()
