"""Tries that decode each of their nodes once: a node is named by the hash of its bytes and never changes.

The trie library decodes a node at every step of every lookup, which is a fifth of a run on py-evm. The caches
stand in for functions of that library, in this process, and give what they give.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any

import rlp

__all__ = ["install"]

_NODES_KEPT = 8_192

_hexary: Any = import_module("trie.hexary")
_nodes: Any = import_module("trie.utils.nodes")
_nibbles: Any = import_module("trie.utils.nibbles")
_plain_decode = _nodes.decode_node
_decoded = lru_cache(maxsize=_NODES_KEPT)(rlp.decode)


def _copy(part: Any) -> Any:
    """Lists anew, because tries change the nodes that they hold."""
    return [_copy(each) for each in part] if isinstance(part, list) else part


def _decode_node(encoded: Any) -> Any:
    is_whole = type(encoded) is bytes and len(encoded) > 32  # what is shorter is a list already, or blank
    return _copy(_decoded(encoded)) if is_whole else _plain_decode(encoded)


def install() -> None:
    """Let all tries of this process use the caches; done twice, it is done once."""
    if _hexary.decode_node is _decode_node:
        return
    to_nibbles = lru_cache(maxsize=_NODES_KEPT)(_nibbles.bytes_to_nibbles)
    from_key = lru_cache(maxsize=_NODES_KEPT)(_nibbles.decode_nibbles)
    _hexary.decode_node = _decode_node
    _hexary.bytes_to_nibbles = _nibbles.bytes_to_nibbles = to_nibbles
    _hexary.decode_nibbles = _nodes.decode_nibbles = from_key
