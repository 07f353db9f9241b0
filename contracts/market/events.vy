# pragma version 0.4.3
"""
@title Events
@notice What a keeper or an indexer needs to rebuild every position from logs alone: each event carries the
        state after it. Sizes are WAD base, prices WAD quote per base, costs, profits, funding and fees WAD
        quote, all else token units.
"""

event PositionOpened:
    id: indexed(uint256)
    owner: indexed(address)
    vault: address
    size: int256
    cost: int256
    funding_index: int256
    margin: uint256  # token units, as in all events of positions
    keeper_reserve: uint256  # token units
    fill_price: uint256
    fee: uint256  # WAD quote

event PositionModified:
    id: indexed(uint256)
    size_delta: int256
    size: int256
    cost: int256
    funding_index: int256
    margin: uint256
    fill_price: uint256
    realised_pnl: int256  # WAD quote
    funding: int256  # WAD quote, > 0: paid by the position
    fee: uint256
    settlement: int256  # token units, > 0: from the pool to the vault

event PositionClosed:
    id: indexed(uint256)
    owner: indexed(address)
    size_delta: int256
    fill_price: uint256
    realised_pnl: int256
    funding: int256
    fee: uint256
    settlement: int256
    payout: uint256  # token units that reached the owner, keeper reserve included

event MarginAdded:
    id: indexed(uint256)
    payer: indexed(address)
    amount: uint256
    margin: uint256

event MarginWithdrawn:
    id: indexed(uint256)
    amount: uint256
    margin: uint256

event PositionLiquidated:
    id: indexed(uint256)
    keeper: indexed(address)
    size_delta: int256
    size: int256
    cost: int256
    funding_index: int256
    margin: uint256
    price: uint256
    realised_pnl: int256
    funding: int256
    settlement: int256
    penalty: uint256  # token units
    reward: uint256  # token units that reached the keeper, keeper reserve included
    payout: uint256  # token units that reached the owner

event PositionDeleveraged:
    id: indexed(uint256)
    owner: indexed(address)
    caller: indexed(address)
    size_delta: int256
    price: uint256
    realised_pnl: int256
    funding: int256
    settlement: int256
    payout: uint256  # token units that reached the owner, keeper reserve included

event Approved:
    id: indexed(uint256)
    manager: indexed(address)

event BadDebt:
    id: indexed(uint256)
    amount: uint256  # WAD quote
    insurance_paid: uint256  # token units
    pool_loss: uint256  # WAD quote

event Claimed:
    id: indexed(uint256)
    receiver: indexed(address)
    amount: uint256
