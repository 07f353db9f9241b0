"""A side in a process of its own, in this Python or another: plays segments when told, a line of JSON each.

It runs where isomargin may not be installed, so it imports nothing but the standard library and the one peer.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["PLAYERS", "main"]

PLAYERS = {
    "eth-tester": ("benchmarks.tester:EthTesterPlayer", "web3"),
    "pyrevm": ("benchmarks.peers:PyrevmPlayer", "pyrevm"),
    "titanoboa": ("benchmarks.peers:TitanoboaPlayer", "titanoboa"),
    "verbs": ("benchmarks.peers:VerbsPlayer", "verbs"),
    "simular": ("benchmarks.peers:SimularPlayer", "simular-evm"),
}
"""By the name of a side: where its player is, and what is to be installed for it."""


def main() -> None:
    """Play what the arguments name: a side, and the file of a list."""
    name, path = sys.argv[1:]
    play: Callable[[int], list[bool]] | None = None
    try:
        play = _player(name, json.loads(Path(path).read_text(encoding="utf-8")))
        answer: dict[str, Any] = {"version": version(PLAYERS[name][1])}
    except (ImportError, PackageNotFoundError):
        answer = {"missing": f"not installed: pip install {PLAYERS[name][1]}"}
    except Exception as error:  # whatever a peer cannot do is told, and ends only this comparison
        answer = {"missing": f"cannot play this: {type(error).__name__}: {str(error)[:150]}"}
    _answer(answer)
    if play is None:
        return
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        successes = play(int(line))
        processor, wall = time.process_time() - processor, time.perf_counter() - wall
        _answer({"processor": processor, "wall": wall, "successes": successes})


def _player(name: str, workload: dict[str, Any]) -> Callable[[int], list[bool]]:
    module, attribute = PLAYERS[name][0].split(":")
    player = getattr(import_module(module), attribute)(workload)
    play: Callable[[int], list[bool]] = player.play
    return play


def _answer(content: dict[str, Any]) -> None:
    sys.stdout.write("\n" + json.dumps(content) + "\n")  # a peer may have left a line unfinished
    sys.stdout.flush()


if __name__ == "__main__":
    main()
