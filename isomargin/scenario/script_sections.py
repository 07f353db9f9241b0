"""The tables of a script: named people, steps that they take, and what is expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from isomargin.prices.parsing import shown
from isomargin.scenario.action_sections import (
    ActionSection,
    AmountAction,
    ApproveAction,
    CallAction,
    CancelAction,
    CloseAction,
    DeleverageAction,
    ExecuteAction,
    LiquidateAction,
    MarginAction,
    MultiplierAction,
    OpenAction,
    ParametersAction,
    PlaceLimitAction,
    PlaceReduceAction,
    PositionAction,
    PushPriceAction,
    ResizeAction,
    SharesAction,
    TransferAction,
)
from isomargin.scenario.expressions import Comparison, parse
from isomargin.scenario.values import (
    Amount,
    KeyProblem,
    Name,
    Section,
    describe_wad,
    number_between,
    text_of,
    whole_between,
)
from isomargin.units import WAD

__all__ = ["ACTIONS", "ExpectSection", "PersonSection", "Place", "StepSection", "TriggerSection"]

Place = Literal["before-price", "first", "usual", "last"]
"""In its block: before the oracle, right after it, by gas price, or after all others."""

_HOUR = 3_600
_TRIGGERS = ("at", "block", "when", "after")
_OWN_ACTORS = {
    "push_price": "oracle",
    "set_system_multiplier": "admin",
    "set_parameters": "admin",
    "resume": "admin",
    "pause": "guardian",
}
"""By action: who takes it where the step does not say."""


def _expression(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a comparison as text, found {shown(value)}")
    parse(value)
    return value


def _revert(value: Any) -> str | bool:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or not 0 < len(value) <= 200 or not value.isprintable():
        raise ValueError(f"expected true or the reason, found {shown(value)}")
    return value


_Expression = Annotated[str, BeforeValidator(_expression)]


class PersonSection(Section):
    """One of `[[people]]`: somebody who does nothing but what steps say.

    Attributes
    ----------
    name : str
    tokens : int
        Collateral at the first price, WAD quote; market, pool and trigger orders may take it.
    ether : int or None
        Wei; without end if not given.
    """

    name: Name
    tokens: Amount = 0
    ether: Annotated[int, number_between("0", "1000000000")] | None = None


class TriggerSection(Section):
    """When something is due.

    Attributes
    ----------
    at : int or None
        Hours since the first price (WAD).
    block : int or None
        Of the run, from 1.
    when : str or None
        A comparison that holds.
    after : str or None
        The label of a step.
    variant : mapping or None
        In which variants of the file it is there; gone when a scenario is read.
    """

    at: Amount | None = None
    block: Annotated[int, whole_between(1, 10**9)] | None = None
    when: _Expression | None = None
    after: Name | None = None
    variant: Mapping[str, str | tuple[str, ...]] | None = None

    @model_validator(mode="after")
    def _check_trigger(self) -> Self:
        given = [key for key in _TRIGGERS if getattr(self, key) is not None]
        if len(given) > 1:
            raise KeyProblem(f"expected either {given[0]} or {given[1]}, found both", given[1])
        return self

    @property
    def condition(self) -> Comparison | None:
        """What `when` says."""
        return None if self.when is None else parse(self.when)

    def seconds(self) -> int:
        """What `at` says, seconds after the first price, rounded up."""
        return -(-(self.at or 0) * _HOUR // WAD)

    def moment(self) -> str:
        """When it is due, in words."""
        if self.at is not None:
            return f"at hour {describe_wad(self.at)}"
        if self.block is not None:
            return f"in block {self.block}"
        if self.when is not None:
            return f"when {self.when}"
        return f'after "{self.after}"' if self.after is not None else "at the end"


class StepSection(TriggerSection):
    """One of `[[steps]]`: who does what, when, and whether it shall work.

    Attributes
    ----------
    label : str or None
        What others call it by.
    by : str or None
        Who; some actions are usually those of the oracle, the admin or the guardian.
    place : Place
    gas_bid : int
        Multiple of the going gas price, WAD.
    gas : int
        Gas limit.
    reverts : bool or str
        Whether it must be refused: with any reason, or with this one.
    """

    label: Name | None = None
    by: Name | None = None
    open: OpenAction | None = None
    increase: ResizeAction | None = None
    decrease: ResizeAction | None = None
    close: CloseAction | None = None
    add_margin: MarginAction | None = None
    withdraw_margin: MarginAction | None = None
    claim: PositionAction | None = None
    liquidate: LiquidateAction | None = None
    call_margin: PositionAction | None = None
    deleverage: DeleverageAction | None = None
    deposit: AmountAction | None = None
    request_withdrawal: SharesAction | None = None
    redeem: SharesAction | None = None
    place_stop_loss: PlaceReduceAction | None = None
    place_take_profit: PlaceReduceAction | None = None
    place_limit: PlaceLimitAction | None = None
    cancel_order: CancelAction | None = None
    execute: ExecuteAction | None = None
    approve: ApproveAction | None = None
    transfer: TransferAction | None = None
    push_price: PushPriceAction | None = None
    set_system_multiplier: MultiplierAction | None = None
    set_parameters: ParametersAction | None = None
    pause: Literal["oracle", "opening"] | None = None
    resume: Literal["oracle", "opening"] | None = None
    call: CallAction | None = None
    place: Place = "usual"
    gas_bid: Annotated[int, number_between("0", "1000")] = WAD
    gas: Annotated[int, whole_between(21_000, 30_000_000)] = 3_000_000
    reverts: Annotated[bool | str, BeforeValidator(_revert)] = False

    @model_validator(mode="after")
    def _check_action(self) -> Self:
        given = [name for name in ACTIONS if getattr(self, name) is not None]
        if not given:
            raise KeyProblem(f"expected an action, found none; one of {', '.join(ACTIONS)}")
        if len(given) > 1:
            raise KeyProblem(f"expected one action, found {given[0]} as well", given[1])
        if all(getattr(self, key) is None for key in _TRIGGERS):
            raise KeyProblem("expected one of at, block, when and after, found none")
        if self.by is None and given[0] not in _OWN_ACTORS:
            raise KeyProblem("missing; expected the name of whoever does it", "by")
        return self

    @property
    def action(self) -> str:
        """The key of its action."""
        return next(name for name in ACTIONS if getattr(self, name) is not None)

    @property
    def details(self) -> ActionSection | str:
        """What stands at that key."""
        details: ActionSection | str = getattr(self, self.action)
        return details

    @property
    def actor(self) -> str:
        """Who takes it."""
        return self.by if self.by is not None else _OWN_ACTORS[self.action]

    @property
    def named(self) -> str | None:
        """What it calls the position or the order that comes of it."""
        named: str | None = getattr(self.details, "named", None)
        return named

    @property
    def expected(self) -> str:
        """How it must end, in words."""
        if self.reverts is False:
            return "succeeds"
        return "reverts" if self.reverts is True else f'reverts with "{self.reverts}"'


ACTIONS = tuple(name for name in StepSection.model_fields if name not in TriggerSection.model_fields)[2:-4]
"""The keys of a step that are actions."""


class ExpectSection(TriggerSection):
    """One of `[[expect]]`: what must hold after a step, a block, a time, or at the end.

    Attributes
    ----------
    that : str
        A comparison.
    tolerance : int
        By how much it may be missed, in units of the token.
    because : str
        For people: why it should hold.
    """

    that: _Expression
    tolerance: Annotated[int, whole_between(0, 10**30)] = 0
    because: Annotated[str, text_of(500)] | None = None

    @property
    def claim(self) -> Comparison:
        """What must hold."""
        return parse(self.that)
