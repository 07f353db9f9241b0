"""What is fitted: returns of candles."""

import math

import numpy as np
import pytest

from isomargin.errors import PriceDataError
from isomargin.prices import Candle, Candles
from isomargin.prices.calibration import Estimate, Fit, sample_of
from isomargin.units import WAD


def candles(*closes, step=3_600):
    return Candles(
        step, tuple(Candle(index * step, *[close * WAD] * 4) for index, close in enumerate(closes))
    )


def test_sample__candles__are_returns_from_close_to_close_in_years():
    sample = sample_of(candles(100, 200, 50, 50, step=365 * 86_400))

    assert sample.interval == 1.0
    assert sample.returns.tolist() == pytest.approx([math.log(2), -math.log(4), 0.0])


@pytest.mark.parametrize(
    ("closes", "message"),
    [
        ((1, 2, 3), "expected at least 4 candles, found 3"),
        ((7, 7, 7, 7, 7), "expected prices that move, found the same close in every candle"),
    ],
)
def test_sample__nothing_to_fit__is_refused(closes, message):
    with pytest.raises(PriceDataError, match=f"^{message}$"):
        sample_of(candles(*closes))


def test_aic__likelihood__counts_the_parameters():
    parameters = {"a": Estimate(1.0, None), "b": Estimate(np.pi, 0.1)}

    assert Fit("m", parameters, 10.0).aic == 2 * 2 - 2 * 10.0
    assert Fit("m", parameters).aic is None
