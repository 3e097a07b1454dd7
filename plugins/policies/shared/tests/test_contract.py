"""The shared policy keeps the policy contract."""

from collab_kernel.testing import PolicyContract
from collab_policy_shared.policy import SharedPolicy


class TestShared(PolicyContract):
    make_policy = SharedPolicy
    has_master = False
