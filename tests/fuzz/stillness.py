"""What an action may not do while price and time stand still: two readings of all fortunes are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from isomargin.chain import Block
from tests.fuzz.arena import Arena
from tests.fuzz.recording import Disagreement
from tests.fuzz.wealth import Standing, pool_losses, unpaid_costs

__all__ = ["check_stillness"]

ORDER_ENDS = {"OrderExecuted", "OrderCancelled"}


@dataclass(frozen=True)
class Deeds:
    """What was done between two readings.

    Attributes
    ----------
    senders : set of str
        Who sent a transaction, and the orders' contract if it was asked for something.
    liquidated, deleveraged : set of int
        Unsound positions that were liquidated (to liquidate a sound one excuses nothing), and winners closed.
    orders : set of int
        Trigger orders that were executed or ended by somebody.
    claimants : set of str
        Whose ended vaults paid out: they may hold what somebody gave away.
    let_off, pool_losses : int
        Costs that closing positions could not pay, and bad debt that the pool bore, WAD quote.
    """

    senders: set[str]
    liquidated: set[int]
    deleveraged: set[int]
    orders: set[int]
    claimants: set[str]
    let_off: int
    pool_losses: int

    @property
    def forced(self) -> set[int]:
        """Positions that changed against their owners' will, at the oracle price: the skew moved free."""
        return self.liquidated | self.deleveraged


def check_stillness(
    arena: Arena, before: Standing, after: Standing, first_block: int, *, of_providers: bool
) -> None:
    """Hold what happened since `first_block` against what the still world allows.

    Parameters
    ----------
    of_providers : bool
        Whether liquidity went in or out: then the pool's own price of a share is the yardstick.

    Raises
    ------
    Disagreement
        With assertions that a replay can repeat.
    """
    blocks = [arena.chain.block(number) for number in range(first_block, arena.chain.block_number + 1)]
    deeds = _deeds(arena, before, blocks)
    _check_positions(before, after, deeds)
    _check_bystanders(before, after, deeds, arena.terms.token_scale)
    if of_providers:
        _check_providers(before, after)
        return
    _check_managers(before, after, deeds)
    _check_pool(before, after, deeds, arena.terms.token_scale)
    if deeds.forced:
        _check_forced(before, after)
    else:
        _check_traders(before, after, deeds.let_off)


def _deeds(arena: Arena, before: Standing, blocks: Sequence[Block]) -> Deeds:
    logs = [log for block in blocks for receipt in block.receipts for log in receipt.logs]
    events = arena.system.market.events(logs)
    named = {
        name: {event.args["id"] for event in events if event.name == name}
        for name in ("PositionLiquidated", "PositionDeleveraged", "Claimed")
    }
    receipts = [receipt for block in blocks for receipt in block.receipts]
    orders = arena.system.trigger_orders
    asked = {orders.address for receipt in receipts if receipt.to == orders.address}
    return Deeds(
        senders={receipt.sender for receipt in receipts} | asked,
        liquidated={id for id in named["PositionLiquidated"] if not before.is_sound(id)},
        deleveraged=named["PositionDeleveraged"],
        orders={event.args["order_id"] for event in orders.events(logs) if event.name in ORDER_ENDS},
        claimants={before.positions[id].owner for id in named["Claimed"]},
        let_off=unpaid_costs(arena.system, blocks),
        pool_losses=pool_losses(arena.system, blocks),
    )


def _check_positions(before: Standing, after: Standing, deeds: Deeds) -> None:
    """A sound position stays sound; only its owner and its manager change its size or lower what it holds."""
    for id, was in before.positions.items():
        now = after.positions[id]
        if before.is_sound(id) and now.is_open and not after.is_sound(id):
            raise Disagreement(
                f"position {id} was sound, and now has equity {now.equity} of {now.maintenance_margin}",
                [f"view = system.position({id})", "assert view.equity >= view.maintenance_margin"],
            )
        if {was.owner, was.manager} & deeds.senders or id in deeds.forced:
            continue
        if now.size != was.size or (now.is_open and now.equity < was.equity):
            raise Disagreement(
                f"position {id} went from {was} to {now} without its owner",
                [
                    f"view = system.position({id})",
                    f"assert view.size == {was.size}",
                    f"assert not view.is_open or view.equity >= {was.equity}",
                ],
            )


