// A liquidation keeper in viem: `npm install && node keeper_viem.mjs deployment.json [--account bot-1]`.
//
// With every block it liquidates what the lens calls liquidatable. It remembers nothing: kill it any time.

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createClient, defineChain, formatEther, formatUnits, parseEventLogs, publicActions, walletActions, webSocket } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

const PAGE = 256n, BATCH = 20 // ids that the lens looks at in one call; positions in one transaction
const PATIENCE = 60_000 // milliseconds without a block or a receipt, after which it connects or looks again

const options = { account: { type: 'string', default: 'bot-1' } }
const { values, positionals } = parseArgs({ allowPositionals: true, options })
const deployment = JSON.parse(readFileSync(positionals[0], 'utf8'))
const { market, lens } = deployment.contracts
const account = privateKeyToAccount(deployment.accounts.find(({ name }) => name === values.account).private_key)
const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
const chain = defineChain({ id: deployment.chain_id, name: deployment.scenario, nativeCurrency, rpcUrls: {} })
const tell = (what) => (failure) => console.log(`${what}: ${failure.shortMessage ?? failure.message}`)

async function look(client, state) {
  const last = await client.readContract({ ...market, functionName: 'last_id' })
  const due = []
  for (let page = 1n; page <= last; page += PAGE) {
    due.push(...(await client.readContract({ ...lens, functionName: 'liquidatable', args: [page, PAGE] })))
  }
  const count = (blockTag) => client.getTransactionCount({ address: account.address, blockTag })
  const [nonce, next] = [await count('latest'), await count('pending')]
  state.waited = next > nonce ? state.waited + 1 : 0 // blocks in which a transaction of ours has been waiting
  if (!due.length || state.waited % 5) return // every five blocks a higher bid takes the place of what waits
  await liquidate(client, due.slice(0, BATCH), nonce, 1n + BigInt(state.waited) / 5n)
}

async function liquidate(client, ids, nonce, bid) {
  const { baseFeePerGas } = await client.getBlock()
  const maxPriorityFeePerGas = bid * (await client.estimateMaxPriorityFeePerGas())
  const fees = { maxPriorityFeePerGas, maxFeePerGas: 2n * bid * baseFeePerGas + maxPriorityFeePerGas }
  const call = { ...market, functionName: 'liquidate_batch', args: [ids], account }
  const gas = ((await client.estimateContractGas(call)) * 5n) / 4n
  const hash = await client.writeContract({ ...call, chain, nonce, gas, ...fees })
  const receipt = await client.waitForTransactionReceipt({ hash, timeout: PATIENCE })
  const done = parseEventLogs({ abi: market.abi, eventName: 'PositionLiquidated', logs: receipt.logs })
  for (const { args } of done) {
    const reward = formatUnits(args.reward, deployment.token.decimals)
    console.log(`block ${receipt.blockNumber}: liquidated ${args.id}, reward ${reward}`)
  }
  const paid = formatEther(receipt.gasUsed * receipt.effectiveGasPrice)
  console.log(`block ${receipt.blockNumber}: ${done.length} of ${ids.length} were ours, gas ${paid} ether`)
}

async function keep() {
  const transport = webSocket(deployment.ws_url, { reconnect: false, retryCount: 0, timeout: 20_000 })
  const bare = createClient({ chain, account, transport, pollingInterval: 200 })
  const client = bare.extend(publicActions).extend(walletActions)
  const state = { waited: 0, news: 1, wake() {} }
  const onBlockNumber = () => { state.news += 1; state.wake() }
  let unwatch
  const lost = new Promise((_, onError) => { unwatch = client.watchBlockNumber({ onBlockNumber, onError }) })
  lost.catch(() => {}) // it is heard below, in each race
  try {
    for (;;) {
      const isNew = new Promise((resolve) => { state.wake = resolve })
      const isLate = sleep(PATIENCE, 'late', { ref: false })
      if (!state.news && (await Promise.race([isNew, isLate, lost])) === 'late') throw new Error('no block')
      state.news = 0
      await Promise.race([look(client, state).catch(tell('refused')), lost])
    }
  } finally {
    unwatch()
    await client.transport.getRpcClient().then((socket) => socket.close(), () => {})
  }
}

for (;;) {
  await keep().catch(tell('connecting again'))
  await sleep(1_000)
}
