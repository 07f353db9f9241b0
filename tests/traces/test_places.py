"""The line of the source at which a transaction failed, for refusals of every contract of the market."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from isomargin.chain import CallFrame, Chain, Contract, Transaction
from isomargin.contracts import compile_contract, contracts_root
from isomargin.traces import Directory, failure_places, places_of
from isomargin.units import WAD
from tests.market.world import FOREVER, World

RELAY = Path(__file__).parents[1] / "chain" / "Relay.vy"
CUSTOM = 'raw_revert(abi_encode(self.kept, method_id=method_id("Nope(uint256)")))'
ANY_BUY = 2**255
NOBODY = "0x" + 40 * "0"

Attempt = Callable[[World], Transaction]


def of_market(function: str, *args: object, by: str = "trader") -> Attempt:
    return lambda world: world.market.transaction(function, *args, sender=getattr(world, by))


def on_position(function: str, *args: object, by: str = "trader") -> Attempt:
    """The same on the position of ten that the trader has just opened."""

    def attempt(world: World) -> Transaction:
        position = world.open(10 * WAD, world.tokens(200))
        return world.market.transaction(function, position, *args, sender=getattr(world, by))

    return attempt


def while_paused(world: World) -> Transaction:
    world.act("pause_opening", sender=world.system.admin)
    return world.market.transaction("open", 10 * WAD, 2 * 10**8, ANY_BUY, FOREVER, sender=world.trader)


def straight_from_vault(world: World) -> Transaction:
    vault = world.chain.at(
        world.vault(world.open(10 * WAD, world.tokens(200))), compile_contract("custody/PositionVault")
    )
    return vault.transaction("pay", world.stranger, 1, sender=world.stranger)


def opening(size: float = 10, margin: int = 200, limit: int = ANY_BUY, deadline: int = FOREVER) -> Attempt:
    return of_market("open", int(size * WAD), margin * 10**6, limit, deadline)


REFUSALS: dict[str, Attempt] = {
    "market: deadline passed": opening(deadline=5),
    "market: size is zero": opening(size=0),
    "market: owner is zero": of_market("open", WAD, 10**8, ANY_BUY, FOREVER, NOBODY),
    "market: below min notional": opening(size=0.5),
    "market: price limit": opening(limit=WAD),
    "market: no such position": of_market("close", 99, 0, FOREVER),
    "market: below initial margin": opening(margin=50),
    "market: margin below costs": opening(margin=0),
    "market: skew cap": opening(size=501, margin=100_000),
    "market: opening paused": while_paused,
    "market: not a contract": lambda world: world.market.transaction(
        "set_oracle", world.stranger, sender=world.system.admin
    ),
    "market: not guardian": of_market("pause_opening", by="stranger"),
    "market: decrease exceeds size": on_position("decrease", 11 * WAD, 0, FOREVER),
    "market: amount above margin": on_position("withdraw_margin", 10**12),
    "market: amount is zero": on_position("add_margin", 0),
    "market: position is open": on_position("claim", "0x" + 40 * "1"),
    "market: position is sound": on_position("liquidate", by="keeper"),
    "market: deleverage not needed": on_position("deleverage", 0, by="keeper"),
    "vault: only the market": straight_from_vault,
    "feed: not a pusher": lambda world: world.system.feed.transaction("push", 1, sender=world.stranger),
    "insurance: only the market": lambda world: world.system.insurance_fund.transaction(
        "cover", world.stranger, 1, sender=world.stranger
    ),
    "pool: only the market": lambda world: world.system.pool.transaction(
        "pay", world.stranger, 1, sender=world.stranger
    ),
}


def failing(world: World, attempt: Attempt) -> CallFrame:
    receipt = world.chain.mine([attempt(world)]).receipts[0]
    assert not receipt.success
    return world.chain.call_trace(receipt.transaction_hash)


def lines_that_say(reason: str) -> set[str]:
    """Where the contracts assert with this reason, as ``path:line``; a constant counts where it is used."""
    root = contracts_root()
    found = set()
    for file in sorted(root.rglob("*.vy")):
        lines = file.read_text().splitlines()
        words = {f'"{reason}"'} | {
            line.split(":")[0].strip() for line in lines if "constant(" in line and f'"{reason}"' in line
        }
        found |= {
            f"contracts/{file.relative_to(root).as_posix()}:{number}"
            for number, line in enumerate(lines, 1)
            if line.lstrip().startswith(("assert ", "raise ")) and line.endswith(tuple(words))
        }
    return found


@pytest.mark.parametrize("reason", REFUSALS)
def test_failure_places__refusal__is_the_line_of_the_assertion(world, directory, reason):
    frame = failing(world, REFUSALS[reason])
    assert frame.reason == reason
    first = failure_places(frame, directory)[0]
    assert f"{first.path}:{first.line}" in lines_that_say(reason)
    source = (contracts_root().parent / first.path).read_text().splitlines()
    assert first.text == source[first.line - 1].strip()
    assert first.check == ""


def test_failure_places__refusal_in_a_module__names_every_function_on_the_way(world, directory):
    frame = failing(world, opening(limit=WAD))
    places = failure_places(frame, directory)
    assert [place.function for place in places] == ["check_limit", "deal", "enlarge", "open"]
    for inner, outer in pairwise(places):
        assert f"{inner.function}(" in outer.text


def test_failure_places__reason_is_computed__is_the_assertion_that_passed_it_on(world, directory):
    world.spoil_price()
    frame = failing(world, opening())
    assert frame.reason == "oracle: price stale"
    inner, *_, outer = failure_places(frame, directory)
    assert inner.path == "contracts/oracle/Oracle.vy"
    assert inner.text.startswith("assert len(reading.reason) == 0")
    assert (outer.path, outer.function) == ("contracts/market/trading.vy", "open")


def test_failure_places__refused_by_what_was_called__goes_on_to_the_caller(world, directory):
    frame = failing(world, opening(margin=10**7))
    paths = [place.path for place in failure_places(frame, directory)]
    assert paths[0] == "snekmate/tokens/erc20.vy"
    assert paths[-1] == "contracts/market/trading.vy"


def test_failure_places__success__has_none(world, directory):
    world.open(10 * WAD, world.tokens(200))
    last = world.chain.block(world.chain.block_number).receipts[0]
    assert failure_places(world.chain.call_trace(last.transaction_hash), directory) == ()


# A contract of somebody's own


@pytest.fixture(scope="module")
def relay() -> Contract:
    return Chain().deploy(compile_contract(RELAY))


def relayed(relay: Contract, function: str, *args: object, gas: int = 300_000) -> CallFrame:
    sender = relay.chain.account("trader")
    return relay.chain.call_trace(relay.transaction(function, *args, sender=sender, gas=gas))


def line_of(text: str) -> int:
    [number] = [
        number for number, line in enumerate(RELAY.read_text().splitlines(), 1) if line.strip() == text
    ]
    return number


@pytest.mark.parametrize(
    ("call", "text", "check"),
    [
        (("assert_bare", 3), "assert number > 10", ""),
        (("assert_unreachable", 3), "assert number > 10, UNREACHABLE", ""),
        (("raise_bare",), "raise", ""),
        (("raise_custom",), CUSTOM, ""),
        (("subtract", 6), "return number - by", "subtraction overflows"),
        (("inner", 0), 'assert number != i + 1, "relay: low"', ""),
    ],
)
def test_places_of__every_way_to_fail__is_the_statement(relay, call, text, check, monkeypatch):
    monkeypatch.chdir(RELAY.parents[2])
    frame = relayed(relay, *call)
    assert not frame.success
    place = places_of(frame, relay.compiled)[0]
    assert (place.line, place.text, place.check) == (line_of(text), text, check)
    assert place.path == "tests/chain/Relay.vy"


def test_failure_places__reentrancy__is_the_head_of_the_function_and_the_lock():
    lock = Chain().deploy(compile_contract(RELAY.with_name("Lock.vy")))
    frame = relayed(lock, "enter")
    places = failure_places(frame, Directory({"lock": lock}))
    assert [(place.text, place.check) for place in places] == [
        ("def enter():", "reentrancy lock"),
        ("extcall Lock(self).enter()", ""),
        ("self.come_back()", ""),
    ]


def test_places_of__internal_function_called_twice__tells_which_call(relay):
    assert relayed(relay, "subtract", 8).success
    inner, outer = places_of(relayed(relay, "subtract", 6), relay.compiled)
    assert (inner.function, outer.function) == ("less", "subtract")
    first, second = (places_of(relayed(relay, "inner", number), relay.compiled)[-1] for number in (0, 2))
    assert first.line == second.line == line_of("self.checked(number + 1)")


def test_places_of__out_of_gas__is_where_the_gas_ran_out(relay):
    frame = relayed(relay, "spin", gas=100_000)
    assert frame.reason == "out of gas"
    place = places_of(frame, relay.compiled)[0]
    assert place.function == "spin"


def test_places_of__constructor_refuses__is_its_line():
    source = Path(__file__).parents[1] / "chain" / "Probe.vy"
    compiled = compile_contract(source)
    chain = Chain()
    thirteen = (13).to_bytes(32, "big")
    frame = chain.call_trace(Transaction(chain.account("deployer"), None, compiled.init_code + thirteen))
    assert frame.reason == "probe: unlucky"
    [place] = places_of(frame, compiled)
    assert (place.function, place.text) == ("__init__", 'assert number != 13, "probe: unlucky"')


@pytest.mark.parametrize("optimize", ["none", "codesize"])
def test_places_of__other_optimisation__is_the_same_line(optimize):
    compiled = compile_contract(RELAY, optimize=optimize)
    relay = Chain().deploy(compiled)
    functions = {}
    for call, text in (
        (("assert_bare", 3), "assert number > 10"),
        (("subtract", 6), "return number - by"),
        (("inner", 0), 'assert number != i + 1, "relay: low"'),
    ):
        places = places_of(relayed(relay, *call), compiled)
        assert places[0].line == line_of(text)
        functions[call[0]] = [place.function for place in places]
    assert functions["inner"] == ["judge", "checked", "inner"]


def test_places_of__source_is_gone__has_none(tmp_path):
    source = tmp_path / "Gone.vy"
    source.write_text(RELAY.read_text())
    compiled = compile_contract(source)
    relay = Chain().deploy(compiled)
    source.unlink()
    assert places_of(relayed(relay, "raise_bare"), compiled) == ()


def test_failure_places__nothing_is_known__has_none(relay):
    assert failure_places(relayed(relay, "raise_bare"), Directory()) == ()
