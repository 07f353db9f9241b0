"""Book: what events make of it, and that it comes to the same as the chain."""

from __future__ import annotations

from typing import Any

import pytest

from isomargin.book import Book, BookPosition
from isomargin.errors import IsomarginError
from isomargin.model import Bracket, Parameters, RiskTable
from isomargin.units import WAD
from tests.market_walk import ACTIONS, MarketWalk
from tests.system_helpers import Stage, rebuilt_book

NOBODY = "0x" + "00" * 20
TRADER, VAULT, POOL, KEEPER = "trader", "vault", "pool", "keeper"


def transfer(book: Book, sender: str, receiver: str, value: int) -> None:
    book.apply("token", "Transfer", {"sender": sender, "receiver": receiver, "value": value})


def opened(book: Book, id: int = 1, size: int = 10 * WAD, vault: str = VAULT, **changes: Any) -> None:
    """Ten long at 100, 105 tokens in the vault of which 5 are the keeper's."""
    transfer(book, NOBODY, TRADER, 1_000)
    transfer(book, TRADER, vault, 105)
    usual = {
        "id": id,
        "owner": TRADER,
        "vault": vault,
        "size": size,
        "cost": size * 100,
        "funding_index": 7 * WAD,
        "margin": 100,
        "keeper_reserve": 5,
        "fill_price": 100 * WAD,
        "fee": 3,
    }
    book.apply("market", "PositionOpened", usual | changes)


def ended(book: Book, event: str, id: int = 1, **changes: Any) -> None:
    usual = {"id": id, "size": 0, "cost": 0, "funding_index": 0, "funding": 11, "fee": 4}
    book.apply("market", event, usual | changes)


def accrued(book: Book, index: int, rate: int = 0) -> None:
    args = {"funding_index": index, "rate": rate, "scaled_rate": rate * 86_400, "price": 0}
    book.apply("market", "FundingAccrued", args)


# Default behaviour


def test_book__before_any_event__is_empty():
    book = Book()
    assert (book.positions, book.ended, book.balances, book.last_id, book.skew) == ({}, {}, {}, 0, 0)


def test_apply__transfers__move_balances_and_supply():
    book = Book()
    transfer(book, NOBODY, TRADER, 100)
    transfer(book, TRADER, POOL, 30)
    transfer(book, POOL, NOBODY, 10)
    assert (book.balance(TRADER), book.balance(POOL), book.total_supply) == (70, 20, 90)
    assert NOBODY not in book.balances


def test_apply__transfer_to_oneself__changes_nothing():
    book = Book()
    transfer(book, NOBODY, TRADER, 100)
    transfer(book, TRADER, TRADER, 30)
    assert book.balance(TRADER) == 100


def test_apply__opening__holds_the_position_and_its_sums():
    book = Book()
    opened(book)
    assert book.positions == {1: BookPosition(1, TRADER, VAULT, 10 * WAD, 1_000 * WAD, 7 * WAD, 5)}
    assert (book.long_open_interest, book.short_open_interest, book.skew) == (10 * WAD, 0, 10 * WAD)
    assert (book.cost_sum, book.funding_basis, book.fees) == (1_000 * WAD, 70 * WAD * WAD, 3)
    assert (book.last_id, book.id_at(VAULT), book.id_at(POOL)) == (1, 1, None)


def test_margin__vault_of_an_open_position__is_its_balance_less_the_reserve():
    book = Book()
    opened(book)
    assert book.margin(1) == 100
    transfer(book, "stranger", VAULT, 20)  # a donation counts
    assert book.margin(1) == 120
    assert book.held(1).margin == 120
    assert book.held(1).keeper_reserve == 5


def test_apply__modification__replaces_the_share_of_every_sum():
    book = Book()
    opened(book)
    opened(book, id=2, vault="other", size=-4 * WAD)
    after = {"size": -9 * WAD, "cost": -905 * WAD, "funding_index": 8 * WAD, "funding": -13, "fee": 2}
    book.apply("market", "PositionModified", {"id": 2, **after})
    assert (book.long_open_interest, book.short_open_interest, book.skew) == (10 * WAD, 9 * WAD, WAD)
    assert (book.cost_sum, book.funding_basis) == (95 * WAD, -2 * WAD * WAD)
    assert (book.funding_settled, book.fees) == (-13, 3 + 3 + 2)


