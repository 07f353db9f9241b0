"""The oracle as the page of rules tells it: which price may be acted on, and the grace after an outage."""

from __future__ import annotations

from dataclasses import dataclass, replace

from isomargin.model.feeds import FeedModel, FeedRound, is_first_of_phase
from isomargin.model.outages import Cause, OutageMemory
from isomargin.model.terms import Rejected
from isomargin.units import WAD

__all__ = ["MOST_ROUNDS", "OracleGuards", "OracleModel"]

MOST_ROUNDS = 32
"""Rounds that one look takes in."""

_ID_LIMIT = 2**80
_NOT_OWNER = "ownable: caller is not the owner"


@dataclass(frozen=True, slots=True)
class OracleGuards:
    """When the oracle refuses its feed's price.

    Attributes
    ----------
    max_age : int
        Seconds that a round stays good.
    min_price, max_price : int
        WAD; a price must lie strictly between.
    max_deviation : int
        WAD ratio, largest move from one round to the next; 0 for no limit.
    grace_period : int
        Seconds that owners have after an outage or a pause; 0 for none.
    """

    max_age: int
    min_price: int
    max_price: int
    max_deviation: int
    grace_period: int = 0


@dataclass(frozen=True, slots=True)
class _Seen:
    """A round of the feed as a look judges it: WAD, unix seconds."""

    price: int
    time: int
    is_good: bool
    stale_at: int | None  # when the round before it became stale, if it came too late


@dataclass(frozen=True, slots=True)
class _Stop:
    """A stop of the sequencer that the uptime feed tells of; `ended_at` is None while it lasts."""

    began_at: int
    ended_at: int | None


