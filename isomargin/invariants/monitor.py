"""Watches a running system: told of every block, says how each invariant fared, in a simulation or a test."""

from __future__ import annotations

from collections import Counter

from isomargin.chain import Block
from isomargin.errors import ChainError
from isomargin.invariants.catalogue import INVARIANTS
from isomargin.invariants.findings import Finding, Tally
from isomargin.invariants.history import History, Touched
from isomargin.invariants.readings import Totals, read_balances, read_position, read_totals
from isomargin.invariants.standing import check_balances, check_positions, check_totals
from isomargin.invariants.transaction import check_transaction
from isomargin.protocol import System

__all__ = ["Monitor"]


class Monitor:
    """Checks the invariants of one system after every block.

    What a block's events say is checked against the model, event by event. Then the chain is read: the
    market's totals always, positions and balances where events touched them. Every `full_every` blocks, and
    at `finish`, each open position, each vault and each account that ever held tokens is read.

    A monitor may begin at any time: it first goes through all blocks before. When the chain was reverted to a
    snapshot it notices and goes through what is left.

    Parameters
    ----------
    system : System
        What to watch.
    full_every : int
        Blocks from one full check to the next; 0 for none but the last.

    Attributes
    ----------
    checked, violations : Counter
        Cases so far by the invariant's id.
    """

    def __init__(self, system: System, *, full_every: int = 100) -> None:
        self._system = system
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

    def _begin(self) -> None:
        self._tally = Tally()
        self._history = History(self._system)
        self._newest_hash = b""
        self._totals: Totals | None = None  # as last read
        self._fully_checked = self._system.chain.block_number

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
                    check_transaction(receipt, self._system.events(receipt.logs), history, self._tally)
            self._newest_hash = block.hash

    def _report(self, *, is_full: bool) -> list[Finding]:
        system, history, tally = self._system, self._history, self._tally
        ids, accounts = self._to_read(is_full=is_full)
        totals, balances = read_totals(system), read_balances(system, accounts)
        check_totals(totals, self._totals, history, tally)
        check_balances(balances, history, tally)
        readings = {position_id: read_position(system, position_id) for position_id in sorted(ids)}
        check_positions(readings, balances, history, tally)
        history.touched, self._totals, self._tally = Touched(), totals, Tally()
        findings = tally.findings(history.block_number)
        for finding in findings:
            self.checked[finding.invariant] += finding.checked
            self.violations[finding.invariant] += finding.violations
        return findings

    def _to_read(self, *, is_full: bool) -> tuple[set[int], set[str]]:
        """Say which positions and which balances; the vault of every such position is among the latter."""
        book, touched = self._history.book, self._history.touched
        if is_full:
            self._fully_checked = self._history.block_number
            return {*book.positions, *book.ended}, set(book.balances)
        vaults = {book.positions[number].vault for number in touched.ids if number in book.positions}
        return touched.ids, touched.accounts | vaults
