"""A user's own contracts: in place of the system's, and beside it, as attackers are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from isomargin.contracts import compile_contract, contracts_root
from isomargin.errors import ScenarioError
from isomargin.simulation import simulate
from isomargin.units import WAD
from tests.simulation.scripts import failures, step_of, written

HALF = """\
# pragma version 0.4.3
from interfaces import ILiquidationPolicy

implements: ILiquidationPolicy


@view
@external
def size_to_close(context: ILiquidationPolicy.LiquidationContext) -> uint256:
    return context.size // 2
"""

# Opens and closes in one transaction, for whoever owns it.
FLASH = """\
# pragma version 0.4.3
from ethereum.ercs import IERC20


interface Market:
    def open(size: int256, margin: uint256, price_limit: uint256, deadline: uint256) -> uint256: nonpayable
    def close(id: uint256, price_limit: uint256, deadline: uint256): nonpayable


event Tried:
    who: indexed(address)
    id: uint256


owner: public(address)
market: Market
token: IERC20
tries: public(uint256)


@deploy
@payable
def __init__(market: address, token: address, owner: address, scale: uint256):
    assert scale == 3, "flash: scale"
    self.market = Market(market)
    self.token = IERC20(token)
    self.owner = owner
    extcall self.token.approve(market, max_value(uint256))


@external
@payable
def attempt(size: int256, margin: uint256):
    assert msg.sender == self.owner, "flash: not owner"
    id: uint256 = extcall self.market.open(size, margin, max_value(uint256), block.timestamp)
    self.tries += 1
    log Tried(who=msg.sender, id=id)
    extcall self.market.close(id, 0, block.timestamp)


@external
def hold(size: int256, margin: uint256):
    extcall self.market.open(size, margin, max_value(uint256), block.timestamp)
