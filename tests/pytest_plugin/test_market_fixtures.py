"""The fixtures of a market: people, isolation, the marker and what it refuses."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.inner import run

pytest_plugins = ["pytester"]


def test_fixtures__a_position_through_its_life__as_the_readme_says(pytester):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("turn", [1, 2])
        def test_liquidation(
            market, oracle, trader, keeper, lp, attacker, turn,
            reverts, assert_events, assert_isolated, assert_solvent, assert_invariants,
        ):
            assert trader.tokens == attacker.tokens == lp.tokens == 1_000_000
            assert keeper.tokens == 0 and keeper.ether > 0
            other = attacker.open(size=-5, margin=5_000)
            position = trader.open(size=10, margin=500)
            assert (other.id, position.id) == (1, 2)
            with reverts("market: position is sound"):
                keeper.liquidate(position)
            oracle.push(1_955)
            assert position.is_liquidatable and position.health < 1
            with assert_isolated(market, position):
                done = keeper.liquidate(position)
            assert_events(done, ("PositionLiquidated", {"id": position.id, "keeper": keeper}))
            assert keeper.tokens > 0
            other.close()
            assert_solvent(market)
            assert_invariants(market)
        """
    )
    run(pytester, "--isomargin-engine=revm").assert_outcomes(passed=2)


def test_market__own_chain_fixture__is_deployed_on_it(pytester):
    pytester.makepyfile(
        """
        import pytest
        from isomargin.chain import Chain

        @pytest.fixture
        def chain():
            return Chain("revm", chain_id=77)

        def test_chain(chain, market, trader):
            assert market.chain is chain
            assert trader.open(size=1, margin=500).id == 1
        """
    )
    run(pytester).assert_outcomes(passed=1)


def test_marker__engine_tiers_decimals_price_and_tables__are_those_of_the_market(pytester):
    pytester.makepyfile(
        """
        import pytest
        pytestmark = pytest.mark.isomargin(engine="revm", decimals=18)

        @pytest.mark.isomargin(
            tiers=[(0, "0.1", "0.05"), {"notional_floor": 5_000, "imr": 0.5, "mmr": 0.25}],
            price=100, market={"trade_fee_ratio": 0, "keeper_reserve": 0}, insurance={"deposit": 7},
        )
        def test_tiers(market, trader, reverts):
            assert market.chain.engine_name == "revm"
            assert (market.price, market.decimals, market.insurance_fund) == (100, 18, 7)
            with reverts("market: ..."):
                trader.open(size=10, margin=99)
            position = trader.open(size=10, margin=101)
            assert position.margin == 101  # nothing was taken out
            assert position.maintenance == position.view.notional * 0.05 / 10**18

        def test_rest(market):
            assert (market.price, market.decimals, market.insurance_fund) == (2_000, 18, 250_000)
        """
    )
    run(pytester).assert_outcomes(passed=2)


def test_marker__several_engines__one_test_each(pytester):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.isomargin(engine=["py-evm", "revm"])
        def test_engine(chain, isomargin_engine):
            assert chain.engine_name == isomargin_engine
        """
    )
    result = run(pytester, "-v", "--strict-markers")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_engine?py-evm? PASSED*", "*test_engine?revm? PASSED*"])


def test_marker__own_sources__stand_in_the_market(pytester):
    pytester.mkdir("contracts").joinpath("Nothing.vy").write_text(
        '''
# pragma version 0.4.3
"""
@notice Closes nothing.
"""
from interfaces import ILiquidationPolicy

implements: ILiquidationPolicy


@external
@view
def size_to_close(context: ILiquidationPolicy.LiquidationContext) -> uint256:
    return 0
'''
    )
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.isomargin(sources={"full_liquidation": "contracts/Nothing"}, risk={"policy": "full"})
        def test_policy(market):
            assert market.system.policy.compiled.name == "Nothing"
        """
    )
    run(pytester, "--isomargin-engine=revm").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("tier=[]", "@pytest.mark.isomargin: unknown tier, expected one of engine, tiers, *"),
        ("'revm'", "@pytest.mark.isomargin takes names only, found 'revm'"),
        ("tiers=[(0, 0.1)]", "tiers: expected (notional floor, initial, maintenance), found (0, 0.1)"),
        ("decimals=19", "token.decimals: expected a whole number from 0 to 18, found 19"),
        ("risk={'max_mov': 1}", 'risk.max_mov: unknown key; did you mean "max_move"?'),
        ("engine='revmm'", "unknown engine 'revmm', did you mean revm?"),
        ("sources={'risk': 'x'}", "sources: unknown risk, expected one of token, feed, *"),
    ],
)
def test_marker__wrong__test_fails_with_one_line(pytester, arguments, message):
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.isomargin({arguments})
        def test_wrong(market):
            raise AssertionError("never comes here")
        """
    )
    result = run(pytester, "--isomargin-engine=revm")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{message.replace('[', '[[]')}"])
    assert "Traceback" not in result.stdout.str()
    assert "stages.py" not in result.stdout.str()


def test_engine__in_the_configuration_file__is_taken(pytester):
    pytester.makeini("[pytest]\nisomargin_engine = revm\n")
    pytester.makepyfile("def test_engine(chain):\n    assert chain.engine_name == 'revm'\n")
    run(pytester).assert_outcomes(passed=1)
