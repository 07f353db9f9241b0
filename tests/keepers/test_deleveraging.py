"""Deleveraging keepers: whom they close, in which order, and when they stay away."""

from __future__ import annotations

from isomargin.agents import Deleverage
from isomargin.keepers import Bid, DeleveragingKeeper, KeeperView, KnownDue, winners_due
from isomargin.protocol import MarketState
from isomargin.units import WAD, to_wad
from tests.simulation.small import play, world_of

GWEI = 10**9
KEEPER = DeleveragingKeeper("adl", "0xA", batch_size=2, gas_bid=WAD, latency=0)

# Eight longs win from 100 to 170 against a pool that they would take too much of.
BOOM = {
    "prices": {"values": [100, 100, 170, 170, 170]},
    "traders": {"count": 8, "close_probability": 0},
    "oracle": {"max_deviation": 0.9},
}


def view(due: KnownDue, on_the_way: frozenset[int] = frozenset()) -> KeeperView:
    return KeeperView(7, GWEI, lambda wei: wei, due, on_the_way, price=170 * WAD)


def test_act__winners__are_closed_in_their_order_at_the_price_seen():
    assert KEEPER.act(view(KnownDue(winners=(3, 1, 2)))) == [
        Bid(Deleverage(3, 170 * WAD), GWEI),
        Bid(Deleverage(1, 170 * WAD), GWEI),
    ]


def test_act__somebody_to_be_liquidated__comes_first():
    assert KEEPER.act(view(KnownDue(rewards={2: 1}, winners=(3, 1)))) == []


def test_act__winner_on_the_way__is_not_proposed_again():
    bids = KEEPER.act(view(KnownDue(winners=(3, 1)), on_the_way=frozenset({3})))
    assert bids == [Bid(Deleverage(1, 170 * WAD), GWEI)]


def test_winners_due__price_bad_or_threshold_zero__are_none():
    world = world_of(**BOOM, market={"adl_threshold": 0})
    assert winners_due(world.book, world.system.terms, world.state()) == ()
    refused = MarketState(170 * WAD, "oracle: price stale", *([0] * 13))
    world = world_of(**BOOM, market={"adl_threshold": "0.000001"})
    assert winners_due(world.book, world.system.terms, refused) == ()


def test_play__winners_take_too_much__the_largest_are_closed_until_they_do_not():
    """The threshold is half of what they would take: some are closed, at the oracle price, and some stay."""
    free = play(**BOOM)
    last = free.blocks[-1]
    claims = last.pool_cash - last.pool_assets
    threshold = to_wad(claims) // last.pool_assets // 2 / WAD
    played = play(
        **BOOM,
        market={"adl_threshold": f"{threshold:.18f}"},
        keepers=[{"name": "swift"}, {"name": "adl", "kind": "deleverage"}],
    )
    counts = played.summary.positions
    assert 0 < counts.deleveraged < 8
    assert counts.opened == counts.closed + counts.liquidated + counts.deleveraged + counts.open_at_end
    end = played.blocks[-1]
    assert (end.pool_cash - end.pool_assets) <= threshold * end.pool_assets
    closed = [row for row in played.positions if row.outcome == "deleveraged"]
    stayed = [row for row in played.positions if row.outcome == "open"]
    assert {row.exit_price for row in closed} == {170 * WAD}
    assert min(gain(row) for row in closed) >= max(gain(row) for row in stayed)
    assert played.summary.invariants.violations == 0
    assert played.summary.pool.assets_end >= free.summary.pool.assets_end


def gain(row) -> int:
    """What a position had won at 170, WAD quote."""
    return row.size * 170 - row.size * row.entry_price // WAD
