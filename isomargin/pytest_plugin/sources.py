"""The fixture `deploy`: a test's own Vyper sources, found where a project keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isomargin.chain import Chain, Contract, Deployable
from isomargin.contracts import compile_contract

__all__ = ["Deployer"]


class Deployer:
    """Compiles and deploys, and keeps what it deployed.

    Parameters
    ----------
    chain : Chain
        Where to.
    root : Path
        pytest's root folder: sources are looked for from here, imports too, and below its `contracts`.
    folder : Path
        That of the test file, looked in first.

    Attributes
    ----------
    deployed : list of Contract
        In the order of deployment.
    """

    def __init__(self, chain: Chain, root: Path, folder: Path) -> None:
        self.deployed: list[Contract] = []
        self._chain = chain
        self._folders = (folder, root, root / "contracts")

    def __call__(
        self,
        source: str | Path | Deployable,
        *args: Any,
        sender: str | None = None,
        optimize: str | None = None,
        search_paths: Sequence[Path] = (),
    ) -> Contract:
        """Deploy a contract.

        Parameters
        ----------
        source : str, Path or Deployable
            ``"contracts/My.vy"`` or ``"My"``; also the name of a packaged contract, ``"testing/Token"``; or
            what is compiled already.
        *args
            Of the constructor.
        sender : str, optional
            By default the account "deployer".
        optimize, search_paths
            As in `compile_contract`.

        Raises
        ------
        CompileError
            If the source is missing or does not compile: one line.
        TransactionReverted
            If the constructor refuses.
        """
        compiled: Deployable
        if isinstance(source, str | Path):
            chosen = {} if optimize is None else {"optimize": optimize}
            places = [*search_paths, *(folder for folder in self._folders[1:] if folder.is_dir())]
            compiled = compile_contract(self._found(source), search_paths=places, **chosen)
        else:
            compiled = source
        contract = self._chain.deploy(compiled, *args, sender=sender)
        self.deployed.append(contract)
        return contract

    def _found(self, source: str | Path) -> str | Path:
        for folder in self._folders:
            for name in (source, f"{source}.vy"):
                if (folder / name).is_file():
                    return (folder / name).resolve()
        return source
