"""What the parts of a session have in common: they read its state and ask for commands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from collab_kernel.client.looking import Looking
from collab_kernel.client.proxies import Proxy
from collab_kernel.core.commands import Command, Operation
from collab_kernel.core.presence import Presence
from collab_kernel.core.queries import Answer, AnyQuery
from collab_kernel.core.state import State
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.host.client import Connection


class Acting(ABC):
    """A participant in a session."""

    looking: Looking
    _connection: Connection

    @property
    @abstractmethod
    def state(self) -> State:
        """The confirmed state, immutable: keep it as long as you like."""

    @property
    @abstractmethod
    def id(self) -> ParticipantId:
        """My participant id."""

    @abstractmethod
    def id_of(self, proxy: Proxy | ProxyId) -> ProxyId:
        """The id of a proxy of this session. Raises ForeignProxyError for another's."""

    @abstractmethod
    def proxy_of(self, id: ProxyId) -> Proxy:
        """The proxy with this id."""

    @abstractmethod
    async def edit(self, *operations: Operation, label: str = "", undo_set: int = 0) -> int:
        """Carry out all of the operations, or none."""

    @abstractmethod
    async def _do(self, command: Command, label: str = "", undo_set: int = 0) -> int:
        """Have a command decided; the revision it led to. Raises its refusal."""

    @abstractmethod
    async def ask(self, query: AnyQuery) -> Answer:
        """Ask the renderer or the server a question of `collab_kernel.core.queries`."""

    @property
    def _presence(self) -> Presence:
        """What everybody shows now: presence is live, also where reading is held."""
        return self._connection.mirror.presence

    def _shown(self, participant: ParticipantId, name: str, otherwise: Any) -> Any:
        """What a participant shows of itself (see `core.presence.OF_SESSION`)."""
        value = self._presence.own(participant, 0).get(name)
        return otherwise if value is None or not value.elements else value.plain
