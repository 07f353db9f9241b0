"""The tables that describe the market: token, oracle, risk, trading, pool and insurance."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from isomargin.errors import InputError, ScenarioError
from isomargin.model import Adjustment, Bracket, Parameters, RiskTable
from isomargin.prices import PricePath
from isomargin.prices.parsing import PRICE_LIMIT
from isomargin.protocol import OracleGuards
from isomargin.scenario.values import (
    Amount,
    Fraction,
    KeyProblem,
    Name,
    PositiveAmount,
    PositiveSeconds,
    Section,
    describe_wad,
    number_between,
    text_of,
    whole_between,
)
from isomargin.units import WAD, from_wad, to_wad

__all__ = [
    "AdjustmentSection",
    "BracketSection",
    "InsuranceSection",
    "MarketSection",
    "OracleSection",
    "PoolSection",
    "ProviderSection",
    "RiskSection",
    "TokenSection",
]

# How the risk table names what it refuses: "brackets[1].mmr: ...", "brackets[1]: ...", "max_move ...".
_PLACE_IN_TABLE = re.compile(r"(?:brackets\[(?P<index>\d+)\]\.?)?(?P<key>\w*):? (?P<message>.+)")
_BASE_LIMIT = 2**96  # above any size that the market stores, WAD base
_SHORTEST_MAX_AGE = 3_600  # seconds


class TokenSection(Section):
    """`[token]`: the stable token that is collateral, profit and loss."""

    symbol: Annotated[str, text_of(5)] = "USD"
    decimals: Annotated[int, whole_between(0, 18)] = 6


class OracleSection(Section):
    """`[oracle]`: when the market trusts its price.

    Attributes
    ----------
    max_age : int or None
        Seconds until a price is stale; by default twice the longest wait for one, at least an hour.
    min_ratio, max_ratio : int
        Bounds as multiples of the first price, WAD; a price at its bound is refused.
    max_deviation : int
        Largest change from one round to the next, WAD ratio to nine decimals; 0 turns it off.
    grace_period : int
        Seconds that owners have to top up after an outage before positions that were sound can be liquidated.
    sequencer : bool
        Whether the oracle obeys a sequencer's uptime feed, which says up until a step says otherwise.
    """

    max_age: Annotated[int, whole_between(1, 2**31 - 1)] | None = None
    min_ratio: Annotated[int, number_between("0", "1", above=True)] = to_wad("0.01")
    max_ratio: Annotated[int, number_between("1", "1000000")] = to_wad(100)
    max_deviation: Annotated[int, number_between("0", "1", places=9)] = to_wad("0.5")
    grace_period: Annotated[int, whole_between(0, 30 * 86_400)] = 0
    sequencer: bool = False

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        for key, ratio in (("min_ratio", self.min_ratio), ("max_ratio", self.max_ratio)):
            if ratio == WAD:
                raise KeyProblem("expected a bound away from the first price, found a ratio of 1", key)
        return self

    def guards(self, path: PricePath) -> OracleGuards:
        """The oracle's limits for a price path."""
        longest = max(path.intervals, default=0)
        max_age = self.max_age if self.max_age is not None else max(2 * longest, _SHORTEST_MAX_AGE)
        lowest = max(1, path.first_price * self.min_ratio // WAD)
        highest = min(PRICE_LIMIT - 1, path.first_price * self.max_ratio // WAD)
        return OracleGuards(max_age, lowest, max(highest, lowest + 2), self.max_deviation, self.grace_period)


class BracketSection(Section):
    """One of `[[risk.brackets]]`: margin ratios of the notional above `notional_floor` (quote)."""

    notional_floor: Amount
    imr: Fraction
    mmr: Fraction


_DEFAULT_BRACKETS = (
    BracketSection.model_construct(notional_floor=0, imr=to_wad("0.01"), mmr=to_wad("0.005")),
    BracketSection.model_construct(notional_floor=to_wad(1_000_000), imr=to_wad("0.02"), mmr=to_wad("0.01")),
    BracketSection.model_construct(notional_floor=to_wad(5_000_000), imr=to_wad("0.1"), mmr=to_wad("0.05")),
)


class AdjustmentSection(Section):
    """`[risk.adjustment]`: what multiplies the margin requirements; as it is by default, nothing does.

    Attributes
    ----------
    volatility_reference : int
        Standard deviation of a day's return above which requirements rise in proportion, WAD; 0 for never.
    volatility_memory : int
        Seconds in which an old return loses all but 1/e of its weight.
    volatility_cap : int
        Largest multiplier that volatility asks for, WAD.
    system_multiplier : int
        The risk admin's own, WAD.
    max_multiplier : int
        Largest product of both, WAD; one over the last bracket's mmr must be above it.
    ramp_seconds : int
        In which maintenance reaches a higher multiplier; opening is bound by it at once.
    """

    volatility_reference: Annotated[int, number_between("0", "10")] = 0
    volatility_memory: PositiveSeconds = 86_400
    volatility_cap: Annotated[int, number_between("1", "10")] = to_wad(3)
    system_multiplier: Annotated[int, number_between("1", "10")] = WAD
    max_multiplier: Annotated[int, number_between("1", "10")] = WAD
    ramp_seconds: PositiveSeconds = 3_600

    @model_validator(mode="after")
    def _check_room(self) -> Self:
        if self.max_multiplier == WAD and (self.volatility_reference or self.system_multiplier > WAD):
            raise KeyProblem("expected above 1, as something asks for more, found 1", "max_multiplier")
        return self

    def terms(self) -> Adjustment:
        """The terms, as the model and the risk engine hold them."""
        return Adjustment(**{key: getattr(self, key) for key in type(self).model_fields})


class RiskSection(Section):
    """`[risk]`: what a position must hold, and how much of it a liquidation closes.

    Attributes
    ----------
    brackets : tuple of BracketSection
        Sorted by floor, the first at 0, ratios rising.
    max_notional : int
        Largest position that may be opened, WAD quote.
    liquidation_fee_ratio : int
        Penalty as a share of the notional closed, WAD.
    call_ratio : int
        Margin call below this multiple of maintenance, WAD.
    max_move : int
        Largest move expected while a keeper acts, WAD; 0 turns the solvency envelope off.
    policy : {"target-health", "full", "half-then-all"}
    health_target : int
        Equity over maintenance that a partial liquidation restores, WAD; for "target-health".
    small_notional : int
        At most which a position is closed at once instead of by half, WAD quote; for "half-then-all".
    adjustment : AdjustmentSection
    """

    brackets: Annotated[tuple[BracketSection, ...], Field(min_length=1, max_length=16)] = _DEFAULT_BRACKETS
    max_notional: PositiveAmount = to_wad(50_000_000)
    liquidation_fee_ratio: Fraction = to_wad("0.003")
    call_ratio: Annotated[int, number_between("1", "10")] = to_wad("1.2")
    max_move: Fraction = 0
    policy: Literal["target-health", "full", "half-then-all"] = "target-health"
    health_target: Annotated[int, number_between("1", "10")] = to_wad("1.2")
    small_notional: Amount = to_wad(1_000)
    adjustment: AdjustmentSection = AdjustmentSection()

    @model_validator(mode="after")
    def _check_table(self) -> Self:
        try:
            self.table()
        except InputError as error:
            place = _PLACE_IN_TABLE.match(str(error))
            if place is None:
                raise ValueError(str(error)) from None
            element = ("brackets", int(place["index"])) if place["index"] else ()
            raise KeyProblem(place["message"], *element, *filter(None, [place["key"]])) from None
        for key, policy in (("health_target", "target-health"), ("small_notional", "half-then-all")):
            if getattr(self, key) != type(self).model_fields[key].default and self.policy != policy:
                raise KeyProblem(f'belongs to the policy "{policy}", found "{self.policy}"', key)
        try:
            self.table().check_multiplier(self.adjustment.max_multiplier)
        except InputError as error:
            message = str(error).removeprefix("max_multiplier: ")
            raise KeyProblem(message, "adjustment", "max_multiplier") from None
        return self

    def table(self) -> RiskTable:
        """The risk table, as the model and the risk engine hold it."""
        return RiskTable(
            brackets=tuple(Bracket(row.notional_floor, row.imr, row.mmr) for row in self.brackets),
            max_notional=self.max_notional,
            liquidation_fee_ratio=self.liquidation_fee_ratio,
            max_move=self.max_move,
            call_ratio=self.call_ratio,
        )


class MarketSection(Section):
    """`[market]`: fees, caps and the depth of the market.

    `skew_scale`, `max_open_interest` and `max_skew` are quote amounts at the first price, so that one file
    fits a coin of any price; the contracts hold them as base.

    Attributes
    ----------
    trade_fee_ratio : int
        WAD share of the traded notional.
    keeper_share : int
        WAD share of a liquidation penalty; the rest is the insurance fund's.
    skew_scale, max_open_interest, max_skew : int
        WAD quote at the first price: skew that doubles the price; caps of a side and of the difference.
    min_notional : int
        Smallest position, WAD quote.
    keeper_reserve : int
        Put aside at opening for whoever liquidates, WAD quote.
    funding : {"proportional", "velocity", "none"}
        Whether the rate follows the skew at once, or the skew moves the rate, or nobody pays.
    max_funding_rate : int
        Bound of the rate, and what a proportional one is at full skew; a day, WAD.
    max_funding_velocity : int
        What the rate moves by in a day at full skew, WAD a day; for "velocity".
    reserve_ratio : int
        Pool assets kept for each notional of the larger side, WAD.
    adl_threshold : int
        Claims of traders per pool assets above which winners may be deleveraged, WAD; 0 for never.
    """

    trade_fee_ratio: Annotated[int, number_between("0", "0.1")] = to_wad("0.0005")
    keeper_share: Fraction = to_wad("0.5")
    skew_scale: PositiveAmount = to_wad(1_000_000_000)
    max_open_interest: PositiveAmount = to_wad(100_000_000)
    max_skew: PositiveAmount = to_wad(50_000_000)
    min_notional: Amount = to_wad(100)
    keeper_reserve: Amount = to_wad(5)
    funding: Literal["proportional", "velocity", "none"] = "proportional"
    max_funding_rate: Fraction = to_wad("0.01")
    max_funding_velocity: Annotated[int, number_between("0", "10", above=True)] = to_wad("0.01")
    reserve_ratio: Annotated[int, number_between("0", "10")] = to_wad("0.2")
    adl_threshold: Annotated[int, number_between("0", "1000")] = 0

    @model_validator(mode="after")
    def _check_caps(self) -> Self:
        if self.max_open_interest >= self.skew_scale:
            raise KeyProblem(
                f"expected below the skew_scale of {describe_wad(self.skew_scale)}, "
                f"found {describe_wad(self.max_open_interest)}",
                "max_open_interest",
            )
        if self.max_skew > self.max_open_interest:
            raise KeyProblem(
                f"expected at most the max_open_interest of {describe_wad(self.max_open_interest)}, "
                f"found {describe_wad(self.max_skew)}",
                "max_skew",
            )
        return self

    @model_validator(mode="after")
    def _check_funding(self) -> Self:
        for key, modes in (
            ("max_funding_rate", ("proportional", "velocity")),
            ("max_funding_velocity", ("velocity",)),
        ):
            if getattr(self, key) != type(self).model_fields[key].default and self.funding not in modes:
                expected = " or ".join(f'"{mode}"' for mode in modes)
                raise KeyProblem(f'belongs to the funding {expected}, found "{self.funding}"', key)
        return self

    def parameters(self, first_price: int, decimals: int) -> Parameters:
        """The market's parameters at a first price (WAD), for a token of `decimals`.

        Raises
        ------
        ScenarioError
            If a coin is so cheap, or so dear, that the market cannot hold the base amount.
        """
        skew_scale, max_open_interest, max_skew = (
            amount * WAD // first_price for amount in (self.skew_scale, self.max_open_interest, self.max_skew)
        )
        if skew_scale >= _BASE_LIMIT:
            raise ScenarioError(
                f"market.skew_scale: expected below {describe_wad(_BASE_LIMIT)} units of base, found "
                f"{describe_wad(self.skew_scale)} at a first price of {from_wad(first_price)}, "
                f"which is {describe_wad(skew_scale)}"
            )
        if skew_scale <= max_open_interest or not max_skew:
            raise ScenarioError(
                f"market.skew_scale: a first price of {from_wad(first_price)} leaves no room between "
                "skew_scale, max_open_interest and max_skew in units of base"
            )
        return Parameters(
            trade_fee_ratio=self.trade_fee_ratio,
            keeper_share=self.keeper_share,
            max_funding_rate=0 if self.funding == "none" else self.max_funding_rate,
            reserve_ratio=self.reserve_ratio,
            skew_scale=skew_scale,
            max_open_interest=max_open_interest,
            max_skew=max_skew,
            min_notional=self.min_notional,
            keeper_reserve=self.keeper_reserve // 10 ** (18 - decimals),
            max_funding_velocity=self.max_funding_velocity if self.funding == "velocity" else 0,
            adl_threshold=self.adl_threshold,
        )


class ProviderSection(Section):
    """One of `[[pool.providers]]`.

    Attributes
    ----------
    name : str
    deposit : int
        WAD quote, at the start.
    withdraws_at : int or None
        Number of the price at which it asks for its money; never by default.
    withdraw_share : int
        How much of its shares, WAD.
    """

    name: Name = "lp"
    deposit: PositiveAmount = to_wad(20_000_000)
    withdraws_at: Annotated[int, whole_between(1, 10**9)] | None = None
    withdraw_share: Annotated[int, number_between("0", "1", above=True)] = WAD


class PoolSection(Section):
    """`[pool]`: the counterparty of all positions, and who fills it; waiting times in seconds."""

    providers: Annotated[tuple[ProviderSection, ...], Field(min_length=1)] = (ProviderSection(),)
    cooldown: Annotated[int, whole_between(0, 30 * 86_400)] = 86_400
    withdrawal_window: Annotated[int, whole_between(3_600, 30 * 86_400)] = 2 * 86_400


class InsuranceSection(Section):
    """`[insurance]`: what the fund that stands before the pool starts with, WAD quote."""

    deposit: Amount = to_wad(250_000)
