"""Trigger orders and their model agree to the unit, on hundreds of random operations of every kind."""

from __future__ import annotations

import numpy as np
import pytest

from tests.market.order_twins import OrderTwins

OPERATIONS = 240

ENDINGS = ("market: price limit", "market: below initial margin")
REFUSALS = ("orders: no such order", "orders: needs a later round")


@pytest.mark.parametrize("decimals", [6, 18])
def test_trigger_orders__random_operations__agree_with_the_model_to_the_unit(decimals):
    twins = OrderTwins(decimals, np.random.default_rng([7, decimals]))
    for _ in range(OPERATIONS):
        twins.step()
    seen = twins.seen
    done = ("place_limit", "place_reduce", "execute", "execute_batch", "cancel", "order: executed")
    assert min(seen[name] for name in done) >= 3, seen
    assert all(seen[f"order: {reason}"] for reason in ENDINGS), seen
    assert all(seen[f"execute: {reason}"] for reason in REFUSALS), seen
