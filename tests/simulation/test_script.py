"""Steps in blocks: each action, each trigger and each place; what is expected, and what fails."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from isomargin.errors import ScenarioError
from isomargin.record import RunRecord, TransactionRow
from isomargin.scenario.script_sections import ACTIONS
from isomargin.simulation import simulate
from isomargin.simulation.world import World
from isomargin.units import WAD, from_units, from_wad
from tests.simulation.scripts import failures, play_script, scripted, step_of, world_after

USD = 10**6


def by(name: str, label: str, after: str | None = None, **action: Any) -> dict[str, Any]:
    """A step in the block after another, or in the first."""
    when = {"at": 0} if after is None else {"after": after}
    return {"label": label, "by": name, **when, **action}


# Carol's position is due for a margin call at 98.55, and for liquidation at 98.3; Alice stops at 95.
LIFE: list[dict[str, Any]] = [
    by("alice", "open", open={"size": 12, "margin": 500, "as": "long"}),
    by("carol", "risk", open={"size": 100, "margin": 200, "as": "risky"}),
    by("bob", "short", open={"size": -20, "margin": 300, "owner": "alice", "as": "short"}),
    by("alice", "more", "open", increase={"position": "long", "size": 5}),
    by("alice", "less", "more", decrease={"position": "long", "size": "2.5"}),
    by("bob", "gift", "more", add_margin={"position": "long", "amount": 100}),
    by("alice", "out", "gift", withdraw_margin={"position": "long", "amount": 50}),
    by("alice", "manage", "out", approve={"position": "long"}),
    by(
        "alice", "stop", "manage", place_stop_loss={"position": "long", "trigger": 95, "fee": 1, "as": "stop"}
    ),
    by("alice", "take", "manage", place_take_profit={"position": "long", "trigger": 120, "as": "take"}),
    by("alice", "back", "take", cancel_order={"order": "take"}),
    by(
        "bob",
        "limit",
        place_limit={"size": 5, "margin": 300, "trigger": 99, "fee": 1, "as": "entry"},
    ),
    by("bob", "deposit", deposit={"amount": 1_000}),
    by("bob", "ask", "deposit", request_withdrawal={"shares": "all"}),
    by("alice", "send", transfer={"to": "carol", "amount": 10}),
    {"label": "push", "block": 2, "push_price": {"price": "100.5"}},
    {"label": "scale", "at": 1, "set_system_multiplier": {"multiplier": 1}},
    {"label": "tune", "at": 1, "set_parameters": {"trade_fee_ratio": "0.002", "max_skew": 1_000_000}},
    {"label": "pause", "at": 1, "pause": "opening", "place": "first"},
    by("bob", "barred", "pause", open={"size": 1, "margin": 100}) | {"reverts": "market: opening paused"},
    {"label": "resume", "after": "barred", "resume": "opening"},
    {"label": "hush", "at": 1, "pause": "oracle"},
    {"label": "speak", "after": "hush", "resume": "oracle"},
    by("bob", "idle", "open", deleverage={"position": 1}) | {"reverts": "market: deleverage not needed"},
    {"label": "call", "when": "price <= 98.55", "by": "bob", "call_margin": {"position": "risky"}},
    {"label": "liquidate", "when": "price <= 98.3", "by": "bob", "liquidate": {"positions": ["carol"]}},
    {"label": "enter", "when": "price <= 98.55", "by": "carol", "execute": {"orders": ["entry"]}},
    {"label": "stopped", "when": "price <= 94", "by": "carol", "execute": {"orders": ["stop"]}},
    {"label": "leave", "when": "price <= 94", "by": "alice", "close": {"position": "short"}},
    {"label": "claim", "after": "leave", "by": "alice", "claim": {"position": "short"}, "reverts": True},
    {"label": "redeem", "at": 4, "by": "bob", "redeem": {"shares": "all"}},
    {
        "label": "raw",
        "at": 5,
        "by": "admin",
        "call": {"contract": "market", "function": "set_guardian", "args": ["alice"]},
    },
]


@cache
def life() -> tuple[World, RunRecord]:
    return world_after(
        prices={"values": [100, 100, 98.55, 98.3, 94, 94, 94]},
        people=[{"name": name, "tokens": 100_000} for name in ("alice", "bob", "carol")],
        pool={"cooldown": 3_600, "withdrawal_window": 86_400},
        chain={"blocks_per_price": 8},
        steps=LIFE,
        expect=[{"that": "status(short) == CLOSED"}, {"that": "size(entry) == 5"}],
    )


def test_life__every_action__ends_as_it_must():
    _, record = life()
    assert [(row.label, row.reason) for row in record.steps if row.success is None] == []
    assert failures(record) == []
    assert {row.action for row in record.steps} == set(ACTIONS)


def test_life__books__balance_all_the_way():
    _, record = life()
    assert record.checks
    assert not [row for row in record.checks if row.violations]


def test_life__positions__are_what_the_steps_made_of_them():
    world, record = life()
    alice = world.system.chain.account("alice")
    rows = {row.id: row for row in record.positions}
    by_size = {row.size: row for row in rows.values()}
    assert (by_size[12 * WAD].actor, by_size[12 * WAD].outcome) == ("alice", "closed")
    assert (by_size[-20 * WAD].owner, by_size[-20 * WAD].outcome) == (alice, "closed")
    assert by_size[100 * WAD].penalty > 0
    assert by_size[5 * WAD].outcome == "open"
    assert 0 < (by_size[12 * WAD].exit_price or 0) < 95 * WAD


def test_life__rows_of_steps__name_their_transactions():
    _, record = life()
    sent: dict[Any, TransactionRow] = {(row.block, row.index): row for row in record.transactions}
    for step in record.steps:
        row = sent[step.block, step.index]
        assert (row.success, row.reason) == (step.success, step.reason)
        assert row.actor == ("deployer" if step.by == "admin" else step.by)


def test_life__values__reach_the_contracts():
    world, record = life()
    system = world.system
    parameters = system.market.call("parameters")
    assert parameters[0] == 2 * WAD // 1_000
    assert parameters[6] == 10_000 * WAD  # quote at the first price of 100
    assert parameters[1] == system.terms.parameters.keeper_share
    assert system.market.call("guardian") == system.chain.account("alice")
    assert world.system.token_balance(system.chain.account("carol")) > 0
    [pushed] = [row for row in record.blocks if row.block == step_of(record, "push").block]
    assert pushed.price == WAD * 1005 // 10
    bought_by_carol = [row for row in record.events if row.event == "OrderExecuted"]
    assert len(bought_by_carol) == 2


def test_call__contract_named_like_an_account__is_the_one_called():
    """The oracle is an account, too: to call it would be to call nobody, which succeeds."""
    asked = {"contract": "oracle", "function": "set_grace_period", "args": [60]}
    world, record = world_after(steps=[by("admin", "grace", call=asked)])
    assert failures(record) == []
    assert world.system.oracle.call("grace_period") == 60


# Triggers


def test_due__each_trigger__brings_its_step_into_its_block():
    record = play_script(
        steps=[
            {"label": "block", "block": 3, "by": "alice", "transfer": {"to": "bob", "amount": 1}},
            {"label": "at", "at": "1.5", "by": "alice", "transfer": {"to": "bob", "amount": 1}},
            {"label": "after", "after": "block", "by": "bob", "transfer": {"to": "alice", "amount": 1}},
            {"label": "when", "when": "block >= 5", "by": "bob", "transfer": {"to": "alice", "amount": 1}},
        ]
    )
    first = record.blocks[0].block
    assert step_of(record, "block").block == first + 2
    assert step_of(record, "after").block == first + 3
    assert step_of(record, "at").block == first + 4  # of the price two hours after the first
    assert step_of(record, "when").block == first + 5


def test_due__at_the_minute_of_a_block__is_in_it():
    [row] = play_script(steps=[{"at": 1, "by": "alice", "transfer": {"to": "bob", "amount": 1}}]).steps
    assert row.block is not None
    record = play_script(steps=[{"at": 1, "by": "alice", "transfer": {"to": "bob", "amount": 1}}])
    assert next(block for block in record.blocks if block.block == row.block).timestamp == (
        record.blocks[0].timestamp + 3_600
    )


def test_due__a_step_that_waits_for_one_that_could_not_be_sent__comes():
    record = play_script(
        steps=[
            by("alice", "none", close={"position": "bob"}) | {"reverts": "no position 'bob'"},
            by("alice", "next", "none", transfer={"to": "bob", "amount": 1}),
        ]
    )
    assert failures(record) == []
    assert (step_of(record, "none").block, step_of(record, "none").success) == (None, False)
    assert step_of(record, "next").success


# Places


@pytest.mark.parametrize("engine", ["revm", "py-evm"])
def test_places__in_one_block__are_kept(engine):
    send = {"transfer": {"to": "bob", "amount": 1}}
    steps = [
        {"label": "last", "at": 1, "by": "alice", "place": "last", "gas_bid": 9, **send},
        {"label": "cheap", "at": 1, "by": "alice", **send},
        {"label": "dear", "at": 1, "by": "carol", "gas_bid": 2, **send},
        {"label": "first", "at": 1, "by": "bob", "place": "first", "gas_bid": 0, **send},
        {"label": "before", "at": 1, "by": "bob", "place": "before-price", **send},
    ]
    people = [{"name": name, "tokens": 100} for name in ("alice", "bob", "carol")]
    record = play_script(engine=engine, steps=steps, people=people)
    block = step_of(record, "first").block
    rows = [row for row in record.transactions if row.block == block]
    labels = {row.index: row.label for row in record.steps}
    found = [labels.get(row.index, row.action) for row in rows]
    assert found == ["before", "push", "first", "dear", "cheap", "last"]
    prices = {labels.get(row.index): row.gas_price for row in rows}
    assert prices["dear"] == 2 * prices["cheap"]


def test_places__more_than_a_block_holds__come_in_the_next():
    send = {"at": 0, "by": "alice", "place": "first", "transfer": {"to": "bob", "amount": 1}}
    record = play_script(steps=[{**send, "gas": 30_000_000}, {**send, "gas": 20_000_000}])
    first = record.blocks[0].block
    assert [row.block for row in record.steps] == [first, first + 1]


def test_places__somebody_censored__waits():
    steps = [{"at": 1, "by": "alice", "place": "first", "transfer": {"to": "bob", "amount": 1}}]
    faults = [{"kind": "censor", "at": 1, "sender": "alice", "seconds": 600}]
    [row] = play_script(steps=steps, faults=faults).steps
    [plain] = play_script(steps=steps).steps
    assert (row.success, row.block, plain.block) == (True, (plain.block or 0) + 2, plain.block)


def test_build__somebody_who_takes_no_part__is_refused():
    alone = scripted(
        keepers=[{"name": "hunter"}],
        steps=[{"at": 1, "by": "hunter", "transfer": {"to": "bob", "amount": 1}}],
    ).without_keepers()
    with pytest.raises(ScenarioError, match=r"^steps\[0\]\.by: 'hunter' takes no part$"):
        simulate(alone, engine="revm")


# What fails


def found_in(record: RunRecord) -> list[tuple[str, str, str]]:
    return [(row.where, row.that, row.left) for row in failures(record)]


def test_step__refused_unexpectedly__fails():
    record = play_script(steps=[by("alice", "big", open={"size": 10**9, "margin": 1})])
    [(where, that, found)] = found_in(record)
    assert (where, that) == ('of step 1 "big", open by alice', "succeeds")
    assert found.startswith("a revert: market: ")


def test_step__not_refused__fails_if_it_must_be():
    record = play_script(steps=[by("alice", "fine", open={"size": 1, "margin": 50}) | {"reverts": True}])
    assert found_in(record) == [('of step 1 "fine", open by alice', "reverts", "success")]


def test_step__refused_for_another_reason__fails():
    limited = by("alice", "cheap", open={"size": 1, "margin": 50, "price_limit": 90})
    record = play_script(steps=[limited | {"reverts": "market: below min notional"}])
    assert found_in(record) == [
        (
            'of step 1 "cheap", open by alice',
            'reverts with "market: below min notional"',
            "a revert: market: price limit",
        )
    ]


def test_step__refused_for_its_reason__is_told_among_what_holds():
    limited = by("alice", "cheap", open={"size": 1, "margin": 50, "price_limit": 90})
    [row] = play_script(steps=[limited | {"reverts": "market: price limit"}]).expectations
    assert row.holds


def test_step__after_the_last_price__fails_and_is_told():
    record = play_script(steps=[{"at": 99, "by": "alice", "transfer": {"to": "bob", "amount": 1}}])
    assert found_in(record) == [("of step 1, transfer by alice", "succeeds", "nothing: it never came")]
    assert (record.steps[0].success, record.steps[0].reason) == (None, "waited: at hour 99")


def test_step__whose_condition_never_holds__may_stay_away():
    never = {"when": "price > 1000", "by": "alice", "transfer": {"to": "bob", "amount": 1}}
    assert play_script(steps=[never]).expectations == ()
    assert len(failures(play_script(steps=[{**never, "reverts": True}]))) == 1


@pytest.mark.parametrize("engine", ["revm", "py-evm"])
def test_step__without_the_ether__is_not_sent_and_holds_nobody_up(engine):
    record = play_script(
        engine=engine,
        people=[{"name": "alice", "tokens": 100, "ether": "0.001"}, {"name": "bob", "tokens": 100}],
        steps=[
            by("alice", "poor", transfer={"to": "bob", "amount": 1}),
            by("bob", "rich", transfer={"to": "alice", "amount": 1}),
        ],
    )
    assert (step_of(record, "poor").success, step_of(record, "poor").reason) == (False, "not enough ether")
    assert step_of(record, "rich").success
    assert len(failures(record)) == 1


@pytest.mark.parametrize(
    ("expected", "found", "holds"),
    [
        ({"that": "price == 100"}, ("100", "100"), True),
        ({"that": "price > 100"}, ("100", "100"), False),
        ({"that": "price - 0.000002 >= 100", "tolerance": 2}, ("99.999998", "100"), True),
        ({"that": "price - 0.000003 >= 100", "tolerance": 2}, ("99.999997", "100"), False),
        ({"that": "balance(alice) != 100000", "tolerance": 1}, ("100000", "100000"), False),
        ({"that": "equity(alice) > 0"}, ("no position 'alice'", ""), False),
        ({"that": "price > 0", "at": 99}, ("nothing: its time never came", ""), False),
        ({"that": "block == 3", "block": 3}, ("3", "3"), True),
        ({"that": "hours >= 1", "at": 1}, ("1", "1"), True),
        ({"that": "block == 4", "when": "block > 3"}, ("4", "4"), True),
        ({"that": "-(1 + 2) * 3 < -8"}, ("-9", "-8"), True),
        ({"that": "hours * 3 == 9"}, ("9.01", "9"), False),
    ],
)
def test_expect__one_comparison__is_judged_in_its_time(expected, found, holds):
    [row] = play_script(expect=[expected]).expectations
    assert ((row.left, row.right), row.holds) == (found, holds)


def test_expect__after_a_step__sees_the_block_with_it():
    record = play_script(
        steps=[by("alice", "pay", transfer={"to": "bob", "amount": 7})],
        expect=[{"after": "pay", "that": "profit(bob) == 7", "because": "it was paid"}],
    )
    [row] = record.expectations
    assert (row.where, row.block, row.because) == (
        'after "pay"',
        step_of(record, "pay").block,
        "it was paid",
    )


# Terms


@cache
def read() -> tuple[World, dict[str, str]]:
    """A world in which much has happened, and what each term came to at its end."""
    terms = [
        "price",
        "gas_price",
        "block",
        "hours",
        "bad_debt",
        "insurance_fund",
        "pool_assets",
        "pool_cash",
        "share_price",
        "open_interest(long)",
        "open_interest(short)",
        "skew",
        "open_positions",
        "liquidatable",
        "violations",
        "violations(I5)",
        "balance(alice)",
        "tokens(pool)",
        "ether(bob)",
        "profit(alice)",
        "profit(alice, bob, alice)",
        "equity(long)",
        "margin(long)",
        "margin_ratio(long)",
        "size(short)",
        "events(PositionOpened)",
        "events(PositionOpened, alice)",
        "refused(bob)",
        "read(market, last_id)",
        "read(token, balanceOf, pool)",
        "at_start(pool_cash)",
        "at_start(profit(alice))",
    ]
    world, record = world_after(
        prices={"values": [100, 100, 101, 99]},
        people=[{"name": "alice", "tokens": 10_000}, {"name": "bob", "tokens": 10_000, "ether": 5}],
        steps=[
            by("alice", "open", open={"size": 10, "margin": 500, "as": "long"}),
            by("bob", "short", open={"size": -1, "margin": 500, "as": "short"}),
            by("bob", "bad", "short", open={"size": -1, "margin": 0}) | {"reverts": True},
            by("alice", "pool", deposit={"amount": 100}),
        ],
        expect=[{"that": f"{term} >= -1_000_000_000"} for term in terms]
        + [{"that": "status(long) == HEALTHY"}],
    )
    assert failures(record) == []
    rows = [row for row in record.expectations if row.where == "at the end"]
    return world, dict(zip([*terms, "status(long)"], (row.left for row in rows), strict=True))


def test_terms__of_the_market__are_the_chains_own_reading():
    world, found = read()
    system, state = world.system, world.system.market_state()
    assert found["price"] == from_wad(state.price) == "99"
    assert found["gas_price"] == "10"
    assert (found["block"], found["hours"]) == ("8", "3.003333333333333333")
    assert found["bad_debt"] == from_wad(state.bad_debt)
    assert found["insurance_fund"] == from_units(system.token_balance(system.insurance_fund.address), 6)
    assert found["pool_assets"] == from_units(system.pool.call("totalAssets"), 6)
    assert (
        found["pool_cash"]
        == found["tokens(pool)"]
        == from_units(system.token_balance(system.pool.address), 6)
    )
    assert found["share_price"] == from_units(system.pool.call("convertToAssets", 10**12), 6)
    longs, shorts = system.market.call("open_interest")
    assert found["open_interest(long)"] == from_wad(longs)
    assert found["open_interest(short)"] == from_wad(shorts)
    assert found["skew"] == from_wad(longs - shorts)


def test_terms__counts__are_of_the_run():
    world, found = read()
    assert found["open_positions"] == str(len(world.system.open_positions()))
    assert found["liquidatable"] == str(len(world.system.liquidatable()))
    assert found["violations"] == found["violations(I5)"] == "0"
    assert found["events(PositionOpened)"] == "3"  # the trader's too
    assert found["events(PositionOpened, alice)"] == found["refused(bob)"] == "1"
    assert found["read(market, last_id)"] == "3"


def test_terms__of_accounts__are_the_chains_own_reading():
    world, found = read()
    system = world.system
    alice, bob = system.chain.account("alice"), system.chain.account("bob")
    assert found["balance(alice)"] == from_units(system.token_balance(alice), 6)
    assert found["ether(bob)"] == from_wad(system.chain.balance(bob))
    assert found["read(token, balanceOf, pool)"] == str(system.token_balance(system.pool.address))


def test_terms__of_positions__are_the_lenss_reading():
    world, found = read()
    view = next(one for one in world.system.open_positions() if one.size == 10 * WAD)
    assert found["equity(long)"] == from_wad(view.equity)
    assert found["margin(long)"] == from_units(view.margin, 6)
    assert found["margin_ratio(long)"] == from_wad(view.margin_ratio)
    assert found["size(short)"] == "-1"
    assert found["status(long)"] == "HEALTHY"


def test_terms__profit__is_all_that_one_has_less_what_one_began_with():
    world, found = read()
    system = world.system
    wealth = {}
    for name in ("alice", "bob"):
        account = system.chain.account(name)
        shares = system.pool.call("balanceOf", account)
        units = system.token_balance(account) + system.pool.call("convertToAssets", shares)
        held = [one for one in system.open_positions() if one.owner == account]
        wealth[name] = sum(one.equity + one.keeper_reserve * 10**12 for one in held) + units * 10**12
    start = 10_000 * WAD
    assert found["profit(alice)"] == from_wad(wealth["alice"] - start)
    assert found["profit(alice, bob, alice)"] == from_wad(wealth["alice"] + wealth["bob"] - 2 * start)
    assert found["at_start(profit(alice))"] == "0"
    assert found["at_start(pool_cash)"] == "20000000"


# What only the deployed contracts can tell

UNKNOWN: dict[str, tuple[dict[str, Any], str]] = {
    "function": (
        {"call": {"contract": "market", "function": "liquidat", "args": [1]}},
        "steps[0].call.function: expected the name of a function, found 'liquidat'; "
        'did you mean "liquidate"?',
    ),
    "number of arguments": (
        {"call": {"contract": "market", "function": "liquidate"}},
        "steps[0].call.args: liquidate takes (uint256), found 0 arguments",
    ),
    "type of an argument": (
        {"call": {"contract": "market", "function": "liquidate", "args": [-1]}},
        "steps[0].call.args: argument 1: expected uint256, found -1",
    ),
    "name of an argument": (
        {"call": {"contract": "market", "function": "set_guardian", "args": ["alic"]}},
        "steps[0].call.args: argument 1: expected an address or the name of an account, found 'alic'",
    ),
    "fraction": (
        {"call": {"contract": "market", "function": "liquidate", "args": ["1.5"]}},
        "steps[0].call.args: argument 1: expected a whole number, found 1.5",
    ),
    "person as a contract": (
        {"call": {"contract": "bob", "function": "f"}},
        "steps[0].call.args: the functions of 'bob' are not known; expected data",
    ),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_build__a_call_that_cannot_be_made__is_refused_before_the_first_price(case):
    action, message = UNKNOWN[case]
    with pytest.raises(ScenarioError) as refusal:
        play_script(steps=[{"at": 0, "by": "alice", **action}])
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("that", "message"),
    [
        ("events(PositionOpend) > 0", "expected the name of an event, found 'PositionOpend'; did you mean"),
        ("read(market, xyzzy) > 0", "expected the name of a function, found 'xyzzy'; expected one of"),
        (
            "read(market, owner) > 0",
            "read(market, owner): expected a function that returns a number, found (address)",
        ),
        ("read(market, position) > 0", "read(market, position): position takes (uint256), found 0 arguments"),
        ("read(second_feed, decimals) > 0", "second_feed is not deployed in this scenario"),
    ],
)
def test_build__an_expression_that_cannot_be_read__is_refused_before_the_first_price(that, message):
    with pytest.raises(ScenarioError) as refusal:
        play_script(expect=[{"that": that}])
    assert str(refusal.value).startswith(f"expect[0].that: {message}")
