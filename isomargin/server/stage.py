"""The scenario on a test node: oracle, people and keepers act before each block, and each is recorded."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from isomargin.book import Book
from isomargin.chain import Block
from isomargin.chain.signed import SignedTransaction
from isomargin.errors import ChainError
from isomargin.invariants import Finding
from isomargin.record import RunRecord
from isomargin.scenario import FaultSection
from isomargin.server.marks import MOST_REORGANISED
from isomargin.server.node import TestNode
from isomargin.server.pool import Refused, raised
from isomargin.server.schedule import Schedule
from isomargin.server.story import LastingRecording, Page, Story
from isomargin.server.strangers import order_of
from isomargin.simulation.beats import Beat
from isomargin.simulation.orders import Actor, Order
from isomargin.simulation.recording import Detail
from isomargin.simulation.standings import Standing
from isomargin.simulation.world import World

__all__ = ["Stage"]

_log = logging.getLogger(__name__)

_LEAST_ORDERS = 1_000  # before old ones are looked for
_MOST_VIOLATIONS = 1_000


class Stage:
    """Plays a scenario on a node, whoever makes its blocks.

    Parameters
    ----------
    world : World
        Just built, on the chain of the node.
    node : TestNode
    schedule : Schedule
        Says what is due in the blocks that `advance` makes. Blocks that anybody else asks for carry no price;
        keepers act before them all the same.
    bots : sequence of Actor
        Accounts for whoever comes over the socket.
    on_network_fault : callable
        Takes the faults that are none of the chain.
    command : str
        For the record.
    detail : {"full", "summary"}
        As in `Recording`: whether there are rows of transactions and events at the end.

    Attributes
    ----------
    violations : list of Finding
        The newest thousand.
    """

    def __init__(
        self,
        world: World,
        node: TestNode,
        schedule: Schedule,
        *,
        bots: Sequence[Actor] = (),
        on_network_fault: Callable[[FaultSection], None] = lambda fault: None,
        command: str = "",
        detail: Detail = "full",
    ) -> None:
        self.world, self.node, self.schedule = world, node, schedule
        self.violations: list[Finding] = []
        actors = {bot.account: bot for bot in bots}
        admin = Actor("deployer", world.system.admin, "admin")
        oracle = Actor("oracle", world.system.price_pusher, "oracle")
        self._actors = actors | {admin.account: admin, oracle.account: oracle} | world.actors
        self._on_network_fault = on_network_fault
        self._command, self._detail = command, detail
        self.faults = world.faults
        self.faults.accounts |= {actor.name: account for account, actor in self._actors.items()}
        self.faults.elsewhere = self._begin_elsewhere
        self._beat: Beat | None = None  # what the block in the making is due
        self._price_to_push: int | None = None
        self._orders: dict[bytes, Order] = {}  # by hash: what people of the scenario have sent of late
        self._most_orders = _LEAST_ORDERS
        self._mined: deque[tuple[bytes, ...]] = deque(maxlen=MOST_REORGANISED)  # hashes, block by block
        self._waiting: dict[bytes, Order] = {}  # those of them that no block has taken
        self._depth_to_replace = 0
        self._story = Story()
        self._standings_at_first = self._standings()
        self._recording = LastingRecording(world, command, detail)
        world.quote_gas = node.gas_price
        node.prepare = self._prepare
        node.listeners.insert(0, self)

    @property
    def is_over(self) -> bool:
        """Whether every price has been written."""
        return self.schedule.prices_left == 0

    # Moving

    def advance(self, *, is_lazy: bool = False) -> Block | None:
        """Make the block that is due next.

        Parameters
        ----------
        is_lazy : bool
            Make none that would carry nothing that the scenario brings about.

        Returns
        -------
        Block or None
            None if a fault drops it, or there was no need for it.
        """
        beat = self.faults.bend(self.schedule.next(self.node.chain.timestamp))
        self._reorganise_as_planned()
        if beat is None:
            return None
        if is_lazy and beat.price is None and not beat.people_act and not self.world.script.is_due(beat):
            return None
        self._beat = beat
        return self.node.seal(due=beat.timestamp)

    def _reorganise_as_planned(self) -> None:
        """Replace as many of the blocks since the preparation as a fault of the scenario asks for."""
        depth, self._depth_to_replace = self._depth_to_replace, 0
        depth = min(depth, self.node.chain.block_number - self.world.prepared_block)
        if depth > 0:
            try:
                self.node.reorganise(depth)
            except ChainError as refusal:
                _log.warning("no reorganisation: %s", refusal)

    def push_price(self, price: int) -> None:
        """Let the next block carry a price, WAD, in place of its own."""
        self._price_to_push = price

    def inject(self, fault: FaultSection) -> None:
        """Let a fault begin now."""
        self.faults.begin(fault, self.node.chain.timestamp)
        if self._depth_to_replace:
            depth, self._depth_to_replace = self._depth_to_replace, 0
            self.node.reorganise(depth)

    def _begin_elsewhere(self, fault: FaultSection) -> None:
        if fault.kind == "reorg":
            self._depth_to_replace = fault.depth or 0
        else:
            self._on_network_fault(fault)

    def _prepare(self, timestamp: int) -> None:
        """Let everybody of the scenario act for the block of this time."""
        beat, self._beat = self._beat, None
        if beat is None:
            beat = Beat(timestamp, self._step, None, people_act=False, ends_price=False)
        if self._price_to_push is not None:
            beat, self._price_to_push = replace(beat, price=self._price_to_push), None
        self.node.fees.spike = self.faults.gas_factor(timestamp)
        self.node.held_back = self.faults.censored(timestamp)
        base_fee = self.node.fees.base_fee(timestamp)
        for order in self.world.propose(replace(beat, timestamp=timestamp)):
            self._send(order, base_fee, is_urgent=True)
        arrived = self.world.mempool.arrived(self.node.chain.block_number + 1)
        here = {id(order) for order in arrived}
        sent = {id(order) for order in self._waiting.values()}
        outbid = [hash_ for hash_, order in self._waiting.items() if id(order) not in here]
        for order in arrived:
            if id(order) not in sent:
                self._send(order, base_fee, outbids=self._same_but_for_its_price(order, outbid))

    def _same_but_for_its_price(self, order: Order, outbid: Iterable[bytes]) -> SignedTransaction | None:
        """Find what an order, whose sender pays more for it now, has to replace in the pool.

        Steps of a script never pay more: two that are alike are two.
        """
        if order.step is not None:
            return None
        wanted = replace(order.transaction, gas_price=None)
        for hash_ in outbid:
            before = self._waiting[hash_]
            if before.step is None and replace(before.transaction, gas_price=None) == wanted:
                return self.node.pool.get(hash_)
        return None

    @property
    def _step(self) -> int:
        return max(0, len(self.world.path) - 1 - self.schedule.prices_left)

    def _send(
        self,
        order: Order,
        base_fee: int,
        *,
        is_urgent: bool = False,
        outbids: SignedTransaction | None = None,
    ) -> None:
        """Sign an order and put it into the pool; one that the pool refuses is forgotten."""
        price = order.transaction.gas_price
        tip = self.node.priority_fee() if price is None else max(0, price - base_fee)
        # a bid below the base fee waits for it to fall; others can bear that it doubles
        max_fee = price if price is not None and price < base_fee else 2 * base_fee + tip
        if outbids is not None:
            tip, max_fee = max(tip, raised(outbids.max_priority_fee)), max(max_fee, raised(outbids.max_fee))
        signed = self.node.sign(
            replace(order.transaction, gas_price=None),
            nonce=None if outbids is None else outbids.nonce,
            max_fee=max_fee,
            max_priority_fee=min(tip, max_fee),
            key=self.node.chain.key_of(order.actor.account),
        )
        try:
            self.node.enqueue(signed, is_urgent=is_urgent)
        except Refused as refusal:
            _log.warning("%s of %s refused: %s", order.action, order.actor.name, refusal)
            self.world.mempool.remove([order])
            self.world.script.refuse(order, str(refusal))
        else:
            self._orders[signed.hash] = self._waiting[signed.hash] = order

    # Listening to the node

    def on_block(self, block: Block) -> None:
        """Move the book on, check the books, and write the block down."""
        orders = [self._order_of(transaction, block.base_fee) for transaction in block.transactions]
        self._forget(orders)
        self._mined.append(tuple(transaction.hash for transaction in block.transactions))
        self._forget_old_orders()
        mined = self.world.enter(block, orders)
        state = self.world.state()
        findings: Sequence[Finding] = ()
        if block.number % self.world.scenario.invariants.every == 0:
            findings = self.world.monitor.observe(block)
        self.world.script.judge()
        page = Page(mined, state, findings, self._standings())
        self._story.append(page)
        self._tell(page)
        self._note(findings)

    def on_removed(self, blocks: Sequence[Block]) -> None:
        """Forget what is no longer part of the chain."""
        height, world = blocks[-1].number - 1, self.world
        self._story.cut(height)
        world.script.forget(height)
        world.book = Book()
        before = self.node.chain.logs(to_block=world.prepared_block)
        for seen in world.system.events(before):
            world.book.apply(seen.contract, seen.event.name, seen.event.args)
        self._recording = LastingRecording(world, self._command, self._detail)
        for page in self._story:
            world.follow(page.mined)
            self._tell(page)
        last = self._story.last
        before_all = self._standings_at_first if last is None else last.standings
        world.standings = {account: replace(standing) for account, standing in before_all.items()}

    def on_pending(self, transaction: SignedTransaction) -> None:
        """Pass over: what waits changes nothing here."""

    def _standings(self) -> dict[str, Standing]:
        return {account: replace(standing) for account, standing in self.world.standings.items()}

    def _order_of(self, transaction: SignedTransaction, base_fee: int) -> Order:
        known = self._orders.get(transaction.hash)
        return known or order_of(transaction, self.world.system, self._actors, base_fee)

    def _forget(self, mined: Sequence[Order]) -> None:
        """Let people think again whose orders were mined, or were dropped or replaced in the pool."""
        gone = {hash_: order for hash_, order in self._waiting.items() if hash_ not in self.node.pool}
        self.world.mempool.remove([*mined, *gone.values()])
        here = {id(order) for order in mined}
        for hash_, order in gone.items():
            del self._waiting[hash_]
            if id(order) not in here:
                self.world.script.refuse(order, "dropped from the pool")

    def _forget_old_orders(self) -> None:
        """Let go what neither waits nor can be put back into the pool, now and then."""
        if len(self._orders) > self._most_orders:
            recent = {one for hashes in self._mined for one in hashes}
            self._orders = {
                hash_: order
                for hash_, order in self._orders.items()
                if hash_ in recent or hash_ in self.node.pool
            }
            self._most_orders = max(_LEAST_ORDERS, 2 * len(self._orders))

    def _tell(self, page: Page) -> None:
        self._recording.add(page.mined, page.state)
        self._recording.add_checks(page.findings)

    def _note(self, findings: Iterable[Finding]) -> None:
        broken = [found for found in findings if found.violations]
        for found in broken:
            _log.error("%s broke in block %s: %s", found.invariant, found.block, found.message)
        self.violations = (self.violations + broken)[-_MOST_VIOLATIONS:]

    # The end

    def finish(self) -> RunRecord:
        """Check everything once more, and close the record."""
        findings = self.world.monitor.finish()
        self._note(findings)
        self._recording.add_checks(findings)
        return self._recording.finish(self.is_over)

    @property
    def price(self) -> int:
        """The newest price of the oracle as the market reads it, WAD; 0 while it is bad."""
        state = self.world.state()
        return 0 if state.price_reason else state.price

    def progress(self) -> tuple[int, int]:
        """Prices written, and in all."""
        total = len(self.world.path)
        return total - self.schedule.prices_left, total
