"""From candles to the parameters of random prices, with standard errors; loads SciPy, so import it late."""

from isomargin.prices.calibration.blocks import block_length, fit_bootstrap
from isomargin.prices.calibration.diffusion import fit_gbm
from isomargin.prices.calibration.fits import Estimate, Fit, Sample, sample_of
from isomargin.prices.calibration.jumps import fit_merton
from isomargin.prices.calibration.volatility import fit_heston

__all__ = [
    "Estimate",
    "Fit",
    "Sample",
    "block_length",
    "fit_bootstrap",
    "fit_gbm",
    "fit_heston",
    "fit_merton",
    "sample_of",
]