def _check_bystanders(before: Standing, after: Standing, deeds: Deeds, token_unit: int) -> None:
    """Nobody loses by what others do, but for what settling a winner rounds off."""
    excused = deeds.senders | {before.positions[id].owner for id in deeds.liquidated}
    excused |= {was.owner for was in before.positions.values() if was.manager in deeds.senders}
    excused |= {before.orders[id] for id in deeds.orders if id in before.orders}
    for account, had in before.fortunes.items():
        dust = sum(token_unit for id in deeds.deleveraged if before.positions[id].owner == account)
        if account not in excused and after.fortunes[account] < had - dust:
            raise Disagreement(
                f"{account} lost {had - after.fortunes[account]} by what others did",
                [f'assert stand(system, ACCOUNTS).fortunes["{account}"] >= {had - dust}'],
            )


def _check_managers(before: Standing, after: Standing, deeds: Deeds) -> None:
    """Who acts on others' positions only gets nothing for it, but for liquidating and executing orders."""
    if deeds.liquidated or deeds.orders:
        return
    touched = {
        now.owner
        for id, now in after.positions.items()
        if id not in before.positions or before.positions[id][:-1] != now[:-1]
    }
    for sender in deeds.senders - touched - deeds.claimants:
        most = before.fortunes.get(sender, 0)
        if after.fortunes.get(sender, 0) > most:
            raise Disagreement(
                f"{sender} gained {after.fortunes[sender] - most} by what it did to others' positions",
                [f'assert stand(system, ACCOUNTS).fortunes["{sender}"] <= {most}'],
            )


def _check_pool(before: Standing, after: Standing, deeds: Deeds, token_unit: int) -> None:
    """The pool marks at once by how much the premium rises without being paid, and loses nothing else."""
    unpaid_premium = max(0, ceil(after.premium - before.premium)) if deeds.forced else 0
    least = before.assets - unpaid_premium - deeds.let_off - deeds.pool_losses - 2 * token_unit - 4
    if after.assets < least:
        raise Disagreement(
            f"the pool lost {before.assets - after.assets}, of which {before.assets - least} are explained",
            [f"assert stand(system, ACCOUNTS).assets >= {least}"],
        )


def _check_traders(before: Standing, after: Standing, let_off: int) -> None:
    most = before.total + ceil(before.premium) + let_off
    gained = after.total + floor(after.premium) - most
    if gained > 0:
        raise Disagreement(
            f"all together gained {gained}, the premium of the skew counted",
            ["now = stand(system, ACCOUNTS)", f"assert now.total + floor(now.premium) <= {most}"],
        )


def _check_forced(before: Standing, after: Standing) -> None:
    if after.total > before.total:
        raise Disagreement(
            f"all together gained {after.total - before.total} by what was done to one of them",
            [f"assert stand(system, ACCOUNTS).total <= {before.total}"],
        )


def _check_providers(before: Standing, after: Standing) -> None:
    if after.share_price < before.share_price:
        least = before.share_price
        raise Disagreement(
            f"a share lost {float(least - after.share_price)}",
            [
                f"least = Fraction({least.numerator}, {least.denominator})",
                "assert stand(system, ACCOUNTS).share_price >= least",
            ],
        )
    had = floor(before.total + before.shares * before.share_price)
    have = ceil(after.total + after.shares * after.share_price)
    if have > had + 2:
        raise Disagreement(
            f"providers gained {have - had}",
            [
                "now = stand(system, ACCOUNTS)",
                f"assert now.total + now.shares * now.share_price <= {had + 2}",
            ],
        )
