"""Faults that pay too much or too little, and those that round it the wrong way."""

from __future__ import annotations

from tests.invariants.breaking import TOKEN, mutant

__all__ = ["MONEY"]

_PAID = (
    mutant(
        "I1",
        "the margin counts the keeper reserve",
        ("market/books.vy", "vaults.holdings(vault) - state.keeper_reserve", "vaults.holdings(vault)"),
    ),
    mutant(
        "I1",
        "a closed vault keeps a token unit",
        (
            "market/books.vy",
            "vaults.try_pay(vault, before.owner, vaults.holdings(vault))",
            "vaults.try_pay(vault, before.owner, vaults.holdings(vault) - 1)",
        ),
    ),
    mutant(
        "I2",
        "a transfer makes a token unit",
        (
            TOKEN,
            "self.balanceOf[to] = unsafe_add(self.balanceOf[to], amount)",
            "self.balanceOf[to] = unsafe_add(self.balanceOf[to], amount + 1)",
        ),
    ),
    mutant(
        "I2",
        "a transfer logs less than it moves",
        (
            TOKEN,
            "log IERC20.Transfer(sender=owner, receiver=to, value=amount)",
            "log IERC20.Transfer(sender=owner, receiver=to, value=amount - amount // 100)",
        ),
    ),
    mutant(
        "I3",
        "the pool pays profits a unit short",
        (
            "market/settlement.vy",
            "extcall pool.pay(vault, convert(settlement, uint256))",
            "extcall pool.pay(vault, convert(settlement - 1, uint256))",
        ),
    ),
    mutant(
        "I3",
        "the keeper gets the whole penalty",
        (
            "market/liquidation.vy",
            "outcome.penalty * settings.ratios().keeper_share // fixed_point.WAD",
            "outcome.penalty",
        ),
    ),
    mutant(
        "I6",
        "half of the accrued funding is settled",
        (
            "market/valuation.vy",
            "fixed_point.signed_div_up(size * (index - index_at_touch), fixed_point.SIGNED_WAD)",
            "fixed_point.signed_div_up(size * (index - index_at_touch), 2 * fixed_point.SIGNED_WAD)",
        ),
    ),
    mutant(
        "I7",
        "liquidation begins at twice the maintenance margin",
        (
            "market/liquidation.vy",
            "if worth.equity >= maintenance:",
            "if worth.equity >= 2 * maintenance:",
        ),
    ),
    mutant(
        "I7",
        "maintenance is asked of a quarter more than there is",
        (
            "market/liquidation.vy",
            "maintenance: int256 = books.maintenance_margin(worth.notional)",
            "maintenance: int256 = books.maintenance_margin(worth.notional * 5 // 4)",
        ),
    ),
    mutant(
        "I8",
        "who is insolvent cannot be liquidated",
        (
            "market/liquidation.vy",
            "if worth.equity >= maintenance:",
            "if worth.equity >= maintenance or worth.equity < 0:",
        ),
        life="tried",
    ),
    mutant(
        "I10",
        "a part is closed that helps nobody",
        ("market/LiquidationPlanner.vy", "return healthier, outcome", "return True, outcome"),
        (
            "risk/policies/TargetHealth.vy",
            "    if notional == 0:\n",
            "    if notional != 0:\n        return 1\n    if notional == 0:\n",
        ),
    ),
    mutant(
        "I10",
        "a rest may be too small",
        (
            "market/LiquidationPlanner.vy",
            "valuation.notional(rest, case.price) < case.min_notional",
            "False",
        ),
    ),
    mutant(
        "I12",
        "trading fees are paid to the trader",
        (
            "market/trading.vy",
            "net: int256 = deal.realised_pnl - deal.funding - convert(deal.fee, int256)\n    settled",
            "net: int256 = deal.realised_pnl - deal.funding + convert(deal.fee, int256)\n    settled",
        ),
        life="tried",
    ),
    mutant(
        "I12",
        "a trade moves the price in its own favour",
        ("market/pricing.vy", "scale + 2 * skew + size_delta", "scale + 2 * skew - size_delta"),
        life="tried",
    ),
    mutant(
        "I12",
        "shares are redeemed for a little more",
        (
            "custody/pool_shares.vy",
            "math._mul_div(shares, total_assets + VIRTUAL_ASSETS,",
            "math._mul_div(shares + shares // 1000, total_assets + VIRTUAL_ASSETS,",
        ),
        life="tried",
    ),
    mutant(
        "I13",
        "the insurance fund gives the penalty back to the owner",
        (
            "market/liquidation.vy",
            "    settlement.cover(id, outcome.bad_debt)\n",
            "    settlement.cover(id, outcome.bad_debt)\n"
            "    paid: uint256 = extcall settlement.insurance_fund.cover(before.owner, outcome.penalty)\n",
        ),
    ),
    mutant(
        "I14",
        "a penalty is paid out of the vault before",
        (
            "market/liquidation.vy",
            "    vaults.pay(vault, settlement.insurance_fund.address, outcome.penalty - reward)\n",
            "    other: address = vaults.at(max(id, 2) - 1)\n"
            "    if vaults.holdings(other) > outcome.penalty:\n"
            "        vaults.pay(other, settlement.insurance_fund.address, outcome.penalty - reward)\n",
        ),
    ),
    mutant(
        "I16",
        "the insurance fund pays half",
        ("market/settlement.vy", "shortfall // TOKEN_SCALE)", "shortfall // TOKEN_SCALE // 2)"),
    ),
    mutant(
        "I16",
        "an owner may leave a debt behind",
        (
            "market/trading.vy",
            'assert books.appraise(before, margin, price, index).equity > 0, "market: insolvent"',
            "pass",
        ),
    ),
    mutant(
        "I20",
        "a claim pays half",
        (
            "market/margining.vy",
            "amount: uint256 = vaults.holdings(vault)",
            "amount: uint256 = vaults.holdings(vault) // 2",
        ),
        life="tried",
    ),
)

