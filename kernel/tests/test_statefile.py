"""State files: what is saved is made again, up to ids, and nothing else is believed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collab_kernel.client import Files, Input, Link, Select, load_state, save_state
from collab_kernel.core.commands import Edit, SetHome
from collab_kernel.core.edit import MAX_OPERATIONS
from collab_kernel.core.pipeline import creations, pipeline_of
from collab_kernel.core.state import LinkEnd, LinkKind, State, Table
from collab_kernel.core.values import Kind, Value
from collab_kernel.errors import (
    InvalidValueError,
    NotAllowedError,
    NotMasterError,
    StateFileError,
    UnknownPropertyError,
    UnknownTypeError,
)
from collab_kernel.server import Server
from collab_kernel.testing.catalogue import definitions
from collab_kernel.testing.simulator import World
from collab_kernel.wire.statefile import EXTENSION, encode_pipeline
from collab_kernel.wire.statefile_reader import decode_pipeline

from .conftest import Meet

SPHERE = {"group": "sources", "type": "SphereSource", "name": "Ball", "properties": {}}


def saved(state: State) -> str:
    return encode_pipeline(pipeline_of(state), {})


def document(*proxies: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "format": "collab-state",
        "version": 1,
        "catalogue": "toy",
        "time": 0.0,
        "proxies": list(proxies),
    } | fields


def ball(**properties: Any) -> dict[str, Any]:
    return SPHERE | {"properties": properties}


def text_of(written: Any) -> bytes:
    return json.dumps(written).encode()


def without_time(text: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(text)
    return read | {"time": 0.0}


# -- there and back --------------------------------------------------------------------------


def test_whatever_was_built_is_saved_and_made_again_up_to_ids() -> None:
    proxies = 0
    for seed in range(12):
        with World(seed, ["ann", "bob"], "ann") as there:
            there.wander(200)
            text = saved(there.state)
        pipeline, _ = decode_pipeline(text.encode())
        with World(seed, ["eve"], "eve") as here:
            eve = here["eve"]
            eve.ask(Edit(creations(pipeline, here.state, eve.new_id)))
            again = saved(here.state)
            here.check_replay()
        assert without_time(again) == without_time(text), seed
        assert list(json.loads(again)) == list(json.loads(text))
        for table in (Table.NAMES, Table.LINKS):
            assert set(here.state.table(table)) == set(there.state.table(table))
        for table in (Table.PROXIES, Table.VALUES, Table.SELECTIONS, Table.ANNOTATIONS):
            assert len(here.state.table(table)) == len(there.state.table(table))
        proxies += len(pipeline.proxies)
    assert proxies > 100


async def test_a_saved_session_is_loaded_whole_home_values_links_and_selections_with_it(
    meet: Meet,
) -> None:
    there = await meet("Ada")
    [ada] = there.sessions
    [view] = ada.views
    one = await ada.create("sources", "SphereSource", "Ball", Radius=2.0)
    two = await ada.create("sources", "SphereSource", Radius=1.0)
    clip = await ada.create("filters", "Clip", Input=one)
    await ada.show(clip, view)
    await ada.edit(
        Link("sizes", LinkKind.PROPERTY, (LinkEnd(one.id, "Radius"), LinkEnd(two.id, "Radius"))),
        Select(Input(clip.id, 0), two.id),
    )
    await one.annotate("note", "größer 𝄞")
    position = Value(Kind.DOUBLE, (1.0, 2.0, 3.0))
    await ada.begin(SetHome(view.id, (("CameraPosition", position),)))
    await ada.chat("this is nobody's pipeline")
    await ada.go_to_time(2.5)
    text = await save_state(ada)
    assert "nobody" not in text
    assert "Ada" not in text
    assert "1.0, 2.0, 3.0" in text, "the home camera"

    here = await meet("Bob")
    [bob] = here.sessions
    before = bob.revision
    made = await load_state(bob, text.encode())
    assert [bob.proxies[id].name for id in made][:3] == ["RenderView1", "Ball", "Sphere1"]
    assert await save_state(bob) == text
    assert bob.state.time.time == 2.5
    assert [row.label for row in bob.history][-1:] == ["Load a state file"]
    assert bob.revision == before + 2, "an edit, and the time"
    await bob.undo()
    assert [p.name for p in bob.proxies.values()] == ["RenderView1"]


async def test_a_large_value_goes_along(meet: Meet) -> None:
    there, here = await meet("Ada"), await meet("Bob")
    ada, bob = there.sessions[0], here.sessions[0]
    weights = [float(n) for n in range(20_000)]
    specimen = await ada.create("sources", "Specimen", "Big", Weights=weights)
    await ada.create("sources", "Specimen", "Twin", Weights=weights)
    text = await save_state(ada)
    assert len(json.loads(text)["contents"]) == 1, "equal contents are there once"
    [*_, big, _] = await load_state(bob, text.encode())
    assert await bob.fetch_value(bob.proxies[big], "Weights") == tuple(weights)
    assert specimen["Weights"] == bob.proxies[big]["Weights"]
    inline = document(
        {
            "group": "sources",
            "type": "Specimen",
            "name": "In",
            "properties": {"Weights": {"double": weights}},
        }
    )
    [by_hand] = await load_state(bob, text_of(inline))
    assert await bob.fetch_value(bob.proxies[by_hand], "Weights") == tuple(weights)


async def test_into_a_session_that_has_something_everything_is_added_under_free_names(
    meet: Meet,
) -> None:
    [ada] = (await meet("Ada")).sessions
    await ada.create("sources", "SphereSource", "Ball")
    text = await save_state(ada)
    await load_state(ada, text.encode())
    await load_state(ada, text.encode())
    names = sorted(p.name for p in ada.proxies.values() if p.group == "sources")
    assert names == ["Ball", "Ball (2)", "Ball (3)"]
    views = [view.name for view in ada.views]
    assert views == ["RenderView1", "RenderView1 (2)", "RenderView1 (3)"]


async def test_views_that_show_nothing_make_room_only_where_nothing_else_is(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    first = ada.views[0].id
    await load_state(ada, text_of(document(SPHERE)))
    assert [view.id for view in ada.views] == [first], "a file without views leaves them alone"


def test_the_same_session_is_the_same_text_and_one_change_is_one_line() -> None:
    with World(3, ["ann"], "ann") as world:
        ann = world["ann"]
        ball = ann.create("sources", "SphereSource", "Ball")
        ann.create("sources", "Specimen")
        before = saved(world.state).splitlines()
        ann.create("sources", "SphereSource", "Late")
        ann.delete(world.state.named("sources", "Late") or 0)
        assert saved(world.state).splitlines() == before
        ann.set(ball, Radius=9.0)
        after = saved(world.state).splitlines()
        changed = [new for old, new in zip(before, after, strict=True) if old != new]
        assert len(changed) == 1
        assert '"Radius": {"double": [9.0]}' in changed[0]


def test_what_is_infinite_or_bytes_is_valid_json_all_the_same() -> None:
    with World(3, ["ann"], "ann") as world:
        ann = world["ann"]
        ann.create("sources", "Specimen", "S", Weights=[float("inf"), -float("inf"), 5e-324])
        text = saved(world.state)

        def refuse(word: str) -> None:
            raise AssertionError(word)

        read = json.loads(text, parse_constant=refuse)
        [specimen] = read["proxies"]
        assert specimen["properties"]["Weights"] == {"double": ["inf", "-inf", 5e-324]}
        pipeline, _ = decode_pipeline(text.encode())
        assert pipeline == decode_pipeline(json.dumps(read).encode())[0]


# -- files that it names ---------------------------------------------------------------------


async def test_files_can_be_looked_for_elsewhere(meet: Meet) -> None:
    [ada] = (await meet("Ada")).sessions
    reader = document(
        {
            "group": "sources",
            "type": "ToyReader",
            "name": "A",
            "properties": {"FileName": {"string": ["/old/a.toy"]}},
        },
        {
            "group": "sources",
            "type": "ToyReader",
            "name": "B",
            "properties": {"FileName": {"string": ["/old/b.toy"]}},
        },
    )
    files = Files("new", {"B": ["else/c.toy"]})
    made = await load_state(ada, text_of(reader), files)
    assert [ada.proxies[id]["FileName"] for id in made] == ["new/a.toy", "else/c.toy"]
    with pytest.raises(StateFileError, match="'C'"):
        await load_state(ada, text_of(reader), Files("", {"C": ["x"]}))


async def test_a_file_outside_of_the_data_directory_is_refused_to_a_participant_and_at_the_start(
    meet: Meet, tmp_path: Path
) -> None:
    [ada] = (await meet("Ada", data_dir=tmp_path)).sessions
    reader = {
        "group": "sources",
        "type": "ToyReader",
        "name": "A",
        "properties": {"FileName": {"string": ["/etc/passwd"]}},
    }
    before = ada.revision
    with pytest.raises(NotAllowedError, match="/etc/passwd"):
        await load_state(ada, text_of(document(SPHERE, reader)))
    assert ada.revision == before
    path = tmp_path / f"evil{EXTENSION}"
    path.write_bytes(text_of(document(SPHERE, reader)))
    server = Server(
        ["memory://evil:0"],
        renderer=None,
        catalogue=definitions(),
        files=[path],
        data_dir=tmp_path,
    )
    with pytest.raises(StateFileError, match=r"evil.*/etc/passwd"):
        async with server:
            pass


async def test_a_server_starts_with_what_a_state_file_says(meet: Meet, tmp_path: Path) -> None:
    [ada] = (await meet("Ada")).sessions
    ball = await ada.create("sources", "SphereSource", "Ball", Radius=2.0)
    await ada.create("sources", "Specimen", "Big", Weights=[float(n) for n in range(20_000)])
    await ada.show(ball, ada.views[0])
    await ada.go_to_time(1.5)
    text = await save_state(ada)
    path = tmp_path / f"work{EXTENSION}"
    path.write_text(text, encoding="utf-8")
    [bob] = (await meet("Bob", files=[path])).sessions
    assert await save_state(bob) == text
    big = bob.proxy("sources", "Big")
    assert big is not None
    assert len(await bob.fetch_value(big, "Weights")) == 20_000


# -- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxy", "error", "named"),
    [
        ({"type": "Sphear"}, UnknownTypeError, "Sphear"),
        ({"properties": {"Radios": {"double": [1.0]}}}, UnknownPropertyError, "Radios"),
        ({"properties": {"Radius": {"double": [1.0, 2.0]}}}, InvalidValueError, "Radius"),
        ({"properties": {"Radius": {"string": ["wide"]}}}, InvalidValueError, "Radius"),
        ({"name": "\n"}, InvalidValueError, "name"),
    ],
)
async def test_what_the_session_does_not_take_is_named_and_nothing_is_made(
    meet: Meet, proxy: dict[str, Any], error: type[Exception], named: str
) -> None:
    [ada] = (await meet("Ada")).sessions
    before = ada.revision
    with pytest.raises(error, match=named):
        await load_state(ada, text_of(document(SPHERE, SPHERE | {"name": "B"} | proxy)))
    await ada.catch_up()
    assert ada.revision == before


async def test_only_who_steers_loads(meet: Meet) -> None:
    _, bob = (await meet("Ada", "Bob")).sessions
    with pytest.raises(NotMasterError):
        await load_state(bob, text_of(document(SPHERE)))


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in document(SPHERE).items() if name != field}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe", "no JSON"),
        (b"", "no JSON"),
        (b"[]", "an object is expected"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": 1, "a": 2}', "'a' is there twice"),
        (b'{"format": NaN}', "NaN"),
        (text_of({"format": "pvsm"}), "no state file"),
        (text_of(document() | {"version": 2}), "newer Collab"),
        (text_of(document() | {"version": "1"}), "'version'"),
        (text_of(without("catalogue")), "'catalogue'"),
        (text_of(document() | {"people": []}), "'people' is unknown"),
        (text_of(document() | {"proxies": {}}), "'proxies'"),
        (text_of(document() | {"time": "now"}), "time"),
        (text_of(document(SPHERE, SPHERE)), r"proxies\[1\].*'sources/Ball'"),
        (text_of(document({"group": "sources", "type": "SphereSource"})), "'name'"),
        (text_of(document(SPHERE | {"id": 7})), "'id' is unknown"),
        (text_of(document(SPHERE | {"annotations": {"a": 1}})), "annotations"),
        (text_of(document(ball(Radius=2.0))), r"proxies\[0\].properties.Radius: a value is"),
        (text_of(document(ball(Radius={"float": [1]}))), "'float' is no kind"),
        (text_of(document(ball(Radius={"double": ["nan"]}))), "'nan' is no number"),
        (text_of(document(ball(Radius={"double": {}}))), "'content'"),
        (text_of(document(ball(Radius={"double": {"content": "00"}}))), "`contents`"),
        (text_of(document(ball(Raw={"bytes": "%"}))), "no base64"),
        (text_of(document(ball(Input={"input": ["sources/None"]}))), "sources/None"),
        (text_of(document(ball(Input={"input": [["sources/Ball", "X", 0]]}))), "no proxy"),
        (text_of(document(ball(Input={"input": [{"proxy": "sources/Ball", "port": -1}]}))), "port"),
        (text_of(document(SPHERE, contents={"00": "AAAA"})), "another SHA-256"),
        (text_of(document(SPHERE, links=[{"name": "l", "kind": "x", "ends": []}])), "one of"),
        (
            text_of(document(SPHERE, links=[{"name": "l", "kind": "proxy", "ends": ["a"]}])),
            "an end",
        ),
        (text_of(document(SPHERE, selections=[{"of": "sources/Ball", "by": 3}])), "no proxy 3"),
    ],
)
def test_what_is_no_state_file_is_refused_saying_where_and_why(data: bytes, said: str) -> None:
    with pytest.raises(StateFileError, match=said):
        decode_pipeline(data)


def test_sub_proxies_nest_so_deep_and_no_deeper() -> None:
    inner: dict[str, Any] = {"group": "implicit_functions", "type": "Turned"}
    for _ in range(20):
        inner = inner | {"properties": {"Function": {"proxy": [inner]}}}
    with pytest.raises(StateFileError, match="8 deep"):
        decode_pipeline(text_of(document(ball(ClipFunction={"proxy": [inner]}))))


def test_more_than_one_edit_can_make_is_refused_saying_how_much_that_is() -> None:
    spheres = [SPHERE | {"name": f"S{n}"} for n in range(MAX_OPERATIONS + 1)]
    with pytest.raises(StateFileError, match="2000"):
        decode_pipeline(text_of(document(*spheres)))
    noted = [SPHERE | {"name": f"S{n}", "annotations": {"a": "b"}} for n in range(1_500)]
    pipeline, _ = decode_pipeline(text_of(document(*noted)))
    with pytest.raises(StateFileError, match="3000 steps"):
        creations(pipeline, State(), iter(range(1, 9_999)).__next__)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_refused_or_means_a_pipeline_and_never_fails_otherwise(
    seed: int, damaged: Callable[[bytes, int], bytes]
) -> None:
    with World(seed, ["ann"], "ann") as world:
        world.wander(80)
        data = saved(world.state).encode()
    refused = 0
    for number in range(150):
        try:
            decode_pipeline(damaged(data, number))
        except StateFileError:
            refused += 1
    assert refused > 50


@pytest.fixture
def damaged() -> Callable[[bytes, int], bytes]:
    """Some bytes changed, left out or put in twice, by a number."""

    def damage(data: bytes, number: int) -> bytes:
        at = (number * 7919) % len(data)
        some = (number * 31) % 40 + 1
        return (
            data[:at] + data[at + some :],
            data[:at] + data[at : at + some] + data[at:],
            data[:at] + bytes([33 + number % 90]) + data[at + 1 :],
        )[number % 3]

    return damage
