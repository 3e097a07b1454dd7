"""The whole contract for third parties, on one page.

A plugin is a distribution with an entry point in the group `collab` that names a module (or
object) with implementations of these hooks, marked `@collab_kernel.hookimpl`. The entry
module holds nothing else; it imports its heavy libraries inside the specs' `create`.

Nouns are collected once, at start, and sorted; a name that two distributions offer is an
error that names both. What the specs promise is in `collab_kernel.spi`.
"""

from __future__ import annotations

from typing import Any

import pluggy

from collab_kernel.errors import RefusedError
from collab_kernel.spi import (
    Command,
    CommandGroup,
    Credentials,
    Event,
    FrontEndSpec,
    Identity,
    MetricsSpec,
    ParticipantId,
    PolicySpec,
    RendererSpec,
    State,
    StoreSpec,
    TransportSpec,
)

hookspec = pluggy.HookspecMarker("collab")
hookimpl = pluggy.HookimplMarker("collab")


@hookspec
def collab_transports() -> list[TransportSpec]:  # type: ignore[empty-body]
    """Ways to carry messages, each with the scheme of its addresses."""


@hookspec
def collab_renderers() -> list[RendererSpec]:  # type: ignore[empty-body]
    """Engines that execute proxies and draw views, each with its catalogue of definitions."""


@hookspec
def collab_stores() -> list[StoreSpec]:  # type: ignore[empty-body]
    """Places where a session's log lasts."""


@hookspec
def collab_policies() -> list[PolicySpec]:  # type: ignore[empty-body]
    """Rules of who may do what."""


@hookspec
def collab_front_ends() -> list[FrontEndSpec]:  # type: ignore[empty-body]
    """What people and scripts touch."""


@hookspec
def collab_metrics() -> list[MetricsSpec]:  # type: ignore[empty-body]
    """Ways to show what a server counts, and whether it is well, to what watches it."""


@hookspec(firstresult=True)
def collab_authenticate(credentials: Credentials) -> Identity | None:
    """Say who brings these credentials; None is "I don't know them". The first answer wins.

    Called in a worker thread, with ten seconds to answer. An AuthenticationFailedError turns
    them away; any other failure does too, and is logged.
    """


@hookspec(firstresult=True)
def collab_veto(command: Command, state: State, actor: ParticipantId) -> RefusedError | None:
    """Object to `command`; None is no objection. Pure: same arguments, same answer.

    Asked inside the step, after the policy has permitted the command, so a plugin can refuse
    and never grant. The first objection is the answer.
    """


@hookspec
def collab_committed(session: str, event: Event, state: State) -> None:
    """`event` is durable, and `state` is what it led to.

    Called in order, in a worker thread, some time after: a failure is logged and reaches
    nobody; what falls more than 1,000 events behind is dropped and counted.
    """


@hookspec
def collab_commands(group: CommandGroup) -> None:
    """Add commands to the `collab` command line: `group` is its click group."""


HOOKS: tuple[Any, ...] = (
    collab_transports,
    collab_renderers,
    collab_stores,
    collab_policies,
    collab_front_ends,
    collab_metrics,
    collab_authenticate,
    collab_veto,
    collab_committed,
    collab_commands,
)
