"""What must always hold, each with its id: the one place where an invariant has its name and its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = [
    "AUTHORITY",
    "BAD_DEBT",
    "CONSERVATION",
    "CUSTODY",
    "EXIT",
    "FUNDING",
    "INVARIANTS",
    "ISOLATION",
    "LEDGER",
    "LIQUIDATION_HELPS",
    "MONOTONE",
    "NO_FREE_TRIP",
    "NO_IMMUNITY",
    "NO_SELF_HARM",
    "NO_SELF_LIQUIDATION_PROFIT",
    "NO_WRONGFUL_LIQUIDATION",
    "OPEN_INTEREST",
    "ORACLE",
    "REENTRANCY",
    "ROUNDING",
    "SOLVENCY",
    "Invariant",
]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One property of the books.

    Attributes
    ----------
    id : str
        For example ``"I5"``; the same in findings, records and documents.
    name : str
        One or two words.
    sentence : str
        What holds, for a position with margin m (vault balance less keeper reserve), size s, cost c, funding
        index f, equity E and maintenance R.
    """

    id: str
    name: str
    sentence: str


CUSTODY = Invariant(
    "I1",
    "custody",
    "the margin of a position is exactly what its vault holds less its reserve; a closed position's vault "
    "holds only what its owner can claim",
)
CONSERVATION = Invariant(
    "I2",
    "conservation",
    "the sum of all token balances is the supply; every balance change is explained by a Transfer event, to "
    "the unit",
)
LEDGER = Invariant(
    "I3",
    "ledger",
    "each m moves by deposit - withdrawal + realised PnL - fees - funding - penalty, equal to the integer "
    "model",
)
OPEN_INTEREST = Invariant(
    "I4",
    "open interest",
    "long OI = sum of s > 0; short OI = sum of abs(s < 0); skew = their difference; cost and funding "
    "aggregates = sums over positions",
)
SOLVENCY = Invariant(
    "I5",
    "solvency",
    "system balance + bad debt >= sum of max(E, 0) + LP claims + insurance + reserves; without bad debt, the "
    "same with no help",
)
FUNDING = Invariant(
    "I6",
    "funding",
    "paid by traders = received by traders and pool; dust between 0 and the number of settlements, in units; "
    "k accruals at one price = 1, to k units and never for the trader",
)
NO_WRONGFUL_LIQUIDATION = Invariant(
    "I7", "no wrongful liquidation", "if liquidate(i) took effect, then E < R just before"
)
NO_IMMUNITY = Invariant(
    "I8",
    "no immunity",
    "if E < R and the price is valid, liquidate(i) succeeds for any caller within the gas cap, for E down to "
    "-2R, with a blacklisted owner, with fees above margin",
)
NO_SELF_HARM = Invariant(
    "I9",
    "no self-harm by protocol",
    "only price, time, a parameter's ramp or its own owner turns a sound position unsound",
)
LIQUIDATION_HELPS = Invariant(
    "I10",
    "liquidation helps",
    "it closes the position, or raises margin_ratio and leaves at least min_notional",
)
ROUNDING = Invariant(
    "I11",
    "rounding",
    "against exact rationals each payment errs by at most one unit, never for the receiver; many small "
    "operations never beat one",
)
NO_FREE_TRIP = Invariant(
    "I12",
    "no free trip",
    "open then close, deposit then withdraw at one price and time: nobody in the acting coalition gains",
)
NO_SELF_LIQUIDATION_PROFIT = Invariant(
    "I13",
    "no self-liquidation profit",
    "for any coalition of trader + keeper + LP, the sum of balances and max(E, 0) does not rise by "
    "liquidating oneself",
)
ISOLATION = Invariant(
    "I14",
    "isolation",
    "an action on A leaves every B's owner, s, c, f, vault balance bit-identical and E(B) equal at the same "
    "price and time; storage written is within A's slots and the market's aggregates",
)
ORACLE = Invariant(
    "I15",
    "oracle",
    "stale, zero, negative, absurd or reverting feed: open, withdraw and liquidate revert with its reason; "
    "adding margin works; one price per block",
)
BAD_DEBT = Invariant("I16", "bad debt", "rises only at a liquidation or close, by max(0, -E)")
MONOTONE = Invariant(
    "I17",
    "monotone",
    "indices of time, ids, cumulative fees and counters never fall; ids are never used twice",
)
AUTHORITY = Invariant(
    "I18",
    "authority",
    "only owner or approved lowers m or changes s, liquidation and deleveraging apart; only the market moves "
    "a vault's tokens",
)
REENTRANCY = Invariant(
    "I19",
    "reentrancy",
    "a callback token or receiver enters no mutator; the lock is free after every transaction",
)
EXIT = Invariant("I20", "exit", "at a valid price an owner can always close and take out everything due")

INVARIANTS: Mapping[str, Invariant] = MappingProxyType(
    {
        invariant.id: invariant
        for invariant in (
            CUSTODY,
            CONSERVATION,
            LEDGER,
            OPEN_INTEREST,
            SOLVENCY,
            FUNDING,
            NO_WRONGFUL_LIQUIDATION,
            NO_IMMUNITY,
            NO_SELF_HARM,
            LIQUIDATION_HELPS,
            ROUNDING,
            NO_FREE_TRIP,
            NO_SELF_LIQUIDATION_PROFIT,
            ISOLATION,
            ORACLE,
            BAD_DEBT,
            MONOTONE,
            AUTHORITY,
            REENTRANCY,
            EXIT,
        )
    }
)
"""All that a `Monitor` checks and `probe` tries, by id."""
