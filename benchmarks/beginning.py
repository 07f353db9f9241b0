"""In a new process: imports a module, or deploys a market and mines on it, and prints what that took."""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module

__all__ = ["main"]


def main() -> None:
    """`import MODULE` tells the processor time of that; `deploy ENGINE` that since the process began."""
    what, name = sys.argv[1:]
    start = time.process_time() if what == "import" else 0.0
    if what == "import":
        import_module(name)
    else:
        _deploy(name)
    sys.stdout.write(json.dumps({"seconds": time.process_time() - start}) + "\n")


def _deploy(engine: str) -> None:
    from isomargin.chain import Chain
    from isomargin.model import Bracket, OracleGuards, Parameters, RiskTable
    from isomargin.protocol import SystemTerms, deploy
    from isomargin.units import WAD

    parameters = Parameters(
        trade_fee_ratio=WAD // 2_000,
        keeper_share=WAD // 2,
        max_funding_rate=WAD // 50,
        reserve_ratio=WAD // 4,
        skew_scale=10**9 * WAD,
        max_open_interest=10**6 * WAD,
        max_skew=10**6 * WAD,
        min_notional=100 * WAD,
        keeper_reserve=0,
    )
    terms = SystemTerms(
        first_price=100 * WAD,
        oracle=OracleGuards(max_age=86_400, min_price=1, max_price=10**9 * WAD, max_deviation=0),
        risk=RiskTable((Bracket(0, WAD // 10, WAD // 20),), 10**9 * WAD, WAD // 100),
        parameters=parameters,
    )
    system = deploy(Chain(engine), terms)
    receipt = system.chain.mine([system.mint(system.admin, 1)]).receipts[0]
    assert receipt.success, receipt.revert_reason


if __name__ == "__main__":
    main()
