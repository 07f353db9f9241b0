"""Fixtures for the contracts' tests: one chain a file, put back after each test, and actors by their role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from isomargin.chain import Chain, Receipt, Transaction
from isomargin.errors import TransactionReverted

Refused = Callable[[str], AbstractContextManager[Any]]
MineAt = Callable[[int, Transaction], Receipt]


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain()


@pytest.fixture(autouse=True)
def isolation(chain: Chain) -> Iterator[None]:
    snapshot = chain.snapshot()
    yield
    chain.revert(snapshot)


@pytest.fixture(scope="module")
def owner(chain: Chain) -> str:
    """Deploys everything, so owns it."""
    return chain.account("deployer")


@pytest.fixture(scope="module")
def stranger(chain: Chain) -> str:
    return chain.account("stranger")


@pytest.fixture(scope="session")
def refused() -> Refused:
    """`with refused(reason)`: the block must revert with exactly this reason."""

    def expect(reason: str) -> AbstractContextManager[Any]:
        return pytest.raises(TransactionReverted, match=f"^{re.escape(reason)}$")

    return expect


@pytest.fixture(scope="module")
def mine_at(chain: Chain) -> MineAt:
    """`mine_at(timestamp, transaction)`: mined in a block of that very second; raises when it reverts."""

    def mine(timestamp: int, transaction: Transaction) -> Receipt:
        (receipt,) = chain.mine([transaction], timestamp=timestamp).receipts
        if not receipt.success:
            raise TransactionReverted(receipt.revert_reason, receipt.revert_data)
        return receipt

    return mine
