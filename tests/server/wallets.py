"""Test nodes without a market, and wallets that sign for them."""

from __future__ import annotations

from collections.abc import Sequence

from isomargin.chain import Block, Chain, Transaction, address_of, private_key_of
from isomargin.chain.signed import SignedTransaction, sign_transaction
from isomargin.server.clock import BlockClock
from isomargin.server.fees import Fees
from isomargin.server.node import TestNode

__all__ = ["CHAIN_ID", "ETHER", "GAS", "GWEI", "Listening", "Wallet", "bare_node"]

CHAIN_ID = 1337
ETHER, GWEI = 10**18, 10**9
GAS = 21_000


class Wallet:
    """Somebody with a key who signs transfers and calls with dynamic fees."""

    def __init__(self, name: str, chain_id: int = CHAIN_ID) -> None:
        self.address, self.key = address_of(name), private_key_of(name)
        self._chain_id = chain_id

    def sign(
        self,
        nonce: int,
        *,
        to: str | None = None,
        value: int = 0,
        data: bytes = b"",
        gas: int = GAS,
        tip: int = GWEI,
        max_fee: int = 200 * GWEI,
    ) -> SignedTransaction:
        """Sign; to an address that nobody has, if none is given."""
        receiver = address_of("nobody") if to is None else to
        return sign_transaction(
            Transaction(self.address, receiver, data, value, gas),
            key=self.key,
            nonce=nonce,
            chain_id=self._chain_id,
            max_fee=max_fee,
            max_priority_fee=tip,
        )


class Listening:
    """A listener that writes down what it hears."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.removed: list[Block] = []
        self.pending: list[SignedTransaction] = []

    def on_block(self, block: Block) -> None:
        """See `Listener`."""
        self.blocks.append(block)

    def on_removed(self, blocks: Sequence[Block]) -> None:
        """See `Listener`."""
        self.removed += blocks

    def on_pending(self, transaction: SignedTransaction) -> None:
        """See `Listener`."""
        self.pending.append(transaction)


def bare_node(
    engine: str, *rich: Wallet, gas_price: int = 30 * GWEI, gas_limit: int = 36_000_000
) -> TestNode:
    """A node of an empty chain; the wallets have a hundred ether each."""
    chain = Chain(engine, chain_id=CHAIN_ID, signs=True)
    node = TestNode(chain, Fees(lambda now: gas_price, chain.block_gas_limit), BlockClock(12))
    for wallet in rich:
        node.set_balance(wallet.address, 100 * ETHER)
    return node
