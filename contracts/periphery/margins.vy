# pragma version 0.4.3
"""
@title Margins
@notice What a risk engine asks, and the reason with which it refuses instead of reverting with it.
"""
from ..interfaces import IRiskEngine

UNNAMED: constant(String[32]) = "risk: refused without a reason"
REASON_BYTES: constant(uint256) = 100  # selector, offset, length, and 32 bytes of text
SELECTOR_BYTES: constant(uint256) = 4
TEXT_BYTES: constant(uint256) = 96


@internal
@view
def maintenance(risk_engine: address, notional: uint256) -> int256:
    return convert(staticcall IRiskEngine(risk_engine).maintenance_margin(notional), int256)


@internal
@view
def initial(risk_engine: address, notional: uint256) -> (uint256, String[32]):
    """
    @dev The margin, WAD quote, and why there is none; empty when there is one.
    """
    success: bool = False
    response: Bytes[REASON_BYTES] = b""
    success, response = raw_call(
        risk_engine,
        abi_encode(notional, method_id=method_id("initial_margin(uint256)")),
        max_outsize=REASON_BYTES,
        is_static_call=True,
        revert_on_failure=False,
    )
    if success:
        return extract32(response, 0, output_type=uint256), ""
    if len(response) < REASON_BYTES:
        return 0, UNNAMED
    return 0, abi_decode(slice(response, SELECTOR_BYTES, TEXT_BYTES), String[32])
