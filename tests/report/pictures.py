"""Screenshots as numbers: how much of a colour is in them, and how light they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Picture", "count_colour", "luminance"]

Picture = npt.NDArray[np.uint8]  # height, width, red-green-blue


def count_colour(picture: Picture, colour: str, tolerance: int = 16) -> int:
    """How many pixels have a colour, given as ``#rrggbb``, each channel within the tolerance."""
    wanted = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)])
    near = np.abs(picture.astype(np.int16) - wanted) <= tolerance
    return int(near.all(axis=2).sum())


def luminance(pixel: npt.NDArray[np.uint8]) -> float:
    """Relative luminance, 0 for black to 1 for white (WCAG 2)."""
    shares = pixel.astype(float) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))
