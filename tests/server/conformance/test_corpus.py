"""The corpus against the server and against anvil; where they differ from it, a list says why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from isomargin.contracts import compile_contract
from isomargin.server.rpc.methods import all_methods
from tests.chain.anvil import DEFAULT_GENESIS, running_anvil
from tests.server.conformance.differences import DIFFERENCES_OF_ANVIL, DIFFERENCES_OF_THE_SERVER
from tests.server.conformance.exchanges import FOLDER, Case, read_corpus
from tests.server.conformance.replay import Replayer, prepared
from tests.server.conformance.signing import raw_transaction
from tests.server.serve_command import serving

CORPUS = read_corpus()
each_case = pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
GWEI = 10**9


@pytest.fixture(scope="module")
def anvil() -> Iterator[Replayer]:
    with running_anvil(replace(DEFAULT_GENESIS, base_fee=GWEI), order="fees") as running:
        yield prepared(running.url)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayer]:
    with serving(FOLDER / "served.toml", tmp_path_factory.mktemp("served"), "--manual") as running:
        yield prepared(running.url)


@each_case
def test_server__case_of_the_corpus__answers_as_written(server: Replayer, case: Case):
    _check(server, case, DIFFERENCES_OF_THE_SERVER)


@each_case
def test_anvil__case_of_the_corpus__answers_as_written_or_differs_as_explained(anvil: Replayer, case: Case):
    _check(anvil, case, DIFFERENCES_OF_ANVIL)


def _check(replayer: Replayer, case: Case, explained: Mapping[str, str]) -> None:
    found = replayer.play(case)
    if case.name in explained:
        assert found, f"no longer differs ({explained[case.name]}): take it off the list"
    else:
        assert not found, "\n".join(found)


def test_corpus__its_size__is_what_was_asked_for():
    assert len(CORPUS) >= 170


def test_corpus__every_method_of_the_server_but_its_own__has_a_case():
    methods = {name for name in all_methods() if not name.startswith("isomargin_")}
    assert methods - {case.name.partition("/")[0] for case in CORPUS} == set()


def test_differences__every_name__is_a_case():
    explained = DIFFERENCES_OF_ANVIL.keys() | DIFFERENCES_OF_THE_SERVER.keys()
    assert explained - {case.name for case in CORPUS} == set()


def test_stage__contract_that_it_creates__is_the_one_whose_source_stands_beside_it():
    code = compile_contract(FOLDER / "Sample.vy").init_code.hex()
    assert code in (FOLDER / "stage.io").read_text(encoding="utf-8")


def test_stage__transfer_of_an_ether__is_signed_as_a_reader_can_sign_it_again():
    signed = raw_transaction("alice", 2, to="bob", value=10**18, gas=21_000, gasPrice=20 * GWEI)
    assert f'"{signed}"' in (FOLDER / "stage.io").read_text(encoding="utf-8")
