"""Events of a system: in order, by the names of its contracts, and a receipt's once."""

from __future__ import annotations

from isomargin.chain import Contract
from isomargin.protocol.event_reader import EventReader
from tests.system_helpers import Stage


def test_read__logs_of_a_receipt_asked_for_twice__are_decoded_once(monkeypatch):
    stage = Stage()
    receipt = stage.mine(stage.opening("trader", 1, 20)).receipts[0]
    decoded = []
    events = Contract.events

    def noted(contract, logs):
        decoded.append(logs)
        return events(contract, logs)

    monkeypatch.setattr(Contract, "events", noted)
    reader = EventReader(stage.system.contracts)
    first, second = reader.read(receipt.logs), reader.read(receipt.logs)
    assert first == second
    assert first is not second
    assert len(decoded) == len(receipt.logs)
    assert ("market", "PositionOpened") in [(each.contract, each.event.name) for each in first]


def test_read__many_other_receipts_in_between__still_gives_each_its_own():
    stage = Stage()
    receipts = [stage.mine(stage.opening("trader", 1, 20 + more)).receipts[0] for more in range(3)]
    reader = EventReader(stage.system.contracts)
    for receipt in receipts * 2:
        for _ in range(500):
            reader.read(tuple(receipt.logs[:1]) + receipt.logs[1:])  # other tuples of the same logs
        opened = [each for each in reader.read(receipt.logs) if each.event.name == "PositionOpened"]
        ids = [each.event.args["id"] for each in opened]
        assert ids == [receipts.index(receipt) + 1]


def test_read__logs_of_other_contracts_and_of_any_iterable__are_left_out_and_taken():
    stage = Stage()
    receipt = stage.mine(stage.opening("trader", 1, 20)).receipts[0]
    only_market = EventReader({"market": stage.system.market})
    names = [each.event.name for each in only_market.read(iter(receipt.logs))]
    assert names == [each.event.name for each in only_market.read(list(receipt.logs))]
    assert "PositionOpened" in names
    assert "Transfer" not in names
