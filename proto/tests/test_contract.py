"""The wire contract only grows: what it has keeps its number, name and type."""

from importlib import import_module
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FileDescriptor

MODULES = ("values", "session", "scene", "wire", "renderer")
PINNED = Path(__file__).parent / "pinned.txt"
"""Every field and enumeration value ever published, one a line. Add lines; change none."""


def descriptor(name: str) -> FileDescriptor:
    found: FileDescriptor = import_module(f"collab_proto.v1.{name}_pb2").DESCRIPTOR
    return found


def lines_of(message: Descriptor) -> list[str]:
    lines = []
    for field in message.fields:
        repeated = "repeated " if field.is_repeated else ""
        kind = (field.message_type or field.enum_type or field).name
        kind = kind if field.message_type or field.enum_type else str(field.type)
        lines.append(f"{message.full_name} {field.number} {repeated}{kind} {field.name}")
    for inner in message.nested_types:
        lines += lines_of(inner)
    for inner_enum in message.enum_types:
        lines += lines_of_enum(inner_enum)
    return lines


def lines_of_enum(enum: EnumDescriptor) -> list[str]:
    return [f"{enum.full_name} {value.number} {value.name}" for value in enum.values]


def contract() -> list[str]:
    lines = []
    for name in MODULES:
        file = descriptor(name)
        for message in file.message_types_by_name.values():
            lines += lines_of(message)
        for enum in file.enum_types_by_name.values():
            lines += lines_of_enum(enum)
    return sorted(lines)


@pytest.mark.parametrize("name", MODULES)
def test_the_generated_code_can_be_imported_and_is_of_v1(name: str) -> None:
    assert descriptor(name).package == "collab.v1"


def test_what_was_published_stays_as_it_was() -> None:
    pinned = PINNED.read_text(encoding="utf-8").splitlines()
    gone = sorted(set(pinned) - set(contract()))
    assert not gone, f"the contract is additive only; these were changed or taken out: {gone}"


def test_what_is_new_is_pinned_with_it() -> None:
    pinned = PINNED.read_text(encoding="utf-8").splitlines()
    new = sorted(set(contract()) - set(pinned))
    assert not new, f"add these lines to {PINNED.name}: {new}"


def test_no_number_is_given_twice() -> None:
    spots = [" ".join(line.split()[:2]) for line in contract()]
    assert len(spots) == len(set(spots))


def test_rows_have_no_maps() -> None:
    """A map has no order, so equal rows would not be equal bytes."""
    for name in MODULES:
        for message in descriptor(name).message_types_by_name.values():
            for field in message.fields:
                assert field.message_type is None or not field.message_type.GetOptions().map_entry


def test_every_enumeration_of_rows_has_a_zero() -> None:
    for name in MODULES:
        for enum in descriptor(name).enum_types_by_name.values():
            assert 0 in enum.values_by_number
