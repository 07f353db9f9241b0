"""Bundles: everything of a failing run in one file, and the same run from it in another place."""

import json
import shutil

import pytest

from isomargin.audit import Settings, find_cases, play, replay
from isomargin.errors import InputError
from tests.audit.scenarios import PUMP, REFUSED, write

THIEF = """\
# pragma version 0.4.3
from . import words

@external
@view
def word() -> uint256:
    return words.ANSWER
"""
WITH_FILES = """\
keepers = []
[prices]
file = "../data/p.csv"
[gas]
file = "g.csv"
[traders]
count = 1
volatility_is = 1
[[contracts.beside]]
name = "thief"
source = "mine/Thief.vy"
[[contracts.beside]]
name = "other_venue"
source = "oracle/PriceFeed"
args = [18, "elsewhere"]
[[expect]]
that = "read(thief, word) == 43"
""".replace("volatility_is = 1\n", "")
DRAWN = """\
keepers = []
[prices.bootstrap]
file = "../data/p.csv"
steps = 2
[traders]
count = 1
[[expect]]
that = "price == 0"
"""


def bundle_of(folder, file, engine="revm"):
    """Play a file and return the path of the bundle that it leaves."""
    [case, *_] = find_cases([file])[0]
    result = play(case, Settings(engine, bundles=folder / "bundles"))
    assert result.verdict == "FAIL", result
    return folder / "bundles" / f"{result.bundle.rpartition('/')[2]}"


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refused")
    return bundle_of(folder, write(folder, "refused.toml", REFUSED))


def changed(place, bundle, /, **changes):
    """A copy of a bundle with other values."""
    document = json.loads(bundle.read_text())
    return write(place, "changed.json", json.dumps({**document, **changes}))


def test_replay__with_all_files_in_another_place__is_the_same(tmp_path):
    home = tmp_path / "home"
    write(home, "data/p.csv", "time,high,low,close\n2021-01-01,9,7,7\n2021-01-02,9,7,7\n")
    write(home, "work/g.csv", "time,gwei\n2021-01-01,11.5\n")
    write(home, "work/mine/Thief.vy", THIEF)
    write(home, "work/mine/words.vy", "ANSWER: constant(uint256) = 42\n")
    path = bundle_of(tmp_path, write(home, "work/case.toml", WITH_FILES))
    shutil.rmtree(home)

    document = json.loads(path.read_text())
    found = replay(path)

    assert [one["path"] for one in document["files"]] == [
        "data/p.csv",
        "work/g.csv",
        "work/mine/Thief.vy",
        "work/mine/words.vy",
    ]
    assert document["folder"] == "work"
    assert found.is_same
    assert found.message.startswith(f"the same to the byte: {len(document['expected']['blocks'])} blocks")
    assert found.versions == ()


def test_replay__bootstrap_in_another_place__draws_from_the_same_candles(tmp_path):
    home = tmp_path / "home"
    write(home, "data/p.csv", "time,high,low,close\n2021-01-01,9,7,7\n2021-01-02,9,7,7\n")
    path = bundle_of(tmp_path, write(home, "work/case.toml", DRAWN))
    shutil.rmtree(home)

    document = json.loads(path.read_text())

    assert [one["path"] for one in document["files"]] == ["data/p.csv"]
    assert replay(path).is_same


def test_write__twice__gives_the_same_bytes(tmp_path, refused):
    again = bundle_of(tmp_path, write(refused.parent.parent, "refused.toml", REFUSED))

    assert again.read_bytes() == refused.read_bytes()


def test_write__file_has_base_and_variants__holds_one_scenario(tmp_path):
    write(tmp_path, "base.toml", PUMP)
    path = bundle_of(tmp_path, write(tmp_path, "top.toml", 'include = "base.toml"\nseed = 8\n'))

    document = json.loads(path.read_text())
    assert path.name == "top-defence=off.json"
    assert {"include", "variants"}.isdisjoint(document["document"])
    assert all("variant" not in step for step in document["document"]["steps"])
    assert (document["seed"], document["variant"]) == (8, {"defence": "off"})
    assert replay(path).is_same


def test_replay__on_py_evm__compares_the_state_root_as_well(tmp_path):
    path = bundle_of(tmp_path, write(tmp_path, "refused.toml", REFUSED), "py-evm")

    document = json.loads(path.read_text())
    assert replay(path).message.endswith(f"state root 0x{document['expected']['state_root']}")


def test_replay__another_seed__differs_from_its_first_block_on(tmp_path, refused):
    document = json.loads(refused.read_text())["document"]
    path = changed(tmp_path, refused, document={**document, "prices": {"values": [100, 101], "step": 60}})

    found = replay(path)

    assert not found.is_same
    assert found.message.startswith("differs from block ")


def test_replay__other_versions__are_told(tmp_path, refused):
    versions = json.loads(refused.read_text())["versions"]
    path = changed(tmp_path, refused, versions={**versions, "vyper": "0.4.0"})

    assert replay(path).versions == (f"vyper {versions['vyper']} here, 0.4.0 there",)


def entry(path="a.vy", content="x", sha256="0" * 64, encoding="utf-8"):
    return {"path": path, "content": content, "sha256": sha256, "encoding": encoding}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "expected a bundle of an audit, of the format 1"),
        ({"seed": "one"}, "seed: expected a bundle of an audit to have it"),
        ({"folder": "../x"}, "expected a path within the bundle, found '../x'"),
        ({"folder": "/x"}, "expected a path within the bundle, found '/x'"),
        ({"files": [5]}, "files: expected path, sha256, encoding, content of each"),
        ({"files": [entry("/etc/x")]}, "expected a path within the bundle, found '/etc/x'"),
        ({"files": [entry("a/../../x")]}, "expected a path within the bundle, found 'a/../../x'"),
        ({"files": [entry()]}, "a.vy: its content is not what its hash says"),
        ({"files": [entry(encoding="base64", content="?")]}, "a.vy: expected base64"),
        (
            {"document": {"prices": {"file": "/etc/passwd"}}},
            "expected the files that it names in the bundle, found '/etc/passwd' outside",
        ),
        (
            {"document": {"prices": {"values": [1]}, "contracts": {"token": "../../x.vy"}}},
            "expected the files that it names in the bundle, found '../../x.vy' outside",
        ),
        (
            {"document": {"prices": {"values": [0]}}},
            "prices.values[0]: expected a price above zero",
        ),
        ({"document": {"prices": {"values": [1]}, "contracts": 5}}, "contracts: expected a table, found 5"),
        ({"engine": "revn"}, "unknown engine 'revn'"),
        ({"expected": {}}, "expected.blocks: expected the blocks of the run"),
    ],
)
def test_replay__bundle_that_is_wrong__is_refused_on_one_line(tmp_path, refused, changes, message):
    path = changed(tmp_path, refused, **changes)

    with pytest.raises(InputError) as error:
        replay(path)

    assert str(error.value).startswith(f"{path}: {message}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"format": 1}', "[" * 100_000])
def test_replay__no_bundle__is_refused_on_one_line(tmp_path, content):
    path = write(tmp_path, "x.json", content)

    with pytest.raises(InputError) as error:
        replay(path)

    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


def test_replay__no_file__is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        replay(tmp_path / "none.json")
