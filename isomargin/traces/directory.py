"""Who is who in a trace: names of addresses, and the contracts that codes were compiled from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from isomargin.chain import CallFrame, Contract, Deployable
from isomargin.contracts import CompiledContract, compile_contract
from isomargin.protocol import System
from isomargin.traces.interface import Interface
from isomargin.traces.vault_names import VaultNames

__all__ = ["Directory", "system_directory"]

_PRECOMPILES = {
    1: "ecrecover",
    2: "sha256",
    3: "ripemd160",
    4: "identity",
    5: "modexp",
    6: "ecadd",
    7: "ecmul",
    8: "ecpairing",
    9: "blake2f",
    10: "point_evaluation",
}


class Directory:
    """Names for addresses, and what is known of the code that runs.

    A contract is recognised by its code wherever that runs: in clones, in contracts that others create, and
    in creations that fail. Where the code tells nothing, as with artefacts that came without it, the ABI of
    the address does.

    Parameters
    ----------
    contracts : mapping of str to Contract
        By the names that they shall bear.
    people : mapping of str to str
        Address by name.
    known : iterable of Deployable
        What else may turn up without an address that is known beforehand.
    name_of : callable, optional
        Asked for addresses that are in neither; ``chain.name_of``, for example.
    """

    def __init__(
        self,
        contracts: Mapping[str, Contract] | None = None,
        people: Mapping[str, str] | None = None,
        *,
        known: Iterable[Deployable] = (),
        name_of: Callable[[str], str | None] | None = None,
    ) -> None:
        named = contracts or {}
        self._names = {contract.address: name for name, contract in named.items()}
        self._taken = set(self._names.values())
        for name, address in (people or {}).items():
            self._names.setdefault(address, self._free(name))
        self._at = {contract.address: contract.compiled for contract in named.values()}
        self._known: list[Deployable] = []
        for compiled in (*self._at.values(), *known):
            if compiled not in self._known:
                self._known.append(compiled)
        self._name_of = name_of
        self._by_code: dict[tuple[bytes, bool], Deployable | None] = {}
        self._interfaces: dict[int, Interface] = {}

    def _free(self, name: str) -> str:
        return f"account {name}" if name in self._taken else name

    def name(self, address: str) -> str:
        """Return a name, or the address itself."""
        if address in self._names:
            return self._names[address]
        number = int(address, 16)
        if number in _PRECOMPILES:
            return _PRECOMPILES[number]
        name = self._name_of(address) if self._name_of is not None and number else None
        return self._free(name) if name else address

    def knows(self, address: str) -> bool:
        """Tell whether the address has a name."""
        return self.name(address) != address

    def compiled(self, frame: CallFrame) -> Deployable | None:
        """Return what the code of a frame was compiled from."""
        asked = frame.code, frame.kind == "create"
        if asked not in self._by_code:
            self._by_code[asked] = self._recognised(*asked)
        return self._by_code[asked] or self._at.get(frame.code_address)

    def source(self, frame: CallFrame) -> CompiledContract | None:
        """Return what the code was compiled from, if its sources can be had."""
        compiled = self.compiled(frame)
        return compiled if isinstance(compiled, CompiledContract) else None

    def interface(self, frame: CallFrame) -> Interface | None:
        """Return how to read the calls and events of a frame."""
        compiled = self.compiled(frame)
        if compiled is None:
            return None
        if id(compiled) not in self._interfaces:
            self._interfaces[id(compiled)] = Interface(compiled.abi)
        return self._interfaces[id(compiled)]

    def _recognised(self, code: bytes, is_creation: bool) -> Deployable | None:
        """Return the one whose code it begins with: behind it are immutables, or arguments."""
        best: tuple[int, Deployable | None] = (0, None)
        for compiled in self._known:
            own = compiled.init_code if is_creation else getattr(compiled, "runtime_code", b"")
            if len(own) > best[0] and code.startswith(own):
                best = len(own), compiled
        return best[1]


def system_directory(
    system: System,
    *,
    contracts: Mapping[str, Contract] | None = None,
    people: Mapping[str, str] | None = None,
    known: Iterable[Deployable] = (),
) -> Directory:
    """Return a directory of a market, its vaults, and whoever has an account by name.

    Parameters
    ----------
    contracts, people, known
        In addition, as in `Directory`.
    """
    run_by = {"admin": system.admin, "price pusher": system.price_pusher, "guardian": system.guardian}
    vaults = VaultNames(system)
    return Directory(
        {**system.contracts, **(contracts or {})},
        {**(people or {}), **run_by},
        known=(*known, compile_contract("custody/PositionVault")),
        name_of=lambda address: system.chain.name_of(address) or vaults(address),
    )
