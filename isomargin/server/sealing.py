"""A block of what the chain accepts, where one bad transaction must not hold up the others."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from isomargin.chain import Block, Chain
from isomargin.chain.signed import SignedTransaction
from isomargin.errors import ChainError

__all__ = ["mine_what_is_accepted"]

_log = logging.getLogger(__name__)


def mine_what_is_accepted(
    chain: Chain,
    transactions: Sequence[SignedTransaction],
    *,
    timestamp: int,
    base_fee: int,
    extra_data: bytes = b"",
) -> tuple[Block, list[SignedTransaction]]:
    """Mine transactions without those that cannot even begin, and without what their senders sent after them.

    The mempool lets such a transaction pass only if something changed behind its back.

    Parameters
    ----------
    chain : Chain
    transactions : sequence of SignedTransaction
    timestamp, base_fee, extra_data : int, int, bytes
        Of the block.

    Returns
    -------
    tuple of Block and list of SignedTransaction
        The block, and the transactions that were refused.

    Raises
    ------
    ChainError
        If not even an empty block can be made.
    """
    chosen, refused = list(transactions), []
    while True:
        try:
            block = chain.mine(chosen, timestamp=timestamp, base_fee=base_fee, extra_data=extra_data)
        except ChainError as error:
            if not chosen:
                raise
            place = _first_refused(chain, chosen, timestamp, base_fee)
            culprit = chosen[place]
            _log.warning("transaction 0x%s dropped: %s", culprit.hash.hex(), error)
            refused.append(culprit)
            chosen[place:] = [one for one in chosen[place:] if one.sender != culprit.sender]
        else:
            return block, refused


def _first_refused(chain: Chain, chosen: Sequence[SignedTransaction], timestamp: int, base_fee: int) -> int:
    """Find the first transaction that the chain does not take, by trying shorter blocks."""
    good, bad = 0, len(chosen)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            with chain.rehearsal():
                chain.mine(chosen[:middle], timestamp=timestamp, base_fee=base_fee)
            good = middle
        except ChainError:
            bad = middle
    return good
