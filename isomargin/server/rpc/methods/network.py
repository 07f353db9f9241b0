"""Who answers: chain id, client, accounts, and the questions that only a miner could say yes to."""

from __future__ import annotations

from importlib.metadata import version

from eth_utils.crypto import keccak

from isomargin.server.rpc.headers import COINBASE
from isomargin.server.rpc.parameters import MethodTable, required
from isomargin.server.rpc.quantities import data_json, parse_data, quantity_json
from isomargin.server.rpc.session import Session

__all__ = ["METHODS", "client_version"]

METHODS = MethodTable()

_VERSION = version("isomargin")
_NAMESPACES = ("anvil", "eth", "evm", "hardhat", "isomargin", "net", "personal", "rpc", "txpool", "web3")


def client_version(session: Session) -> str:
    """Return what answers: this program, its engine, and whether gas is counted."""
    name, release = session.node.chain.machine
    engine = f"{name}-{release}".replace("/", "-").replace(" ", "-")
    gas = "" if session.node.chain.counts_gas else "/gas-not-counted"
    return f"isomargin/{_VERSION}/{engine}{gas}"


@METHODS.method("web3_clientVersion")
def _client_version(session: Session) -> str:
    return client_version(session)


@METHODS.method("web3_sha3", takes=[required("data", parse_data)])
def _sha3(_: Session, data: bytes) -> str:
    return data_json(keccak(data))


@METHODS.method("net_version")
def _network(session: Session) -> str:
    return str(session.node.chain.chain_id)


@METHODS.method("net_listening")
def _is_listening(_: Session) -> bool:
    return True


@METHODS.method("net_peerCount", "eth_hashrate")
def _none(_: Session) -> str:
    return "0x0"


@METHODS.method("eth_chainId")
def _chain_id(session: Session) -> str:
    return quantity_json(session.node.chain.chain_id)


@METHODS.method("eth_syncing", "eth_mining")
def _no(_: Session) -> bool:
    return False


@METHODS.method("eth_coinbase")
def _coinbase(_: Session) -> str:
    return COINBASE


@METHODS.method("eth_accounts")
def _accounts(session: Session) -> list[str]:
    return [address.lower() for address in session.node.unlocked]


@METHODS.method("rpc_modules")
def _modules(_: Session) -> dict[str, str]:
    return dict.fromkeys(_NAMESPACES, "1.0")
