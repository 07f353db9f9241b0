"""TransferTrail: transfers before and after the events that explain them."""

from __future__ import annotations

from isomargin.invariants.transfers import Transfer, TransferTrail


def test_explain__transfer_that_came__leaves_nothing():
    trail = TransferTrail()
    trail.add(Transfer("vault", "owner", 5))
    assert trail.explain("vault", "owner", 5)
    assert trail.unexplained == []
    assert not trail.explain("vault", "owner", 5)


def test_explain__same_parties_other_amount__stays_unexplained():
    trail = TransferTrail()
    trail.add(Transfer("vault", "owner", 5))
    assert not trail.explain("vault", "owner", 4)
    assert not trail.explain("owner", "vault", 5)
    assert trail.unexplained == [Transfer("vault", "owner", 5)]


def test_explain__two_alike__takes_one_at_a_time():
    trail = TransferTrail()
    for _ in range(2):
        trail.add(Transfer("vault", "owner", 5))
    assert trail.explain("vault", "owner", 5)
    assert trail.sent_by("vault") == [Transfer("vault", "owner", 5)]


def test_announce__transfer_that_follows__is_met():
    trail = TransferTrail()
    trail.announce("vault", "pool", 3)
    assert trail.missing == [Transfer("vault", "pool", 3)]
    trail.add(Transfer("vault", "pool", 3))
    assert (trail.missing, trail.unexplained) == ([], [])


def test_announce__transfer_that_came_before__is_still_missing():
    trail = TransferTrail()
    trail.add(Transfer("vault", "pool", 3))
    trail.announce("vault", "pool", 3)
    assert (trail.missing, trail.unexplained) == (
        [Transfer("vault", "pool", 3)],
        [Transfer("vault", "pool", 3)],
    )


def test_nothing_moved__needs_no_transfer():
    trail = TransferTrail()
    trail.announce("vault", "pool", 0)
    assert trail.missing == []
    assert trail.explain("vault", "pool", 0)


def test_sent_by__several_accounts__gives_only_the_one():
    trail = TransferTrail()
    for sender in ("vault", "other"):
        trail.add(Transfer(sender, "owner", 5))
    assert trail.sent_by("other") == [Transfer("other", "owner", 5)]
