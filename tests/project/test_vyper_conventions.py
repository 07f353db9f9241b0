"""The Vyper sources keep the conventions; and each convention can fail."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from tests.project import vyper_conventions as conventions
from tests.project.tree import ROOT, contract_files, python_files
from tests.project.vyper_conventions import CONVENTIONS, PRAGMA, Source, parse_source

OBEYS = (
    PRAGMA
    + '''
from interfaces import IPool
import tiers

implements: IPool
uses: tiers

REASON: constant(String[32]) = "market: price stale"
OFFSET: constant(uint256) = 3
positions: HashMap[uint256, uint256]
weights: uint256[2]
rows: DynArray[uint256[2], 9]

struct Refusal:
    why: String[32]


@external
def paid(token: address, template: address, amount: uint256 = 1) -> uint256:
    """
    @notice Pays.
    @param token Which.
    @param template What vaults are.
    @param amount Token units.
    @return Token units.
    """
    vault: address = create_minimal_proxy_to(template)
    assert vault.is_contract, "market: vault has no code"
    copy: address = create_from_blueprint(template, code_offset=OFFSET)
    assert extcall IPool(token).transfer(vault, amount, default_return_value=True), REASON
    allowed: bool = extcall IPool(token).approve(vault, amount, default_return_value=True)
    assert allowed, REASON
    assert amount != 0, tiers.TOO_MANY
    refusal: Refusal = Refusal(why=REASON)
    assert amount < 9, refusal.why
    told: tiers.Refusal = tiers.refusal()
    assert amount < 8, told.why
    self.positions[0] = self._larger(amount, "market: too small")
    return amount


@external
def pay():
    pass


def _larger(amount: uint256, reason: String[32]) -> uint256:
    assert amount != 0, reason
    flags: uint256 = (self.weights[0] if amount > 9 else self.rows[1][0]) | 1
    return flags if amount > 1 else amount
'''
)
MODULE = (
    PRAGMA
    + """
TOO_MANY: constant(String[32]) = "risk: too many"
stored: uint256[2]

struct Refusal:
    why: String[20]

def rows() -> DynArray[uint256, 2]:
    return []
"""
)
INTERFACE = PRAGMA + '\n@external\ndef pay():\n    """\n    @notice Pays.\n    """\n    ...\n'


def broken_sources() -> list[tuple[str, str, str]]:
    """Convention, file name and text of each section of broken_sources.txt, and of those too long for it."""
    text = Path(__file__).with_name("broken_sources.txt").read_text(encoding="utf-8")
    sections = [section.partition("\n") for section in text.split("\n== ")[1:]]
    cases = [(*heading.split(), body) for heading, _, body in sections]
    return [
        *((convention, name, body) for convention, name, body in cases),
        ("ascii_only", "x.vy", "# \u00b5\n"),
        ("short_enough", "x.vy", "\n" * 400),
        ("short_enough", "x.vy", "def f():\n" + "    pass\n" * 60),
    ]


def sources(files: dict[Path, str | None]) -> list[Source]:
    """Parse files that can import one another."""
    others: dict[str, tuple[Source, ...]] = defaultdict(tuple)
    parsed = [parse_source(path, text, others) for path, text in files.items()]
    for source in parsed:
        others[source.path.stem] += (source,)
    return parsed


@pytest.fixture(scope="module")
def contracts() -> list[Source]:
    return sources(dict.fromkeys(contract_files()))


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_contracts__every_file__keeps_the_convention(convention, contracts):
    violations = [
        f"{source.path.relative_to(ROOT)}:{line}: {fault}"
        for source in contracts
        for line, fault in convention(source)
    ]
    assert not violations, "\n" + "\n".join(violations)


def test_conventions__all__have_a_source_that_breaks_them():
    assert {name for name, _, _ in broken_sources()} == {convention.__name__ for convention in CONVENTIONS}


@pytest.mark.parametrize(("convention", "name", "text"), broken_sources())
def test_convention__source_that_breaks_it__fires_once(convention, name, text):
    source, *_ = sources(
        {Path(name): f"{PRAGMA}\n{text}", Path("tiers.vy"): MODULE, Path("IPool.vyi"): INTERFACE}
    )
    assert len(list(getattr(conventions, convention)(source))) == 1


def test_compiler__as_the_package_calls_it__is_never_the_experimental_one():
    # the pragma is a convention of the sources, see `right_pragma`; this is the other way to ask for it
    sources_of_the_package = [path.read_text(encoding="utf-8") for path in python_files("isomargin")]
    assert any("OptimizationLevel" in text for text in sources_of_the_package)  # the right files are read
    assert not any("experimental" in text for text in sources_of_the_package)


def test_right_pragma__other_version__fires():
    [source] = sources({Path("x.vy"): "# pragma version ~=0.4.3\n"})
    assert list(conventions.right_pragma(source)) == [(1, f"the line {PRAGMA!r} is missing")]


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_convention__source_that_obeys__is_silent(convention):
    source, *_ = sources({Path("Market.vy"): OBEYS, Path("tiers.vy"): MODULE, Path("IPool.vyi"): INTERFACE})
    assert list(convention(source)) == []
