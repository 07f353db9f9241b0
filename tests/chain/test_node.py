"""The node engine on a real anvil: what holds of any chain, and the very figures of py-evm."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from isomargin.chain import ENDOWMENT, Block, Chain, Contract, Transaction, private_key_of
from isomargin.contracts import CompiledContract
from isomargin.errors import ChainError, TransactionReverted
from tests.chain import test_chain, test_reading, test_rehearsal, test_snapshots
from tests.chain.anvil import DEFAULT_GENESIS, Anvil, running_anvil
from tests.chain.test_chain import noted  # noqa: F401 - a fixture that their tests ask for
from tests.system_helpers import Stage

GENESIS = DEFAULT_GENESIS.timestamp
NOBODY = "0x00000000000000000000000000000000DeaDBeef"
# The system contracts of a real chain write in every block of anvil, so that its state root always changes.
ROOTS_OF_A_BARE_CHAIN = {
    "test_mine__nothing__empty_block_twelve_seconds_later",
    "test_call__of_a_mutator__changes_nothing",
}

for _module in (test_chain, test_reading, test_snapshots, test_rehearsal):
    for _name, _test in inspect.getmembers(_module, inspect.isfunction):
        _needs = set(inspect.signature(_test).parameters)
        _needs |= {mark.args[0] for mark in getattr(_test, "pytestmark", ()) if mark.args[0] == "engine"}
        if not _name.startswith("test_") or _name in ROOTS_OF_A_BARE_CHAIN or "engine" in _needs:
            continue
        if _needs & {"chain", "probe"}:
            globals()[_name] = _test


@pytest.fixture(scope="module")
def shared_anvil() -> Iterator[Anvil]:
    with running_anvil() as anvil:
        yield anvil


@pytest.fixture
def anvil(shared_anvil: Anvil) -> Iterator[Anvil]:
    """An anvil at its genesis block, to which it returns after the test."""
    fresh = shared_anvil.ask("evm_snapshot")
    yield shared_anvil
    shared_anvil.ask("anvil_dropAllTransactions")
    assert shared_anvil.ask("evm_revert", fresh)


@pytest.fixture
def chain(anvil: Anvil) -> Chain:
    return Chain(anvil.url)


# The same as on py-evm


def outlines(chain: Chain) -> list[Block]:
    """All blocks, without what is the node's own."""
    blocks = [chain.block(number) for number in range(1, chain.block_number + 1)]
    return [replace(block, hash=b"", state_root=b"") for block in blocks]


def trade(chain: Chain) -> Chain:
    """Deploy the whole system, open, push the price, liquidate, close; some of it fails."""
    stage = Stage(chain=chain)
    stage.welcome("long", "short", "bold", "broke")
    stage.mine(
        stage.opening("long", 10, 100),
        stage.opening("short", -10, 100),
        stage.opening("bold", 20, 90),
        stage.opening("broke", 1, 3),
    )
    stage.push("99")
    stage.push("96.5")
    stage.mine(stage.liquidations())
    stage.mine(stage.closing("long", 1), stage.closing("short", 2))
    assert stage.finish() == set()
    return chain


def test_blocks__of_a_market_with_a_liquidation__equal_those_of_py_evm_to_the_unit(chain):
    ours, theirs = outlines(trade(chain)), outlines(trade(Chain()))
    assert ours == theirs  # hashes of transactions, gas, prices, logs, addresses, reasons
    receipts = [receipt for block in ours for receipt in block.receipts]
    assert [receipt.revert_reason for receipt in receipts if not receipt.success] == [
        "market: below initial margin"
    ]


def test_state__after_the_same_market__equals_that_of_py_evm(chain):
    pictures = []
    for each in (chain, Chain()):
        stage = Stage(chain=each)
        stage.open_one("long", 10, 100)
        contracts = [stage.system.market.address, stage.system.token.address, stage.view(1).vault]
        people = [each.account(name) for name in ("long", "lp", "keeper", "deployer")]
        pictures.append(
            (
                [each.storage_at(address, slot) for address in contracts for slot in range(12)],
                [each.code_at(address) for address in contracts],
                [(each.balance(person), each.nonce(person)) for person in people],
                stage.view(1),
            )
        )
    assert pictures[0] == pictures[1]


