"""The vault of a position: where it is, whose it is, and that only the market moves what it holds."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from isomargin.chain import Chain, Contract, Transaction
from isomargin.chain.accounts import checksum_address
from isomargin.contracts import compile_contract
from isomargin.units import WAD
from tests.market.world import FOREVER, World

ONLY_MARKET = "vault: only the market"


def vault_contract(world: World, address: str) -> Contract:
    return world.chain.at(address, compile_contract("custody/PositionVault"))


def implementation_of(chain: Chain, vault: str) -> str:
    """The target written into an EIP-1167 proxy."""
    code = chain.code_at(vault)
    head, tail = bytes.fromhex("363d3d373d3d3d363d73"), bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
    assert code.startswith(head)
    assert code.endswith(tail)
    assert len(code) == len(head) + 20 + len(tail)
    return checksum_address(code[len(head) : len(head) + 20])


def create2_address(creator: str, salt: int, init_code: bytes) -> str:
    """EIP-1014."""
    packed = b"\xff" + bytes.fromhex(creator[2:]) + salt.to_bytes(32, "big") + keccak(init_code)
    return checksum_address(keccak(packed)[12:])


def test_vault__address__follows_from_market_and_id(world: World):
    ids = [world.open(10 * WAD, world.tokens(200)) for _ in range(3)]
    implementation = implementation_of(world.chain, world.vault(1))
    proxy = bytes.fromhex("602d3d8160093d39f3363d3d373d3d3d363d73") + bytes.fromhex(implementation[2:])
    proxy += bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
    for id in ids:
        assert world.vault(id) == create2_address(world.market.address, id, proxy)


def test_vault__of_every_position__is_its_own_and_names_market_and_token(world: World):
    first = world.open(10 * WAD, world.tokens(200))
    second = world.open(10 * WAD, world.tokens(200))
    assert world.vault(first) != world.vault(second)
    for id in (first, second):
        vault = vault_contract(world, world.vault(id))
        assert vault.call("market") == world.market.address
        assert vault.call("asset") == world.system.token.address


@pytest.mark.parametrize("function", ["pay", "try_pay"])
@pytest.mark.parametrize("role", ["trader", "keeper", "admin", "guardian", "pool", "vault"])
def test_vault__anybody_but_the_market__moves_nothing(world: World, function: str, role: str, refused):
    id = world.open(10 * WAD, world.tokens(200))
    vault = vault_contract(world, world.vault(id))
    callers = {
        "trader": world.trader,
        "keeper": world.keeper,
        "admin": world.system.admin,
        "guardian": world.system.guardian,
        "pool": world.system.pool.address,
        "vault": vault.address,
    }
    held = world.balance(vault.address)
    with refused(ONLY_MARKET):
        vault.call(function, world.stranger, 1, sender=callers[role])
    if role in ("trader", "keeper", "admin", "guardian"):
        with refused(ONLY_MARKET):
            vault.transact(function, world.stranger, 1, sender=callers[role])
    assert world.balance(vault.address) == held
    # The market itself may: the call below only simulates it.
    assert vault.call(function, world.stranger, 1, sender=world.market.address) in (None, True)


def test_vault__implementation_of_the_proxies__obeys_the_market_alone(world: World, refused):
    world.open(10 * WAD, world.tokens(200))
    implementation = vault_contract(world, implementation_of(world.chain, world.vault(1)))
    assert world.balance(implementation.address) == 0
    with refused(ONLY_MARKET):
        implementation.transact("pay", world.stranger, 0, sender=world.stranger)


def test_vault__ether_and_unknown_calls__are_refused(world: World):
    vault = world.vault(world.open(10 * WAD, world.tokens(200)))
    sends = [
        Transaction(world.stranger, vault, value=1),
        Transaction(world.stranger, vault, b"\x12\x34\x56\x78"),
    ]
    block = world.chain.mine(sends)
    assert [receipt.success for receipt in block.receipts] == [False, False]


def test_vault__tokens_given_to_it__are_margin(world: World):
    id = world.open(10 * WAD, world.tokens(200))
    margin = world.position(id).margin
    world.chain.send(world.system.mint(world.vault(id), 123))
    assert world.position(id).margin == margin + 123
    before = world.balances()
    world.close(id)
    assert world.moved(before)["trader"] == world.tokens("202.999") + 123


def test_vault__tokens_there_before_it_is__are_margin_too(world: World):
    # Anyone can work out the next vault's address; what they send there cannot stop the opening.
    snapshot = world.chain.snapshot()
    vault = world.vault(world.open(10 * WAD, world.tokens(200)))
    world.chain.revert(snapshot)
    world.chain.send(world.system.mint(vault, 123))
    receipt = world.act("open", 10 * WAD, world.tokens(200), 2**255, FOREVER)
    opened = world.event(receipt, "PositionOpened")
    assert opened["vault"] == vault
    assert opened["margin"] == world.position(opened["id"]).margin == world.tokens("198.9995") + 123


def test_vault__of_an_ended_position__is_never_used_again(world: World):
    first = world.open(10 * WAD, world.tokens(200))
    old = world.vault(first)
    world.close(first)
    second = world.open(10 * WAD, world.tokens(200))
    assert second == first + 1
    assert world.vault(second) != old
    assert world.vault(first) == old
