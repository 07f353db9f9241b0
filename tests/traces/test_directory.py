"""Who is who: names of people, contracts and vaults, and codes recognised wherever they run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from isomargin.chain import Chain, Contract, Transaction
from isomargin.chain.accounts import canonical_address, salted_address
from isomargin.contracts import CompiledContract, compile_contract
from isomargin.traces import Directory, system_directory
from isomargin.traces.clones import clone_init_code, clone_target, cloned_by
from isomargin.units import WAD

RELAY = Path(__file__).parents[1] / "chain" / "Relay.vy"
STRANGER = "0x" + 39 * "0" + "f"


@dataclass(frozen=True)
class Artefact:
    """A contract that came as ABI and creation code alone."""

    abi: Any
    init_code: bytes = b"\xfe"
    name: str = "Artefact"
    blueprint: bytes = field(default=b"", repr=False)

    def blueprint_init_code(self) -> bytes:
        return self.blueprint


@pytest.fixture(scope="module")
def relay() -> Contract:
    return Chain().deploy(compile_contract(RELAY))


def test_name__person_contract_precompile_and_stranger__are_told_apart(relay):
    directory = Directory({"relay": relay}, {"alice": STRANGER})
    assert directory.name(relay.address) == "relay"
    assert directory.name(STRANGER) == "alice"
    assert directory.name("0x" + 39 * "0" + "4") == "identity"
    nobody = "0x" + 40 * "0"
    assert (directory.name(nobody), directory.knows(nobody)) == (nobody, False)


def test_name__account_named_like_a_contract__is_called_an_account(relay):
    chain = relay.chain
    directory = Directory({"relay": relay}, name_of=chain.name_of)
    assert directory.name(chain.account("relay")) == "account relay"
    assert directory.name(chain.account("somebody")) == "somebody"


def test_compiled__same_code_elsewhere__is_recognised_also_while_it_is_created(relay):
    chain, directory = relay.chain, Directory({"relay": relay})
    creation = Transaction(chain.account("deployer"), None, relay.compiled.init_code)
    frame = chain.call_trace(creation)
    assert directory.compiled(frame) is relay.compiled
    other = chain.deploy(relay.compiled)
    frame = chain.call_trace(other.transaction("keep", 1, sender=chain.account("trader")))
    assert directory.source(frame) is relay.compiled
    assert Directory().compiled(frame) is None


def test_interface__artefact_without_its_code__is_that_of_the_address(relay):
    chain = relay.chain
    directory = Directory({"artefact": chain.at(relay.address, Artefact(relay.compiled.abi))})
    frame = chain.call_trace(relay.transaction("keep", 1, sender=chain.account("trader")))
    assert directory.source(frame) is None
    interface = directory.interface(frame)
    assert interface is not None
    call = interface.read_call(frame.data)
    assert call is not None
    assert call.function == "keep"


def test_clones__made_and_called__are_seen_through(relay):
    chain, sender = relay.chain, relay.chain.account("trader")
    receipt = chain.send(relay.transaction("clone", sender=sender))
    [creation] = chain.call_trace(receipt.transaction_hash).children
    assert cloned_by(creation) == relay.address
    assert creation.data == clone_init_code(canonical_address(relay.address))
    call = chain.call_trace(chain.at(creation.address, relay.compiled).transaction("keep", 1, sender=sender))
    assert clone_target(call) is call.children[0]
    plain = chain.call_trace(relay.transaction("keep", 1, sender=sender))
    assert (clone_target(plain), cloned_by(plain)) == (None, None)


def test_salted_address__example_of_the_standard__is_its_address():
    # the second example of EIP-1014
    sender = canonical_address("0xdeadbeef00000000000000000000000000000000")
    assert salted_address(sender, 0, b"\0") == "0xB928f69Bb1D91Cd65274e3c79d8986362984fDA3"


def test_system_directory__market_people_and_vaults__have_names(world):
    directory = system_directory(world.system, people={"mallory": STRANGER})
    assert directory.name(world.market.address) == "market"
    assert directory.name(world.system.admin) == "admin"
    assert directory.name(world.system.price_pusher) == "price pusher"
    assert directory.name(world.trader) == "trader"
    assert directory.name(STRANGER) == "mallory"
    for number in (1, 2):
        assert world.open(10 * WAD, world.tokens(200)) == number
        assert directory.name(world.vault(number)) == f"vault-{number}"


def test_system_directory__vault__is_read_by_the_code_behind_it(world):
    directory = system_directory(world.system)
    world.open(10 * WAD, world.tokens(200))
    last = world.chain.block(world.chain.block_number).receipts[0]
    frame = world.chain.call_trace(last.transaction_hash)
    targets = [target for each in frame.frames() if (target := clone_target(each)) is not None]
    vault = compile_contract("custody/PositionVault")
    assert targets
    for target in targets:
        compiled = directory.source(target)
        assert isinstance(compiled, CompiledContract)
        assert compiled.runtime_code == vault.runtime_code
