import pytest

from isomargin.errors import PriceDataError
from isomargin.prices import PricePath, PricePoint, scripted_path
from isomargin.units import WAD


def test_scripted_path__prices_and_step__come_as_listed():
    path = scripted_path([2 * WAD, WAD, 1], start=1_600_000_000, step=60)

    assert path.points == (
        PricePoint(1_600_000_000, 2 * WAD),
        PricePoint(1_600_000_060, WAD),
        PricePoint(1_600_000_120, 1),
    )


def test_path__its_views__are_those_of_the_points():
    path = PricePath((PricePoint(100, 3), PricePoint(110, 4), PricePoint(140, 4)))

    assert (path.first_price, path.start, path.end, len(path)) == (3, 100, 140, 3)
    assert path.intervals == (10, 30)
    assert [point.price for point in path] == [3, 4, 4]
    assert path[1] == PricePoint(110, 4)


def test_path__one_price__has_no_interval():
    assert PricePath((PricePoint(100, 3),)).intervals == ()


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ((), "expected at least one price, found none"),
        ((PricePoint(100, 0),), "price 1 at 1970-01-01T00:01:40Z: expected above zero"),
        ((PricePoint(100, 5), PricePoint(101, -5)), "price 2 at 1970-01-01T00:01:41Z: expected above zero"),
        (
            (PricePoint(100, 2**96),),
            "below 79228162514.264337593543950336, found 79228162514.264337593543950336",
        ),
        ((PricePoint(100, 5), PricePoint(100, 5)), "found 1970-01-01T00:01:40Z after 1970-01-01T00:01:40Z"),
        ((PricePoint(100, 5), PricePoint(99, 5)), "found 1970-01-01T00:01:39Z after 1970-01-01T00:01:40Z"),
    ],
)
def test_path__what_a_feed_cannot_say__is_refused(points, message):
    with pytest.raises(PriceDataError) as refusal:
        PricePath(points)

    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_path__largest_price_below_the_bound__is_accepted():
    assert PricePath((PricePoint(100, 2**96 - 1),)).first_price == 2**96 - 1
