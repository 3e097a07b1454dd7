"""Scenes and their contents: to bytes and back, and from the renderer once for everybody."""

import asyncio
from collections import Counter

import pytest

from collab_kernel.core.queries import Answer, Query
from collab_kernel.core.scene import (
    ColourTable,
    DescribeScene,
    FetchGeometry,
    Scene,
    SceneBar,
    SceneContent,
    SceneLack,
    SceneLight,
    SceneLook,
    SceneSurface,
    SceneVolume,
)
from collab_kernel.core.tensors import Tensor, packed, unpacked
from collab_kernel.core.values import ParticipantId
from collab_kernel.errors import InvalidValueError, RemoteProtocolError, RendererLostError
from collab_kernel.host import scenes
from collab_kernel.host.scenes import Scenes
from collab_kernel.wire.scene import decode_scene, encode_scene

ADA, BOB = 1, 2
VIEW = 7

TABLE = ColourTable(-1.0, 2.0, bytes(range(8)), b"nanc", b"belo", b"abov", logarithmic=True)
LOOK = SceneLook("Points", (1, 0, 0.5), (0, 1, 0), 0.5, 2, 3, True, True, 0.1, 0.2, 0.3, 40)
SHAPE, NUMBERS = SceneContent(b"s" * 32, 10), SceneContent(b"n" * 32, 11)
FULL = Scene(
    (
        SceneSurface(3, SHAPE, NUMBERS, True, TABLE, LOOK, tuple(map(float, range(16))), True),
        SceneSurface(4, SHAPE, None, False, None, LOOK),
    ),
    (SceneVolume(5, NUMBERS, TABLE, (0.0, 0.0, 0.5, 0.0), 1.5, 0.5, tuple(map(float, range(16)))),),
    (SceneBar(6, TABLE, "T", True, 2, (0.25, 0.75), 0.3, 16, True),),
    ((0, 0, 1), (0, 1, 0)),
    (SceneLight((0, 0, -1), (1, 0.5, 0)),),
    True,
    (SceneLack(9, "too large", 12),),
)


# -- bytes -------------------------------------------------------------------------------------


def test_a_scene_arrives_as_it_was() -> None:
    assert decode_scene(encode_scene(FULL)) == FULL
    assert decode_scene(encode_scene(Scene())) == Scene()


def test_a_scene_names_each_content_once() -> None:
    assert FULL.contents == (SHAPE, NUMBERS)


@pytest.mark.parametrize("wrong", [b"\xff", encode_scene(Scene(background=((1, 1, 1),)))[:-3]])
def test_what_is_no_scene_is_refused(wrong: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_scene(wrong)


def test_arrays_arrive_as_they_were_and_begin_where_they_can_be_read_in_place() -> None:
    tensors = {
        "b": Tensor("U8", (3,), b"abc"),
        "a": Tensor("F64", (1, 2), bytes(range(16))),
        "c": Tensor("U32", (0, 3), b""),
    }
    content = packed(tensors)
    found = unpacked(content)
    assert {name: (t.type, t.shape, bytes(t.data)) for name, t in found.items()} == {
        name: (t.type, t.shape, t.data) for name, t in tensors.items()
    }
    assert content == packed(dict(reversed(tensors.items())))
    for data in (bytes(range(16)), b"abc"):
        assert content.index(data) % 8 == 0


@pytest.mark.parametrize(
    "tensor", [Tensor("U8", (4,), b"abc"), Tensor("F16", (1,), b"ab"), Tensor("F32", (1,), b"abc")]
)
def test_an_array_that_is_not_what_it_says_is_not_packed(tensor: Tensor) -> None:
    with pytest.raises(InvalidValueError, match=r"a: \d bytes are not"):
        packed({"a": tensor})


def _content(head: str, data: bytes = b"abcd") -> bytes:
    return len(head).to_bytes(8, "little") + head.encode() + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 8,
        b"\xff" * 100,
        _content("{}")[:9],
        _content("[]"),
        _content("not JSON"),
        _content('{"a":7}'),
        _content('{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}'),
        _content('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,5]}}'),
        _content('{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}'),
        _content('{"a":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}'),
        _content('{"a":{"dtype":"U8","shape":[-2,-2],"data_offsets":[0,4]}}'),
        _content('{"a":{"dtype":"U8","shape":["x"],"data_offsets":[0,4]}}'),
        _content('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4,8]}}'),
    ],
)
def test_what_is_no_content_of_arrays_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidValueError, match="no content of arrays"):
        unpacked(content)


# -- once for everybody ------------------------------------------------------------------------