def fail_in_many_ways(chain: Chain, probe_code: CompiledContract) -> Block:
    probe = chain.deploy(probe_code, 5)
    trader = chain.account("trader")
    functions = ("raise_without_reason", "raise_custom", "spin")
    creations = {
        "too much code": "620060016000f3",
        "code that begins with 0xef": "60ef60005360016000f3",
        "invalid": "fe",
        "unknown opcode": "0c",
        "jump from an empty stack": "56",
        "jump to nowhere": "600056",
        "return data that is not there": "60016000600038603f3e60016000f3",
        "unlucky": (probe_code.init_code + (13).to_bytes(32, "big")).hex(),
    }
    return chain.mine(
        [
            *(probe.transaction(function, sender=trader, gas=100_000) for function in functions),
            probe.transaction("note", 13, sender=trader),
            Transaction(trader, probe.address, value=1),
            *(Transaction(trader, None, bytes.fromhex(code), gas=1_000_000) for code in creations.values()),
        ]
    )


def test_mine__failing_in_many_ways__receipts_equal_those_of_py_evm(chain, probe_code):
    ours, theirs = (fail_in_many_ways(each, probe_code) for each in (chain, Chain()))
    assert ours.receipts == theirs.receipts
    assert {receipt.revert_reason for receipt in ours.receipts} >= {
        "", "out of gas", "probe: unlucky", "invalid jump destination", "insufficient stack",
        "code above the limit of 24576 bytes", "reserved bytes in code", "invalid instruction",
    }  # fmt: skip
    assert all(receipt.contract_address for receipt in ours.receipts if receipt.to is None)


def test_call__halting__raises_what_py_evm_raises(chain):
    for code in ("620060016000f3", "fe", "56", "600056", "60ef60005360016000f3"):
        messages = []
        for each in (chain, Chain()):
            with pytest.raises(TransactionReverted) as caught:
                each.call(Transaction(NOBODY, None, bytes.fromhex(code)))
            messages.append((caught.value.reason, caught.value.data))
        assert messages[0] == messages[1]


def test_call__with_gas_price_and_value__needs_no_ether(chain, probe):
    transaction = replace(probe.transaction("note", 7, sender=NOBODY), value=5, gas_price=10**9)
    assert chain.call(transaction) == b""
    assert chain.balance(NOBODY) == 0


@pytest.mark.parametrize("address", ["0x12", "trader"])
def test_reading__of_no_address__raises(chain, address):
    for read in (chain.balance, chain.nonce, chain.code_at):
        with pytest.raises(ChainError, match="is not an address"):
            read(address)


def test_gas_price__zero__is_paid_where_the_base_fee_is_zero(chain, probe):
    trader = chain.account("trader")
    assert probe.transact("note", sender=trader, gas_price=0).gas_price == 0
    assert chain.balance(trader) == ENDOWMENT


def test_trace__asked_for__is_refused(chain):
    assert chain.counts_gas
    assert not chain.keeps_traces
    with pytest.raises(ChainError, match="keeps no traces"):
        chain.trace()


# Blocks whole, in order, or not at all


def standing(chain: Chain, probe: Contract) -> tuple:
    people = [chain.account(name) for name in ("trader", "newcomer")]
    return (
        chain.block_number,
        chain.block_hash(chain.block_number),
        [(chain.nonce(person), chain.balance(person)) for person in people],
        probe.call("number"),
        probe.call("head")[:2],
    )


