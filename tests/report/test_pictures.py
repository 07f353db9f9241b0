"""What is read from screenshots, against pictures made by hand."""

from __future__ import annotations

import numpy as np

from tests.report.pictures import count_colour, luminance


def test_count_colour__two_of_three_pixels__are_near():
    picture = np.array([[[58, 128, 201], [60, 120, 210], [255, 255, 255]]], dtype=np.uint8)
    assert count_colour(picture, "#3a80c9") == 2


def test_luminance__of_black_white_and_grey__is_that_of_the_standard():
    shades = np.array([[0, 0, 0], [255, 255, 255], [119, 119, 119]], dtype=np.uint8)
    assert [round(luminance(shade), 3) for shade in shades] == [0.0, 1.0, 0.184]
