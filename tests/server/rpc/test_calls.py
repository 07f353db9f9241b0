"""eth_call, eth_estimateGas and sending: what is refused, and in whose words."""

from __future__ import annotations

import pytest
from eth_keys.datatypes import PrivateKey

from isomargin.chain import Transaction, private_key_of
from isomargin.chain.signed import sign_transaction
from tests.server.rpc.ground import BOT, ETHER, GWEI, STRANGER, Ground, Refusal

WORD = 64


def number_in(answer):
    return int(answer[2 : 2 + WORD], 16)


def refused(ground, method, *params):
    with pytest.raises(Refusal) as refusal:
        ground.ask(method, *params)
    return refusal.value.code, refusal.value.message


@pytest.mark.parametrize("field", ["data", "input"])
def test_call__data_or_input__are_the_same(ground, field):
    asked = {"to": ground.probe.address, field: ground.call_data("number")}
    assert number_in(ground.ask("eth_call", asked, "latest")) == 5


def test_call__data_and_input_differ__is_refused(ground):
    asked = {"to": ground.probe.address, "data": "0x01", "input": "0x02"}
    code, message = refused(ground, "eth_call", asked, "latest")
    assert code == -32000
    assert 'both "data" and "input" are set and not equal' in message


def test_call__no_sender__comes_from_the_zero_address(ground):
    answer = ground.ask("eth_call", {"to": ground.probe.address, "data": ground.call_data("head")})
    assert answer[-40:] == 40 * "0"
    asked = {"to": ground.probe.address, "data": ground.call_data("head"), "from": STRANGER}
    assert answer[-40:] != ground.ask("eth_call", asked)[-40:] == STRANGER[2:].lower()


def test_call__with_fields_that_play_no_part__is_answered(ground):
    asked = {
        "to": ground.probe.address,
        "data": ground.call_data("number"),
        "from": STRANGER,
        "nonce": "0x77",
        "type": "0x2",
        "chainId": "0x539",
        "accessList": [{"address": ground.probe.address, "storageKeys": []}],
        "value": "0x0",
        "gas": None,
        "somethingNew": [1],
    }
    assert number_in(ground.ask("eth_call", asked, "pending", {}, {})) == 5


def test_call__older_block__sees_its_state(ground):
    before = ground.node.head
    ground.mined_note(9)
    asked = {"to": ground.probe.address, "data": ground.call_data("number")}
    assert number_in(ground.ask("eth_call", asked, hex(before.number))) == 5
    assert number_in(ground.ask("eth_call", asked, {"blockHash": "0x" + before.hash.hex()})) == 5
    assert number_in(ground.ask("eth_call", asked, "latest")) == 9


def test_call__older_block_on_revm__is_refused_in_the_chains_words():
    ground = Ground("revm")
    ground.mined_note(9)
    asked = {"to": ground.probe.address, "data": ground.call_data("number")}
    code, message = refused(ground, "eth_call", asked, hex(ground.node.head.number - 1))
    assert code == -32000
    assert "newest state only" in message


@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_call__contract_refuses__is_code_3_with_reason_and_data(ground, method):
    asked = {"to": ground.probe.address, "data": ground.call_data("note", 13, "x"), "from": BOT}
    with pytest.raises(Refusal) as refusal:
        ground.ask(method, asked)
    assert refusal.value.code == 3
    assert refusal.value.message == "execution reverted: probe: unlucky"
    assert refusal.value.data.startswith("0x08c379a0")
    assert bytes.fromhex(refusal.value.data[2:])[68:82] == b"probe: unlucky"


def test_call__contract_refuses_without_reason__is_code_3_with_empty_data(ground):
    asked = {"to": ground.probe.address, "data": ground.call_data("raise_without_reason")}
    with pytest.raises(Refusal) as refusal:
        ground.ask("eth_call", asked)
    assert (refusal.value.code, refusal.value.message) == (3, "execution reverted")
    assert refusal.value.data == "0x"


def test_call__custom_error__is_code_3_with_its_selector(ground):
    asked = {"to": ground.probe.address, "data": ground.call_data("raise_custom")}
    with pytest.raises(Refusal) as refusal:
        ground.ask("eth_call", asked)
    assert (refusal.value.code, refusal.value.message) == (3, "execution reverted")
    assert len(refusal.value.data) >= 10


