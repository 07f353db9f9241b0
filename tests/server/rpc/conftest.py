"""A fresh node with the probe."""

from __future__ import annotations

import pytest

from tests.server.rpc.ground import Ground


@pytest.fixture
def ground() -> Ground:
    return Ground()
