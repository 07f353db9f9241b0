"""The option that chooses the machine, the same on every command that runs one."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["DEFAULT_ENGINE", "EngineOption"]

DEFAULT_ENGINE = "py-evm"

EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="NAME|URL",
        help="The EVM: `py-evm`, a whole chain in this process with exact gas and state roots; `revm`, much "
        "faster, counts no gas (`pip install 'isomargin[revm]'`); or the address of a development node that "
        "runs already, `http://127.0.0.1:8545`. See docs/engines.md.",
    ),
]
