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


def test_explain__transfer_before_another_action__was_interleaved():
    trail = TransferTrail()
    trail.add(Transfer("vault", "owner", 5))
    trail.end_action()
    assert trail.explain("vault", "owner", 5)
    assert trail.interleaved == [Transfer("vault", "owner", 5)]


def test_announce__transfer_comes_after_another_action__was_interleaved():
    trail = TransferTrail()
    trail.announce("vault", "owner", 5)
    for _ in range(2):
        trail.end_action()
    trail.add(Transfer("vault", "owner", 5))
    assert trail.interleaved == [Transfer("vault", "owner", 5)]


def test_end_action__one_action_after_the_other__interleaves_nothing():
    trail = TransferTrail()
    for value in (5, 7):
        trail.add(Transfer("vault", "owner", value))
        assert trail.explain("vault", "owner", value)
        trail.announce("vault", "pool", value)
        trail.end_action()
        trail.add(Transfer("vault", "pool", value))
    assert (trail.interleaved, trail.unexplained, trail.missing) == ([], [], [])


def test_has_just_reached__before_and_after_an_action__only_what_came_since():
    trail = TransferTrail()
    trail.add(Transfer("payer", "vault", 5))
    assert trail.has_just_reached("vault")
    assert not trail.has_just_reached("payer")
    trail.end_action()
    assert not trail.has_just_reached("vault")
