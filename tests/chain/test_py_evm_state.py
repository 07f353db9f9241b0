"""py-evm's state and the quick one are told the same story, and stay the same to the root."""

from __future__ import annotations

from typing import Any

import pytest
from eth.db.account import AccountDB
from eth.db.atomic import AtomicDB
from eth.db.backends.memory import MemoryDB
from eth.db.journal import JournalDB
from eth.vm.forks.cancun.blocks import CancunBlockHeader
from eth.vm.forks.prague.headers import create_prague_header_from_parent
from eth_typing import Address, BlockNumber
from eth_utils.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin.chain.py_evm_journal import UndoJournal
from isomargin.chain.py_evm_state import QuickAccountDB, _changed

ACCOUNTS = tuple(Address(bytes((number,)) * 20) for number in range(1, 4))
SLOTS = (0, 1, 255, 256, 2**255)
NUMBERS = (0, 1, 127, 128, 2**64 - 1, 2**256 - 1)

accounts = st.sampled_from(ACCOUNTS)
acts = st.one_of(
    st.tuples(st.just("set_storage"), accounts, st.sampled_from(SLOTS), st.sampled_from(NUMBERS)),
    st.tuples(st.just("set_balance"), accounts, st.sampled_from(NUMBERS)),
    st.tuples(st.just("set_nonce"), accounts, st.sampled_from(NUMBERS[:5])),
    st.tuples(st.just("set_code"), accounts, st.binary(max_size=3)),
    st.tuples(st.just("delete_account"), accounts),
    st.tuples(st.just("touch_account"), accounts),
    st.tuples(st.just("mark_address_warm"), accounts),
    st.tuples(st.just("mark_storage_warm"), accounts, st.sampled_from(SLOTS)),
    st.tuples(st.just("delete_storage"), accounts),
    st.just(("record",)),
    st.just(("commit",)),
    st.just(("discard",)),
    st.just(("lock_changes",)),
    st.just(("end transaction",)),
    st.just(("end block",)),
)


class Teller:
    """Tells a story to an account database as py-evm's machines do."""

    def __init__(self, kind: Any) -> None:
        self.kind, self.nodes = kind, AtomicDB()
        self.accounts = kind(self.nodes, AccountDB(AtomicDB()).state_root)
        self.open: list[Any] = []
        self.deleted: set[Any] = set()  # since the first open checkpoint: py-evm can revert one deletion each

    def tell(self, act: str, *args: Any) -> None:
        match act:
            case "record":
                self.open.append(self.accounts.record())
            case "commit" | "discard":
                if self.open:
                    getattr(self.accounts, act)(self.open.pop())
            case "lock_changes":  # those that are open are never spoken of again
                self.accounts.lock_changes()
                self.open.clear()
            case "end transaction":
                self.settle()
                self.accounts.lock_changes()
            case "end block":
                self.settle()
                self.accounts.persist()
                self.accounts = self.kind(self.nodes, self.accounts.state_root)
            case "delete_account" | "delete_storage":
                if not self.open or args[0] not in self.deleted:
                    getattr(self.accounts, act)(*args)
                    self.deleted.add(args[0])
            case _:
                getattr(self.accounts, act)(*args)
        if not self.open:
            self.deleted.clear()

    def settle(self) -> None:
        while self.open:
            self.accounts.commit(self.open.pop())

    def seen(self) -> list[Any]:
        return [
            (
                self.accounts.get_balance(account),
                self.accounts.get_nonce(account),
                self.accounts.get_code(account),
                self.accounts.account_exists(account),
                self.accounts.is_address_warm(account),
                [self.accounts.is_storage_warm(account, slot) for slot in SLOTS],
                [
                    self.accounts.get_storage(account, slot, from_journal=is_new)
                    for slot in SLOTS
                    for is_new in (True, False)
                ],
            )
            for account in ACCOUNTS
        ]


