"""The usual way: web3 over its EthereumTesterProvider, a transaction at a time, each mined by itself."""

from __future__ import annotations

from typing import Any

from eth_tester import EthereumTester, PyEVMBackend
from eth_utils.crypto import keccak
from web3 import EthereumTesterProvider, Web3

__all__ = ["EthTesterPlayer"]

_ENDOWMENT = 10**27
_NOTHING: dict[str, Any] = {"nonce": 0, "code": b"", "storage": {}}


class EthTesterPlayer:
    """Plays a list as `Workload.write` writes it.

    The calldata are encoded already and gas is given, so that neither encoding nor estimation is measured.
    """

    def __init__(self, workload: dict[str, Any]) -> None:
        accounts: dict[str, str] = workload["accounts"]
        people = {bytes.fromhex(address[2:]): {**_NOTHING, "balance": _ENDOWMENT} for address in accounts}
        self._tester = EthereumTester(PyEVMBackend(genesis_state=people))
        keys = {address: keccak(text=name) for address, name in accounts.items()}
        for key in keys.values():
            self._tester.add_account("0x" + key.hex())
        self._eth = Web3(EthereumTesterProvider(self._tester)).eth
        self._segments = [[_sent(each) for each in segment] for segment in workload["segments"]]
        _lead(self._tester.backend.chain, keys, workload["prelude"])

    def play(self, number: int) -> list[bool]:
        """Send a segment, one by one."""
        eth = self._eth
        return [
            eth.wait_for_transaction_receipt(eth.send_transaction(each))["status"] == 1
            for each in self._segments[number]
        ]


def _sent(plain: list[Any]) -> Any:
    sender, receiver, data, gas = plain
    return {"from": sender, "to": receiver, "data": "0x" + data, "gas": gas}


def _lead(chain: Any, keys: dict[str, bytes], prelude: list[Any]) -> None:
    """Mine the prelude on the machine itself, which is not measured."""
    from eth_keys.datatypes import PrivateKey

    nonces: dict[str, int] = {}
    for _, block in prelude:
        for sender, receiver, data, gas, _ in block:
            nonces[sender] = nonces.get(sender, -1) + 1
            unsigned = chain.create_unsigned_transaction(
                nonce=nonces[sender],
                gas_price=10**10,
                gas=gas,
                to=bytes.fromhex(receiver[2:]) if receiver else b"",
                value=0,
                data=bytes.fromhex(data),
            )
            signed = unsigned.as_signed_transaction(PrivateKey(keys[sender]), chain_id=chain.chain_id)
            _, receipts, _ = chain.mine_all([signed])
            assert receipts[0].state_root == b"\x01", "the prelude went otherwise"
