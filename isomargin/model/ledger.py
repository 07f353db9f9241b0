"""The books of the market between two actions: positions, balances, sums, funding, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from isomargin.model import arithmetic
from isomargin.model.adjustment import NO_ADJUSTMENT, Adjustment, Multipliers
from isomargin.model.funding import FundingStretch, funding_over, index_increment
from isomargin.model.holding import Holding
from isomargin.model.risk import RiskTable
from isomargin.model.terms import Moment, Parameters, Status
from isomargin.model.token import JournaledDict, TokenLedger

__all__ = ["INSURANCE_FUND", "NOBODY", "POOL", "Books", "Ledger", "PositionRecord", "vault_of"]

POOL = "pool"
"""The token account of the liquidity pool."""

INSURANCE_FUND = "insurance fund"
"""The token account of the insurance fund."""

NOBODY = "0x" + "00" * 20
"""The zero address, which owns nothing and manages nothing."""


def vault_of(position_id: int) -> str:
    """The token account that holds one position's collateral."""
    return f"vault {position_id}"


@dataclass(frozen=True, slots=True)
class PositionRecord:
    """What the market writes down about a position; its margin is in its vault.

    Attributes
    ----------
    owner : str
        Stays after the end: there may be something to claim.
    size, cost, funding_index : int
        WAD base, signed, 0 when ended; WAD quote; WAD quote per base at the last touch.
    keeper_reserve : int
        Token units, 0 when ended.
    manager : str
        Who besides the owner may trade and withdraw for the owner.
    """

    owner: str
    size: int = 0
    cost: int = 0
    funding_index: int = 0
    keeper_reserve: int = 0
    manager: str = NOBODY


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that is one number for the whole market.

    Attributes
    ----------
    long_open_interest, short_open_interest : int
        Sum of sizes of each side, WAD base, both positive.
    cost_sum : int
        Sum of costs, WAD quote.
    funding_basis : int
        Sum of size x funding index, WAD squared.
    funding_index, scaled_rate, accrued_at : int
        WAD quote per base, WAD a day times the seconds of a day, unix seconds: at the last accrual.
    bad_debt : int
        All that vaults could not pay so far, WAD quote.
    last_id : int
        Newest position; ids count from 1.
    """

    long_open_interest: int = 0
    short_open_interest: int = 0
    cost_sum: int = 0
    funding_basis: int = 0
    funding_index: int = 0
    scaled_rate: int = 0
    accrued_at: int = 0
    bad_debt: int = 0
    last_id: int = 0

    @property
    def skew(self) -> int:
        """Longs less shorts, WAD base."""
        return self.long_open_interest - self.short_open_interest

    def with_position_changed(self, before: PositionRecord, after: PositionRecord) -> Books:
        """The books after one position went from one record to another."""
        return replace(
            self,
            long_open_interest=self.long_open_interest + max(after.size, 0) - max(before.size, 0),
            short_open_interest=self.short_open_interest + max(-after.size, 0) - max(-before.size, 0),
            cost_sum=self.cost_sum + after.cost - before.cost,
            funding_basis=(
                self.funding_basis + after.size * after.funding_index - before.size * before.funding_index
            ),
        )


class Ledger:
    """The state of one market and how it is read.

    Parameters
    ----------
    parameters : Parameters
        What the owner set.
    risk : RiskTable
        The margin requirements.
    token_decimals : int
        Of the collateral token, at most 18.
    started_at : int
        Deployment, unix seconds: funding runs from here.
    token_fee_ratio : int
        What the token burns of every transfer, WAD ratio.
    adjustment : Adjustment
        How volatility and the risk admin multiply the requirements.

    Attributes
    ----------
    token : TokenLedger
        All balances: wallets by account, `POOL`, `INSURANCE_FUND`, and a vault for each position.
    token_scale : int
        WAD per token unit.
    multipliers : Multipliers
        The adjustment as it stands.
    """

    def __init__(
        self,
        parameters: Parameters,
        risk: RiskTable,
        *,
        token_decimals: int = 6,
        started_at: int = 0,
        token_fee_ratio: int = 0,
        adjustment: Adjustment = NO_ADJUSTMENT,
    ) -> None:
        self.parameters = parameters
        self.risk = risk
        self.token_scale: int = 10 ** (18 - token_decimals)
        self.token = TokenLedger(token_fee_ratio)
        self.books = Books(accrued_at=started_at)
        self.multipliers = Multipliers.begin(adjustment, started_at)
        self._positions: JournaledDict[int, PositionRecord] = JournaledDict()

    # Positions

    def record(self, position_id: int) -> PositionRecord | None:
        """What is written about a position, None for an id never used."""
        return self._positions.get(position_id)

    def is_open(self, position_id: int) -> bool:
        """Whether a position exists and has a size."""
        record = self.record(position_id)
        return record is not None and record.size != 0

    def open_ids(self) -> list[int]:
        """The open positions, oldest first."""
        return [position_id for position_id, record in self._positions.items() if record.size]

    def margin(self, position_id: int) -> int:
        """What the vault holds less its keeper reserve, token units."""
        return self.token.balance(vault_of(position_id)) - self._positions[position_id].keeper_reserve

    def holding(self, position_id: int) -> Holding:
        """A position's figures, its vault's margin included.

        Raises
        ------
        KeyError
            For an id never used.
        """
        record = self._positions[position_id]
        return Holding(
            size=record.size,
            cost=record.cost,
            funding_index=record.funding_index,
            margin=self.margin(position_id),
            keeper_reserve=record.keeper_reserve,
        )

    def equity(self, position_id: int, price: int, now: int) -> int:
        """Equity with funding accrued to this moment, WAD quote."""
        return self.holding(position_id).equity(price, self.funding_index_at(price, now), self.token_scale)

    def initial_margin(self, position_id: int, price: int) -> int:
        """What an open position must hold to be enlarged or drawn from, WAD quote."""
        return self.risk.initial(self.holding(position_id).notional(price), self.multipliers.for_opening)

    def maintenance(self, position_id: int, price: int, now: int) -> int:
        """What an open position must hold at this moment, WAD quote."""
        multiplier = self.multipliers.for_maintenance(now)
        return self.risk.maintenance(self.holding(position_id).notional(price), multiplier)

    def status(self, position_id: int, price: int, now: int) -> Status:
        """How an open position stands at a price."""
        maintenance = self.maintenance(position_id, price, now)
        return arithmetic.status(self.equity(position_id, price, now), maintenance, self.risk.call_ratio)

    def is_liquidatable(self, position_id: int, price: int, now: int) -> bool:
        """Whether an open position's equity is below its maintenance margin."""
        return self.equity(position_id, price, now) < self.maintenance(position_id, price, now)

    # The market

    @property
    def pool_cash(self) -> int:
        """What the pool holds, token units."""
        return self.token.balance(POOL)

    @property
    def insurance_balance(self) -> int:
        """What the insurance fund holds, token units."""
        return self.token.balance(INSURANCE_FUND)

    def funding_until(self, now: int) -> FundingStretch:
        """What the seconds since the last accrual come to."""
        books = self.books
        return funding_over(books.skew, books.scaled_rate, now - books.accrued_at, self.parameters)

    def funding_index_at(self, price: int, now: int) -> int:
        """The funding index accrued to a moment at a price, WAD quote per base."""
        return self.books.funding_index + index_increment(self.funding_until(now).doubled_area, price)

    def trader_claims(self, price: int, now: int) -> int:
        """What all traders together would take beyond their margin if they all left now, WAD quote."""
        books = self.books
        return arithmetic.trader_claims(
            books.skew,
            books.cost_sum,
            books.funding_basis,
            price,
            self.funding_index_at(price, now),
            self.parameters.skew_scale,
        )

    def total_assets(self, price: int, now: int) -> int:
        """What belongs to liquidity providers, token units."""
        return arithmetic.total_assets(self.pool_cash, self.token_scale, self.trader_claims(price, now))

    def reserved(self, price: int) -> int:
        """What liquidity providers must leave in the pool, WAD quote."""
        books = self.books
        return arithmetic.reserved(
            books.long_open_interest, books.short_open_interest, price, self.parameters.reserve_ratio
        )

    def observe(self, caller: str, at: Moment) -> bool:
        """Take the price into the measure of volatility; says whether it did. A bad one changes nothing."""
        before = self.multipliers
        if not at.price_reason:
            self.multipliers = before.observed(at.price, at.now)
        return self.multipliers is not before

    def pool_deposit(self, amount: int) -> None:
        """Bring cash into the pool from outside the model, token units."""
        self.token.mint(POOL, amount)

    def pool_withdraw(self, amount: int) -> None:
        """Take cash out of the pool and of the model, token units; cooldown and reserve are not modelled.

        Raises
        ------
        Rejected
            ``token: insufficient balance``.
        """
        self.token.burn(POOL, amount)
