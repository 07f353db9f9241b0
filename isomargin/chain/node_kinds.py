"""Development nodes: how to start them, how to tell them apart, and what each calls the same thing."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from isomargin.chain.node_records import fields_of, integer
from isomargin.chain.node_rpc import NodeRefusal, NodeRpc, Request
from isomargin.errors import ChainError, InputError

__all__ = ["Genesis", "NodeKind", "check_genesis", "find_kind", "start_command"]

_TOO_LARGE_CODE = "0x620060016000f3"  # creation code that returns 24,577 zeros


@dataclass(frozen=True)
class Genesis:
    """What a node must start from; the fields are those of `Chain`."""

    chain_id: int
    timestamp: int
    base_fee: int
    gas_limit: int
    unlimited_code: bool


@dataclass(frozen=True)
class NodeKind:
    """One make of development node.

    Attributes
    ----------
    name : str
        Also the prefix of its own methods.
    version : str
        As the node gives it.
    """

    name: str
    version: str

    @property
    def is_anvil(self) -> bool:
        """Whether it is anvil; else it is hardhat."""
        return self.name == "anvil"

    @property
    def keeps_batch_order(self) -> bool:
        """Whether it works on the requests of a batch in their order; hardhat does not."""
        return self.is_anvil

    def set_balance(self, address: str, amount: int) -> Request:
        """Write a balance, in wei."""
        return f"{self.name}_setBalance", (address, hex(amount))

    def impersonate(self, address: str) -> Request:
        """Let anybody send for an address."""
        return f"{self.name}_impersonateAccount", (address,)

    def set_base_fee(self, amount: int) -> Request:
        """Choose the base fee of the next block, in wei per gas."""
        return f"{self.name}_setNextBlockBaseFeePerGas", (hex(amount),)

    def empty_pool(self, hashes: Sequence[str]) -> list[Request]:
        """Forget transactions that were sent but not mined."""
        if self.is_anvil:
            return [("anvil_dropAllTransactions", ())]
        return [("hardhat_dropTransaction", (each,)) for each in hashes]

    def start_command(self, url: str, genesis: Genesis) -> str:
        """Say how to start such a node."""
        return start_command(url, genesis) if self.is_anvil else _hardhat_command(url, genesis)


def start_command(url: str, genesis: Genesis) -> str:
    """Return the shell command that starts an anvil fit for the genesis, at this address."""
    return (
        f"anvil {_place(url)} --chain-id {genesis.chain_id} --timestamp {genesis.timestamp} "
        f"--gas-limit {genesis.gas_limit} --block-base-fee-per-gas {genesis.base_fee} "
        "--hardfork prague --order fifo --no-mining --silent"
        + (" --disable-code-size-limit" if genesis.unlimited_code else "")
    )


def _place(url: str) -> str:
    """Return the option that names the place, or raise InputError if the address names none."""
    path = url.removeprefix("ipc://")
    if path and path != url:
        return f"--ipc {shlex.quote(path)}"
    parts = urlsplit(url)
    try:
        port = parts.port or 8545
    except ValueError:
        port = 0
    if not port or not parts.hostname:
        raise InputError(f"{url!r} is no address of a node, expected http://HOST:PORT or ipc:///PATH")
    return f"--port {port}"


def _hardhat_command(url: str, genesis: Genesis) -> str:
    settings = [
        f"chainId: {genesis.chain_id}",
        f'initialDate: "{datetime.fromtimestamp(genesis.timestamp, UTC).isoformat()}"',
        f"blockGasLimit: {genesis.gas_limit}",
        f"initialBaseFeePerGas: {genesis.base_fee}",
        'hardfork: "prague"',
        f"allowUnlimitedContractSize: {str(genesis.unlimited_code).lower()}",
        'mining: { auto: false, mempool: { order: "fifo" } }',
    ]
    return (
        f"npx hardhat node {_place(url)} "
        f"with networks.hardhat = {{ {', '.join(settings)} }} in its configuration"
    )


def find_kind(rpc: NodeRpc) -> NodeKind:
    """Ask a node what it is, first by its name, then by what it can do.

    Raises
    ------
    ChainError
        If it is no development node.
    """
    version = str(rpc.request("web3_clientVersion"))
    for name, own_method in (("anvil", "anvil_nodeInfo"), ("hardhat", "hardhat_metadata")):
        if version.lower().startswith(name) or _answers(rpc, own_method):
            return NodeKind(name, version)
    raise ChainError(
        f"{rpc.url} is {version}, without the development calls of anvil or hardhat (evm_mine, "
        "evm_setNextBlockTimestamp, evm_snapshot, anvil_setBalance): blocks cannot be made there at chosen "
        "times, though web3.Web3 still reads it; run on anvil, or leave the engine out"
    )


def _answers(rpc: NodeRpc, method: str) -> bool:
    try:
        rpc.request(method)
    except NodeRefusal:
        return False
    return True


def check_genesis(rpc: NodeRpc, kind: NodeKind, genesis: Genesis) -> None:
    """Require a node that nobody has used, at the genesis asked for.

    The gas limit is set where the node allows it; its genesis base fee does not matter, because the base
    fee of every block is set.

    Raises
    ------
    InputError
        If it is another chain, another time, or not fresh; says how to start it.
    """
    chain_id, head = rpc.batch([("eth_chainId", ()), ("eth_getBlockByNumber", ("latest", False))])
    head = fields_of(head)
    wanted = {
        "chain id": (integer(chain_id), genesis.chain_id),
        "block": (integer(head["number"]), 0),
        "genesis time": (integer(head["timestamp"]), genesis.timestamp),
    }
    faults = [f"{what} {found}, expected {fit}" for what, (found, fit) in wanted.items() if found != fit]
    if integer(head["number"]):
        faults = [f"{faults[0]} (it was used before)"] if "block" in faults[0] else faults
    if not faults:
        faults = _unfit_limits(rpc, genesis, integer(head["gasLimit"]))
    if faults:
        raise InputError(
            f"{rpc.url} is {kind.version} with {'; '.join(faults)}; "
            f"start it anew: {kind.start_command(rpc.url, genesis)}"
        )


def _unfit_limits(rpc: NodeRpc, genesis: Genesis, gas_limit: int) -> list[str]:
    if gas_limit != genesis.gas_limit and not _takes_gas_limit(rpc, genesis.gas_limit):
        return [f"block gas limit {gas_limit}, expected {genesis.gas_limit}"]
    if genesis.unlimited_code:
        (outcome,) = rpc.outcomes([("eth_call", ({"data": _TOO_LARGE_CODE}, "latest"))])
        if isinstance(outcome, NodeRefusal):
            return ["a limit on the size of code, expected none"]
    return []


def _takes_gas_limit(rpc: NodeRpc, gas_limit: int) -> bool:
    try:
        return bool(rpc.request("evm_setBlockGasLimit", hex(gas_limit)))
    except NodeRefusal:
        return False
