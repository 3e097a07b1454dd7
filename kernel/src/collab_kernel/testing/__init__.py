"""For those who write plugins, and for tests: contract kits, a transport without a wire.

Free of any test runner. A kit is a class to subclass; its methods are tests.
"""

from collab_kernel.host.memory_transport import MemoryTransport
from collab_kernel.testing.clause import Contract, ContractBrokenError, check_entry_module, clause
from collab_kernel.testing.front_end_contract import FrontEndContract
from collab_kernel.testing.policy_contract import PolicyContract
from collab_kernel.testing.renderer_contract import RendererContract
from collab_kernel.testing.store_contract import StoreContract
from collab_kernel.testing.transport_contract import TransportContract

__all__ = [
    "Contract",
    "ContractBrokenError",
    "FrontEndContract",
    "MemoryTransport",
    "PolicyContract",
    "RendererContract",
    "StoreContract",
    "TransportContract",
    "check_entry_module",
    "clause",
]
