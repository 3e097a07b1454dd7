"""The clauses about a renderer's catalogue."""

from __future__ import annotations

import unittest

from collab_kernel.core.widgets import FUNCTIONS
from collab_kernel.errors import CollabError
from collab_kernel.spi import (
    Catalogue,
    EnumerationDomain,
    Kind,
    PropertyDefinition,
    ProxyDefinition,
    ProxyTypeDomain,
    Scope,
    TypeKey,
    Widget,
)

from .clause import check_entry_module, clause
from .renderer_stage import RendererStage


class CatalogueClauses(RendererStage):
    """What there can be, known without the engine."""

    @clause
    def test_the_catalogue_is_the_same_each_time(self) -> None:
        """Types, properties, defaults, and their order: old logs are read by it."""
        one, other = self.spec.definitions(), self.spec.definitions()
        assert one.name == other.name, f"it is called {one.name!r}, and then {other.name!r}"
        assert list(one.definitions) == list(other.definitions), "the types are others"
        for key, definition in one.definitions.items():
            assert definition == other.definitions[key], f"{'/'.join(key)} is another"

    @clause
    def test_every_definition_is_well_formed(self) -> None:
        """Defaults that their own property accepts, names given once, types that are there, and
        widgets that set doubles which anybody may change."""
        catalogue = self.spec.definitions()
        assert catalogue.definitions, "the catalogue is empty"
        for definition in catalogue.definitions.values():
            check_definition(definition, catalogue)
        for key, widgets in catalogue.widgets.items():
            for widget in widgets:
                check_widget(widget, key, catalogue)

    @clause
    def test_the_entry_module_loads_no_engine(self) -> None:
        """Listing the plugins must not cost what they are made of."""
        if self.entry_module is None:
            raise unittest.SkipTest("this contract names no entry_module")
        check_entry_module(self.entry_module, self.libraries)


def check_definition(definition: ProxyDefinition, catalogue: Catalogue) -> None:
    """Raise an AssertionError unless the definition makes sense by itself and in its catalogue."""
    where = "/".join(definition.key)
    assert all(definition.key), f"{where!r} has no group or no type"
    assert definition.label.strip(), f"{where} has no label"
    assert definition.output_ports >= 0, f"{where} has {definition.output_ports} output ports"
    names = [p.name for p in definition.properties]
    twice = {name for name in names if names.count(name) > 1 or not name}
    assert not twice, f"{where} has several properties {sorted(twice)}"
    for extension in definition.file_extensions:
        spelt = extension.lower().strip(" .")
        assert extension == spelt, f"{where}: write the extension {extension!r} as {spelt!r}"
    if definition.file_extensions:
        files = [p.name for p in definition.properties if p.file_name]
        assert files, f"{where} takes files, and none of its properties is a file name"
    for property in definition.properties:
        check_property(property, f"{where}.{property.name}", catalogue)
    check_sub_proxies(definition, (), catalogue)


def check_property(property: PropertyDefinition, where: str, catalogue: Catalogue) -> None:
    """Raise an AssertionError unless its default is its own, and the types it names are there."""
    assert property.number_of_elements >= 0, f"{where} has a negative number of elements"
    try:
        accepted = property.accept(property.default)
    except CollabError as error:
        raise AssertionError(f"{where} refuses its own default: {error}") from error
    assert accepted == property.default, f"{where} makes {accepted} of {property.default}"
    assert not property.file_name or property.kind is Kind.STRING, f"{where} is no text"
    groups = {group for group, _ in catalogue.definitions}
    for domain in property.domains:
        if isinstance(domain, ProxyTypeDomain):
            for group, type in domain.types:
                there = (group, type) in catalogue.definitions if type else group in groups
                assert there, f"{where} takes {group}/{type}, which the catalogue lacks"
        if isinstance(domain, EnumerationDomain):
            for column in zip(*domain.entries, strict=True):
                assert len(set(column)) == len(column), f"{where} names an entry twice: {column}"


def check_widget(widget: Widget, type: TypeKey, catalogue: Catalogue) -> None:
    """Raise an AssertionError unless its type is there, with properties for all that it sets."""
    where = f"{'/'.join(type)}: the {widget.kind}"
    assert type in catalogue.definitions, f"{where} is for a type that the catalogue lacks"
    functions = FUNCTIONS.get(widget.kind)
    assert functions, f"{where} is none of {', '.join(FUNCTIONS)}"
    given = sorted(function for function, _ in widget.properties)
    assert given == sorted(functions), f"{where} sets {given}, not {sorted(functions)}"
    for function, name in widget.properties:
        assert catalogue.definitions[type].has(name), f"{where} sets {name}, which isn't there"
        property = catalogue.definitions[type].property(name)
        needed = functions[function]
        fits = (property.kind, property.number_of_elements) == (Kind.DOUBLE, needed)
        shared = property.scope is Scope.SHARED
        assert fits, f"{where}: {name} can't be its {function}, which is {needed} doubles"
        assert shared, f"{where}: {name} can't be its {function}, which everybody shares"


def check_sub_proxies(
    definition: ProxyDefinition, owners: tuple[TypeKey, ...], catalogue: Catalogue
) -> None:
    """Raise an AssertionError for a sub-proxy that is not there, or that holds its owner."""
    where = "/".join(definition.key)
    assert definition.key not in owners, f"{where} is a sub-proxy of itself"
    for property in definition.properties:
        if property.sub_proxy is not None:
            inner = catalogue.definitions.get(property.sub_proxy)
            key = "/".join(property.sub_proxy)
            assert inner, f"{where}.{property.name} comes with {key}, which the catalogue lacks"
            check_sub_proxies(inner, (*owners, definition.key), catalogue)
