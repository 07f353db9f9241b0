"""What a transaction does to whoever it does not name, and to a coalition of those it does (I9, I13, I14)."""

from __future__ import annotations

from collections.abc import Sequence

from isomargin.invariants.catalogue import ISOLATION, NO_SELF_HARM, NO_SELF_LIQUIDATION_PROFIT
from isomargin.invariants.findings import Tally
from isomargin.invariants.history import History
from isomargin.model import Holding
from isomargin.protocol import ProtocolEvent

__all__ = ["Surroundings"]

_OF_LIQUIDATIONS = {"FundingAccrued", "BadDebt", "PayoutRefused", "PositionLiquidated"}


class Surroundings:
    """Everything that a transaction's events name, as it was just before.

    Attributes
    ----------
    named : set of int
        Positions that the market's events name: those that the transaction acted on.
    """

    def __init__(self, events: Sequence[ProtocolEvent], history: History) -> None:
        self._history = history
        self._market_events = [item.event for item in events if item.contract == "market"]
        self._transfers = [
            item.event.args for item in events if (item.contract, item.event.name) == ("token", "Transfer")
        ]
        self._contracts = {item.contract for item in events}
        self.named = {event.args["id"] for event in self._market_events if "id" in event.args}
        book = history.book
        moved = {
            position_id
            for args in self._transfers
            for account in (args["sender"], args["receiver"])
            if (position_id := book.id_at(account)) is not None
        }
        self._held = {
            position_id: book.held(position_id)
            for position_id in self.named | moved
            if position_id in book.positions
        }
        self._balances = {account: book.balance(account) for account in self._coalition()}

    def check(self, place: str, sender: str, tally: Tally) -> None:
        """Compare with what is now, after the transaction's last event."""
        self._check_vaults(place, tally)
        self._check_soundness(place, sender, tally)
        if self._only_liquidates():
            self._check_coalition(place, tally)

    # Isolation

    def _check_vaults(self, place: str, tally: Tally) -> None:
        """Whoever likes may give to a vault; the system itself moves only what is the named positions'."""
        history, book = self._history, self._history.book
        own = {history.pool, history.insurance_fund}
        for args in self._transfers:
            giver, taker = book.id_at(args["sender"]), book.id_at(args["receiver"])
            given_by_system = giver is not None or args["sender"] in own
            for position_id in {giver, taker if given_by_system else None} - {None}:
                tally.check(
                    ISOLATION,
                    position_id in self.named,
                    lambda position_id=position_id: (  # type: ignore[misc]
                        f"{place}: tokens of position {position_id} moved, the action was on {self.named}"
                    ),
                )

    # Soundness

    def _check_soundness(self, place: str, sender: str, tally: Tally) -> None:
        """At the price and the time of now, nobody but its own people makes a sound position unsound."""
        history = self._history
        for position_id, before in self._held.items():
            after = history.book.positions.get(position_id)
            if after is None or history.may_act(sender, position_id) or not self._is_sound(before):
                continue
            tally.check(
                NO_SELF_HARM,
                self._is_sound(history.book.held(position_id)),
                lambda position_id=position_id: (  # type: ignore[misc]
                    f"{place}: position {position_id} was sound, and {sender} made it unsound"
                ),
            )

    def _is_sound(self, held: Holding) -> bool:
        now = self._history.circumstances
        return self._equity(held) >= now.maintenance(held.notional(now.price))

    def _equity(self, held: Holding) -> int:
        now = self._history.circumstances
        return held.equity(now.price, self._history.funding_index_at(now.price), now.token_scale)

    # The coalition of owners, keepers and liquidity providers

    def _only_liquidates(self) -> bool:
        names = {event.name for event in self._market_events}
        return "PositionLiquidated" in names and names <= _OF_LIQUIDATIONS and "pool" not in self._contracts

    def _coalition(self) -> set[str]:
        """Pool, keepers, owners and vaults of what is liquidated."""
        accounts = {self._history.pool}
        for event in self._market_events:
            if event.name == "PositionLiquidated" and event.args["id"] in self._held:
                held = self._history.book.positions[event.args["id"]]
                accounts |= {event.args["keeper"], held.owner, held.vault}
        return accounts

    def _check_coalition(self, place: str, tally: Tally) -> None:
        """Balances, what positions are worth, and what the pool owes them at the oracle's price.

        The keeper reserve counts as the owner's, as at a voluntary close; what a vault still holds after the
        end can be claimed. Only the insurance fund is outside.
        """
        book, scale = self._history.book, self._history.circumstances.token_scale
        gain = scale * sum(book.balance(account) - before for account, before in self._balances.items())
        for position_id in self.named & self._held.keys():
            gain -= self._beyond_vault(self._held[position_id])
            if position_id in book.positions:
                gain += self._beyond_vault(book.held(position_id))
        tally.check(
            NO_SELF_LIQUIDATION_PROFIT,
            gain <= 0,
            lambda: f"{place}: keepers, owners and pool together gain {gain} WAD quote",
        )

    def _beyond_vault(self, held: Holding) -> int:
        """What a position is worth to the coalition besides its vault's balance: what nobody can collect."""
        return max(0, -self._equity(held))
