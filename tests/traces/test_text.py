"""Traces as text, line by line."""

from __future__ import annotations

import io
import re
from hashlib import sha256
from pathlib import Path

import pytest
from rich.console import Console

from isomargin.chain import Chain, Contract, Transaction, replayed_trace
from isomargin.contracts import compile_contract
from isomargin.traces import Directory, print_trace, system_directory, trace_lines, trace_text
from isomargin.units import WAD
from tests.market.world import World, build_world, terms_of

RELAY = Path(__file__).parents[1] / "chain" / "Relay.vy"


@pytest.fixture
def relay() -> Contract:
    return Chain().deploy(compile_contract(RELAY))


def told(
    relay: Contract, function: str, *args: object, others: dict[str, Contract] | None = None
) -> list[str]:
    """The trace of a call without its figures of gas."""
    chain = relay.chain
    frame = chain.call_trace(relay.transaction(function, *args, sender=chain.account("trader")))
    directory = Directory({"relay": relay, **(others or {})}, name_of=chain.name_of)
    return without_gas(trace_text(frame, directory))


def without_gas(text: str) -> list[str]:
    return [re.sub(r" \[[\d_]+ gas\]", "", line) for line in text.splitlines()]


def test_trace_text__nested_calls__are_indented_with_events_between(relay):
    assert told(relay, "climb", 1) == [
        "trader: relay.climb(floors=1)",
        "  log Climbed(floors=1)",
        "  relay.climb(floors=0)",
        "    log Climbed(floors=0)",
        "    log Descended(floors=0)",
        "  log Descended(floors=1)",
    ]


def test_trace_text__gas__is_that_of_the_receipt(relay):
    chain = relay.chain
    receipt = relay.transact("keep", 7, sender=chain.account("trader"))
    text = trace_text(chain.call_trace(receipt.transaction_hash), Directory({"relay": relay}))
    assert text.splitlines()[0].endswith(f"relay.keep(number=7) [{receipt.gas_used:_} gas]")


def test_trace_text__static_call__says_so_and_what_came_back(relay):
    other = relay.chain.deploy(compile_contract(RELAY))
    assert told(relay, "ask", other.address, 21, others={"other": other}) == [
        "trader: relay.ask(target=other, number=21) -> 42",
        "  static other.double(number=21) -> 42",
    ]


def test_trace_text__refusal_is_caught__is_told_where_and_what_was_undone(relay, monkeypatch):
    monkeypatch.chdir(RELAY.parents[2])
    source = RELAY.read_text().splitlines()
    line = 1 + source.index('    assert self.kept == 77, "relay: refused"')
    assert told(relay, "catch", relay.address) == [
        "trader: relay.catch(target=relay)",
        "  log Climbed(floors=1)",
        '  relay.refuse() reverted "relay: refused"',
        "    log Climbed(floors=99) (undone)",
        f'    at tests/chain/Relay.vy:{line}: assert self.kept == 77, "relay: refused"',
        "  log Descended(floors=1)",
    ]


def test_trace_text__clone__is_shown_as_the_contract_that_it_stands_for(relay):
    chain = relay.chain
    receipt = chain.send(relay.transaction("clone", sender=chain.account("trader")))
    [creation] = chain.call_trace(receipt.transaction_hash).children
    clone = chain.at(creation.address, relay.compiled)
    assert told(relay, "clone")[1].startswith("  new clone of relay at 0x")
    assert told(relay, "keep_in", clone.address, 5) == [
        f"trader: relay.keep_in(target={clone.address}, number=5)",
        f"  Relay({clone.address}).keep(number=5)",
        "    log Climbed(floors=5)",
    ]


def test_trace_text__creation__names_what_is_created_with_its_arguments():
    chain, probe = Chain(), compile_contract(RELAY.with_name("Probe.vy"))
    creation = Transaction(chain.account("deployer"), None, probe.init_code + (5).to_bytes(32, "big"))
    frame = chain.call_trace(creation)
    directory = Directory(known=[probe], name_of=chain.name_of)
    assert without_gas(trace_text(frame, directory)) == [f"deployer: new Probe(number=5) at {frame.address}"]
    assert without_gas(trace_text(frame, Directory(name_of=chain.name_of))) == [
        f"deployer: new contract of {len(frame.data):_} bytes at {frame.address}"
    ]


def test_trace_text__contract_that_nobody_knows__is_selector_data_and_counter(relay):
    chain = relay.chain
    frame = chain.call_trace(relay.transaction("catch", relay.address, sender=chain.account("trader")))
    lines = without_gas(trace_text(frame, Directory()))
    word = f"0x{24 * '0'}{relay.address[2:].lower()}"
    assert lines[0] == f"{frame.sender}: {relay.address}.0x{frame.data[:4].hex()}({word})"
    assert lines[1].startswith("  log [0x")
    assert lines[2] == f'  {relay.address}.0x{frame.children[0].data.hex()}() reverted "relay: refused"'
    assert lines[4] == f"    at program counter {frame.children[0].stop.counter}"


def test_trace_text__value__is_told_in_wei(relay):
    chain = relay.chain
    data = relay.abi.function("pay_on", 1).encode([chain.account("payee")])
    frame = chain.call_trace(Transaction(chain.account("payer"), relay.address, data, value=5))
    directory = Directory({"relay": relay}, name_of=chain.name_of)
    assert without_gas(trace_text(frame, directory)) == [
        "payer: relay.pay_on(target=payee) with 5 wei",
        "  payee with 5 wei",
    ]


