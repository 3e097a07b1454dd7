"""Large values, as one participant reads and writes them.

In the mirror a large value is its `Blob`. What was read or written last is kept here.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace

from collab_kernel.core.commands import Command, Create, Edit, NamedValues, Operation, Propose, Set
from collab_kernel.core.definitions import PropertyDefinition, ProxyDefinition, TypeKey
from collab_kernel.core.queries import FetchBlob
from collab_kernel.core.state import State
from collab_kernel.core.values import BlobFacts, ProxyId, Value, is_large, size_bytes
from collab_kernel.host.client import Connection
from collab_kernel.wire.blobs import (
    blob_of,
    decode_content,
    encode_content,
    facts_of,
    too_large,
)

KEPT_BYTES = 64 * 1024 * 1024
"""Of contents; the largest is kept whatever it takes."""


class Contents:
    """definition: of a type, as the server knows it.  state: what the session reads."""

    def __init__(
        self,
        connection: Connection,
        definition: Callable[[str, str], Awaitable[ProxyDefinition]],
        state: Callable[[], State],
    ) -> None:
        self._connection = connection
        self._definition = definition
        self._state = state
        self._whole: OrderedDict[Value, Value] = OrderedDict()

    # -- reading ---------------------------------------------------------------------------

    async def whole(self, value: Value) -> Value:
        """`value` with its elements.

        Raises UnknownBlobError if it is large and nothing in the session names it any more.
        """
        if value.blob is None:
            return value
        whole = self._whole.get(value)
        if whole is None:
            answer = await self._connection.ask(FetchBlob(value.blob.sha256))
            whole = await asyncio.to_thread(decode_content, answer.data, value)
        self._keep(value, whole)
        return whole

    def facts(self, sha256: bytes) -> BlobFacts | None:
        """What there is to know of a content that was read or written here; None of others."""
        for value, whole in self._whole.items():
            if value.blob is not None and value.blob.sha256 == sha256:
                return facts_of(encode_content(whole))
        return None

    def _keep(self, value: Value, whole: Value) -> None:
        self._whole[value] = whole
        self._whole.move_to_end(value)
        while len(self._whole) > 1 and self._kept_bytes > KEPT_BYTES:
            self._whole.popitem(last=False)

    @property
    def _kept_bytes(self) -> int:
        return sum(value.blob.size_bytes for value in self._whole if value.blob is not None)

    # -- writing ---------------------------------------------------------------------------

    async def uploaded(self, command: Command) -> Command:
        """`command` with each large value named instead, once the server has its content.

        Raises InvalidValueError or another RefusedError for what no property takes.
        """
        if isinstance(command, Edit | Propose) and any(map(_is_large, command.operations)):
            created = {o.id: (o.group, o.type) for o in command.operations if isinstance(o, Create)}
            operations = [await self._operation(o, created) for o in command.operations]
            return replace(command, operations=tuple(operations))
        return command

    async def _operation(self, operation: Operation, created: dict[ProxyId, TypeKey]) -> Operation:
        if not isinstance(operation, Create | Set) or not _is_large(operation):
            return operation
        if isinstance(operation, Create):
            type = (operation.group, operation.type)
        elif operation.proxy in created:
            type = created[operation.proxy]
        else:
            row = self._state().proxy(operation.proxy)
            type = (row.group, row.type)
        definition = await self._definition(*type)
        values = [
            (name, await self._upload(definition.property(name), v) if is_large(v) else v)
            for name, v in operation.values
        ]
        return replace(operation, values=tuple(values))

    async def _upload(self, property: PropertyDefinition, value: Value) -> Value:
        if not property.takes_blobs:
            return property.accept(value)  # which says what it takes
        fitting = await asyncio.to_thread(property.fitting, value)
        if not is_large(fitting):
            return fitting
        most = self._connection.welcome.max_blob_bytes
        if size_bytes(fitting) > most:
            raise too_large(size_bytes(fitting), most)
        content = await asyncio.to_thread(encode_content, fitting)
        blob = blob_of(content)
        await self._connection.offers.upload(blob, content)
        named = Value(fitting.kind, blob=blob)
        self._keep(named, fitting)
        return named


def _is_large(operation: Operation) -> bool:
    values: NamedValues = operation.values if isinstance(operation, Create | Set) else ()
    return any(is_large(value) for _, value in values)
