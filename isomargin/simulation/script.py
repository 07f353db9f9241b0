"""Plays the script of a scenario: steps that are due become orders, and expectations are judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from isomargin.errors import ScenarioError
from isomargin.record import ExpectationRow, StepRow
from isomargin.scenario.expressions import Comparison, Expression
from isomargin.scenario.script_sections import ExpectSection, StepSection, TriggerSection
from isomargin.simulation.beats import Beat
from isomargin.simulation.cast import Cast
from isomargin.simulation.measures import Judgement, Measures, Unreadable
from isomargin.simulation.orders import Order
from isomargin.simulation.script_checks import check_calls
from isomargin.simulation.step_orders import StepWriter
from isomargin.simulation.tally import Tally

if TYPE_CHECKING:
    from isomargin.chain import Receipt
    from isomargin.protocol import ProtocolEvent
    from isomargin.simulation.world import MinedBlock, World

__all__ = ["DueSteps", "Script"]

_ROOM_FOR_THE_ORACLE = 1_000_000  # gas


@dataclass(frozen=True, slots=True)
class DueSteps:
    """The orders of steps that are due in a block, by where they go."""

    before: tuple[Order, ...] = ()
    first: tuple[Order, ...] = ()
    others: tuple[Order, ...] = ()


@dataclass
class _Played:
    """What became of a step: sent for a block, then mined in one; or refused before it was sent."""

    sent: int
    block: int | None = None
    index: int | None = None
    success: bool | None = None
    reason: str = ""


@dataclass
class _Hand:
    """Gas and ether that are left while the steps of a block are written."""

    room: int
    spent: dict[str, int] = field(default_factory=dict)


class Script:
    """The steps and expectations of a run, as it goes on.

    Parameters
    ----------
    world : World
        Ready for its first price.
    cast : Cast

    Raises
    ------
    ScenarioError
        If a step calls, or an expression reads, what is not there.
    """

    def __init__(self, world: World, cast: Cast) -> None:
        self._world, self.cast = world, cast
        scenario = world.scenario
        self.steps, self.expect = scenario.steps, scenario.expect
        self._tally = Tally(tuple(cast.contracts[name] for name in cast.beside))
        self._measures = Measures(world, cast, self._tally)
        self._writer = StepWriter(scenario, world.system, cast)
        self._played: dict[int, _Played] = {}
        self._judged: dict[int, ExpectationRow] = {}
        self._labels = {step.label: number for number, step in enumerate(self.steps) if step.label}
        if self.is_active:
            check_calls(scenario, cast, self._writer)

    @property
    def is_active(self) -> bool:
        """Whether there is anything to play."""
        return bool(self.steps or self.expect or self._world.scenario.audit.loss)

    def begin(self) -> None:
        """Remember, just before the first price, what expressions compare with."""
        for key, tree in self._expressions():
            try:
                self._measures.remember(tree)
            except Unreadable as error:
                raise ScenarioError(f"{self._world.scenario.place(*key)}: {error}") from None

    def _expressions(self) -> Iterator[tuple[tuple[str | int, ...], Comparison | Expression]]:
        sections: tuple[tuple[str, Sequence[TriggerSection]], ...] = (
            ("steps", self.steps),
            ("expect", self.expect),
        )
        for table, held in sections:
            for number, section in enumerate(held):
                if section.condition is not None:
                    yield (table, number, "when"), section.condition
        for number, expected in enumerate(self.expect):
            yield ("expect", number, "that"), expected.claim
        if (loss := self._world.scenario.audit.measure) is not None:
            yield ("audit", "loss"), loss

    # Steps

    def due(self, beat: Beat) -> DueSteps:
        """Write the orders of all steps that are due in the block to come; each is sent once."""
        by_place: dict[str, list[Order]] = {}
        hand = _Hand(self._world.chain.block_gas_limit - _ROOM_FOR_THE_ORACLE)
        censored = self._world.faults.censored(beat.timestamp)
        for number, step in enumerate(self.steps):
            if number not in self._played and self._is_due(step, beat):
                is_early = step.place in ("before-price", "first")
                if is_early and (step.gas > hand.room or self.cast.actors[step.actor].account in censored):
                    continue  # in a later block
                order = self._sent(number, beat, hand)
                if order is not None:
                    by_place.setdefault(step.place, []).append(order)
                    hand.room -= step.gas * is_early
        before, first = by_place.get("before-price", ()), by_place.get("first", ())
        others = [*by_place.get("usual", ()), *by_place.get("last", ())]
        return DueSteps(tuple(before), tuple(first), tuple(others))

    def is_due(self, beat: Beat) -> bool:
        """Whether a block would carry a step."""
        return any(
            number not in self._played and self._is_due(step, beat) for number, step in enumerate(self.steps)
        )

    def _is_due(self, step: StepSection, beat: Beat) -> bool:
        world = self._world
        if step.at is not None:
            return beat.timestamp >= world.path.start + step.seconds()
        if step.block is not None:
            return world.chain.block_number + 1 - world.prepared_block >= step.block
        return self._has_come(step)

    def _has_come(self, section: TriggerSection) -> bool:
        """Whether the newest block, or one before, has brought what `when` or `after` wait for."""
        if section.condition is not None:
            try:
                return self._measures.judge(section.condition).holds
            except Unreadable:
                return False  # not yet there
        if section.after is None:
            return False
        played = self._played.get(self._labels[section.after])
        return played is not None and played.success is not None

    def _sent(self, number: int, beat: Beat, hand: _Hand) -> Order | None:
        """The order of a step; None where it cannot even be sent, which is noted."""
        world = self._world
        block = world.chain.block_number + 1
        try:
            order = self._writer.order(number, world.book, beat.timestamp, world.gas_price())
            self._pay(order, hand)
        except ValueError as error:
            self._played[number] = _Played(block, success=False, reason=str(error))
            return None
        self._played[number] = _Played(block)
        return order

    def _pay(self, order: Order, hand: _Hand) -> None:
        """Refuse what its sender cannot pay for: it could not begin, and would hold up its block."""
        world, sender = self._world, order.actor.account
        base_fee = world.chain.block(world.chain.block_number).base_fee
        dearest = 2 * base_fee + 1  # as far as a wait may let it rise

        def cost(one: Order) -> int:
            return one.transaction.gas * max(one.gas_price, dearest) + one.transaction.value

        needed = cost(order) + sum(map(cost, world.mempool.orders_of(sender))) + hand.spent.get(sender, 0)
        if needed > world.chain.balance(sender):
            raise ValueError("not enough ether")
        hand.spent[sender] = hand.spent.get(sender, 0) + cost(order)

    def refuse(self, order: Order, reason: str) -> None:
        """Note that an order of a step was not accepted by a node."""
        if order.step is not None:
            played = self._played[order.step]
            played.success, played.reason = False, reason

    # Blocks

    def enter(self, mined: MinedBlock) -> None:
        """Note what became of the steps in a block."""
        if not self.is_active:
            return
        self._tally.add(mined)
        number = mined.block.number
        for order, receipt, events in zip(mined.orders, mined.block.receipts, mined.events, strict=True):
            self._follow_orders(events, number)
            if order.step is not None:
                self._enter_step(order.step, receipt, events)

    def _enter_step(self, number: int, receipt: Receipt, events: Sequence[ProtocolEvent]) -> None:
        played = self._played.setdefault(number, _Played(receipt.block_number))
        played.block, played.index = receipt.block_number, receipt.transaction_index
        played.success, played.reason = receipt.success, receipt.revert_reason
        name = self.steps[number].named
        if name is None:
            return
        for seen in events:
            if seen.event.name == "PositionOpened":
                self.cast.positions.append((name, seen.event.args["id"], receipt.block_number))
            elif seen.event.name == "OrderPlaced":
                self.cast.orders.append((name, seen.event.args["order_id"], receipt.block_number))

    def _follow_orders(self, events: Sequence[ProtocolEvent], block: int) -> None:
        """Let the name of a limit order pass to the position that it opened."""
        named = {number: name for name, number, _ in self.cast.orders}
        for seen in events:
            if seen.event.name == "OrderExecuted" and (name := named.get(seen.event.args["order_id"])):
                self.cast.positions.append((name, seen.event.args["id"], block))

    def forget(self, height: int) -> None:
        """Take back what blocks brought that are no longer part of the chain; the newest is at `height`."""
        self._tally.forget(height)
        self.cast.forget(height)
        self._judged = {
            number: row for number, row in self._judged.items() if row.block is None or row.block <= height
        }
        for number, played in list(self._played.items()):
            if played.block is not None and played.block > height:
                self._played[number] = _Played(played.sent)  # it waits to be mined again
            elif played.block is None and played.success is False and played.sent > height:
                del self._played[number]

    def judge(self) -> None:
        """Judge the expectations whose time the newest block has brought, after all checks of it."""
        for number, expected in enumerate(self.expect):
            if number not in self._judged and self._is_time(expected):
                self._judged[number] = self._row(expected)

    def _is_time(self, expected: ExpectSection) -> bool:
        world = self._world
        if expected.at is not None:
            return world.chain.timestamp >= world.path.start + expected.seconds()
        if expected.block is not None:
            return world.chain.block_number - world.prepared_block >= expected.block
        return self._has_come(expected)

    def _row(self, expected: ExpectSection) -> ExpectationRow:
        try:
            found = self._measures.judge(expected.claim, expected.tolerance)
        except Unreadable as error:
            found = Judgement(str(error), "", False)
        return _expectation_row(expected, found, self._world.chain.block_number)

    def measured(self, amount: Expression) -> Fraction:
        """What an expression comes to after the newest block, in human numbers.

        Raises
        ------
        ScenarioError
            If it cannot be read.
        """
        try:
            return self._measures.value(amount)
        except Unreadable as error:
            raise ScenarioError(str(error)) from None

    # The end

    def finish(self, complete: bool) -> list[StepRow | ExpectationRow]:
        """Judge what is left, unless somebody ended the run, and tell everything."""
        rows: list[StepRow | ExpectationRow] = [
            self._step_row(number, step) for number, step in enumerate(self.steps)
        ]
        for number, step in enumerate(self.steps):
            if (row := self._verdict(number, step, complete)) is not None:
                rows.append(row)
        for number, expected in enumerate(self.expect):
            if number not in self._judged and complete:
                is_at_end = expected.moment() == "at the end"
                never = Judgement("nothing: its time never came", "", False)
                self._judged[number] = (
                    self._row(expected) if is_at_end else _expectation_row(expected, never, None)
                )
            if number in self._judged:
                rows.append(self._judged[number])
        return rows

    def _step_row(self, number: int, step: StepSection) -> StepRow:
        played = self._played.get(number) or _Played(0, reason=f"waited: {step.moment()}")
        return StepRow(
            step=number + 1,
            label=step.label or "",
            block=played.block,
            index=played.index,
            by=step.actor,
            action=step.action,
            success=played.success,
            reason=played.reason,
            expected=step.expected,
        )

    def _verdict(self, number: int, step: StepSection, complete: bool) -> ExpectationRow | None:
        """What is to be said of a step that had to be refused, or was; or that never came."""
        played = self._played.get(number)
        if played is None or played.success is None:
            may_stay_away = step.when is not None or step.after is not None
            if not complete or (played is None and may_stay_away and step.reverts is False):
                return None
            found = "nothing: it never came" if played is None else "nothing: no block had room for it"
            return self._verdict_row(number, found, played, holds=False)
        if played.success:
            if step.reverts is False:
                return None
            return self._verdict_row(number, "success", played, holds=False)
        found = f"a revert: {played.reason}" if played.reason else "a revert without a reason"
        if played.block is None:
            found = f"it could not be sent: {played.reason}"
        holds = step.reverts is True or step.reverts == played.reason
        return self._verdict_row(number, found, played, holds=holds)

    def _verdict_row(self, number: int, found: str, played: _Played | None, *, holds: bool) -> ExpectationRow:
        step = self.steps[number]
        label = f' "{step.label}"' if step.label else ""
        return ExpectationRow(
            where=f"of step {number + 1}{label}, {step.action} by {step.actor}",
            block=None if played is None else played.block,
            that=step.expected,
            left=found,
            right="",
            tolerance="0",
            holds=holds,
            because="",
        )


def _expectation_row(expected: ExpectSection, found: Judgement, block: int | None) -> ExpectationRow:
    return ExpectationRow(
        where=expected.moment(),
        block=block,
        that=expected.that,
        left=found.left,
        right=found.right,
        tolerance=str(expected.tolerance),
        holds=found.holds,
        because=expected.because or "",
    )