class Desk:
    """Stands for the renderer: answers when it is let, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: Counter[Query] = Counter()
        self.taken_back = 0
        self.let = asyncio.Event()
        self.error: Exception | None = None
        self.scenes = Scenes(self.ask)

    async def ask(self, query: Query, by: ParticipantId) -> Answer:
        self.asked[query] += 1
        number = self.asked[query]
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.taken_back += 1
            raise
        if self.error is not None:
            raise self.error
        data = query.sha256 * 1024 if isinstance(query, FetchGeometry) else b""
        return Answer(number, data)


@pytest.fixture
async def desk() -> Desk:
    return Desk()


SEEN = DescribeScene(VIEW)
CONTENT = FetchGeometry(b"x" * 32)


async def test_two_who_ask_at_once_cost_the_renderer_one_answer(desk: Desk) -> None:
    both = [asyncio.create_task(desk.scenes.scene(SEEN, who)) for who in (ADA, BOB)]
    both += [asyncio.create_task(desk.scenes.content(CONTENT, who)) for who in (ADA, BOB)]
    await asyncio.sleep(0)
    desk.let.set()
    ones, others, content, same = await asyncio.gather(*both)
    assert ones is others
    assert content is same
    assert set(desk.asked.values()) == {1}
    await desk.scenes.scene(SEEN, BOB)
    await desk.scenes.content(CONTENT, BOB)
    assert set(desk.asked.values()) == {1}


async def test_what_has_changed_is_described_anew_and_contents_stay(desk: Desk) -> None:
    desk.let.set()
    await desk.scenes.scene(SEEN, ADA)
    await desk.scenes.content(CONTENT, ADA)
    desk.scenes.changed()
    assert (await desk.scenes.scene(SEEN, ADA)).revision == 2
    desk.scenes.learned()
    assert (await desk.scenes.scene(SEEN, ADA)).revision == 3
    await desk.scenes.content(CONTENT, ADA)
    assert desk.asked == {SEEN: 3, CONTENT: 1}


async def test_whoever_asks_after_a_change_does_not_get_what_was_asked_before(desk: Desk) -> None:
    before = asyncio.create_task(desk.scenes.scene(SEEN, ADA))
    await asyncio.sleep(0)
    desk.scenes.changed()
    after = asyncio.create_task(desk.scenes.scene(SEEN, BOB))
    await asyncio.sleep(0)
    desk.let.set()
    assert ((await before).revision, (await after).revision) == (1, 2)
    assert (await desk.scenes.scene(SEEN, ADA)).revision == 2


async def test_what_is_executed_for_an_answer_does_not_make_it_old(desk: Desk) -> None:
    asked = asyncio.create_task(desk.scenes.scene(SEEN, ADA))
    await asyncio.sleep(0)
    desk.scenes.learned()
    other = asyncio.create_task(desk.scenes.scene(SEEN, BOB))
    await asyncio.sleep(0)
    desk.let.set()
    assert await asked is await other
    assert desk.asked == {SEEN: 1}


async def test_who_leaves_takes_nothing_from_who_waits_for_the_same(desk: Desk) -> None:
    ada, bob = (asyncio.create_task(desk.scenes.scene(SEEN, who)) for who in (ADA, BOB))
    await asyncio.sleep(0)
    ada.cancel()
    await asyncio.gather(ada, return_exceptions=True)
    desk.let.set()
    assert (await bob).revision == 1
    assert desk.asked == {SEEN: 1}


async def test_what_nobody_waits_for_any_more_is_taken_back_and_asked_anew(desk: Desk) -> None:
    """Else whoever asks and takes back has the renderer work for nobody, without a bound."""
    both = [asyncio.create_task(desk.scenes.scene(SEEN, who)) for who in (ADA, BOB)]
    both.append(asyncio.create_task(desk.scenes.content(CONTENT, ADA)))
    await asyncio.sleep(0)
    for one in both:
        one.cancel()
    late = asyncio.create_task(desk.scenes.scene(SEEN, ADA))
    await asyncio.gather(*both, return_exceptions=True)
    desk.let.set()
    assert (await late).revision >= 1
    await asyncio.sleep(0)
    assert desk.asked[SEEN] + desk.asked[CONTENT] - desk.taken_back == 1
    assert not desk.scenes._coming


async def test_a_failure_is_everybodys_who_waits_and_is_not_kept(desk: Desk) -> None:
    desk.error = RendererLostError("gone")
    desk.let.set()
    both = [asyncio.create_task(desk.scenes.content(CONTENT, who)) for who in (ADA, BOB)]
    found = await asyncio.gather(*both, return_exceptions=True)
    assert [type(f) for f in found] == [RendererLostError] * 2
    desk.error = None
    assert (await desk.scenes.content(CONTENT, ADA)).revision == 2


async def test_contents_longest_unused_go_when_there_is_no_room(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 32 * 1024
    monkeypatch.setattr(scenes, "KEPT_BYTES", 2 * size)
    desk.let.set()
    one, two, three = (FetchGeometry(letter * 32) for letter in (b"1", b"2", b"3"))
    for query in (one, two, one, three):
        await desk.scenes.content(query, ADA)
    assert desk.scenes.size_bytes == 2 * size
    await desk.scenes.content(one, ADA)
    assert desk.asked[one] == 1
    await desk.scenes.content(two, ADA)
    assert desk.asked[two] == 2


async def test_at_the_end_nobody_waits_any_more(desk: Desk) -> None:
    asked = asyncio.create_task(desk.scenes.scene(SEEN, ADA))
    await asyncio.sleep(0)
    await desk.scenes.close()
    with pytest.raises(asyncio.CancelledError):
        await asked
