"""The scenario as a whole: its tables, the checks that need more than one of them, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field, PrivateAttr, WithJsonSchema, model_validator

from isomargin.agents import LiquidityProvider, Trader, population
from isomargin.errors import ScenarioError
from isomargin.model import RiskTable
from isomargin.prices import GasPrices, PricePath
from isomargin.prices.parsing import utc_text
from isomargin.scenario.audit_section import AuditSection
from isomargin.scenario.contracts_section import ContractsSection
from isomargin.scenario.fault_section import FaultSection
from isomargin.scenario.gas_section import GasSection
from isomargin.scenario.json_schema import INCLUDE, VARIANTS
from isomargin.scenario.keeper_section import KeeperSection
from isomargin.scenario.locations import KeyPath, key_text
from isomargin.scenario.market_sections import (
    InsuranceSection,
    MarketSection,
    OracleSection,
    PoolSection,
    RiskSection,
    TokenSection,
)
from isomargin.scenario.people_sections import ChainSection, InvariantsSection, TradersSection
from isomargin.scenario.price_section import PricesSection
from isomargin.scenario.references import TRADER_PREFIX, References
from isomargin.scenario.script_sections import ExpectSection, PersonSection, StepSection
from isomargin.scenario.values import KeyProblem, Section, describe_wad, text_of, whole_between
from isomargin.units import from_wad

__all__ = ["Scenario"]


_Included = Annotated[None, Field(exclude=True), WithJsonSchema(INCLUDE)]
_Varied = Annotated[None, Field(exclude=True), WithJsonSchema(VARIANTS)]
"""What a file may say and a scenario no longer has: it is one of the variants, with all that was included."""


class Scenario(Section):
    """Everything that decides a run; frozen, and the same scenario gives the same run.

    Human numbers went in, integers are inside: WAD where nothing else is said. Build it with `load_scenario`
    or `scenario_from`, whose errors name file and key.
    """

    name: Annotated[str, text_of(80)] = "scenario"
    description: str = ""
    base: Annotated[str, text_of(20)] = "ETH"
    seed: Annotated[int, whole_between(0, 2**63 - 1)] = 0
    token: TokenSection = TokenSection()
    prices: PricesSection
    oracle: OracleSection = OracleSection()
    risk: RiskSection = RiskSection()
    market: MarketSection = MarketSection()
    pool: PoolSection = PoolSection()
    insurance: InsuranceSection = InsuranceSection()
    traders: TradersSection = TradersSection()
    keepers: tuple[KeeperSection, ...] = (KeeperSection(),)
    gas: GasSection = GasSection()
    chain: ChainSection = ChainSection()
    faults: tuple[FaultSection, ...] = ()
    invariants: InvariantsSection = InvariantsSection()
    contracts: ContractsSection = ContractsSection()
    people: tuple[PersonSection, ...] = ()
    steps: tuple[StepSection, ...] = ()
    expect: tuple[ExpectSection, ...] = ()
    audit: AuditSection = AuditSection()
    include: _Included = None
    variants: _Varied = None

    _directory: Path = PrivateAttr(default=Path())  # of the price file
    _folder: Path = PrivateAttr(default=Path())  # of the scenario file
    _place: Callable[[KeyPath], str] = PrivateAttr(default_factory=lambda: key_text)
    _document: Mapping[str, Any] = PrivateAttr(default_factory=dict)
    _path: PricePath | None = PrivateAttr(default=None)
    _gas_prices: GasPrices | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _check_sections(self) -> Self:
        self._check_token_amounts()
        self._check_names()
        self._references().check()
        if self.traders.notional.max > self.risk.max_notional:
            raise KeyProblem(
                f"expected at most the risk.max_notional of {describe_wad(self.risk.max_notional)}, "
                f"found {describe_wad(self.traders.notional.max)}",
                *("traders", "notional", "max"),
            )
        if self.traders.notional.min <= self.market.min_notional:
            raise KeyProblem(
                f"expected above the market.min_notional of {describe_wad(self.market.min_notional)}, "
                f"found {describe_wad(self.traders.notional.min)}",
                *("traders", "notional", "min"),
            )
        return self

    def _check_token_amounts(self) -> None:
        decimals = self.token.decimals
        for amount, key in self._token_amounts():
            if amount % 10 ** (18 - decimals):
                raise KeyProblem(
                    f"expected at most the token's {decimals} digits behind the point, "
                    f"found {from_wad(amount)}",
                    *key,
                )

    def _token_amounts(self) -> Iterator[tuple[int, KeyPath]]:
        yield self.market.keeper_reserve, ("market", "keeper_reserve")
        yield self.insurance.deposit, ("insurance", "deposit")
        yield self.traders.orders.fee, ("traders", "orders", "fee")
        for index, provider in enumerate(self.pool.providers):
            yield provider.deposit, ("pool", "providers", index, "deposit")
        for index, person in enumerate(self.people):
            yield person.tokens, ("people", index, "tokens")
        for index, step in enumerate(self.steps):
            if not isinstance(details := step.details, str):
                for key in details.TOKENS:
                    yield getattr(details, key) or 0, ("steps", index, step.action, key)

    def _check_names(self) -> None:
        named: list[tuple[str, KeyPath]] = [
            (provider.name, ("pool", "providers", index, "name"))
            for index, provider in enumerate(self.pool.providers)
        ]
        named += [(keeper.name, ("keepers", index, "name")) for index, keeper in enumerate(self.keepers)]
        seen: set[str] = set()
        for name, key in named:
            if name in seen or name.startswith(TRADER_PREFIX):
                owner = "the traders" if name.startswith(TRADER_PREFIX) else "another account"
                raise KeyProblem(f"expected a name of its own, found {name!r}, which is {owner}'s", *key)
            seen.add(name)

    def _references(self) -> References:
        others = [provider.name for provider in self.pool.providers]
        others += [keeper.name for keeper in self.keepers]
        return References(
            self.people,
            self.contracts,
            self.steps,
            self.expect,
            tuple(others),
            self.traders.count,
            self.audit.measure,
        )

    @property
    def folder(self) -> Path:
        """Of the scenario file; what it names is relative to it."""
        return self._folder

    @property
    def document(self) -> Mapping[str, Any]:
        """What was checked to make it: the keys that were given, with everything included and chosen."""
        return self._document

    def place(self, *key: str | int) -> str:
        """File, line and key, for a message about what only a run can find out."""
        return self._place(key)

    def random(self, stream: str) -> np.random.Generator:
        """A generator of its own for each use, so that one use more leaves the others as they were."""
        return np.random.default_rng([self.seed, *stream.encode()])

    def without_keepers(self) -> Self:
        """The same scenario with nobody in it who liquidates, calls or executes."""
        return self.model_copy(update={"keepers": ()})

    def price_path(self) -> PricePath:
        """The prices of the run, read once.

        Raises
        ------
        PriceDataError, ScenarioError
            One line; the second when the prices do not fit the rest of the scenario.
        """
        if self._path is None:
            path = self.prices.path(self.random("prices"), directory=self._directory, place=self._place)
            self._check_path(path)
            self._path = path
        return self._path

    def gas_prices(self) -> GasPrices | None:
        """The gas prices of the run where a file has them, read once; None where `gas` says them itself.

        Raises
        ------
        PriceDataError, ScenarioError
            One line; the second when the file is about another time than the prices.
        """
        if self._gas_prices is None:
            series, path = self.gas.series(self._folder), self.price_path()
            if series is not None and (series.end < path.start or series.start > path.end):
                raise ScenarioError(
                    f"{self._place(('gas', 'file'))}: expected gas prices from the time of the prices, "
                    f"{utc_text(path.start)} to {utc_text(path.end)}, found {utc_text(series.start)} to "
                    f"{utc_text(series.end)}"
                )
            self._gas_prices = series
        return self._gas_prices

    def gas_price(self, timestamp: int) -> int:
        """The going price of gas at a time, unix seconds; wei for a unit."""
        series = self.gas_prices()
        if series is not None:
            return series.at(timestamp)
        return self.gas.gas_price(timestamp - self.price_path().start)

    def risk_table(self) -> RiskTable:
        """The margin requirements, as the model and the risk engine hold them."""
        return self.risk.table()

    def as_parameters(self) -> dict[str, Any]:
        """Everything as a file would say it, defaults included: a JSON object with amounts as text."""
        document = self.model_dump(mode="json", by_alias=True)
        for part in ("contracts", "people", "steps", "expect", "audit"):  # mostly keys that nobody used
            document[part] = _without_nothing(document[part])
        return document

    def token_units(self, amount: int) -> int:
        """A WAD quote amount in units of the token, rounded down."""
        scale: int = 10 ** (18 - self.token.decimals)
        return amount // scale

    def draw_traders(
        self, account: Callable[[str], str], initial_margin: Callable[[int], int]
    ) -> list[Trader]:
        """The seeded population.

        Parameters
        ----------
        account : callable
            The account of a name.
        initial_margin : callable
            Of a notional; both WAD quote.
        """
        return population(
            self.traders.traits(),
            self.random("traders"),
            account=account,
            initial_margin=initial_margin,
            entry_cost_ratio=self.market.trade_fee_ratio + self.traders.slippage,
            cushion=self.traders.cushion,
        )

    def liquidity_providers(self, account: Callable[[str], str]) -> list[LiquidityProvider]:
        """Those who fill the pool; `account` gives the account of a name."""
        return [
            LiquidityProvider(
                name=provider.name,
                account=account(provider.name),
                deposit=self.token_units(provider.deposit),
                withdraws_at=provider.withdraws_at,
                withdraw_share=provider.withdraw_share,
                cooldown=self.pool.cooldown,
                withdrawal_window=self.pool.withdrawal_window,
            )
            for provider in self.pool.providers
        ]

    def _check_path(self, path: PricePath) -> None:
        """Refuse prices that come too rarely for the oracle, or too fast for the chain."""
        longest, shortest = max(path.intervals, default=0), min(path.intervals, default=None)
        if self.oracle.max_age is not None and self.oracle.max_age < longest:
            raise ScenarioError(
                f"{self._place(('oracle', 'max_age'))}: expected at least the {longest} s between two "
                f"prices, found {self.oracle.max_age}"
            )
        blocks = self.chain.blocks_per_price * self.chain.block_time
        if shortest is not None and blocks > shortest:
            where = path[path.intervals.index(shortest)].timestamp
            raise ScenarioError(
                f"{self._place(('chain', 'blocks_per_price'))}: expected its blocks to fit into the "
                f"{shortest} s between two prices from {utc_text(where)}, found "
                f"{self.chain.blocks_per_price} blocks of {self.chain.block_time} s"
            )
        try:
            self.market.parameters(path.first_price, self.token.decimals)
        except ScenarioError as error:
            key, _, message = str(error).partition(": ")
            raise ScenarioError(f"{self._place(tuple(key.split('.')))}: {message}") from None


def _without_nothing(value: Any) -> Any:
    """A JSON value without the keys of its objects that hold null."""
    if isinstance(value, dict):
        return {key: _without_nothing(held) for key, held in value.items() if held is not None}
    return [_without_nothing(held) for held in value] if isinstance(value, list) else value
