"""Blocks, transactions and receipts as nodes show them; the header is held against its own hash."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from isomargin import __version__
from isomargin.chain import Transaction, address_of
from isomargin.chain.signed import sign_transaction
from isomargin.server.rpc.bloom import bloom_of
from isomargin.server.rpc.headers import header_rlp
from tests.server.rpc.ground import BOT, GWEI, STRANGER, Ground, Refusal

NO_HASH = "0x" + 64 * "0"


def test_header__block_of_py_evm__has_the_hash_that_its_fields_give(ground):
    ground.mined_note(7)
    for number in range(ground.node.head.number + 1):
        block = ground.chain.block(number)
        parent = ground.chain.block(number - 1).hash if number else bytes(32)
        header = header_rlp(block, parent_hash=parent, gas_limit=ground.chain.block_gas_limit)
        assert keccak(header) == block.hash


def test_block__with_one_transaction__has_every_field_of_the_specification(ground):
    transaction_hash = ground.mined_note(7)
    block = ground.ask("eth_getBlockByNumber", "latest", False)
    head = ground.node.head
    fixed = {
        "number": hex(head.number),
        "hash": "0x" + head.hash.hex(),
        "parentHash": "0x" + ground.chain.block(head.number - 1).hash.hex(),
        "nonce": "0x0000000000000000",
        "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
        "stateRoot": "0x" + head.state_root.hex(),
        "miner": "0x" + 40 * "0",
        "difficulty": "0x0",
        "totalDifficulty": "0x0",
        "extraData": "0x",
        "gasLimit": hex(36_000_000),
        "gasUsed": hex(head.gas_used),
        "timestamp": hex(head.timestamp),
        "baseFeePerGas": hex(9 * GWEI),  # a price of ten, of which one is the tip
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x0",
        "transactions": [transaction_hash],
        "uncles": [],
        "withdrawals": [],
    }
    assert {name: block[name] for name in fixed} == fixed
    roots = {"transactionsRoot", "receiptsRoot", "withdrawalsRoot", "mixHash", "parentBeaconBlockRoot"}
    assert set(block) == set(fixed) | roots | {"logsBloom", "requestsHash", "size"}
    assert all(len(block[name]) == 66 for name in roots)
    assert len(block["logsBloom"]) == 514


def test_bloom__logs_of_a_block__is_what_py_evm_sealed(ground):
    ground.mined_note(7)
    sealed = ground.chain._engine._backend.chain.get_canonical_head().bloom
    logs = [log for receipt in ground.node.head.receipts for log in receipt.logs]
    assert len(logs) == 1
    assert bloom_of(logs) == sealed
    assert int(ground.ask("eth_getBlockByNumber", "latest", False)["logsBloom"], 16) == sealed


def test_block__its_size__is_the_length_of_its_rlp(ground):
    import rlp

    ground.mined_note(7)
    sealed = ground.chain._engine._backend.chain.get_canonical_block_by_number(ground.node.head.number)
    assert int(ground.ask("eth_getBlockByNumber", "latest", False)["size"], 16) == len(rlp.encode(sealed))


def test_block__whole_transactions__are_those_asked_for_one_by_one(ground):
    transaction_hash = ground.mined_note(7)
    block = ground.ask("eth_getBlockByNumber", "latest", True)
    assert block["transactions"] == [ground.ask("eth_getTransactionByHash", transaction_hash)]
    assert ground.ask("eth_getBlockByHash", block["hash"], True) == block


@pytest.mark.parametrize(("tag", "number"), [("earliest", 0), ("safe", 8), ("finalized", 0), ("latest", 40)])
def test_block__tag__is_the_block_that_it_stands_for(ground, tag, number):
    while ground.node.head.number < 40:
        ground.node.seal()
    assert ground.ask("eth_getBlockByNumber", tag, False)["number"] == hex(number)


def test_block__that_is_not_there__is_null(ground):
    assert ground.ask("eth_getBlockByNumber", "0xffff", False) is None
    assert ground.ask("eth_getBlockByHash", NO_HASH, False) is None
    assert ground.ask("eth_getBlockReceipts", "0xffff") is None
    assert ground.ask("eth_getBlockTransactionCountByNumber", "0xffff") is None
    assert ground.ask("eth_getTransactionByHash", NO_HASH) is None
    assert ground.ask("eth_getTransactionReceipt", NO_HASH) is None
    assert ground.ask("eth_getTransactionByBlockNumberAndIndex", "latest", "0x5") is None
    assert ground.ask("eth_getUncleCountByBlockNumber", "0xffff") is None


def test_pending_block__transactions_wait__holds_them_and_no_hash(ground):
    first, second = ground.note(7), ground.note(8)
    block = ground.ask("eth_getBlockByNumber", "pending", False)
    assert block["number"] == hex(ground.node.head.number + 1)
    assert block["parentHash"] == "0x" + ground.node.head.hash.hex()
    assert block["transactions"] == [first, second]
    assert [name for name, value in block.items() if value is None] == ["hash", "nonce", "miner"]
    assert block["timestamp"] == hex(ground.chain.timestamp + 12)
    assert block["baseFeePerGas"] == hex(9 * GWEI)


def test_transaction__while_it_waits__has_no_place(ground):
    found = ground.ask("eth_getTransactionByHash", ground.note(7))
    assert [found[name] for name in ("blockHash", "blockNumber", "transactionIndex")] == [None] * 3
    assert found["gasPrice"] == found["maxFeePerGas"]


def test_transaction__of_dynamic_fee__has_its_fees_and_what_it_paid(ground):
    transaction_hash = ground.note(7, maxFeePerGas=hex(30 * GWEI), maxPriorityFeePerGas=hex(2 * GWEI))
    ground.node.seal()
    found = ground.ask("eth_getTransactionByHash", transaction_hash)
    assert found["type"] == "0x2"
    assert found["maxFeePerGas"] == hex(30 * GWEI)
    assert found["maxPriorityFeePerGas"] == hex(2 * GWEI)
    assert found["gasPrice"] == hex(11 * GWEI)
    assert found["accessList"] == []
    assert found["chainId"] == "0x539"
    assert found["yParity"] == found["v"]
    assert found["from"] == BOT.lower()
    assert found["to"] == ground.probe.address.lower()
    assert found["input"] == ground.call_data("note", 7, "note")
    assert found["blockNumber"] == hex(ground.node.head.number)
    assert found["transactionIndex"] == "0x0"
    assert keccak(bytes.fromhex(ground.ask("eth_getRawTransactionByHash", transaction_hash)[2:])) == (
        bytes.fromhex(transaction_hash[2:])
    )


def test_transaction__legacy__has_a_v_of_its_chain_and_no_fees(ground):
    transaction_hash = ground.note(7, gasPrice=hex(20 * GWEI))
    ground.node.seal()
    found = ground.ask("eth_getTransactionByHash", transaction_hash)
    assert found["type"] == "0x0"
    assert found["gasPrice"] == hex(20 * GWEI)
    assert int(found["v"], 16) in (1337 * 2 + 35, 1337 * 2 + 36)
    assert not {"yParity", "accessList", "maxFeePerGas", "maxPriorityFeePerGas"} & set(found)


def test_transaction__with_access_list__shows_it(ground):
    key = ground.node.unlocked[BOT]
    slots = ((ground.probe.address, (0, 5)),)
    bare = Transaction(BOT, ground.probe.address, b"", 0, 100_000, access_list=slots)
    signed = sign_transaction(bare, key=key, nonce=0, chain_id=1337, max_fee=20 * GWEI)
    ground.ask("eth_sendRawTransaction", "0x" + signed.raw.hex())
    found = ground.ask("eth_getTransactionByHash", "0x" + signed.hash.hex())
    assert found["type"] == "0x1"
    assert found["accessList"] == [
        {
            "address": ground.probe.address.lower(),
            "storageKeys": ["0x" + 64 * "0", "0x" + 63 * "0" + "5"],
        }
    ]


def test_receipt__transaction_with_a_log__has_every_field(ground):
    ground.note(3)
    transaction_hash = ground.note(7)
    ground.node.seal()
    first, receipt = ground.node.head.receipts
    found = ground.ask("eth_getTransactionReceipt", transaction_hash)
    where = {
        "blockHash": "0x" + ground.node.head.hash.hex(),
        "blockNumber": hex(ground.node.head.number),
        "transactionHash": transaction_hash,
        "transactionIndex": "0x1",
    }
    [log] = found.pop("logs")
    assert log == where | {
        "address": ground.probe.address.lower(),
        "topics": ["0x" + topic.hex() for topic in receipt.logs[0].topics],
        "data": "0x" + (7).to_bytes(32, "big").hex(),
        "logIndex": "0x1",
        "blockTimestamp": hex(ground.chain.timestamp),
        "removed": False,
    }
    assert found.pop("logsBloom") == f"0x{bloom_of(receipt.logs):0512x}"
    assert found == where | {
        "from": BOT.lower(),
        "to": ground.probe.address.lower(),
        "contractAddress": None,
        "cumulativeGasUsed": hex(first.gas_used + receipt.gas_used),
        "gasUsed": hex(receipt.gas_used),
        "effectiveGasPrice": hex(10 * GWEI),
        "type": "0x2",
        "status": "0x1",
    }
    assert ground.ask("eth_getBlockReceipts", "latest")[1] == ground.ask(
        "eth_getTransactionReceipt", transaction_hash
    )


def test_receipt__transaction_that_reverts__has_status_zero(ground):
    transaction_hash = ground.note(13, gas=hex(100_000))
    ground.node.seal()
    found = ground.ask("eth_getTransactionReceipt", transaction_hash)
    assert found["status"] == "0x0"
    assert found["logs"] == []
    assert found["logsBloom"] == "0x" + 512 * "0"


def test_receipt__creation__names_the_contract_and_no_receiver(ground):
    init_code = "0x600160005360016000f3"  # returns one byte of memory: the code 0x01
    transaction_hash = ground.ask("eth_sendTransaction", {"from": BOT, "data": init_code})
    ground.node.seal()
    found = ground.ask("eth_getTransactionReceipt", transaction_hash)
    assert found["to"] is None
    assert ground.ask("eth_getTransactionByHash", transaction_hash)["to"] is None
    assert ground.ask("eth_getCode", found["contractAddress"], "latest") == "0x01"


def test_places__of_a_block_with_two_transactions__are_counted(ground):
    first, second = ground.note(3), ground.note(7)
    ground.node.seal()
    number, block_hash = hex(ground.node.head.number), "0x" + ground.node.head.hash.hex()
    assert ground.ask("eth_getBlockTransactionCountByNumber", number) == "0x2"
    assert ground.ask("eth_getBlockTransactionCountByHash", block_hash) == "0x2"
    assert ground.ask("eth_getTransactionByBlockNumberAndIndex", number, "0x0")["hash"] == first
    assert ground.ask("eth_getTransactionByBlockHashAndIndex", block_hash, "0x1")["hash"] == second
    assert ground.ask("eth_getUncleCountByBlockHash", block_hash) == "0x0"
    assert ground.ask("eth_getUncleByBlockNumberAndIndex", number, "0x0") is None


def test_state__of_accounts_and_contracts__is_told(ground):
    ground.mined_note(7)
    assert ground.ask("eth_getBalance", STRANGER, "latest") == "0x0"
    assert int(ground.ask("eth_getBalance", BOT), 16) == ground.chain.balance(BOT)
    assert (
        ground.ask("eth_getCode", ground.probe.address, "latest")
        == "0x" + ground.chain.code_at(ground.probe.address).hex()
    )
    assert ground.ask("eth_getCode", STRANGER, "latest") == "0x"
    assert ground.ask("eth_getStorageAt", ground.probe.address, "0x2", "latest") == "0x" + 63 * "0" + "7"
    assert ground.ask("eth_getTransactionCount", BOT, "latest") == "0x1"


def test_state__of_an_older_block__is_what_it_was(ground):
    ground.mined_note(7)
    before = ground.node.head
    ground.mined_note(8)
    asked = {"blockHash": "0x" + before.hash.hex(), "requireCanonical": True}
    for block in (hex(before.number), {"blockNumber": hex(before.number)}, asked):
        assert ground.ask("eth_getStorageAt", ground.probe.address, "0x2", block)[-1] == "7"
        assert ground.ask("eth_getTransactionCount", BOT, block) == "0x1"


def test_state__of_no_block__is_refused_in_geths_words(ground):
    with pytest.raises(Refusal, match=r"^header not found$") as refusal:
        ground.ask("eth_getBalance", BOT, "0xffff")
    assert refusal.value.code == -32000
    with pytest.raises(Refusal, match=r"^header for hash not found$"):
        ground.ask("eth_getBalance", BOT, {"blockHash": NO_HASH})


def test_transaction_count__pending__counts_what_waits(ground):
    ground.note(3)
    ground.note(7)
    assert ground.ask("eth_getTransactionCount", BOT, "pending") == "0x2"
    assert ground.ask("eth_getTransactionCount", BOT, "latest") == "0x0"


def test_network__questions_of_every_client__are_answered(ground):
    assert ground.ask("eth_chainId") == "0x539"
    assert ground.ask("net_version") == "1337"
    assert ground.ask("net_listening") is True
    assert ground.ask("net_peerCount") == "0x0"
    assert ground.ask("eth_syncing") is False
    assert ground.ask("eth_mining") is False
    assert ground.ask("eth_coinbase") == "0x" + 40 * "0"
    assert ground.ask("eth_accounts") == [BOT.lower(), address_of("bot-2").lower()]
    assert ground.ask("eth_blockNumber") == hex(ground.node.head.number)
    assert ground.ask("web3_sha3", "0x") == "0x" + keccak(b"").hex()
    assert ground.ask("web3_clientVersion").startswith(f"isomargin/{__version__}/py-evm")


def test_client_version__engine_that_counts_no_gas__says_so():
    ground = Ground("revm")
    transaction_hash = ground.mined_note(7)
    assert ground.ask("web3_clientVersion").endswith("/gas-not-counted")
    receipt = ground.ask("eth_getTransactionReceipt", transaction_hash)
    assert receipt["gasUsed"] == receipt["cumulativeGasUsed"] == "0x0"
    block = ground.ask("eth_getBlockByNumber", "latest", True)
    assert block["gasUsed"] == "0x0"
    assert block["stateRoot"] == NO_HASH
    assert block["transactions"][0]["hash"] == transaction_hash


@pytest.mark.parametrize(
    "method",
    ["debug_traceTransaction", "trace_block", "eth_createAccessList", "eth_blobBaseFee", "eth_getWork"],
)
def test_method__that_is_not_served__does_not_exist(ground, method):
    with pytest.raises(Refusal, match=f"the method {method} does not exist/is not available") as refusal:
        ground.ask(method, "0x0")
    assert refusal.value.code == -32601
