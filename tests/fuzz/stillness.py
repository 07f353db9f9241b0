"""What an action may not do while price and time stand still: two readings of all fortunes are compared."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from isomargin.chain import Block
from tests.fuzz.arena import Arena
from tests.fuzz.recording import Disagreement
from tests.fuzz.wealth import Standing, unpaid_costs

__all__ = ["check_stillness"]


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
    senders, ids = _senders(blocks), _liquidated(arena, before, blocks)
    liquidated = {before.positions[id].owner for id in ids}
    _check_positions(before, after, senders, ids)
    _check_bystanders(before, after, senders | liquidated)
    if of_providers:
        _check_providers(before, after)
    elif liquidated:
        _check_liquidation(before, after)
    else:
        _check_traders(before, after, unpaid_costs(arena.system, blocks))


def _senders(blocks: Sequence[Block]) -> set[str]:
    return {receipt.sender for block in blocks for receipt in block.receipts}


def _liquidated(arena: Arena, before: Standing, blocks: Sequence[Block]) -> set[int]:
    """The unsound positions that were liquidated; to liquidate a sound one excuses nothing."""
    logs = [log for block in blocks for receipt in block.receipts for log in receipt.logs]
    events = [event for event in arena.system.market.events(logs) if event.name == "PositionLiquidated"]
    return {event.args["id"] for event in events if not before.is_sound(event.args["id"])}


def _check_positions(before: Standing, after: Standing, senders: set[str], liquidated: set[int]) -> None:
    """A sound position stays sound, and nobody but its owner changes its size or lowers what it holds."""
    for id, was in before.positions.items():
        now = after.positions[id]
        if before.is_sound(id) and now.is_open and not after.is_sound(id):
            raise Disagreement(
                f"position {id} was sound, and now has equity {now.equity} of {now.maintenance_margin}",
                [f"view = system.position({id})", "assert view.equity >= view.maintenance_margin"],
            )
        if was.owner in senders or id in liquidated:
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


def _check_bystanders(before: Standing, after: Standing, excused: set[str]) -> None:
    for account, had in before.fortunes.items():
        if account not in excused and after.fortunes[account] < had:
            raise Disagreement(
                f"{account} lost {had - after.fortunes[account]} by what others did",
                [f'assert stand(system, ACCOUNTS).fortunes["{account}"] >= {had}'],
            )


def _check_traders(before: Standing, after: Standing, let_off: int) -> None:
    most = before.total + ceil(before.premium) + let_off
    gained = after.total + floor(after.premium) - most
    if gained > 0:
        raise Disagreement(
            f"all together gained {gained}, the premium of the skew counted",
            ["now = stand(system, ACCOUNTS)", f"assert now.total + floor(now.premium) <= {most}"],
        )


def _check_liquidation(before: Standing, after: Standing) -> None:
    if after.total > before.total:
        raise Disagreement(
            f"all together gained {after.total - before.total} by a liquidation",
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