"""

BESIDE: dict[str, Any] = {
    "name": "flash",
    "source": "own/Flash.vy",
    "args": ["market", "token", "alice", 3],
    "by": "bob",
}

ATTACK: list[dict[str, Any]] = [
    {"label": "pay", "at": 0, "by": "alice", "transfer": {"to": "flash", "amount": 5_000}},
    {
        "label": "try",
        "after": "pay",
        "by": "alice",
        "call": {"contract": "flash", "function": "attempt", "args": ["10e18", 500_000_000], "value": 7},
    },
    {
        "label": "stranger",
        "after": "pay",
        "by": "bob",
        "call": {"contract": "flash", "function": "attempt", "args": [1, 1]},
        "reverts": "flash: not owner",
    },
    {
        "label": "hold",
        "after": "try",
        "by": "bob",
        "call": {"contract": "flash", "function": "hold", "args": ["10e18", 500_000_000], "as": "held"},
    },
    {
        "label": "raw",
        "after": "hold",
        "by": "bob",
        "call": {"contract": "flash", "data": "0x12345678"},
        "reverts": True,
    },
]

EXPECTED: list[dict[str, Any]] = [
    {"that": "profit(alice, flash) < 0"},
    {"that": "tokens(flash) + margin(held) + 5 < 5000"},
    {"that": "read(flash, tries) == 1"},
    {"that": "events(Tried, alice) == 1"},
    {"that": "events(Tried, bob) == 0"},
    {"that": "ether(flash) * 1_000_000_000 == 0.000000007"},
    {"that": "refused(bob) == 2"},
    {"that": "size(held) == 10"},
    {"that": "size(flash) == size(held)"},
]


def source(folder: Path, name: str, text: str) -> None:
    file = folder / "own" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")


def artefact(folder: Path, **changes: Any) -> None:
    """What Foundry would have written of the flash contract."""
    source(folder, "Flash.vy", FLASH)
    compiled = compile_contract(folder / "own" / "Flash.vy")
    document = {"abi": list(compiled.abi), "bytecode": {"object": f"0x{compiled.init_code.hex()}"}}
    (folder / "own" / "Flash.json").write_text(json.dumps(document | changes), encoding="utf-8")


@pytest.mark.parametrize("kind", ["vyper", "artefact"])
def test_beside__a_contract__is_deployed_and_called_and_counted(tmp_path, kind):
    artefact(tmp_path)
    chosen = BESIDE if kind == "vyper" else BESIDE | {"source": "own/Flash.json"}
    scenario = written(tmp_path, contracts={"beside": [chosen]}, steps=ATTACK, expect=EXPECTED)
    record = simulate(scenario, engine="revm")
    assert [(row.that, row.left, row.right) for row in failures(record)] == []
    assert step_of(record, "try").success
    assert record.run.parameters["contracts"]["beside"][0]["name"] == "flash"


@pytest.mark.parametrize("engine", ["revm", "py-evm"])
def test_contracts__a_policy_of_ones_own__decides(tmp_path, engine):
    source(tmp_path, "Half.vy", HALF)
    scenario = written(
        tmp_path,
        contracts={"full_liquidation": "own/Half.vy"},
        risk={"policy": "full"},
        prices={"values": [100, 97.4]},
        steps=[
            {"label": "in", "at": 0, "by": "alice", "open": {"size": 100, "margin": 300, "as": "long"}},
            {"label": "out", "at": "1.003", "by": "bob", "liquidate": {"positions": ["long"]}},
        ],
        expect=[
            {"that": "size(long) == 50"},
            {"that": "violations == 0"},
        ],
    )
    record = simulate(scenario, engine=engine)
    assert failures(record) == []
    assert record.run.parameters["contracts"] == {"full_liquidation": "own/Half.vy", "beside": []}
    assert [row.size for row in record.positions if row.actor == "alice"] == [100 * WAD]


def test_contracts__a_packaged_name__is_taken_from_the_package(tmp_path):
    scenario = written(tmp_path, contracts={"token": "testing/BlacklistToken"})
    assert scenario.contracts.sources(tmp_path).token == "testing/BlacklistToken"
    assert (contracts_root() / "testing" / "BlacklistToken.vy").is_file()
    assert simulate(scenario, engine="revm").summary.positions.opened == 1


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "replacement that is missing": (
        {"contracts": {"risk_engine": "own/Risk.vy"}},
        "contracts.risk_engine: no Vyper source 'own/Risk.vy'; looked for: ",
    ),
    "replacement that does not compile": (
        {"contracts": {"risk_engine": "own/Broken.vy"}},
        "contracts.risk_engine: ",
    ),
    "contract beside that is missing": (
        {"contracts": {"beside": [BESIDE | {"source": "own/Fish.vy"}]}},
        "contracts.beside[0].source: no Vyper source 'own/Fish.vy'",
    ),
    "too few arguments": (
        {"contracts": {"beside": [BESIDE | {"args": ["market"]}]}},
        "contracts.beside[0].args: constructor: expected (address,address,address,uint256), "
        "found 1 arguments",
    ),
    "argument that is nobody": (
        {"contracts": {"beside": [BESIDE | {"args": ["market", "token", "alicia", 3]}]}},
        "contracts.beside[0].args: constructor: argument 3: expected an address or the name of an account",
    ),
    "argument with a fraction": (
        {"contracts": {"beside": [BESIDE | {"args": ["market", "token", "alice", "0.5"]}]}},
        "contracts.beside[0].args: constructor: argument 4: expected a whole number, found 0.5",
    ),
    "constructor that refuses": (
        {"contracts": {"beside": [BESIDE | {"args": ["market", "token", "alice", 4]}]}},
        "contracts.beside[0].args: constructor: flash: scale",
    ),
    "artefact that is none": (
        {"contracts": {"beside": [BESIDE | {"source": "own/none.json"}]}},
        "contracts.beside[0].source: ",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_contracts__that_cannot_be_used__are_refused_with_file_line_and_key(tmp_path, case):
    changes, message = WRONG[case]
    source(tmp_path, "Flash.vy", FLASH)
    source(tmp_path, "Broken.vy", "# pragma version 0.4.3\nthis is no vyper\n")
    source(tmp_path, "none.json", "{}")
    scenario = written(tmp_path, **changes)
    with pytest.raises(ScenarioError) as refusal:
        simulate(scenario, engine="revm")
    text = str(refusal.value)
    assert len(text.splitlines()) == 1
    assert text.startswith(f"{tmp_path / 'script.toml'}:")
    assert message in text
