"""The level of a session: what names no level gets it; afterwards all is as before."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain, Transaction
from isomargin.contracts import compile_contract
from isomargin.errors import TransactionReverted
from isomargin.protocol import deploy
from tests.levels import at_level, deployables
from tests.system_helpers import terms_of

POLICY = "risk/policies/FullLiquidation"
# PUSH3 size, PUSH0, RETURN: one zero byte more than EIP-170 lets become code
LARGE = b"\x62" + (24_577).to_bytes(3, "big") + b"\x5f\xf3"


def takes_large_code(chain: Chain) -> bool:
    creation = Transaction(chain.account("deployer"), None, LARGE, gas=30_000_000)
    return chain.mine([creation]).receipts[0].success


def test_at_level__none__compiles_so_and_takes_large_code():
    with at_level("none"):
        assert compile_contract(POLICY).optimize == "none"
        assert compile_contract(POLICY, optimize="gas").optimize == "gas"
        assert takes_large_code(Chain())


@pytest.mark.parametrize("level", ["none", "gas"])
def test_at_level__afterwards__everything_is_as_before(level):
    with at_level(level):
        pass
    assert compile_contract(POLICY).optimize == "gas"
    assert not takes_large_code(Chain())


def test_deploy__without_optimisation_on_a_real_chain__is_refused():
    chain = Chain()
    with at_level("none"), pytest.raises(TransactionReverted, match="code above the limit of 24576 bytes"):
        deploy(chain, terms_of())


def test_deployables__of_the_packaged_contracts__are_those_in_camel_case():
    names = deployables()
    assert {"Market", "PositionVault", "FullLiquidation", "TiersHarness"} <= names.keys()
    assert not {"tiers", "trading", "IMarket"} & names.keys()
