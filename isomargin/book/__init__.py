"""The book: a market rebuilt from its logs, in which keepers find at once whom a price makes liquidatable."""

from isomargin.book.book import Book
from isomargin.book.positions import BookPosition, EndedPosition
from isomargin.book.ratios import LARGEST_RATIO, margin_ratio, margin_ratios_at

__all__ = [
    "LARGEST_RATIO",
    "Book",
    "BookPosition",
    "EndedPosition",
    "margin_ratio",
    "margin_ratios_at",
]
