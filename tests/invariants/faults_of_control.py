"""Faults in who may act, in what order things happen, and at which price."""

from __future__ import annotations

from tests.invariants.breaking import mutant

__all__ = ["CONTROL"]

_ACCESS = (
    mutant(
        "I8",
        "nobody is liquidated whom the token blocks",
        (
            "market/liquidation.vy",
            "payout = vaults.try_pay(vault, before.owner, vaults.holdings(vault))",
            "vaults.pay(vault, before.owner, vaults.holdings(vault))",
        ),
        kind="access",
        life="tried",
    ),
    mutant(
        "I9",
        "a stricter table needs no announcement",
        ("risk/RiskEngine.vy", "if tiers.raises(brackets):", "if False:"),
        kind="access",
    ),
    mutant(
        "I18",
        "anybody may trade a position",
        (
            "market/positions.vy",
            "assert state.owner == msg.sender or self.managers[id] == msg.sender, NOT_OWNER",
            "pass",
        ),
        kind="access",
    ),
    mutant(
        "I18",
        "anybody may name a manager",
        ("market/margining.vy", "positions.read_own(id)", "positions.read_open(id)"),
        kind="access",
    ),
    mutant(
        "I18",
        "anybody may empty a vault",
        (
            "custody/PositionVault.vy",
            "assert msg.sender == MARKET, ONLY_MARKET\n    assert extcall",
            "assert extcall",
        ),
        kind="access",
    ),
    mutant(
        "I18",
        "anybody may claim",
        ("market/margining.vy", "assert state.owner == msg.sender, positions.NOT_OWNER", "pass"),
        kind="access",
    ),
    mutant(
        "I18",
        "winners are closed out without need",
        ("market/deleveraging.vy", 'assert needed, "market: deleverage not needed"', "pass"),
        kind="access",
    ),
    mutant(
        "I20",
        "only winners may leave",
        (
            "market/trading.vy",
            '.equity > 0, "market: insolvent"',
            '.equity > convert(margin * settlement.TOKEN_SCALE, int256), "market: insolvent"',
        ),
        kind="access",
        life="tried",
    ),
)

_ORDERING = (
    mutant(
        "I9",
        "a higher multiplier binds at once",
        (
            "risk/multipliers.vy",
            "self.start_climb(reached, target, rise)",
            "self.start_climb(target, target, 0)",
        ),
        kind="ordering",
    ),
    mutant(
        "I9",
        "maintenance is at its target before the ramp is over",
        (
            "risk/multipliers.vy",
            "return min((packed >> 192) + rise * (block.timestamp - ((packed >> 64) & WORD)), target)",
            "return target",
        ),
        kind="ordering",
    ),
    mutant(
        "I17",
        "ids skip one",
        ("market/positions.vy", "id: uint256 = self.last_id() + 1", "id: uint256 = self.last_id() + 2"),
        kind="ordering",
    ),
    mutant(
        "I19",
        "trading can be entered again while it pays out",
        ("market/trading.vy", "# pragma nonreentrancy on\n", ""),
        kind="ordering",
        life="called back",
    ),
    mutant(
        "I19",
        "a close is written down after it is paid",
        ("market/trading.vy", "# pragma nonreentrancy on\n", ""),
        (
            "market/books.vy",
            "    positions.write(id, before, positions.closed(before))\n"
            "    settlement.settle(vault, due)\n"
            "    return vaults.try_pay(vault, before.owner, vaults.holdings(vault))\n",
            "    settlement.settle(vault, due)\n"
            "    paid: uint256 = vaults.try_pay(vault, before.owner, vaults.holdings(vault))\n"
            "    positions.write(id, before, positions.closed(before))\n"
            "    return paid\n",
        ),
        kind="ordering",
        life="called back",
    ),
)

_ORACLE = (
    mutant(
        "I15",
        "a price is never stale",
        ("oracle/readings.vy", "block.timestamp - newest.updated_at > guards.max_age", "False"),
        kind="oracle",
    ),
    mutant(
        "I15",
        "an absurd price is as good as another",
        ("oracle/price_guards.vy", "guards.min_price < price and price < guards.max_price", "True"),
        kind="oracle",
    ),
    mutant(
        "I15",
        "leaving takes any price",
        (
            "market/books.vy",
            "    return staticcall administration.oracle.price()\n",
            "    price: uint256 = 0\n"
            '    reason: String[32] = ""\n'
            "    price, reason = staticcall administration.oracle.peek()\n"
            "    return max(price, 1)\n",
        ),
        kind="oracle",
    ),
    mutant(
        "I15",
        "a pause stops nobody",
        ("oracle/Oracle.vy", 'assert not outages.is_paused(record), "oracle: paused"', "pass"),
        kind="oracle",
    ),
    mutant(
        "I15",
        "positions are opened in the grace after an outage",
        ("oracle/Oracle.vy", 'assert ends_at == 0, "oracle: grace after outage"', "pass"),
        kind="oracle",
    ),
    mutant(
        "I7",
        "the grace after an outage protects nobody",
        ("market/liquidation.vy", "if price.in_grace and self.was_sound", "if False and self.was_sound"),
        kind="oracle",
    ),
    mutant(
        "I15",
        "topping up asks for a price",
        (
            "market/margining.vy",
            "    before: uint256 = vaults.holdings(vault)\n",
            "    price: uint256 = books.exit_price()\n    before: uint256 = vaults.holdings(vault)\n",
        ),
        kind="oracle",
        life="tried",
    ),
    mutant(
        "I15",
        "a block may have two prices",
        (
            "oracle/PriceFeed.vy",
            'assert block.timestamp > self.rounds[newest] & TIMESTAMP_MASK, "feed: one round a block"',
            "pass",
        ),
        kind="oracle",
    ),
)

CONTROL = (*_ACCESS, *_ORDERING, *_ORACLE)
