"""py-evm's state and lists, made sooner: the same accounts, slots, roots and stored nodes.

Each class does what the one of py-evm below it does, and nothing else. What took most of its time:

* Tries, written node by node: here they are `merkle_trie.MerkleTrie`.
* Every storage that a block has touched noted every call that began or ended anywhere, and every transaction:
  here one notes only those within which it is written.
* Accounts, slots and headers went through the general encoder, and were copied field by field.
* Each call opened a dictionary in each of the journals: here it is a mark (`py_evm_journal`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from importlib import import_module
from typing import Any

import rlp
from eth.abc import AccountDatabaseAPI, VirtualMachineAPI
from eth.constants import EMPTY_SHA3
from eth.db.accesslog import KeyAccessLoggerDB
from eth.db.account import IS_PRESENT_VALUE, AccountDB
from eth.db.batch import BatchDB
from eth.db.cache import CacheDB
from eth.db.hash_trie import HashTrie
from eth.db.storage import CLEAR_COUNT_KEY_NAME, AccountStorageDB, StorageLookup
from eth.rlp.accounts import Account
from eth.validation import validate_uint256
from eth.vm.forks.cancun.state import get_total_blob_gas
from eth.vm.interrupt import MissingStorageTrieNode
from eth.vm.transient_storage import TransientStorage
from eth_utils.logging import get_extended_debug_logger

from isomargin.chain.merkle_trie import MerkleTrie
from isomargin.chain.py_evm_journal import UndoJournal
from isomargin.chain.rlp_encoding import rlp_list, rlp_number, rlp_number_in

__all__ = ["QuickAccountDB", "with_quick_lists"]

_ACCOUNTS_KEPT = 8_192
_lists: Any = import_module("eth.db.trie")
_HASH = b"\xa0"  # RLP of 32 bytes begins so


class _QuickLookup(StorageLookup):
    """The trie of one account's storage."""

    _write_trie: Any

    def _get_write_trie(self) -> Any:
        if self._trie_nodes_batch is None:
            self._trie_nodes_batch = BatchDB(self._db, read_through_deletes=True)
        if self._write_trie is None:
            self._write_trie = MerkleTrie(self._trie_nodes_batch, self._starting_root_hash)
        return self._write_trie

    def _get_read_trie(self) -> Any:
        if self._write_trie is not None:
            return self._write_trie
        return MerkleTrie(self._db, self._starting_root_hash)


class _QuickStorageDB(AccountStorageDB):
    """The storage of one account. It asks `note` for the checkpoints that are open when it is written."""

    def __init__(
        self, db: Any, storage_root: Any, address: Any, note: Callable[[_QuickStorageDB], None]
    ) -> None:
        super().__init__(db, storage_root, address)
        self._storage_lookup = _QuickLookup(db, storage_root, address)
        self._storage_cache = CacheDB(self._storage_lookup)
        self._locked_changes: Any = UndoJournal(self._storage_cache)
        self._journal_storage: Any = UndoJournal(self._locked_changes)
        self._clear_count: Any = UndoJournal({CLEAR_COUNT_KEY_NAME: b"\0"})
        self._note = note

    def get(self, slot: int, from_journal: bool = True) -> int:
        self._accessed_slots.add(slot)
        found = self._journal_storage if from_journal else self._locked_changes
        try:
            encoded = found[_key_of(slot)]
        except MissingStorageTrieNode:
            raise
        except KeyError:
            return 0
        return rlp_number_in(encoded) if encoded else 0

    def set(self, slot: int, value: int) -> None:
        self._note(self)
        if value:
            self._journal_storage[_key_of(slot)] = rlp_number(value)
        else:
            super().set(slot, 0)

    def delete(self) -> None:
        self._note(self)
        super().delete()


