"""A difference between the two chains does not pass: shown by contracts that really differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from isomargin.chain import Contract
from isomargin.contracts import CompiledContract, compile_contract
from tests.optimisation.twin_chain import TwinChain

SOURCE = Path(__file__).with_name("Level.vy")


class CrookedChain(TwinChain):
    """Deploys on the shadow a contract of another text, as a wrong optimisation would."""

    def __init__(self, other: CompiledContract) -> None:
        super().__init__()
        self._crooked = other

    def _other(self, contract: object) -> CompiledContract:
        return self._crooked


@pytest.fixture
def crooked(tmp_path: Path) -> Contract:
    text = SOURCE.read_text(encoding="utf-8")
    assert text.count("= 1\n") == 1
    other = tmp_path / "Level.vy"
    other.write_text(text.replace("= 1\n", "= 2\n"), encoding="utf-8")
    return CrookedChain(compile_contract(other)).deploy(compile_contract(SOURCE))


def test_call__returns_something_else__is_noticed(crooked):
    with pytest.raises(AssertionError, match="at none"):
        crooked.call("level")


def test_transaction__logs_something_else__is_noticed(crooked):
    with pytest.raises(AssertionError, match="not the same at none"):
        crooked.transact("note", sender=crooked.chain.account("trader"))


def test_transaction__reverts_on_one_alone__is_noticed(crooked):
    with pytest.raises(AssertionError, match="level: two"):
        crooked.transact("refuse", sender=crooked.chain.account("trader"))


def test_storage__keeps_something_else__is_noticed(crooked):
    crooked.chain.compare_storage("before")
    crooked.transact("keep", sender=crooked.chain.account("trader"))
    with pytest.raises(AssertionError, match="afterwards"):
        crooked.chain.compare_storage("afterwards")


def test_twin_chain__same_contract__has_other_code_at_the_same_address():
    chain = TwinChain()
    contract = chain.deploy(compile_contract(SOURCE))
    contract.transact("keep", sender=chain.account("trader"))
    here, there = chain.code_at(contract.address), chain.shadow.code_at(contract.address)
    assert here
    assert there
    assert here != there
    chain.compare_storage("afterwards")


def test_revert__to_a_snapshot__both_return():
    chain = TwinChain()
    contract = chain.deploy(compile_contract(SOURCE))
    before = chain.snapshot()
    contract.transact("keep", sender=chain.account("trader"))
    chain.revert(before)
    assert chain.block_number == chain.shadow.block_number == 1
    assert chain.storage_at(contract.address, 0) == chain.shadow.storage_at(contract.address, 0) == 0
