"""A Merkle Patricia trie that stays decoded in memory and takes its writes in lots.

The trie library encodes, hashes and stores every node on the way to every single write, and decodes them
again for the next: more than half of a run on py-evm. Here a write only waits; when the root is asked for, or
a key, all that wait go in together, and each node that they change is encoded once. Nodes never change: an
older root is an older tree that shares what did not change, so going back costs nothing.

What is stored, and under which hash, is what the library stores: roots are equal, and either reads the
other's nodes. Keys must be prefix-free, as hashes are: no branch holds a value.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from typing import Any

import rlp
import sha3  # type: ignore[import-untyped]  # a fifth of the time of eth_utils' keccak
from eth.constants import BLANK_ROOT_HASH
from eth_typing import Hash32
from trie.exceptions import MissingTrieNode

from isomargin.chain.rlp_encoding import rlp_bytes, rlp_list

__all__ = ["MerkleTrie"]

_ROOTS_KEPT = 1_024  # some four change with a block, and each keeps what it does not share with the next
_BLANK = b"\x80"
_HASHED = b"\xa0"  # RLP of 32 bytes begins so

_Store = MutableMapping[bytes, bytes]
_Write = tuple[str, bytes]  # a key in hex; a value, empty to delete it


class _Node:
    """A node; `link` is how its parent names it, empty until that is known."""

    __slots__ = ("link",)
    link: bytes


class _Leaf(_Node):
    __slots__ = ("path", "value")

    def __init__(self, path: str, value: bytes) -> None:
        self.link, self.path, self.value = b"", path, value


class _Extension(_Node):
    __slots__ = ("child", "path")

    def __init__(self, path: str, child: _Node) -> None:
        self.link, self.path, self.child = b"", path, child


class _Branch(_Node):
    __slots__ = ("children",)

    def __init__(self, children: list[_Node | None]) -> None:
        self.link, self.children = b"", children


class _Stored(_Node):
    """A node that was not read yet; it is read once."""

    __slots__ = ("node",)

    def __init__(self, link: bytes) -> None:
        self.link = link
        self.node: _Node | None = None


class MerkleTrie:
    """What py-evm uses of `trie.HexaryTrie`, with its names.

    Parameters
    ----------
    db : mapping
        Nodes by hash.
    root_hash : bytes
        Of a tree whose nodes are in it.
    """

    def __init__(self, db: _Store, root_hash: bytes = BLANK_ROOT_HASH) -> None:
        self._db = db
        self._pending: dict[str, bytes] = {}
        self.root_hash = root_hash

    @property
    def root_hash(self) -> bytes:
        """Of all that was written; the nodes below it are in the database then."""
        self._flush()
        return self._root_hash

    @root_hash.setter
    def root_hash(self, value: bytes) -> None:
        self._pending.clear()
        self._root_hash = value
        self._root = None if value == BLANK_ROOT_HASH else _root_of(value)

    def __getitem__(self, key: bytes) -> bytes:
        self._flush()
        try:
            return self._find(key.hex())
        except KeyError as error:
            raise self._missing(error, key) from None

    def __contains__(self, key: bytes) -> bool:
        return self[key] != b""

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._pending[key.hex()] = value

    def __delitem__(self, key: bytes) -> None:
        self._pending[key.hex()] = b""

    @contextmanager
    def squash_changes(self) -> Iterator[MerkleTrie]:
        """Itself: its changes are squashed anyway."""
        before = self.root_hash
        try:
            yield self
            self._flush()
        except BaseException:
            self.root_hash = before
            raise

    def _find(self, key: str) -> bytes:
        node: _Node | None = self._root
        at = 0
        while True:
            match node:
                case _Branch():
                    node, at = node.children[int(key[at], 16)], at + 1
                case _Leaf():
                    return node.value if key[at:] == node.path else b""
                case _Stored():
                    node = self._read(node)
                case _Extension():
                    if not key.startswith(node.path, at):
                        return b""
                    at += len(node.path)
                    node = node.child
                case _:
                    return b""

    def _flush(self) -> None:
        """Let in what waits; on a missing node, nothing of it."""
        if not self._pending:
            return
        writes = sorted(self._pending.items())
        try:
            root = self._updated(self._root, writes, 0)
        except KeyError as error:
            raise self._missing(error, bytes.fromhex(writes[0][0])) from None
        self._pending.clear()
        if root is None:
            self._root, self._root_hash = None, BLANK_ROOT_HASH
            return
        encoded = self._encoded(root)
        self._root_hash = _keccak(encoded)
        self._db[self._root_hash] = encoded
        self._root = _root_of(self._root_hash)
        self._root.node = root

    def _missing(self, error: KeyError, key: bytes) -> MissingTrieNode:
        return MissingTrieNode(error.args[0], Hash32(self._root_hash), key)

    # Reading nodes

    def _read(self, stored: _Stored) -> _Node:
        """The node that a link stands for."""
        if stored.node is None:
            stored.node = _node_of(rlp.decode(self._db[stored.link[1:]]))
            stored.node.link = stored.link
        return stored.node

    def _whole(self, node: _Node) -> _Node:
        return self._read(node) if isinstance(node, _Stored) else node

    # Writing nodes

    def _updated(self, node: _Node | None, writes: Sequence[_Write], at: int) -> _Node | None:
        """A tree after writes, whose keys agree up to `at` and are sorted; None if nothing is left of it."""
        match node:
            case None:
                return _built([write for write in writes if write[1]], at)
            case _Stored():
                return self._updated(self._read(node), writes, at)
            case _Branch():
                children = list(node.children)
                for digit, group in groupby(writes, key=lambda write: write[0][at]):
                    place = int(digit, 16)
                    children[place] = self._updated(children[place], list(group), at + 1)
                return self._joined(children)
            case _Leaf():
                return _built(_with_leaf(node, writes, at), at)
            case _Extension():
                return self._below_extension(node, writes, at)
        raise AssertionError(f"no node: {node!r}")

    def _below_extension(self, node: _Extension, writes: Sequence[_Write], at: int) -> _Node | None:
        shared = min(_common(node.path, 0, key, at) for key, _ in (writes[0], writes[-1]))
        if shared == len(node.path):
            return self._extended(node.path, self._updated(node.child, writes, at + shared))
        rest = node.path[shared + 1 :]
        children: list[_Node | None] = [None] * 16
        children[int(node.path[shared], 16)] = _Extension(rest, node.child) if rest else node.child
        return self._extended(node.path[:shared], self._updated(_Branch(children), writes, at + shared))

    def _joined(self, children: list[_Node | None]) -> _Node | None:
        """A branch, or what is left of one."""
        held = [place for place, child in enumerate(children) if child is not None]
        if len(held) > 1:
            return _Branch(children)
        return self._extended(f"{held[0]:x}", children[held[0]]) if held else None

    def _extended(self, path: str, node: _Node | None) -> _Node | None:
        """A node some digits further down."""
        if node is None or not path:
            return node
        match whole := self._whole(node):
            case _Leaf():
                return _Leaf(path + whole.path, whole.value)
            case _Extension():
                return _Extension(path + whole.path, whole.child)
        return _Extension(path, whole)

    def _encoded(self, node: _Node) -> bytes:
        """The RLP of a node; those below it are stored."""
        match node:
            case _Leaf():
                return rlp_list(rlp_bytes(_packed(node.path, is_leaf=True)) + rlp_bytes(node.value))
            case _Extension():
                return rlp_list(rlp_bytes(_packed(node.path, is_leaf=False)) + self._link(node.child))
            case _Branch():
                return rlp_list(b"".join([*map(self._link, node.children), _BLANK]))
        raise AssertionError(f"no node to encode: {node!r}")

    def _link(self, node: _Node | None) -> bytes:
        if node is None:
            return _BLANK
        if not node.link:
            encoded = self._encoded(node)
            if len(encoded) < 32:
                node.link = encoded
            else:
                name = _keccak(encoded)
                self._db[name] = encoded
                node.link = _HASHED + name
        return node.link


@lru_cache(maxsize=_ROOTS_KEPT)
def _root_of(root_hash: bytes) -> _Stored:
    """The tree of a root, the same for all tries of the process: a hash names its content."""
    return _Stored(_HASHED + root_hash)


def _node_of(parts: Sequence[Any]) -> _Node:
    if len(parts) == 17:
        return _Branch([_child_of(part) if part else None for part in parts[:16]])
    digits = parts[0].hex()
    path = digits[1:] if digits[0] in "13" else digits[2:]
    return _Leaf(path, parts[1]) if digits[0] in "23" else _Extension(path, _child_of(parts[1]))


def _child_of(part: Any) -> _Node:
    return _Stored(_HASHED + part) if isinstance(part, bytes) else _node_of(part)


def _with_leaf(leaf: _Leaf, writes: Sequence[_Write], at: int) -> list[_Write]:
    """What is written where there is a leaf, the leaf with it if nothing replaces it."""
    key = writes[0][0][:at] + leaf.path
    kept = [write for write in writes if write[1]]
    if all(written != key for written, _ in writes):
        kept.append((key, leaf.value))
        kept.sort()
    return kept


def _built(values: Sequence[_Write], at: int) -> _Node | None:
    """A new tree; keys agree up to `at` and are sorted."""
    if not values:
        return None
    first, last = values[0][0], values[-1][0]
    if len(values) == 1:
        return _Leaf(first[at:], values[0][1])
    shared = _common(first, at, last, at)
    fork = at + shared
    children: list[_Node | None] = [None] * 16
    for digit, group in groupby(values, key=lambda value: value[0][fork]):
        children[int(digit, 16)] = _built(list(group), fork + 1)
    branch = _Branch(children)
    return _Extension(first[at:fork], branch) if shared else branch


def _common(one: str, at: int, other: str, begin: int) -> int:
    """How many digits two paths share."""
    length = min(len(one) - at, len(other) - begin)
    for offset in range(length):
        if one[at + offset] != other[begin + offset]:
            return offset
    return length


def _packed(path: str, *, is_leaf: bool) -> bytes:
    """Two digits a byte, and before them what kind of node it is (hex prefix encoding)."""
    flag = 2 * is_leaf + len(path) % 2
    return bytes.fromhex(f"{flag}{path}" if len(path) % 2 else f"{flag}0{path}")


def _keccak(content: bytes) -> bytes:
    digest: bytes = sha3.keccak_256(content).digest()
    return digest
