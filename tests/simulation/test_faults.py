"""Faults of blocks and prices: how they bend what is due, and what a run with them comes to."""

from isomargin.chain import address_of
from isomargin.scenario import FaultSection
from isomargin.simulation.beats import Beat
from isomargin.simulation.faults import Faults
from isomargin.units import WAD, to_wad
from tests.simulation.small import HOUR, play

START = 1_000_000
PRICE = to_wad(100)


def fault(kind: str, **keys) -> FaultSection:
    return FaultSection.model_validate({"kind": kind, **keys})


def faults(*planned: FaultSection) -> Faults:
    return Faults(planned, START, {"slow": address_of("slow")})


def beat(after: int = 0, price: int | None = PRICE, people_act: bool = False) -> Beat:
    return Beat(START + after, 0, price, people_act=people_act, ends_price=False)


def bent(faulty: Faults, due: Beat) -> Beat:
    """What becomes of a block that is made all the same."""
    made = faulty.bend(due)
    assert made is not None
    return made


def test_bend__no_fault__changes_nothing():
    assert faults().bend(beat()) == beat()


def test_bend__late_blocks__come_later_as_often_as_said():
    late = faults(fault("late-blocks", blocks=2, seconds=30))
    assert [bent(late, beat(after)).timestamp - START for after in (0, 12, 24)] == [30, 42, 24]


def test_bend__a_dropped_block__leaves_its_price_and_its_people_to_the_next():
    dropping = faults(fault("dropped-blocks", blocks=1))
    assert dropping.bend(beat(0, people_act=True)) is None
    assert dropping.bend(beat(12, price=None)) == beat(12, price=PRICE, people_act=True)
    assert dropping.bend(beat(24, price=None)) == beat(24, price=None)


def test_bend__the_next_block_has_a_price_of_its_own__the_newer_one_wins():
    dropping = faults(fault("dropped-blocks", blocks=1))
    dropping.bend(beat(0))
    assert bent(dropping, beat(12, price=to_wad(90))).price == to_wad(90)


def test_bend__a_stale_oracle__writes_no_price_until_it_is_over():
    stale = faults(fault("stale-oracle", seconds=60))
    assert [bent(stale, beat(after)).price for after in (0, 59, 60)] == [None, None, PRICE]


def test_bend__an_oracle_jump__hits_the_next_price_alone():
    jumping = faults(fault("oracle-jump", ratio="0.9"))
    assert bent(jumping, beat(0, price=None)).price is None
    assert [bent(jumping, beat(after)).price for after in (12, 24)] == [to_wad(90), PRICE]


def test_bend__a_fault_planned_for_later__begins_at_its_hour():
    stale = faults(fault("stale-oracle", seconds=60, at="0.5"))
    assert bent(stale, beat(1_799)).price == PRICE
    assert bent(stale, beat(1_800)).price is None


def test_gas_factor__a_spike__lasts_as_long_as_said():
    spiking = faults(fault("gas-spike", factor=10, seconds=60))
    spiking.bend(beat())
    assert [spiking.gas_factor(START + after) for after in (0, 59, 60)] == [10, 10, 1]


def test_censored__somebody_by_name_and_a_stranger_by_address__are_known_by_address():
    stranger = address_of("stranger")
    censoring = faults(
        fault("censor", sender="slow", seconds=60), fault("censor", sender=stranger, seconds=30)
    )
    censoring.bend(beat())
    assert censoring.censored(START) == {address_of("slow"), stranger}
    assert censoring.censored(START + 30) == {address_of("slow")}
    assert censoring.censored(START + 60) == set()


def test_begin__a_fault_of_reorganisation__is_handed_on():
    handed: list[FaultSection] = []
    others = faults()
    others.elsewhere = handed.append
    others.begin(fault("reorg", depth=3), START)
    assert [one.depth for one in handed] == [3]


def test_simulate__keeper_is_censored_while_prices_fall__liquidates_only_afterwards():
    free, censored = play(), play(faults=[{"kind": "censor", "sender": "keeper", "seconds": 4 * HOUR - 60}])
    first_liquidation = [
        next(row.timestamp for row in record.blocks if row.liquidations) for record in (free, censored)
    ]
    assert first_liquidation[0] < first_liquidation[1]
    assert first_liquidation[1] >= free.blocks[0].timestamp + 4 * HOUR - 60
    assert censored.summary.liquidations.count == free.summary.liquidations.count == 4


def test_simulate__stale_oracle__freezes_the_price_in_the_record():
    record = play(faults=[{"kind": "stale-oracle", "at": 2, "seconds": HOUR}])
    by_hour = {(row.timestamp - record.blocks[0].timestamp) // HOUR: row.price for row in record.blocks}
    assert [by_hour[hour] // WAD for hour in range(5)] == [100, 100, 100, 94, 94]


def test_simulate__gas_spike__is_paid_by_the_keeper():
    usual, dear = play(), play(faults=[{"kind": "gas-spike", "factor": 3, "seconds": 5 * HOUR}])
    assert {row.gas_price for row in dear.blocks} == {3 * row.gas_price for row in usual.blocks}
    assert dear.summary.keeper.gas_cost > 2 * usual.summary.keeper.gas_cost


def test_simulate__a_dropped_block__is_missing_and_the_books_balance():
    usual, dropped = play(), play(faults=[{"kind": "dropped-blocks", "blocks": 1, "at": 1}])
    assert dropped.summary.blocks == usual.summary.blocks - 1
    assert dropped.summary.invariants.violations == 0


def test_simulate__late_blocks__come_later_and_the_books_balance():
    record = play(faults=[{"kind": "late-blocks", "blocks": 3, "seconds": 30}])
    assert record.blocks[0].timestamp == play().blocks[0].timestamp + 30
    assert record.summary.invariants.violations == 0
