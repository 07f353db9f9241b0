"""Who and what the names of a script stand for: accounts, contracts, and what steps have named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from isomargin.book import Book
from isomargin.chain import Contract
from isomargin.chain.abi import ContractAbi
from isomargin.chain.accounts import canonical_address, checksum_address
from isomargin.errors import ChainError, CompileError, ScenarioError
from isomargin.protocol import System, compiled_source
from isomargin.scenario import Scenario
from isomargin.scenario.contracts_section import source_in
from isomargin.simulation.arguments import arguments_for
from isomargin.simulation.orders import Actor

__all__ = ["Cast", "deploy_beside"]

_ADDRESS = re.compile(r"0x[0-9A-Fa-f]{40}")


@dataclass
class Cast:
    """The names of one run.

    Attributes
    ----------
    actors : dict of str to Actor
        Whoever can send, by name.
    contracts : dict of str to Contract
        The system's, and those beside it.
    beside : tuple of str
        Names of the latter.
    positions, orders : list of tuple
        What steps have called positions and trigger orders: name, id, block; the newest last.
    """

    actors: dict[str, Actor]
    contracts: dict[str, Contract]
    beside: tuple[str, ...] = ()
    positions: list[tuple[str, int, int]] = field(default_factory=list)
    orders: list[tuple[str, int, int]] = field(default_factory=list)

    def address(self, name: str) -> str:
        """The address that a name stands for, or an address as it is.

        Raises
        ------
        ValueError
            If nobody is called so.
        """
        if _ADDRESS.fullmatch(name):
            return checksum_address(canonical_address(name))
        if name in self.actors:
            return self.actors[name].account
        if name in self.contracts:
            return self.contracts[name].address
        raise ValueError(f"expected an address or the name of an account, found {name!r}")

    def position(self, reference: int | str, book: Book) -> int:
        """The id of a position: by its id, by what a step called it, or the newest open one of an account.

        Raises
        ------
        ValueError
            If there is none.
        """
        if isinstance(reference, int):
            if reference > book.last_id:
                raise ValueError(f"no position {reference}")
            return reference
        if (found := _newest(self.positions, reference)) is not None:
            return found
        if reference in self.actors or reference in self.contracts:
            owner = self.address(reference)
            held = [number for number, position in book.positions.items() if position.owner == owner]
            if held:
                return max(held)
        raise ValueError(f"no position {reference!r}")

    def order(self, reference: int | str) -> int:
        """The id of a trigger order, by its id or by what a step called it; ValueError if there is none."""
        if isinstance(reference, int):
            return reference
        if (found := _newest(self.orders, reference)) is not None:
            return found
        raise ValueError(f"no order {reference!r}")

    def forget(self, height: int) -> None:
        """Forget what was named after a block that is now the newest."""
        self.positions = [named for named in self.positions if named[2] <= height]
        self.orders = [named for named in self.orders if named[2] <= height]


def deploy_beside(scenario: Scenario, system: System, actors: Iterable[Actor]) -> Cast:
    """Deploy the contracts beside the system, in their order, and tell what all names stand for.

    Raises
    ------
    ScenarioError
        If a source does not compile, or a constructor does not take its arguments or refuses them.
    """
    chain = system.chain
    named = {actor.name: actor for actor in actors}
    named["admin"] = Actor("deployer", system.admin, "admin")
    named["oracle"] = Actor("oracle", system.price_pusher, "oracle")
    named["guardian"] = Actor("guardian", system.guardian, "admin")
    for keeper in scenario.keepers:
        named.setdefault(keeper.name, Actor(keeper.name, chain.account(keeper.name), "keeper"))
    cast = Cast(named, dict(system.contracts), tuple(one.name for one in scenario.contracts.beside))
    for index, section in enumerate(scenario.contracts.beside):
        key = ("contracts", "beside", index)
        try:
            compiled = compiled_source(source_in(scenario.folder, section.source))
        except CompileError as error:
            raise ScenarioError(f"{scenario.place(*key, 'source')}: {error}") from None
        wanted = ContractAbi(compiled.abi).constructor
        try:
            if len(wanted) != len(section.args):
                expected = f"expected ({','.join(wanted)})"
                raise ValueError(f"{expected}, found {len(section.args)} arguments")
            args = arguments_for(wanted, section.args, cast.address, _no_number)
            sender = cast.actors[section.by].account
            cast.contracts[section.name] = chain.deploy(compiled, *args, sender=sender)
        except (ValueError, ChainError) as error:
            raise ScenarioError(f"{scenario.place(*key, 'args')}: constructor: {error}") from None
    return cast


def _newest(named: Sequence[tuple[str, int, int]], name: str) -> int | None:
    return next((number for known, number, _ in reversed(named) if known == name), None)


def _no_number(name: str) -> int:
    raise ValueError(f"expected a whole number, found {name!r}")