_ROUNDED = (
    mutant(
        "I3",
        "the trade fee is rounded down",
        (
            "market/pricing.vy",
            "fixed_point.mul_div_up(fixed_point.magnitude(cost), fee_ratio, fixed_point.WAD)",
            "fixed_point.magnitude(cost) * fee_ratio // fixed_point.WAD",
        ),
        kind="rounding",
    ),
    mutant(
        "I3",
        "the cost of a closed part is rounded down",
        (
            "market/valuation.vy",
            "fixed_point.signed_div_up(cost * convert(quantity, int256), abs(size))",
            "fixed_point.signed_div_down(cost * convert(quantity, int256), abs(size))",
        ),
        kind="rounding",
    ),
    mutant(
        "I6",
        "the funding rate is rounded for the majority",
        (
            "market/rates.vy",
            "fixed_point.signed_div_away(clamped * convert(most, int256), scale)",
            "clamped * convert(most, int256) // scale",
        ),
        kind="rounding",
    ),
    mutant(
        "I11",
        "what is settled is rounded up",
        (
            "market/valuation.vy",
            "fixed_point.signed_div_down(amount, convert(token_scale, int256))",
            "fixed_point.signed_div_up(amount, convert(token_scale, int256))",
        ),
        kind="rounding",
    ),
    mutant(
        "I11",
        "funding is rounded for whoever owes it",
        (
            "market/valuation.vy",
            "fixed_point.signed_div_up(size * (index - index_at_touch), fixed_point.SIGNED_WAD)",
            "fixed_point.signed_div_down(size * (index - index_at_touch), fixed_point.SIGNED_WAD)",
        ),
        kind="rounding",
    ),
    mutant(
        "I11",
        "a fill price is rounded for the trader",
        (
            "market/pricing.vy",
            "    if size_delta > 0:\n        return",
            "    if size_delta < 0:\n        return",
        ),
        kind="rounding",
    ),
    mutant(
        "I11",
        "a penalty is a unit too high",
        (
            "market/LiquidationPlanner.vy",
            "min(fixed_point.div_up(fee, case.token_scale), most // case.token_scale)",
            "min(fixed_point.div_up(fee, case.token_scale), most // case.token_scale) + 1",
        ),
        kind="rounding",
    ),
)

MONEY = (*_PAID, *_ROUNDED)
