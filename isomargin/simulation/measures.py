"""What expressions come to: each term is read of the chain as the newest block left it, exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from isomargin.errors import ChainError
from isomargin.protocol import PositionView
from isomargin.scenario.expressions import (
    Comparator,
    Comparison,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    StatusWord,
    Term,
    Whole,
    terms_of,
)
from isomargin.simulation.arguments import arguments_for
from isomargin.simulation.cast import Cast
from isomargin.units import WAD, from_units

if TYPE_CHECKING:
    from isomargin.simulation.tally import Tally
    from isomargin.simulation.world import World

__all__ = ["Judgement", "Measures", "Unreadable", "exact_text"]

_GWEI = 10**9
_HOUR = 3_600


class Unreadable(Exception):
    """A term that cannot be read now; says why."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Both sides of a comparison as they were found, in human numbers, and whether it holds."""

    left: str
    right: str
    holds: bool


class Measures:
    """Reads terms of a world.

    Parameters
    ----------
    world : World
    cast : Cast
    tally : Tally
        Counts events and refusals.
    """

    def __init__(self, world: World, cast: Cast, tally: Tally) -> None:
        self._world, self._cast, self._tally = world, cast, tally
        self._at_start: dict[str, Fraction] = {}
        self._means_at_start: dict[str, Fraction] = {}  # by address
        self._token = 10**world.scenario.token.decimals

    def remember(self, tree: Comparison | Expression) -> None:
        """Read, before the first price, what an expression will compare with."""
        terms = list(terms_of(tree))
        for account in {
            account for term in terms if term.name == "profit" for account in self._accounts(term)
        }:
            self._means_at_start[account] = self._means(account)
        for term in terms:
            if term.name == "at_start" and isinstance(inner := term.arguments[0], Term):
                self._at_start[str(inner)] = self._number(inner)

    def judge(self, claim: Comparison, tolerance: int = 0) -> Judgement:
        """Tell whether a comparison holds.

        Parameters
        ----------
        claim : Comparison
        tolerance : int
            Token units by which it may be missed.

        Raises
        ------
        Unreadable
            If a term cannot be read.
        """
        if isinstance(claim.left, StatusWord) or _is_status(claim.left):
            left, right = self._status(claim.left), self._status(claim.right)
            return Judgement(left, right, (left == right) == (claim.comparator == "=="))
        found, wanted = self.value(claim.left), self.value(claim.right)
        holds = _compare(found - wanted, claim.comparator, Fraction(tolerance, self._token))
        return Judgement(exact_text(found), exact_text(wanted), holds)

    def value(self, tree: Expression) -> Fraction:
        """Return what an expression comes to, in human units."""
        match tree:
            case Number(wad):
                return Fraction(wad, WAD)
            case Negative(operand):
                return -self.value(operand)
            case Operation(left, symbol, right):
                first, second = self.value(left), self.value(right)
                if symbol == "*":
                    return first * second
                return first + second if symbol == "+" else first - second
            case Term():
                return self._number(tree)
            case StatusWord(name):
                raise Unreadable(f"{name} is no number")

    def _number(self, term: Term) -> Fraction:
        try:
            if (read := _PLAIN.get(term.name)) is not None:
                return read(self)
            return _OF_SOMETHING[term.name](self, term)
        except ChainError as error:
            raise Unreadable(f"{term}: {error}") from None
        except ValueError as error:
            raise Unreadable(str(error)) from None

    # Accounts

    def _accounts(self, term: Term) -> list[str]:
        names = [argument.text for argument in term.arguments if isinstance(argument, Name)]
        return list(dict.fromkeys(self._cast.address(name) for name in names))

    def _tokens(self, account: str) -> Fraction:
        return Fraction(self._world.system.token_balance(account), self._token)

    def _means(self, account: str) -> Fraction:
        """What somebody has: in hand, in positions and vaults, in the pool, and put aside for orders."""
        system, book = self._world.system, self._world.book
        units = system.token_balance(account)
        units += sum(
            system.token_balance(ended.vault) for ended in book.ended.values() if ended.owner == account
        )
        units += sum(order.escrow for order in book.orders.values() if order.owner == account)
        if shares := int(system.pool.call("balanceOf", account)):
            units += int(system.pool.call("convertToAssets", shares))
        held = [number for number, position in book.positions.items() if position.owner == account]
        return Fraction(units, self._token) + sum(map(self._worth, system.positions(held)), Fraction(0))

    def _worth(self, view: PositionView) -> Fraction:
        """What a position can still bring its owner; it cannot take more than its margin."""
        if view.equity <= 0:
            return Fraction(0)
        return Fraction(view.equity, WAD) + Fraction(view.keeper_reserve, self._token)

    def _profit(self, term: Term) -> Fraction:
        return sum(
            (self._means(one) - self._means_at_start.get(one, Fraction(0)) for one in self._accounts(term)),
            Fraction(0),
        )

    # Positions

    def _position(self, term: Expression) -> PositionView:
        if not isinstance(term, Term) or not isinstance(term.arguments[0], Name | Whole):
            raise Unreadable(f"{term} has no position")
        named = term.arguments[0]
        reference = named.value if isinstance(named, Whole) else named.text
        return self._world.system.position(self._cast.position(reference, self._world.book))

    def _status(self, tree: Expression) -> str:
        if isinstance(tree, StatusWord):
            return tree.name
        try:
            status = self._position(tree).status
        except (ChainError, ValueError) as error:
            raise Unreadable(str(error)) from None
        return "CLOSED" if status is None else status.name

    # Contracts

    def _read(self, term: Term) -> Fraction:
        contract, function, *rest = term.arguments
        handle = self._cast.contracts[str(getattr(contract, "text", ""))]
        name = str(getattr(function, "text", ""))
        kinds = handle.abi.function(name, len(rest)).inputs
        values = [one.value if isinstance(one, Whole) else getattr(one, "text", "") for one in rest]
        number_of = self._number_named
        found: Any = handle.call(name, *arguments_for(kinds, values, self._cast.address, number_of))
        if not isinstance(found, int):
            raise Unreadable(f"{term} is no number but {found!r}")
        return Fraction(int(found))

    def _number_named(self, name: str) -> int:
        return self._cast.position(name, self._world.book)

    def _open_interest(self, term: Term) -> Fraction:
        state = self._world.state()
        is_long = getattr(term.arguments[0], "text", "") == "long"
        return Fraction(state.long_open_interest if is_long else state.short_open_interest, WAD)

    def _violations(self, term: Term) -> Fraction:
        counts = self._world.monitor.violations
        if not term.arguments:
            return Fraction(counts.total())
        return Fraction(counts[str(getattr(term.arguments[0], "text", ""))])

    def _events(self, term: Term) -> Fraction:
        name, *accounts = (str(getattr(one, "text", "")) for one in term.arguments)
        account = self._cast.address(accounts[0]) if accounts else None
        return Fraction(self._tally.events(name, account))

    def _share_price(self) -> Fraction:
        pool = self._world.system.pool
        one = 10 ** int(pool.call("decimals"))
        return Fraction(int(pool.call("convertToAssets", one)), self._token)

    def _starting(self, term: Term) -> Fraction:
        return self._at_start[str(term.arguments[0])]

    def _first(self, term: Term) -> str:
        return self._accounts(term)[0]

    def _elapsed(self) -> Fraction:
        return Fraction(self._world.chain.timestamp - self._world.path.start, _HOUR)

    def _run_block(self) -> Fraction:
        return Fraction(self._world.chain.block_number - self._world.prepared_block)