def test_mine__many_transactions_of_many_senders__keep_their_order(chain, probe):
    people = [chain.account(f"trader{number % 7}") for number in range(150)]
    block = chain.mine(
        [
            probe.transaction("note", 20 + step, sender=person, gas=200_000)
            for step, person in enumerate(people)
        ]
    )
    events = probe.events(log for receipt in block.receipts for log in receipt.logs)
    assert [event.args["number"] for event in events] == list(range(20, 170))
    assert [receipt.sender for receipt in block.receipts] == people


def test_mine__one_of_many_refused_when_sent__the_pool_is_left_empty(anvil, chain, probe):
    trader, before = chain.account("trader"), standing(chain, probe)
    fit = [probe.transaction("note", number, sender=trader) for number in range(3)]
    with pytest.raises(ChainError, match=r"^block 2 refused: [^\n]*funds"):
        chain.mine([*fit, replace(fit[0], value=10**30)])
    assert standing(chain, probe) == before
    assert anvil.ask("txpool_status") == {"pending": "0x0", "queued": "0x0"}
    assert len(chain.mine(fit).receipts) == 3


def test_mine__more_than_fits__all_is_undone_and_snapshots_and_endowments_live(anvil, chain, probe):
    snapshot = chain.snapshot()
    probe.transact("note", 6, sender=chain.account("trader"))
    later, before = chain.snapshot(), standing(chain, probe)
    newcomer = chain.account("newcomer")
    crowd = [probe.transaction("note", 7, sender=newcomer, gas=gas) for gas in (100_000, 100_000, 36_000_000)]
    with pytest.raises(ChainError, match=r"^block 3 refused: 1 of 3 transactions did not get in[^\n]*$"):
        chain.mine(crowd)
    assert standing(chain, probe) == before
    assert anvil.ask("txpool_status") == {"pending": "0x0", "queued": "0x0"}
    assert chain.mine(crowd[:2]).timestamp == GENESIS + 36
    chain.revert(later)
    assert standing(chain, probe) == before
    chain.revert(snapshot)
    assert (chain.block_number, probe.call("number")) == (1, 5)


def test_mine__sender_spends_more_than_it_has_in_one_block__is_undone(chain):
    trader = chain.account("trader")
    half = Transaction(trader, NOBODY, value=6 * 10**26, gas=21_000)
    with pytest.raises(ChainError, match="block 1 refused: 1 of 2 transactions did not get in"):
        chain.mine([half, half])
    assert (chain.block_number, chain.balance(NOBODY), chain.nonce(trader)) == (0, 0, 0)
    assert chain.send(half).success


def test_mine__on_a_node_that_sorts_by_fees__raises_the_way_to_start_it_and_undoes(probe_code):
    with running_anvil(order="fees") as anvil:
        chain = Chain(anvil.url)
        probe = chain.deploy(probe_code, 5)
        people = [chain.account(name) for name in ("trader", "keeper")]
        before = standing(chain, probe)
        pair = [
            probe.transaction("note", 7 + step, sender=person, gas_price=(1 + step) * 10**9)
            for step, person in enumerate(people)
        ]
        with pytest.raises(ChainError, match=r"in another order; start it .*: anvil .*--order fifo"):
            chain.mine(pair)
        assert standing(chain, probe) == before
        assert len(chain.mine(pair[::-1]).receipts) == 2


def test_mine__after_somebody_else_mined__raises(anvil, chain):
    chain.mine()
    anvil.ask("evm_mine")
    with pytest.raises(ChainError, match=r"^block 2 at http[^\n]* somebody else mines there"):
        chain.mine()


def test_mine__with_a_transaction_of_somebody_else_in_the_pool__raises_and_undoes(anvil, chain, probe):
    before = standing(chain, probe)
    dev = anvil.ask("eth_accounts")[0]  # whose key anvil holds
    anvil.ask("eth_sendTransaction", {"from": dev, "to": NOBODY, "value": "0x1"})
    with pytest.raises(ChainError, match=r"^block 2 refused: transactions of somebody else got in"):
        chain.mine()
    assert standing(chain, probe) == before
    assert chain.mine().receipts == ()


