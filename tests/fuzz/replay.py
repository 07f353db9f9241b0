"""Writes a failure down as a Python script: the deployment, a list of calls, what must hold at the end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from textwrap import indent
from typing import Any, NamedTuple

from isomargin.protocol import Sources, SystemTerms
from tests.fuzz import wealth

__all__ = ["FOLDER", "Call", "Failure", "save_script", "script"]

FOLDER = Path(__file__).parents[2] / "out" / "fuzz"
"""Where scripts are saved."""


class Call(NamedTuple):
    """One transaction: when, who sends it, to a name of `System.contracts` or the address of a vault."""

    timestamp: int
    sender: str
    contract: str
    function: str
    arguments: tuple[Any, ...]
    gas: int


@dataclass(frozen=True)
class Failure:
    """All that a replay needs.

    Attributes
    ----------
    machine, message : str
        Who found what.
    evidence : tuple of str
        Lines that fail.
    terms, sources
        What was deployed.
    people : mapping
        Addresses by name.
    calls : tuple of Call
        Since the deployment, in order; an empty block is a call of nothing.
    """

    machine: str
    message: str
    evidence: tuple[str, ...]
    terms: SystemTerms
    sources: Sources | None
    people: Mapping[str, str]
    calls: tuple[Call, ...]


def save_script(failure: Failure, folder: Path = FOLDER) -> Path:
    """Write the script of a failure under a name of its own."""
    text = script(failure)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{failure.machine}-{sha256(text.encode()).hexdigest()[:8]}.py"
    path.write_text(text, encoding="utf-8")
    return path


def script(failure: Failure) -> str:
    """The text of a script that repeats a failure; it imports nothing but isomargin."""
    uses_wealth = any("stand(" in line for line in failure.evidence)
    return _TEMPLATE.format(
        message=f"{failure.machine} machine: {failure.message}".replace("\\", "\\\\").replace('"""', "'''"),
        terms=failure.terms,
        sources=_sources(failure.sources),
        people="".join(f"    {name!r}: {address!r},\n" for name, address in failure.people.items()),
        calls="".join(f"    {tuple(call)!r},\n" for call in failure.calls),
        wealth=_WITHOUT_HEAD.sub("", Path(wealth.__file__).read_text(encoding="utf-8"))
        if uses_wealth
        else "",
        evidence=indent("\n".join(failure.evidence), "    "),
    )


def _sources(sources: Sources | None) -> str:
    if sources is None:
        return "None"
    parts = [(field.name, getattr(sources, field.name)) for field in fields(sources)]
    replaced = [f"{part}={str(path)!r}" for part, path in parts if path != getattr(Sources(), part)]
    return f"Sources({', '.join(replaced)})"


_WITHOUT_HEAD = re.compile(r"\A.*?(?=^@dataclass)", re.DOTALL | re.MULTILINE)

_TEMPLATE = '''"""{message}"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import floor
from pathlib import Path
from typing import Any

from isomargin.chain import Block, Chain, Transaction
from isomargin.contracts import compile_contract
from isomargin.invariants import Monitor, raise_on_violation
from isomargin.model import Adjustment, Bracket, Parameters, RiskTable
from isomargin.protocol import OracleGuards, PoolTerms, Sources, System, SystemTerms, deploy
from isomargin.units import WAD

TERMS = {terms}
SOURCES = {sources}

PEOPLE = {{
{people}}}
ACCOUNTS = list(PEOPLE.values())

# timestamp, sender, contract, function, arguments, gas; one block for each timestamp
CALLS = [
{calls}]
{wealth}

def transaction(system: System, call: tuple) -> Transaction:
    _, sender, name, function, arguments, gas = call
    contract = system.contracts.get(name)
    if contract is None:
        contract = system.chain.at(name, compile_contract((SOURCES or Sources()).vault))
    officials = {{"deployer": system.admin, "oracle": system.price_pusher, "guardian": system.guardian}}
    return contract.transaction(function, *arguments, sender={{**officials, **PEOPLE}}[sender], gas=gas)


def main() -> None:
    chain = Chain()
    system = deploy(chain, TERMS, SOURCES)
    for name in PEOPLE:
        chain.account(name)
    monitor = Monitor(system)
    block = chain.block(chain.block_number)
    for timestamp, group in groupby(CALLS, key=lambda call: call[0]):
        calls = [call for call in group if call[3]]
        block = chain.mine([transaction(system, call) for call in calls], timestamp=timestamp)
        for call, receipt in zip(calls, block.receipts, strict=True):
            said = "done" if receipt.success else receipt.revert_reason or "refused without a reason"
            print(f"block {{block.number}}: {{call[1]}}: {{call[2]}}.{{call[3]}}{{call[4]}}: {{said}}")
    # what does not hold
{evidence}


if __name__ == "__main__":
    main()
'''
