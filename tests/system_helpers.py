"""A deployed system with a monitor that sees every block; prices are near 100, and funding is on."""

from __future__ import annotations

from dataclasses import replace

from isomargin.book import Book
from isomargin.chain import Block, Chain, Contract, Receipt, Transaction
from isomargin.contracts import compile_contract
from isomargin.invariants import Finding, Monitor
from isomargin.model import NO_ADJUSTMENT, Adjustment, Bracket, Parameters, RiskTable
from isomargin.protocol import OracleGuards, PositionView, Sources, System, SystemTerms, deploy
from isomargin.units import WAD, to_wad

__all__ = ["ANY_BUY", "ANY_SALE", "FOREVER", "Stage", "rebuilt_book", "succeeded", "terms_of"]

FOREVER = 2**63
"""A deadline that never passes."""

ANY_BUY, ANY_SALE = 2**255, 0
"""Price limits that bind nobody."""


def terms_of(decimals: int = 6) -> SystemTerms:
    """Two brackets, a skew scale that is felt, and funding of up to 50% a day."""
    return SystemTerms(
        first_price=100 * WAD,
        oracle=OracleGuards(max_age=86_400, min_price=1, max_price=10**9 * WAD, max_deviation=0),
        risk=RiskTable(
            brackets=(
                Bracket(notional_floor=0, imr=to_wad("0.04"), mmr=to_wad("0.02")),
                Bracket(notional_floor=20_000 * WAD, imr=to_wad("0.1"), mmr=to_wad("0.05")),
            ),
            max_notional=1_000_000 * WAD,
            liquidation_fee_ratio=to_wad("0.005"),
            max_move=0,
        ),
        parameters=Parameters(
            trade_fee_ratio=to_wad("0.0007"),
            keeper_share=to_wad("0.3"),
            max_funding_rate=to_wad("0.5"),
            reserve_ratio=to_wad("0.1"),
            skew_scale=30_000 * WAD,
            max_open_interest=20_000 * WAD,
            max_skew=10_000 * WAD,
            min_notional=100 * WAD,
            keeper_reserve=3 * 10**decimals,
        ),
        token_decimals=decimals,
    )


class Stage:
    """A funded system with people by name; every block goes through the monitor. Amounts are whole tokens."""

    def __init__(
        self,
        *,
        decimals: int = 6,
        sources: Sources | None = None,
        full_every: int = 20,
        insurance: int = 500,
        adjustment: Adjustment = NO_ADJUSTMENT,
        trace: bool = False,
        chain: Chain | None = None,
    ) -> None:
        self.chain = Chain() if chain is None else chain
        terms = replace(terms_of(decimals), adjustment=adjustment)
        self.system: System = deploy(self.chain, terms, sources)
        self.unit = 10**decimals
        self.keeper = self.chain.account("keeper")
        self.lp = self.chain.account("lp")
        self.findings: list[Finding] = []
        self.book = rebuilt_book(self.system)
        self.monitor = Monitor(self.system, full_every=full_every, trace=trace)
        system, funded = self.system, 1_000_000 * self.unit
        self.mine(*system.fund(self.lp, funded))
        self.mine(
            system.deposit(self.lp, funded), system.mint(system.insurance_fund.address, insurance * self.unit)
        )

    def person(self, name: str) -> str:
        """A named account with tokens and approvals; the same name gives the same account."""
        account = self.chain.account(name)
        if self.system.token_balance(account) == 0:
            self.mine(*self.system.fund(account, 1_000_000 * self.unit))
        return account

    def welcome(self, *names: str) -> None:
        """Make many people ready in one block."""
        accounts = [self.chain.account(name) for name in names]
        self.mine(*(step for one in accounts for step in self.system.fund(one, 1_000_000 * self.unit)))

    def mine(self, *transactions: Transaction, after: int = 12) -> Block:
        """Seal a block `after` seconds after the last; what fails in it fails silently."""
        block = self.chain.mine(transactions, timestamp=self.chain.timestamp + after)
        self.findings += self.monitor.observe(block)
        for receipt in block.receipts:
            for item in self.system.events(receipt.logs):
                self.book.apply(item.contract, item.event.name, item.event.args)
        return block

    def probe(self, most: int = 4) -> None:
        """Let the monitor try what must work and what must not pay."""
        self.findings += self.monitor.probe(most)

    def finish(self) -> set[str]:
        """Let the monitor check everything, and name the invariants that were violated on the way."""
        self.findings += self.monitor.finish()
        return self.violated

    @property
    def violated(self) -> set[str]:
        return {finding.invariant for finding in self.findings if finding.violations}

    def push(self, price: str | int, after: int = 12) -> None:
        self.mine(self.system.push_price(to_wad(price)), after=after)

    # Transactions, amounts in whole tokens and whole base

    def opening(self, name: str, size: str | int, margin: int) -> Transaction:
        base = to_wad(size)
        limit = ANY_BUY if base > 0 else ANY_SALE
        return self.system.open(self.person(name), base, margin * self.unit, limit, FOREVER)

    def increasing(self, name: str, position: int, quantity: str | int) -> Transaction:
        limit = ANY_BUY if self.view(position).size > 0 else ANY_SALE
        return self.system.increase(self.person(name), position, to_wad(quantity), limit, FOREVER)

    def decreasing(self, name: str, position: int, quantity: str | int) -> Transaction:
        limit = ANY_SALE if self.view(position).size > 0 else ANY_BUY
        return self.system.decrease(self.person(name), position, to_wad(quantity), limit, FOREVER)

    def closing(self, name: str, position: int) -> Transaction:
        limit = ANY_SALE if self.view(position).size > 0 else ANY_BUY
        return self.system.close(self.person(name), position, limit, FOREVER)

    def donation(self, name: str, position: int, amount: int) -> Transaction:
        """Tokens sent straight to a vault, past the market."""
        giver, vault = self.person(name), self.view(position).vault
        return self.system.token.transaction("transfer", vault, amount * self.unit, sender=giver)

    def liquidations(self) -> Transaction:
        """A batch of all that can be liquidated now."""
        return self.system.liquidate_batch(self.keeper, self.system.liquidatable()[:64])

    def view(self, position: int) -> PositionView:
        return self.system.position(position)

    def vault(self, position: int) -> Contract:
        """The vault of a position, to be spoken to past the market."""
        return self.chain.at(self.view(position).vault, compile_contract("custody/PositionVault"))

    def open_one(self, name: str, size: str | int, margin: int) -> int:
        """Open in a block of its own and return the id."""
        succeeded(self.mine(self.opening(name, size, margin)))
        return self.system.last_id()


def succeeded(block: Block) -> Receipt:
    """The only receipt of a block, which must not have failed."""
    (receipt,) = block.receipts
    assert receipt.success, receipt.revert_reason
    return receipt


def rebuilt_book(system: System) -> Book:
    """A book made of nothing but the logs of the whole chain."""
    book = Book()
    for item in system.events(system.chain.logs()):
        book.apply(item.contract, item.event.name, item.event.args)
    return book
