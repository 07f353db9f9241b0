"""Reads a screenshot: PNG of eight bits a channel, as browsers make them, into numbers."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

__all__ = ["Picture", "count_colour", "luminance", "read_picture"]

Picture = npt.NDArray[np.uint8]  # height, width, red-green-blue
_CHANNELS = {2: 3, 6: 4}  # by the colour type of the file


def read_picture(png: bytes) -> Picture:
    """The pixels of a PNG; transparency is left out."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks: dict[bytes, bytes] = {}
    place = 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        name = png[place + 4 : place + 8]
        chunks[name] = chunks.get(name, b"") + png[place + 8 : place + 8 + length]
        place += length + 12
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, interlaced) == (8, 0)
    channels = _CHANNELS[kind]
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(height, -1)
    above = np.zeros(width * channels, dtype=np.uint8)
    picture = np.empty((height, width * channels), dtype=np.uint8)
    for number, row in enumerate(rows):
        above = _unfiltered(int(row[0]), row[1:], above, channels)
        picture[number] = above
    return picture.reshape(height, width, channels)[:, :, :3]


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


def _unfiltered(kind: int, row: Picture, above: Picture, channels: int) -> Picture:
    """A row of pixels from what the file stores: differences to the left, above, both or Paeth's choice."""
    if kind == 0:
        return row.copy()
    if kind == 2:
        return row + above
    if kind == 1:
        return np.cumsum(row.reshape(-1, channels), axis=0, dtype=np.uint8).reshape(-1)
    done = bytearray(len(row))
    stored, upper = row.tolist(), above.tolist()
    for place, value in enumerate(stored):
        left = done[place - channels] if place >= channels else 0
        corner = upper[place - channels] if place >= channels else 0
        guess = (left + upper[place]) // 2 if kind == 3 else _paeth(left, upper[place], corner)
        done[place] = (value + guess) & 0xFF
    return np.frombuffer(bytes(done), dtype=np.uint8)


def _paeth(left: int, above: int, corner: int) -> int:
    estimate = left + above - corner
    return min((left, above, corner), key=lambda each: abs(estimate - each))
