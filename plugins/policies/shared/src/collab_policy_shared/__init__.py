"""The shared policy: everyone who is no viewer may edit."""

from collab_kernel import hookimpl
from collab_kernel.spi import PolicySpec
from collab_policy_shared.policy import SharedPolicy


@hookimpl
def collab_policies() -> list[PolicySpec]:
    """Everyone works at once."""
    return [PolicySpec("shared", SharedPolicy, "everyone may edit, but for viewers")]
