"""Tries that decode each of their nodes once: a node is named by the hash of its bytes and never changes.

The trie library decodes a node at every step of every lookup, which is a fifth of a run on py-evm. The caches
stand in for functions of that library, in this process, and give what they give.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import rlp
import trie.hexary
import trie.utils.nibbles
import trie.utils.nodes

__all__ = ["install"]

_NODES_KEPT = 65_536

_plain_decode = trie.utils.nodes.decode_node
_decoded = lru_cache(maxsize=_NODES_KEPT)(rlp.decode)


def _copy(part: Any) -> Any:
    """Lists anew, because tries change the nodes that they hold."""
    return [_copy(each) for each in part] if isinstance(part, list) else part


def _decode_node(encoded: Any) -> Any:
    # a whole node: what is shorter is a list already, or blank
    return (
        _copy(_decoded(encoded)) if type(encoded) is bytes and len(encoded) > 32 else _plain_decode(encoded)
    )


def install() -> None:
    """Let all tries of this process use the caches; done twice, it is done once."""
    if trie.hexary.decode_node is _decode_node:
        return
    to_nibbles = lru_cache(maxsize=_NODES_KEPT)(trie.utils.nibbles.bytes_to_nibbles)
    from_key = lru_cache(maxsize=_NODES_KEPT)(trie.utils.nibbles.decode_nibbles)
    trie.hexary.decode_node = _decode_node
    trie.hexary.bytes_to_nibbles = trie.utils.nibbles.bytes_to_nibbles = to_nibbles
    trie.hexary.decode_nibbles = trie.utils.nodes.decode_nibbles = from_key
