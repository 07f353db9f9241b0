"""Writes down what happened: each block, its transactions, events and checks, as rows of the record."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Literal

from isomargin.chain import Receipt
from isomargin.invariants import Finding
from isomargin.protocol import MarketState, ProtocolEvent
from isomargin.record import (
    BlockRow,
    CheckRow,
    EventRow,
    KeeperRow,
    MarginRatioRow,
    Recorder,
    RunInfo,
    RunRecord,
    TransactionRow,
    total_gas,
)
from isomargin.simulation.fates import Fate
from isomargin.simulation.lives import PositionLives
from isomargin.simulation.margins import MarginWatch
from isomargin.simulation.orders import Order
from isomargin.simulation.progress import Progress
from isomargin.simulation.world import MinedBlock, World
from isomargin.units import WAD

__all__ = ["Detail", "Recording"]

Detail = Literal["full", "summary"]
"""Whether every transaction and event has a row, or only the summary and what it is made from is kept."""


class Recording:
    """The record of a run in the making; at "summary" without transactions, events and margins."""

    def __init__(self, world: World, command: str, detail: Detail = "full") -> None:
        self._world = world
        self._command = command
        self._detail = detail
        self._recorder = Recorder()
        terms = world.system.terms
        self._lives = PositionLives(terms.risk, terms.token_scale)
        self._margins = MarginWatch(terms.risk, terms.token_scale)
        self._places = {account: place for place, account in enumerate(world.actors)}
        self._liquidations = 0
        self._price = terms.first_price
        before = world.chain.logs(address=world.system.pool.address, to_block=world.prepared_block)
        self._pool_deposited = _net_deposits(world.system.events(before))

    def add(self, mined: MinedBlock, state: MarketState) -> None:
        """Write down a block and the market as it left it."""
        for order, receipt, events in zip(mined.orders, mined.block.receipts, mined.events, strict=True):
            if self._detail == "full":
                self._recorder.append(_transaction_row(order, receipt))
                self._recorder.extend(_event_row(seen) for seen in events)
            else:
                self._recorder.leave_out(transactions=1)
            for seen in events:
                if seen.contract == "market":
                    self._lives.tell(
                        seen.event.name,
                        seen.event.args,
                        mined.block.number,
                        mined.block.timestamp,
                        self._world.book.climb.height(mined.block.timestamp),
                    )
            self._pool_deposited += _net_deposits(events)
        liquidated = [args for name, args in _market_events(mined) if name == "PositionLiquidated"]
        self._liquidations += len(liquidated)
        self._price = state.price
        due = self._due(mined, state)
        self._lives.tell_due(due, mined.block.number)
        self._recorder.append(self._block_row(mined, state, liquidated, len(due)))
        if self._detail == "full":
            self._recorder.extend(self._margin_ratios(mined, state))
        self._recorder.extend(self._keeper_rows(mined, state))

    def add_checks(self, findings: Iterable[Finding]) -> None:
        """Write down what checks found."""
        self._recorder.extend(
            CheckRow(found.block, found.invariant, found.checked, found.violations, found.message)
            for found in findings
        )

    def progress(self, prices_done: int) -> Progress:
        """Tell how far the run is."""
        return Progress(
            prices_done=prices_done,
            prices=len(self._world.path),
            price=self._price,
            open_positions=len(self._world.book.positions),
            liquidations=self._liquidations,
        )

    def finish(self, complete: bool) -> RunRecord:
        """Close the record: whole lives, whole summary; `complete` unless somebody ended the run."""
        scenario = self._world.scenario
        names = {account: actor.name for account, actor in self._world.actors.items()}
        self._recorder.extend(self._lives.rows(lambda account: names.get(account, account)))
        self._recorder.extend(self._margins.liquidation_prices(self._world.book))
        self._recorder.extend(self._world.script.finish(complete))
        run = RunInfo(
            scenario=scenario.name,
            engine=self._world.chain.engine_name,
            seed=scenario.seed,
            token_decimals=scenario.token.decimals,
            versions=_versions(*self._world.chain.machine),
            parameters=scenario.as_parameters(),
            command=self._command,
            complete=complete,
            base_symbol=scenario.base,
            token_symbol=scenario.token.symbol,
        )
        return self._recorder.finish(run, pool_deposited=self._pool_deposited)

    def _due(self, mined: MinedBlock, state: MarketState) -> list[int]:
        """The positions that a block left below maintenance."""
        world, terms = self._world, self._world.system.terms
        multiplier = world.book.climb.height(mined.block.timestamp)
        return world.book.liquidatable(
            state.price, state.funding_index, terms.risk, terms.token_scale, multiplier
        )

    def _block_row(
        self,
        mined: MinedBlock,
        state: MarketState,
        liquidated: Sequence[Mapping[str, Any]],
        liquidatable: int,
    ) -> BlockRow:
        world, terms = self._world, self._world.system.terms
        multiplier = world.book.climb.height(mined.block.timestamp)
        moment = (state.price, state.funding_index)
        return BlockRow(
            block=mined.block.number,
            timestamp=mined.block.timestamp,
            price=state.price,
            gas_price=mined.gas_price,
            long_open_interest=state.long_open_interest,
            short_open_interest=state.short_open_interest,
            skew=state.skew,
            funding_index=state.funding_index,
            open_positions=len(world.book.positions),
            liquidatable=liquidatable,
            trader_equity=world.book.equity_sum(*moment, terms.token_scale) + self._shortfalls(moment),
            margin=world.book.margin_sum,
            pool_cash=state.pool_cash,
            pool_assets=state.pool_assets,
            insurance_fund=state.insurance_fund,
            bad_debt=state.bad_debt,
            liquidations=len(liquidated),
            liquidated_notional=sum(abs(args["size_delta"]) * args["price"] // WAD for args in liquidated),
            hash=mined.block.hash.hex(),
            state_root=mined.block.state_root.hex(),
            volatility=state.volatility,
            volatility_multiplier=state.volatility_multiplier,
            system_multiplier=state.system_multiplier,
            opening_multiplier=state.opening_multiplier,
            maintenance_multiplier=multiplier,
        )

    def _margin_ratios(self, mined: MinedBlock, state: MarketState) -> Iterable[MarginRatioRow]:
        book, block = self._world.book, mined.block
        multiplier = book.climb.height(block.timestamp)
        return self._margins.see(book, block.number, state.price, state.funding_index, multiplier)

    def _shortfalls(self, moment: tuple[int, int]) -> int:
        """What the equities below zero lack, WAD quote."""
        book, terms = self._world.book, self._world.system.terms
        insolvent = book.liquidatable(*moment, terms.risk, terms.token_scale, multiplier=0)
        return -sum(book.held(position_id).equity(*moment, terms.token_scale) for position_id in insolvent)

    def _keeper_rows(self, mined: MinedBlock, state: MarketState) -> Iterable[KeeperRow]:
        """One row for each keeper that had a transaction in the block, those of the scenario first."""
        of_each: dict[str, list[Fate]] = {}
        for fate in mined.fates:
            of_each.setdefault(fate.order.actor.account, []).append(fate)
        places, behind = self._places, len(self._places)
        in_order = sorted(of_each, key=lambda account: places.get(account, behind))
        return [self._keeper_row(of_each[account], state) for account in in_order]

    def _keeper_row(self, fates: Sequence[Fate], state: MarketState) -> KeeperRow:
        wasted = [fate for fate in fates if fate.is_wasted]
        wei = sum(fate.wei for fate in fates)
        return KeeperRow(
            keeper=fates[0].order.actor.name,
            block=fates[0].receipt.block_number,
            transactions=len(fates),
            liquidations=sum(fate.liquidations for fate in fates),
            failed=sum(not fate.receipt.success for fate in fates),
            rewards=sum(fate.rewards for fate in fates),
            orders=sum(fate.orders for fate in fates),
            gas_used=total_gas(fate.receipt.gas_used for fate in fates),
            gas_cost_wei=wei,
            gas_cost=self._in_tokens(wei, state),
            won=sum(fate.won for fate in fates),
            lost=sum(fate.lost for fate in fates),
            wasted_gas=total_gas(fate.receipt.gas_used for fate in wasted),
            wasted_gas_cost=self._in_tokens(sum(fate.wei for fate in wasted), state),
        )

    def _in_tokens(self, wei: int, state: MarketState) -> int:
        """What wei come to in token units, rounded up."""
        cost = self._world.scenario.gas.cost(wei, state.price)
        return -(-cost // self._world.system.terms.token_scale)


def _market_events(mined: MinedBlock) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for events in mined.events:
        for seen in events:
            if seen.contract == "market":
                yield seen.event.name, seen.event.args


def _net_deposits(events: Iterable[ProtocolEvent]) -> int:
    """What liquidity providers put in less what they took out, token units (ERC-4626 events)."""
    flows = {"Deposit": 1, "Withdraw": -1}
    return sum(
        flows.get(seen.event.name, 0) * seen.event.args["assets"]
        for seen in events
        if seen.contract == "pool" and seen.event.name in flows
    )


def _transaction_row(order: Order, receipt: Receipt) -> TransactionRow:
    return TransactionRow(
        block=receipt.block_number,
        index=receipt.transaction_index,
        hash=receipt.transaction_hash.hex(),
        sender=receipt.sender,
        actor=order.actor.name,
        role=order.actor.role,
        action=order.action,
        position=order.positions[0] if len(order.positions) == 1 else None,
        gas_used=receipt.gas_used,
        gas_price=receipt.gas_price,
        success=receipt.success,
        reason=receipt.revert_reason,
    )


def _event_row(seen: ProtocolEvent) -> EventRow:
    log = seen.event.log
    arguments = {name: _plain(value) for name, value in seen.event.args.items()}
    return EventRow(
        block=log.block_number,
        transaction_index=log.transaction_index,
        log_index=log.log_index,
        contract=seen.contract,
        event=seen.event.name,
        arguments=json.dumps(arguments),
    )


def _plain(value: Any) -> Any:
    """An event's argument for JSON: integers as text, so that no digit is lost."""
    match value:
        case bool() | str():
            return value
        case int():
            return str(value)
        case bytes():
            return "0x" + value.hex()
        case tuple() | list():
            return [_plain(part) for part in value]
        case _:
            return str(value)


def _versions(machine: str, machine_version: str) -> dict[str, str]:
    return {
        "isomargin": version("isomargin"),
        "vyper": version("vyper"),
        machine: machine_version,
        "python": platform.python_version(),
    }