@pytest.mark.parametrize(
    ("event", "outcome"), [("PositionClosed", "closed"), ("PositionLiquidated", "liquidated")]
)
def test_apply__end__leaves_no_trace_in_the_sums(event, outcome):
    book = Book()
    opened(book)
    ended(book, event)
    assert book.positions == {}
    assert (book.ended[1].outcome, book.ended[1].owner, book.ended[1].bad_debt) == (outcome, TRADER, 0)
    assert (book.long_open_interest, book.cost_sum, book.funding_basis) == (0, 0, 0)
    assert (book.margin(1), book.last_id, book.id_at(VAULT)) == (0, 1, 1)


def test_apply__partial_liquidation__leaves_the_rest_open():
    book = Book()
    opened(book)
    ended(book, "PositionLiquidated", size=4 * WAD, cost=400 * WAD, funding_index=9 * WAD)
    assert book.positions[1] == BookPosition(1, TRADER, VAULT, 4 * WAD, 400 * WAD, 9 * WAD, 5)
    assert book.ended == {}


def test_apply__bad_debt__is_summed_and_stays_with_its_position():
    book = Book()
    for id, amount in ((1, 40), (2, 2)):
        opened(book, id=id, vault=f"vault {id}")
        book.apply(
            "market", "BadDebt", {"id": id, "amount": amount, "insurance_paid": 0, "pool_loss": amount}
        )
        ended(book, "PositionLiquidated", id=id)
    assert (book.bad_debt, book.ended[1].bad_debt, book.ended[2].bad_debt) == (42, 40, 2)


def test_apply__event_of_no_concern__changes_nothing():
    book = Book()
    book.apply("market", "GuardianSet", {"guardian": TRADER})
    book.apply(
        "pool", "Transfer", {"sender": NOBODY, "receiver": TRADER, "value": 5}
    )  # shares, not collateral
    assert (book.balances, book.total_supply) == ({}, 0)


