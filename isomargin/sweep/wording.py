"""The numbers of a sweep as text for people: rounded for reading, with the exact value beside."""

from __future__ import annotations

import math
from decimal import Decimal

from isomargin.report.amounts import Amount
from isomargin.sweep.intervals import Interval
from isomargin.sweep.outcomes import Outcome

__all__ = ["interval_words", "money", "outcome_amount", "outcome_text", "percentage", "plain", "setting_text"]

_MINUS = "\u2212"


def money(value: float, token: str = "") -> Amount:
    """An amount: whole from 1,000 on, two digits behind the point below; what is not zero never reads so."""
    if not math.isfinite(value):
        return Amount("\u2013", "")
    size, sign = abs(value), _MINUS if value < 0 else ""
    if 0 < size < 0.005:
        return Amount(f">{_MINUS}0.01" if value < 0 else "<0.01", repr(value), token)
    text = f"{size:,.0f}" if size >= 1_000 or value == 0 else f"{size:,.2f}"
    return Amount(f"{sign}{text}", repr(value), token)


def percentage(value: float) -> Amount:
    """A share: one digit behind the point of percents, two below one percent."""
    if not math.isfinite(value):
        return Amount("\u2013", "")
    percents = abs(100 * value)
    sign = _MINUS if value < 0 else ""
    if 0 < percents < 0.005:
        return Amount(f">{_MINUS}0.01%" if value < 0 else "<0.01%", repr(value))
    text = f"{percents:.0f}" if percents in (0, 100) else f"{percents:.{1 if percents >= 1 else 2}f}"
    return Amount(f"{sign}{text}%", repr(value))


def plain(value: float) -> str:
    """A number without a unit, six digits at most, as a person would write it.

    >>> plain(1250.0), plain(-0.05)
    ('1,250', '\u22120.05')
    """
    text = f"{value:,.6g}"
    if "e" in text:
        text = f"{Decimal(text.replace(',', '')):,f}" if abs(value) > 1e-9 else text
    return text.replace("-", _MINUS)


def outcome_amount(value: float, outcome: Outcome, token: str = "") -> Amount:
    """A value of an outcome, in its unit."""
    return percentage(value) if outcome.unit == "share" else money(value, token)


def outcome_text(value: float, outcome: Outcome, token: str = "") -> str:
    """The same with its unit, as text."""
    found = outcome_amount(value, outcome, token)
    return f"{found.text} {found.unit}" if found.unit else found.text


def interval_words(interval: Interval, outcome: Outcome | None) -> str:
    """Where the true value is, in words; of a share if there is no outcome.

    >>> interval_words(Interval(0.1, 0.05, 0.2), None)
    '5.0% to 20.0%'
    """

    def text(value: float) -> str:
        return (percentage(value) if outcome is None else outcome_amount(value, outcome)).text

    low, high = interval.low, interval.high
    if low is None and high is None:
        return f"no interval: {interval.why}" if interval.why else ""
    if low is None:
        return f"{text(high or 0.0)} or less"
    return f"{text(low)} or more" if high is None else f"{text(low)} to {text(high)}"


def setting_text(value: float | str) -> str:
    """What a parameter is at a point."""
    return value if isinstance(value, str) else plain(value)
