# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Margin calls
@notice Tells the owner of a position, by an event, that it is below its call level: once per crossing. A position
        is called again only after somebody has shown it healthy here. Holds nothing, moves nothing, may be replaced.
"""
from ..interfaces import IMarket
from ..market import fixed_point
from . import Lens
from . import health

event MarginCalled:
    id: indexed(uint256)
    caller: indexed(address)
    equity: int256  # WAD quote
    maintenance_margin: uint256  # WAD quote
    shortfall: uint256  # what equity lacks to the call level, WAD quote
    liquidation_price: uint256  # WAD quote per base

event MarginRestored:
    id: indexed(uint256)
    caller: indexed(address)

market: public(immutable(IMarket))
lens: public(immutable(Lens.__interface__))
is_called: public(HashMap[uint256, bool])


@deploy
def __init__(market_: address, lens_: address):
    """
    @param market_ The market whose positions are called.
    @param lens_ Its lens.
    """
    market = IMarket(market_)
    lens = Lens.__at__(lens_)


@external
def call_margin(id: uint256) -> bool:
    """
    @notice Calls a position that is below its call level, or notes that a called one is healthy again. Anyone.
            Needs a good price.
    @param id The position.
    @return Whether anything was new.
    """
    price: uint256 = staticcall (staticcall market.oracle()).price()
    seen: Lens.PositionView = staticcall lens.position(id)
    assert seen.status != health.NOT_OPEN, "calls: no such position"
    was_called: bool = self.is_called[id]
    if (seen.status != health.HEALTHY) == was_called:
        return False
    self.is_called[id] = not was_called
    if was_called:
        log MarginRestored(id=id, caller=msg.sender)
    else:
        log MarginCalled(
            id=id,
            caller=msg.sender,
            equity=seen.equity,
            maintenance_margin=seen.maintenance_margin,
            shortfall=self._shortfall(seen.equity, seen.maintenance_margin),
            liquidation_price=seen.liquidation_price,
        )
    return True


@internal
@view
def _shortfall(equity: int256, maintenance: uint256) -> uint256:
    """
    @dev Rounded up.
    """
    ratio: uint256 = staticcall (staticcall market.risk_engine()).call_ratio()
    level: uint256 = fixed_point.mul_div_up(ratio, maintenance, fixed_point.WAD)
    return convert(convert(level, int256) - equity, uint256)
