"""One account's transactions on their way: each has a nonce, and of all that share one a single one is mined.

That is what keeps a bot from doing anything twice, whenever it is killed: what it cannot see of an earlier
life waits at a known nonce, and what it sends instead goes out at that nonce and at no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from isomargin.bot.actions import action_in, entries_of
from isomargin.bot.fees import Fees
from isomargin.chain import Receipt, Transaction
from isomargin.chain.node_rpc import NodeRefusal
from isomargin.chain.remote import RemoteNode, Standing
from isomargin.chain.signed import sign_transaction
from isomargin.keepers import KeeperAction
from isomargin.protocol import System

__all__ = ["Outcome", "Place", "Sent", "Underpriced", "Wallet"]

_FINAL = 64  # blocks after which a mined transaction is not looked at again
_SAME = ("already known", "already imported", "known transaction")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that was sent, with all that it took the place of.

    Attributes
    ----------
    action : KeeperAction or None
        Of the newest one; None if an earlier life sent something that cannot be read.
    fees : Fees
        Of the newest one.
    hashes : tuple of bytes
        Of all, the newest last.
    entries : frozenset of int
        What any of them is about.
    since : int
        The newest block when the newest one was sent.
    reward : int
        What the newest one hopes for, WAD quote.
    is_missed : bool
        Whether its nonce was used and no receipt seen yet.
    """

    nonce: int
    action: KeeperAction | None
    fees: Fees
    hashes: tuple[bytes, ...]
    entries: frozenset[int]
    since: int
    reward: int = 0
    is_missed: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has become of a transaction.

    Attributes
    ----------
    receipt : Receipt or None
        If a block has taken it. If none has, it is lost: another has its nonce, or the node forgot it.
    is_back : bool
        Whether the block that had taken it is gone, and it waits once more.
    """

    sent: Sent
    receipt: Receipt | None
    is_back: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A nonce that may be sent at now, what must be offered at least, and what it takes the place of."""

    nonce: int
    floor: Fees | None = None
    replaced: Sent | None = None


class Underpriced(NodeRefusal):
    """Something that waits at the nonce offers more."""


