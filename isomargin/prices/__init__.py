"""Price paths, where every run begins: what the feed says and when, from a list, candles or chance."""

from isomargin.prices.bootstrap import bootstrap_path
from isomargin.prices.candles import Candle, CandleOrder, Candles, candle_path, candles_from_rows
from isomargin.prices.files import read_candles
from isomargin.prices.gas import GasPrices, read_gas_prices
from isomargin.prices.path import PricePath, PricePoint, scripted_path
from isomargin.prices.random_walk import geometric_brownian_path, merton_path
from isomargin.prices.stochastic_volatility import HestonModel, heston_path

__all__ = [
    "Candle",
    "CandleOrder",
    "Candles",
    "GasPrices",
    "HestonModel",
    "PricePath",
    "PricePoint",
    "bootstrap_path",
    "candle_path",
    "candles_from_rows",
    "geometric_brownian_path",
    "heston_path",
    "merton_path",
    "read_candles",
    "read_gas_prices",
    "scripted_path",
]