def _key_of(slot: int) -> bytes:
    return slot.to_bytes((slot.bit_length() + 7) // 8 or 1, "big")


class _QuickTransientStorage(TransientStorage):
    """What lasts for a transaction."""

    def __init__(self) -> None:
        self._db: Any = UndoJournal({})

    def get_transient_storage(self, address: Any, slot: int) -> bytes:
        value: bytes = self._db.get((address, slot), b"")
        return value

    def set_transient_storage(self, address: Any, slot: int, value: bytes) -> None:
        self._db[address, slot] = value


class QuickAccountDB(AccountDB):
    """The accounts, and what they store."""

    def __init__(self, db: Any, state_root: Any) -> None:
        super().__init__(db, state_root)
        self._nodes = MerkleTrie(self._batchtrie, state_root)
        trie: Any = self._nodes
        self._trie = HashTrie(trie)
        self._trie_logger = KeyAccessLoggerDB(self._trie, log_missing_keys=False)
        self._trie_cache = CacheDB(self._trie_logger)
        self._journaltrie: Any = UndoJournal(self._trie_cache)
        self._journaldb: Any = UndoJournal(self._batchdb)
        self._codes: dict[Any, bytes] = {}  # by hash
        self._open: list[Any] = []  # checkpoints
        self._written: dict[Any, set[_QuickStorageDB]] = {}  # by checkpoint, the storages that noted it
        self._unlocked: set[_QuickStorageDB] = set()  # written since the transaction began

    @property
    def state_root(self) -> Any:
        """Of the accounts, without what a journal still has."""
        return self._nodes.root_hash

    @state_root.setter
    def state_root(self, value: Any) -> None:
        if self._nodes.root_hash != value:
            self._trie_cache.reset_cache()
            self._nodes.root_hash = value

    # Checkpoints

    def record(self) -> Any:
        """Open a checkpoint; storages hear of it when they are written."""
        checkpoint = self._journaldb.record()
        self._journaltrie.record(checkpoint)
        self._journal_accessed_state.record(checkpoint)
        self._open.append(checkpoint)
        return checkpoint

    def commit(self, checkpoint: Any) -> None:
        """Let stand what was done since a checkpoint."""
        self._journaldb.commit(checkpoint)
        self._journaltrie.commit(checkpoint)
        self._journal_accessed_state.commit(checkpoint)
        for store in self._ended(checkpoint):
            store.commit(checkpoint)

    def discard(self, checkpoint: Any) -> None:
        """Undo what was done since a checkpoint."""
        self._journaldb.discard(checkpoint)
        self._journaltrie.discard(checkpoint)
        self._journal_accessed_state.discard(checkpoint)
        self._account_cache.clear()
        for store in self._ended(checkpoint):
            store.discard(checkpoint)

    def lock_changes(self) -> None:
        """Make all that was done so far the beginning of a transaction."""
        self._forget_checkpoints()
        for store in self._unlocked:
            store.lock_changes()
        self._unlocked.clear()
        self._reset_access_counters()

    def make_state_root(self) -> Any:
        """Bring everything into the tries."""
        self._forget_checkpoints()
        self._unlocked.clear()
        return super().make_state_root()

    def _note(self, store: _QuickStorageDB) -> None:
        """Let a storage that is about to be written know the checkpoints that it does not know yet."""
        self._unlocked.add(store)
        unknown = [one for one in self._open if store not in self._written.setdefault(one, set())]
        for checkpoint in unknown:
            store.record(checkpoint)
            self._written[checkpoint].add(store)

    def _ended(self, checkpoint: Any) -> Collection[Any]:
        """End a checkpoint and all after it; the storages that have something to do for it."""
        if checkpoint not in self._open:  # storages were locked since
            self._forget_checkpoints()
            return [store for _, store in self._dirty_account_stores()]
        place = self._open.index(checkpoint)
        written = self._written.get(checkpoint, set())
        for ended in self._open[place:]:
            self._written.pop(ended, None)
        del self._open[place:]
        return written

    def _forget_checkpoints(self) -> None:
        self._open.clear()
        self._written.clear()

    # Accounts

    def set_balance(self, address: Any, balance: int) -> None:
        """Write a balance."""
        validate_uint256(balance, title="Account Balance")
        self._set_account(address, _changed(self._get_account(address), balance=balance))

    def set_nonce(self, address: Any, nonce: int) -> None:
        """Write a nonce."""
        self._set_account(address, _changed(self._get_account(address), nonce=nonce))

    def touch_account(self, address: Any) -> None:
        """Let an account be there, if only as an empty one."""
        account = self._get_account(address)
        if not (account.nonce or account.balance or account.code_hash != EMPTY_SHA3):
            self._set_account(address, account)

    def get_code(self, address: Any) -> bytes:
        """Read the code."""
        code_hash = self._get_account(address).code_hash
        code = self._codes.get(code_hash)
        if code is None:
            code = self._codes[code_hash] = super().get_code(address)
        return code

    def get_storage(self, address: Any, slot: int, from_journal: bool = True) -> int:
        """Read a slot."""
        word: int = self._get_address_store(address).get(slot, from_journal)
        return word

    def set_storage(self, address: Any, slot: int, value: int) -> None:
        """Write a slot."""
        store = self._get_address_store(address)
        self._dirty_accounts.add(address)
        store.set(slot, value)

    # What a transaction has touched (EIP-2929)

    def is_storage_warm(self, address: Any, slot: int) -> bool:
        """Whether the transaction has touched a slot."""
        return (address, slot) in self._journal_accessed_state

    def mark_storage_warm(self, address: Any, slot: int) -> None:
        """Remember that it has."""
        self._journal_accessed_state[address, slot] = IS_PRESENT_VALUE

    def _reset_access_counters(self) -> None:
        self._journal_accessed_state: Any = UndoJournal({})

    def _set_storage_root(self, address: Any, new_storage_root: Any) -> None:
        self._set_account(address, _changed(self._get_account(address), storage_root=new_storage_root))

    def _get_address_store(self, address: Any) -> Any:
        store = self._account_stores.get(address)
        if store is None:
            root = self._get_storage_root(address)
            store = _QuickStorageDB(self._raw_store_db, root, address, self._note)
            self._account_stores[address] = store
        return store

    def _get_account(self, address: Any, from_journal: bool = True) -> Account:
        if from_journal and address in self._account_cache:
            return self._account_cache[address]
        account = _account_in(self._get_encoded_account(address, from_journal))
        if from_journal:
            self._account_cache[address] = account
        return account

    def _set_account(self, address: Any, account: Account) -> None:
        self._account_cache[address] = account
        self._journaltrie[address] = rlp_list(
            rlp_number(account.nonce)
            + rlp_number(account.balance)
            + b"".join((_HASH, account.storage_root, _HASH, account.code_hash))
        )


@lru_cache(maxsize=_ACCOUNTS_KEPT)
def _account_in(encoded: bytes) -> Account:
    return rlp.decode(encoded, sedes=Account) if encoded else Account()


def _changed(record: Any, **changes: Any) -> Any:
    """A copy of one of py-evm's records, which never change, with other values in some fields."""
    kind: Any = type(record)
    copy = object.__new__(kind)
    held, made = record.__dict__, copy.__dict__
    for name, attribute in zip(kind._meta.field_names, kind._meta.field_attrs, strict=True):
        made[attribute] = changes[name] if name in changes else held[attribute]
    return copy


# Blocks


def with_quick_lists(machine: type[VirtualMachineAPI]) -> type[VirtualMachineAPI]:
    """Return a machine that does as `machine` does, on quick accounts, headers and lists of a block."""
    state_class: Any = machine._state_class  # type: ignore[attr-defined]

    class QuickState(state_class):
        account_db_class: type[AccountDatabaseAPI] = QuickAccountDB
        _transient_storage_class = _QuickTransientStorage
        logger = get_extended_debug_logger("eth.vm.state.QuickState")  # asked for many times a transaction

    class QuickMachine(machine):  # type: ignore[misc,valid-type]
        _state_class = QuickState

        @classmethod
        def validate_receipt(cls, receipt: Any) -> None:
            """Trust the bloom filter: it was made of the very logs."""

        def add_receipt_to_header(self, old_header: Any, receipt: Any) -> Any:
            return _changed(old_header, bloom=old_header.bloom | receipt.bloom, gas_used=receipt.gas_used)

        def increment_blob_gas_used(self, old_header: Any, transaction: Any) -> Any:
            blobs = get_total_blob_gas(transaction)
            return (
                _changed(old_header, blob_gas_used=old_header.blob_gas_used + blobs) if blobs else old_header
            )

    _lists._make_trie_root_and_nodes = _root_and_nodes
    return QuickMachine


@lru_cache(maxsize=128)  # a block's lists are asked for again when it is validated
def _root_and_nodes(items: tuple[bytes, ...]) -> tuple[bytes, dict[bytes, bytes]]:
    """Root and nodes of a list of transactions or receipts; stands in for py-evm's in this process."""
    nodes: dict[bytes, bytes] = {}
    trie = MerkleTrie(nodes)
    for index, item in enumerate(items):
        trie[rlp_number(index)] = item
    return trie.root_hash, nodes
