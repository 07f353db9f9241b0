"""What the `isomargin_` methods do: move the scenario on, look at it, and let things go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from isomargin.chain import Block
from isomargin.errors import InputError
from isomargin.protocol import PositionView
from isomargin.scenario import FaultSection
from isomargin.server.stage import Stage
from isomargin.units import from_units, from_wad, to_wad

__all__ = ["MOST_STEPS", "Steering"]

MOST_STEPS = 1_000
"""Blocks that one request may ask for."""

_PRICE_LIMIT = 2**96


class Steering:
    """The stage, as requests steer it. Amounts are decimal text, prices in quote per base.

    Parameters
    ----------
    stage : Stage
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def push_price(self, price: str | int | float) -> Block:
        """Make a block at once that carries this price.

        Raises
        ------
        InputError
            If it is no price.
        """
        wad = to_wad(price)
        if not 0 < wad < _PRICE_LIMIT:
            raise InputError(f"expected a price above zero and below {from_wad(_PRICE_LIMIT)}, found {price}")
        self._stage.push_price(wad)
        return self._stage.node.seal()

    def step(self, blocks: int = 1) -> list[Block]:
        """Make the blocks that are due next, and return them; those that a fault drops are missing."""
        if not 1 <= blocks <= MOST_STEPS:
            raise InputError(f"expected 1 to {MOST_STEPS} blocks, found {blocks}")
        made = (self._stage.advance() for _ in range(blocks))
        return [block for block in made if block is not None]

    def inject(self, fault: Mapping[str, Any]) -> list[str]:
        """Let a fault begin now, written as in a scenario but for `at`; returns the faults in force.

        Raises
        ------
        InputError
            If it is none.
        """
        if "at" in fault:
            raise InputError("at: not used here, the fault begins now")
        try:
            section = FaultSection.model_validate(dict(fault))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raised = first.get("ctx", {}).get("error")
            key = ".".join(map(str, (*first["loc"], *getattr(raised, "key", ()))))
            message = str(raised) if raised is not None else first["msg"]
            raise InputError(f"{key}: {message}" if key else message) from None
        self._stage.inject(section)
        return self._stage.faults.active(self._stage.node.chain.timestamp)

    def status(self) -> dict[str, Any]:
        """Tell where the scenario stands."""
        stage = self._stage
        world, chain, state = stage.world, stage.node.chain, stage.world.state()
        written, total = stage.progress()
        return {
            "scenario": world.scenario.name,
            "engine": chain.engine_name,
            "countsGas": chain.counts_gas,
            "block": chain.block_number,
            "timestamp": chain.timestamp,
            "pricesWritten": written,
            "prices": total,
            "isOver": stage.is_over,
            "price": from_wad(state.price),
            "priceReason": state.price_reason,
            "openPositions": len(world.book.positions),
            "liquidatable": self._liquidatable(),
            "badDebt": from_wad(state.bad_debt),
            "pending": len(stage.node.pool),
            "faults": stage.faults.active(chain.timestamp),
            "violations": [f"{one.invariant}: {one.message}" for one in stage.violations],
        }

    def health(self, position: int | None = None) -> dict[str, Any]:
        """Tell how a position stands at the newest price, or how all of them do.

        Raises
        ------
        InputError
            If there is no such open position.
        """
        system = self._stage.world.system
        if position is None:
            views = system.positions(sorted(self._stage.world.book.positions))
            statuses = [view.status.name if view.status else "CLOSED" for view in views]
            counts = {status: statuses.count(status) for status in sorted(set(statuses))}
            return {"openPositions": len(views), "byStatus": counts, "liquidatable": self._liquidatable()}
        view = system.position(position) if 0 < position < 2**256 else None
        if view is None or not view.is_open:
            raise InputError(f"no open position {position}")
        return self._told(view)

    def _liquidatable(self) -> list[int]:
        stage = self._stage
        state, terms = stage.world.state(), stage.world.system.terms
        if state.price_reason:
            return []
        return stage.world.book.liquidatable(
            state.price, state.funding_index, terms.risk, terms.token_scale, state.maintenance_multiplier
        )

    def _told(self, view: PositionView) -> dict[str, Any]:
        decimals = self._stage.world.scenario.token.decimals
        return {
            "id": view.id,
            "owner": view.owner,
            "vault": view.vault,
            "status": view.status.name if view.status else "CLOSED",
            "size": from_wad(view.size),
            "notional": from_wad(view.notional),
            "margin": from_units(view.margin, decimals),
            "equity": from_wad(view.equity),
            "maintenanceMargin": from_wad(view.maintenance_margin),
            "marginRatio": from_wad(view.margin_ratio),
            "liquidationPrice": from_wad(view.liquidation_price),
            "bankruptcyPrice": from_wad(view.bankruptcy_price),
        }
