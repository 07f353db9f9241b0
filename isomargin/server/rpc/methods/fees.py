"""What gas costs, has cost and will cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isomargin.chain import Block
from isomargin.server.node import TestNode
from isomargin.server.rpc.methods.lookup import number_of, whole
from isomargin.server.rpc.parameters import MethodTable, each, optional, required
from isomargin.server.rpc.quantities import BlockReference, block_reference, loose_integer, quantity_json
from isomargin.server.rpc.refusals import SERVER_ERROR, Malformed, RpcError
from isomargin.server.rpc.session import Session

__all__ = ["METHODS"]

METHODS = MethodTable()

_MOST_BLOCKS = 1_024
_MOST_PERCENTILES = 100
_BLOB_BASE_FEE = "0x1"  # wei: no block holds blobs


@METHODS.method("eth_gasPrice")
def _gas_price(session: Session) -> str:
    return quantity_json(session.node.gas_price())


@METHODS.method("eth_maxPriorityFeePerGas")
def _priority_fee(session: Session) -> str:
    return quantity_json(session.node.priority_fee())


def _percentile(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise Malformed("expected a percentile, a number from 0 to 100")
    return float(value)


def _percentiles(value: Any) -> list[float]:
    found: list[float] = each(_percentile)(value)
    if len(found) > _MOST_PERCENTILES:
        raise Malformed(f"{len(found)} percentiles, at most {_MOST_PERCENTILES}")
    for place in range(1, len(found)):
        if found[place] <= found[place - 1]:
            raise Malformed(
                f"percentiles must rise: #{place - 1}:{found[place - 1]} >= #{place}:{found[place]}"
            )
    return found


def _newest_block(value: Any) -> BlockReference:
    reference = block_reference(value)
    if isinstance(reference, bytes):
        raise Malformed("expected a block number or tag")
    return reference


@METHODS.method(
    "eth_feeHistory",
    takes=[
        required("block count", loose_integer),
        required("newest block", _newest_block),
        optional("reward percentiles", _percentiles, ()),
    ],
)
def _history(session: Session, count: int, reference: int | str, percentiles: Sequence[float]) -> Any:
    node = session.node
    newest = number_of(node, reference)
    if newest > node.head.number:
        raise RpcError(
            SERVER_ERROR, f"request beyond head block: requested {newest}, head {node.head.number}"
        )
    if count == 0:
        return {"oldestBlock": "0x0", "gasUsedRatio": None}
    first = max(0, newest + 1 - min(count, _MOST_BLOCKS))
    blocks = [node.chain.block(number) for number in range(first, newest + 1)]
    fees = [block.base_fee for block in blocks] + [_base_fee_after(node, newest)]
    history: dict[str, Any] = {
        "oldestBlock": quantity_json(first),
        "baseFeePerGas": [quantity_json(fee) for fee in fees],
        "gasUsedRatio": [(block.gas_used or 0) / node.chain.block_gas_limit for block in blocks],
        "baseFeePerBlobGas": [_BLOB_BASE_FEE] * len(fees),
        "blobGasUsedRatio": [0] * len(blocks),
    }
    if percentiles:
        history["reward"] = [
            [quantity_json(reward) for reward in _rewards(block, percentiles)]
            for block in map(whole, blocks)
            if block is not None
        ]
    return history


def _base_fee_after(node: TestNode, number: int) -> int:
    return node.next_base_fee() if number == node.head.number else node.chain.block(number + 1).base_fee


def _rewards(block: Block, percentiles: Sequence[float]) -> list[int]:
    """Return the tip at each percentile of the block's gas, cheapest transactions first, as geth does."""
    tips = sorted((receipt.gas_price - block.base_fee, receipt.gas_used or 0) for receipt in block.receipts)
    if not tips:
        return [0] * len(percentiles)
    place, gas = 0, tips[0][1]
    rewards = []
    for percentile in percentiles:
        threshold = int((block.gas_used or 0) * percentile / 100)
        while gas < threshold and place < len(tips) - 1:
            place += 1
            gas += tips[place][1]
        rewards.append(tips[place][0])
    return rewards
