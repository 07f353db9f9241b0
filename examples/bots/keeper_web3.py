"""A liquidation keeper in web3.py: ``python keeper_web3.py deployment.json [--account bot-1]``.

With every block it liquidates what the lens calls liquidatable. It remembers nothing: kill it any time.
"""

import argparse
import asyncio
import json
from pathlib import Path

from web3 import AsyncWeb3, WebSocketProvider
from web3.exceptions import ContractLogicError, TimeExhausted, Web3Exception, Web3RPCError
from web3.logs import DISCARD
from websockets.exceptions import WebSocketException

PAGE, BATCH = 256, 20  # ids that the lens looks at in one call; positions in one transaction
PATIENCE = 60  # seconds without a block or a receipt, after which it connects or looks again


class Keeper:
    def __init__(self, w3, deployment, key):
        contracts = deployment["contracts"]
        self.market, self.lens = (w3.eth.contract(**contracts[name]) for name in ("market", "lens"))
        self.w3, self.account = w3, w3.eth.account.from_key(key)
        self.unit = 10 ** deployment["token"]["decimals"]
        self.waited = 0  # blocks in which a transaction of ours has been waiting

    async def watch(self):
        await self.w3.eth.subscribe("newHeads")
        heads = aiter(self.w3.socket.process_subscriptions())
        while True:
            try:
                await self.look()
            except (ContractLogicError, Web3RPCError, TimeExhausted) as refusal:
                print(f"refused: {refusal}", flush=True)
            await asyncio.wait_for(anext(heads, None), PATIENCE)

    async def look(self):
        pages = range(1, await self.market.functions.last_id().call() + 1, PAGE)
        due = [id for page in pages for id in await self.lens.functions.liquidatable(page, PAGE).call()]
        nonce = await self.w3.eth.get_transaction_count(self.account.address)
        is_waiting = await self.w3.eth.get_transaction_count(self.account.address, "pending") > nonce
        self.waited = self.waited + 1 if is_waiting else 0
        if due and self.waited % 5 == 0:  # every five blocks a higher bid takes the place of what waits
            await self.liquidate(due[:BATCH], nonce, bid=1 + self.waited // 5)

    async def liquidate(self, ids, nonce, bid):
        head, tip = await self.w3.eth.get_block("latest"), bid * await self.w3.eth.max_priority_fee
        fees = {"maxPriorityFeePerGas": tip, "maxFeePerGas": 2 * bid * head["baseFeePerGas"] + tip}
        call, sender = self.market.functions.liquidate_batch(ids), {"from": self.account.address}
        gas = await call.estimate_gas(sender) * 5 // 4
        whole = await call.build_transaction({**sender, **fees, "nonce": nonce, "gas": gas})
        sent = await self.w3.eth.send_raw_transaction(self.account.sign_transaction(whole).raw_transaction)
        receipt = await self.w3.eth.wait_for_transaction_receipt(sent, timeout=PATIENCE)
        done = self.market.events.PositionLiquidated().process_receipt(receipt, errors=DISCARD)
        block, paid = receipt["blockNumber"], receipt["gasUsed"] * receipt["effectiveGasPrice"] / 10**18
        for args in (event["args"] for event in done):
            print(f"block {block}: liquidated {args['id']}, reward {args['reward'] / self.unit:.2f}")
        print(f"block {block}: {len(done)} of {len(ids)} were ours, gas {paid:.6f} ether", flush=True)


async def keep(deployment, key):
    while True:
        try:
            async with AsyncWeb3(WebSocketProvider(deployment["ws_url"], request_timeout=20)) as w3:
                await Keeper(w3, deployment, key).watch()
        except (OSError, TimeoutError, WebSocketException, Web3Exception) as failure:
            print(f"connecting again: {type(failure).__name__} {failure}", flush=True)
            await asyncio.sleep(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("deployment", type=lambda path: json.loads(Path(path).read_text()))
    parser.add_argument("--account", default="bot-1")
    chosen = parser.parse_args()
    keys = {account["name"]: account["private_key"] for account in chosen.deployment["accounts"]}
    asyncio.run(keep(chosen.deployment, keys[chosen.account]))
