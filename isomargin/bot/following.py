"""Follows a chain: the book moves on by each new block's logs, and is made anew when blocks vanish."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isomargin.book import Book
from isomargin.chain import Log
from isomargin.chain.followed import FollowedEngine
from isomargin.chain.node_rpc import NodeRefusal
from isomargin.chain.remote import Header, RemoteNode
from isomargin.errors import ChainError, IsomarginError
from isomargin.protocol import System

__all__ = ["Follower", "News"]

_PAGE = 2_000  # blocks asked for at once; fewer where a node refuses so many
_ATTEMPTS = 5  # to read up to a head that is still there afterwards


@dataclass(frozen=True, slots=True)
class News:
    """What has happened since the last look.

    Attributes
    ----------
    head : Header
        The newest block.
    since : Header or None
        Where the follower stood before; None at the first look.
    reorganised : bool
        Whether that block is gone from the chain.
    """

    head: Header
    since: Header | None
    reorganised: bool


class _Moved(ChainError):
    """The chain changed while it was read."""


class Follower:
    """Keeps a book in step with a node.

    Attributes
    ----------
    book : Book
        As of `head`.
    head : Header or None
        None before the first look.

    Parameters
    ----------
    node : RemoteNode
        Where from.
    engine : FollowedEngine
        Of the system's chain; it stands where the book stands.
    system : System
        Whose logs.
    first_block : int
        Before which it logged nothing.
    """

    def __init__(self, node: RemoteNode, engine: FollowedEngine, system: System, first_block: int) -> None:
        self._node = node
        self._engine = engine
        self._system = system
        self._first_block = first_block
        self._addresses = [contract.address for contract in system.contracts.values()]
        self._page = _PAGE
        self.book = Book()
        self.head: Header | None = None

    def advance(self) -> News | None:
        """Bring the book up to the newest block; None if that is where it stands.

        Raises
        ------
        ChainError
            If the node does not answer, or its chain will not hold still.
        """
        for _ in range(_ATTEMPTS):
            try:
                return self._advance()
            except _Moved:
                continue
        raise ChainError(f"{self._node.url}: its newest block changed {_ATTEMPTS} times while it was read")

    def _advance(self) -> News | None:
        target, since = self._node.head(), self.head
        if since is not None and target.hash == since.hash:
            return None
        reorganised = since is not None and not self._is_above(target, since)
        if since is None or reorganised:
            self.book = self._rebuilt(target)
        else:
            logs = [log for page in self._pages(since.number + 1, target) for log in page]
            try:
                self._enter(self.book, logs)
            except IsomarginError:  # logs of two chains do not fit together
                self.book = self._rebuilt(target)
                reorganised = True
        self.head = target
        self._engine.stand_at(target)
        return News(target, since, reorganised)

    def _is_above(self, target: Header, since: Header) -> bool:
        """Whether the chain of `target` goes through `since`."""
        if target.number == since.number + 1:
            return target.parent_hash == since.hash
        there = self._node.header(since.number) if target.number > since.number else None
        return there is not None and there.hash == since.hash

    def _rebuilt(self, target: Header) -> Book:
        book = Book()
        for page in self._pages(self._first_block, target):
            self._enter(book, page)
        return book

    def _enter(self, book: Book, logs: list[Log]) -> None:
        for seen in self._system.events(logs):
            book.apply(seen.contract, seen.event.name, seen.event.args)

    def _pages(self, first: int, target: Header) -> Iterator[list[Log]]:
        """The logs from a block on up to the target, which must still be there when the last were read."""
        while first <= target.number:
            last = min(first + self._page - 1, target.number)
            try:
                logs, header = self._node.page(self._addresses, first, last)
            except NodeRefusal:
                if self._page == 1:
                    raise
                self._page //= 2
                continue
            yield logs
            first = last + 1
            if last == target.number and (header is None or header.hash != target.hash):
                raise _Moved("the newest block is gone")
