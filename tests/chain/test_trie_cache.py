"""Cached trie nodes are those that the library decodes, and nobody's changes reach the cache."""

from __future__ import annotations

from importlib import import_module

import numpy as np

from isomargin.chain.trie_cache import install

hexary = import_module("trie.hexary")
HexaryTrie, decode_node = hexary.HexaryTrie, import_module("trie.utils.nodes").decode_node


def story(rng: np.random.Generator) -> list[object]:
    """Write, overwrite, read and delete; tell every root and everything read."""
    tree = HexaryTrie({}, prune=False)
    told: list[object] = []
    keys = [rng.bytes(int(rng.integers(1, 4))) for _ in range(60)]
    for _ in range(400):
        key = keys[int(rng.integers(len(keys)))]
        if rng.random() < 0.25:
            del tree[key]
        else:
            tree[key] = rng.bytes(int(rng.integers(1, 40)))
        told += [tree.root_hash, tree[keys[int(rng.integers(len(keys)))]]]
    return told


def test_trie__with_and_without_the_cache__same_roots_and_values(monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(hexary, "decode_node", decode_node)
        plain = [story(np.random.default_rng(seed)) for seed in range(5)]
    install()
    assert hexary.decode_node is not decode_node
    assert [story(np.random.default_rng(seed)) for seed in range(5)] == plain


def test_node__decoded_twice_and_changed__is_whole_the_second_time():
    install()
    tree = HexaryTrie({})
    for number in range(40):
        tree[bytes([number])] = b"value" * 10
    first = tree.get_node(tree.root_hash)
    whole = repr(first)
    first[0] = b"spoilt"
    for part in first:
        if isinstance(part, list):
            part.clear()
    assert repr(tree.get_node(tree.root_hash)) == whole
