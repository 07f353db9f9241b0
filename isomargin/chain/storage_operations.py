"""Reading and writing a slot of storage on py-evm's state, and its gas: EIP-2200, EIP-2929, EIP-3529."""

from __future__ import annotations

from typing import Any

from eth.exceptions import OutOfGas, WriteProtection
from eth.vm.forks.berlin.constants import COLD_SLOAD_COST, WARM_STORAGE_READ_COST
from eth.vm.forks.london.storage import GAS_SCHEDULE_EIP3529

__all__ = ["WriteSlot", "read_slot"]

_RESERVE = 2_300  # gas that must be left before a write, EIP-2200
_UNCHANGED, _SET, _RESET, _CLEARED = GAS_SCHEDULE_EIP3529


def read_slot(computation: Any, slot: int) -> int:
    """SLOAD: a slot, which costs more the first time in a transaction."""
    address, state = computation.msg.storage_address, computation.state
    cost = COLD_SLOAD_COST if _was_cold(state, address, slot) else WARM_STORAGE_READ_COST
    computation.consume_gas(cost, "SLOAD")
    word: int = state.get_storage(address, slot)
    return word


class WriteSlot:
    """SSTORE, with the gas and the refund that depend on what the transaction began with."""

    mnemonic = "SSTORE"
    gas_cost = 0

    def __call__(self, computation: Any) -> None:
        """Execute it."""
        if computation.msg.is_static:
            raise WriteProtection("Cannot modify state while inside of a STATICCALL context")
        if computation.get_gas_remaining() <= _RESERVE:
            raise OutOfGas("SSTORE needs more than 2300 gas")
        slot, word = computation.stack_pop_ints(2)
        address, state = computation.msg.storage_address, computation.state
        present = state.get_storage(address, slot)
        if word == present:
            computation.consume_gas(_UNCHANGED, self.mnemonic)
        else:
            original = state.get_storage(address, slot, from_journal=False)
            cost, refund = _price(original, present, word)
            computation.consume_gas(cost, self.mnemonic)
            if refund:
                computation.refund_gas(refund)
            state.set_storage(address, slot, word)
        if _was_cold(state, address, slot):
            computation.consume_gas(COLD_SLOAD_COST, self.mnemonic)


def _price(original: int, present: int, word: int) -> tuple[int, int]:
    """Gas and refund of a change; `original` is what the transaction began with."""
    if original == present:
        if original == 0:
            return _SET, 0
        return _RESET, 0 if word else _CLEARED
    refund = 0
    if original:
        refund += (_CLEARED if word == 0 else 0) - (_CLEARED if present == 0 else 0)
    if original == word:
        refund += (_RESET if original else _SET) - _UNCHANGED
    return _UNCHANGED, refund


def _was_cold(state: Any, address: Any, slot: int) -> bool:
    """Mark a slot as touched; tell whether it was not before."""
    if state.is_storage_warm(address, slot):
        return False
    state.mark_storage_warm(address, slot)
    return True
