"""Messages and transactions run on a py-evm state outside of any block: what calls and estimates do."""

from __future__ import annotations

from dataclasses import replace

from eth._utils.address import generate_contract_address
from eth.abc import ComputationAPI, StateAPI, VirtualMachineAPI
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.vm.message import Message
from eth_typing import Address
from eth_utils.exceptions import ValidationError

from isomargin.chain.accounts import canonical_address
from isomargin.chain.py_evm_backend import failure_of
from isomargin.chain.py_evm_transactions import evm_transaction, receiver_of
from isomargin.chain.signed import impersonated_transaction
from isomargin.chain.types import Rehearsal, Transaction
from isomargin.errors import ChainError, TransactionReverted

__all__ = ["call_on", "play_on", "rehearse_on"]


def call_on(state: StateAPI, transaction: Transaction, gas: int) -> bytes:
    """Run the message alone and take it back: no signature, nonce or fee stands in the way of a call.

    Raises
    ------
    TransactionReverted
        If it fails.
    ChainError
        If somebody would own more ether than a word can tell.
    """
    snapshot = state.snapshot()
    try:
        computation = _execute(state, transaction, gas)
    except ValidationError as error:
        raise ChainError(f"call refused: {error}") from None
    finally:
        state.revert(snapshot)
    if computation.is_error:
        raise TransactionReverted(*failure_of(computation))
    return bytes(computation.output)


def _execute(state: StateAPI, transaction: Transaction, gas: int) -> ComputationAPI:
    sender, receiver = Address(canonical_address(transaction.sender)), receiver_of(transaction.to)
    state.delta_balance(sender, transaction.value)
    state.mark_address_warm(sender)
    for address, slots in transaction.access_list:
        state.mark_address_warm(account := Address(canonical_address(address)))
        for slot in slots:
            state.mark_storage_warm(account, slot)
    context = state.get_transaction_context_class()(gas_price=transaction.gas_price or 0, origin=sender)
    machine = state.computation_class
    if receiver == CREATE_CONTRACT_ADDRESS:
        created = generate_contract_address(sender, state.get_nonce(sender))
        message = Message(
            gas, receiver, sender, transaction.value, b"", transaction.data, create_address=created
        )
        return machine.apply_create_message(state, message, context)
    state.mark_address_warm(receiver)
    message = Message(gas, receiver, sender, transaction.value, transaction.data, state.get_code(receiver))
    return machine.apply_message(state, message, context)


def rehearse_on(vm: VirtualMachineAPI, transaction: Transaction, gas: int, chain_id: int) -> Rehearsal:
    """Run a whole transaction, take it back, and say how it ended."""
    computation, used = play_on(vm, transaction, gas, chain_id)
    reason, data = failure_of(computation) if computation.is_error else ("", bytes(computation.output))
    return Rehearsal(computation.is_success, reason, data, used, gas - computation.get_gas_remaining())


def play_on(
    vm: VirtualMachineAPI, transaction: Transaction, gas: int, chain_id: int
) -> tuple[ComputationAPI, int]:
    """Run a whole transaction, with all that it pays before and gets back after, and take it back.

    The sender is lent what the gas costs, and needs no key. Returns what ran, and the gas used.
    """
    state, price = vm.state, transaction.gas_price or 0
    sender = Address(canonical_address(transaction.sender))
    record = impersonated_transaction(
        replace(transaction, gas=gas), nonce=state.get_nonce(sender), chain_id=chain_id, max_fee=price
    )
    played = evm_transaction(record)
    executor = state.get_transaction_executor()
    snapshot = state.snapshot()
    try:
        state.delta_balance(sender, gas * price)
        computation = executor.build_computation(executor.build_evm_message(played), played)
        executor.finalize_computation(played, computation)
        used: int = vm.finalize_gas_used(played, computation)  # type: ignore[attr-defined]
    finally:
        state.revert(snapshot)
    return computation, used
