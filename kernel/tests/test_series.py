"""Which files are one series."""

from dataclasses import replace
from pathlib import Path

import pytest

from collab_kernel.core.series import grouped, series_name
from collab_kernel.core.values import Kind, Value
from collab_kernel.server import Server
from collab_kernel.spi import Catalogue
from collab_kernel.testing.catalogue import READER, definitions
from collab_kernel.testing.toy import TOY


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["a_0.vtu", "a_1.vtu"], [("a_0.vtu", "a_1.vtu")]),
        (["a_10.vtu", "a_9.vtu"], [("a_9.vtu", "a_10.vtu")]),
        (["a_001.vtu", "a_000.vtu"], [("a_000.vtu", "a_001.vtu")]),
        (["a_0.vtu", "b_1.vtu"], [("a_0.vtu",), ("b_1.vtu",)]),
        (["a_0.vtu", "a_1.vtp"], [("a_0.vtu",), ("a_1.vtp",)]),
        (["1/a.vtu", "2/a.vtu"], [("1/a.vtu",), ("2/a.vtu",)]),
        (["1/a_3.vtu", "2/a_4.vtu"], [("1/a_3.vtu",), ("2/a_4.vtu",)]),
        (["a.vtu"], [("a.vtu",)]),
        (["a_0.vtu", "a_0.vtu"], [("a_0.vtu",)]),
        (
            ["x.stl", "a_1.vtu", "b2.vtu", "a_0.vtu", "b1.vtu"],
            [("x.stl",), ("a_0.vtu", "a_1.vtu"), ("b1.vtu", "b2.vtu")],
        ),
        (
            ["r1_t0.vtu", "r1_t1.vtu", "r2_t0.vtu", "r2_t1.vtu"],
            [("r1_t0.vtu", "r1_t1.vtu"), ("r2_t0.vtu", "r2_t1.vtu")],
        ),
        (["r1_t0.vtu", "r2_t0.vtu"], [("r1_t0.vtu", "r2_t0.vtu")]),
        ([], []),
    ],
)
def test_files_that_differ_in_one_number_are_a_series(
    names: list[str], groups: list[tuple[str, ...]]
) -> None:
    assert grouped(names) == groups


def test_a_series_is_called_by_what_its_files_have_in_common() -> None:
    assert series_name(["/data/a_0.vtu", "/data/a_12.vtu"]) == "a_*.vtu"
    assert series_name(["/data/r1_t0.vtu", "/data/r2_t0.vtu"]) == "r*_t0.vtu"
    assert series_name(["/data/a_0.vtu"]) == "a_0.vtu"
    assert series_name(["first.vtu", "second.vtu"]) == "first.vtu"


def _several() -> Catalogue:
    """The toy's catalogue with a reader that takes any number of files, as `FileNames`."""
    catalogue = definitions()
    reader = catalogue.definition(*READER)
    names = replace(
        reader.properties[0], name="FileNames", default=Value(Kind.STRING), number_of_elements=0
    )
    changed = replace(reader, properties=(names,))
    others = (d for d in catalogue.definitions.values() if d is not reader)
    return Catalogue("toy", (*others, changed))


@pytest.mark.parametrize("several", [True, False])
async def test_a_server_opens_files_that_are_a_series_as_one_if_its_reader_takes_several(
    several: bool, tmp_path: Path
) -> None:
    spec = replace(TOY, definitions=_several) if several else TOY
    names = [str(tmp_path / name) for name in ("ball_1.toy", "cone.toy", "ball_0.toy")]
    async with Server(["memory://toy:0"], renderer=spec, files=names) as server:
        readers = {
            row.name: server.state().value(id, "FileNames" if several else "FileName")
            for id, row in server.state().proxies.items()
            if row.type == READER[1]
        }
    if several:
        assert readers == {
            "ball_*.toy": Value(Kind.STRING, (names[2], names[0])),
            "cone.toy": Value(Kind.STRING, (names[1],)),
        }
    else:
        assert set(readers) == {"ball_0.toy", "ball_1.toy", "cone.toy"}
