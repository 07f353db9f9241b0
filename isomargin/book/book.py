"""The state of a market rebuilt from logs alone: keepers search it, invariants hold it against the chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from isomargin import model
from isomargin.book.positions import BookPosition, EndedPosition, Outcome
from isomargin.book.thresholds import Thresholds
from isomargin.errors import IsomarginError
from isomargin.model import (
    Climb,
    FundingStretch,
    Holding,
    OrderKind,
    Parameters,
    RiskTable,
    Status,
    TriggerOrder,
)
from isomargin.units import WAD

__all__ = ["Book"]

_NOBODY = "0x" + "00" * 20  # tokens come from here when minted and go here when burned


class Book:
    """The state of one market, moved on by one event at a time, in the order of the logs.

    Amounts are the events' own: sizes WAD base, costs, fees, funding and bad debt WAD quote, balances token
    units.

    Attributes
    ----------
    positions : dict of int to BookPosition
        By id.
    ended : dict of int to EndedPosition
        By id.
    balances : dict of str to int
        Collateral of every account that a Transfer ever named.
    total_supply : int
        Collateral minted and not burned.
    long_open_interest, short_open_interest : int
        Sums of sizes, both counted positive.
    cost_sum, funding_basis : int
        Sum of costs; sum of size x funding index, WAD squared.
    funding_index, scaled_rate : int
        At the last accrual: WAD quote per base; WAD a day, times the seconds of a day.
    bad_debt : int
        All that vaults could not pay.
    fees, funding_settled : int
        Trading fees; funding settled, above zero when traders together paid.
    last_id : int
        Of the newest position; 0 before the first.
    climb : Climb
        How the multiplier of maintenance moves.
    margin_called : set of int
        Positions whose margin was called and that nobody has shown to be healthy since.
    orders : dict of int to TriggerOrder
        The open trigger orders by id.
    round_id : int
        Of the feed's newest answer; 0 before the first.
    opening_paused : bool
    margin_sum : int
        What all vaults of open positions hold less the keeper reserves, token units.
    """

    def __init__(self) -> None:
        self.positions: dict[int, BookPosition] = {}
        self.ended: dict[int, EndedPosition] = {}
        self.balances: dict[str, int] = {}
        self.total_supply = 0
        self.long_open_interest = 0
        self.short_open_interest = 0
        self.cost_sum = 0
        self.funding_basis = 0
        self.funding_index = 0
        self.scaled_rate = 0
        self.bad_debt = 0
        self.fees = 0
        self.funding_settled = 0
        self.last_id = 0
        self.climb = Climb()
        self.margin_called: set[int] = set()
        self.orders: dict[int, TriggerOrder] = {}
        self.round_id = 0
        self.opening_paused = False
        self.margin_sum = 0
        self._bad_debts: dict[int, int] = {}  # id -> WAD quote
        self._ids: dict[str, int] = {}  # vault -> id
        self._thresholds: Thresholds | None = None  # from the first question on
        self._touched: set[int] = set()  # ids that the thresholds do not know as they are now
        self._handlers = {
            ("token", "Transfer"): self._transfer,
            ("market", "PositionOpened"): self._opened,
            ("market", "PositionModified"): self._modified,
            ("market", "PositionClosed"): self._closed,
            ("market", "PositionLiquidated"): self._liquidated,
            ("market", "PositionDeleveraged"): self._deleveraged,
            ("market", "FundingAccrued"): self._accrued,
            ("market", "BadDebt"): self._lost,
            ("risk_engine", "MultiplierChanged"): self._multiplied,
            ("margin_calls", "MarginCalled"): self._called,
            ("margin_calls", "MarginRestored"): self._restored,
            ("trigger_orders", "OrderPlaced"): self._placed,
            ("trigger_orders", "OrderExecuted"): self._order_gone,
            ("trigger_orders", "OrderCancelled"): self._order_gone,
            ("feed", "AnswerUpdated"): self._answered,
            ("market", "OpeningPaused"): self._paused,
            ("market", "OpeningResumed"): self._resumed,
        }

    def apply(self, contract: str, event: str, args: Mapping[str, Any]) -> None:
        """Move on by one event; events that change nothing here are passed over.

        Parameters
        ----------
        contract : str
            Who logged it, by its name in `System.contracts`.
        event : str
            Its name.
        args : mapping
            Its arguments by name.

        Raises
        ------
        IsomarginError
            If it speaks of a position that is not open, or opens one that was there before.
        """
        handler = self._handlers.get((contract, event))
        if handler is not None:
            handler(args)

    # Reading

    @property
    def skew(self) -> int:
        """Long less short open interest, WAD base."""
        return self.long_open_interest - self.short_open_interest

    def balance(self, account: str) -> int:
        """Collateral of an account, token units."""
        return self.balances.get(account, 0)

    def margin(self, position_id: int) -> int:
        """What the vault of a position holds less its keeper reserve, token units; 0 if it is not open.

        Whoever sends tokens to a vault adds to its margin; so this follows the token, not the market.
        """
        position = self.positions.get(position_id)
        return 0 if position is None else self.balance(position.vault) - position.keeper_reserve

    def held(self, position_id: int) -> Holding:
        """Return an open position with its margin, as the model knows it.

        Raises
        ------
        KeyError
            If it is not open.
        """
        held = self.positions[position_id]
        return Holding(
            held.size, held.cost, held.funding_index, self.margin(position_id), held.keeper_reserve
        )

    def funding_index_at(self, price: int, elapsed: int, parameters: Parameters) -> int:
        """Return the funding index brought up to date.

        Parameters
        ----------
        price : int
            WAD, at which the time since the last accrual counts.
        elapsed : int
            Seconds since the last accrual; the logs do not tell, their blocks do.
        parameters : Parameters
            In force since.
        """
        stretch = self.funding_over(elapsed, parameters)
        return self.funding_index + model.index_increment(stretch.doubled_area, price)

    def funding_over(self, elapsed: int, parameters: Parameters) -> FundingStretch:
        """Return what the seconds since the last accrual come to under the parameters in force since."""
        return model.funding_over(self.skew, self.scaled_rate, elapsed, parameters)

    def liquidatable(
        self, price: int, index: int, risk: RiskTable, token_scale: int, multiplier: int = WAD
    ) -> list[int]:
        """Return the ids of the open positions whose equity is below maintenance, in rising order.

        Parameters
        ----------
        price, index : int
            Oracle price and funding index of the moment, WAD quote per base.
        token_scale : int
            WAD per token unit.
        multiplier : int
            Of maintenance at the moment, WAD; `climb` knows it.
        """
        near = self._thresholds_now(token_scale).reached(price, index, risk, multiplier)
        healths = self._healths(near, price, index, risk, token_scale, multiplier)
        return [position_id for position_id, equity, maintenance in healths if equity < maintenance]

    def unhealthy(
        self, price: int, index: int, risk: RiskTable, token_scale: int, multiplier: int = WAD
    ) -> list[int]:
        """Return the ids of the open positions below their call level, in rising order.

        Parameters
        ----------
        price, index, risk, token_scale, multiplier
            As for `liquidatable`.
        """
        # Maintenance is rounded up by less than one, and so the call level by less than the ratio.
        raised = model.ceil_div(multiplier * risk.call_ratio, WAD)
        leeway = model.ceil_div(risk.call_ratio, WAD)
        near = self._thresholds_now(token_scale).reached(price, index, risk, raised, leeway)
        healths = self._healths(near, price, index, risk, token_scale, multiplier)
        return [
            position_id
            for position_id, equity, maintenance in healths
            if model.status(equity, maintenance, risk.call_ratio) is not Status.HEALTHY
        ]

    def equity_sum(self, price: int, index: int, token_scale: int) -> int:
        """Return what all open positions are worth together, by `isomargin.model.equity_sum`."""
        margin = self.margin_sum * token_scale
        return model.equity_sum(margin, self.skew, self.cost_sum, self.funding_basis, price, index)

    def id_at(self, vault: str) -> int | None:
        """The position, open or ended, whose vault this is."""
        return self._ids.get(vault)

    def _healths(
        self,
        position_ids: Iterable[int],
        price: int,
        index: int,
        risk: RiskTable,
        token_scale: int,
        multiplier: int,
    ) -> Iterator[tuple[int, int, int]]:
        """Open positions by rising id, each with its equity and maintenance, WAD quote."""
        for position_id in sorted(position_ids):
            held = self.held(position_id)
            equity = held.equity(price, index, token_scale)
            yield position_id, equity, risk.maintenance(held.notional(price), multiplier)

    def _thresholds_now(self, token_scale: int) -> Thresholds:
        """All open positions filed as they are; those touched since the last question are filed anew."""
        if self._thresholds is None or self._thresholds.token_scale != token_scale:
            self._thresholds = Thresholds(token_scale)
            self._touched = set(self.positions)
        self._thresholds.file(
            (position_id, self.held(position_id) if position_id in self.positions else None)
            for position_id in self._touched
        )
        self._touched.clear()
        return self._thresholds

    # Events

    def _transfer(self, args: Mapping[str, Any]) -> None:
        sender, receiver, value = args["sender"], args["receiver"], args["value"]
        for account, change in ((sender, -value), (receiver, value)):
            if account == _NOBODY:
                self.total_supply -= change
            else:
                self.balances[account] = self.balance(account) + change
            holder = self._ids.get(account)
            if holder is not None and holder in self.positions:
                self.margin_sum += change
                self._touched.add(holder)

    def _opened(self, args: Mapping[str, Any]) -> None:
        position_id = args["id"]
        if position_id in self.positions or position_id in self.ended:
            raise IsomarginError(f"PositionOpened names position {position_id}, which was there before")
        names = ("id", "owner", "vault", "size", "cost", "funding_index", "keeper_reserve")
        position = BookPosition(**{name: args[name] for name in names})
        self._ids[position.vault] = position_id
        self.last_id = max(self.last_id, position_id)
        self.fees += args["fee"]
        self._put(None, position)

    def _modified(self, args: Mapping[str, Any]) -> None:
        self._touch("PositionModified", args)
        self.fees += args["fee"]
        self.funding_settled += args["funding"]

    def _closed(self, args: Mapping[str, Any]) -> None:
        self._end("PositionClosed", args, "closed")
        self.fees += args["fee"]
        self.funding_settled += args["funding"]

    def _liquidated(self, args: Mapping[str, Any]) -> None:
        if args["size"] == 0:
            self._end("PositionLiquidated", args, "liquidated")
        else:
            self._touch("PositionLiquidated", args)
        self.funding_settled += args["funding"]

    def _deleveraged(self, args: Mapping[str, Any]) -> None:
        self._end("PositionDeleveraged", args, "deleveraged")
        self.funding_settled += args["funding"]

    def _accrued(self, args: Mapping[str, Any]) -> None:
        self.funding_index = args["funding_index"]
        self.scaled_rate = args["scaled_rate"]

    def _lost(self, args: Mapping[str, Any]) -> None:
        self.bad_debt += args["amount"]
        self._bad_debts[args["id"]] = args["amount"]

    def _multiplied(self, args: Mapping[str, Any]) -> None:
        self.climb = Climb(**args)

    def _called(self, args: Mapping[str, Any]) -> None:
        self.margin_called.add(args["id"])

    def _restored(self, args: Mapping[str, Any]) -> None:
        self.margin_called.discard(args["id"])

    def _placed(self, args: Mapping[str, Any]) -> None:
        terms = {name: value for name, value in args.items() if name not in ("order_id", "id", "kind")}
        self.orders[args["order_id"]] = TriggerOrder(
            kind=OrderKind(args["kind"]), position_id=args["id"], **terms
        )

    def _order_gone(self, args: Mapping[str, Any]) -> None:
        if self.orders.pop(args["order_id"], None) is None:
            raise IsomarginError(f"an event ends order {args['order_id']}, which is not open")

    def _answered(self, args: Mapping[str, Any]) -> None:
        self.round_id = args["roundId"]

    def _paused(self, args: Mapping[str, Any]) -> None:
        self.opening_paused = True

    def _resumed(self, args: Mapping[str, Any]) -> None:
        self.opening_paused = False

    def _touch(self, event: str, args: Mapping[str, Any]) -> None:
        before = self._named(event, args)
        changes = {name: args[name] for name in ("size", "cost", "funding_index")}
        self._put(before, replace(before, **changes))

    def _end(self, event: str, args: Mapping[str, Any], outcome: Outcome) -> None:
        before = self._named(event, args)
        self.ended[before.id] = EndedPosition(
            before.id, before.owner, before.vault, outcome, self._bad_debts.get(before.id, 0)
        )
        self.margin_called.discard(before.id)
        self._put(before, None)

    def _named(self, event: str, args: Mapping[str, Any]) -> BookPosition:
        position = self.positions.get(args["id"])
        if position is None:
            raise IsomarginError(f"{event} names position {args['id']}, which is not open")
        return position

    def _put(self, before: BookPosition | None, after: BookPosition | None) -> None:
        """Replace a position and move every sum with it."""
        for position, sign in ((before, -1), (after, 1)):
            if position is not None:
                self.long_open_interest += sign * max(position.size, 0)
                self.short_open_interest -= sign * min(position.size, 0)
                self.cost_sum += sign * position.cost
                self.funding_basis += sign * position.size * position.funding_index
                self.margin_sum += sign * (self.balance(position.vault) - position.keeper_reserve)
                self._touched.add(position.id)
        if after is not None:
            self.positions[after.id] = after
        elif before is not None:
            del self.positions[before.id]
