"""The revm engine: each trap of pyrevm by name, and what the engine says that it cannot do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from eth_utils.address import to_canonical_address

from isomargin.chain import ENDOWMENT, Chain, Receipt, Transaction
from isomargin.chain.accounts import created_address
from isomargin.chain.engine import create_engine
from isomargin.chain.revm import RevmEngine
from isomargin.errors import ChainError, TransactionReverted

HERE = Path(__file__).parent
NOBODY = "0x00000000000000000000000000000000DeaDBeef"
COINBASE = "0x" + "00" * 20

STORY = """
import sys
from pathlib import Path
from isomargin.chain import Chain
from isomargin.contracts import compile_contract

chain = Chain("revm")
probe = chain.deploy(compile_contract(Path({source!r})), 5)
people = [chain.account(name) for name in ("trader", "keeper", "lp")]
for step in range(3):
    chain.mine([probe.transaction("note", 12 + step, sender=person) for person in people * 2])
for number in range(chain.block_number + 1):
    print(chain.block(number))
assert not {{"eth", "eth_tester", "web3"}} & sys.modules.keys()
"""


@pytest.fixture
def engine() -> str:
    """These are about revm alone."""
    return "revm"


def run_python(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
    )


def transfer(chain: Chain, value: int, to: str = NOBODY) -> Transaction:
    return Transaction(chain.account("trader"), to, value=value)


def receipt_of(chain: Chain, init_code: bytes, gas: int = 1_000_000) -> Receipt:
    """Create a contract from this code, which may fail."""
    return chain.mine([Transaction(chain.account("deployer"), None, init_code, gas=gas)]).receipts[0]


def started(base_fee: int = 0) -> RevmEngine:
    made = create_engine(
        "revm", chain_id=1, genesis_timestamp=1_000, genesis_base_fee=base_fee, block_gas_limit=30_000_000
    )
    assert isinstance(made, RevmEngine)
    return made


# What it does not count


def test_gas__of_warm_slots__is_not_shown(chain, probe):
    block = chain.mine([probe.transaction("note", sender=chain.account("trader"))] * 2)
    assert [receipt.gas_used for receipt in block.receipts] == [None, None]
    assert (block.gas_used, block.state_root, chain.counts_gas) == (None, b"", False)


def test_gas__of_a_creation_at_a_price__is_charged_to_nobody(chain):
    # GASPRICE, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN
    deployer = chain.account("deployer")
    init_code = bytes.fromhex("3a5f5260205ff3")
    block = chain.mine([Transaction(deployer, None, init_code, gas=200_000, gas_price=7 * 10**9)])
    created = block.receipts[0].contract_address
    assert chain.code_at(str(created)) == (7 * 10**9).to_bytes(32, "big")
    assert (chain.balance(deployer), chain.balance(COINBASE)) == (ENDOWMENT, 0)


def test_trace__and_web3__are_refused_with_the_engine_that_has_them(chain):
    for ask in (chain.trace, lambda: chain.w3, started().trace):
        with pytest.raises(ChainError, match="engine py-evm"):
            ask()
    assert started().transaction_trace(bytes(32)) is None


def test_base_fee__full_block__stays():
    chain = Chain("revm", block_gas_limit=84_000, genesis_base_fee=1_000_000_000)
    block = chain.mine([Transaction(chain.account("trader"), NOBODY, gas=21_000)] * 4)
    assert (block.base_fee, chain.mine().base_fee) == (10**9, 10**9)
    assert [receipt.gas_price for receipt in block.receipts] == [2 * 10**9] * 4


# Blocks


def test_block_gas_limit__is_for_the_gas_used_before_and_the_limit_of_the_next():
    chain = Chain("revm", block_gas_limit=100_000)
    trader = chain.account("trader")
    fits = [Transaction(trader, NOBODY, gas=gas) for gas in (58_000, 79_000)]  # the first uses 21,000
    assert len(chain.mine(fits).receipts) == 2
    with pytest.raises(ChainError, match="block 2 refused: transaction exceeds gas limit"):
        chain.mine([*fits[:1], Transaction(trader, NOBODY, gas=79_001)])
    assert (chain.block_number, chain.nonce(trader)) == (1, 2)


def test_mine__last_cannot_begin__takes_creations_ether_and_nonces_back(chain, probe_code):
    trader, deployer = chain.account("trader"), chain.account("deployer")
    creation = Transaction(deployer, None, probe_code.init_code + (5).to_bytes(32, "big"), gas_price=5)
    with pytest.raises(ChainError, match="block 1 refused"):
        chain.mine([creation, transfer(chain, 5), transfer(chain, 10**30)])
    assert (chain.block_number, chain.balance(NOBODY), chain.balance(COINBASE)) == (0, 0, 0)
    assert [(chain.nonce(one), chain.balance(one)) for one in (trader, deployer)] == [(0, ENDOWMENT)] * 2
    assert chain.code_at(created_address(to_canonical_address(deployer), 0)) == b""


def test_mine__time_that_no_hash_has_room_for__raises_and_leaves_the_chain(chain, probe):
    with pytest.raises(ChainError, match="block 2 refused"):
        chain.mine([probe.transaction("note", 7, sender=chain.account("trader"))], timestamp=2**64)
    assert (chain.block_number, probe.call("number"), chain.nonce(chain.account("trader"))) == (1, 5, 0)
    assert probe.call("head")[:2] == (1, chain.timestamp)


def test_nonce__failed_transactions_too__name_the_next_creation(chain, probe, probe_code):
    trader = chain.account("trader")
    chain.mine([probe.transaction("note", number, sender=trader) for number in (13, 1, 13)])
    assert chain.nonce(trader) == 3
    created = chain.deploy(probe_code, 1, sender=trader).address
    assert created == created_address(to_canonical_address(trader), 3)
    assert (chain.nonce(trader), chain.nonce(created)) == (4, 1)


def test_creation__fails__still_has_its_address_and_no_code(chain):
    receipt = receipt_of(chain, bytes.fromhex("5f5ffd"))
    deployer = to_canonical_address(chain.account("deployer"))
    assert (receipt.success, receipt.contract_address) == (False, created_address(deployer, 0))
    assert chain.code_at(created_address(deployer, 0)) == b""
    assert chain.nonce(chain.account("deployer")) == 1


@pytest.mark.parametrize("runtime", ["", "00", "5f00", "60", "7f", "5b" * 40 + "00" * 40])
def test_code__with_zeros_at_its_end__is_trimmed_to_the_byte(chain, runtime):
    code = bytes.fromhex(runtime)
    # PUSH1 size, DUP1, PUSH1 9, PUSH0, CODECOPY, PUSH0, RETURN
    receipt = receipt_of(chain, bytes((0x60, len(code))) + bytes.fromhex("8060095f395ff3") + code)
    assert receipt.success
    assert chain.code_at(str(receipt.contract_address)) == code


@pytest.mark.parametrize(
    ("code", "own", "heirs"),
    [("61beefff", 0, 7), ("30ff", 0, 0)],  # PUSH2 heir, SELFDESTRUCT; ADDRESS, SELFDESTRUCT, which loses it
)
def test_selfdestruct__in_a_later_transaction__keeps_the_code_and_hands_on_the_ether(chain, code, own, heirs):
    # PUSH1 size, DUP1, PUSH1 9, PUSH0, CODECOPY, PUSH0, RETURN
    init_code = bytes((0x60, len(code) // 2)) + bytes.fromhex("8060095f395ff3" + code)
    created = str(receipt_of(chain, init_code).contract_address)
    chain.mine([transfer(chain, 7, created)])
    assert chain.code_at(created).hex() == code
    assert (chain.balance(created), chain.balance("0x" + "beef".rjust(40, "0"))) == (own, heirs)


# Failures, in the words of the default engine


@pytest.mark.parametrize(
    "init_code",
    ["fe", "0c", "01", "5f56", "5b5f56", "5f" * 1025, "60ff60ff5f3e", "63ffffffff5ff3", "5f5ffd",
     "60aa5f5360015ffd", "60ef5f5360015ff3", "6260015ff3"],
)  # fmt: skip
def test_halt__of_each_kind__reads_as_on_py_evm(chain, init_code):
    ours, theirs = (receipt_of(each, bytes.fromhex(init_code)) for each in (chain, Chain()))
    assert (ours.success, ours.revert_reason, ours.revert_data) == (
        theirs.success, theirs.revert_reason, theirs.revert_data
    )  # fmt: skip


def test_revert_data__long__is_exact(chain):
    # CALLER, PUSH2 500, MSTORE, PUSH2 532, PUSH0, REVERT
    receipt = receipt_of(chain, bytes.fromhex("336101f4526102145ffd"))
    assert receipt.revert_data == bytes(512) + to_canonical_address(receipt.sender)


# Storage that lives for one transaction


def test_transient_storage__between_calls_and_transactions__is_empty(chain, probe):
    trader = chain.account("trader")
    for _ in range(2):
        probe.call("tick")
        assert probe.events(probe.transact("tick", sender=trader).logs)[0].args["count"] == 1


def test_transient_storage__of_what_is_undone__does_not_come_back(chain, probe):
    trader = chain.account("trader")
    with chain.rehearsal():
        probe.transact("tick", sender=trader)
    assert probe.events(probe.transact("tick", sender=trader).logs)[0].args["count"] == 1


# Calls


def test_call__writes_and_pays__leaves_nothing(chain, probe):
    before = (
        chain.block_hash(1),
        chain.balance(NOBODY),
        [chain.storage_at(probe.address, n) for n in range(4)],
    )
    data = probe.abi.function("note", 1).encode((7,))
    for price in (None, 10**9):
        chain.call(Transaction(NOBODY, probe.address, data, value=10**18, gas_price=price))
    with pytest.raises(TransactionReverted, match="unlucky"):
        probe.call("note", 13)
    after = (
        chain.block_hash(1),
        chain.balance(NOBODY),
        [chain.storage_at(probe.address, n) for n in range(4)],
    )
    assert (after, chain.balance(probe.address), chain.logs()) == (before, 0, [])


def test_call__from_a_contract__runs_as_that_contract_which_stays(chain, probe, probe_code):
    sender = chain.deploy(probe_code, 6)
    before = (chain.code_at(sender.address), chain.nonce(sender.address), chain.balance(sender.address))
    assert probe.call("head", sender=sender.address)[2] == sender.address
    # the sender calls itself: its code is there meanwhile
    assert sender.call("number", sender=sender.address) == 6
    assert chain.call(Transaction(sender.address, None, bytes.fromhex("335f5260205ff3")))[
        12:
    ] == bytes.fromhex(sender.address[2:])
    after = (chain.code_at(sender.address), chain.nonce(sender.address), chain.balance(sender.address))
    assert (after, sender.call("number")) == (before, 6)


def test_call__cannot_begin__raises_and_the_next_is_none_the_worse(chain, probe):
    with pytest.raises(ChainError, match="call refused"):
        chain.call(Transaction(NOBODY, None, bytes(49_153)))
    with pytest.raises(ChainError, match="call refused"):
        chain.call(Transaction(NOBODY, probe.address, value=-1))
    assert probe.call("number") == 5


def test_set_balance__to_a_contract__runs_none_of_its_code():
    engine = started()
    engine.add_account(NOBODY, b"")
    engine.set_balance(NOBODY, ENDOWMENT)
    # runtime code: PUSH0, PUSH0, REVERT
    creation = Transaction(NOBODY, None, bytes.fromhex("625f5ffd5f526003601df3"))
    created = str(engine.mine([creation], 1_012).receipts[0].contract_address)
    assert engine.code_at(created) == bytes.fromhex("5f5ffd")
    token = engine.snapshot()
    engine.set_balance(created, 123)
    assert engine.balance(created) == 123
    engine.restore(token)
    assert engine.balance(created) == 0


@pytest.mark.parametrize("amount", [2**255 + 1, 2**256])
def test_set_balance__impossible_amount__raises(amount):
    with pytest.raises(ChainError, match="balance refused"):
        started().set_balance(NOBODY, amount)


# Snapshots


def test_snapshots__two_thousand_kept__each_leads_back(chain, probe):
    trader = chain.account("trader")
    taken = []
    for number in range(2_000):
        taken.append(chain.snapshot())
        probe.transact("note", 100 + number, sender=trader)
    assert probe.call("number") == 2_099
    for number in (1_999, 1_500, 1_023, 1, 0):
        chain.revert(taken[number])
        wanted = (99 + number if number else 5, 1 + number, number)
        assert (probe.call("number"), chain.block_number, chain.nonce(trader)) == wanted
    with pytest.raises(ChainError, match="no snapshot 1:"):
        chain.revert(taken[1])


def test_rehearsals__ten_thousand_in_a_row__leave_nothing_and_cost_no_tokens(chain, probe):
    trader = chain.account("trader")
    step = probe.transaction("note", 7, sender=trader)
    for _ in range(10_000):
        with chain.rehearsal():
            chain.mine([step])
    assert (probe.call("number"), chain.block_number, chain.nonce(trader)) == (5, 1, 0)
    assert len(chain._engine._tokens) == 1
    assert probe.transact("note", 8, sender=trader).success


def test_restore__token_that_an_earlier_restore_passed__raises():
    engine = started()
    first = engine.snapshot()
    engine.mine([], 1_012)
    second = engine.snapshot()
    engine.restore(first)
    engine.mine([], 1_024)
    with pytest.raises(ChainError, match="this snapshot is gone"):
        engine.restore(second)
    third = engine.snapshot()
    with pytest.raises(ChainError, match="this snapshot is gone"):
        engine.restore(second)
    engine.restore(third)
    assert engine.head().timestamp == 1_024


def test_restore__several_times_with_only_ether_given_between__undoes_it_each_time():
    engine = started()
    token = engine.snapshot()
    for _ in range(3):
        engine.set_balance(NOBODY, 7)
        assert engine.balance(NOBODY) == 7
        engine.restore(token)
        assert engine.balance(NOBODY) == 0


def test_snapshots__more_than_the_call_depth__calls_still_nest(chain):
    for value in range(1, 1_101):
        chain.snapshot()
        chain.mine([transfer(chain, value)])
    # PUSH0 five times, PUSH1 4, GAS, CALL: to the identity precompile; return whether it succeeded
    answer = chain.call(Transaction(NOBODY, None, bytes.fromhex("5f5f5f5f5f60045af15f5260205ff3")))
    assert int.from_bytes(answer, "big") == 1


# Processes and installation


def test_chain__same_story_in_two_processes__same_blocks_and_no_py_evm():
    script = STORY.format(source=str(HERE / "Probe.vy"))
    first, second = (run_python(script, PYTHONHASHSEED=seed) for seed in "12")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == second.stdout
    assert len(first.stdout.splitlines()) == 5


def test_engine__pyrevm_is_missing__says_what_to_install():
    script = (
        "import sys; sys.modules['pyrevm'] = None\n"
        "from isomargin.chain import Chain\nfrom isomargin.errors import InputError\n"
        "try:\n    Chain('revm')\nexcept InputError as error:\n    print(error)"
    )
    done = run_python(script)
    assert done.stdout == "engine revm needs pyrevm: pip install 'isomargin[revm]'\n", done.stderr
