"""What the what-if lens answers, as a record: an action at a price and a time, and the position after it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from isomargin.model import Status
from isomargin.protocol.views import status_of

__all__ = ["Action", "Answer"]


class Action(IntEnum):
    """What may be asked about a position that is there; the numbers are the contract's."""

    HOLD = 0
    ADD_MARGIN = 1
    WITHDRAW_MARGIN = 2
    INCREASE = 3
    DECREASE = 4
    CLOSE = 5
    LIQUIDATE = 6
    DELEVERAGE = 7


@dataclass(frozen=True, slots=True)
class Answer:
    """What an action would come to and how the position would stand after it, in the order of the contract.

    `settlement`, `penalty`, `payout` and `margin` are token units; sizes WAD base; prices WAD quote per base;
    `margin_ratio` WAD; all other money WAD quote. What begins with `size` is after the action.

    Attributes
    ----------
    refusal : str
        The reason with which the market would refuse; empty when it would not. A refused result (a cap, a
        margin too small) is shown all the same; where there is none, the position is shown as it stands.
    funding, accrued_funding : int
        Settled by the action; not settled after it. Above zero the position pays.
    settlement : int
        Above zero from the pool to the vault.
    initial_margin : int or None
        None above the largest notional that may be opened.
    status : Status or None
        None when no position is left.
    seconds_to_liquidation : int or None
        Until funding alone, at this price and the skew after the action, takes equity below maintenance;
        None for never.
    """

    refusal: str
    price: int
    fill_price: int
    fee: int
    funding: int
    realised_pnl: int
    settlement: int
    penalty: int
    bad_debt: int
    payout: int
    size: int
    cost: int
    margin: int
    notional: int
    unrealised_pnl: int
    accrued_funding: int
    equity: int
    initial_margin: int | None
    maintenance_margin: int
    margin_ratio: int
    liquidation_price: int
    bankruptcy_price: int
    status: Status | None
    seconds_to_liquidation: int | None

    @classmethod
    def from_lens(cls, fields: tuple[Any, ...]) -> Answer:
        """Read the tuple that `WhatIf.what_if` returns."""
        named = dict(zip(cls.__slots__, fields, strict=True))
        for name in ("initial_margin", "seconds_to_liquidation"):
            named[name] = None if named[name] == _NONE else named[name]
        return cls(**(named | {"status": status_of(named["status"])}))


_NONE = 2**256 - 1
