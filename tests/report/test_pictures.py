"""The reader of screenshots, against pictures made by hand."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from tests.report.pictures import count_colour, luminance, read_picture


def png(rows: list[bytes], width: int, kind: int = 2) -> bytes:
    """A PNG of filtered rows, each with its filter in front."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, len(rows), 8, kind, 0, 0, 0)
    data = zlib.compress(b"".join(rows))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", data[:5]), chunk(b"IDAT", data[5:]), chunk(b"IEND", b"")]
    )


@pytest.mark.parametrize(
    ("filter_kind", "stored"),
    [
        (0, [30, 20, 10, 31, 22, 13]),
        (1, [30, 20, 10, 1, 2, 3]),  # less the pixel to the left
        (2, [20, 10, 0, 1, 2, 3]),  # less the pixel above
        (3, [25, 15, 5, 1, 2, 3]),  # less half of left and above
        (4, [20, 10, 0, 1, 2, 3]),  # less the one of left, above and corner that is nearest to their plane
    ],
)
def test_picture__of_each_filter__is_the_same(filter_kind, stored):
    first = bytes([0, 10, 10, 10, 30, 20, 10])
    second = bytes([filter_kind, *stored])
    picture = read_picture(png([first, second], width=2))

    assert picture[0].tolist() == [[10, 10, 10], [30, 20, 10]]
    assert picture[1].tolist() == [[30, 20, 10], [31, 22, 13]]


def test_picture__with_transparency__is_read_without_it():
    assert read_picture(png([bytes([0, 1, 2, 3, 255])], width=1, kind=6)).tolist() == [[[1, 2, 3]]]


def test_count_colour__two_of_three_pixels__are_near():
    picture = np.array([[[58, 128, 201], [60, 120, 210], [255, 255, 255]]], dtype=np.uint8)
    assert count_colour(picture, "#3a80c9") == 2


def test_luminance__of_black_white_and_grey__is_that_of_the_standard():
    shades = np.array([[0, 0, 0], [255, 255, 255], [119, 119, 119]], dtype=np.uint8)
    assert [round(luminance(shade), 3) for shade in shades] == [0.0, 1.0, 0.184]
