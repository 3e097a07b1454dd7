"""The master/slave policy keeps the policy contract."""

from collab_kernel.testing import PolicyContract
from collab_policy_master_slave.policy import MasterSlavePolicy


class TestMasterSlave(PolicyContract):
    make_policy = MasterSlavePolicy
