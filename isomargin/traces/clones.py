"""Minimal proxies (EIP-1167): contracts that stand for another, and are shown as that."""

from __future__ import annotations

from isomargin.chain import CallFrame
from isomargin.chain.accounts import checksum_address

__all__ = ["clone_init_code", "clone_target", "cloned_by"]

_HEAD = bytes.fromhex("363d3d373d3d3d363d73")  # before and behind the 20 bytes of the address
_TAIL = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
_SIZE = len(_HEAD) + 20 + len(_TAIL)
_CREATION = bytes.fromhex("602d3d8160093d39f3")  # returns the 45 bytes behind it


def clone_init_code(implementation: bytes) -> bytes:
    """Return the creation code of a clone, as Vyper's ``create_minimal_proxy_to`` writes it."""
    return _CREATION + _HEAD + implementation + _TAIL


def clone_target(frame: CallFrame) -> CallFrame | None:
    """Return the delegate call that the call of a clone consists of; None if the frame is no clone's."""
    if frame.kind == "create" or len(frame.steps) != 1 or not _is_clone(frame.code):
        return None
    [step] = frame.steps
    return step if isinstance(step, CallFrame) else None


def cloned_by(frame: CallFrame) -> str | None:
    """Return what a creation makes a clone of; None if it makes none."""
    code = frame.code[-_SIZE:]
    if frame.kind != "create" or not _is_clone(code):
        return None
    return checksum_address(code[len(_HEAD) : -len(_TAIL)])


def _is_clone(code: bytes) -> bool:
    return len(code) == _SIZE and code.startswith(_HEAD) and code.endswith(_TAIL)
