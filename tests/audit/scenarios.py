"""Scenarios of a second or two for audits: what passes, what fails, and what cannot be played."""

from __future__ import annotations

from pathlib import Path

PUMP = """\
name = "Pump and leave"
keepers = []
seed = 3
[prices]
values = [100, 100, 100]
step = 900
[traders]
count = 1
[[people]]
name = "attacker"
tokens = 10_000
[variants.defence.off]
[variants.defence.on]
[[steps]]
label = "enter"
at = 0
by = "attacker"
open = { size = 100, margin = 5_000, as = "long" }
[[steps]]
label = "pump"
after = "enter"
variant = { defence = "off" }
push_price = { price = 120 }
place = "before-price"
[[steps]]
label = "leave"
after = "enter"
by = "attacker"
close = { position = "long" }
place = "first"
[[expect]]
that = "profit(attacker) <= 0"
because = "nobody earns by a price of his own"
"""

QUIET = """\
keepers = []
[prices]
values = [100, 100]
step = 60
[traders]
count = 1
open_over = 1
"""

REFUSED = (
    QUIET
    + """\
[[people]]
name = "eve"
tokens = 500
[[steps]]
label = "greed"
at = 0
by = "eve"
open = { size = 100, margin = 10 }
"""
)


def write(folder: Path, name: str, text: str) -> Path:
    """Put a file into a folder, which is made if need be."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file
