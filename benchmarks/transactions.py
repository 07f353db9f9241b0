"""`transactions` and `overhead`: one list on every stack, and our engines against what they stand on."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.bare_py_evm import BarePyEvmSide
from benchmarks.nodes import OneByOneSide, anvil, node_side
from benchmarks.other_process import Missing, other_process
from benchmarks.rows import Bench, Bound, Clock, Row, compared, missing
from benchmarks.sides import Measured, Side, chain_side, play_in_turn, timed
from benchmarks.tester import EthTesterPlayer
from benchmarks.workload import SEGMENT, Workload, market, six_slots
from isomargin.errors import InputError

__all__ = ["WORKLOADS", "overhead", "transactions"]

WORKLOADS = (six_slots, market)
"""What is played, one list after the other."""

_USUAL = "web3 + eth-tester"
_USUAL_BY_PIP = "web3 + eth-tester, as pip alone gives it"
_PIP_ALONE = {"ECC_BACKEND_CLASS": "eth_keys.backends.NativeECCBackend", "ETH_HASH_BACKEND": "pycryptodome"}
_AT_ONCE = 10  # segments of a round against pyrevm
_PEERS = ("titanoboa", "pyrevm", "verbs", "simular")
_WHAT_DOMINATES = {
    "market contract": "what the contracts compute dominates",
    "six slots": "what stands around the EVM dominates: signatures, blocks, receipts, the state trie",
}


class _TesterSide:
    """web3 + eth-tester in this process."""

    def __init__(self, workload: Path) -> None:
        self._player = EthTesterPlayer(json.loads(workload.read_text(encoding="utf-8")))

    def play(self, number: int) -> Measured:
        return timed(lambda: self._player.play(number))


def transactions(bench: Bench) -> Iterator[Row]:
    """Market transactions a second on every engine, against the usual way and other stacks."""
    rounds = bench.rounds_of(5, 2)
    for make in WORKLOADS:
        workload = make(_fastest(), rounds + 1)
        yield from _in_process(bench, workload, rounds)
        yield from _on_anvil(bench, workload, rounds)


def _in_process(bench: Bench, workload: Workload, rounds: int) -> Iterator[Row]:
    about: dict[str, Any] = {
        "benchmark": "transactions",
        "subject": workload.name,
        "note": _WHAT_DOMINATES[workload.name],
    }
    bench.tell(f"transactions, {workload.name}: preparing every side")
    with ExitStack() as stack:
        file = workload.write(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        sides: dict[str, Side] = {
            _USUAL: _TesterSide(file),
            _USUAL_BY_PIP: stack.enter_context(other_process("eth-tester", file, variables=_PIP_ALONE)),
        }
        sides |= _engines(bench, workload)
        peers = []
        for peer in _PEERS:
            try:
                playing = stack.enter_context(other_process(peer, file, interpreters=bench.interpreters))
            except Missing as reason:
                yield missing("transactions", workload.name, peer, str(reason))
            else:
                peers.append(f"{peer} {playing.version}")
                sides[peers[-1]] = playing
        played = play_in_turn(bench, sides, rounds)
    targets = {"py-evm": Bound(10), "revm": Bound(300)}
    for engine in ("py-evm", "revm"):
        if engine in played:
            for other in (_USUAL, _USUAL_BY_PIP, *peers):
                target = targets[engine] if other in (_USUAL, _USUAL_BY_PIP) else None
                yield _row(played, engine, other, target=target, **about)


def _engines(bench: Bench, workload: Workload) -> dict[str, Side]:
    """Our engines that can start here, by name."""
    sides: dict[str, Side] = {"py-evm": chain_side("py-evm", workload)}
    try:
        sides["revm"] = chain_side("revm", workload)
    except InputError as error:
        bench.tell(f"  revm is left out: {error}")
    return sides


def _on_anvil(bench: Bench, workload: Workload, rounds: int) -> Iterator[Row]:
    bench.tell(f"transactions, {workload.name}: preparing two anvils")
    try:
        with anvil() as first, anvil() as second:
            make = first.ask("web3_clientVersion").replace("/v", " ")
            engine, usual = f"node engine on {make}, blocks of {SEGMENT}", "web3 one by one on the same"
            sides: dict[str, Side] = {
                engine: node_side(first, workload),
                usual: OneByOneSide(second, workload),
            }
            played = play_in_turn(bench, sides, rounds)
    except Missing as reason:
        yield missing("transactions", workload.name, "anvil", str(reason))
        return
    yield _row(
        played,
        engine,
        usual,
        target=Bound(5),
        clock="wall",
        benchmark="transactions",
        subject=workload.name,
        note="web3 is given signed calldata, gas and nonces, and asks for the receipt every millisecond",
    )


def overhead(bench: Bench) -> Iterator[Row]:
    """What our engines keep of the speed of the machines that they stand on."""
    for make in WORKLOADS:
        rounds = bench.rounds_of(21, 9)
        yield from _over_pyrevm(bench, make(_fastest(), (rounds + 1) * _AT_ONCE), rounds)
        rounds = bench.rounds_of(5, 2)
        yield from _over_py_evm(bench, make(_fastest(), rounds + 1), rounds)


def _over_pyrevm(bench: Bench, workload: Workload, rounds: int) -> Iterator[Row]:
    """In rounds of many segments, for one is over before either side's code is in the processor's caches."""
    bench.tell(f"overhead, {workload.name}: revm")
    about: dict[str, Any] = {"benchmark": "overhead", "subject": workload.name}
    with tempfile.TemporaryDirectory() as folder:
        try:
            with other_process(
                "pyrevm", workload.write(Path(folder)), interpreters=bench.interpreters
            ) as raw:
                name = f"pyrevm {raw.version}"
                sides: dict[str, Side] = {"revm": chain_side("revm", workload), name: raw}
                played = play_in_turn(bench, sides, rounds, at_once=_AT_ONCE)
        except (Missing, InputError) as reason:
            yield missing("overhead", workload.name, "pyrevm", str(reason))
            return
    note = "raw message_call of encoded calldata: no receipt, log, hash or clearing of transient storage"
    yield _row(played, "revm", name, work=SEGMENT * _AT_ONCE, target=Bound(0.5), note=note, **about)


def _over_py_evm(bench: Bench, workload: Workload, rounds: int) -> Iterator[Row]:
    bench.tell(f"overhead, {workload.name}: py-evm")
    bare = "py-evm's mine_all, plain machine"
    sides: dict[str, Side] = {
        "py-evm": chain_side("py-evm", workload),
        "py-evm-plain": chain_side("py-evm-plain", workload),
        bare: BarePyEvmSide(workload),
    }
    played = play_in_turn(bench, sides, rounds)
    about: dict[str, Any] = {"benchmark": "overhead", "subject": workload.name}
    note = "the same transactions, signed beforehand on the bare side"
    yield _row(played, "py-evm", bare, target=Bound(0.9), note=note, **about)
    yield _row(played, "py-evm-plain", bare, note=f"{note}; without translation on either side", **about)


def _row(
    played: Mapping[str, Sequence[Measured]],
    ours: str,
    theirs: str,
    *,
    work: int = SEGMENT,
    clock: Clock = "processor",
    **about: Any,
) -> Row:
    own, other = ([getattr(each, clock) for each in played[side]] for side in (ours, theirs))
    return compared(own, other, work=work, ours=ours, theirs=theirs, clock=clock, **about)


def _fastest() -> str:
    """The engine to record on: it only has to give addresses."""
    try:
        import pyrevm  # noqa: F401
    except ImportError:
        return "py-evm"
    return "revm"
