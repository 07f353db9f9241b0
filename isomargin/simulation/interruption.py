"""Holds Ctrl-C back while a block is in the making, or rows are kept: what is begun is always whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interruption_held"]


@contextmanager
def interruption_held() -> Iterator[Callable[[], bool]]:
    """Catch SIGINT while the context lasts; gives the question whether one came.

    Only the main thread gets signals: in another one nothing is changed, and the answer is always no.
    """
    came = False

    def remember(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = True

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: came
    finally:
        signal.signal(signal.SIGINT, before)
