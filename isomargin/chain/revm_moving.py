"""Moves a state from one pyrevm machine to another, which begins with an empty journal.

pyrevm never ends a transaction, so that its journal grows with all that ever ran and cannot be cleared. Slots
are nowhere to be read but in the text of the journal; accounts come as they are, with their code analysed.

A machine that was moved to answers as the other would: what is warm there is warm here, and what slots held
"at the beginning", which decides the gas of a write, is zero for all of either. One thing cannot be moved:
that a contract was created in this endless transaction, which a contract that destroys itself in favour of
itself would notice.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["moved"]

_ACCOUNT = re.compile(
    r"(0x[0-9a-f]{40}): Account \{ info: AccountInfo \{.*?\}, storage: \{(.*?)\}, status: AccountStatus\("
)
_SLOT = re.compile(r"(\d+): StorageSlot \{ previous_or_original_value: (\d+), present_value: (\d+) \}")
_STATE, _END = "state: {", "}, transient_storage: {"

_Slots = list[tuple[int, int]]


def moved(source: Any, target: Any) -> int | None:
    """Copy all accounts and slots of one machine into another, an empty one.

    Returns
    -------
    int or None
        How many slots there are. None, and the other machine is of no use, if this one shows itself otherwise
        than it should.
    """
    infos = {address.lower(): info for address, info in source.journal_state.items()}
    slots = _slots(source.journal_str)
    if slots is None or slots.keys() != infos.keys():
        return None
    for address, info in source.db_accounts.items():
        known = address.lower()
        if known not in infos and (info.balance or info.nonce or info.code):
            target.insert_account_info(known, info)
    for address, info in infos.items():
        target.insert_account_info(address, info)
        target.basic(address)  # loads it, or the first of its slots would be taken for an older one
        for slot, value in slots[address]:
            target.insert_account_storage(address, slot, value)
    return sum(map(len, slots.values()))


def _slots(text: str) -> dict[str, _Slots] | None:
    """Read the slots of each loaded account out of a journal's text; None if it is written otherwise."""
    begin, end = text.find(_STATE), text.find(_END)
    if begin < 0 or end < 0:
        return None
    state = text[begin:end]
    found: dict[str, _Slots] = {}
    for address, written in _ACCOUNT.findall(state):
        slots = _SLOT.findall(written)
        if len(slots) != written.count("StorageSlot") or any(original != "0" for _, original, _ in slots):
            return None
        found[address] = [(int(slot), int(value)) for slot, _, value in slots]
    return found
