"""What each action of the market does, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isomargin.model import (
    INSURANCE_FUND,
    MarketModel,
    Moment,
    PositionRecord,
    Status,
    TradeResult,
    full,
    vault_of,
)
from isomargin.units import to_wad
from tests.model.helpers import FAR, NO_LIMIT, PARAMETERS, STEPPED, TOKEN, assert_refused, at, funded_market

DAY = 86_400


@pytest.fixture
def market() -> MarketModel:
    """Alice is long ten since 200: fill 201, cost 2010, fee 2.01, so that 97.99 of her 100 are left."""
    market = funded_market()
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    return market


def test_open__of_ten_at_200__pays_half_its_skew_and_the_fee() -> None:
    market = funded_market()
    result = market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))
    assert result == TradeResult(
        position_id=1,
        delta=to_wad(10),
        fill_price=to_wad(201),
        trade_cost=to_wad(2_010),
        trade_fee=to_wad("2.01"),
        accrued_funding=0,
        realised_pnl=0,
        settlement=-2_010_000,
    )
    assert market.record(1) == PositionRecord("alice", to_wad(10), to_wad(2_010), 0, 3 * TOKEN)
    assert market.margin(1) == 97_990_000
    assert market.token.balance(vault_of(1)) == 100_990_000
    assert market.token.balance("alice") == 999_897 * TOKEN
    assert market.pool_cash == 1_000_002_010_000
    assert market.equity(1, to_wad(200), 0) == to_wad("87.99")
    assert market.open_ids() == [1]


def test_open__of_a_second_position__gets_the_next_id_and_its_own_vault(market: MarketModel) -> None:
    result = market.open("alice", -to_wad(10), 100 * TOKEN, 0, FAR, at(200))
    assert result.position_id == 2
    assert result.fill_price == to_wad(201)  # narrowing a skew of ten by ten: half of it is earned
    assert market.token.balance(vault_of(2)) == 100_990_000
    assert (market.books.long_open_interest, market.books.short_open_interest) == (to_wad(10), to_wad(10))
    assert market.books.skew == 0


def test_increase__a_day_later__settles_funding_and_fee(market: MarketModel) -> None:
    # A skew of 1% of the scale is 0.1% a day: 0.21 for each of ten at the price of this action.
    result = market.increase("alice", 1, to_wad(10), NO_LIMIT, FAR, at(210, DAY))
    assert result.accrued_funding == to_wad("2.1")
    assert result.fill_price == to_wad("213.15")
    assert result.trade_fee == to_wad("2.1315")
    assert result.settlement == -4_231_500
    assert market.margin(1) == 93_758_500
    assert market.record(1) == PositionRecord(
        "alice", to_wad(20), to_wad("4141.5"), to_wad("0.21"), 3 * TOKEN
    )


def test_decrease__of_four_at_210__realises_their_part(market: MarketModel) -> None:
    result = market.decrease("alice", 1, to_wad(4), 0, FAR, at(210))
    assert result.fill_price == to_wad("211.68")
    assert result.realised_pnl == to_wad("42.72")  # 846.72 for what cost 804
    assert result.trade_fee == to_wad("0.84672")
    assert result.settlement == 41_873_280
    assert market.margin(1) == 139_863_280
    assert market.record(1) == PositionRecord("alice", to_wad(6), to_wad(1_206), 0, 3 * TOKEN)


def test_close__at_210__pays_everything_out_with_the_reserve(market: MarketModel) -> None:
    result = market.close("alice", 1, 0, FAR, at(210))
    assert result.fill_price == to_wad("211.05")
    assert result.realised_pnl == to_wad("100.5")
    assert result.settlement == 98_389_500
    assert result.payout == 199_379_500
    assert market.token.balance("alice") == 999_897 * TOKEN + 199_379_500
    assert market.token.balance(vault_of(1)) == 0
    assert market.record(1) == PositionRecord("alice")
    assert replace(market.books, last_id=0) == replace(funded_market().books, last_id=0)


def test_close__with_impact_beyond_the_margin__is_cut_to_it(market: MarketModel) -> None:
    # Bob sells a hundred: alice closes into a skew of -90 at 181 and would lose 201.81 of 97.99.
    market.open("bob", -to_wad(100), 5_000 * TOKEN, 0, FAR, at(200))
    result = market.close("alice", 1, 0, FAR, at(200))
    assert result.fill_price == to_wad(181)
    assert result.realised_pnl == -to_wad(200)
    assert result.settlement == -97_990_000
    assert result.payout == 3 * TOKEN
    assert market.books.bad_debt == 0


def test_close__of_a_blocked_owner__leaves_it_to_be_claimed(market: MarketModel) -> None:
    market.token.blocked.add("alice")
    assert market.close("alice", 1, 0, FAR, at(210)).payout == 0
    assert market.token.balance(vault_of(1)) == 199_379_500
    assert market.claim("alice", 1, "safe") == 199_379_500
    assert market.token.balance("safe") == 199_379_500


def test_claim__of_what_came_after_the_end__pays_it(market: MarketModel) -> None:
    market.close("alice", 1, 0, FAR, at(210))
    market.token.transfer("bob", vault_of(1), 7)
    assert market.claim("alice", 1, "alice") == 7


def test_add_margin__by_anyone__is_credited_without_a_price(market: MarketModel) -> None:
    blind = Moment(DAY, price_reason="oracle: price stale")
    assert market.add_margin("bob", 1, 5 * TOKEN, blind) == 5 * TOKEN
    assert market.margin(1) == 102_990_000
    assert market.books.accrued_at == 0


def test_add_margin__of_a_token_with_a_fee__credits_what_arrived() -> None:
    market = MarketModel(PARAMETERS, STEPPED, token_fee_ratio=to_wad("0.1"))
    market.token.mint("alice", 1_000 * TOKEN)
    market.pool_deposit(10_000 * TOKEN)
    market.open("alice", to_wad(1), 97 * TOKEN, NO_LIMIT, FAR, at(200))
    assert market.margin(1) == 90 * TOKEN - 3 * TOKEN - 200_100
    assert market.add_margin("alice", 1, 10 * TOKEN) == 9 * TOKEN


def test_donation__to_a_vault__is_margin(market: MarketModel) -> None:
    market.token.transfer("bob", vault_of(1), TOKEN)
    assert market.margin(1) == 98_990_000


@pytest.mark.parametrize(("price", "most"), [(200, 47_990_000), (300, 37_990_000)])
def test_withdraw_margin__down_to_initial__leaves_unrealised_profit_inside(
    market: MarketModel, price: int, most: int
) -> None:
    # At 200 equity 87.99 less 40; at 300 the margin of 97.99 (equity is 1087.99) less 60.
    assert_refused(
        market,
        "market: below initial margin",
        lambda: market.withdraw_margin("alice", 1, most + 1, at(price)),
    )
    assert market.withdraw_margin("alice", 1, most, at(price)) == most
    assert market.margin(1) == 97_990_000 - most
    assert market.token.balance("alice") == 999_897 * TOKEN + most
    assert market.record(1) == PositionRecord("alice", to_wad(10), to_wad(2_010), 0, 3 * TOKEN)


def test_withdraw_margin__a_day_later__accrues_but_does_not_settle(market: MarketModel) -> None:
    market.withdraw_margin("alice", 1, TOKEN, at(200, DAY))
    assert (market.books.funding_index, market.books.accrued_at) == (to_wad("0.2"), DAY)
    assert market.holding(1).accrued_funding(market.books.funding_index) == to_wad(2)


def test_liquidate__of_a_part__moves_loss_and_penalty_and_keeps_the_reserve(market: MarketModel) -> None:
    # At 192.8 equity is 15.99 under a maintenance of 19.28: t = 1.2%, x = (23.136 - 15.99) / 1% = 714.6.
    result = market.liquidate("keeper", 1, at("192.8"))
    quantity = -(-to_wad("714.6") * to_wad(1) // to_wad("192.8"))
    assert (result.outcome.full, result.outcome.quantity) == (False, quantity)
    assert result.outcome.penalty == 1_429_201  # 0.2% of a trifle more than 714.6, up
    assert (result.reward, result.payout) == (714_600, 0)
    assert market.token.balance("keeper") == 1_000_000 * TOKEN + 714_600
    assert market.insurance_balance == 714_601
    assert market.holding(1).keeper_reserve == 3 * TOKEN
    assert market.books.long_open_interest == to_wad(10) - quantity
    assert market.status(1, to_wad("192.8"), 0) is Status.MARGIN_CALL  # a whole unit was rounded away


def test_liquidate__in_full__pays_keeper_insurance_and_owner(market: MarketModel) -> None:
    market.policy = full
    # At 192.8 margin 97.99, loss 82, penalty 0.2% of 1928: 3.856.
    result = market.liquidate("keeper", 1, at("192.8"))
    assert (result.outcome.settlement, result.outcome.penalty) == (-82 * TOKEN, 3_856_000)
    assert (result.reward, result.payout) == (4_928_000, 12_134_000)
    assert market.insurance_balance == 1_928_000
    assert market.record(1) == PositionRecord("alice")
    assert market.token.balance(vault_of(1)) == 0


def test_liquidate__of_an_insolvent_position__asks_insurance_first(market: MarketModel) -> None:
    # At 180 equity is 97.99 - 210 = -112.01; the fund holds five.
    market.token.mint(INSURANCE_FUND, 5 * TOKEN)
    cash = market.pool_cash
    result = market.liquidate("keeper", 1, at(180))
    assert result.outcome.bad_debt == market.books.bad_debt == to_wad("112.01")
    assert (result.covered, result.reward, result.payout) == (5 * TOKEN, 3 * TOKEN, 0)
    assert market.pool_cash == cash + 102_990_000
    assert market.insurance_balance == 0


def test_liquidate__with_a_rich_insurance_fund__leaves_the_pool_the_premium(market: MarketModel) -> None:
    # A liquidation has no price impact: the half of 10 x 180 x 1% that alice would have earned back stays.
    market.token.mint(INSURANCE_FUND, 500 * TOKEN)
    assets = market.total_assets(to_wad(180), 0)
    result = market.liquidate("keeper", 1, at(180))
    assert result.covered == 112_010_000
    assert market.total_assets(to_wad(180), 0) == assets + 9 * TOKEN


def test_liquidate__by_a_blocked_keeper__leaves_the_reward_to_the_owner(market: MarketModel) -> None:
    market.policy = full
    market.token.blocked.add("keeper")
    result = market.liquidate("keeper", 1, at("192.8"))
    assert (result.reward, result.payout) == (0, 12_134_000 + 4_928_000)


def test_liquidate__of_a_blocked_owner__pays_the_keeper_all_the_same(market: MarketModel) -> None:
    market.policy = full
    market.token.blocked.add("alice")
    result = market.liquidate("keeper", 1, at("192.8"))
    assert (result.reward, result.payout) == (4_928_000, 0)
    assert market.claim("alice", 1, "safe") == 12_134_000


def test_liquidate_batch__of_sick_sound_gone_and_repeated__takes_what_it_can(market: MarketModel) -> None:
    market.open("bob", to_wad(10), 5_000 * TOKEN, NO_LIMIT, FAR, at(200))
    market.open("bob", -to_wad(1), 100 * TOKEN, 0, FAR, at(200))
    market.close("bob", 3, NO_LIMIT, FAR, at(200))
    results = market.liquidate_batch("keeper", [2, 1, 1, 3, 99], at(180, DAY))
    assert [result.position_id for result in results] == [1]
    assert market.open_ids() == [2]
    assert market.books.accrued_at == DAY


def test_liquidate_batch__where_all_are_sound__still_accrues(market: MarketModel) -> None:
    assert market.liquidate_batch("keeper", [1], at(200, DAY)) == ()
    assert market.books.accrued_at == DAY


def test_pause__by_the_guardian__stops_opening_but_not_leaving(market: MarketModel) -> None:
    market.pause_opening("guardian")
    assert market.opening_paused
    market.decrease("alice", 1, to_wad(1), 0, FAR, at(200))
    market.add_margin("alice", 1, 1)
    market.withdraw_margin("alice", 1, 1, at(200))
    market.close("alice", 1, 0, FAR, at(200))
    market.resume_opening("admin")
    market.open("alice", to_wad(10), 100 * TOKEN, NO_LIMIT, FAR, at(200))


def test_decrease__beyond_the_caps__is_never_capped(market: MarketModel) -> None:
    market.open("bob", -to_wad(10), 100 * TOKEN, 0, FAR, at(200))
    market.set_parameters("admin", replace(PARAMETERS, max_open_interest=0, max_skew=0), at(200))
    market.decrease("alice", 1, to_wad(5), 0, FAR, at(200))
    assert market.books.skew == -to_wad(5)


def test_open__that_narrows_a_skew_above_the_cap__is_allowed(market: MarketModel) -> None:
    market.set_parameters("admin", replace(PARAMETERS, max_skew=to_wad(1)), at(200))
    market.open("bob", -to_wad(20), 500 * TOKEN, 0, FAR, at(200))
    assert market.books.skew == -to_wad(10)


def test_set_parameters__of_the_keeper_reserve__leaves_open_positions_theirs(market: MarketModel) -> None:
    market.set_parameters("admin", replace(PARAMETERS, keeper_reserve=9 * TOKEN), at(200))
    market.open("bob", -to_wad(10), 100 * TOKEN, 0, FAR, at(200))
    assert [market.holding(position_id).keeper_reserve for position_id in (1, 2)] == [3 * TOKEN, 9 * TOKEN]


def test_pool__of_deposits_and_profits__knows_its_assets(market: MarketModel) -> None:
    # Alice has paid a fee; what she lost to the fill she would earn back: at 210 she would take 100.5.
    assert market.total_assets(to_wad(200), 0) == 1_000_002_010_000
    assert market.trader_claims(to_wad(210), 0) == to_wad("100.5")
    assert market.total_assets(to_wad(210), 0) == 999_901_510_000
    market.pool_withdraw(2_010_000)
    assert market.total_assets(to_wad(210), 0) == 999_899_500_000
    assert market.reserved(to_wad(200)) == to_wad(1_000)


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        (200, Status.HEALTHY),
        ("193.4", Status.MARGIN_CALL),  # equity 21.99; maintenance 19.34, 1.2 times that 23.208
        ("192.8", Status.LIQUIDATABLE),
        ("191.2", Status.INSOLVENT),  # equity -0.01
    ],
)
def test_status__as_the_price_falls__worsens(market: MarketModel, price: str, expected: Status) -> None:
    assert market.status(1, to_wad(price), 0) is expected
    sick = expected in (Status.LIQUIDATABLE, Status.INSOLVENT)
    assert market.is_liquidatable(1, to_wad(price), 0) is sick


def test_liquidation_price__of_a_holding__is_where_the_ledger_calls_it_liquidatable(
    market: MarketModel,
) -> None:
    holding = market.holding(1)
    net_cash = holding.net_cash(to_wad(200), 0, market.token_scale)
    assert net_cash == -to_wad("1912.01")
    price = market.risk.liquidation_price(holding.size, net_cash)
    assert market.is_liquidatable(1, price, 0)
    assert not market.is_liquidatable(1, price + 1, 0)
