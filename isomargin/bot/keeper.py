"""The bot: at each new block it catches up, sees what became of its transactions, and sends what pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from isomargin.bot.actions import action_name, entries_of
from isomargin.bot.fees import Fees
from isomargin.bot.following import Follower, News
from isomargin.bot.journal import Journal
from isomargin.bot.ledger import Ledger
from isomargin.bot.strategies import Brain
from isomargin.bot.wallet import Outcome, Place, Sent, Underpriced, Wallet
from isomargin.chain.node_rpc import NodeRefusal
from isomargin.chain.remote import RemoteNode
from isomargin.errors import TransactionReverted
from isomargin.keepers import (
    BookDue,
    Due,
    KeeperAction,
    KeeperView,
    KnownDue,
    LiquidationKeeper,
    TriggerOrderKeeper,
    transaction_for,
)
from isomargin.model import Status
from isomargin.protocol import MarketState, System
from isomargin.units import WAD, from_units, from_wad

__all__ = ["KeeperBot"]

_RAISES = 8  # of a bid in one look, against something unseen
_GWEI_DIGITS = 9
_BELOW_MAINTENANCE = (Status.LIQUIDATABLE, Status.INSOLVENT)


@dataclass
class KeeperBot:
    """A keeper's brain on a wire.

    Attributes
    ----------
    node : RemoteNode
        Whom it asks.
    system : System
        The market, on a followed chain.
    follower, wallet : Follower, Wallet
        What it knows of the market and of its own transactions.
    brain : Brain
        What decides.
    journal : Journal
        What it tells.
    ether_price : int or None
        WAD quote an ether; None for the market's own price.
    """

    node: RemoteNode
    system: System
    follower: Follower
    wallet: Wallet
    brain: Brain
    journal: Journal
    ether_price: int | None = None
    ledger: Ledger = field(default_factory=Ledger)
    idle: int = 0
    setbacks: int = 0
    _price: int = 0  # the newest good one, WAD
    _has_acted: bool = False  # at the block where the follower stands
    _is_reorganised: bool = False  # since the wallet was last asked
    _seen: set[bytes] = field(default_factory=set)  # own transactions that were told of

    def look(self) -> bool:
        """Look at the chain once and do what is due; False if it stands where it stood.

        `idle` counts looks at new blocks, in a row, that found nothing worth sending and nothing on its way.

        Raises
        ------
        ChainError
            If the node does not answer; the next look begins where this one broke off.
        """
        news = self.follower.advance()
        if news is not None:
            self._has_acted = False
            self._is_reorganised |= news.reorganised
            self._tell_of_reorganisation(news)
        if self._has_acted:
            return False
        state = self.system.market_state()
        self._price = self._price if state.price_reason else state.price
        outcomes = self.wallet.look(self.block, self._is_reorganised)
        self._is_reorganised = False
        for outcome in outcomes:
            self._settle(outcome)
        self._count_setbacks(outcomes)
        self._tell_of_earlier_life()
        due = self._due(state)
        self._tell_of_block(state, due)
        sent = self._act(state, due)
        self.idle = 0 if sent or self.wallet.waiting or self.wallet.unseen else self.idle + 1
        self._has_acted = True
        return True

    @property
    def block(self) -> int:
        """Number of the newest block that it has seen."""
        assert self.follower.head is not None
        return self.follower.head.number

    @property
    def _base_fee(self) -> int:
        assert self.follower.head is not None
        return self.follower.head.block.base_fee

    def gas_cost(self, wei: int) -> int:
        """What wei come to, WAD quote, up."""
        ether_price = self._price if self.ether_price is None else self.ether_price
        return -(-wei * ether_price // WAD)

    def tell_of_start(self, **fields: object) -> None:
        """Write the first line."""
        self.journal.note(
            "started", bot=self.brain.name, account=self.wallet.address, rpc=self.node.url, **fields
        )

    def tell_of_end(self, why: str) -> None:
        """Write the last line: what all came to."""
        ledger = self.ledger
        self.journal.note(
            "stopped",
            why=why,
            sent=ledger.sent,
            replaced=ledger.replaced,
            mined=ledger.mined,
            failed=ledger.failed,
            lost=ledger.lost,
            waiting=len(self.wallet.waiting),
            done=ledger.done,
            reward=from_wad(ledger.reward),
            gas_cost=from_wad(ledger.gas_cost),
            profit=from_wad(ledger.reward - ledger.gas_cost),
        )

    def _count_setbacks(self, outcomes: Sequence[Outcome]) -> None:
        """Count blocks in a row in which own transactions waited, or came to nothing."""
        entries = [self.ledger.entries.get(outcome.sent.nonce) for outcome in outcomes if outcome.receipt]
        if any(entry.done for entry in entries if entry is not None):
            self.setbacks = 0
        elif outcomes or self.wallet.waiting:
            self.setbacks += 1

    # What is due

    def _due(self, state: MarketState) -> Due:
        """What the book has due; positions to liquidate only as far as the market itself says so too."""
        assert self.follower.head is not None
        now = self.follower.head.block.timestamp
        due = BookDue(self.follower.book, self.system.terms, state, now)
        if not isinstance(self.brain, LiquidationKeeper):
            return due
        views = self.system.positions(list(due.rewards))
        rewards = {view.id: due.rewards[view.id] for view in views if view.status in _BELOW_MAINTENANCE}
        return KnownDue(rewards=rewards)

    def _view(self, state: MarketState, due: Due, place: Place) -> KeeperView:
        """Show the brain what it may decide on for one transaction."""
        going, setbacks = self._base_fee + self.node.tip(), self.setbacks
        if place.floor is not None:  # which is a raise already
            going, setbacks = max(going, -(-place.floor.max_fee * WAD // self.brain.gas_bid)), 0
        taken = self.wallet.entries(but=place.replaced)
        is_about_orders = isinstance(self.brain, TriggerOrderKeeper)
        return KeeperView(
            block=self.block,
            gas_price=going,
            gas_cost=self.gas_cost,
            due=due,
            on_the_way=frozenset() if is_about_orders else taken,
            price=state.price,
            orders_on_the_way=taken if is_about_orders else frozenset(),
            funds=self.wallet.standing.balance,
            setbacks=setbacks,
        )

    # Sending

    def _act(self, state: MarketState, due: Due) -> int:
        """Fill the places that the wallet has with what the brain proposes; how many went out."""
        sent, raises, held = 0, 0, set[int]()
        while True:
            places = [place for place in self.wallet.places(self.block) if place.nonce not in held]
            if not places:
                return sent
            try:
                went_out = self._fill(places[0], state, due)
            except Underpriced:
                raises += 1
                if raises == _RAISES:
                    held.add(places[0].nonce)
                continue
            sent += went_out
            if not went_out:
                held.add(places[0].nonce)

    def _fill(self, place: Place, state: MarketState, due: Due) -> bool:
        view = self._view(state, due, place)
        bids = self.brain.act(view)
        if not bids or (place.floor is not None and bids[0].gas_price < place.floor.max_fee):
            if set(due.rewards) - view.on_the_way:
                price = from_units(view.gas_price, _GWEI_DIGITS)
                self.journal.note("held", nonce=place.nonce, why=f"does not pay its gas at {price} gwei")
            return False
        action, fees = bids[0].action, Fees.at(bids[0].gas_price, self._base_fee)
        if place.floor is not None:
            fees = fees.at_least(place.floor)
        transaction = transaction_for(self.system, self.wallet.address, action)
        reward = sum(due.rewards.get(entry, 0) for entry in entries_of(action))
        try:
            if not self._has_effect(action):
                self.journal.note("held", action=action_name(action), why="the market says it is not due")
                return False
            sent = self.wallet.send(place, transaction, action, fees, self.block, reward)
        except Underpriced:
            raise
        except (NodeRefusal, TransactionReverted) as refusal:
            why = refusal.message if isinstance(refusal, NodeRefusal) else f"reverts: {refusal.reason}"
            self.journal.note("held", nonce=place.nonce, action=action_name(action), why=why)
            return False
        self._tell_of_sent(place, sent)
        return True

    def _has_effect(self, action: KeeperAction) -> bool:
        """Let the contract try it: batches answer how much they would do, calls whether they are news."""
        transaction = transaction_for(self.system, self.wallet.address, action)
        answer = self.node.call(transaction, gas=transaction.gas)
        return any(answer) or action_name(action) == "deleverage"

    # Telling

    def _settle(self, outcome: Outcome) -> None:
        sent, receipt = outcome.sent, outcome.receipt
        if receipt is None:
            self.ledger.forget(sent.nonce)
            event = "unmined" if outcome.is_back else "lost"
            self.ledger.lost += not outcome.is_back
            self.journal.note(event, nonce=sent.nonce, action=action_name(sent.action), hash=sent.hashes[-1])
            return
        entry = self.ledger.enter(self.system, self.wallet.address, sent, receipt, self.gas_cost)
        self.journal.note(
            "mined",
            nonce=sent.nonce,
            hash=receipt.transaction_hash,
            block=receipt.block_number,
            action=action_name(sent.action),
            success=receipt.success,
            why=receipt.revert_reason or None,
            done=list(entry.done),
            undone=sorted(entries_of(sent.action) - set(entry.done)),
            reward=from_wad(entry.reward),
            gas_used=receipt.gas_used,
            gas_cost=from_wad(entry.gas_cost),
            profit=from_wad(entry.profit),
        )

    def _tell_of_sent(self, place: Place, sent: Sent) -> None:
        self._seen.add(sent.hashes[-1])
        self.ledger.sent += place.replaced is None
        self.ledger.replaced += place.replaced is not None
        self.journal.note(
            "sent" if place.replaced is None else "replaced",
            nonce=sent.nonce,
            hash=sent.hashes[-1],
            action=action_name(sent.action),
            entries=sorted(entries_of(sent.action)),
            max_fee_gwei=from_units(sent.fees.max_fee, _GWEI_DIGITS),
            max_priority_fee_gwei=from_units(sent.fees.max_priority_fee, _GWEI_DIGITS),
            reward=from_wad(sent.reward),
            replaces=None if place.replaced is None else place.replaced.hashes[-1],
        )

    def _tell_of_reorganisation(self, news: News) -> None:
        if news.reorganised and news.since is not None:
            self.journal.note(
                "reorg",
                gone_block=news.since.number,
                gone_hash=news.since.hash,
                block=news.head.number,
                hash=news.head.hash,
            )

    def _tell_of_earlier_life(self) -> None:
        for sent in self.wallet.waiting:
            if sent.hashes[-1] not in self._seen:
                self._seen.add(sent.hashes[-1])
                self.journal.note(
                    "adopted",
                    nonce=sent.nonce,
                    hash=sent.hashes[-1],
                    action=action_name(sent.action),
                    entries=sorted(sent.entries),
                )

    def _tell_of_block(self, state: MarketState, due: Due) -> None:
        assert self.follower.head is not None
        head = self.follower.head
        self.journal.note(
            "block",
            number=head.number,
            hash=head.hash,
            timestamp=head.block.timestamp,
            price=from_wad(state.price),
            price_reason=state.price_reason or None,
            base_fee_gwei=from_units(head.block.base_fee, _GWEI_DIGITS),
            positions=len(self.follower.book.positions),
            waiting=len(self.wallet.waiting),
            unseen=sorted(self.wallet.unseen) or None,
        )
        if isinstance(self.brain, LiquidationKeeper) and due.rewards:
            self.journal.note(
                "due",
                entries=sorted(due.rewards),
                reward=from_wad(sum(due.rewards.values())),
                new=len(due.rewards.keys() - self.wallet.entries()),
            )
