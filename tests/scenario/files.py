"""Writes scenario files for tests, and catches what is said about the wrong ones."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isomargin.errors import InputError

SMALLEST = "[prices]\nvalues = [100, 101, 99]\n"


def write(folder: Path, content: str | bytes, name: str = "crash.toml") -> Path:
    """Write a file, text as UTF-8."""
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def refusal_of(call: Callable[..., object], *arguments: Any, **options: Any) -> InputError:
    """The input error of a call, whose message must be one line."""
    with pytest.raises(InputError) as refusal:
        call(*arguments, **options)
    assert len(str(refusal.value).splitlines()) == 1
    return refusal.value
