"""What inner runs of pytest need of the outer one: its cache of compiled contracts, the compiler loaded."""

from __future__ import annotations

import pytest

from isomargin.contracts import cache_directory, compiler_outputs
from tests.pytest_plugin.inner import COUNTER


@pytest.fixture(scope="session", autouse=True)
def _loaded_compiler(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Load what the compiler imports on its way: an inner run would forget it, and half of it twice."""
    file = tmp_path_factory.mktemp("compiler") / "Counter.vy"
    file.write_text(COUNTER)
    compiler_outputs(file, ["bytecode"])


@pytest.fixture(autouse=True)
def _shared_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pytester gives inner runs a home of their own, which has no cache."""
    monkeypatch.setenv("ISOMARGIN_CACHE", str(cache_directory()))
