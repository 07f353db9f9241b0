# pragma version 0.4.3
"""
@title Margins
@notice What a risk engine asks, and the reason with which it refuses instead of reverting with it.
"""
from ..interfaces import IRiskEngine
from . import reasons
from . import refusals

UNNAMED: constant(String[32]) = "risk: refused without a reason"


@internal
@view
def maintenance(risk_engine: address, notional: uint256) -> int256:
    return convert(staticcall IRiskEngine(risk_engine).maintenance_margin(notional), int256)


@internal
@view
def initial(risk_engine: address, notional: uint256) -> (uint256, bytes32):
    """
    @dev The margin, WAD quote, and why there is none, of `reasons`; empty when there is one.
    """
    success: bool = False
    response: Bytes[refusals.MAX_ANSWER] = b""
    success, response = raw_call(
        risk_engine,
        abi_encode(notional, method_id=method_id("initial_margin(uint256)")),
        max_outsize=refusals.MAX_ANSWER,
        is_static_call=True,
        revert_on_failure=False,
    )
    if success:
        return extract32(response, 0, output_type=uint256), empty(bytes32)
    return 0, reasons.word(refusals.reason(response, UNNAMED))