_PLAIN: Mapping[str, Callable[[Measures], Fraction]] = {
    "price": lambda it: Fraction(it._world.state().price, WAD),
    "gas_price": lambda it: Fraction(it._world.gas_price(), _GWEI),
    "block": Measures._run_block,
    "hours": Measures._elapsed,
    "bad_debt": lambda it: Fraction(it._world.state().bad_debt, WAD),
    "insurance_fund": lambda it: Fraction(it._world.state().insurance_fund, it._token),
    "pool_assets": lambda it: Fraction(it._world.state().pool_assets, it._token),
    "pool_cash": lambda it: Fraction(it._world.state().pool_cash, it._token),
    "share_price": Measures._share_price,
    "skew": lambda it: Fraction(it._world.state().skew, WAD),
    "open_positions": lambda it: Fraction(len(it._world.book.positions)),
    "liquidatable": lambda it: Fraction(len(it._world.system.liquidatable())),
}

_OF_SOMETHING: Mapping[str, Callable[[Measures, Term], Fraction]] = {
    "open_interest": Measures._open_interest,
    "violations": Measures._violations,
    "balance": lambda it, term: it._tokens(it._first(term)),
    "tokens": lambda it, term: it._tokens(it._first(term)),
    "ether": lambda it, term: Fraction(it._world.chain.balance(it._first(term)), WAD),
    "profit": Measures._profit,
    "equity": lambda it, term: Fraction(it._position(term).equity, WAD),
    "margin": lambda it, term: Fraction(it._position(term).margin, it._token),
    "margin_ratio": lambda it, term: Fraction(it._position(term).margin_ratio, WAD),
    "size": lambda it, term: Fraction(it._position(term).size, WAD),
    "events": Measures._events,
    "refused": lambda it, term: Fraction(it._tally.refusals(it._first(term))),
    "read": Measures._read,
    "at_start": Measures._starting,
}


def exact_text(number: Fraction) -> str:
    """Write a number as decimal text; where it has no end, as hours may, eighteen digits of it."""
    for digits in (0, 18, 36):
        scaled = number * 10**digits
        if scaled.denominator == 1:
            return from_units(scaled.numerator, digits)
    return from_units(round(number * WAD), 18)


def _is_status(tree: Expression) -> bool:
    return isinstance(tree, Term) and tree.name == "status"


def _compare(difference: Fraction, comparator: Comparator, tolerance: Fraction) -> bool:
    match comparator:
        case "<":
            return difference < tolerance
        case "<=":
            return difference <= tolerance
        case "==":
            return abs(difference) <= tolerance
        case "!=":
            return abs(difference) > tolerance
        case ">=":
            return difference >= -tolerance
        case ">":
            return difference > -tolerance
