"""Margin calls: who is told, with which figures, and when again."""

from __future__ import annotations

from isomargin.units import WAD, to_wad
from tests.market.world import World

# 10 at 100.05, cost 1000.5, margin 107.7; called below 1.2 x maintenance, which is 94.978...


def usual_position(world: World) -> int:
    return world.open(10 * WAD, world.tokens("108.7005"))


def call(world: World, id: int) -> list[tuple[str, dict]]:
    """Call, and tell the events."""
    receipt = world.chain.send(world.system.call_margin(world.stranger, id))
    return [(event.name, dict(event.args)) for event in world.system.margin_calls.events(receipt.logs)]


def test_call_margin__below_the_call_level__tells_the_figures(world: World):
    id = usual_position(world)
    world.push("94.5")
    price = world.position(id).liquidation_price
    # equity 107.7 + 945 - 1000.5 = 52.2; maintenance 47.25; 1.2 times that is 56.7
    assert call(world, id) == [
        (
            "MarginCalled",
            {
                "id": id,
                "caller": world.stranger,
                "equity": to_wad("52.2"),
                "maintenance_margin": to_wad("47.25"),
                "shortfall": to_wad("4.5"),
                "liquidation_price": price,
            },
        )
    ]
    assert world.system.margin_calls.call("is_called", id) is True


def test_call_margin__again_below__tells_nothing(world: World):
    id = usual_position(world)
    world.push("94.5")
    call(world, id)
    world.push("94.2")
    assert call(world, id) == []


def test_call_margin__healthy_and_never_called__tells_nothing(world: World):
    assert call(world, usual_position(world)) == []


def test_call_margin__after_it_was_shown_healthy__tells_again(world: World):
    id = usual_position(world)
    world.push("94.5")
    call(world, id)
    world.push("96")
    assert call(world, id) == [("MarginRestored", {"id": id, "caller": world.stranger})]
    assert world.system.margin_calls.call("is_called", id) is False
    world.push("94.5")
    assert [name for name, _ in call(world, id)] == ["MarginCalled"]


def test_call_margin__insolvent__is_short_of_more_than_the_level(world: World):
    id = usual_position(world)
    world.push("88")
    ((_, told),) = call(world, id)
    assert told["equity"] == to_wad("-12.8")
    assert told["shortfall"] == to_wad("65.6")  # 1.2 times 44, and 12.8


def test_call_margin__no_position_or_no_price__is_refused(world: World, refused):
    with refused("calls: no such position"):
        call(world, 1)
    id = usual_position(world)
    world.spoil_price()
    with refused("oracle: price stale"):
        call(world, id)