def test_call__out_of_gas__is_no_revert(ground):
    asked = {"to": ground.probe.address, "data": ground.call_data("spin"), "gas": hex(100_000)}
    assert refused(ground, "eth_call", asked) == (-32000, "out of gas")


def test_call__gas_below_what_it_costs_to_begin__is_refused(ground):
    asked = {"to": ground.probe.address, "data": ground.call_data("number"), "gas": hex(20_000)}
    code, message = refused(ground, "eth_call", asked)
    assert code == -32000
    assert message.startswith("intrinsic gas too low")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"gasPrice": "0x1", "maxFeePerGas": "0x1"},
            "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
        ),
        (
            {"maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x2"},
            "maxFeePerGas (1) < maxPriorityFeePerGas (2)",
        ),
    ],
)
def test_call__fees_contradict_each_other__is_refused_as_by_geth(ground, fields, message):
    assert refused(ground, "eth_call", {"to": STRANGER, **fields}) == (-32000, message)


def test_call__price_below_the_base_fee__is_refused(ground):
    ground.node.seal()
    code, message = refused(ground, "eth_call", {"to": STRANGER, "gasPrice": "0x1"})
    assert code == -32000
    assert message.startswith("max fee per gas less than block base fee: address 0x0000")
    assert message.endswith(f"maxFeePerGas: 1, baseFee: {9 * GWEI}")


def test_call__more_value_than_the_sender_has__is_refused(ground):
    code, message = refused(ground, "eth_call", {"from": STRANGER, "to": BOT, "value": "0x1"})
    assert (code, message) == (
        -32000,
        f"insufficient funds for gas * price + value: address {STRANGER} have 0 want 1",
    )


def test_call__state_overrides__are_refused_and_not_ignored(ground):
    overrides = {STRANGER: {"balance": "0x1"}}
    code, message = refused(ground, "eth_call", {"to": STRANGER}, "latest", overrides)
    assert code == -32602
    assert "state overrides are not supported" in message


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("0x", "expected an object"),
        ({"to": "0x12"}, "field to: "),
        ({"to": STRANGER, "data": "0x1"}, "field data: "),
        ({"to": STRANGER, "gas": 5}, "field gas: expected a hex quantity"),
        ({"to": STRANGER, "gas": "0x10000000000000000"}, "hex number > 64 bits"),
        ({"to": STRANGER, "value": "0x01"}, "field value: "),
        ({"to": STRANGER, "accessList": [{"address": "0x1"}]}, "field accessList: "),
        ({"to": STRANGER, "authorizationList": [{}]}, "transactions of this type are not supported"),
        ({"to": STRANGER, "blobVersionedHashes": ["0x1"]}, "transactions of this type are not supported"),
    ],
)
def test_call__field_that_cannot_be_read__is_named(ground, asked, words):
    code, message = refused(ground, "eth_call", asked, "latest")
    assert code == -32602
    assert message.startswith("invalid argument 0 (transaction): ")
    assert words in message


# Estimates


def test_estimate__transfer__is_what_it_costs(ground):
    assert ground.ask("eth_estimateGas", {"from": BOT, "to": STRANGER, "value": "0x1"}) == hex(21_000)


def test_estimate__call__suffices_and_one_less_does_not(ground):
    asked = {"from": BOT, "to": ground.probe.address, "data": ground.call_data("note", 7, "note")}
    gas = int(ground.ask("eth_estimateGas", asked), 16)
    enough, short = ground.note(7, gas=hex(gas)), ground.note(7, gas=hex(gas - 1))
    with ground.chain.rehearsal():
        assert gas == int(ground.ask("eth_estimateGas", asked), 16)
    ground.node.seal()
    assert ground.ask("eth_getTransactionReceipt", enough)["status"] == "0x1"
    assert short != enough


def test_estimate__more_value_than_the_sender_has__is_refused(ground):
    asked = {"from": STRANGER, "to": BOT, "value": "0x1"}
    assert refused(ground, "eth_estimateGas", asked) == (-32000, "insufficient funds for transfer")


