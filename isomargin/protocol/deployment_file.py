"""A deployed system as a file: what a bot needs to know of it, and the handles made from that again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from isomargin.chain import Chain, Contract, address_of, private_key_of
from isomargin.errors import InputError
from isomargin.protocol.system import System
from isomargin.protocol.terms import SystemTerms

__all__ = [
    "FORMAT",
    "DeployedAccount",
    "DeployedContract",
    "Deployment",
    "deployment_document",
    "named_account",
    "read_deployment",
    "system_at",
    "terms_document",
]

FORMAT = 1
"""Of the document; raised when a key changes its meaning."""

_OPTIONAL_CONTRACTS = ("sequencer_feed", "second_feed")


@dataclass(frozen=True)
class DeployedContract:
    """Where a contract is, and its ABI as JSON gives it."""

    address: str
    abi: tuple[dict[str, Any], ...] = field(repr=False)


@dataclass(frozen=True)
class DeployedAccount:
    """Somebody with a key that everybody may know.

    Attributes
    ----------
    name, address : str
        As people call it; checksummed.
    private_key : str
        ``0x`` and 64 hex digits.
    role : str
        What it does in the market: ``"bot"``, ``"admin"``, ``"oracle"``, ``"trader"``, ...
    """

    name: str
    address: str
    private_key: str = field(repr=False)
    role: str

    @property
    def key(self) -> bytes:
        """The private key's 32 bytes."""
        return bytes.fromhex(self.private_key.removeprefix("0x"))


@dataclass(frozen=True)
class _Token:
    """The collateral token."""

    symbol: str
    decimals: int


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a deployment file says.

    Attributes
    ----------
    scenario : str
        Its name.
    rpc_url, ws_url : str
        Where it was served.
    engine : str
        What executes.
    counts_gas : bool
        Whether its receipts tell gas.
    first_block, block : int
        From which block on the system's logs are to be read; the newest when the file was written.
    base : str
        The coin of the market.
    ether_price : str or None
        What gas is reckoned at: ``"index"`` for the market's own price, or the quote of an ether; None if the
        file does not say.
    contracts : mapping of str to DeployedContract
        By their names in `System.contracts`.
    terms : SystemTerms
        What the market was deployed with.
    """

    format: int
    scenario: str
    chain_id: int
    rpc_url: str
    ws_url: str
    engine: str
    counts_gas: bool
    first_block: int
    block: int
    token: _Token
    base: str
    contracts: dict[str, DeployedContract]
    accounts: tuple[DeployedAccount, ...]
    terms: SystemTerms
    ether_price: str | None = None

    def account(self, name: str) -> DeployedAccount:
        """Find an account by its name.

        Raises
        ------
        InputError
            If there is none.
        """
        for account in self.accounts:
            if account.name == name:
                return account
        known = ", ".join(account.name for account in self.accounts[:12]) or "none"
        raise InputError(f"no account {name!r} in the deployment, only: {known}")


def named_account(name: str, role: str) -> DeployedAccount:
    """Describe a named account of a `Chain`, whose key is keccak-256 of its name."""
    return DeployedAccount(name, address_of(name), f"0x{private_key_of(name).hex()}", role)


# Writing


def deployment_document(
    system: System,
    *,
    scenario: str,
    base: str,
    rpc_url: str,
    ws_url: str,
    accounts: Sequence[DeployedAccount],
    first_block: int = 0,
    ether_price: str | None = None,
) -> dict[str, Any]:
    """Write down a deployed system, ready for `json.dumps`.

    Parameters
    ----------
    system : System
        Deployed; its chain tells the block, the chain id and the engine.
    scenario, base : str
        The scenario's name, and the market's coin.
    rpc_url, ws_url : str
        Where the chain is served.
    accounts : sequence of DeployedAccount
        Whose keys bots may use; see `named_account`.
    first_block : int
        Before which the system logged nothing.
    ether_price : str, optional
        ``"index"``, or the quote of an ether as decimal text.
    """
    chain, terms = system.chain, system.terms
    return {
        "format": FORMAT,
        "scenario": scenario,
        "chain_id": chain.chain_id,
        "rpc_url": rpc_url,
        "ws_url": ws_url,
        "engine": chain.engine_name,
        "counts_gas": chain.counts_gas,
        "first_block": first_block,
        "block": chain.block_number,
        "token": {"symbol": terms.token_symbol, "decimals": terms.token_decimals},
        "base": base,
        "ether_price": ether_price,
        "contracts": {
            name: {"address": contract.address, "abi": list(contract.compiled.abi)}
            for name, contract in system.contracts.items()
        },
        "accounts": [
            {name: getattr(account, name) for name in ("name", "address", "private_key", "role")}
            for account in accounts
        ],
        "terms": terms_document(terms),
    }


def terms_document(terms: SystemTerms) -> dict[str, Any]:
    """Write terms as JSON: whole numbers as decimal text, because JSON's own lose digits above 2**53."""
    document = _texts(_adapter(SystemTerms).dump_python(terms))
    assert isinstance(document, dict)
    return document


def _texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _texts(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(part) for part in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


# Reading


def read_deployment(path: str | Path) -> Deployment:
    """Read and check a deployment file.

    Raises
    ------
    InputError
        One line: the file, the key, what was found and what was expected.
    """
    document = _load(path)
    if document.get("format") != FORMAT:
        found = document.get("format", "none")
        raise InputError(f"{path}: format: expected {FORMAT}, found {found}; is it a deployment file?")
    try:
        deployment: Deployment = _adapter(Deployment).validate_python(document)
        for name in _missing_contracts(deployment):
            raise InputError(f"contracts.{name}: missing")
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        key = ".".join(map(str, detail["loc"]))
        what = detail["msg"].splitlines()[0].replace("Input should be", "expected")
        raise InputError(f"{path}: {key}: {what}") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return deployment


def _load(path: str | Path) -> dict[str, Any]:
    try:
        document = orjson.loads(Path(path).read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: expected a deployment file, found a directory") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: expected JSON ({str(error).splitlines()[0]})") from None
    if not isinstance(document, dict):
        raise InputError(f"{path}: expected a JSON object, found {type(document).__name__}")
    return document


def _missing_contracts(deployment: Deployment) -> list[str]:
    return [name for name in System.contract_names() if name not in deployment.contracts]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


# Handles


@dataclass(frozen=True)
class _Interface:
    """A `Deployable` that is deployed already, so its ABI is all that is known of it."""

    name: str
    abi: tuple[dict[str, Any], ...] = field(repr=False)
    init_code: bytes = b""

    def blueprint_init_code(self) -> bytes:
        """Nothing: it is not created again."""
        return b""


def system_at(chain: Chain, deployment: Deployment) -> System:
    """Return handles on a system that others deployed.

    Parameters
    ----------
    chain : Chain
        Where it lives.
    deployment : Deployment
        Its addresses, ABIs and terms.
    """
    handles: dict[str, Contract | None] = dict.fromkeys(_OPTIONAL_CONTRACTS)
    for name in (*System.contract_names(), *_OPTIONAL_CONTRACTS):
        if (found := deployment.contracts.get(name)) is not None:
            handles[name] = chain.at(found.address, _Interface(name, found.abi))
    people = {account.role: account.address for account in reversed(deployment.accounts)}
    known: dict[str, Any] = handles
    return System(
        chain=chain,
        terms=deployment.terms,
        admin=people.get("admin", address_of("deployer")),
        price_pusher=people.get("oracle", address_of("oracle")),
        guardian=people.get("guardian", address_of("guardian")),
        **known,
    )
