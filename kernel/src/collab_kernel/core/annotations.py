"""Texts of one's own about proxies, by keys: what a front end or a script wants to remember."""

from __future__ import annotations

from collab_kernel.core.commands import Annotate
from collab_kernel.core.draft import Draft
from collab_kernel.core.naming import checked_name
from collab_kernel.core.people import clean_text
from collab_kernel.core.state import State, Table
from collab_kernel.core.values import ProxyId
from collab_kernel.errors import InvalidCommandError

MAX_ANNOTATIONS = 10_000
MAX_TEXT_CHARACTERS = 8_192


def annotations_of(state: State, proxy: ProxyId) -> dict[str, str]:
    """By key, in order."""
    rows = state.table(Table.ANNOTATIONS).items()
    return dict(sorted((key, text) for (id, key), text in rows if id == proxy))


def annotate(draft: Draft, command: Annotate) -> None:
    """Raises InvalidValueError for a key or a text that can't be."""
    draft.state.proxy(command.proxy)
    spot = (command.proxy, checked_name(command.key))
    rows = draft.state.table(Table.ANNOTATIONS)
    if command.text is None:
        draft.put(Table.ANNOTATIONS, spot, None)
        return
    if spot not in rows and len(rows) >= MAX_ANNOTATIONS:
        raise InvalidCommandError(f"the session has {MAX_ANNOTATIONS} annotations: no more fit")
    text = clean_text(command.text, MAX_TEXT_CHARACTERS, "text of an annotation", keep="\n\t")
    draft.put(Table.ANNOTATIONS, spot, text)


def clear(draft: Draft, proxy: ProxyId) -> None:
    """Take away what was noted about a proxy that is deleted."""
    for key in annotations_of(draft.state, proxy):
        draft.put(Table.ANNOTATIONS, (proxy, key), None)
