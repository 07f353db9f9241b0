"""What keepers have left, and their setbacks, block after block."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from isomargin.simulation.standings import Standing, note_fates


def fate(account: str, wei: int = 10, won: int = 0, rewards: int = 0) -> Any:
    order = SimpleNamespace(actor=SimpleNamespace(account=account))
    return SimpleNamespace(order=order, wei=wei, won=won, rewards=rewards)


def note(standings: dict[str, Standing], *fates: Any, waiting: tuple[str, ...] = ()) -> None:
    note_fates(standings, fates, waiting, lambda tokens: tokens * 3)


def test_note__transactions__cost_ether_whether_they_won_or_not():
    standings = {"a": Standing(100), "b": Standing(100)}
    note(standings, fate("a", 10, won=1, rewards=7), fate("a", 20), fate("b", 5))

    assert (standings["a"].funds, standings["b"].funds) == (70, 95)


def test_note__refill__turns_rewards_into_ether():
    standings = {"a": Standing(100, refills=True)}
    note(standings, fate("a", 10, won=1, rewards=7))

    assert standings["a"].funds == 100 - 10 + 21


def test_note__no_end_of_ether__stays_so():
    standings = {"a": Standing()}
    note(standings, fate("a"))

    assert standings["a"].funds is None


def test_note__setbacks__count_blocks_until_a_success():
    standings = {"a": Standing(), "idle": Standing()}
    counts = []
    note(standings, fate("a"), fate("a"))
    counts.append(standings["a"].setbacks)
    note(standings, waiting=("a",))
    counts.append(standings["a"].setbacks)
    note(standings)  # nothing of its happened
    counts.append(standings["a"].setbacks)
    note(standings, fate("a"), fate("a", won=1), waiting=("a",))
    counts.append(standings["a"].setbacks)

    assert counts == [1, 2, 2, 0]
    assert standings["idle"].setbacks == 0


def test_note__stranger__is_left_alone():
    standings = {"a": Standing(50)}
    note(standings, fate("stranger"), waiting=("stranger",))

    assert standings == {"a": Standing(50)}
