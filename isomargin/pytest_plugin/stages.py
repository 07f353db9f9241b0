"""Chains and markets that tests share in turn: made once for engine and marker, undone after each test."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from isomargin.chain import Chain
from isomargin.chain.metering import active_meter
from isomargin.errors import InputError, IsomarginError
from isomargin.protocol import Sources, deploy
from isomargin.scenario import Scenario, scenario_from
from isomargin.simulation import system_terms
from isomargin.testing import Market
from isomargin.units import from_wad

__all__ = ["Stages", "new_chain", "stages_of"]

_TABLES = ("token", "oracle", "risk", "market", "pool", "insurance")
_KEYS = ("engine", "tiers", "decimals", "price", "sources", *_TABLES)
_ALWAYS_FRESH = 2**31 - 1  # seconds
_BEGINNING = 0  # the snapshot before every test

_KEPT = pytest.StashKey["Stages"]()


def stages_of(config: pytest.Config) -> Stages:
    """The stages of a session."""
    return config.stash.setdefault(_KEPT, Stages())


def new_chain(engine: str) -> Chain:
    """A chain at its genesis block; an engine that is not there ends the test with one line."""
    try:
        return Chain(engine)
    except IsomarginError as error:
        pytest.fail(str(error), pytrace=False)


class Stages:
    """Chains by engine, each with a market on it or without."""

    def __init__(self) -> None:
        self._chains: dict[tuple[str, str], Chain] = {}
        self._markets: dict[int, Market] = {}  # by the id of the chain, which is kept above

    @contextmanager
    def isolated(self, engine: str, node: pytest.Item | None) -> Iterator[Chain]:
        """Hand out a chain, with the market that a test wants if there is a test, and undo what it does."""
        key = (engine, _key_of(node) if node is not None else "")
        if key not in self._chains:
            chain = new_chain(engine)
            if node is not None:
                self._markets[id(chain)] = _build(chain, node)
            chain.snapshot()  # the chain's first, so that no test can go back behind it
            self._chains[key] = chain
        try:
            yield self._chains[key]
        finally:
            self._chains[key].revert(_BEGINNING)

    def market_on(self, chain: Chain, node: pytest.Item) -> Market:
        """The market on a chain; deployed there and then where the chain came from elsewhere."""
        kept = self._markets.get(id(chain))
        if kept is None or chain not in self._chains.values():
            return _build(chain, node)
        return Market(kept.system)


def _settings(node: pytest.Item) -> dict[str, Any]:
    """The arguments of all markers, those nearest to the test first."""
    settings: dict[str, Any] = {}
    for mark in node.iter_markers("isomargin"):
        if mark.args:
            raise InputError(f"@pytest.mark.isomargin takes names only, found {mark.args[0]!r}")
        for name in mark.kwargs:
            if name not in _KEYS:
                raise InputError(
                    f"@pytest.mark.isomargin: unknown {name}, expected one of {', '.join(_KEYS)}"
                )
        settings = {**mark.kwargs, **settings}
    return settings


def _key_of(node: pytest.Item) -> str:
    with _told(node):
        settings = {name: value for name, value in _settings(node).items() if name != "engine"}
    return json.dumps(settings, sort_keys=True, default=str)


def _build(chain: Chain, node: pytest.Item) -> Market:
    """Deploy what the marker wants, fill pool and insurance fund, and fund the usual people."""
    meter = active_meter()
    with _told(node), meter.paused() if meter is not None else nullcontext():
        settings = _settings(node)
        scenario = _scenario(settings)
        system = deploy(chain, system_terms(scenario), _sources(settings, node.config.rootpath))
        market = Market(system)
        insurance = scenario.token_units(scenario.insurance.deposit)
        if insurance:
            chain.send(system.mint(system.insurance_fund.address, insurance))
        for provider in scenario.pool.providers:
            amount = from_wad(provider.deposit)
            market.person(provider.name, tokens=amount).deposit(amount)
        everybody = {"trader", "attacker", *(provider.name for provider in scenario.pool.providers)}
        for name in sorted(everybody):
            Market(system).person(name)
        return market


@contextmanager
def _told(node: pytest.Item) -> Iterator[None]:
    """End the test with one line where its marker, or an own source, is at fault."""
    try:
        yield
    except IsomarginError as error:
        pytest.fail(f"{node.nodeid}: {error}", pytrace=False)


def _scenario(settings: Mapping[str, Any]) -> Scenario:
    """The marker's arguments as tables of a scenario, beside what suits a test.

    No price is ever stale or too far from the last, and providers leave at once, unless a table says so.
    """
    price = settings.get("price", 2_000)
    document: dict[str, Any] = {name: dict(settings.get(name, {})) for name in _TABLES}
    document["oracle"] = {
        "max_age": _ALWAYS_FRESH, "max_deviation": 0, "min_ratio": "0.0001", "max_ratio": 10_000,
    } | document["oracle"]  # fmt: skip
    document["pool"] = {"cooldown": 0} | document["pool"]
    if "decimals" in settings:
        document["token"]["decimals"] = settings["decimals"]
    if "tiers" in settings:
        document["risk"]["brackets"] = [_bracket(tier) for tier in settings["tiers"]]
    return scenario_from({**document, "prices": {"values": [price, price]}, "traders": _traders(document)})


def _bracket(tier: Any) -> Mapping[str, Any]:
    if isinstance(tier, Mapping):
        return tier
    if not isinstance(tier, list | tuple) or len(tier) != 3:
        raise InputError(f"tiers: expected (notional floor, initial, maintenance), found {tier!r}")
    return dict(zip(("notional_floor", "imr", "mmr"), tier, strict=True))


def _traders(document: Mapping[str, Any]) -> dict[str, Any]:
    """A crowd that nobody draws, of a size that the other tables allow."""
    most = document["risk"].get("max_notional", 50_000_000)
    return {"notional": {"min": most, "max": most}}


def _sources(settings: Mapping[str, Any], root: Path) -> Sources:
    """The test's own sources in place of the packaged ones."""
    chosen: Mapping[str, Any] = settings.get("sources", {})
    if isinstance(chosen, Sources):
        return chosen
    known = [field.name for field in fields(Sources)]
    for name in chosen:
        if name not in known:
            raise InputError(f"sources: unknown {name}, expected one of {', '.join(known)}")
    return Sources(**{name: _own(source, root) for name, source in chosen.items()})


def _own(source: str | Path, root: Path) -> str | Path:
    for name in (source, f"{source}.vy"):
        if (root / name).is_file():
            return root / name
    return source
