"""A market that does what a test says, `TriggerOrders` on it, and its actions in the words of a test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isomargin.chain import Chain, Contract, Receipt
from isomargin.chain.abi import encode_arguments
from isomargin.contracts import compile_contract
from isomargin.units import WAD

__all__ = ["CANCELLED", "LIMIT", "MIN_FEE", "RESERVE", "STOP_LOSS", "TAKE_PROFIT", "OrderStage", "error"]

STOP_LOSS, TAKE_PROFIT, LIMIT = 1, 2, 3
MIN_FEE, RESERVE = 10, 500  # token units
FOREVER = 2**63
CANCELLED = "orders: cancelled"


def error(reason: str | bytes) -> bytes:
    """What a contract that refuses for this reason returns."""
    text = reason.encode() if isinstance(reason, str) else reason
    return bytes.fromhex("08c379a0") + encode_arguments(["bytes"], [text])


@dataclass
class OrderStage:
    """Amounts are token units, prices whole quote, sizes whole base. Position 1 is 10 long, 2 is 10 short."""

    chain: Chain
    token: Contract
    market: Contract
    orders: Contract
    trader: str
    rival: str
    executor: str
    admin: str

    @classmethod
    def build(cls, chain: Chain, token: str = "testing/Token") -> OrderStage:
        admin = chain.account("deployer")
        coin = chain.deploy(compile_contract(token), "USD", "USD", 6, sender=admin)
        market = chain.deploy(compile_contract(Path(__file__).with_name("OrderMarket.vy")), coin.address)
        compiled = compile_contract("periphery/TriggerOrders")
        orders = chain.deploy(compiled, market.address, coin.address, MIN_FEE, sender=admin)
        trader, rival, executor = (chain.account(name) for name in ("trader", "rival", "executor"))
        stage = cls(chain, coin, market, orders, trader, rival, executor, admin)
        for person in (stage.trader, stage.rival):
            coin.transact("mint", person, 1_000_000, sender=admin)
            coin.transact("approve", orders.address, 2**256 - 1, sender=person)
        stage.say("set_keeper_reserve", RESERVE)
        stage.say("set_price", 5, 100 * WAD, "")
        stage.hold(1, 10)
        stage.hold(2, -10)
        return stage

    # The market

    def say(self, setting: str, *args: Any) -> None:
        """Choose what the market does."""
        self.market.transact(setting, *args, sender=self.admin)

    def hold(self, position: int, size: int, owner: str | None = None, manager: str | None = None) -> None:
        """Give the trader, or another, a position that `TriggerOrders`, or another, manages."""
        self.say("set_position", position, owner or self.trader, size * WAD, manager or self.orders.address)

    def push(self, price: int, reason: str = "") -> None:
        """Move on to a new round."""
        self.say("set_price", self.market.call("round_id") + 1, price * WAD, reason)

    # Orders

    def reduce(
        self,
        kind: int = STOP_LOSS,
        *,
        position: int = 1,
        quantity: int = 0,
        trigger: int = 90,
        limit: int = 0,
        deadline: int = FOREVER,
        fee: int = 40,
        sender: str | None = None,
    ) -> int:
        """Place a stop-loss or take-profit and return its id."""
        args = (position, kind, quantity, trigger * WAD, limit, deadline, fee)
        self.orders.transact("place_reduce", *args, sender=sender or self.trader)
        return int(self.orders.call("last_id"))

    def limit(
        self,
        size: int = 3,
        *,
        margin: int = 2_000,
        trigger: int = 90,
        limit: int = 2**90,
        deadline: int = FOREVER,
        fee: int = 40,
        sender: str | None = None,
    ) -> int:
        """Place a limit order and return its id."""
        args = (size * WAD, margin, trigger * WAD, limit, deadline, fee)
        self.orders.transact("place_limit", *args, sender=sender or self.trader)
        return int(self.orders.call("last_id"))

    def execute(self, order: int, gas: int = 3_000_000) -> Receipt:
        return self.orders.transact("execute", order, sender=self.executor, gas=gas)

    def batch(self, *orders: int, gas: int = 10_000_000) -> Receipt:
        return self.orders.transact("execute_batch", list(orders), sender=self.executor, gas=gas)

    def cancel(self, order: int, sender: str | None = None) -> Receipt:
        return self.orders.transact("cancel", order, sender=sender or self.trader)

    # Looking

    def is_open(self, order: int) -> bool:
        return int(self.orders.call("order", order)[0], 16) != 0

    def told(self, receipt: Receipt) -> list[tuple[str, dict[str, Any]]]:
        """What market and orders logged."""
        return [
            (event.name, dict(event.args))
            for contract in (self.market, self.orders)
            for event in contract.events(receipt.logs)
        ]

    def ended(self, receipt: Receipt) -> str:
        """The reason for which the one order of a receipt was ended by the executor, for its fee."""
        ((name, args),) = self.told(receipt)
        assert (name, args["by"], args["fee"]) == ("OrderCancelled", self.executor, 40)
        assert not self.is_open(args["order_id"])
        return str(args["reason"])

    def balance(self, account: str) -> int:
        return int(self.token.call("balanceOf", account))

    def balances(self) -> dict[str, int]:
        people = {"trader": self.trader, "rival": self.rival, "executor": self.executor}
        held = {**people, "market": self.market.address, "orders": self.orders.address}
        return {name: self.balance(address) for name, address in held.items()}

    def moved(self, before: dict[str, int]) -> dict[str, int]:
        """What each balance changed by since `before`; those that did not are left out."""
        changes = {name: amount - before[name] for name, amount in self.balances().items()}
        return {name: change for name, change in changes.items() if change}

    def check_books(self) -> None:
        """The balance is the sum of all escrows and of all that is kept."""
        escrows = 0
        for order in range(1, self.orders.call("last_id") + 1):
            _, _, _, _, _, deposit, fee, *_ = self.orders.call("order", order)
            escrows += deposit + fee
        kept = sum(
            self.orders.call("claimable", person) for person in (self.trader, self.rival, self.executor)
        )
        assert self.balance(self.orders.address) == escrows + kept
