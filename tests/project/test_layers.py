"""A module imports from floors below its own; the pure ones touch no chain, file or clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.project.tree import ROOT, python_files

FLOORS = {
    "errors": 0,  # on the ground floor with the units, which raise them
    "units": 1,
    "chain": 2,
    "contracts": 2,
    "model": 2,
    "prices": 2,
    "record": 2,
    "protocol": 3,
    "book": 3,
    "agents": 3,
    "report": 3,
    "keepers": 4,
    "invariants": 4,
    "bot": 5,
    "traces": 4,
    "scenario": 5,
    "testing": 5,
    "simulation": 6,
    "coverage": 6,
    "audit": 7,
    "pytest_plugin": 7,
    "server": 7,
    "sweep": 7,
    "cli": 8,
    "__init__": 9,  # what a user gets from `import isomargin`; nothing inside imports from it
    "__main__": 9,
}
PURE = {"units", "errors", "model", "prices", "agents", "book"}
# The library on the left appears only on the right: the door to the EVM, and the compiler of contracts.
DOORS = {
    "web3": {"chain"},
    "eth_tester": {"chain"},
    "eth": {"chain"},
    "pyrevm": {"chain"},
    "vyper": {"contracts"},
}
EFFECTS = {
    "aiohttp", "asyncio", "eth", "eth_account", "eth_tester", "io", "logging", "multiprocessing", "os",
    "pathlib", "pyarrow", "pyrevm", "random", "requests", "secrets", "shutil", "socket", "subprocess", "sys",
    "tempfile", "threading", "time", "vyper", "web3", "websockets",
}  # fmt: skip
READS_FILES = {"io", "pathlib", "pyarrow"}  # the prices read candles
CLOCK_CALLS = {"now", "today", "utcnow"}


class Import(NamedTuple):
    line: int
    module: str  # dotted; of isomargin's own at least as far as the floor's name


def imports_of(source: str, module: str) -> Iterator[Import]:
    """Every import in `source`, at any depth, those for type checkers included; relative ones resolved."""
    package = module.rpartition(".")[0] if not module.endswith(".__init__") else module[: -len(".__init__")]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = parts[: len(parts) - node.level + 1] if node.level else []
            origin = ".".join([*base, *filter(None, [node.module])])
            if origin == "isomargin":
                yield from (Import(node.lineno, f"isomargin.{alias.name}") for alias in node.names)
            else:
                yield Import(node.lineno, origin)


def unit_of(module: str) -> str:
    """The name by which a module has its floor: ``isomargin.chain.abi`` stands with ``chain``."""
    name = [*module.split("."), "__init__"][1]
    return name if name in FLOORS else "__init__"  # `from isomargin import Chain` asks the package itself


def climbing_imports(source: str, module: str) -> list[str]:
    """Imports from the same floor or from above, siblings in one package apart."""
    unit = module.split(".")[1]
    if unit not in FLOORS:
        return [f"{unit} has no floor: give it one in FLOORS"]
    return [
        f"line {line}: {unit} (floor {FLOORS[unit]}) imports {imported} (floor {FLOORS[unit_of(imported)]})"
        for line, imported in imports_of(source, module)
        if imported.split(".")[0] == "isomargin"
        and unit_of(imported) != unit
        and FLOORS[unit_of(imported)] >= FLOORS[unit]
    ]


def impurities(source: str, module: str) -> list[str]:
    """What a pure module must not reach for: effects, impure modules of our own, files and the clock."""
    unit = module.split(".")[1]
    if unit not in PURE:
        return []
    allowed = READS_FILES if unit == "prices" else set()
    found = []
    for line, imported in imports_of(source, module):
        top = imported.split(".")[0]
        if top in EFFECTS - allowed or (top == "isomargin" and unit_of(imported) not in PURE):
            found.append(f"line {line}: {unit} is pure and imports {imported}")
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="open" | "print" | "input" as name)):
                if unit != "prices" or name != "open":
                    found.append(f"line {node.lineno}: {unit} is pure and calls {name}()")
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK_CALLS:
                found.append(f"line {node.lineno}: {unit} is pure and calls .{name}()")
    return found


def side_doors(source: str, module: str) -> list[str]:
    """Imports of an engine or of the compiler from anywhere but its one door."""
    unit = module.split(".")[1]
    return [
        f"line {line}: {unit} imports {imported}; only {sorted(DOORS[imported.split('.')[0]])} may"
        for line, imported in imports_of(source, module)
        if unit not in DOORS.get(imported.split(".")[0], {unit})
    ]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


CHECKS = [climbing_imports, impurities, side_doors]


@pytest.mark.parametrize("check", CHECKS)
def test_source__every_module__keeps_to_its_floor(check):
    violations = [
        f"{path.relative_to(ROOT)}: {violation}"
        for path in python_files("isomargin")
        for violation in check(path.read_text(encoding="utf-8"), module_name(path))
    ]
    assert not violations, "\n" + "\n".join(violations)


@pytest.mark.parametrize(
    ("check", "module", "source"),
    [
        (climbing_imports, "isomargin.errors", "from isomargin.units import WAD\n"),
        (climbing_imports, "isomargin.chain.abi", "from isomargin.contracts import CompiledContract\n"),
        (climbing_imports, "isomargin.book", "def late():\n    from isomargin import keepers\n"),
        (climbing_imports, "isomargin.book", "from . import keepers\n"),
        (climbing_imports, "isomargin.chain.abi", "from ..simulation import run\n"),
        (climbing_imports, "isomargin.report.__init__", "from ..cli import main\n"),
        (climbing_imports, "isomargin.protocol", "import isomargin.scenario.loading\n"),
        (climbing_imports, "isomargin.cli", "from isomargin import Chain\n"),
        (climbing_imports, "isomargin.newcomer", ""),
        (impurities, "isomargin.model.tiers", "import os.path\n"),
        (impurities, "isomargin.book", "from isomargin.chain import Event\n"),
        (impurities, "isomargin.agents.trader", "from web3 import Web3\n"),
        (impurities, "isomargin.agents.trader", "import pyarrow\n"),
        (impurities, "isomargin.prices.files", "import time\n"),
        (impurities, "isomargin.prices.path", "start = datetime.datetime.now(datetime.UTC)\n"),
        (impurities, "isomargin.model", "text = open('tiers.csv')\n"),
        (side_doors, "isomargin.protocol.deploy", "from eth_tester import EthereumTester\n"),
        (side_doors, "isomargin.contracts", "import eth.vm\n"),
        (side_doors, "isomargin.chain.engine", "from vyper import compile_code\n"),
    ],
)
def test_check__module_that_breaks_it__fires(check, module, source):
    assert len(check(source, module)) == 1


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("isomargin.chain.chain", "from isomargin.chain.abi import decode\nimport web3\n"),
        ("isomargin.chain.__init__", "from .abi import decode\nfrom isomargin import errors, units\n"),
        ("isomargin.prices.files", "import pyarrow.csv\nfrom isomargin.units import to_wad\n"),
        ("isomargin.cli", "import sys\nfrom isomargin.simulation import run\nprint(open(sys.argv[1]))\n"),
        ("isomargin.__init__", "from isomargin.cli import main\n"),
    ],
)
def test_check__module_that_obeys__is_silent(check, module, source):
    assert check(source, module) == []