@settings(max_examples=150, deadline=None)
@given(st.lists(acts, max_size=40))
def test_accounts__told_any_story__are_those_of_py_evm_at_every_step(story):
    plain, quick = Teller(AccountDB), Teller(QuickAccountDB)
    for act in [*story, ("end block",)]:
        plain.tell(*act)
        quick.tell(*act)
        assert quick.seen() == plain.seen()
    assert quick.accounts.state_root == plain.accounts.state_root
    again = AccountDB(quick.nodes, quick.accounts.state_root)
    assert all(again.get_balance(one) == plain.accounts.get_balance(one) for one in ACCOUNTS)
    assert all(
        again.get_storage(one, slot) == plain.accounts.get_storage(one, slot)
        for one in ACCOUNTS
        for slot in SLOTS
    )


keys, values = st.sampled_from((b"a", b"b", b"c")), st.sampled_from((b"", b"1", b"2"))
changes = st.one_of(
    st.tuples(st.just("set"), keys, values),
    st.tuples(st.just("del"), keys),
    st.just(("clear",)),
    st.just(("record",)),
    st.tuples(st.sampled_from(("commit", "discard")), st.integers(0, 5)),
    st.sampled_from((("flatten",), ("persist",), ("reset",))),
)


class Keeper:
    """A journal over a database that has something."""

    def __init__(self, kind: Any) -> None:
        self.below = MemoryDB({b"a": b"0", b"b": b"0"})
        self.journal = kind(self.below)
        self.open: list[Any] = []

    def do(self, act: str, *args: Any) -> str:
        """Do it; "missing" if it is refused."""
        try:
            self._do(act, *args)
        except KeyError:
            return "missing"
        return ""

    def _do(self, act: str, *args: Any) -> None:
        match act:
            case "set":
                self.journal[args[0]] = args[1]
            case "del":
                del self.journal[args[0]]
            case "record":
                self.open.append(self.journal.record())
            case "commit" | "discard":
                if self.open:
                    place = args[0] % len(self.open)
                    getattr(self.journal, act)(self.open[place])
                    del self.open[place:]
            case "clear":
                self.journal.clear()
            case _:
                getattr(self.journal, act)()
                self.open.clear()

    def seen(self) -> list[Any]:
        journal, diff = self.journal, self.journal.diff()
        return [
            [journal.get(key) for key in (b"a", b"b", b"c")],
            [key in journal for key in (b"a", b"b", b"c")],
            [journal.has_checkpoint(each) for each in self.open],
            journal.has_clear(),
            sorted(diff.pending_items()),
            sorted(diff.deleted_keys()),
            [self.below.get(key) for key in (b"a", b"b", b"c")],
        ]


@settings(max_examples=300, deadline=None)
@given(st.lists(changes, min_size=8, max_size=40))
def test_journal__told_any_story__is_that_of_py_evm_at_every_step(story):
    plain, quick = Keeper(JournalDB), Keeper(UndoJournal)
    for act in story:
        assert quick.do(*act) == plain.do(*act)
        assert quick.seen() == plain.seen()


@pytest.mark.parametrize("act", ["commit", "discard"])
def test_journal__checkpoint_that_was_forgotten__raises(act):
    journal = UndoJournal({})
    outer, inner = journal.record(), journal.record()
    journal.commit(outer)
    with pytest.raises(ValidationError, match=f"No checkpoint {inner} was found"):
        getattr(journal, act)(inner)


def test_changed__header__is_what_its_own_copy_is():
    parent = CancunBlockHeader(
        difficulty=0, block_number=BlockNumber(0), gas_limit=10**7, timestamp=5, base_fee_per_gas=7
    )
    header = create_prague_header_from_parent(parent, timestamp=17)
    assert header.hash  # a copy must not keep it
    quick, plain = _changed(header, gas_used=21_000, bloom=5), header.copy(gas_used=21_000, bloom=5)
    assert quick == plain
    assert quick.hash == plain.hash != header.hash
    assert quick.as_dict() == plain.as_dict()
