"""Signs a transaction for a case: ``python -m tests.server.conformance.signing alice 3 --to bob --value 1``.

The keys are known to everybody: keccak-256 of ``corpus-NAME``.
"""

from __future__ import annotations

import argparse
from typing import Any

from eth_account import Account

from isomargin.chain.accounts import address_of, checksum_address, private_key_of

__all__ = ["CHAIN_ID", "raw_transaction"]

CHAIN_ID = 1337
_GWEI = 10**9


def raw_transaction(sender: str, nonce: int, **fields: Any) -> str:
    """Sign as a person of the corpus.

    Parameters
    ----------
    sender : str
    nonce : int
    fields
        As `eth_account` names them. Without a price of any kind it pays up to 100 gwei and a tip of 1 gwei. A
        `to` that is no address is a person; without one the transaction creates a contract.
    """
    if "gasPrice" not in fields:
        fields = {"maxFeePerGas": 100 * _GWEI, "maxPriorityFeePerGas": _GWEI, **fields}
    fields["to"] = _address(fields.get("to", ""))
    whole = {"chainId": CHAIN_ID, "nonce": nonce, "value": 0, "gas": 100_000, **fields}
    signed = Account.sign_transaction(whole, private_key_of(f"corpus-{sender}"))
    return signed.raw_transaction.to_0x_hex()


def _address(text: str) -> str:
    if text.startswith("0x"):
        return checksum_address(bytes.fromhex(text[2:]))
    return address_of(f"corpus-{text}") if text else ""


def _main() -> None:
    parser = argparse.ArgumentParser(description="Signs a transaction for a case of the corpus.")
    parser.add_argument("sender")
    parser.add_argument("nonce", type=int)
    parser.add_argument("--to", default="")
    parser.add_argument("--data", default="0x")
    for name in ("value", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "chainId"):
        parser.add_argument(f"--{name}", type=int)
    chosen = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
    print(raw_transaction(chosen.pop("sender"), chosen.pop("nonce"), **chosen))


if __name__ == "__main__":
    _main()
