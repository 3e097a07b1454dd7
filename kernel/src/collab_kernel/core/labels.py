"""How the history calls what was done, where its author did not say."""

from __future__ import annotations

from typing import assert_never

from collab_kernel.core.commands import (
    Annotate,
    Connect,
    Create,
    Delete,
    Disconnect,
    Link,
    Operation,
    Register,
    Select,
    Set,
    Unlink,
)
from collab_kernel.core.state import State

MAX_LABEL_CHARACTERS = 255


def describe(state: State, operations: tuple[Operation, ...]) -> str:
    """One line for the history: what an edit does."""
    lines = [_describe(state, operation) for operation in operations[:3]]
    more = len(operations) - len(lines)
    text = ", ".join(lines) + (f" and {more} more" if more > 0 else "")
    return text if len(text) <= MAX_LABEL_CHARACTERS else text[: MAX_LABEL_CHARACTERS - 1] + "…"


def _describe(state: State, operation: Operation) -> str:
    match operation:
        case Create(_, _, type, name):
            return f"Create {name or type}"
        case Set(proxy, values):
            return f"Set {', '.join(name for name, _ in values)} of {state.title(proxy)}"
        case Connect(proxy, property, element):
            return f"Add {state.title(element.proxy)} to {property} of {state.title(proxy)}"
        case Disconnect(proxy, property, element):
            return f"Remove {state.title(element.proxy)} from {property} of {state.title(proxy)}"
        case Register(proxy, name):
            return f"Rename {state.title(proxy)} to {name}"
        case Delete(proxy):
            return f"Delete {state.title(proxy)}"
        case Link(name):
            return f"Link {name}"
        case Unlink(name):
            return f"Unlink {name}"
        case Annotate(proxy, key):
            return f"Annotate {state.title(proxy)}: {key}"
        case Select(source, selection):
            verb = "Select data" if selection else "Clear the selection"
            return f"{verb} of {state.title(source.proxy)}"
        case _:
            assert_never(operation)
