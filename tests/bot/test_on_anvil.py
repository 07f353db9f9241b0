"""The bot against a real node over the socket: what is due is done once, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isomargin.units import WAD, to_wad
from tests.bot.ground import GWEI, Ground, standing_ground


@pytest.fixture
def ground(tmp_path) -> Iterator[Ground]:
    with standing_ground(tmp_path) as made:
        yield made


def told_once(ground: Ground) -> None:
    """No position was ended twice, and none is left below maintenance."""
    ended = [position for position, _, size in ground.liquidations() if size == 0]
    assert len(ended) == len(set(ended))
    assert ground.system.liquidatable() == []


def test_look__nothing_due__sends_nothing(ground):
    bot, told = ground.bot()
    assert bot.look()
    assert not bot.look()
    assert ground.waiting() == []
    assert [event["event"] for event in told.events()] == ["started", "block"]
    assert bot.idle == 1


def test_look__crash__liquidates_everything_and_books_what_was_paid(ground):
    bot, told = ground.bot()
    bot.look()
    ground.crash(88)
    bot.look()
    assert len(ground.waiting()) == 1
    ground.mine()
    before = ground.system.token_balance(bot.wallet.address)
    bot.look()

    assert ground.open_ids() == []
    assert {keeper for _, keeper, _ in ground.liquidations()} == {bot.wallet.address}
    [mined] = told.events("mined")
    assert (mined["done"], mined["undone"], mined["success"]) == ([1, 2, 3, 4, 5], [], True)
    assert to_wad(mined["reward"]) == before * 10**12
    receipt = ground.ask("eth_getTransactionReceipt", mined["hash"])
    wei = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert to_wad(mined["gas_cost"]) == wei * 88  # an ether is worth what the market says
    assert to_wad(mined["profit"]) == to_wad(mined["reward"]) - to_wad(mined["gas_cost"])
    told_once(ground)


def test_look__while_its_transaction_waits__sends_nothing_more(ground):
    bot, told = ground.bot()
    ground.crash(88)
    bot.look()
    ground.ask("anvil_dropAllTransactions")  # so that the block stays empty ...
    [sent] = told.events("sent")
    bot.look()  # ... which it cannot know before there is one
    assert len(told.events("sent")) == 1
    ground.mine()
    bot.look()
    assert told.events("lost")[0]["hash"] == sent["hash"]
    assert told.events("sent")[1]["nonce"] == sent["nonce"]
    ground.mine()
    bot.look()
    assert ground.open_ids() == []
    told_once(ground)


def test_look__rising_base_fee__replaces_at_the_same_nonce_an_eighth_dearer(ground):
    bot, told = ground.bot(strategy="aggressive")
    ground.crash(88)
    bot.look()
    [sent] = told.events("sent")
    ground.mine_without_room(base_fee=4 * GWEI)  # above what it offers
    bot.look()
    [replaced] = told.events("replaced")
    assert replaced["nonce"] == sent["nonce"]
    assert replaced["replaces"] == sent["hash"]
    for fee in ("max_fee_gwei", "max_priority_fee_gwei"):
        assert to_wad(replaced[fee]) * 8 >= to_wad(sent[fee]) * 9
    assert ground.waiting() == [replaced["hash"]]
    ground.mine(base_fee=4 * GWEI)
    bot.look()
    [mined] = told.events("mined")
    assert mined["hash"] == replaced["hash"]
    assert ground.open_ids() == []
    told_once(ground)


def test_look__rival_was_quicker__pays_its_gas_and_says_so(ground):
    bot, told = ground.bot()
    ground.crash(88)
    bot.look()
    rival = ground.chain.account("keeper")
    ground.send(ground.system.liquidate_batch(rival, [1, 2, 3, 4, 5]), price=50 * GWEI)
    ground.mine()
    bot.look()
    [mined] = told.events("mined")
    assert (mined["done"], mined["undone"]) == ([], [1, 2, 3, 4, 5])
    assert mined["reward"] == "0"
    assert to_wad(mined["profit"]) < 0
    assert {keeper for _, keeper, _ in ground.liquidations()} == {rival}


def test_look__reward_below_the_least_profit__is_left_to_others(ground):
    bot, told = ground.bot(min_profit=100 * WAD)
    ground.crash(88)
    bot.look()
    assert ground.waiting() == []
    assert told.events("held")


def test_look__block_with_the_liquidation_vanishes__book_and_ledger_go_back_with_it(ground):
    bot, told = ground.bot()
    ground.crash(88)
    bot.look()
    snapshot = ground.ask("evm_snapshot")
    ground.mine()
    bot.look()
    assert bot.ledger.done == 5
    ground.ask("evm_revert", snapshot)
    ground.crash(87)
    bot.look()
    [reorg] = told.events("reorg")
    assert reorg["gone_hash"] == told.events("mined")[0]["hash"] or reorg["gone_block"] > 0
    ground.mine()
    bot.look()
    assert bot.ledger.done == 5
    assert bot.ledger.mined == 1
    assert ground.open_ids() == []
    told_once(ground)


def test_look__bot_anew_while_its_transaction_waits__takes_it_over(ground):
    first, told_first = ground.bot()
    ground.crash(88)
    first.look()
    [sent] = told_first.events("sent")

    second, told = ground.bot()
    second.look()
    assert [event["hash"] for event in told.events("adopted")] == [sent["hash"]]
    assert told.events("adopted")[0]["entries"] == [1, 2, 3, 4, 5]
    assert told.events("sent") == []
    ground.mine()
    second.look()
    assert second.ledger.done == 5
    told_once(ground)


def test_look__bot_anew_after_a_kill_in_between__replaces_what_it_took_over_at_its_nonce(ground):
    first, told_first = ground.bot(strategy="aggressive")
    ground.crash(88)
    first.look()
    [sent] = told_first.events("sent")
    second, told = ground.bot(strategy="aggressive")
    second.look()
    ground.mine_without_room(base_fee=4 * GWEI)
    second.look()
    [replaced] = told.events("replaced")
    assert (replaced["nonce"], replaced["replaces"]) == (sent["nonce"], sent["hash"])
    ground.mine(base_fee=4 * GWEI)
    second.look()
    assert second.ledger.done == 5
    told_once(ground)


def test_look__over_a_web_socket__is_the_same(ground):
    bot, _ = ground.bot(url=ground.anvil.url.replace("http", "ws"))
    ground.crash(88)
    bot.look()
    ground.mine()
    bot.look()
    assert bot.ledger.done == 5
    assert ground.open_ids() == []


@pytest.mark.parametrize("kind", ["margin-call"])
def test_look__margin_calls__are_sent_for_each_that_is_news(ground, kind):
    bot, told = ground.bot(kind=kind)
    bot.look()
    ground.crash("92.5")
    bot.look()
    ground.mine()
    bot.look()
    assert bot.ledger.done == len(told.events("sent")) > 0
    bot.look()
    ground.mine()
    bot.look()
    assert len(told.events("sent")) == bot.ledger.done
