"""Writes fitted prices as TOML: a scenario's table, or the choices of a sweep, with errors as comments."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isomargin.prices.calibration import Estimate, Fit

__all__ = ["Source", "as_choices", "as_prices"]

_DIGITS = 6  # significant, of a parameter


@dataclass(frozen=True)
class Source:
    """The candles that were fitted: their file as the text names it, seconds a candle, times, last price."""

    file: str
    count: int
    step: int
    start: str
    end: str
    last_close: str


def as_prices(source: Source, fit: Fit, compared: Sequence[Fit], *, drift: bool) -> str:
    """The `[prices]` of a scenario by one model."""
    lines = [*_header(source), *_tables("", source, fit, drift), "", *_comparison(compared)]
    return "\n".join(lines).rstrip() + "\n"


def as_choices(source: Source, fits: Sequence[Fit], missing: Sequence[str], *, drift: bool) -> str:
    """A parameter of a sweep, with a choice for each model; and why models are missing."""
    lines = [*_header(source), "[[parameters]]", 'name = "prices"', ""]
    for fit in fits:
        lines += [*_tables(f"parameters.choices.{fit.model}.", source, fit, drift), ""]
    lines += [*(f"# no {reason}" for reason in missing), *_comparison(fits)]
    return "\n".join(lines).rstrip() + "\n"


def _header(source: Source) -> list[str]:
    return [f"# {source.file}: {source.count} candles of {source.step} s, {source.start} to {source.end}"]


def _tables(above: str, source: Source, fit: Fit, drift: bool) -> Iterator[str]:
    yield f"[{above}prices]"
    yield f"step = {source.step}"
    yield ""
    yield from (f"# {note}" for note in fit.notes)
    yield f"[{above}prices.{fit.model}]"
    if fit.model == "bootstrap":
        yield f"file = {json.dumps(source.file, ensure_ascii=False)}"
    yield f"start_price = {source.last_close}  # the last close"
    for key, estimate in fit.parameters.items():
        if key == "drift" and not drift:
            yield f"drift = 0.0  # found {_with_error(estimate)}, which --drift writes"
        else:
            error = "" if estimate.error is None else f"  # +- {estimate.error:.2g}"
            yield f"{key} = {_number(estimate.value)}{error}"
    yield f"steps = {source.count if fit.model == 'bootstrap' else source.count - 1}  # as many as there were"


def _with_error(estimate: Estimate) -> str:
    error = "" if estimate.error is None else f" +- {estimate.error:.2g}"
    return f"{estimate.value:.3g}{error}"


def _number(value: float) -> str:
    """As TOML has it, with a point, so that it stays a float."""
    text = f"{value:.{_DIGITS}g}"
    return text if any(mark in text for mark in ".e") else f"{text}.0"


def _comparison(fits: Sequence[Fit]) -> Iterator[str]:
    """One line that compares what can be compared."""
    ranked = [(fit.aic, fit) for fit in fits if fit.aic is not None]
    if len(ranked) > 1:
        told = ", ".join(
            f"{fit.model} {aic:.1f} (log-likelihood {fit.log_likelihood:.1f})"
            for aic, fit in sorted(ranked, key=lambda pair: pair[0])
        )
        yield f"# AIC, the lower the better: {told}"
