"""The kit catches catalogues that make no sense."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from collab_kernel.spi import (
    Catalogue,
    Domain,
    EnumerationDomain,
    Kind,
    PropertyDefinition,
    ProxyDefinition,
    ProxyTypeDomain,
    RangeDomain,
    RendererSpec,
    Scope,
    Value,
    Widget,
)
from collab_kernel.testing.catalogue import READER, definitions
from collab_kernel.testing.catalogue_clauses import check_definition
from collab_kernel.testing.clause import ContractBrokenError
from collab_kernel.testing.renderer_contract import RendererContract
from collab_kernel.testing.toy import TOY


def kit_of(catalogue: Callable[[], Catalogue]) -> RendererContract:
    class Broken(RendererContract):
        spec = RendererSpec("broken", catalogue, "nowhere:nothing")

    return Broken()


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
    kit = kit_of(lambda: Catalogue("odd", [definition]))
    with pytest.raises(ContractBrokenError, match=f"^every definition is well formed: .*{problem}"):
        kit.test_every_definition_is_well_formed()


def vector(name: str, elements: int = 3, **more: Any) -> PropertyDefinition:
    value = Value(Kind.DOUBLE, (1.0,) * elements)
    return PropertyDefinition(name, Kind.DOUBLE, value, elements, **more)


CUT = made(vector("Origin"), vector("Normal"), vector("Own", scope=Scope.OWN), vector("Size", 1))
PLANES: list[tuple[str, dict[str, str], str]] = [
    ("InteractiveTeapot", {"Origin": "Origin"}, "is none of InteractivePlane"),
    ("InteractivePlane", {"Origin": "Origin"}, r"sets \['Origin'\], not \['Normal', 'Origin'\]"),
    ("InteractivePlane", {"Origin": "Origin", "Normal": "Up"}, "sets Up, which isn't there"),
    ("InteractivePlane", {"Origin": "Size", "Normal": "Normal"}, "Size can't be its Origin"),
    (
        "InteractivePlane",
        {"Origin": "Origin", "Normal": "Own"},
        "Own can't be its Normal, which everybody shares",
    ),
]


def cut(kind: str, properties: dict[str, str]) -> Catalogue:
    return Catalogue("odd", [CUT], widgets={CUT.key: (Widget(kind, tuple(properties.items())),)})


@pytest.mark.parametrize(("kind", "properties", "problem"), PLANES)
def test_a_widget_that_can_not_set_what_it_names_is_caught(
    kind: str, properties: dict[str, str], problem: str
) -> None:
    with pytest.raises(ContractBrokenError, match=f"^every definition is well formed: .*{problem}"):
        kit_of(lambda: cut(kind, properties)).test_every_definition_is_well_formed()


def test_a_widget_of_a_type_that_is_not_there_is_caught() -> None:
    plane = Widget("InteractivePlane", (("Origin", "Origin"), ("Normal", "Normal")))
    catalogue = Catalogue("odd", [CUT], widgets={("sources", "Gone"): (plane,)})
    with pytest.raises(ContractBrokenError, match="is for a type that the catalogue lacks"):
        kit_of(lambda: catalogue).test_every_definition_is_well_formed()


def test_widgets_that_make_sense_pass() -> None:
    names = {"Origin": "Origin", "Normal": "Normal"}
    kit_of(lambda: cut("InteractivePlane", names)).test_every_definition_is_well_formed()


def test_a_reader_that_makes_sense_passes() -> None:
    check_definition(definitions().definition(*READER), definitions())


def test_a_catalogue_that_changes_is_caught() -> None:
    with pytest.raises(ContractBrokenError, match=r"^the catalogue is the same each time: "):
        kit_of(Changing()).test_the_catalogue_is_the_same_each_time()


def test_an_entry_module_that_imports_its_engine_is_caught() -> None:
    class Heavy(RendererContract):
        spec = TOY
        entry_module = "collab_kernel.testing.toy"
        libraries = ("zlib",)

    with pytest.raises(ContractBrokenError, match=r"^the entry module loads no engine: .*zlib"):
        Heavy().test_the_entry_module_loads_no_engine()
