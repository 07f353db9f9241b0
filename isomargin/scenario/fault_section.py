"""The `[[faults]]` tables: what goes wrong, and when."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import model_validator

from isomargin.scenario.values import (
    Amount,
    KeyProblem,
    PositiveSeconds,
    Section,
    number_between,
    text_of,
    whole_between,
)

__all__ = ["FaultKind", "FaultSection"]

FaultKind = Literal[
    "late-blocks",
    "dropped-blocks",
    "reorg",
    "stale-oracle",
    "oracle-jump",
    "gas-spike",
    "censor",
    "disconnect",
    "slow-answers",
]

_KEYS: dict[str, tuple[str, ...]] = {
    "late-blocks": ("blocks", "seconds"),
    "dropped-blocks": ("blocks",),
    "reorg": ("depth",),
    "stale-oracle": ("seconds",),
    "oracle-jump": ("ratio",),
    "gas-spike": ("factor", "seconds"),
    "censor": ("sender", "seconds"),
    "disconnect": ("seconds",),
    "slow-answers": ("delay", "seconds"),
}
"""By kind: the keys that it needs, all of them."""


class FaultSection(Section):
    """One of `[[faults]]`.

    Attributes
    ----------
    kind : str
        ``late-blocks``: the next `blocks` blocks come `seconds` later. ``dropped-blocks``: `blocks` blocks
        are not made at all. ``reorg``: the newest `depth` blocks are replaced. ``stale-oracle``: no price is
        written for `seconds`. ``oracle-jump``: the next price written is `ratio` times the true one.
        ``gas-spike``: gas costs `factor` times as much for `seconds`. ``censor``: nothing that `sender`
        sends is mined for `seconds`. ``disconnect``: the server answers nobody for `seconds`.
        ``slow-answers``: each answer takes `delay` seconds more, for `seconds`. Seconds are the chain's;
        those of the last two are real ones.
    at : int
        Hours since the first price (WAD).
    """

    kind: FaultKind
    at: Amount = 0
    blocks: Annotated[int, whole_between(1, 10_000)] | None = None
    seconds: PositiveSeconds | None = None
    depth: Annotated[int, whole_between(1, 64)] | None = None
    ratio: Annotated[int, number_between("0", "1000", above=True)] | None = None
    factor: Annotated[int, whole_between(1, 1_000_000)] | None = None
    sender: Annotated[str, text_of(80)] | None = None
    delay: Annotated[int, number_between("0", "60", above=True)] | None = None

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        needed = _KEYS[self.kind]
        for key in needed:
            if getattr(self, key) is None:
                raise KeyProblem(f'expected with kind "{self.kind}", found none', key)
        for key in type(self).model_fields:
            if key not in ("kind", "at", *needed) and getattr(self, key) is not None:
                raise KeyProblem(f'not used with kind "{self.kind}", which takes {", ".join(needed)}', key)
        return self
