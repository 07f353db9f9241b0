"""A small market with round numbers for tests: price 100, two brackets, a deep pool, people by their role.

Unless a test asks for it, funding is off, so that the twelve seconds between two blocks cost nothing and
amounts can be worked out by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from isomargin.chain import Chain, Event, Receipt, Transaction
from isomargin.errors import TransactionReverted
from isomargin.model import Bracket, Parameters, RiskTable
from isomargin.protocol import OracleGuards, PositionView, Sources, System, SystemTerms, deploy
from isomargin.units import WAD, to_wad

__all__ = ["FOREVER", "PRICE", "RISK", "World", "build_world", "terms_of"]

FOREVER = 2**63
"""A deadline that never passes."""

PRICE = 100 * WAD
ANY_BUY, ANY_SALE = 2**255, 0  # price limits that bind nobody
POOL_CASH = 100_000  # whole tokens
INSURANCE = 1_000
PURSE = 1_000_000

RISK = RiskTable(
    brackets=(
        Bracket(notional_floor=0, imr=to_wad("0.1"), mmr=to_wad("0.05")),
        Bracket(notional_floor=10_000 * WAD, imr=to_wad("0.2"), mmr=to_wad("0.1")),
    ),
    max_notional=50_000 * WAD,
    liquidation_fee_ratio=to_wad("0.01"),
    max_move=0,
    call_ratio=to_wad("1.2"),
)


def terms_of(decimals: int, **parameters: int) -> SystemTerms:
    """Terms with round numbers; `parameters` replaces some of the market's own."""
    usual = Parameters(
        trade_fee_ratio=to_wad("0.001"),
        keeper_share=to_wad("0.5"),
        max_funding_rate=0,
        reserve_ratio=to_wad("0.5"),
        skew_scale=10_000 * WAD,
        max_open_interest=1_000 * WAD,
        max_skew=500 * WAD,
        min_notional=100 * WAD,
        keeper_reserve=5 * 10**decimals,
    )
    return SystemTerms(
        first_price=PRICE,
        oracle=OracleGuards(max_age=86_400, min_price=1, max_price=10**9 * WAD, max_deviation=0),
        risk=RISK,
        parameters=replace(usual, **parameters),
        token_decimals=decimals,
    )


