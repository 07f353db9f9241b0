"""Lets py-evm's database forget: what no header, block or state that is kept leads to goes, now and then.

The database is one dict of everything: headers, the nodes of all tries by their hash, and a few indices. A
state is kept by marking what its root leads to; states share most of their nodes, so that each costs little.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from itertools import chain, count
from typing import Any

import rlp
from eth.abc import BlockHeaderAPI, ChainDatabaseAPI
from eth.constants import BLANK_ROOT_HASH
from eth.db.schema import SchemaV1
from eth.exceptions import HeaderNotFound
from eth_typing import BlockNumber, Hash32

__all__ = ["STATES_KEPT", "Sweeper"]

STATES_KEPT = 128
"""Newest blocks whose states a pruned chain still has, as geth does."""

_HEADERS_KEPT = 300  # code may ask for the hashes of the last 256
_LEAST_GROWTH = 2_500  # entries from one sweep to the next
_BRANCH = 17  # parts of a trie node that branches; others have two
_LEAF = 2  # bit of the first nibble of a path that ends


class Sweeper:
    """Sweeps the database of one chain, once it has grown enough to be worth the while.

    Attributes
    ----------
    sweeps : int
        How often it did.
    """

    def __init__(self) -> None:
        self.sweeps = 0
        self._left = 0  # entries after the last sweep

    def sweep(
        self, chaindb: ChainDatabaseAPI, head: int, states_from: int, extra: Iterable[BlockHeaderAPI]
    ) -> None:
        """Forget what is old.

        Parameters
        ----------
        chaindb : ChainDatabaseAPI
            Over a database in memory.
        head, states_from : int
            The newest block, and the oldest whose state is kept, with its transactions.
        extra : iterable of BlockHeaderAPI
            Headers whose states are kept besides, be they sealed or not.
        """
        entries: MutableMapping[bytes, bytes] = chaindb.db.wrapped_db.kv_store  # type: ignore[attr-defined]
        if len(entries) < 1.25 * self._left + _LEAST_GROWTH:
            return
        kept, held = _Kept(entries), list(extra)
        first = min([states_from, head - _HEADERS_KEPT, *(header.block_number for header in held)])
        for header in _canonical_headers(chaindb, max(0, first), head):
            kept.header(header)
            if states_from <= header.block_number <= head:
                kept.body(header)
                for transaction_hash in chaindb.get_block_transaction_hashes(header):
                    kept.keys.add(SchemaV1.make_transaction_hash_to_block_lookup_key(transaction_hash))
                kept.state(header.state_root)
        for header in held:
            kept.header(header)
            kept.state(header.state_root)
        for key in [key for key in entries if key not in kept.keys and not key.startswith(b"v1:")]:
            del entries[key]
        self.sweeps += 1
        self._left = len(entries)


def _canonical_headers(chaindb: ChainDatabaseAPI, first: int, head: int) -> Iterator[BlockHeaderAPI]:
    """The genesis header and all from a number on that there are, be they above the head.

    After a return to an earlier head py-evm still looks at those above it when it writes in their place.
    """
    for number in chain([0], count(max(1, first))):
        try:
            yield chaindb.get_canonical_block_header_by_number(BlockNumber(number))
        except HeaderNotFound:
            if number > head:
                return


class _Kept:
    """The keys that stay, found by going through tries from their roots; each node is looked at once."""

    def __init__(self, entries: MutableMapping[bytes, bytes]) -> None:
        self.keys: set[bytes] = set()
        self._entries = entries

    def header(self, header: BlockHeaderAPI) -> None:
        """Keep a header, and the ways to it."""
        self.keys |= {
            header.hash,
            SchemaV1.make_block_hash_to_score_lookup_key(header.hash),
            SchemaV1.make_block_number_to_hash_lookup_key(header.block_number),
        }

    def body(self, header: Any) -> None:
        """Keep transactions and receipts."""
        self.keys.add(header.uncles_hash)
        for root in (header.transaction_root, header.receipt_root, header.withdrawals_root):
            self._trie(root)

    def state(self, root: Hash32) -> None:
        """Keep all accounts under a root, with their code and storage."""
        for leaf in self._trie(root):
            _, _, storage_root, code_hash = rlp.decode(leaf)
            self.keys.add(code_hash)
            self._trie(storage_root)

    def _trie(self, root: bytes) -> list[bytes]:
        """Mark the nodes that are not marked yet; return the values in them."""
        values: list[bytes] = []
        ahead: list[Any] = [root] if root and root != BLANK_ROOT_HASH else []
        while ahead:
            part = ahead.pop()
            if isinstance(part, bytes):
                if part in self.keys or part not in self._entries:
                    continue
                self.keys.add(part)
                part = rlp.decode(self._entries[part])
            if len(part) == _BRANCH:
                ahead += [child for child in part[:16] if child]
                values += [part[16]] if part[16] else []
            elif len(part) == 2 and part[0][0] >> 4 & _LEAF:
                values.append(part[1])
            elif len(part) == 2:
                ahead.append(part[1])
        return values
