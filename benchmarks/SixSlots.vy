# pragma version 0.4.3
"""
@title SixSlots
@notice The least that opening a position can cost: six slots, no call, no log. Shows what a stack costs around the
        EVM, where `Market` shows above all what the EVM costs.
"""

struct Position:
    owner: address
    size: int256
    cost: int256
    margin: uint256
    funding_index: int256
    opened_at: uint256

positions: public(HashMap[uint256, Position])
last_id: public(uint256)


@external
def open(size: int256, margin: uint256):
    """
    @notice Write a position of six slots.
    @param size Anything.
    @param margin Anything.
    """
    id: uint256 = self.last_id + 1
    self.last_id = id
    self.positions[id] = Position(
        owner=msg.sender,
        size=size,
        cost=size * 100,
        margin=margin,
        funding_index=7,
        opened_at=block.timestamp,
    )