def test_rehearsals__one_after_another__take_one_snapshot_each(anvil, chain):
    first = int(anvil.ask("evm_snapshot"), 16)
    for _ in range(3):
        with chain.rehearsal():
            chain.mine()
    assert int(anvil.ask("evm_snapshot"), 16) == first + 4


def test_revert__to_one_of_two_snapshots_of_the_same_state__the_older_lives(chain, probe):
    trader = chain.account("trader")
    older = chain.snapshot()
    probe.transact("note", 7, sender=trader)
    chain.revert(older)
    newer = chain.snapshot()
    for snapshot in (newer, newer, older, older):
        probe.transact("note", 8, sender=trader)
        chain.revert(snapshot)
        assert (probe.call("number"), chain.nonce(trader)) == (5, 0)


# Web3 on the same node


def test_w3__same_node__same_figures(chain, probe):
    receipt = probe.transact("note", 7, sender=chain.account("trader"))
    w3, head = chain.w3, chain.block(chain.block_number)
    assert w3 is chain.w3
    assert w3.eth.chain_id == chain.chain_id
    assert bytes(w3.eth.get_block("latest")["hash"]) == head.hash
    assert w3.eth.get_transaction_receipt(receipt.transaction_hash)["gasUsed"] == receipt.gas_used
    assert w3.eth.contract(probe.address, abi=list(probe.compiled.abi)).functions.number().call() == 7


def test_w3__mining_and_going_back__the_chain_follows(chain, probe):
    w3, trader = chain.w3, chain.account("trader")
    signer = w3.eth.account.from_key(private_key_of("trader"))
    fresh = w3.provider.make_request("evm_snapshot", [])["result"]
    order = {"to": NOBODY, "value": 3, "gas": 21_000, "gasPrice": 10**10, "nonce": 0, "chainId": 1337}
    w3.eth.send_raw_transaction(signer.sign_transaction(order).raw_transaction)
    w3.provider.make_request("evm_mine", [GENESIS + 100])
    assert (chain.block_number, chain.timestamp, chain.nonce(trader)) == (2, GENESIS + 100, 1)
    (receipt,) = chain.block(2).receipts
    assert (receipt.sender, receipt.to, receipt.gas_used) == (trader, NOBODY, 21_000)
    probe.transact("note", 8, sender=trader)
    assert w3.provider.make_request("evm_revert", [fresh])["result"]
    assert (chain.block_number, chain.nonce(trader), probe.call("number")) == (1, 0, 5)
    probe.transact("note", 9, sender=trader)
    assert [event.args["number"] for event in probe.events(chain.logs())] == [9]


# Reading


def test_read__a_hundred_views__take_four_requests(chain, probe, monkeypatch):
    asked: list[int] = []
    provider = chain._engine._rpc.provider
    take_batch = provider.make_batch_request

    def counted(requests: list[object]) -> object:
        asked.append(len(requests))
        return take_batch(requests)

    monkeypatch.setattr(provider, "make_batch_request", counted)
    assert chain.read([probe.view("number")] * 100) == [5] * 100
    assert asked == [32, 32, 32, 4]


# The node goes away


def test_node__killed_in_mid_run__every_request_raises_one_line(probe_code):
    with running_anvil() as anvil:
        chain = Chain(anvil.url)
        probe = chain.deploy(probe_code, 5)
        trader = chain.account("trader")
        anvil.kill()
        transaction = probe.transaction("note", 7, sender=trader)
        for attempt in (
            chain.mine,
            lambda: chain.mine([transaction]),
            lambda: probe.call("number"),
            chain.snapshot,
        ):
            with pytest.raises(ChainError, match=f"^no answer from {anvil.url} [^\n]*anvil --port[^\n]*$"):
                attempt()


def test_custom_error__in_a_call__keeps_its_data(probe):
    with pytest.raises(TransactionReverted) as caught:
        probe.call("raise_custom")
    assert caught.value.data == keccak(text="Nope(uint256)")[:4]