def test_funding_index_at__time_and_skew__grows_as_the_market_would():
    parameters = Parameters(0, 0, WAD // 10, 0, 100 * WAD, 0, 0, 0, 0)
    book = Book()
    opened(book)
    accrued(book, 5 * WAD)
    # skew 10 of 100 pays a tenth of 10% a day: a price of 50 moves by 0.5 in a day
    assert book.funding_index_at(50 * WAD, 86_400, parameters) == 5 * WAD + WAD // 2
    assert book.funding_index_at(50 * WAD, 0, parameters) == 5 * WAD


def test_funding_index_at__rate_with_a_velocity__starts_from_the_one_that_was_told():
    # a skew of 10 of 100 moves the rate by a tenth of 20% a day: from -1% to 1% in a day, which is nothing
    parameters = Parameters(0, 0, WAD // 10, 0, 100 * WAD, 0, 0, 0, 0, WAD // 5)
    book = Book()
    opened(book)
    accrued(book, 5 * WAD, rate=-WAD // 100)
    assert book.scaled_rate == -WAD * 864
    assert book.funding_index_at(50 * WAD, 86_400, parameters) == 5 * WAD
    # in two days from -1% to 3%, 1% on average: twice half a unit at 50
    assert book.funding_index_at(50 * WAD, 2 * 86_400, parameters) == 6 * WAD


def test_liquidatable__equity_just_below_maintenance__is_named_in_id_order():
    risk = RiskTable((Bracket(0, WAD // 10, WAD // 20),), 10**6 * WAD, WAD // 100)
    book = Book()
    opened(book, id=2, vault="second", funding_index=0)
    opened(book, id=1, vault="first", funding_index=0)
    opened(book, id=3, vault="short", size=-10 * WAD, funding_index=0)
    # ten long at 100 with a margin of 100 whole tokens: equity is 10 p - 900, maintenance p / 2
    sound, unsound = 94_736_842_105_263_157_895, 94_736_842_105_263_157_894
    assert book.liquidatable(sound, 0, risk, WAD) == []
    assert book.liquidatable(unsound, 0, risk, WAD) == [1, 2]
    # the short's equity is 1100 - 10 p, above 150, until it owes funding of 110 to the longs
    assert book.liquidatable(unsound, -11 * WAD, risk, WAD) == [3]


# Refusals


@pytest.mark.parametrize("event", ["PositionModified", "PositionClosed", "PositionLiquidated"])
def test_apply__position_that_is_not_open__is_refused(event):
    with pytest.raises(IsomarginError, match=f"^{event} names position 5, which is not open$"):
        ended(Book(), event, id=5)


@pytest.mark.parametrize("is_over", [False, True])
def test_apply__id_used_twice__is_refused(is_over):
    book = Book()
    opened(book)
    if is_over:
        ended(book, "PositionClosed")
    with pytest.raises(IsomarginError, match=r"^PositionOpened names position 1, which was there before$"):
        opened(book)


def test_held__position_that_is_not_open__raises():
    with pytest.raises(KeyError):
        Book().held(1)


# The chain


@pytest.mark.parametrize(("decimals", "seed", "blocks"), [(6, 11, 100), (18, 12, 60)])
def test_book__rebuilt_from_logs_alone__is_the_chain(decimals, seed, blocks):
    stage = Stage(decimals=decimals, full_every=0)
    walk = MarketWalk(stage, seed)
    for number in range(1, blocks + 1):
        walk.step()
        if number % 30 == 0:
            assert_book_is_the_chain(rebuilt_book(stage.system), stage)
    assert stage.finish() == set()
    assert walk.succeeded.keys() == {*ACTIONS, "push", "liquidate"}, f"not all succeeded: {walk.succeeded}"
    assert walk.failed, "nothing was ever refused"
    assert_liquidations_of_all_kinds(stage)


def assert_book_is_the_chain(book: Book, stage: Stage) -> None:
    system, state = stage.system, stage.system.market_state()
    views = {view.id: view for view in system.open_positions()}
    assert sorted(views) == sorted(book.positions)
    for position_id, held in book.positions.items():
        view = views[position_id]
        for name in ("owner", "vault", "size", "cost", "funding_index", "keeper_reserve"):
            assert getattr(held, name) == getattr(view, name)
        assert book.margin(position_id) == view.margin
    for name in (
        "long_open_interest",
        "short_open_interest",
        "skew",
        "cost_sum",
        "funding_basis",
        "bad_debt",
    ):
        assert getattr(book, name) == getattr(state, name)
    assert (book.last_id, len(book.ended)) == (state.last_id, state.last_id - len(views))
    assert book.funding_index == system.market.call("funding_index")
    assert book.balance(system.pool.address) == state.pool_cash
    assert book.balance(system.insurance_fund.address) == state.insurance_fund
    for account, balance in book.balances.items():
        assert balance == system.token_balance(account)
    assert book.total_supply == system.token.call("totalSupply")
    terms = system.terms
    due = book.liquidatable(state.price, state.funding_index, terms.risk, terms.token_scale)
    assert due == sorted(system.liquidatable())
    for position_id, gone in book.ended.items():
        assert system.market.call("position", position_id)[:3] == (gone.owner, gone.vault, 0)


def assert_liquidations_of_all_kinds(stage: Stage) -> None:
    events = [item.event for item in stage.system.events(stage.chain.logs())]
    liquidations = [event.args for event in events if event.name == "PositionLiquidated"]
    assert any(args["size"] != 0 for args in liquidations), "no liquidation was partial"
    assert any(args["size"] == 0 and args["payout"] > 0 for args in liquidations), (
        "none left its owner anything"
    )
    assert any(event.name == "BadDebt" for event in events), "none left bad debt"
