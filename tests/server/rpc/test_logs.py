"""eth_getLogs and the filters: what is asked for, what is new, and what was taken back."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from isomargin.server.rpc.filters import IDLE_SECONDS
from tests.server.rpc.ground import BOT, Ground, Refusal

NOTED = "0x" + keccak(b"Noted(address,uint256,string)").hex()
WHO = "0x" + 24 * "0" + BOT[2:].lower()
LABELS = {label: "0x" + keccak(label.encode()).hex() for label in ("a", "b", "c")}
OTHER = "0x" + 64 * "1"


@pytest.fixture(scope="module")
def story() -> Ground:
    """Notes a, b and c in blocks 2, 3 and 4, and an empty block 5."""
    ground = Ground()
    for number, label in enumerate(LABELS):
        ground.mined_note(number, label)
    ground.node.seal()
    return ground


def labels(answer):
    """What the logs were labelled, in their order."""
    names = {topic: label for label, topic in LABELS.items()}
    return "".join(names[log["topics"][2]] for log in answer)


def logs(ground, **asked):
    return labels(ground.ask("eth_getLogs", {"fromBlock": "0x0", **asked}))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "abc"),
        ({"toBlock": "latest"}, "abc"),
        ({"fromBlock": "0x3"}, "bc"),
        ({"fromBlock": "earliest", "toBlock": "0x3"}, "ab"),
        ({"fromBlock": "0x3", "toBlock": "0x3"}, "b"),
        ({"fromBlock": "0x5", "toBlock": "0x5"}, ""),
        ({"topics": []}, "abc"),
        ({"topics": [NOTED]}, "abc"),
        ({"topics": [OTHER]}, ""),
        ({"topics": [[NOTED, OTHER]]}, "abc"),
        ({"topics": [None, WHO]}, "abc"),
        ({"topics": [None, None, LABELS["b"]]}, "b"),
        ({"topics": [NOTED, None, [LABELS["a"], LABELS["c"]]]}, "ac"),
        ({"topics": [[], [None, OTHER], LABELS["c"]]}, "c"),
        ({"topics": [None, None, None]}, "abc"),
        ({"topics": [None, None, None, None]}, ""),
        ({"address": BOT}, ""),
        ({"address": []}, "abc"),
        ({"address": None, "topics": None}, "abc"),
    ],
)
def test_logs__by_blocks_topics_and_addresses__are_those_that_match(story, asked, found):
    assert logs(story, **asked) == found


def test_logs__of_the_contract_alone_or_in_a_list__are_found(story):
    assert logs(story, address=story.probe.address.lower()) == "abc"
    assert logs(story, address=[BOT, story.probe.address]) == "abc"


def test_logs__of_one_block_by_hash__are_its_own(story):
    block_hash = "0x" + story.chain.block(3).hash.hex()
    assert labels(story.ask("eth_getLogs", {"blockHash": block_hash})) == "b"
    assert labels(story.ask("eth_getLogs", {"blockHash": block_hash, "address": BOT})) == ""


def test_logs__no_blocks_named__are_those_of_the_newest(story):
    assert story.ask("eth_getLogs", {}) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"fromBlock": "0x6", "toBlock": "0xff"},  # blocks to come
        {"fromBlock": "0x6"},  # what bots ask while nothing is new
        {"fromBlock": "0x6", "toBlock": "latest"},
    ],
)
def test_logs__of_blocks_to_come__are_none(story, asked):
    assert story.ask("eth_getLogs", asked) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"fromBlock": "0x3", "toBlock": "0x2"}, "invalid block range params"),
        ({"blockHash": OTHER, "fromBlock": "0x1"}, "cannot specify both BlockHash and FromBlock/ToBlock"),
        ({"blockHash": "0x1"}, "field blockHash: "),
        ({"fromBlock": 5}, "field fromBlock: "),
        ({"fromBlock": {"blockHash": OTHER}}, "field fromBlock: expected a block number or tag"),
        ({"address": "0x1"}, "field address: "),
        ({"address": [BOT, 5]}, "field address: entry 1: "),
        ({"topics": ["0x1"]}, "field topics: entry 0: "),
        ({"topics": [[OTHER, "0x1"]]}, "field topics: entry 0: entry 1: "),
        ({"topics": [None] * 5}, "exceed max topics: 5"),
        ({"topics": OTHER}, "field topics: expected an array"),
        ({"address": [BOT] * 1_001}, "1001 to choose from, at most 1000"),
        ([], "expected a filter object"),
    ],
)
def test_logs__filter_that_is_none__says_what_is_wrong(story, asked, message):
    with pytest.raises(Refusal) as refusal:
        story.ask("eth_getLogs", asked)
    assert refusal.value.code == -32602
    assert message in refusal.value.message


def test_logs__of_an_unknown_block__are_refused(story):
    with pytest.raises(Refusal, match=r"^unknown block$") as refusal:
        story.ask("eth_getLogs", {"blockHash": OTHER})
    assert refusal.value.code == -32000


topic_choices = st.sampled_from([NOTED, WHO, *LABELS.values(), OTHER])
block_numbers = st.integers(0, 7)


@settings(deadline=None)
@given(
    st.lists(st.none() | topic_choices | st.lists(topic_choices, max_size=3), max_size=4),
    block_numbers,
    block_numbers,
)
def test_logs__any_filter__are_what_a_plain_search_finds(story, topics, first, last):
    asked = {"fromBlock": hex(first), "toBlock": hex(last), "topics": topics}
    if first > last:
        with pytest.raises(Refusal, match="invalid block range params"):
            story.ask("eth_getLogs", asked)
        return
    wanted = [[topic] if isinstance(topic, str) else topic or None for topic in topics]
    everything = story.ask("eth_getLogs", {"fromBlock": "0x0"})
    expected = [
        log
        for log in everything
        if first <= int(log["blockNumber"], 16) <= last
        and len(wanted) <= len(log["topics"])
        and all(
            choice is None or topic in choice for topic, choice in zip(log["topics"], wanted, strict=False)
        )
    ]
    assert story.ask("eth_getLogs", asked) == expected


# Filters


def changes(ground, name):
    return ground.ask("eth_getFilterChanges", name)


def test_filter__of_logs__gives_each_once_from_its_beginning_on(ground):
    ground.mined_note(1, "a")
    name = ground.ask("eth_newFilter", {"address": ground.probe.address, "topics": [NOTED]})
    assert changes(ground, name) == []
    ground.mined_note(2, "b")
    ground.mined_note(3, "c")
    found = changes(ground, name)
    assert labels(found) == "bc"
    assert found == ground.ask("eth_getLogs", {"fromBlock": "0x3"})
    assert changes(ground, name) == []


def test_filter__of_blocks__gives_their_hashes(ground):
    name = ground.ask("eth_newBlockFilter")
    blocks = [ground.node.seal(), ground.node.seal()]
    assert changes(ground, name) == ["0x" + block.hash.hex() for block in blocks]


def test_filter__of_pending_transactions__gives_their_hashes(ground):
    name = ground.ask("eth_newPendingTransactionFilter")
    sent = [ground.note(1), ground.note(2)]
    ground.node.seal()
    assert changes(ground, name) == sent


def test_filter__blocks_are_replaced__gives_their_logs_again_as_removed(ground):
    name = ground.ask("eth_newFilter", {})
    ground.mined_note(1, "a")
    ground.node.seal()
    [old] = changes(ground, name)
    ground.node.reorganise(2)
    removed, new = changes(ground, name)
    assert removed == old | {"removed": True}
    assert new["removed"] is False
    assert new["transactionHash"] == old["transactionHash"]
    assert new["blockHash"] != old["blockHash"]


def test_filter__bounded__gives_no_block_outside(ground):
    name = ground.ask("eth_newFilter", {"fromBlock": "0x3", "toBlock": "0x3"})
    for number, label in enumerate(LABELS):
        ground.mined_note(number, label)
    assert labels(changes(ground, name)) == "b"
    assert labels(ground.ask("eth_getFilterLogs", name)) == "b"


def test_filter_logs__are_all_that_it_covers_and_leave_its_changes_alone(ground):
    ground.mined_note(1, "a")
    name = ground.ask("eth_newFilter", {"fromBlock": "earliest", "toBlock": "latest"})
    ground.mined_note(2, "b")
    assert labels(ground.ask("eth_getFilterLogs", name)) == "ab"
    assert labels(changes(ground, name)) == "b"


def test_filter_logs__of_a_filter_of_blocks__are_refused(ground):
    name = ground.ask("eth_newBlockFilter")
    with pytest.raises(Refusal, match="filter not found"):
        ground.ask("eth_getFilterLogs", name)


def test_filter__uninstalled__is_not_found(ground):
    name = ground.ask("eth_newBlockFilter")
    assert ground.ask("eth_uninstallFilter", name) is True
    assert ground.ask("eth_uninstallFilter", name) is False
    with pytest.raises(Refusal, match=r"^filter not found$") as refusal:
        changes(ground, name)
    assert refusal.value.code == -32000


def test_filter__idle_for_five_minutes__is_forgotten_and_a_polled_one_is_not(ground):
    idle, polled = ground.ask("eth_newBlockFilter"), ground.ask("eth_newBlockFilter")
    ground.now = IDLE_SECONDS
    changes(ground, polled)
    ground.now += 1
    ground.node.seal()
    assert len(changes(ground, polled)) == 1
    with pytest.raises(Refusal, match="filter not found"):
        changes(ground, idle)


def test_filters__thousand_in_use__let_no_more_in_until_some_are_idle(ground):
    for _ in range(1_000):
        ground.ask("eth_newBlockFilter")
    with pytest.raises(Refusal, match="too many filters"):
        ground.ask("eth_newBlockFilter")
    ground.now = IDLE_SECONDS + 1
    assert ground.ask("eth_newBlockFilter")


@pytest.mark.parametrize("asked", [{"blockHash": OTHER}, {"fromBlock": "0x3", "toBlock": "0x2"}, 5])
def test_filter__that_is_none__is_refused(ground, asked):
    with pytest.raises(Refusal) as refusal:
        ground.ask("eth_newFilter", asked)
    assert refusal.value.code == -32602


# Subscriptions


def subscribe(ground, *params):
    return ground.ask("eth_subscribe", *params, by_socket=True)


def heard(ground, name):
    assert all(message["method"] == "eth_subscription" for message in ground.pushed)
    return [
        message["params"]["result"] for message in ground.pushed if message["params"]["subscription"] == name
    ]


def test_subscription__new_heads__gives_headers_from_now_on(ground):
    name = subscribe(ground, "newHeads")
    ground.mined_note(1)
    [header] = heard(ground, name)
    block = ground.ask("eth_getBlockByNumber", "latest", False)
    assert header == {field: block[field] for field in header}
    assert set(block) - set(header) == {"size", "transactions", "uncles", "withdrawals", "totalDifficulty"}


def test_subscription__logs__gives_those_that_match_once(ground):
    ground.mined_note(1, "a")
    name = subscribe(ground, "logs", {"address": ground.probe.address, "topics": [None, None, LABELS["b"]]})
    everything = subscribe(ground, "logs")
    ground.mined_note(2, "b")
    ground.mined_note(3, "c")
    assert labels(heard(ground, name)) == "b"
    assert labels(heard(ground, everything)) == "bc"


def test_subscription__logs_of_replaced_blocks__come_as_removed_and_then_anew(ground):
    name = subscribe(ground, "logs", {})
    heads = subscribe(ground, "newHeads")
    ground.mined_note(1, "a")
    ground.node.seal()
    ground.node.reorganise(2)
    first, removed, again = heard(ground, name)
    assert removed == first | {"removed": True}
    assert again["removed"] is False
    numbers = [int(header["number"], 16) for header in heard(ground, heads)]
    assert numbers == [2, 3, 2, 3]


def test_subscription__pending_transactions__gives_hashes_or_all_of_them(ground):
    hashes = subscribe(ground, "newPendingTransactions")
    whole = subscribe(ground, "newPendingTransactions", True)
    sent = ground.note(1)
    assert heard(ground, hashes) == [sent]
    assert heard(ground, whole) == [ground.ask("eth_getTransactionByHash", sent)]


def test_subscription__ended__says_nothing_more(ground):
    name = subscribe(ground, "newHeads")
    ground.node.seal()
    assert ground.ask("eth_unsubscribe", name, by_socket=True) is True
    ground.node.seal()
    assert len(heard(ground, name)) == 1
    with pytest.raises(Refusal, match="subscription not found"):
        ground.ask("eth_unsubscribe", name, by_socket=True)


def test_subscription__client_leaves__ends(ground):
    subscribe(ground, "newHeads")
    ground.hub.leave(ground.subscriber)
    ground.node.seal()
    assert ground.pushed == []
    assert len(ground.hub) == 0


def test_subscription__names__are_never_used_twice(ground):
    names = [subscribe(ground, "newHeads") for _ in range(3)]
    ground.ask("eth_unsubscribe", names[-1], by_socket=True)
    assert len({*names, subscribe(ground, "newHeads")}) == 4


@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        (["syncing"], -32601, 'no "syncing" subscription in eth namespace'),
        (["everything"], -32601, 'no "everything" subscription in eth namespace'),
        (["logs", {"topics": ["0x1"]}], -32602, "invalid argument 1 (options): field topics: "),
        (["newPendingTransactions", "yes"], -32602, "invalid argument 1 (options): expected true or false"),
        ([], -32602, "missing value for required argument 0 (subscription)"),
    ],
)
def test_subscription__that_is_none__is_refused(ground, params, code, message):
    with pytest.raises(Refusal) as refusal:
        subscribe(ground, *params)
    assert refusal.value.code == code
    assert message in refusal.value.message


@pytest.mark.parametrize("method", ["eth_subscribe", "eth_unsubscribe"])
def test_subscription__over_http__is_not_supported(ground, method):
    with pytest.raises(Refusal, match=r"^notifications not supported$") as refusal:
        ground.ask(method, "newHeads")
    assert refusal.value.code == -32601
