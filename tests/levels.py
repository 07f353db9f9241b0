"""Compiles everything at another optimisation level, for the length of a block or of a whole session.

``pytest --optimize none tests/market``, or `scripts/test-unoptimised`, runs the suite so: whoever names no
level gets the chosen one, and every chain takes code of any size, because the market without optimisation is
above the limit of EIP-170.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from isomargin.chain import Chain
from isomargin.contracts import compile_contract, compiler_outputs, contracts_root

__all__ = ["DEPLOYED_LEVEL", "LEVELS", "at_level", "deployables"]

DEPLOYED_LEVEL = "gas"
LEVELS = (DEPLOYED_LEVEL, "none")


@contextmanager
def at_level(level: str) -> Iterator[None]:
    """Compile at `level` whatever names no level itself; chains made inside stay as they are afterwards."""
    if level == DEPLOYED_LEVEL:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(defaults_of(compile_contract), "optimize", level)
        patch.setitem(defaults_of(compiler_outputs), "optimize", level)
        patch.setitem(defaults_of(Chain.__init__), "unlimited_code", True)
        yield


def defaults_of(function: Any) -> dict[str, Any]:
    """The defaults of its keyword arguments, to be changed."""
    defaults: dict[str, Any] = function.__kwdefaults__
    return defaults


def deployables() -> dict[str, Path]:
    """Every contract that can be deployed, by its name: a file in camel case below the packaged contracts."""
    return {path.stem: path for path in sorted(contracts_root().rglob("*.vy")) if path.stem[0].isupper()}
