"""Names for the vaults of a market, which live at addresses that follow from the ids of their positions."""

from __future__ import annotations

from isomargin.chain.accounts import canonical_address, created_address, salted_address
from isomargin.protocol import System
from isomargin.traces.clones import clone_init_code

__all__ = ["VaultNames"]

_AHEAD = 16  # positions that a transaction may have opened before it failed


class VaultNames:
    """Says whose vault an address is; reckoned, and found without the chain, but for the newest id.

    The market's constructor creates nothing but the implementation of the vaults. A market that does
    otherwise has vaults without names.

    Parameters
    ----------
    system : System
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._market = canonical_address(system.market.address)
        self._implementation = created_address(self._market, 1)
        self._names = {self._implementation: "vault"}
        self._reckoned = 0

    def __call__(self, address: str) -> str | None:
        """Return ``vault-7``, or None if it is no vault."""
        if address not in self._names:
            self._reckon()
        return self._names.get(address)

    def _reckon(self) -> None:
        init_code = clone_init_code(canonical_address(self._implementation))
        last = int(self._system.market.call("last_id")) + _AHEAD
        for position in range(self._reckoned + 1, last + 1):
            self._names[salted_address(self._market, position, init_code)] = f"vault-{position}"
        self._reckoned = max(self._reckoned, last)
