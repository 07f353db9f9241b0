"""Call traces: what a transaction called and logged, in order, and where it failed; and runs played again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from isomargin.chain import CallFrame, Chain, Contract, Log, Transaction, replayed, replayed_trace, trace_of
from isomargin.chain.accounts import checksum_address
from isomargin.contracts import CompiledContract, compile_contract
from isomargin.errors import ChainError

ENDLESS = 10**30  # wei, more than an endowment


@pytest.fixture(params=["py-evm", "py-evm-plain"])
def engine(request: pytest.FixtureRequest) -> str:
    """Only these record calls."""
    return str(request.param)


@pytest.fixture(scope="session")
def relay_code() -> CompiledContract:
    return compile_contract(Path(__file__).parent / "Relay.vy")


@pytest.fixture
def relay(chain: Chain, relay_code: CompiledContract) -> Contract:
    return chain.deploy(relay_code)


def traced(contract: Contract, function: str, *args: object, gas: int = 3_000_000) -> CallFrame:
    """Mine a call, fail as it may, and trace it; what holds for every trace holds for it."""
    chain = contract.chain
    sender = chain.account("trader")
    block = chain.mine([contract.transaction(function, *args, sender=sender, gas=gas)])
    receipt = block.receipts[0]
    frame = chain.call_trace(receipt.transaction_hash)
    assert (frame.success, frame.reason) == (receipt.success, receipt.revert_reason)
    assert (frame.sender, frame.address, frame.gas) == (sender, contract.address, gas)
    assert frame.gas_used == receipt.gas_used
    assert tuple(log for log in frame.all_logs() if log.log_index >= 0) == receipt.logs
    if not receipt.success:
        assert frame.output == receipt.revert_data
    return frame


def outline(frame: CallFrame) -> list[object]:
    """The frame as nested lists: its kind, then numbers for what it logged and lists for what it called."""
    return [
        frame.kind,
        *(
            int.from_bytes(step.data, "big") if isinstance(step, Log) else outline(step)
            for step in frame.steps
        ),
    ]


def test_call_trace__calls_within_calls__stand_in_order_with_the_events_around_them(relay):
    frame = traced(relay, "climb", 2)
    assert outline(frame) == ["call", 2, ["call", 1, ["call", 0, 0], 1], 2]
    assert [child.sender for child in frame.children] == [relay.address]
    assert [log.log_index for log in frame.all_logs()] == [0, 1, 2, 3, 4, 5]


def test_call_trace__static_call__is_told_from_a_call_and_has_what_it_returned(chain, relay, relay_code):
    other = chain.deploy(relay_code)
    frame = traced(relay, "ask", other.address, 21)
    [asked] = frame.children
    assert (asked.kind, asked.address, asked.code_address) == ("staticcall", other.address, other.address)
    assert asked.data == relay.abi.function("double", 1).encode([21])
    assert int.from_bytes(asked.output, "big") == int.from_bytes(frame.output, "big") == 42


def test_call_trace__proxy__runs_the_code_of_another_on_its_own_storage(chain, relay, relay_code):
    made = traced(relay, "clone")
    [creation] = made.children
    assert (creation.kind, creation.success) == ("create", True)
    assert checksum_address(made.output[-20:]) == creation.address
    assert chain.code_at(creation.address) == creation.output
    frame = traced(chain.at(creation.address, relay_code), "keep", 7)
    assert outline(frame) == ["call", ["delegatecall", 7]]
    [borrowed] = frame.children
    assert (borrowed.address, borrowed.code_address) == (creation.address, relay.address)
    assert borrowed.sender == frame.sender
    assert borrowed.logs[0].address == creation.address


def test_call_trace__contract_is_created__has_init_code_in_and_code_out(chain, relay_code):
    creator = chain.account("deployer")
    block = chain.mine([Transaction(creator, None, relay_code.init_code)])
    frame = chain.call_trace(block.receipts[0].transaction_hash)
    assert (frame.kind, frame.address) == ("create", block.receipts[0].contract_address)
    assert (frame.data, frame.output) == (relay_code.init_code, relay_code.runtime_code)
    assert frame.gas_used == block.receipts[0].gas_used


def test_call_trace__refusal_below__bubbles_up_through_every_frame(chain, relay, relay_code):
    other = chain.deploy(relay_code)
    frame = traced(relay, "pass_on", other.address)
    [below] = frame.children
    assert frame.reason == below.reason == "relay: refused"
    assert frame.output == below.output
    assert frame.origin() is below
    assert [log.log_index for log in frame.all_logs()] == [-1]


def test_call_trace__refusal_is_caught__leaves_the_caller_unharmed(chain, relay, relay_code):
    other = chain.deploy(relay_code)
    frame = traced(relay, "catch", other.address)
    assert (frame.success, frame.children[0].success) == (True, False)
    assert outline(frame) == ["call", 1, ["call", 99], 1]
    assert [log.log_index for log in frame.all_logs()] == [0, -1, 1]
    assert frame.origin() is frame


def test_call_trace__out_of_gas__says_so_and_has_used_all(relay):
    frame = traced(relay, "spin", gas=200_000)
    assert (frame.reason, frame.gas_used, frame.output) == ("out of gas", 200_000, b"")


def test_call_trace__out_of_gas_below__is_told_apart_from_what_caught_it(chain, relay, relay_code):
    other = chain.deploy(relay_code)
    frame = traced(relay, "catch_spin", other.address)
    assert frame.success
    assert [(child.reason, child.gas_used) for child in frame.children] == [("out of gas", 100_000)]


@pytest.mark.parametrize(
    ("function", "reason", "last"),
    [("assert_bare", "", 0xFD), ("assert_unreachable", "invalid instruction", 0xFE)],
)
def test_call_trace__assertion_without_a_reason__is_known_by_the_jump_or_the_counter(
    relay, function, reason, last
):
    frame = traced(relay, function, 10)
    assert frame.reason == reason
    assert frame.stop is not None
    assert frame.code[frame.stop.counter] == last
    assert frame.stop.jumped_from is not None


def test_call_trace__custom_error__has_its_selector(relay):
    frame = traced(relay, "raise_custom")
    assert frame.reason == f"custom error 0x{frame.output[:4].hex()}"


def test_call_trace__internal_functions__are_the_jumps_that_did_not_return(relay):
    assert traced(relay, "inner", 5).success
    depths = []
    for number in (5, 2, 0):  # passes; fails after one return; fails in the first call
        frame = traced(relay, "inner", number)
        assert frame.stop is not None
        depths.append(len(frame.stop.callers))
        assert all(frame.code[counter] == 0x56 for counter in frame.stop.callers)  # JUMP
    assert depths == [0, 2, 2]


def test_call_trace__value_moves__says_how_much(chain, relay):
    payer, payee = chain.account("payer"), chain.account("payee")
    data = relay.abi.function("pay_on", 1).encode([payee])
    receipt = chain.send(Transaction(payer, relay.address, data, value=5))
    frame = chain.call_trace(receipt.transaction_hash)
    assert [(frame.value, frame.address), *((step.value, step.address) for step in frame.children)] == [
        (5, relay.address),
        (5, payee),
    ]
    assert frame.children[0].stop is None


def test_call_trace__later_in_a_block__sees_what_those_before_it_did(chain, relay):
    sender = chain.account("trader")
    keep, refuse = (relay.transaction(*call, sender=sender) for call in (("keep", 77), ("refuse",)))
    block = chain.mine([refuse, keep, refuse])
    frames = [chain.call_trace(receipt.transaction_hash) for receipt in block.receipts]
    assert [frame.success for frame in frames] == [False, True, True]
    assert tuple(frames[2].logs) == block.receipts[2].logs
    chain.mine([keep])
    assert chain.call_trace(block.receipts[0].transaction_hash) == frames[0]


def test_call_trace__sender_was_endowed_with_the_block__begins_on_that_balance(chain, relay):
    newcomer = chain.account("newcomer")
    receipt = chain.mine([relay.transaction("keep", 1, sender=newcomer, gas_price=10**9)]).receipts[0]
    chain.set_balance(newcomer, 0)
    chain.mine()
    assert chain.call_trace(receipt.transaction_hash).success


def test_call_trace__not_mined_yet__is_rehearsed_and_forgotten(chain, relay):
    head, sender = chain.state_root, chain.account("trader")
    wanted = relay.transaction("climb", 1, sender=sender)
    rehearsed = chain.call_trace(wanted)
    assert (chain.state_root, chain.nonce(sender)) == (head, 0)
    receipt = chain.send(wanted)
    assert rehearsed == chain.call_trace(receipt.transaction_hash)


def test_call_trace__asked_for_at_every_block__changes_no_hash_and_no_gas(engine, relay_code):
    told = []
    for is_traced in (False, True):
        chain = Chain(engine)
        relay = chain.deploy(relay_code)
        sender = chain.account("trader")
        for call in (("climb", 3), ("refuse",), ("clone",), ("spin",), ("inner", 2)):
            wanted = relay.transaction(*call, sender=sender, gas=400_000)
            if is_traced:
                chain.call_trace(wanted)
            block = chain.mine([wanted])
            if is_traced:
                chain.call_trace(block.receipts[0].transaction_hash)
        told.append([chain.block(number) for number in range(chain.block_number + 1)])
    assert told[0] == told[1]


def test_call_trace__snapshot_left__knows_the_block_that_took_the_place(chain, relay):
    sender = chain.account("trader")
    taken = chain.snapshot()
    gone = chain.send(relay.transaction("keep", 1, sender=sender))
    chain.revert(taken)
    stays = chain.send(relay.transaction("keep", 2, sender=sender))
    assert chain.call_trace(stays.transaction_hash).logs == stays.logs
    with pytest.raises(ChainError, match=r"^no transaction 0x[0-9a-f]{64} in the chain$"):
        chain.call_trace(gone.transaction_hash)


def test_call_trace__sent_through_web3__is_traced_as_well(chain, relay):
    sender = chain.account("trader")
    chain.mine()
    data = relay.abi.function("climb", 1).encode([1])
    wanted = {"from": sender, "to": relay.address, "data": data, "gas": 300_000, "gasPrice": 10**10}
    sent = chain.w3.eth.send_transaction(wanted)
    frame = chain.call_trace(bytes(sent))
    assert outline(frame) == ["call", 1, ["call", 0, 0], 1]
    assert frame.gas_used == chain.block(chain.block_number).receipts[0].gas_used


@pytest.mark.parametrize("engine", ["revm"])
def test_call_trace__engine_that_cannot__is_refused(chain):
    with pytest.raises(ChainError, match=r"^engine revm records no calls, engine py-evm does$"):
        chain.call_trace(bytes(32))


# Played again


def story(engine: str, code: CompiledContract) -> tuple[Chain, list[bytes]]:
    """A chain that keeps its transactions, and the hashes of some."""
    chain = Chain(engine, signs=True, genesis_base_fee=7, genesis_timestamp=1_700_000_000)
    relay = chain.deploy(code)
    trader, keeper = chain.account("trader"), chain.account("keeper")
    chain.set_balance(trader, ENDLESS)
    blocks = [chain.mine([relay.transaction("climb", 1, sender=trader)], base_fee=11, extra_data=b"told")]
    taken = chain.snapshot()
    chain.set_balance(keeper, 3)
    chain.mine([relay.transaction("climb", 1, sender=trader)])
    chain.revert(taken)
    calls = [relay.transaction("pass_on", relay.address, sender=who) for who in (keeper, trader)]
    blocks.append(chain.mine(calls, timestamp=chain.timestamp + 100))
    return chain, [receipt.transaction_hash for block in blocks for receipt in block.receipts]


def test_replayed__same_engine__gives_the_same_blocks(engine, relay_code):
    chain, _ = story(engine, relay_code)
    again = replayed(chain.history(), engine=engine)
    assert [again.block(number) for number in range(again.block_number + 1)] == list(chain.history().blocks)


@pytest.mark.parametrize("engine", ["py-evm", "revm"])
def test_replayed_trace__run_of_any_engine__is_traced_on_py_evm(engine, relay_code):
    chain, hashes = story(engine, relay_code)
    frames = [replayed_trace(chain.history(), wanted) for wanted in hashes]
    assert [frame.reason for frame in frames] == ["", "relay: refused", "relay: refused"]
    assert outline(frames[0]) == ["call", 1, ["call", 0, 0], 1]
    assert frames[1].origin() is frames[1].children[0]


@pytest.mark.parametrize("engine", ["py-evm", "revm"])
def test_trace_of__any_engine__is_the_same(engine, relay_code):
    chain, hashes = story(engine, relay_code)
    assert trace_of(chain, hashes[-1]) == replayed_trace(chain.history(), hashes[-1])


def test_replayed_trace__no_such_transaction__is_refused(relay_code):
    chain, _ = story("py-evm", relay_code)
    with pytest.raises(ChainError, match="no transaction 0x"):
        replayed_trace(chain.history(), bytes(32))


def test_replayed__transaction_ends_otherwise__is_refused(relay_code):
    history = story("py-evm", relay_code)[0].history()
    last = history.blocks[-1]
    told = replace(last.receipts[0], success=True, revert_reason="")
    wrong = replace(
        history, blocks=(*history.blocks[:-1], replace(last, receipts=(told, *last.receipts[1:])))
    )
    with pytest.raises(ChainError) as refusal:
        replayed(wrong)
    assert str(refusal.value) == (
        f"block {last.number}, transaction 0 ended otherwise: "
        "it failed (relay: refused), and succeeded before"
    )


def test_replayed__block_without_its_transactions__is_refused(relay_code):
    history = story("py-evm", relay_code)[0].history()
    wrong = replace(history, blocks=(*history.blocks[:-1], replace(history.blocks[-1], transactions=())))
    with pytest.raises(ChainError, match=r"^block \d has lost its transactions$"):
        replayed(wrong)


def test_history__chain_keeps_no_transactions__is_refused():
    with pytest.raises(ChainError, match=r"^this chain keeps no transactions, Chain\(signs=True\) does$"):
        Chain().history()
