"""Contracts broken on purpose: copies of the sources in which a line or two read differently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from isomargin.contracts import contracts_root
from isomargin.protocol import Sources

__all__ = ["MUTANTS", "Mutant", "Patch", "broken_sources"]

TOKEN = (
    "testing/snekmate/tokens/erc20.vy"  # the library beside the token, where its import is looked for first
)


@dataclass(frozen=True)
class Patch:
    """One place of one source; what is replaced must be there exactly once."""

    file: str
    found: str
    instead: str


@dataclass(frozen=True)
class Mutant:
    """A broken system, what is wrong with it, and the invariant that has to notice."""

    invariant: str
    fault: str
    patches: tuple[Patch, ...]


def mutant(invariant: str, fault: str, *patches: tuple[str, str, str]) -> Mutant:
    return Mutant(invariant, fault, tuple(Patch(*patch) for patch in patches))


MUTANTS = (
    mutant(
        "I1",
        "the margin counts the keeper reserve",
        ("market/books.vy", "vaults.holdings(vault) - state.keeper_reserve", "vaults.holdings(vault)"),
    ),
    mutant(
        "I1",
        "a closed vault keeps a token unit",
        (
            "market/trading.vy",
            "vaults.try_pay(vault, before.owner, vaults.holdings(vault))",
            "vaults.try_pay(vault, before.owner, vaults.holdings(vault) - 1)",
        ),
    ),
    mutant(
        "I2",
        "a transfer makes a token unit",
        (
            TOKEN,
            "self.balanceOf[to] = unsafe_add(self.balanceOf[to], amount)",
            "self.balanceOf[to] = unsafe_add(self.balanceOf[to], amount + 1)",
        ),
    ),
    mutant(
        "I2",
        "a transfer logs less than it moves",
        (
            TOKEN,
            "log IERC20.Transfer(sender=owner, receiver=to, value=amount)",
            "log IERC20.Transfer(sender=owner, receiver=to, value=amount - amount // 100)",
        ),
    ),
    mutant(
        "I3",
        "the trade fee is rounded down",
        (
            "market/pricing.vy",
            "fixed_point.mul_div_up(fixed_point.magnitude(cost), fee_ratio, fixed_point.WAD)",
            "fixed_point.magnitude(cost) * fee_ratio // fixed_point.WAD",
        ),
    ),
    mutant(
        "I3",
        "the cost of a closed part is rounded down",
        (
            "market/valuation.vy",
            "fixed_point.signed_div_up(cost * convert(quantity, int256), abs(size))",
            "fixed_point.signed_div_down(cost * convert(quantity, int256), abs(size))",
        ),
    ),
    mutant(
        "I3",
        "the pool pays profits a unit short",
        (
            "market/settlement.vy",
            "extcall pool.pay(vault, convert(settlement, uint256))",
            "extcall pool.pay(vault, convert(settlement - 1, uint256))",
        ),
    ),
    mutant(
        "I3",
        "the keeper gets the whole penalty",
        (
            "market/liquidation.vy",
            "outcome.penalty * settings.ratios().keeper_share // fixed_point.WAD",
            "outcome.penalty",
        ),
    ),
    mutant(
        "I4",
        "short open interest never falls",
        ("market/positions.vy", "- min(after.size, 0) + min(before.size, 0)", "- min(after.size, 0)"),
    ),
    mutant(
        "I4",
        "the funding basis keeps what is gone",
        ("market/positions.vy", " - before.size * before.funding_index", ""),
    ),
    mutant(
        "I4",
        "costs are only added",
        ("market/positions.vy", "self.cost_sum() + after.cost - before.cost", "self.cost_sum() + after.cost"),
    ),
    mutant(
        "I5",
        "the pool forgets what it owes traders",
        (
            "custody/pool_books.vy",
            "worth: int256 = convert(cash * SCALE, int256) - claims",
            "worth: int256 = convert(cash * SCALE, int256)",
        ),
    ),
    mutant(
        "I5",
        "claims forget funding",
        (
            "market/positions.vy",
            "fixed_point.signed_div_down(skew * index - self.funding_basis, fixed_point.SIGNED_WAD)",
            "0",
        ),
    ),
    mutant(
        "I6",
        "the funding rate is rounded for the majority",
        (
            "market/funding.vy",
            "fixed_point.signed_div_away(clamped * convert(max_rate, int256), scale)",
            "clamped * convert(max_rate, int256) // scale",
        ),
    ),
    mutant(
        "I6",
        "each accrual counts a second twice",
        (
            "market/funding.vy",
            "self.accrual = fixed_point.pack_signed(current, now)",
            "self.accrual = fixed_point.pack_signed(current, now - 1)",
        ),
    ),
    mutant(
        "I6",
        "half of the accrued funding is settled",
        (
            "market/valuation.vy",
            "fixed_point.signed_div_up(size * (index - index_at_touch), fixed_point.SIGNED_WAD)",
            "fixed_point.signed_div_up(size * (index - index_at_touch), 2 * fixed_point.SIGNED_WAD)",
        ),
    ),
    mutant(
        "I7",
        "liquidation begins at twice the maintenance margin",
        (
            "market/liquidation.vy",
            "if worth.equity >= maintenance:",
            "if worth.equity >= 2 * maintenance:",
        ),
    ),
    mutant(
        "I7",
        "maintenance is asked of a quarter more than there is",
        (
            "market/liquidation.vy",
            "books.maintenance_margin(worth.notional)",
            "books.maintenance_margin(worth.notional * 5 // 4)",
        ),
    ),
    mutant(
        "I10",
        "a part is closed that helps nobody",
        ("market/liquidation_plan.vy", "return healthier, outcome", "return True, outcome"),
        (
            "risk/policies/TargetHealth.vy",
            "    if notional == 0:\n",
            "    if notional != 0:\n        return 1\n    if notional == 0:\n",
        ),
    ),
    mutant(
        "I10",
        "a rest may be too small",
        ("market/liquidation_plan.vy", "valuation.notional(rest, price) < terms.min_notional", "False"),
    ),
    mutant(
        "I16",
        "bad debt is counted twice",
        ("market/settlement.vy", "self.bad_debt += shortfall", "self.bad_debt += 2 * shortfall"),
    ),
    mutant(
        "I16",
        "the insurance fund pays half",
        ("market/settlement.vy", "shortfall // TOKEN_SCALE)", "shortfall // TOKEN_SCALE // 2)"),
    ),
    mutant(
        "I16",
        "an owner may leave a debt behind",
        (
            "market/trading.vy",
            'assert books.appraise(before, margin, price, index).equity > 0, "market: insolvent"',
            "pass",
        ),
    ),
    mutant(
        "I17",
        "ids skip one",
        ("market/positions.vy", "id: uint256 = self.last_id() + 1", "id: uint256 = self.last_id() + 2"),
    ),
    mutant(
        "I17",
        "only the last bad debt is remembered",
        ("market/settlement.vy", "self.bad_debt += shortfall", "self.bad_debt = shortfall"),
    ),
    mutant(
        "I18",
        "anybody may trade a position",
        ("market/positions.vy", "assert state.owner == msg.sender, NOT_OWNER", "pass"),
    ),
    mutant(
        "I18",
        "anybody may empty a vault",
        (
            "custody/PositionVault.vy",
            "assert msg.sender == MARKET, ONLY_MARKET\n    assert extcall",
            "assert extcall",
        ),
    ),
    mutant(
        "I18",
        "anybody may claim",
        ("market/margining.vy", "assert state.owner == msg.sender, positions.NOT_OWNER", "pass"),
    ),
)


def broken_sources(mutant: Mutant, root: Path) -> Sources:
    """Copy the contracts to `root`, break the copy, and return sources of which the broken ones are its.

    A file that is there already and reads as it should is not touched.
    """
    for file, text in _broken_tree(mutant).items():
        copy = root / file
        if not copy.is_file() or copy.read_text() != text:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text)
    broken = {_deployable_with(patch.file) for patch in mutant.patches}
    return replace(Sources(), **{part: root / str(getattr(Sources(), part)) for part in broken})


def _broken_tree(mutant: Mutant) -> dict[str, str]:
    tree = _texts_below(contracts_root())
    if any(patch.file == TOKEN for patch in mutant.patches):
        spec = find_spec("snekmate")
        assert spec is not None
        assert spec.submodule_search_locations is not None
        library = _texts_below(Path(spec.submodule_search_locations[0]))
        tree |= {f"testing/snekmate/{file}": text for file, text in library.items()}
    for patch in mutant.patches:
        times = tree[patch.file].count(patch.found)
        assert times == 1, f"{patch.file} has {times} times: {patch.found}"
        tree[patch.file] = tree[patch.file].replace(patch.found, patch.instead)
    return tree


def _texts_below(folder: Path) -> dict[str, str]:
    files = [*folder.rglob("*.vy"), *folder.rglob("*.vyi")]
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


def _deployable_with(file: str) -> str:
    """The part of a system that is compiled from a file; one of them is enough to break it."""
    if file.startswith("market/"):
        return "market"
    return {
        TOKEN: "token",
        "custody/pool_books.vy": "pool",
        "custody/PositionVault.vy": "vault",
        "risk/policies/TargetHealth.vy": "target_health",
    }[file]
