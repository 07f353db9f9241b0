"""An oracle with its three feeds, beside the model of it: what happens, happens to both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from typing import Any

from isomargin.chain import BLOCK_INTERVAL, Chain, Contract, Transaction
from isomargin.contracts import compile_contract
from isomargin.errors import TransactionReverted
from isomargin.model import FeedModel, OracleGuards, OracleModel, Rejected

DECIMALS = {"feed": 18, "uptime": 0, "second": 8}
WELL, REVERTING = 0, 1


@dataclass
class OracleWorld:
    """Contract and model of one oracle. Times are unix seconds; `now` is that of the head block."""

    chain: Chain
    contracts: dict[str, Contract]
    oracle: Contract
    feeds: dict[str, FeedModel]
    model: OracleModel
    people: dict[str, str]
    tally: Counter[str] = field(default_factory=Counter)

    @property
    def now(self) -> int:
        return self.chain.timestamp

    # What happens

    def wait(self, seconds: int) -> None:
        self.chain.mine(timestamp=self.now + seconds)

    def push(self, feed: str, *answers: int, every: int = 0, age: int = 0, id: int | None = None) -> None:
        """Rounds of a feed in a block of their own, `every` seconds apart, the newest `age` seconds old."""
        now, transactions = self.now + BLOCK_INTERVAL, []
        for left, answer in zip(reversed(range(len(answers))), answers, strict=True):
            updated_at = now - age - left * every
            pushed = self.feeds[feed].push(answer, updated_at, id=id)
            transactions.append(self._write(feed, "set_round", pushed, answer, updated_at))
        assert all(receipt.success for receipt in self.chain.mine(transactions).receipts)

    def silence(self, feed: str, is_silent: bool = True) -> None:
        self.feeds[feed].is_silent = is_silent
        self.chain.send(self._write(feed, "misbehave", REVERTING if is_silent else WELL, WELL))

    def unopen(self, feed: str) -> None:
        """The newest round of a feed has never started."""
        self.feeds[feed].unopen()
        self.chain.send(self._write(feed, "set_newest_start", 0))

    def act(self, name: str, caller: str = "owner", *args: Any) -> str:
        """Let somebody act on contract and model; both must take it, or refuse it with one reason."""
        (receipt,) = self.chain.mine(
            [self.oracle.transaction(name, *args, sender=self.people[caller], gas=2_000_000)]
        ).receipts
        reason = refusal_of(lambda: self._act_on_model(name, caller, *args))
        assert (receipt.success, receipt.revert_reason if not receipt.success else "") == (not reason, reason)
        self.tally[f"{name}: {reason}" if reason else name] += 1
        return reason

    def _act_on_model(self, name: str, caller: str, *args: Any) -> None:
        by_address = {contract.address: self.feeds[name] for name, contract in self.contracts.items()}
        model, now = self.model, self.now
        match name:
            case "watch":
                model.attend(now)
            case "entry_price" | "forced_price":
                getattr(model, name)(now)
                model.attend(now)
            case "set_guards":
                model.set_guards(caller, OracleGuards(*args), now)
            case "set_sequencer_feed" | "set_second_source":
                feed, *rest = args
                getattr(model, name)(caller, by_address.get(feed), *rest, now)
            case _:
                getattr(model, name)(caller, *args, now)

    def _write(self, feed: str, function: str, *args: Any) -> Transaction:
        return self.contracts[feed].transaction(function, *args, sender=self.people["owner"])

    # What is compared

    def compare(self) -> None:
        """Contract and model say the same of price, grace, entry and forced price at the head.

        `price` itself is left to `peek`, which is the same reading.
        """
        now, model = self.now, self.model
        assert self.oracle.call("peek") == model.peek(now)
        assert self.oracle.call("peek_grace") == model.peek_grace(now)
        for face, answer in (("entry_price", model.entry_price), ("forced_price", model.forced_price)):
            said = self.ask(face)
            assert said == answer_of(answer, now), face
            self.tally[str(said) if isinstance(said, str) else face] += 1
        if model.peek_grace(now)[0]:
            self.tally["grace"] += 1

    def ask(self, face: str) -> Any:
        """What a face of the price says, or the reason why it refuses."""
        try:
            return self.oracle.call(face)
        except TransactionReverted as refused:
            return refused.reason


def answer_of(ask: Callable[[int], Any], now: int) -> Any:
    """What the model says, or the reason why it refuses."""
    try:
        return ask(now)
    except Rejected as refused:
        return refused.reason


def refusal_of(act: Callable[[], Any]) -> str:
    """The reason why the model refuses; empty if it does not."""
    try:
        act()
    except Rejected as refused:
        return refused.reason
    return ""


def create_feeds(chain: Chain) -> dict[str, Contract]:
    """Three stubs by their role: price, uptime of the sequencer, second source."""
    stub = compile_contract("testing/FeedStub")
    return {name: chain.deploy(stub, decimals) for name, decimals in DECIMALS.items()}


def create_world(chain: Chain, guards: OracleGuards, *answers: int) -> OracleWorld:
    """An oracle whose feed has had these answers, one a block, before it was deployed."""
    people = {name: chain.account(name) for name in ("owner", "guardian", "stranger")}
    contracts, feeds = create_feeds(chain), {name: FeedModel(decimals) for name, decimals in DECIMALS.items()}
    for answer in answers:
        now = chain.timestamp + BLOCK_INTERVAL
        id = feeds["feed"].push(answer, now)
        contracts["feed"].transact("set_round", id, answer, now, sender=people["owner"])
    compiled = compile_contract("oracle/Oracle")
    oracle = chain.deploy(compiled, contracts["feed"].address, *astuple(guards), sender=people["owner"])
    model = OracleModel(guards, feeds["feed"], chain.timestamp)
    oracle.transact("set_guardian", people["guardian"], sender=people["owner"])
    return OracleWorld(chain, contracts, oracle, feeds, model, people)
