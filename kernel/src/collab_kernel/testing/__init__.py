"""For those who write plugins, and for tests: contract kits, a transport without a wire.

Free of any test runner. A kit is a class to subclass; its methods are tests.
"""

from collab_kernel.testing.clause import Contract, ContractBrokenError, check_entry_module, clause
from collab_kernel.testing.memory import MemoryTransport
from collab_kernel.testing.transport_contract import TransportContract

__all__ = [
    "Contract",
    "ContractBrokenError",
    "MemoryTransport",
    "TransportContract",
    "check_entry_module",
    "clause",
]
