"""Who may import whom: the arrows core ← wire ← host ← cli, and kernel's SPI ← plugins.

Read from the syntax trees, so an import counts wherever it stands: in a function, behind
TYPE_CHECKING, or in a module that no test ever loads.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KERNEL = ROOT / "kernel/src/collab_kernel"
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/*/pyproject.toml"))

STANDARD = frozenset(sys.stdlib_module_names)
# What would let the world into the pure heart: time, chance, the machine, other threads.
IMPURE = frozenset(
    """asyncio concurrent datetime getpass locale logging multiprocessing os pathlib platform
    queue random secrets select selectors shutil signal socket socketserver ssl subprocess tempfile
    threading time uuid""".split()
)
PUBLIC_KERNEL = ("client", "desk", "errors", "hookspecs", "network", "server", "spi", "testing")


@dataclass(frozen=True, slots=True)
class Import:
    """One name that a file imports, absolute and dotted."""

    file: Path
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.name}"


def sources(*rooms: Path) -> list[Path]:
    """Every hand-written file of `rooms`, each a folder or one module; an empty room fails."""
    files: list[Path] = []
    for room in rooms:
        found = sorted(room.rglob("*.py")) if room.is_dir() else [room] if room.is_file() else []
        assert found, f"no source file in {room.relative_to(ROOT)}"
        files += (file for file in found if not file.stem.endswith("_pb2"))
    return files


def imported(file: Path, node: ast.AST) -> Iterator[Import]:
    """What the statement `node` of `file` imports; `from a import b` yields a.b."""
    if isinstance(node, ast.Import):
        yield from (Import(file, node.lineno, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        origin = node.module.split(".") if node.module else []
        if node.level:
            source = next(parent for parent in file.parents if parent.name == "src")
            package = file.relative_to(source).parent.parts
            origin = [*package[: len(package) - node.level + 1], *origin]
        for alias in node.names:
            yield Import(file, node.lineno, ".".join([*origin, alias.name]))


def imports(*rooms: Path) -> list[Import]:
    return [
        found
        for file in sources(*rooms)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for found in imported(file, node)
    ]


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def root_of(name: str) -> str:
    return name.partition(".")[0]


def kernel_room(name: str) -> str | None:
    """The module or folder of the kernel that `name` lies in; None for a name of its `__init__`."""
    if not within(name, "collab_kernel"):
        return None
    room = [*name.split("."), ""][1]
    exists = (KERNEL / room).is_dir() or (KERNEL / f"{room}.py").is_file()
    return room if room and exists else None


def package_of(distribution: Path) -> str:
    """The import package that `distribution` ships."""
    with (distribution / "pyproject.toml").open("rb") as file:
        packages = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return Path(packages[0]).name


def entry_modules(distribution: Path) -> list[Path]:
    """The files that importing the plugin's entry point runs first."""
    with (distribution / "pyproject.toml").open("rb") as file:
        points = tomllib.load(file)["project"]["entry-points"]["collab"].values()
    files: list[Path] = []
    for point in points:
        parts = point.split(".")
        for depth in range(1, len(parts) + 1):
            base = distribution.joinpath("src", *parts[:depth])
            files.append(base / "__init__.py" if base.is_dir() else base.with_suffix(".py"))
    return files


def name_of(distribution: Path) -> str:
    return "/".join(distribution.parts[-2:])


def wire() -> Path:
    """The one room of the kernel that knows protobuf: a module or a package."""
    return KERNEL / "wire" if (KERNEL / "wire").is_dir() else KERNEL / "wire.py"


def test_the_core_is_pure() -> None:
    allowed = (STANDARD - IMPURE) | {"immutables", "collab_kernel"}
    assert not [str(i) for i in imports(KERNEL / "core") if root_of(i.name) not in allowed]


def test_the_core_knows_no_room_around_it() -> None:
    around = {"wire", "host", "client", "network", "server", "plugins", "hookspecs", "testing"}
    assert not [str(i) for i in imports(KERNEL / "core") if kernel_room(i.name) in around]


def test_the_wire_knows_no_host() -> None:
    around = {"host", "client", "network", "server", "plugins", "testing"}
    assert not [str(i) for i in imports(wire()) if kernel_room(i.name) in around]


def test_only_the_wire_knows_protobuf() -> None:
    files = set(sources(wire()))
    strays = [i for i in imports(KERNEL) if within(i.name, "collab_proto", "google")]
    assert not [str(i) for i in strays if i.file not in files]


def test_the_kernel_needs_its_dependencies_only_and_no_plugin() -> None:
    allowed = STANDARD | {"collab_kernel", "collab_proto", "google", "immutables", "pluggy"}
    assert not [str(i) for i in imports(KERNEL) if root_of(i.name) not in allowed]


def test_the_contract_needs_protobuf_only() -> None:
    allowed = STANDARD | {"collab_proto", "google"}
    strays = [i for i in imports(ROOT / "proto/src") if root_of(i.name) not in allowed]
    assert not [str(i) for i in strays]


def test_the_command_needs_the_kernel_and_click_only() -> None:
    allowed = STANDARD | {"collab_cli", "collab_kernel", "click"}
    assert not [str(i) for i in imports(ROOT / "cli/src") if root_of(i.name) not in allowed]


def test_there_are_plugins() -> None:
    assert PLUGINS


@pytest.mark.parametrize("plugin", PLUGINS, ids=name_of)
def test_a_plugin_knows_no_other_plugin(plugin: Path) -> None:
    others = {package_of(other) for other in PLUGINS if other != plugin} | {"collab_cli"}
    assert not [str(i) for i in imports(plugin / "src") if root_of(i.name) in others]


@pytest.mark.parametrize("plugin", PLUGINS, ids=name_of)
def test_a_plugin_sees_the_public_kernel_only(plugin: Path) -> None:
    found = imports(plugin / "src")
    assert not [str(i) for i in found if within(i.name, "collab_proto")]
    assert not [str(i) for i in found if kernel_room(i.name) not in {None, *PUBLIC_KERNEL}]


@pytest.mark.parametrize("plugin", PLUGINS, ids=name_of)
def test_an_entry_module_loads_no_library_of_its_own(plugin: Path) -> None:
    """Listing the plugins must neither need nor load what they are made of."""
    light = STANDARD | {"collab_kernel", "pluggy"}
    assert not [str(i) for i in loaded_by(plugin) if root_of(i.name) not in light]


def loaded_by(plugin: Path) -> list[Import]:
    """What importing the plugin's entry modules imports, through its own modules and no further."""
    package, found = package_of(plugin), list[Import]()
    waiting, seen = sources(*entry_modules(plugin)), set[Path]()
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for i in at_import(file, ast.parse(file.read_text(encoding="utf-8"))):
            if root_of(i.name) == package:
                waiting += own_modules(plugin, i.name)
            else:
                found.append(i)
    return found


def own_modules(plugin: Path, name: str) -> Iterator[Path]:
    """The files of the plugin that importing `name` runs; its last part may be no module."""
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        base = plugin.joinpath("src", *parts[:depth])
        candidates = (base / "__init__.py", base.with_suffix(".py"))
        yield from (file for file in candidates if file.is_file())


def at_import(file: Path, node: ast.AST) -> Iterator[Import]:
    """The imports under `node` that run when `file` is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield from imported(file, child)
        yield from at_import(file, child)
