"""py-evm without its limits on the size of code, for contracts compiled without optimisation."""

from __future__ import annotations

from typing import Any

from eth.abc import ComputationAPI, MessageAPI, VirtualMachineAPI

__all__ = ["without_code_limits"]


def without_code_limits(machine: type[VirtualMachineAPI]) -> type[VirtualMachineAPI]:
    """Return a machine that does as `machine` does, but creates contracts of any size."""
    state_class: Any = machine._state_class  # type: ignore[attr-defined]
    limited: Any = state_class.computation_class

    class UnlimitedComputation(limited):
        @classmethod
        def validate_create_message(cls, message: MessageAPI) -> None:
            """Take init code of any length, EIP-3860 notwithstanding; it pays for each word all the same."""

        @classmethod
        def validate_contract_code(cls, contract_code: bytes) -> None:
            """Judge the first byte, as EIP-3541 does, and not the length, as EIP-170 would."""
            super().validate_contract_code(contract_code[:1])

    class UnlimitedState(state_class):
        computation_class: type[ComputationAPI] = UnlimitedComputation

    class UnlimitedMachine(machine):  # type: ignore[misc,valid-type]
        _state_class = UnlimitedState

    return UnlimitedMachine
