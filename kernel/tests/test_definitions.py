"""A property takes what its kind, length and fixed domains allow, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab_kernel.core.definitions import (
    ArrayDomain,
    BoundsDomain,
    Catalogue,
    EnumerationDomain,
    PropertyDefinition,
    ProxyDefinition,
    ProxyTypeDomain,
    RangeDomain,
    nearest,
)
from collab_kernel.core.values import Input, Kind, Value, guess
from collab_kernel.errors import InvalidValueError, UnknownPropertyError, UnknownTypeError
from collab_kernel.testing.catalogue import SPECIMEN, definitions

TOY = definitions()
SPECIMEN_PROPERTIES = TOY.definition(*SPECIMEN).properties

ANYTHING = st.one_of(
    st.integers(-(1 << 70), 1 << 70),
    st.floats(),
    st.booleans(),
    st.text(max_size=5),
    st.sampled_from(["X", "Y", "Warm", "Cool", "POINTS"]),
    st.binary(max_size=5),
    st.builds(Input, st.integers(0, 9), st.integers(0, 3)),
)
VALUES = st.builds(Value, st.sampled_from(Kind), st.lists(ANYTHING, max_size=4).map(tuple))


def property(name: str) -> PropertyDefinition:
    return TOY.definition(*SPECIMEN).property(name)


def is_inside(definition: PropertyDefinition, value: Value) -> bool:
    """Said again, in other words than the code does."""
    count = definition.number_of_elements
    single = count == 1 and definition.kind in (Kind.PROXY, Kind.INPUT)
    if count and len(value.elements) not in ((0, 1) if single else (count,)):
        return False
    for domain in definition.domains:
        for element in value.elements:
            if isinstance(domain, RangeDomain) and isinstance(element, int | float):
                low = -float("inf") if domain.minimum is None else domain.minimum
                high = float("inf") if domain.maximum is None else domain.maximum
                if not low <= element <= high:
                    return False
            elif isinstance(domain, EnumerationDomain):
                column = 1 if definition.kind is Kind.STRING else 0
                if element not in [entry[column] for entry in domain.entries]:
                    return False
    return True


@given(st.sampled_from(SPECIMEN_PROPERTIES), VALUES)
def test_what_is_accepted_lies_in_the_domain_and_is_accepted_again(
    definition: PropertyDefinition, value: Value
) -> None:
    try:
        accepted = definition.accept(value)
    except InvalidValueError as error:
        text = str(error)
    else:
        assert accepted.kind is definition.kind
        assert definition.accept(accepted) == accepted
        assert is_inside(definition, accepted)
        return
    assert text.startswith(f"{definition.name}: ")
    assert "allowed" in text


@pytest.mark.parametrize(
    "definition",
    [p for d in TOY.definitions.values() for p in d.properties],
    ids=lambda p: p.name,
)
def test_a_default_is_what_its_property_accepts(definition: PropertyDefinition) -> None:
    assert definition.accept(definition.default) == definition.default


def test_the_toy_catalogue_has_a_property_of_every_kind_and_length() -> None:
    kinds = {(p.kind, bool(p.number_of_elements)) for p in SPECIMEN_PROPERTIES}
    repeatable = (Kind.INT, Kind.DOUBLE, Kind.STRING, Kind.PROXY, Kind.INPUT)
    assert {(k, True) for k in Kind} | {(k, False) for k in repeatable} <= kinds


@pytest.mark.parametrize(
    ("name", "given", "stored"),
    [
        ("Count", 7, (7,)),
        ("Count", 7.0, (7,)),
        ("Radius", 2, (2.0,)),
        ("Center", (1, 2, 3), (1.0, 2.0, 3.0)),
        ("Weights", (), ()),
        ("Words", ["a", "b", "c"], ("a", "b", "c")),
        ("Axis", "Y", (1,)),
        ("Axis", 2, (2,)),
        ("Palette", "Cool", ("Cool",)),
        ("Enabled", 0, (False,)),
        ("Helper", (), ()),
        ("Helper", 7, (7,)),
        ("Source", Input(7, 1), (Input(7, 1),)),
        ("Sources", [Input(7), Input(7, 1)], (Input(7), Input(7, 1))),
        ("Payload", b"\0\xff", (b"\0\xff",)),
        ("Payload", (), (b"",)),
        ("FileName", "/data/a.toy", ("/data/a.toy",)),
    ],
)
def test_a_property_accepts_what_fits(name: str, given: object, stored: tuple[object, ...]) -> None:
    assert property(name).accept(guess(given)).elements == stored


@pytest.mark.parametrize(
    ("name", "given", "allowed"),
    [
        ("Count", 101, "1 int, from 0 to 100"),
        ("Count", -1, "from 0 to 100"),
        ("Count", (1, 2), "2 elements given; allowed: 1 int"),
        ("Count", "many", "1 int"),
        ("Radius", -0.1, "1 double, from 0"),
        ("Radius", (), "0 elements given"),
        ("Center", (1, 2), "3 doubles"),
        ("Axis", 3, r"one of X \(0\), Y \(1\), Z \(2\)"),
        ("Axis", "W", r"one of X \(0\)"),
        ("Palette", "Grey", r"Warm \(0\), Cool \(1\)"),
        ("Enabled", 2, "1 bool"),
        ("Switches", True, "2 bools"),
        ("Helper", (7, 8), "1 proxy"),
        ("Sources", "Sphere1", "any number of inputs"),
        ("Payload", "text", "1 bytes"),
    ],
)
def test_a_refusal_names_the_property_and_what_is_allowed(
    name: str, given: object, allowed: str
) -> None:
    with pytest.raises(InvalidValueError, match=rf"^{name}: .*{allowed}"):
        property(name).accept(guess(given))


def test_a_domain_that_depends_on_data_only_advises() -> None:
    domains = (ArrayDomain(("CELLS",), 3), BoundsDomain("center"), ProxyTypeDomain(()))
    anything = PropertyDefinition("Any", Kind.STRING, Value(Kind.STRING), 0, domains=domains)
    assert anything.accept(guess(["no", "such", "array"])).elements == ("no", "such", "array")
    assert "allowed: any number of strings" in anything.allowed


def test_an_unknown_property_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownPropertyError, match=r"Specimen has no property 'radius'.*Radius"):
        property("radius")
    with pytest.raises(UnknownPropertyError, match=r"no property 'Zzz'$"):
        property("Zzz")


def test_an_unknown_type_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownTypeError, match=r"no sources/Sphere .*did you mean SphereSource"):
        TOY.definition("sources", "Sphere")
    with pytest.raises(UnknownTypeError, match="did you mean sources/SphereSource"):
        TOY.definition("filters", "SphereSource")


def test_a_catalogue_is_found_by_group_and_type() -> None:
    one = ProxyDefinition("sources", "One")
    assert Catalogue("x", [one]).definition("sources", "One") is one
    assert one.has("Two") is False


@given(st.text(max_size=8), st.lists(st.text(max_size=8), max_size=5))
def test_the_nearest_words_are_words_that_there_are(word: str, words: list[str]) -> None:
    near = nearest(word, words)
    assert near == "" or any(near.startswith(w) for w in words)