@dataclass(frozen=True)
class World:
    """A deployed market, funded people, and its actions in the words of a test. Amounts are token units."""

    system: System
    trader: str
    rival: str
    keeper: str
    lp: str
    stranger: str

    @property
    def chain(self) -> Chain:
        return self.system.chain

    @property
    def market(self) -> Any:
        return self.system.market

    @property
    def scale(self) -> int:
        """WAD per token unit."""
        return self.system.terms.token_scale

    def tokens(self, amount: str | int) -> int:
        """Token units of a whole amount."""
        exact, rest = divmod(to_wad(amount), self.scale)
        assert rest == 0, f"{amount} is not a whole number of token units"
        return exact

    def tokens_down(self, amount: str | int) -> int:
        return to_wad(amount) // self.scale

    def tokens_up(self, amount: str | int) -> int:
        return -(-to_wad(amount) // self.scale)

    # Acting

    def open(
        self,
        size: int,
        margin: int,
        sender: str | None = None,
        limit: int | None = None,
        deadline: int = FOREVER,
    ) -> int:
        """Open and return the new id."""
        self.opened(size, margin, sender, limit, deadline)
        return self.system.last_id()

    def opened(
        self,
        size: int,
        margin: int,
        sender: str | None = None,
        limit: int | None = None,
        deadline: int = FOREVER,
    ) -> Receipt:
        price_limit = limit_of(size) if limit is None else limit
        return self.act("open", size, margin, price_limit, deadline, sender=sender)

    def increase(self, id: int, quantity: int, limit: int | None = None, **how: Any) -> Receipt:
        size = self.position(id).size
        return self.trade("increase", id, quantity, limit_of(size) if limit is None else limit, **how)

    def decrease(self, id: int, quantity: int, limit: int | None = None, **how: Any) -> Receipt:
        size = self.position(id).size
        return self.trade("decrease", id, quantity, limit_of(-size) if limit is None else limit, **how)

    def close(self, id: int, limit: int | None = None, **how: Any) -> Receipt:
        size = self.position(id).size
        return self.trade("close", id, limit_of(-size) if limit is None else limit, **how)

    def trade(self, action: str, *args: int, deadline: int = FOREVER, sender: str | None = None) -> Receipt:
        return self.act(action, *args, deadline, sender=sender)

    def act(self, action: str, *args: Any, sender: str | None = None) -> Receipt:
        """Send a transaction to the market, from the trader unless a sender is named."""
        receipt: Receipt = self.market.transact(action, *args, sender=sender or self.trader)
        return receipt

    def liquidate(self, id: int, sender: str | None = None) -> Receipt:
        return self.act("liquidate", id, sender=sender or self.keeper)

    def push(self, price: int | str) -> None:
        """Move the price; text is whole quote."""
        wad = to_wad(price) if isinstance(price, str) else price
        self.chain.send(self.system.push_price(wad))

    def at(self, timestamp: int, transaction: Transaction) -> Receipt:
        """Mine in a block of that very second; raises when it reverts."""
        (receipt,) = self.chain.mine([transaction], timestamp=timestamp).receipts
        if not receipt.success:
            raise TransactionReverted(receipt.revert_reason, receipt.revert_data)
        return receipt

    def set_parameters(self, **changed: int) -> Receipt:
        """Change some parameters and keep the others as they were deployed."""
        deployed = asdict(self.system.terms.parameters)
        assert changed.keys() <= deployed.keys()
        new = tuple((deployed | changed).values())
        return self.act("set_parameters", new, sender=self.system.admin)

    def set_risk(
        self, *, fee: int = RISK.liquidation_fee_ratio, max_notional: int = RISK.max_notional
    ) -> None:
        brackets = [(bracket.notional_floor, bracket.imr, bracket.mmr) for bracket in RISK.brackets]
        self.system.risk_engine.transact(
            "set_risk_table", brackets, max_notional, fee, 0, sender=self.system.admin
        )

    def spoil_price(self) -> None:
        """Let the newest round grow stale."""
        self.chain.mine(timestamp=self.chain.timestamp + self.system.terms.oracle.max_age + 1)

    def drain_pool(self) -> None:
        """Let the liquidity provider take out all that the pool is worth now; the reserve is waived."""
        self.set_parameters(reserve_ratio=0)
        pool = self.system.pool
        self.chain.send(self.system.redeem(self.lp, pool.call("maxRedeem", self.lp)))

    # Looking

    def position(self, id: int) -> PositionView:
        return self.system.position(id)

    def vault(self, id: int) -> str:
        return self.position(id).vault

    def balance(self, account: str) -> int:
        return self.system.token_balance(account)

    def balances(self) -> dict[str, int]:
        """What the people, the pool and the fund hold."""
        people = {
            "trader": self.trader,
            "rival": self.rival,
            "keeper": self.keeper,
            "stranger": self.stranger,
            "pool": self.system.pool.address,
            "insurance": self.system.insurance_fund.address,
            "market": self.system.market.address,
        }
        return {name: self.balance(address) for name, address in people.items()}

    def moved(self, before: Mapping[str, int]) -> dict[str, int]:
        """What each balance changed by since `before`; those that did not are left out."""
        changes = {name: amount - before[name] for name, amount in self.balances().items()}
        return {name: change for name, change in changes.items() if change}

    def events(self, receipt: Receipt) -> list[Event]:
        """The market's own events."""
        events: list[Event] = self.market.events(receipt.logs)
        return events

    def event(self, receipt: Receipt, name: str) -> dict[str, Any]:
        """The arguments of the one event of this name."""
        (found,) = [event for event in self.events(receipt) if event.name == name]
        return dict(found.args)


def limit_of(size_delta: int) -> int:
    return ANY_BUY if size_delta > 0 else ANY_SALE


def build_world(chain: Chain, terms: SystemTerms, sources: Sources | None = None) -> World:
    """Deploy, fund everybody, fill pool and insurance fund."""
    system = deploy(chain, terms, sources)
    names = ("trader", "rival", "keeper", "lp", "stranger")
    people = {name: chain.account(name) for name in names}
    unit = 10**terms.token_decimals
    for name in ("trader", "rival", "lp"):
        for transaction in system.fund(people[name], PURSE * unit):
            chain.send(transaction)
    chain.send(system.deposit(people["lp"], POOL_CASH * unit))
    chain.send(system.mint(system.insurance_fund.address, INSURANCE * unit))
    return World(system=system, **people)
