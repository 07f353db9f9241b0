"""What a figure has to be read with: the machine, how busy it is, and the versions of everything."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

__all__ = ["machine_facts", "warning_of"]

LIBRARIES = (
    "isomargin",
    "vyper",
    "py-evm",
    "eth-tester",
    "web3",
    "eth-abi",
    "coincurve",
    "safe-pysha3",
    "pyrevm",
)


def machine_facts() -> dict[str, Any]:
    """Return processors, load averages of 1, 5 and 15 minutes, system, Python and versions of libraries."""
    return {
        "processors": os.cpu_count() or 1,
        "load": [round(load, 2) for load in os.getloadavg()],
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in LIBRARIES},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def warning_of(facts: dict[str, Any]) -> str:
    """Say that others are at work on the machine, if they are; else nothing."""
    load, processors = facts["load"][0], facts["processors"]
    if load <= processors:
        return ""
    return (
        f"the load of {load} is above the {processors} processors: figures here are lower than they should be"
    )
