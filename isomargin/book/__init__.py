"""The book: a market rebuilt from its logs, in which keepers find at once whom a price makes liquidatable."""

from isomargin.book.book import Book
from isomargin.book.positions import BookPosition, EndedPosition

__all__ = ["Book", "BookPosition", "EndedPosition"]