class OracleModel:
    """One oracle over its feeds. All times are unix seconds, never falling from call to call.

    Parameters
    ----------
    guards : OracleGuards
        In force at first.
    feed : FeedModel
        Whose price it judges; shared with whoever pushes.
    now : int
        When it is deployed.
    owner, guardian : str
        Who may change it; who besides may pause it.
    """

    def __init__(
        self,
        guards: OracleGuards,
        feed: FeedModel,
        now: int,
        *,
        owner: str = "owner",
        guardian: str = "guardian",
    ) -> None:
        self.guards = guards
        self.feed = feed
        self.owner = owner
        self.guardian = guardian
        self.uptime_feed: FeedModel | None = None
        self.second_feed: FeedModel | None = None
        self.max_difference = 0
        self.is_paused = False
        self.memory = self._fresh_memory(now)

    # The price

    def peek(self, now: int) -> tuple[int, str]:
        """Return the newest price, 0 if there is none, and the first reason not to act on it, or ""."""
        latest = self.feed.latest()
        price = self.feed.in_wad(latest[1].answer) if latest else 0
        refusals = (self._sequencer_refusal(now), self._feed_refusal(now), self._second_refusal(price, now))
        return price, next(filter(None, refusals), "")

    def price(self, now: int) -> int:
        """The exit price, WAD; raises `Rejected` with the reason while there is none."""
        price, reason = self.peek(now)
        if reason:
            raise Rejected(reason)
        return price

    def entry_price(self, now: int) -> int:
        """The price for what adds risk, WAD; raises `Rejected` also while paused and in a grace."""
        price, in_grace, _ = self._attended_price(now)
        if in_grace:
            raise Rejected("oracle: grace after outage")
        return price

    def forced_price(self, now: int) -> tuple[int, bool, int]:
        """The price for liquidations, WAD; whether it is a grace; the price before the outage, WAD or 0."""
        return self._attended_price(now)

    def peek_grace(self, now: int) -> tuple[int, int]:
        """When the grace ends, and the price before the outage, WAD; 0 and 0 when there is none."""
        return self._looked(now).grace(now)

    def _attended_price(self, now: int) -> tuple[int, bool, int]:
        price = self.price(now)
        looked = self._looked(now)
        if self.is_paused:
            raise Rejected("oracle: paused")
        ends_at, price_before = looked.grace(now)
        return price, ends_at > 0, price_before

    # Actions

    def attend(self, now: int) -> None:
        """Remember what a look sees: what `watch` does, and entry and forced price when they succeed."""
        self.memory = self._looked(now)

    def pause(self, caller: str, now: int) -> None:
        """Stop entry and forced price."""
        if caller not in (self.guardian, self.owner):
            raise Rejected("oracle: not guardian")
        self.attend(now)
        if not self.is_paused:
            self.is_paused = True
            self._remember_cause(now)

    def resume(self, caller: str, now: int) -> None:
        """Let them go on."""
        self._check_owner(caller)
        self.attend(now)
        if self.is_paused:
            self.is_paused = False
            if self.guards.grace_period:
                self.memory = self.memory.end(Cause.PAUSED, now)

    def set_guards(self, caller: str, guards: OracleGuards, now: int) -> None:
        """Replace age, bounds and deviation; the grace period stays."""
        self._check_owner(caller)
        self.attend(now)
        self.guards = replace(guards, grace_period=self.guards.grace_period)

    def set_grace_period(self, caller: str, grace_period: int, now: int) -> None:
        """Replace the grace period; from 0 and to 0 memory starts afresh."""
        self._check_owner(caller)
        self.attend(now)
        was_off = self.guards.grace_period == 0
        self.guards = replace(self.guards, grace_period=grace_period)
        if was_off or grace_period == 0:
            self.memory = self._fresh_memory(now)
            self._remember_cause(now)
        else:
            self.memory = replace(self.memory, grace_period=grace_period)

    def set_sequencer_feed(self, caller: str, feed: FeedModel | None, now: int) -> None:
        """Obey another uptime feed, or none."""
        self._check_owner(caller)
        self.attend(now)
        self.uptime_feed = feed
        ended = self.memory.end(Cause.SEQUENCER, now)
        self.memory = replace(ended, up_since=self._told_since(now))

    def set_second_source(self, caller: str, feed: FeedModel | None, max_difference: int, now: int) -> None:
        """Compare with another feed, or none; WAD ratio."""
        self._check_owner(caller)
        self.attend(now)
        self.second_feed = feed
        self.max_difference = max_difference

    def _check_owner(self, caller: str) -> None:
        if caller != self.owner:
            raise Rejected(_NOT_OWNER)

    def _remember_cause(self, now: int) -> None:
        if self.is_paused and self.guards.grace_period:
            self.memory = self.memory.begin(Cause.PAUSED, now)

    # Refusals

    def _sequencer_refusal(self, now: int) -> str:
        if self.uptime_feed is None:
            return ""
        told = self._uptime(now)
        return "" if told and told[1].answer == 0 else "oracle: sequencer down"

    def _feed_refusal(self, now: int) -> str:
        latest = self.feed.latest()
        if latest is None:
            return "oracle: feed reverts"
        id, newest = latest
        if newest.answer <= 0:
            return "oracle: price not positive"
        if newest.updated_at > now:
            return "oracle: price from the future"
        if now - newest.updated_at > self.guards.max_age:
            return "oracle: price stale"
        if not self._is_within(self.feed.in_wad(newest.answer)):
            return "oracle: price out of bounds"
        if self.guards.max_deviation == 0 or is_first_of_phase(id):
            return ""
        before = self.feed.before(id)
        if before is None:
            return "oracle: feed reverts"
        return "oracle: price deviates" if self._deviates(newest, before) else ""

    def _second_refusal(self, price: int, now: int) -> str:
        if self.second_feed is None:
            return ""
        latest = self.second_feed.latest()
        other = self.second_feed.in_wad(latest[1].answer) if latest else 0
        if latest is None or other == 0 or not 0 <= now - latest[1].updated_at <= self.guards.max_age:
            return "oracle: second source bad"
        if abs(price - other) * WAD > self.max_difference * other:
            return "oracle: sources disagree"
        return ""

    def _is_contradicted(self, now: int) -> bool:
        """Whether the second source is what stands against the newest price."""
        price, reason = self.peek(now)
        return bool(reason) and reason == self._second_refusal(price, now)

    def _is_within(self, price: int) -> bool:
        return self.guards.min_price < price < self.guards.max_price

    def _deviates(self, newest: FeedRound, before: FeedRound) -> bool:
        change = abs(newest.answer - before.answer)
        return before.answer <= 0 or change * WAD > self.guards.max_deviation * before.answer

    # A look

    def _looked(self, now: int) -> OutageMemory:
        """Memory after a look, in the order of the page: sequencer, rounds, now."""
        if self.guards.grace_period == 0:
            return self.memory
        memory, stop = self._with_uptime(now)
        seen = self._new_rounds(now, stop)
        place = len(seen)
        if stop is not None:
            place = next((n for n, judged in enumerate(seen) if judged.time > stop.began_at), place)
        memory = _with_rounds(memory, seen[:place])
        memory = _with_stop(memory, stop)
        memory = _with_rounds(memory, seen[place:])
        if seen:
            memory = replace(memory, watched=self.feed.newest_id)
        return self._with_now(memory, now)

    def _with_now(self, memory: OutageMemory, now: int) -> OutageMemory:
        price, reason = self.peek(now)
        if not reason:
            return replace(memory.end(Cause.UNPRICED, now), last_good=price)
        told = self._uptime(now)
        if told is not None and told[1].answer != 0:
            return memory
        latest = self._latest_seen(now)
        expires = latest[1].updated_at + self.guards.max_age if latest else now
        return memory.begin(Cause.UNPRICED, min(now, expires + 1))

    def _uptime(self, now: int) -> tuple[int, FeedRound] | None:
        """The newest round of the uptime feed and its id, if it is well-formed."""
        latest = self.uptime_feed.latest() if self.uptime_feed else None
        return latest if latest and 0 < latest[1].started_at <= now else None

    def _told_since(self, now: int) -> int:
        told = self._uptime(now)
        return told[1].started_at if told else 0

    def _with_uptime(self, now: int) -> tuple[OutageMemory, _Stop | None]:
        memory = self.memory
        told = self._uptime(now)
        if told is None:
            return memory, None
        id, newest = told
        since, is_up = newest.started_at, newest.answer == 0
        noted = replace(memory, up_since=since)
        if is_up and Cause.SEQUENCER in memory.causes:
            return noted.end(Cause.SEQUENCER, since), None
        if since == memory.up_since or (is_up and memory.up_since == 0):
            return noted, None
        if not is_up:
            return noted, _Stop(since, None)
        return noted, self._stop_before(id, since)

    def _stop_before(self, id: int, since: int) -> _Stop | None:
        before = self.uptime_feed.before(id) if self.uptime_feed else None
        if before is None or before.started_at == 0:
            return _Stop(since, since)
        if before.answer == 0:
            return None
        return _Stop(min(before.started_at, since), since)

    def _latest_seen(self, now: int) -> tuple[int, FeedRound] | None:
        """The newest round and its id, if a look can take it in."""
        latest = self.feed.latest()
        if latest is None or latest[0] >= _ID_LIMIT or latest[1].updated_at > now:
            return None
        return latest

    def _new_rounds(self, now: int, stop: _Stop | None) -> list[_Seen]:
        """Rounds that a look takes in, oldest first."""
        latest = self._latest_seen(now)
        if latest is None:
            return []
        (id, current), taken = latest, list[_Seen]()
        begun = [now, stop.began_at if stop else now]
        while id > self.memory.watched and len(taken) < MOST_ROUNDS:
            before = self.feed.before(id)
            judged = self._judge(id, current, before, now)
            if not taken and self._is_contradicted(now):
                judged = replace(judged, is_good=False)
            taken.append(judged)
            if before is None or (judged.is_good and judged.time + self.guards.grace_period <= min(begun)):
                break
            if judged.stale_at is not None or not judged.is_good:
                begun.append(judged.time if judged.stale_at is None else judged.stale_at)
            id, current = id - 1, before
        return taken[::-1]

    def _judge(self, id: int, current: FeedRound, before: FeedRound | None, now: int) -> _Seen:
        price = self.feed.in_wad(current.answer)
        is_good = self._is_within(price)
        if self.guards.max_deviation and not is_first_of_phase(id):
            is_good = is_good and before is not None and not self._deviates(current, before)
        time, stale_at = min(current.updated_at, now), None
        if before is not None:
            expires = min(before.updated_at, now) + self.guards.max_age
            stale_at = expires + 1 if time > expires else None
        return _Seen(price, time, is_good, stale_at)

    def _fresh_memory(self, now: int) -> OutageMemory:
        memory = OutageMemory(self.guards.grace_period, up_since=self._told_since(now))
        if self.guards.grace_period == 0:
            return memory
        latest = self._latest_seen(now)
        price, reason = self.peek(now)
        return replace(memory, watched=latest[0] if latest else 0, last_good=0 if reason else price)


def _with_rounds(memory: OutageMemory, seen: list[_Seen]) -> OutageMemory:
    for judged in seen:
        if judged.stale_at is not None:
            memory = memory.begin(Cause.UNPRICED, judged.stale_at)
        if judged.is_good:
            memory = replace(memory.end(Cause.UNPRICED, judged.time), last_good=judged.price)
        else:
            memory = memory.begin(Cause.UNPRICED, judged.time)
    return memory


def _with_stop(memory: OutageMemory, stop: _Stop | None) -> OutageMemory:
    if stop is None:
        return memory
    memory = memory.begin(Cause.SEQUENCER, stop.began_at)
    return memory if stop.ended_at is None else memory.end(Cause.SEQUENCER, stop.ended_at)
