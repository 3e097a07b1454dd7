"""The master/slave policy: one participant steers, and the server sees to it."""

from collab_kernel import hookimpl
from collab_kernel.spi import PolicySpec
from collab_policy_master_slave.policy import MasterSlavePolicy


@hookimpl
def collab_policies() -> list[PolicySpec]:
    """ParaView's master/slave paradigm, enforced."""
    summary = "one participant steers, the others look and ask"
    return [PolicySpec("master-slave", MasterSlavePolicy, summary)]
