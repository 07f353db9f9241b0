"""Estimates: the least limit that does, by the bare search and on every engine; exact where gas counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isomargin.chain import Chain, Contract, Rehearsal, Transaction, address_of
from isomargin.chain.estimation import least_gas
from isomargin.chain.signed import intrinsic_gas, sign_transaction
from isomargin.contracts import CompiledContract
from isomargin.errors import ChainError, TransactionReverted
from isomargin.units import to_wad
from tests.chain.anvil import Anvil
from tests.system_helpers import Stage

NOBODY = address_of("nobody")
BY_PY_EVM = pytest.mark.parametrize("signing", ["py-evm", "py-evm-plain"], indirect=True)

Rehearse = Callable[[int], Rehearsal]


# The search alone


def needing(needed: int, *, peak: int, refund: int, asked: list[int]) -> Rehearse:
    """A transaction that takes `peak` and gets something back, but must begin with more."""

    def rehearse(gas: int) -> Rehearsal:
        asked.append(gas)
        if gas < needed:
            return Rehearsal(False, "out of gas", b"", gas, gas)
        return Rehearsal(True, "", b"", peak - refund, peak)

    return rehearse


@given(st.integers(21_000, 10**7), st.integers(0, 10**6), st.integers(0, 5))
def test_least_gas__any_need__is_found_to_the_unit(peak, held_back, fifth):
    asked: list[int] = []
    needed = peak + held_back
    rehearse = needing(needed, peak=peak, refund=peak * fifth // 25, asked=asked)
    assert least_gas(rehearse, 21_000, 36_000_000) == needed
    assert all(21_000 <= gas <= 36_000_000 for gas in asked)


def test_least_gas__nothing_held_back__three_rehearsals():
    asked: list[int] = []
    assert least_gas(needing(90_000, peak=90_000, refund=9_000, asked=asked), 21_000, 36_000_000) == 90_000
    assert asked == [36_000_000, 90_000, 89_999]


def test_least_gas__engine_tells_no_gas__is_found_all_the_same():
    def rehearse(gas: int) -> Rehearsal:
        return Rehearsal(gas >= 123_456, "", b"", None)

    assert least_gas(rehearse, 21_000, 36_000_000) == 123_456


def test_least_gas__more_than_allowed__says_how_much_that_is():
    rehearse = needing(90_000, peak=80_000, refund=0, asked=[])
    for most in (89_999, 20_000):
        with pytest.raises(ChainError, match=rf"gas required exceeds allowance \({most}\)"):
            least_gas(rehearse, 21_000, most)
    assert least_gas(rehearse, 21_000, 90_000) == 90_000


# On a chain


def forwarder_to(target: str) -> bytes:
    """Creation code of a contract that hands on what it is told, and fails if that fails."""
    call = bytes.fromhex(f"366000600037600060003660006000{'73' + target[2:]}5af1")
    body = call + bytes.fromhex("15602b57005b60006000fd")
    return bytes((0x60, len(body))) + bytes.fromhex("80600b6000396000f3") + body


@pytest.fixture
def chain(signing: Chain) -> Chain:
    return signing


@pytest.fixture
def probe(chain: Chain, probe_code: CompiledContract) -> Contract:
    return chain.deploy(probe_code, 5)


@pytest.fixture
def transactions(chain: Chain, probe: Contract) -> list[Transaction]:
    """Of each sort one: transfer, data, first writing, refund, call within a call, creation."""
    trader = chain.account("trader")
    forwarder = chain.send(Transaction(trader, None, forwarder_to(probe.address))).contract_address
    write = probe.transaction("note", 7, sender=trader)
    return [
        Transaction(trader, NOBODY, value=1),
        Transaction(trader, NOBODY, bytes(20) + b"\x01" * 300),
        write,
        replace(write, access_list=((probe.address, (0, 2)),)),
        probe.transaction("note", 0, sender=trader),
        replace(write, to=forwarder),
        Transaction(trader, None, forwarder_to(probe.address)),
    ]


def outcomes(chain: Chain, asked: Transaction, limits: tuple[int, ...]) -> Iterator[bool]:
    """Whether it succeeds when it is signed and mined with each limit, each time from here."""
    start, key = chain.snapshot(), chain.key_of(asked.sender)
    assert key is not None
    terms = {"nonce": chain.nonce(asked.sender), "chain_id": chain.chain_id, "max_fee": 10**9}
    for gas in limits:
        try:
            yield (
                chain.mine([sign_transaction(replace(asked, gas=gas), key=key, **terms)]).receipts[0].success
            )
        except ChainError:
            yield False
        chain.revert(start)


@BY_PY_EVM
def test_estimate__as_limit__suffices_and_one_less_does_not(chain, transactions):
    for asked in transactions:
        gas = chain.estimate_gas(asked)
        assert list(outcomes(chain, asked, (gas, gas - 1))) == [True, False], asked


def test_estimate__on_any_engine__suffices(chain, transactions):
    for asked in transactions:
        gas = chain.estimate_gas(asked)
        assert list(outcomes(chain, asked, (gas,))) == [True], asked
        assert intrinsic_gas(asked) <= gas <= chain.block_gas_limit


@pytest.mark.parametrize("signing", ["anvil"], indirect=True)
def test_estimate__on_anvil__is_anvils_own_and_that_of_py_evm(chain, transactions, probe_code, signing_anvil):
    theirs = Chain()
    probe = theirs.deploy(probe_code, 5)
    theirs.send(Transaction(theirs.account("trader"), None, forwarder_to(probe.address)))
    for asked in transactions:
        assert chain.estimate_gas(asked) == theirs.estimate_gas(asked) == estimate_of(signing_anvil, asked)


def estimate_of(anvil: Anvil, asked: Transaction) -> int:
    fields = {"from": asked.sender, "data": f"0x{asked.data.hex()}", "value": hex(asked.value)}
    if asked.to is not None:
        fields["to"] = asked.to
    entries = [
        {"address": address, "storageKeys": [f"0x{slot:064x}" for slot in slots]}
        for address, slots in asked.access_list
    ]
    return int(anvil.ask("eth_estimateGas", fields | {"accessList": entries} if entries else fields), 16)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["py-evm", "revm"])
def test_estimate__of_what_keepers_and_traders_send__suffices(engine):
    stage = Stage(chain=Chain(engine))
    stage.welcome("long", "bold", "lp-2")
    stage.mine(stage.opening("long", 10, 100))
    chain, system = stage.chain, stage.system
    stage.open_one("bold", 20, 90)
    chain.mine([system.push_price(to_wad("90"))])
    keeper = chain.account("keeper")
    for asked in (
        system.push_price(to_wad("89")),
        system.add_margin(chain.account("long"), 1, 5),
        system.liquidate_batch(keeper, system.liquidatable()),
    ):
        gas = chain.estimate_gas(asked)
        found = list(outcomes(chain, asked, (gas, gas - 1)))
        assert found == [True, False] if chain.counts_gas else found[0]


def test_estimate__refused__raises_with_the_reason(chain, probe):
    with pytest.raises(TransactionReverted, match="probe: unlucky"):
        chain.estimate_gas(probe.transaction("note", 13, sender=NOBODY))


def test_estimate__never_enough__says_what_is_allowed(chain, probe):
    asked = probe.transaction("spin", sender=NOBODY)
    with pytest.raises(ChainError, match=r"gas required exceeds allowance \(100000\)"):
        chain.estimate_gas(asked, cap=100_000)
    with pytest.raises(ChainError, match=r"gas required exceeds allowance \(20000\)"):
        chain.estimate_gas(probe.transaction("note", 1, sender=NOBODY), cap=20_000)


def test_estimate__sender_owns_nothing__gas_is_not_asked_for_but_value_is(chain, probe):
    asked = replace(probe.transaction("note", 1, sender=NOBODY), gas_price=10**12)
    assert chain.estimate_gas(asked) == chain.estimate_gas(replace(asked, gas_price=None))
    with pytest.raises(ChainError, match="insufficient funds for transfer"):
        chain.estimate_gas(replace(asked, value=1))


# Rehearsals


def test_rehearse__succeeds__tells_output_and_gas_and_leaves_nothing(chain, probe):
    trader = chain.account("trader")
    before = (chain.block_number, chain.nonce(trader), chain.balance(trader), probe.call("number"))
    asked = probe.transaction("note", 3, sender=trader)
    found = chain.rehearse(asked, 100_000)
    assert (found.success, found.reason, found.data) == (True, "", b"")
    read = chain.rehearse(probe.transaction("number", sender=trader), 100_000)
    assert int.from_bytes(read.data, "big") == 5
    assert before == (chain.block_number, chain.nonce(trader), chain.balance(trader), probe.call("number"))
    if found.gas_used is not None:
        assert chain.send(replace(asked, gas=100_000)).gas_used == found.gas_used


def test_rehearse__fails__tells_why(chain, probe):
    rehearse = partial(chain.rehearse, gas=100_000)
    refused = rehearse(probe.transaction("note", 13, sender=NOBODY))
    assert (refused.success, refused.reason, refused.data[:4]) == (
        False, "probe: unlucky", bytes.fromhex("08c379a0")
    )  # fmt: skip
    endless = rehearse(probe.transaction("spin", sender=NOBODY))
    assert (endless.success, endless.reason, endless.data) == (False, "out of gas", b"")


def test_rehearse__runs_in_the_block_to_come(chain, probe):
    asked = probe.transaction("head", sender=NOBODY)
    soon, late = chain.rehearse(asked, 10**6), chain.rehearse(asked, 10**6, timestamp=chain.timestamp + 99)
    found = [(int.from_bytes(each.data[:32], "big"), int.from_bytes(each.data[32:64], "big"))
             for each in (soon, late)]  # fmt: skip
    now = chain.timestamp
    assert found == [(2, now + 12), (2, now + 99)]
    with pytest.raises(ChainError, match="not above that of the head"):
        chain.rehearse(asked, 10**6, timestamp=now)


def test_rehearse__less_than_the_intrinsic_gas__raises(chain):
    with pytest.raises(ChainError, match="intrinsic gas too low: have 20999, want 21000"):
        chain.rehearse(Transaction(NOBODY, NOBODY), 20_999)
