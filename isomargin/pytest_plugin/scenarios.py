"""Scenario files as tests: a run that must balance, and meet what the file itself expects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from isomargin.errors import IsomarginError

__all__ = ["BrokenScenario", "ScenarioFile", "ScenarioItem", "failures", "is_scenario"]

# A table or a key that only a scenario has: other files of TOML may be called test_*.toml as well.
_SIGN = re.compile(
    r"^\s*(\[\[?\s*(prices|steps|expect|keepers|traders|variants)\b|(prices|include)\b.*=)", re.M
)
_MOST_SHOWN = 10


def is_scenario(file: Path) -> bool:
    """Tell by its text whether a TOML file means to be a scenario."""
    try:
        return _SIGN.search(file.read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:
        return False


class BrokenScenario(Exception):
    """A run that broke an invariant or missed an expectation; `str` is what to show."""


class ScenarioFile(pytest.File):
    """A scenario file: one test, or one for each of its variants."""

    def collect(self) -> Iterator[pytest.Item]:
        """Return the runs of the scenario, each by the name of its variant."""
        for variant in _variants(self.path):
            name = " ".join(f"{axis}={choice}" for axis, choice in variant.items())
            item = ScenarioItem.from_parent(self, name=name or "scenario")
            item.variant = variant
            yield item


def _variants(file: Path) -> list[Mapping[str, str]]:
    """What may be chosen of a file: nothing, where it has no variants or cannot be read."""
    from isomargin.scenario import variant_choices

    try:
        return variant_choices(file)
    except IsomarginError:
        return [{}]  # running it says what is wrong


class ScenarioItem(pytest.Item):
    """One run of a scenario."""

    path: Path
    variant: Mapping[str, str] = MappingProxyType({})

    def runtest(self) -> None:
        """Play the scenario and look at what its record says."""
        from isomargin.chain.metering import GasMeter, metering
        from isomargin.pytest_plugin.plugin import DEFAULT_ENGINE
        from isomargin.scenario import load_scenario
        from isomargin.simulation import simulate

        config = self.config
        engine = config.getoption("isomargin_engine") or config.getini("isomargin_engine") or DEFAULT_ENGINE
        chosen: dict[str, Any] = {"variant": self.variant} if self.variant else {}
        with metering(GasMeter()):  # thousands of transactions that no gas report is about
            record = simulate(load_scenario(self.path, **chosen), engine=engine)
        found = list(failures(record))
        if found:
            more = [f"and {len(found) - _MOST_SHOWN} more"] if len(found) > _MOST_SHOWN else []
            raise BrokenScenario("\n".join([*found[:_MOST_SHOWN], *more]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **kwargs: Any) -> Any:
        """Show what the user can act on; a traceback only for what nobody foresaw."""
        if isinstance(excinfo.value, BrokenScenario | IsomarginError):
            return f"{self.path.name}: {excinfo.value}"
        return super().repr_failure(excinfo, *args, **kwargs)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the test by its file."""
        return self.path, None, f"{self.path.name}: {self.name}"


def failures(record: Any) -> Iterator[str]:
    """Say, a line each, which invariants a run broke and which expectations it missed."""
    for check in record.checks:
        if check.violations:
            yield f"{check.invariant} broke in block {check.block}: {check.message}"
    from isomargin import record as records

    text_of = getattr(records, "failure_text", str)
    yield from (text_of(row) for row in getattr(record, "expectations", ()) if not row.holds)
    if not record.run.complete:
        yield "interrupted before its last price"
