"""How a follower reads a chain: in pages, on from where it stands, and from the start when blocks vanish."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from isomargin.bot.following import Follower
from isomargin.chain.node_rpc import NodeRefusal
from isomargin.errors import ChainError
from tests.bot.scripted import header

FIRST = 3


class Branches:
    """A node with a chain of named blocks, each of which logs one line: its number and branch."""

    def __init__(self, length, largest_page=10_000):
        self.blocks = {number: header(number) for number in range(length + 1)}
        self.largest_page = largest_page
        self.pages = []
        self.url = "http://scripted"
        self.before_page = lambda: None

    def head(self):
        return self.blocks[max(self.blocks)]

    def header(self, number):
        return self.blocks.get(number)

    def page(self, addresses, first, last):
        self.before_page()
        if last - first >= self.largest_page:
            raise NodeRefusal("eth_getLogs", {"message": "too many blocks"})
        self.pages.append((first, last))
        logs = [self.blocks[number].hash for number in range(first, last + 1) if number in self.blocks]
        return logs, self.blocks.get(last)

    def grow(self, count, fork=""):
        for _ in range(count):
            number = max(self.blocks) + 1
            self.blocks[number] = header(number, fork, self.fork_of(number - 1))

    def fork_of(self, number):
        return self.blocks[number].hash.lstrip(b"\0").decode().removeprefix(str(number))

    def replace(self, depth, fork, length):
        for number in range(max(self.blocks) - depth + 1, max(self.blocks) + 1):
            del self.blocks[number]
        self.grow(length, fork)


class Notes:
    """A book that keeps what it was told."""

    def __init__(self):
        self.told = []

    def apply(self, contract, event, args):
        self.told.append(event)


@pytest.fixture(autouse=True)
def _book_of_notes(monkeypatch):
    monkeypatch.setattr("isomargin.bot.following.Book", Notes)


def follower_of(node):
    stood: list[Any] = []

    def events(logs):
        named = [SimpleNamespace(name=each.lstrip(b"\0").decode(), args={}) for each in logs]
        return [SimpleNamespace(contract="market", event=event) for event in named]

    engine: Any = SimpleNamespace(stand_at=stood.append)
    system: Any = SimpleNamespace(contracts={}, events=events)
    return Follower(node, engine, system, FIRST), stood


def test_advance__first_look__reads_from_the_first_block_on():
    node = Branches(6)
    follower, stood = follower_of(node)
    news = follower.advance()
    assert (news.head.number, news.since, news.reorganised) == (6, None, False)
    assert follower.book.told == ["3", "4", "5", "6"]
    assert stood == [node.head()]
    assert follower.advance() is None


def test_advance__blocks_more__reads_those_alone():
    node = Branches(6)
    follower, _ = follower_of(node)
    follower.advance()
    book = follower.book
    node.grow(1)
    follower.advance()
    node.grow(3)
    news = follower.advance()
    assert (news.since.number, news.head.number, news.reorganised) == (7, 10, False)
    assert node.pages == [(3, 6), (7, 7), (8, 10)]
    assert follower.book is book
    assert book.told == [str(number) for number in range(3, 11)]


@pytest.mark.parametrize(
    ("depth", "length"), [(1, 1), (1, 2), (2, 5), (3, 1)], ids=["same height", "one up", "longer", "shorter"]
)
def test_advance__blocks_vanish__makes_the_book_anew(depth, length):
    node = Branches(6)
    follower, _ = follower_of(node)
    follower.advance()
    node.replace(depth, "b", length)
    news = follower.advance()
    assert news.reorganised
    kept = [str(number) for number in range(3, 7 - depth)]
    assert follower.book.told == kept + [f"{number}b" for number in range(7 - depth, 7 - depth + length)]


def test_advance__chain_goes_back_and_nothing_follows__is_noticed():
    node = Branches(6)
    follower, _ = follower_of(node)
    follower.advance()
    node.replace(2, "", 0)
    assert follower.advance().reorganised
    assert follower.book.told == ["3", "4"]


def test_advance__node_refuses_long_ranges__asks_for_shorter_ones():
    node = Branches(40, largest_page=16)
    follower, _ = follower_of(node)
    follower.advance()
    assert follower.book.told == [str(number) for number in range(3, 41)]
    assert max(last - first for first, last in node.pages) < 16


def test_advance__node_refuses_even_one_block__gives_up():
    follower, _ = follower_of(Branches(6, largest_page=0))
    with pytest.raises(NodeRefusal, match="too many blocks"):
        follower.advance()


@pytest.mark.parametrize("since", [None, 6])
def test_advance__head_vanishes_while_its_logs_are_read__reads_again(since):
    node = Branches(6)
    follower, _ = follower_of(node)
    if since is not None:
        follower.advance()
        node.grow(2)
    lengths = [2]

    def move():
        if lengths:
            node.replace(1, "b", lengths.pop())

    node.before_page = move
    news = follower.advance()
    assert news.head == node.head()
    last = node.head().number
    assert follower.book.told == [str(each) for each in range(3, last - 1)] + [f"{last - 1}b", f"{last}b"]


def test_advance__chain_never_holds_still__says_so():
    node = Branches(6)
    follower, _ = follower_of(node)
    forks = iter("abcdefghij")
    node.before_page = lambda: node.replace(1, next(forks), 1)
    with pytest.raises(ChainError, match="changed 5 times"):
        follower.advance()
