"""Deploying, calling and decoding through the contract handle."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from isomargin.chain import Chain, Transaction
from isomargin.contracts import CompiledContract
from isomargin.errors import ChainError, TransactionReverted

NOBODY = "0x00000000000000000000000000000000DeaDBeef"


def test_deploy__with_arguments__runs_the_constructor(chain, probe_code):
    lp = chain.account("lp")
    contract = chain.deploy(probe_code, 9, sender=lp)
    assert (contract.call("number"), contract.call("creator")) == (9, lp)
    assert chain.deploy(probe_code, 9).call("creator") == chain.account("deployer")


def test_deploy__constructor_refuses__raises_its_reason(chain, probe_code):
    with pytest.raises(TransactionReverted, match="probe: unlucky"):
        chain.deploy(probe_code, 13)


@pytest.mark.parametrize("arguments", [(), (1, 2)])
def test_deploy__wrong_number_of_arguments__raises(chain, probe_code, arguments):
    with pytest.raises(ChainError, match=rf"constructor takes \(uint256\), found {len(arguments)} arguments"):
        chain.deploy(probe_code, *arguments)


@pytest.mark.parametrize(
    ("size", "reason"), [(24_576, None), (24_577, "code above the limit of 24576 bytes")]
)
def test_deploy__size_of_the_code__is_limited(chain, size, reason):
    # PUSH3 size, PUSH0, RETURN: as many zero bytes as asked for become the code
    init_code = b"\x62" + size.to_bytes(3, "big") + b"\x5f\xf3"
    transaction = Transaction(chain.account("deployer"), None, init_code, gas=30_000_000)
    (receipt,) = chain.mine([transaction]).receipts
    assert receipt.revert_reason == (reason or "")
    assert len(chain.code_at(receipt.contract_address)) == (0 if reason else size)


def test_deploy__init_code_above_its_limit__raises(chain):
    with pytest.raises(ChainError, match="block 1 refused"):
        chain.send(Transaction(chain.account("deployer"), None, bytes(49_153), gas=30_000_000))
    assert chain.block_number == 0


@pytest.mark.parametrize("size", [24_577, 100_000])
def test_deploy__unlimited_code__takes_any_size(engine, size):
    chain = Chain(engine, unlimited_code=True)
    init_code = b"\x62" + size.to_bytes(3, "big") + b"\x5f\xf3" + bytes(49_153)
    receipt = chain.send(Transaction(chain.account("deployer"), None, init_code, gas=30_000_000))
    assert len(chain.code_at(str(receipt.contract_address))) == size


@pytest.mark.parametrize("unlimited", [False, True])
def test_deploy__code_of_any_size__still_refuses_the_reserved_first_byte(engine, unlimited):
    chain = Chain(engine, unlimited_code=unlimited)
    # PUSH1 0xEF, PUSH0, MSTORE8, PUSH1 1, PUSH0, RETURN
    init_code = bytes.fromhex("60ef5f5360015ff3")
    (receipt,) = chain.mine([Transaction(chain.account("deployer"), None, init_code)]).receipts
    assert (receipt.success, receipt.revert_reason) == (False, "reserved bytes in code")


def test_chain__unlimited_code__changes_nothing_else(engine, probe_code):
    def story(chain):
        probe = chain.deploy(probe_code, 5)
        trader = chain.account("trader")
        chain.mine([probe.transaction("note", number, sender=trader) for number in (7, 13)])
        return [chain.block(number) for number in range(3)]

    assert story(Chain(engine, unlimited_code=True)) == story(Chain(engine))


def test_deploy_blueprint__holds_preamble_and_init_code(chain, probe_code):
    address = chain.deploy_blueprint(probe_code)
    assert chain.code_at(address) == bytes.fromhex("fe7100") + probe_code.init_code


def test_at__another_handle__sees_the_same_contract(chain, probe, probe_code):
    probe.transact("note", 77, sender=chain.account("trader"))
    assert chain.at(probe.address, probe_code).call("number") == 77


def test_call__structs_and_arrays__come_as_tuples_with_checksummed_addresses(chain, probe):
    entry, entries = probe.call("entries", 2)
    assert entry == (chain.account("deployer"), 5)
    assert entries == ((probe.address, 0), (probe.address, 1))


def test_call__default_arguments__found_by_their_number(chain, probe):
    trader = chain.account("trader")
    probe.transact("note", sender=trader)
    assert probe.call("number") == 1
    probe.transact("note", 3, "label", sender=trader)
    assert probe.call("number") == 3


def test_call__no_such_function__raises_and_names_those_there_are(probe):
    with pytest.raises(ChainError, match=r"no function 'nope', only: chain_id, .*, note, .*, tick"):
        probe.call("nope")


def test_call__wrong_number_of_arguments__raises(probe):
    with pytest.raises(
        ChainError, match=r"note takes \(\) or \(uint256\) or \(uint256,string\), found 3 arg"
    ):
        probe.call("note", 1, "a", "b")


@pytest.mark.parametrize("value", [-1, 2**256, "5", None, 1.5])
def test_call__argument_that_does_not_fit__raises(probe, value):
    with pytest.raises(ChainError, match=r"note: cannot encode .* as \(uint256\)"):
        probe.call("note", value)


def test_call__nothing_at_the_address__raises(chain, probe_code):
    with pytest.raises(ChainError, match=f"Probe.number: no contract at {NOBODY}"):
        chain.at(NOBODY, probe_code).call("number")


def test_transact__with_value__moves_ether(chain, probe):
    probe.transact("note", 1, sender=chain.account("trader"), value=123)
    assert chain.balance(probe.address) == 123


def test_events__decoded__with_indexed_text_as_its_hash(chain, probe):
    trader = chain.account("trader")
    receipt = probe.transact("note", 7, "hello", sender=trader)
    (event,) = probe.events(receipt.logs)
    assert event.name == "Noted"
    assert list(event.args.items()) == [("who", trader), ("number", 7), ("label", keccak(text="hello"))]
    assert event.log == receipt.logs[0]


def test_events__of_another_contract__are_left_out(chain, probe, probe_code):
    other = chain.deploy(probe_code, 1)
    receipt = other.transact("note", sender=chain.account("trader"))
    assert probe.events(receipt.logs) == []
    assert len(other.events(receipt.logs)) == 1


def test_events__unknown_to_the_abi__are_left_out(chain, probe, probe_code):
    receipt = probe.transact("tick", sender=chain.account("trader"))
    abi = tuple(entry for entry in probe_code.abi if entry.get("name") != "Ticked")
    stripped = CompiledContract("Stripped", abi, b"", b"", {}, {}, {})
    assert chain.at(probe.address, stripped).events(receipt.logs) == []
    with pytest.raises(ChainError, match="no event 'Ticked', only: Noted"):
        chain.at(probe.address, stripped).abi.topic("Ticked")
