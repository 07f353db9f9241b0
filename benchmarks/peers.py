"""Other stacks, each in its natural way; they run in processes that may have nothing else installed."""

from __future__ import annotations

from typing import Any

__all__ = ["PyrevmPlayer", "SimularPlayer", "TitanoboaPlayer", "VerbsPlayer"]

_ENDOWMENT = 10**27
_INTERVAL = 12


def _octets(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _calls(segment: list[Any]) -> list[tuple[str, str, bytes]]:
    return [(sender, receiver, _octets(data)) for sender, receiver, data, _ in segment]


def _check(made: str, expected: str) -> None:
    if made.lower() != expected.lower():
        raise ValueError(f"a contract came to {made}, expected {expected}")


class PyrevmPlayer:
    """pyrevm alone: `message_call` on calldata that are encoded already, no receipt, no log, no hash."""

    def __init__(self, workload: dict[str, Any]) -> None:
        import pyrevm

        self._pyrevm: Any = pyrevm
        evm: Any = pyrevm.EVM(gas_limit=10**10, spec_id="Cancun")
        self._evm = evm
        for address in workload["accounts"]:
            evm.insert_account_info(address, self._pyrevm.AccountInfo(balance=_ENDOWMENT))
        self._segments = [_calls(segment) for segment in workload["segments"]]
        self._number = 0
        nonces: dict[str, int] = {}
        for self._time, block in workload["prelude"]:
            self._next_block()
            for sender, receiver, data, _, created in block:
                nonces[sender] = nonces.get(sender, -1) + 1
                if receiver:
                    evm.message_call(sender, receiver, _octets(data))
                    continue
                balance = evm.get_balance(sender)
                evm.insert_account_info(
                    sender, self._pyrevm.AccountInfo(balance=balance, nonce=nonces[sender])
                )
                _check(evm.deploy(sender, _octets(data)), created)

    def _next_block(self) -> None:
        self._number += 1
        self._evm.set_block_env(
            self._pyrevm.BlockEnv(number=self._number, timestamp=self._time, prevrandao=bytes(32))
        )

    def play(self, number: int) -> list[bool]:
        """Call, one after another; what fails raises."""
        self._time += _INTERVAL
        self._next_block()
        call = self._evm.message_call
        for sender, receiver, data in self._segments[number]:
            call(sender, receiver, data)
        return [True] * len(self._segments[number])


class TitanoboaPlayer:
    """titanoboa: its environment's calls on calldata that are encoded already, no ABI object."""

    def __init__(self, workload: dict[str, Any]) -> None:
        import boa

        env: Any = boa.env
        self._env = env
        for address in workload["accounts"]:
            env.set_balance(address, _ENDOWMENT)
        self._segments = [_calls(segment) for segment in workload["segments"]]
        for _, block in workload["prelude"]:
            env.time_travel(seconds=_INTERVAL)
            for sender, receiver, data, gas, created in block:
                if receiver:
                    self._call(sender, receiver, _octets(data))
                else:
                    made = env.deploy_code(
                        sender=sender, gas=gas, bytecode=_octets(data), override_address=created
                    )
                    _check(str(made[0] if isinstance(made, tuple) else made), created)

    def _call(self, sender: str, receiver: str, data: bytes) -> bool:
        computation = self._env.execute_code(to_address=receiver, sender=sender, data=data)
        return not computation.is_error

    def play(self, number: int) -> list[bool]:
        """Execute, one after another."""
        self._env.time_travel(seconds=_INTERVAL)
        return [self._call(*call) for call in self._segments[number]]


class VerbsPlayer:
    """verbs: `execute` on encoded calldata, in order; its own blocks would shuffle them."""

    def __init__(self, workload: dict[str, Any]) -> None:
        from verbs import envs

        env: Any = envs.EmptyEnvRandom(1)
        self._env = env
        for address in workload["accounts"]:
            env.create_account(_octets(address), _ENDOWMENT)
        self._segments = [
            [(_octets(sender), _octets(receiver), data) for sender, receiver, data in _calls(segment)]
            for segment in workload["segments"]
        ]
        for _, block in workload["prelude"]:
            env.process_block()
            for sender, receiver, data, _, created in block:
                if receiver:
                    env.execute(_octets(sender), _octets(receiver), _octets(data), 0)
                else:
                    made = bytes(env.deploy_contract(_octets(sender), "contract", _octets(data)))
                    _check("0x" + made.hex(), created)

    def play(self, number: int) -> list[bool]:
        """Execute, one after another; what reverts raises."""
        self._env.process_block()
        execute = self._env.execute
        for sender, receiver, data in self._segments[number]:
            execute(sender, receiver, data, 0)
        return [True] * len(self._segments[number])


class SimularPlayer:
    """simular: the small contract alone, because it takes arguments and an ABI, and no calldata."""

    def __init__(self, workload: dict[str, Any]) -> None:
        from simular import PyAbi, PyEvm

        if len(workload["prelude"]) > 1:
            raise ValueError("it takes no calldata")
        evm: Any = PyEvm()
        self._evm = evm
        for address in workload["accounts"]:
            evm.create_account(address, _ENDOWMENT)
        abi = (
            '[{"type":"function","name":"open","stateMutability":"nonpayable","outputs":[],"inputs":'
            '[{"name":"size","type":"int256"},{"name":"margin","type":"uint256"}]}]'
        )
        [(sender, _, data, _, created)] = workload["prelude"][0][1]
        self._abi = PyAbi.from_abi_bytecode(abi, _octets(data))
        _check(evm.deploy("()", sender, 0, self._abi), created)
        self._segments = [
            [(caller, receiver, _arguments(data)) for caller, receiver, data in _calls(segment)]
            for segment in workload["segments"]
        ]

    def play(self, number: int) -> list[bool]:
        """Transact, one after another; what reverts raises."""
        self._evm.advance_block(_INTERVAL)
        for sender, receiver, arguments in self._segments[number]:
            self._evm.transact("open", arguments, sender, receiver, 0, self._abi)
        return [True] * len(self._segments[number])


def _arguments(data: bytes) -> str:
    size = int.from_bytes(data[4:36], "big", signed=True)
    return f"({size}, {int.from_bytes(data[36:68], 'big')})"