def test_trace_text__machine_gives_up__says_what_it_lacked(relay):
    chain = relay.chain
    spin = relay.transaction("spin", sender=chain.account("trader"), gas=50_000)
    first = trace_text(chain.call_trace(spin), Directory({"relay": relay})).splitlines()[0]
    assert first.endswith("relay.spin() [50_000 gas] failed: out of gas")


def test_trace_text__no_reason__says_that(relay):
    assert told(relay, "raise_bare")[0] == "trader: relay.raise_bare() reverted without a reason"


def test_trace_text__custom_error__is_read_by_the_abi_of_who_raised_it(relay):
    needed = {"name": "needed", "type": "uint256"}

    class Raiser:
        name, init_code = "Raiser", b"\xfe"
        abi = (*relay.compiled.abi, {"type": "error", "name": "Nope", "inputs": [needed]})

        def blueprint_init_code(self) -> bytes:
            return b""

    chain = relay.chain
    frame = chain.call_trace(relay.transaction("raise_custom", sender=chain.account("trader")))
    known, unknown = (
        trace_text(frame, Directory({"relay": chain.at(relay.address, one)})).splitlines()[0]
        for one in (Raiser(), relay.compiled)
    )
    assert unknown.endswith(f'reverted "custom error 0x{frame.output[:4].hex()}"')
    assert known.endswith("reverted Nope(needed=0)")


def test_trace_text__precompile__has_data_and_no_function(relay):
    chain = relay.chain
    hashing = Transaction(chain.account("trader"), "0x" + 39 * "0" + "2", b"data")
    text = trace_text(chain.call_trace(hashing), Directory(name_of=chain.name_of))
    assert without_gas(text) == [f"trader: sha256(0x{b'data'.hex()}) -> 0x{sha256(b'data').hexdigest()}"]


def test_trace_text__check_of_the_compiler_outside_of_any_line__is_named(relay):
    chain = relay.chain
    wrong = Transaction(chain.account("trader"), relay.address, b"none")
    lines = trace_text(chain.call_trace(wrong), Directory({"relay": relay})).splitlines()
    assert lines[0].endswith("reverted without a reason")
    assert re.fullmatch(r"  at program counter \d+ \(fallback function\)", lines[1])


def test_trace_text__depth__leaves_out_what_is_deeper_and_went_well(relay):
    chain = relay.chain
    directory = Directory({"relay": relay}, name_of=chain.name_of)
    trader = chain.account("trader")
    climb = chain.call_trace(relay.transaction("climb", 3, sender=trader))
    assert without_gas(trace_text(climb, directory, depth=1)) == [
        "trader: relay.climb(floors=3)",
        "  log Climbed(floors=3)",
        "  relay.climb(floors=2)",
        "  log Descended(floors=3)",
    ]
    failed = chain.call_trace(relay.transaction("catch", relay.address, sender=trader))
    lines = trace_text(failed, directory, depth=0).splitlines()
    assert len(lines) == 3
    assert "relay: refused" in lines[1]
    assert lines[2].startswith("    at ")


# A market


def test_trace_lines__opening__names_everybody_and_every_event(world, directory):
    receipt = world.opened(10 * WAD, world.tokens(200))
    frame = world.chain.call_trace(receipt.transaction_hash)
    lines = list(trace_lines(frame, directory))
    assert "0x" not in "".join(str(line) for line in lines)
    events = [str(line).strip() for line in lines if line.kind == "event"]
    assert len(events) == len(receipt.logs)
    assert [event.split("(")[0] for event in events] == [
        "log FundingAccrued",
        "log Transfer",
        "log PositionOpened",
        "log Transfer",
    ]
    assert str(lines[0]).startswith("trader: market.open(size=10e18, margin=200_000_000, ")
    assert any(str(line).startswith("  vault-1.pay(receiver=pool, ") for line in lines)


def test_trace_text__run_on_revm__is_that_of_the_same_run_on_py_evm():
    texts = []
    for engine in ("py-evm", "revm"):
        world: World = build_world(Chain(engine, signs=True), terms_of(6))
        world.open(10 * WAD, world.tokens(200))
        late = world.market.transaction("close", 1, 0, 5, sender=world.trader)
        block = world.chain.mine([late])
        frame = replayed_trace(world.chain.history(), block.receipts[0].transaction_hash)
        texts.append(trace_text(frame, system_directory(world.system)))
    assert texts[0] == texts[1]
    assert "market.close(id=1, price_limit=0, deadline=5)" in texts[0]
    assert 'reverted "market: deadline passed"' in texts[0]


def test_print_trace__no_terminal__is_the_plain_text(world, directory):
    late = world.market.transaction("open", WAD, 10**8, 2**255, 5, sender=world.trader)
    frame = world.chain.call_trace(late)
    plain, coloured = io.StringIO(), io.StringIO()
    print_trace(frame, directory, Console(file=plain, width=20))
    print_trace(frame, directory, Console(file=coloured, width=20, force_terminal=True))
    assert plain.getvalue() == trace_text(frame, directory)
    assert "\x1b[31m" in coloured.getvalue()
