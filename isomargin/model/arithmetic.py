"""The margin arithmetic line by line: pure functions of integers, each with its rounding.

Rounding goes against whoever acts or owes. Prices, sizes and ratios are WAD, money is WAD quote unless it is
called tokens. The formulas are those of the arithmetic table in ``docs/semantics.md``.
"""

from __future__ import annotations

from isomargin.model.terms import Status
from isomargin.units import WAD

__all__ = [
    "SECONDS_A_DAY",
    "accrued_funding",
    "away_div",
    "ceil_div",
    "claims_are_excessive",
    "cost_removed",
    "equity",
    "equity_sum",
    "fill_price",
    "floor_div",
    "net_cash",
    "notional",
    "premium",
    "realised_pnl",
    "reserved",
    "status",
    "to_tokens",
    "to_tokens_up",
    "total_assets",
    "trade_cost",
    "trade_fee",
    "trader_claims",
    "unrealised_pnl",
    "value",
]

SECONDS_A_DAY = 86_400
"""Funding rates are rates a day."""


def floor_div(numerator: int, denominator: int) -> int:
    """Divide, rounding towards minus infinity."""
    return numerator // denominator


def ceil_div(numerator: int, denominator: int) -> int:
    """Divide, rounding towards plus infinity."""
    return -(-numerator // denominator)


def away_div(numerator: int, denominator: int) -> int:
    """Divide by a positive denominator, rounding away from zero."""
    if numerator < 0:
        return floor_div(numerator, denominator)
    return ceil_div(numerator, denominator)


def to_tokens(amount: int, token_scale: int) -> int:
    """Convert WAD quote to token units, down: a profit shrinks and a debt grows.

    `token_scale` is WAD per token unit, ``10 ** (18 - decimals)``.
    """
    return floor_div(amount, token_scale)


def to_tokens_up(amount: int, token_scale: int) -> int:
    """Convert WAD quote to token units, up: for what is owed."""
    return ceil_div(amount, token_scale)


# A position at a price


def value(size: int, price: int) -> int:
    """What a position would fetch at a price; negative for a short, which rounds to cost its owner more."""
    return floor_div(size * price, WAD)


def notional(size: int, price: int) -> int:
    """The magnitude of the value: equity and requirement see the same integer."""
    return abs(value(size, price))


def unrealised_pnl(size: int, cost: int, price: int) -> int:
    """What a position has gained since its cost was paid, funding apart."""
    return value(size, price) - cost


def accrued_funding(size: int, index_now: int, index_at_touch: int) -> int:
    """Funding since the last touch, up; above zero the position owes."""
    return ceil_div(size * (index_now - index_at_touch), WAD)


def equity(margin: int, token_scale: int, pnl: int, funding: int) -> int:
    """Margin (token units), unrealised profit and accrued funding (WAD quote) together, WAD quote."""
    return margin * token_scale + pnl - funding


def net_cash(position_equity: int, position_value: int) -> int:
    """The part of equity that does not move with the price."""
    return position_equity - position_value


def status(position_equity: int, maintenance: int, call_ratio: int) -> Status:
    """How a position stands; `call_ratio` is the WAD multiple of maintenance at which calls begin."""
    if position_equity <= 0:
        return Status.INSOLVENT
    if position_equity < maintenance:
        return Status.LIQUIDATABLE
    if position_equity * WAD < call_ratio * maintenance:
        return Status.MARGIN_CALL
    return Status.HEALTHY


# A trade


def fill_price(price: int, skew: int, delta: int, skew_scale: int) -> int:
    """The price of a trade of `delta` (signed base) against the pool.

    ``price * (1 + (skew + delta / 2) / skew_scale)``, the mean over the skews on the way; up for a buy, down
    for a sale, so that widening the skew pays and no round trip at one price gains.
    """
    numerator = price * (2 * skew_scale + 2 * skew + delta)
    if delta > 0:
        return ceil_div(numerator, 2 * skew_scale)
    return floor_div(numerator, 2 * skew_scale)


def trade_cost(delta: int, price: int) -> int:
    """What buying `delta` costs, up; negative for a sale, whose proceeds so round down."""
    return ceil_div(delta * price, WAD)


def trade_fee(cost_of_trade: int, trade_fee_ratio: int) -> int:
    """The fee of a trade, up."""
    return ceil_div(abs(cost_of_trade) * trade_fee_ratio, WAD)


def cost_removed(cost: int, quantity: int, size: int) -> int:
    """The part of the cost that goes when `quantity` of ``abs(size)`` is closed, up."""
    return ceil_div(cost * quantity, abs(size))


def realised_pnl(cost_of_trade: int, removed: int) -> int:
    """What closing a part has gained: proceeds less the cost that went with it."""
    return -cost_of_trade - removed


# All positions together


def premium(skew: int, price: int, skew_scale: int) -> int:
    """What the skew has paid to come about at this price, WAD quote, up: whoever undoes it gets it back."""
    magnitude = abs(skew)
    return ceil_div(ceil_div(price * magnitude, WAD) * magnitude, 2 * skew_scale)


def trader_claims(
    skew: int, cost_sum: int, funding_basis: int, price: int, index: int, skew_scale: int
) -> int:
    """What all traders together would take beyond their margin if they all left now, WAD quote, up.

    Parameters
    ----------
    skew : int
        Sum of sizes, WAD base.
    cost_sum : int
        Sum of costs, WAD quote.
    funding_basis : int
        Sum of size x funding index at the last touch, WAD squared.
    price, index : int
        Price and funding index now, WAD quote per base.
    skew_scale : int
        Skew that doubles the price, WAD base.
    """
    owed_funding = floor_div(skew * index - funding_basis, WAD)
    worth = ceil_div(skew * price, WAD) - cost_sum
    return worth - owed_funding + premium(skew, price, skew_scale)


def equity_sum(margin: int, skew: int, cost_sum: int, funding_basis: int, price: int, index: int) -> int:
    """The equities of all positions together, WAD quote, rounded once where each of them is rounded twice.

    Parameters are those of `trader_claims`; `margin` is the sum of margins, WAD quote. It exceeds the sum of
    the equities as they are counted one by one by less than 2 for each position.
    """
    return margin + floor_div(skew * price, WAD) - cost_sum - ceil_div(skew * index - funding_basis, WAD)


def total_assets(pool_cash: int, token_scale: int, claims: int) -> int:
    """What belongs to liquidity providers, token units, down; never below zero."""
    return max(0, to_tokens(pool_cash * token_scale - claims, token_scale))


def claims_are_excessive(claims: int, cash: int, threshold: int) -> bool:
    """Whether traders would take more than the tolerated share of what the pool would have left.

    Parameters
    ----------
    claims, cash : int
        What traders would take and what the pool has, WAD quote.
    threshold : int
        The tolerated share of the assets that are left, WAD; 0 tolerates everything.
    """
    return threshold > 0 and claims > 0 and claims * WAD > threshold * max(0, cash - claims)


def reserved(long_interest: int, short_interest: int, price: int, reserve_ratio: int) -> int:
    """What the pool must hold for the larger side, WAD quote, up."""
    larger_side = ceil_div(max(long_interest, short_interest) * price, WAD)
    return ceil_div(larger_side * reserve_ratio, WAD)
