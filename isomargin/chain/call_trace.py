"""What a transaction called, frame within frame, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from isomargin.chain.types import Log

__all__ = ["CallFrame", "CallKind", "Stop"]

CallKind = Literal["call", "staticcall", "delegatecall", "callcode", "create"]


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the code of a frame came to its end.

    Attributes
    ----------
    counter : int
        Program counter of the last instruction.
    jumped_from : int or None
        Program counter of the last jump that was taken: all checks of a compiler may share one block that
        reverts, and only the jump into it says which of them failed.
    callers : tuple of int
        Program counters of the jumps into internal functions that had not returned, the outermost first.
    """

    counter: int
    jumped_from: int | None
    callers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CallFrame:
    """One call or creation, with all that came of it.

    Attributes
    ----------
    kind : str
        Which instruction began it; the outermost frame of a transaction is a call or a creation.
    sender : str
        What the code sees as `msg.sender`: in a delegate call that of the frame around it.
    address : str
        Whose storage the code sees; of a creation the new address.
    code_address : str
        Where the code is from; unlike `address` in a delegate call only.
    value : int
        Wei, as the code sees it.
    data : bytes
        Call data; of a creation the init code with its arguments.
    gas, gas_used : int
        Gas limit and gas used. Of the outermost frame both are the transaction's: with what it pays at its
        beginning, less refunds.
    output : bytes
        What it returned, or its revert data; of a creation that succeeds the code it leaves.
    success : bool
        Whether it ended well. What a frame around it reverted is undone all the same.
    reason : str
        Of its failure, as in `Receipt`.
    steps : tuple of CallFrame or Log
        What it called and logged, in order. A log of which nothing remains has the index -1.
    stop : Stop or None
        None if there was no code to run.
    code : bytes
        The code that ran, the init code if it is a creation.
    """

    kind: CallKind
    sender: str
    address: str
    code_address: str
    value: int
    data: bytes
    gas: int
    gas_used: int
    output: bytes
    success: bool
    reason: str
    steps: tuple[CallFrame | Log, ...]
    stop: Stop | None
    code: bytes = field(repr=False)

    @property
    def children(self) -> tuple[CallFrame, ...]:
        """The frames that it began."""
        return tuple(step for step in self.steps if isinstance(step, CallFrame))

    @property
    def logs(self) -> tuple[Log, ...]:
        """What it logged itself."""
        return tuple(step for step in self.steps if isinstance(step, Log))

    def frames(self) -> Iterator[CallFrame]:
        """Itself and every frame below it, in the order in which they began."""
        yield self
        for child in self.children:
            yield from child.frames()

    def all_logs(self) -> Iterator[Log]:
        """What it and the frames below it logged, in order."""
        for step in self.steps:
            if isinstance(step, Log):
                yield step
            else:
                yield from step.all_logs()

    def origin(self) -> CallFrame:
        """Follow a failure down to the frame where it began; itself if it succeeded, or failed of itself.

        A frame passes on a failure if the last thing that it did was the call that failed, and it failed with
        the same data.
        """
        last = self.steps[-1] if self.steps else None
        if self.success or not isinstance(last, CallFrame) or last.success or self.output != last.output:
            return self
        return last.origin()
