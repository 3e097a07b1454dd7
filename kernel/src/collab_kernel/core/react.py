"""What follows from an event: in this order, so that nobody hears of what may not last."""

from __future__ import annotations

from collab_kernel.core.effects import Effect, Persist, Run, Tell
from collab_kernel.core.events import Event


def react(event: Event) -> list[Effect]:
    """Make it last, tell everybody, hand it to the renderer."""
    return [Persist(event), Tell(event), Run(event)]
