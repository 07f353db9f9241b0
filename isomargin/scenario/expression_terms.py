"""The terms of expressions: what each is called, what it takes, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

__all__ = ["STATUSES", "TERMS", "ArgumentKind", "Signature", "describe_terms"]

ArgumentKind = Literal[
    "account", "position", "side", "invariant", "event", "contract", "function", "value", "term"
]

STATUSES = ("HEALTHY", "MARGIN_CALL", "LIQUIDATABLE", "INSOLVENT", "CLOSED")
"""What `status` can be compared with."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a term takes in its parentheses, and what it means.

    Attributes
    ----------
    meaning : str
        For people.
    kinds : tuple of ArgumentKind
        Of its first arguments.
    least : int
        So many must be there.
    rest : ArgumentKind or None
        Kind of any number of further ones.
    known_at_start : bool
        Whether `at_start` of it makes sense: nobody has a position then.
    """

    meaning: str
    kinds: tuple[ArgumentKind, ...] = ()
    least: int = 0
    rest: ArgumentKind | None = None
    known_at_start: bool = True

    def kind(self, index: int) -> ArgumentKind | None:
        """Kind of an argument by its place, from 0; None where there may be none."""
        return self.kinds[index] if index < len(self.kinds) else self.rest

    def usage(self, name: str) -> str:
        """How it is written."""
        written = [kind if index < self.least else f"[{kind}]" for index, kind in enumerate(self.kinds)]
        if self.rest is not None:
            written.append("..." if self.rest in self.kinds else f"[{self.rest}, ...]")
        return f"{name}({', '.join(written)})" if written else name


_ON_POSITION: tuple[ArgumentKind, ...] = ("position",)
_ON_ACCOUNT: tuple[ArgumentKind, ...] = ("account",)

TERMS: Mapping[str, Signature] = MappingProxyType(
    {
        "price": Signature("the oracle's newest price, good or bad; quote per base"),
        "gas_price": Signature("the going gas price; gwei"),
        "block": Signature("number of the newest block of the run, from 1; 0 before the first price"),
        "hours": Signature("time of the newest block since the first price; hours"),
        "bad_debt": Signature("losses that no margin paid, since the start; quote"),
        "insurance_fund": Signature("what the insurance fund holds; quote"),
        "pool_assets": Signature("the pool's cash less what traders are owed; quote"),
        "pool_cash": Signature("what the pool holds; quote"),
        "share_price": Signature("what one pool share would be paid; quote"),
        "open_interest": Signature("sum of the sizes of one side, `long` or `short`; base", ("side",), 1),
        "skew": Signature("long less short open interest; base"),
        "open_positions": Signature("how many positions are open"),
        "liquidatable": Signature("how many positions are below maintenance, by the lens"),
        "violations": Signature("broken invariants so far, all of them or one", ("invariant",)),
        "balance": Signature("collateral in somebody's own hands; quote", _ON_ACCOUNT, 1),
        "tokens": Signature("the same; reads well of contracts and addresses", _ON_ACCOUNT, 1),
        "ether": Signature("ether of an account", _ON_ACCOUNT, 1),
        "profit": Signature(
            "what these accounts have together now less what they began with: collateral, equity of "
            "positions with keeper reserves, pool shares, claims, and what is put aside for orders; quote",
            _ON_ACCOUNT,
            1,
            "account",
        ),
        "equity": Signature("equity of a position; quote", _ON_POSITION, 1, None, False),
        "margin": Signature("margin of a position; quote", _ON_POSITION, 1, None, False),
        "margin_ratio": Signature(
            "equity over maintenance margin; 0 without equity", _ON_POSITION, 1, None, False
        ),
        "size": Signature("size of a position, below zero for a short; base", _ON_POSITION, 1, None, False),
        "status": Signature(
            f"health of a position; compared with {', '.join(STATUSES)} only", _ON_POSITION, 1, None, False
        ),
        "events": Signature(
            "events of this name in the run so far; with an account, those that name it",
            ("event", "account"),
            1,
        ),
        "refused": Signature("transactions of an account in the run so far that reverted", _ON_ACCOUNT, 1),
        "read": Signature(
            "what a function of a contract returns, a whole number as it is on the chain",
            ("contract", "function"),
            2,
            "value",
        ),
        "at_start": Signature("what a term was just before the first price", ("term",), 1, None, False),
    }
)
"""Every term by its name."""


def describe_terms() -> str:
    """The table of terms of ``docs/scenarios.md``, as Markdown."""
    lines = ["| term | what it is |", "|---|---|"]
    lines += [f"| `{signature.usage(name)}` | {signature.meaning} |" for name, signature in TERMS.items()]
    return "\n".join(lines) + "\n"
