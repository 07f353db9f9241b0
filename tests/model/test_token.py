"""Balances move exactly, refuse what is not there, and go back when an action is refused."""

from __future__ import annotations

import pytest

from isomargin.model import Rejected, TokenLedger
from isomargin.model.token import JournaledDict
from isomargin.units import to_wad


def test_transfer__of_what_is_there__moves_it() -> None:
    token = TokenLedger()
    token.mint("alice", 10)
    assert token.transfer("alice", "bob", 4) == 4
    assert (token.balance("alice"), token.balance("bob"), token.total_supply) == (6, 4, 10)


def test_transfer__to_oneself__changes_nothing() -> None:
    token = TokenLedger()
    token.mint("alice", 10)
    assert token.transfer("alice", "alice", 10) == 10
    assert token.balance("alice") == 10


@pytest.mark.parametrize(
    ("receiver", "amount", "reason"),
    [("bob", 11, "token: insufficient balance"), ("mallory", 1, "token: refused")],
)
def test_transfer__that_the_token_refuses__moves_nothing(receiver: str, amount: int, reason: str) -> None:
    token = TokenLedger()
    token.mint("alice", 10)
    token.blocked.add("mallory")
    with pytest.raises(Rejected) as refusal:
        token.transfer("alice", receiver, amount)
    assert refusal.value.reason == reason
    assert dict(token.balances) == {"alice": 10}


def test_transfer__of_a_token_with_a_fee__burns_it_rounded_up() -> None:
    token = TokenLedger(to_wad("0.1"))
    token.mint("alice", 100)
    assert token.transfer("alice", "bob", 11) == 9
    assert (token.balance("bob"), token.total_supply) == (9, 98)


def test_journaled_dict__after_undo__is_what_it_was_at_keep() -> None:
    journal: JournaledDict[str, int] = JournaledDict()
    journal["old"] = 1
    journal.keep()
    journal["old"] = 2
    journal["old"] = 3
    journal["new"] = 4
    journal.undo()
    assert dict(journal) == {"old": 1}
    journal.undo()
    assert dict(journal) == {"old": 1}