class Wallet:
    """An account that sends.

    Attributes
    ----------
    standing : Standing
        As of the last look.
    unseen : dict of int to int
        Nonces at which something waits in the node's pool that cannot be read, with the block since when.

    Parameters
    ----------
    node : RemoteNode
        Whom it sends to.
    system : System
        Whose transactions it can read.
    address, key
        The account.
    capacity : int
        Transactions on their way at once, at most.
    patience : int
        Blocks that one waits before another takes its place.
    """

    def __init__(
        self,
        node: RemoteNode,
        system: System,
        address: str,
        key: bytes,
        *,
        capacity: int = 1,
        patience: int = 3,
    ) -> None:
        self._node = node
        self._system = system
        self.address = address
        self._key = key
        self._capacity = capacity
        self._patience = patience
        self.standing = Standing(0, 0, 0)
        self.unseen: dict[int, int] = {}
        self._waiting: dict[int, Sent] = {}
        self._mined: dict[int, Outcome] = {}  # not final yet
        self._floors: dict[int, Fees] = {}  # of unseen ones, as far as the node has told

    @property
    def waiting(self) -> list[Sent]:
        """What is on its way, by nonce."""
        return [self._waiting[nonce] for nonce in sorted(self._waiting)]

    def entries(self, but: Sent | None = None) -> frozenset[int]:
        """What all transactions on their way are about; one of them may be left out."""
        return frozenset(entry for sent in self._waiting.values() if sent != but for entry in sent.entries)

    # Looking

    def look(self, block: int, reorganised: bool = False) -> list[Outcome]:
        """Ask what has become of everything, when the newest block seen is `block`.

        Returns
        -------
        list of Outcome
            What has ended since the last look, or ended differently because blocks are gone.
        """
        self.standing = self._node.standing(self.address)
        before: dict[int, Outcome] = {}
        if reorganised:
            before, self._mined = self._mined, {}
            self._waiting.update({nonce: outcome.sent for nonce, outcome in before.items()})
        ended = [*self._settled(block), *self._forgotten()]
        self._look_into_pool(block)
        back = [Outcome(before[nonce].sent, None, True) for nonce in before if nonce in self._waiting]
        return [*back, *(outcome for outcome in ended if not _is_as_before(outcome, before))]

    def _settled(self, block: int) -> list[Outcome]:
        """Those whose nonce is used up; a receipt beyond the newest block seen waits for the next look."""
        used = [sent for sent in self.waiting if sent.nonce < self.standing.nonce]
        if not used:
            return []
        ended = []
        for sent, receipts in _each_with(used, self._node.receipts(_hashes(used))):
            found = next((receipt for receipt in receipts if receipt is not None), None)
            if found is None and not sent.is_missed:
                self._waiting[sent.nonce] = replace(sent, is_missed=True)
            elif found is None or found.block_number <= block:
                del self._waiting[sent.nonce]
                ended.append(Outcome(sent, found))
        mined = self._mined | {each.sent.nonce: each for each in ended}
        self._mined = {
            nonce: outcome
            for nonce, outcome in mined.items()
            if outcome.receipt is not None and outcome.receipt.block_number > block - _FINAL
        }
        return ended

    def _forgotten(self) -> list[Outcome]:
        """Those that the node has no longer, because its pool dropped them; their nonces are free."""
        alive = [sent for sent in self.waiting if sent.nonce >= self.standing.nonce]
        if not alive:
            return []
        known = _each_with(alive, self._node.knows(_hashes(alive)))
        gone = [sent for sent, answers in known if not any(answers)]
        for sent in gone:
            del self._waiting[sent.nonce]
        return [Outcome(sent, None) for sent in gone]

    def _look_into_pool(self, block: int) -> None:
        """Take over what waits from an earlier life, where the node shows it."""
        nonces = range(self.standing.nonce, self.standing.pending_nonce)
        unseen = [nonce for nonce in nonces if nonce not in self._waiting]
        for found in self._node.waiting(self.address) if unseen else ():
            if found.nonce in unseen:
                action = action_in(self._system, found.to, found.data)
                fees = Fees(found.max_fee, found.max_priority_fee)
                self._waiting[found.nonce] = Sent(
                    found.nonce, action, fees, (found.hash,), entries_of(action), block
                )
        self.unseen = {nonce: self.unseen.get(nonce, block) for nonce in unseen if nonce not in self._waiting}
        self._floors = {nonce: floor for nonce, floor in self._floors.items() if nonce in self.unseen}

    # Sending

    def places(self, block: int) -> list[Place]:
        """The nonces that may be sent at now, the lowest first.

        First those of what has waited too long, to be replaced; then new ones, as far as the capacity goes.
        While something unseen waits there is no new one: it may be about anything, so it has its time to be
        mined, and then its own nonce is taken.
        """
        overdue = [
            Place(sent.nonce, sent.fees.raised(), sent)
            for sent in self.waiting
            if self.standing.nonce <= sent.nonce and block - sent.since >= self._patience
        ]
        if self.unseen:
            due = [nonce for nonce, since in self.unseen.items() if block - since >= self._patience]
            return [*overdue, *(Place(nonce, self._floors.get(nonce)) for nonce in due[:1])]
        room = self._capacity - len(self._waiting)
        return [*overdue, *(Place(nonce) for nonce in self._free(room))]

    def _free(self, count: int) -> Iterable[int]:
        nonce = self.standing.nonce
        while count > 0:
            if nonce not in self._waiting:
                yield nonce
                count -= 1
            nonce += 1

    def send(
        self,
        place: Place,
        transaction: Transaction,
        action: KeeperAction,
        fees: Fees,
        block: int,
        reward: int = 0,
    ) -> Sent:
        """Sign and send at a place.

        It counts as on its way before it goes out: whether it arrived is unknown when the line breaks.

        Raises
        ------
        Underpriced
            If what waits there offers too much; the place asks for more next time.
        NodeRefusal
            If the node refuses it for another reason.
        """
        chain_id = self._system.chain.chain_id
        signed = sign_transaction(
            transaction,
            key=self._key,
            nonce=place.nonce,
            chain_id=chain_id,
            max_fee=fees.max_fee,
            max_priority_fee=fees.max_priority_fee,
        )
        before, entries = self._waiting.get(place.nonce), entries_of(action)
        if before is None:
            sent = Sent(place.nonce, action, fees, (signed.hash,), entries, block, reward)
        else:
            hashes = (*before.hashes, signed.hash)
            sent = Sent(place.nonce, action, fees, hashes, before.entries | entries, block, reward)
        self._waiting[place.nonce] = sent
        try:
            self._node.send(signed.raw)
        except NodeRefusal as refusal:
            if not any(words in refusal.message.lower() for words in _SAME):
                self._take_back(place, before, fees, refusal)
        self.unseen.pop(place.nonce, None)
        return sent

    def _take_back(self, place: Place, before: Sent | None, fees: Fees, refusal: NodeRefusal) -> None:
        """Undo what `send` noted, and raise."""
        if before is None:
            del self._waiting[place.nonce]
        else:
            self._waiting[place.nonce] = before
        if "underpriced" not in refusal.message.lower():
            raise refusal
        if before is None:  # something waits there that nobody has told of
            self.unseen.setdefault(place.nonce, -self._patience)
            self._floors[place.nonce] = fees.raised()
        else:
            self._waiting[place.nonce] = replace(before, fees=fees)
        raise Underpriced("eth_sendRawTransaction", {"message": refusal.message})


def _hashes(sents: Sequence[Sent]) -> list[bytes]:
    return [each for sent in sents for each in sent.hashes]


def _each_with(sents: Sequence[Sent], answers: Sequence[_Answer]) -> Iterator[tuple[Sent, Sequence[_Answer]]]:
    """Each transaction with the answers about its hashes."""
    at = 0
    for sent in sents:
        yield sent, answers[at : at + len(sent.hashes)]
        at += len(sent.hashes)


def _is_as_before(outcome: Outcome, before: Mapping[int, Outcome]) -> bool:
    known = before.get(outcome.sent.nonce)
    return known is not None and outcome.receipt is not None and known.receipt == outcome.receipt