def test_estimate__gas_that_the_sender_cannot_pay__is_refused_with_the_allowance(ground):
    ground.node.set_balance(STRANGER, 100 * GWEI)
    ground.node.seal()
    asked = {"from": STRANGER, "to": BOT, "gasPrice": hex(10 * GWEI)}
    assert refused(ground, "eth_estimateGas", asked) == (-32000, "gas required exceeds allowance (10)")


def test_estimate__older_block__is_refused(ground):
    ground.node.seal()
    code, message = refused(ground, "eth_estimateGas", {"to": BOT}, "earliest")
    assert (code, message) == (-32000, "gas is estimated on the newest block only")


# Sending


def test_send_raw__signed_by_a_wallet__comes_into_the_pool(ground):
    key = private_key_of("bot-1")
    signed = sign_transaction(
        Transaction(BOT, STRANGER, b"", 5, 21_000), key=key, nonce=0, chain_id=1337, max_fee=20 * GWEI
    )
    assert ground.ask("eth_sendRawTransaction", "0x" + signed.raw.hex()) == "0x" + signed.hash.hex()
    assert refused(ground, "eth_sendRawTransaction", "0x" + signed.raw.hex()) == (-32000, "already known")
    ground.node.seal()
    assert ground.ask("eth_getBalance", STRANGER, "latest") == "0x5"
    code, message = refused(ground, "eth_sendRawTransaction", "0x" + signed.raw.hex())
    assert code == -32000
    assert message.startswith(("nonce too low", "already known"))


@pytest.mark.parametrize("raw", ["0x", "0x00", "0x03", "0x02", "0xc0", "0xff", "0x02c0"])
def test_send_raw__no_transaction__is_a_server_error(ground, raw):
    assert refused(ground, "eth_sendRawTransaction", raw)[0] == -32000


def test_send_raw__of_another_chain__names_both(ground):
    signed = sign_transaction(
        Transaction(BOT, STRANGER), key=private_key_of("bot-1"), nonce=0, chain_id=1, max_fee=20 * GWEI
    )
    message = refused(ground, "eth_sendRawTransaction", "0x" + signed.raw.hex())[1]
    assert "invalid chain id for signer: have 1 want 1337" in message


def test_send__account_that_is_not_unlocked__is_unknown(ground):
    assert refused(ground, "eth_sendTransaction", {"from": STRANGER, "to": BOT}) == (
        -32000,
        "unknown account",
    )
    assert refused(ground, "eth_sendTransaction", {"to": BOT})[0] == -32602


def test_send__impersonated_account__is_mined(ground):
    ground.ask("anvil_setBalance", STRANGER, hex(ETHER))
    ground.ask("anvil_impersonateAccount", STRANGER)
    transaction_hash = ground.ask("eth_sendTransaction", {"from": STRANGER, "to": BOT, "value": "0x1"})
    ground.ask("evm_mine")
    assert ground.ask("eth_getTransactionReceipt", transaction_hash)["from"] == STRANGER.lower()
    ground.ask("anvil_stopImpersonatingAccount", STRANGER)
    assert refused(ground, "eth_sendTransaction", {"from": STRANGER, "to": BOT})[1] == "unknown account"


def test_send__chain_id_of_another_chain__is_refused(ground):
    message = refused(ground, "eth_sendTransaction", {"from": BOT, "to": STRANGER, "chainId": "0x1"})[1]
    assert message == "chainId does not match node's (have=1, want=1337)"


def test_send__would_revert__is_refused_by_its_estimate(ground):
    with pytest.raises(Refusal, match="execution reverted: probe: unlucky") as refusal:
        ground.note(13)
    assert refusal.value.code == 3


@pytest.mark.parametrize(("method", "order"), [("eth_sign", (0, 1)), ("personal_sign", (1, 0))])
def test_sign__message_of_an_unlocked_account__recovers_to_it(ground, method, order):
    from eth_account import Account
    from eth_account.messages import encode_defunct

    params = (BOT, "0x68656c6c6f")
    signature = ground.ask(method, *(params[place] for place in order))
    assert Account.recover_message(encode_defunct(b"hello"), signature=signature) == BOT
    assert PrivateKey(private_key_of("bot-1")).public_key.to_checksum_address() == BOT
    stranger = (STRANGER, "0x68656c6c6f")
    assert refused(ground, method, *(stranger[place] for place in order)) == (-32000, "unknown account")
