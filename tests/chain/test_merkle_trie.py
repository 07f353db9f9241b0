"""The trie in memory has the roots, values and stored nodes of the trie library."""

from __future__ import annotations

import pytest
import rlp
from eth.constants import BLANK_ROOT_HASH
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st
from trie.exceptions import MissingTrieNode
from trie.hexary import HexaryTrie

from isomargin.chain import merkle_trie
from isomargin.chain.merkle_trie import MerkleTrie
from isomargin.chain.py_evm_state import _root_and_nodes

KEYS = tuple(keccak(bytes((number,))) for number in range(120))
VALUES = (b"a", b"\x80", b"\x01" * 31, b"b" * 32, b"c" * 60, b"d" * 300, b"")  # empty: deleted

writes = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)), max_size=60)


def apply(trie, lot):
    for key, value in lot:
        if value:
            trie[key] = value
        else:
            del trie[key]


@settings(max_examples=150, deadline=None)
@given(st.lists(writes, max_size=5), st.booleans())
def test_trie__after_lots_of_writes__has_the_root_and_the_values_of_the_librarys(lots, is_forgotten):
    library = HexaryTrie({})
    nodes: dict[bytes, bytes] = {}
    trie = MerkleTrie(nodes)
    for lot in lots:
        apply(library, lot)
        apply(trie, lot)
        assert trie.root_hash == library.root_hash
        if is_forgotten:  # so that nodes are read again
            merkle_trie._root_of.cache_clear()
            trie = MerkleTrie(nodes, trie.root_hash)
    stored = HexaryTrie(nodes, trie.root_hash)
    for key in KEYS:
        assert trie[key] == library[key] == stored[key]
        assert (key in trie) == (key in library)


@settings(max_examples=60, deadline=None)
@given(writes, writes)
def test_trie__back_at_an_earlier_root__is_what_it_was(first, second):
    trie = MerkleTrie({})
    apply(trie, first)
    root, before = trie.root_hash, [trie[key] for key in KEYS]
    apply(trie, second)
    assert trie.root_hash
    trie.root_hash = root
    assert [trie[key] for key in KEYS] == before


@settings(max_examples=60, deadline=None)
@given(writes, writes)
def test_trie__of_nodes_that_the_library_wrote__goes_on_from_them(first, second):
    nodes: dict[bytes, bytes] = {}
    library = HexaryTrie(nodes)
    apply(library, first)
    merkle_trie._root_of.cache_clear()
    trie = MerkleTrie(dict(nodes), library.root_hash)
    apply(library, second)
    apply(trie, second)
    assert trie.root_hash == library.root_hash


@pytest.mark.parametrize("count", [0, 1, 2, 17, 127, 128, 129, 300])
def test_list__of_any_length__has_the_root_that_py_evm_gives_it(count):
    items = tuple(bytes((number % 256,)) * (1 + number % 70) for number in range(count))
    nodes: dict[bytes, bytes] = {}
    library = HexaryTrie(nodes)
    for index, item in enumerate(items):
        library[rlp.encode(index, sedes=rlp.sedes.big_endian_int)] = item
    root, kept = _root_and_nodes(items)
    assert root == library.root_hash
    assert all(nodes[name] == node for name, node in kept.items())


def test_trie__without_anything__has_the_blank_root():
    trie = MerkleTrie({})
    trie[KEYS[0]] = b"a"
    assert trie.root_hash != BLANK_ROOT_HASH
    del trie[KEYS[0]]
    assert trie.root_hash == BLANK_ROOT_HASH


def test_trie__of_nodes_that_are_missing__says_which():
    nodes: dict[bytes, bytes] = {}
    trie = MerkleTrie(nodes)
    apply(trie, [(key, b"v" * 40) for key in KEYS])
    root = trie.root_hash
    merkle_trie._root_of.cache_clear()
    with pytest.raises(MissingTrieNode):
        MerkleTrie({}, root)[KEYS[0]]
    short = MerkleTrie({root: nodes[root]}, root)
    short[KEYS[0]] = b"other"
    with pytest.raises(MissingTrieNode):
        _ = short.root_hash


def test_squash__that_fails__leaves_the_trie_as_it_was():
    trie = MerkleTrie({})
    trie[KEYS[0]] = b"a"
    before = trie.root_hash

    def fail():
        with trie.squash_changes() as squashed:
            squashed[KEYS[1]] = b"b"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert trie.root_hash == before
    assert trie[KEYS[1]] == b""
