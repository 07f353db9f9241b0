"""Watches a running system: told of every block, says how each invariant fared, in a simulation or a test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain

import numpy as np

from isomargin.chain import Block, Receipt, TransactionTrace
from isomargin.errors import ChainError
from isomargin.invariants.catalogue import INVARIANTS
from isomargin.invariants.findings import Finding, Tally
from isomargin.invariants.history import History, Touched
from isomargin.invariants.probes import MOST_POSITIONS, probe_with
from isomargin.invariants.readings import (
    Totals,
    read_balances,
    read_maintenance,
    read_positions,
    read_totals,
)
from isomargin.invariants.standing import (
    check_balances,
    check_bystanders,
    check_maintenance,
    check_positions,
    check_totals,
)
from isomargin.invariants.transaction import check_transaction
from isomargin.protocol import System

__all__ = ["Monitor", "probe"]


class Monitor:
    """Checks the invariants of one system after every block.

    What a block's events say is checked against the model, event by event. Then the chain is read: the
    market's totals always, positions and balances where events touched them, and one open position more, in
    turn, that nothing touched. Every `full_every` blocks, and at `finish`, each open position, each vault and
    each account that ever held tokens is read.

    A monitor may begin at any time: it first goes through all blocks before. When the chain was reverted to a
    snapshot it notices and goes through what is left.

    Parameters
    ----------
    system : System
        What to watch.
    full_every : int
        Blocks from one full check to the next; 0 for none but the last.
    trace : bool
        Whether to look underneath as well: at the storage that each transaction writes and at the calls
        that it makes. It slows blocks down, and it begins with the next block.

    Attributes
    ----------
    checked, violations : Counter
        Cases so far by the invariant's id.
    """

    def __init__(self, system: System, *, full_every: int = 100, trace: bool = False) -> None:
        self._system = system
        self._traced_from: int | None = None
        if trace:
            system.chain.trace()
            self._traced_from = system.chain.block_number + 1
        self._full_every = full_every
        self.checked: Counter[str] = Counter(dict.fromkeys(INVARIANTS, 0))
        self.violations: Counter[str] = Counter(dict.fromkeys(INVARIANTS, 0))
        self._begin()

    def observe(self, block: Block | None = None) -> list[Finding]:
        """Check a block, and those before it that nobody told of.

        Parameters
        ----------
        block : Block, optional
            The newest; if left out, whatever is the newest.

        Returns
        -------
        list of Finding
            One for each invariant that was checked.

        Raises
        ------
        ChainError
            If the block is not the newest of the chain: its state can no longer be read.
        """
        head = self._system.chain.block_number
        if block is not None and block.number != head:
            raise ChainError(f"block {block.number} cannot be observed, the head is block {head}")
        self._follow(head)
        is_due = self._full_every > 0 and head - self._fully_checked >= self._full_every
        return self._report(is_full=is_due)

    def finish(self) -> list[Finding]:
        """Check what happened since the last block observed, and everything once more in full."""
        self._follow(self._system.chain.block_number)
        return self._report(is_full=True)

    def probe(self, most: int = MOST_POSITIONS, rng: np.random.Generator | None = None) -> list[Finding]:
        """Try, on a snapshot, what must work and what must not pay (I8, I12, I15, I20).

        The chain is afterwards what it was, to the bit. Some hundred blocks are mined and undone.

        Parameters
        ----------
        most : int
            Positions that are tried.
        rng : numpy.random.Generator, optional
            Chooses them; without one, the same are chosen each time.
        """
        self._follow(self._system.chain.block_number)
        findings = probe_with(self._system, self._history, most, rng)
        self._count(findings)
        return findings

    def _begin(self) -> None:
        self._tally = Tally()
        self._history = History(self._system)
        self._newest_hash = b""
        self._totals: Totals | None = None  # as last read
        self._fully_checked = self._system.chain.block_number
        self._last_bystander = 0

    def _follow(self, head: int) -> None:
        chain, history = self._system.chain, self._history
        seen = history.block_number
        if seen >= 0 and (seen > head or chain.block_hash(seen) != self._newest_hash):
            self._begin()
            history = self._history
        for number in range(history.block_number + 1, head + 1):
            block = chain.block(number)
            history.begin(block, self._tally)
            for receipt in block.receipts:
                if receipt.success:
                    events, trace = self._system.events(receipt.logs), self._trace_of(receipt)
                    check_transaction(receipt, events, history, self._tally, trace)
            self._newest_hash = block.hash

    def _trace_of(self, receipt: Receipt) -> TransactionTrace | None:
        if self._traced_from is None or receipt.block_number < self._traced_from:
            return None
        return self._system.chain.transaction_trace(receipt.transaction_hash)

    def _report(self, *, is_full: bool) -> list[Finding]:
        system, history, tally = self._system, self._history, self._tally
        ids, accounts = self._to_read(is_full=is_full)
        bystander = self._next_bystander()
        bystanders = (ids if is_full else {bystander} - {0}) - history.touched.ids
        vaults = {held.vault for one in bystanders if (held := history.book.positions.get(one))}
        totals, balances = read_totals(system), read_balances(system, accounts | vaults)
        readings = read_positions(system, ids | bystanders)
        check_totals(totals, self._totals, history, tally, is_full=is_full)
        check_balances(balances, history, tally)
        check_positions({one: readings[one] for one in sorted(ids)}, balances, history, tally)
        check_bystanders({one: readings[one] for one in sorted(bystanders)}, balances, history, tally)
        if bystander and not totals.refusal:
            notional = history.book.held(bystander).notional(history.circumstances.price)
            check_maintenance(bystander, read_maintenance(system, notional), history, tally)
        history.touched, self._totals, self._tally = Touched(), totals, Tally()
        findings = tally.findings(history.block_number)
        self._count(findings)
        return findings

    def _count(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.checked[finding.invariant] += finding.checked
            self.violations[finding.invariant] += finding.violations

    def _to_read(self, *, is_full: bool) -> tuple[set[int], set[str]]:
        """Say which positions and which balances; the vault of every such position is among the latter."""
        book, touched = self._history.book, self._history.touched
        if is_full:
            self._fully_checked = self._history.block_number
            return {*book.positions, *book.ended}, set(book.balances)
        vaults = {book.positions[number].vault for number in touched.ids if number in book.positions}
        return touched.ids, touched.accounts | vaults

    def _next_bystander(self) -> int:
        """The open position whose turn it is to be looked at, touched or not; 0 for none."""
        book, last = self._history.book, self._last_bystander
        in_turn = chain(range(last + 1, book.last_id + 1), range(1, last + 1))
        self._last_bystander = next((number for number in in_turn if number in book.positions), 0)
        return self._last_bystander


def probe(
    system: System, *, most: int = MOST_POSITIONS, rng: np.random.Generator | None = None
) -> list[Finding]:
    """Try a system as it stands, see `Monitor.probe`, where no monitor watches it."""
    return Monitor(system).probe(most, rng)
