"""`Sphere`, `Clip`...: a function for every source, filter and reader that a server offers."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any, TypeAlias

from collab.calls import public_methods
from collab.client import client
from collab.connection import Connection
from collab.construction import INPUT, create
from collab.pipeline import Source
from collab.vocabulary import attribute, squeezed
from collab_kernel.client import ProxyDefinition, TypeInfo, nearest
from collab_kernel.desk import builtin_catalogue
from collab_kernel.errors import CollabError, UnknownTypeError
from collab_kernel.spi import TypeKey

log = logging.getLogger(__name__)

GROUPS = ("sources", "filters")

Namespace: TypeAlias = MutableMapping[str, Any]
"""The names of a script: its `globals()`."""


@public_methods
class Constructor:
    """Makes a proxy on the active server; a source or filter becomes the active source.

    Keywords are properties, by label without blanks or by XML name; `registrationName` is
    what it will be called. A filter without `Input` works on the active source.
    """

    def __init__(self, name: str, definition: ProxyDefinition | None = None) -> None:
        self.__name__ = self.__qualname__ = name
        self.__doc__ = described(name, definition) if definition else type(self).__doc__

    def __repr__(self) -> str:
        return f"<constructor {self.__name__}>"

    def __call__(self, *inputs: Any, registrationName: str | None = None, **values: Any) -> Any:
        """The new proxy. Raises UnknownTypeError, UnknownAttributeError, InvalidValueError,
        ForeignProxyError, NotMasterError and other RefusedErrors."""
        connection = client.active()
        key = type_of(connection, self.__name__)
        if inputs:
            values[INPUT] = inputs[0] if len(inputs) == 1 else list(inputs)
        id = connection.run(create(connection, key, values, registrationName))
        made = connection.wrap(id)
        if isinstance(made, Source):
            connection.source = made
        return made


def described(name: str, definition: ProxyDefinition) -> str:
    """What `help` says."""
    lines = [definition.documentation or name, ""]
    for property in definition.properties:
        kind = property.kind.name.lower()
        lines.append(f"{attribute(property)} ({kind}): {property.documentation}".rstrip(": "))
    return "\n".join(lines)


def names(types: Iterable[TypeInfo | ProxyDefinition]) -> dict[str, TypeKey]:
    """What the constructors of these types are called; readers go by their type as well."""
    found: dict[str, TypeKey] = {}
    for info in types:
        if info.group in GROUPS:
            words = [squeezed(info.label) or info.type]
            words += [info.type] if info.file_extensions else []
            for word in words:
                found.setdefault(word, (info.group, info.type))
    return found


def type_of(connection: Connection, name: str) -> TypeKey:
    """The type that `name` makes on a server. Raises UnknownTypeError."""
    known = names(connection.session.types)
    if name not in known and name in _running_code():
        return _running_code()[name]  # the server says what it would take
    if name not in known:
        near = nearest(name, known)
        raise UnknownTypeError(
            f"{connection.GetURI()} has no source or filter {name!r}"
            + (f"; did you mean {near}?" if near else "")
        )
    return known[name]


@functools.cache
def _running_code() -> dict[str, TypeKey]:
    """Constructors that a server offers only if it allows code."""
    try:
        catalogue = builtin_catalogue()
    except CollabError:
        return {}
    return names(d for key, d in catalogue.definitions.items() if key in catalogue.runs_code)


def offered_builtin() -> dict[str, Constructor]:
    """Constructors of what a built-in session offers, without starting one; none if it can't
    be known."""
    try:
        definitions = builtin_catalogue().definitions
    except CollabError as error:
        log.warning("there is no built-in session: %s", error)
        return {}
    known = names(definitions.values())
    return {name: Constructor(name, definitions[key]) for name, key in known.items()}


def offered(connection: Connection | None) -> dict[str, Constructor]:
    """Constructors of what a server (None: a built-in session) offers."""
    if connection is None:
        return offered_builtin()
    return {name: Constructor(name) for name in names(connection.session.types)}


def keep_in_step(ns: Namespace | None, connection: Connection | None) -> None:
    """Let a script's names be those of the server that it works with: constructors of others
    go; what the script itself gave a name to stays."""
    if ns is None:
        return
    wanted = offered(connection)
    for name in list(_constructors(ns)):
        if name in wanted:
            del wanted[name]  # it makes what the active server has
        else:
            del ns[name]
    ns.update({name: made for name, made in wanted.items() if name not in ns})


def _constructors(ns: Namespace) -> Iterator[str]:
    return (name for name, value in ns.items() if isinstance(value, Constructor))
