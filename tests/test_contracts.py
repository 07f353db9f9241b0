"""Finding, compiling and caching Vyper sources."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from isomargin import contracts
from isomargin.contracts import CompiledContract, cache_directory, compile_contract, contracts_root
from isomargin.errors import CompileError

CHECKOUT = Path(contracts.__file__).resolve().parents[1]

COUNTER = """
# pragma version 0.4.3
import steps

number: public(uint256)
owner: public(immutable(address))

@deploy
def __init__():
    owner = msg.sender

@external
def count():
    self.number += steps.STEP
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("ISOMARGIN_CACHE", str(folder))
    return folder


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what really went through the compiler."""
    compiled: list[str] = []
    compile_really = contracts._compile

    def counted(source, sources, optimize):
        compiled.append(source.stem)
        return compile_really(source, sources, optimize)

    monkeypatch.setattr(contracts, "_compile", counted)
    return compiled


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's folder: Counter.vy, which imports steps.vy beside it."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Counter.vy").write_text(COUNTER)
    (folder / "steps.vy").write_text("STEP: constant(uint256) = 1\n")
    return folder


def _same(first: CompiledContract, second: CompiledContract) -> bool:
    return vars(first) == vars(second)


# What comes out


def test_compile_contract__a_file__gives_all_that_later_work_needs(project):
    counter = compile_contract(project / "Counter.vy")
    assert counter.name == "Counter"
    assert {entry.get("name") for entry in counter.abi} == {None, "count", "number", "owner"}
    assert counter.runtime_code in counter.init_code
    assert counter.method_identifiers["count()"] == "0x06661abd"
    layout = counter.storage_layout
    assert layout["storage_layout"]["number"] == {"type": "uint256", "n_slots": 1, "slot": 0}
    assert layout["code_layout"]["owner"]["length"] == 32
    assert "pc_pos_map" in counter.source_map_runtime


def test_compile_contract__cached__is_alike_to_the_last_key(project, compilations):
    assert _same(compile_contract(project / "Counter.vy"), compile_contract(project / "Counter.vy"))
    assert compilations == ["Counter"]


def test_blueprint_init_code__deployer_preamble_and_code():
    contract = CompiledContract("Tiny", (), bytes.fromhex("aabbcc"), b"", {}, {}, {})
    # ERC-5202: PUSH2 6, RETURNDATASIZE, DUP2, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURN; FE 71 00; init code
    assert contract.blueprint_init_code().hex() == "6100063d81600a3d39f3" + "fe7100" + "aabbcc"


# Where sources are found


def test_contracts_root__in_a_checkout__is_next_to_the_package():
    assert contracts_root() == CHECKOUT / "contracts"


def test_contracts_root__in_a_wheel__is_inside_the_package(tmp_path, monkeypatch):
    (tmp_path / "isomargin" / "_contracts" / "interfaces").mkdir(parents=True)
    monkeypatch.setattr(contracts, "__file__", str(tmp_path / "isomargin" / "contracts.py"))
    assert contracts_root() == (tmp_path / "isomargin" / "_contracts").resolve()


def test_contracts_root__nowhere__raises(tmp_path, monkeypatch):
    monkeypatch.setattr(contracts, "__file__", str(tmp_path / "isomargin" / "contracts.py"))
    with pytest.raises(CompileError, match="no contracts in"):
        contracts_root()


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the packaged contracts: market/Counter.vy and market/steps.vy."""
    root = tmp_path / "packaged"
    (root / "market").mkdir(parents=True)
    (root / "market" / "Counter.vy").write_text(COUNTER.replace("import steps", "from market import steps"))
    (root / "market" / "steps.vy").write_text("STEP: constant(uint256) = 1\n")
    monkeypatch.setattr(contracts, "contracts_root", lambda: root)
    return root


@pytest.mark.parametrize("name", ["market/Counter", "market/Counter.vy", Path("market/Counter")])
def test_compile_contract__by_name__finds_the_packaged_contract(packaged, name):
    assert compile_contract(name).name == "Counter"


def test_compile_contract__text_or_path__packaged_or_own_first(packaged, tmp_path, monkeypatch):
    own = tmp_path / "here" / "market" / "Counter.vy"
    own.parent.mkdir(parents=True)
    own.write_text("own: public(uint256)\n")
    monkeypatch.chdir(tmp_path / "here")
    assert "own()" not in compile_contract("market/Counter").method_identifiers
    assert "own()" in compile_contract(Path("market/Counter")).method_identifiers


def test_compile_contract__own_file__may_import_packaged_modules_and_snekmate(packaged, tmp_path):
    source = tmp_path / "Own.vy"
    source.write_text(
        "from market import steps\nfrom snekmate.utils import math\n"
        "@external\n@view\ndef up(x: uint256) -> uint256:\n"
        "    return math._ceil_div(x, steps.STEP)\n"
    )
    assert "up(uint256)" in compile_contract(source).method_identifiers


def test_compile_contract__search_paths__come_before_the_packaged_contracts(packaged, tmp_path):
    overlay = tmp_path / "overlay"
    (overlay / "market").mkdir(parents=True)
    (overlay / "market" / "steps.vy").write_text("STEP: constant(uint256) = 1000\n")
    plain = compile_contract("market/Counter")
    changed = compile_contract("market/Counter", search_paths=[overlay])
    assert (1000).to_bytes(2, "big") in changed.runtime_code
    assert plain.runtime_code != changed.runtime_code


# The cache


def test_cache__hit__does_not_import_the_compiler(project):
    fresh = compile_contract(project / "Counter.vy")
    script = (
        "import sys; from pathlib import Path; from isomargin.contracts import compile_contract;"
        f"c = compile_contract(Path({str(project / 'Counter.vy')!r}));"
        "print(c.init_code.hex(), 'vyper' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [fresh.init_code.hex(), "False"]


def test_cache__source_changed__compiles_again(project, compilations):
    compile_contract(project / "Counter.vy")
    (project / "Counter.vy").write_text(COUNTER + "\nextra: public(uint256)\n")
    assert "extra()" in compile_contract(project / "Counter.vy").method_identifiers
    assert len(compilations) == 2


def test_hold_sources__source_changed_afterwards__is_what_it_was_when_first_read(project, monkeypatch):
    monkeypatch.setattr(contracts, "_held", None)
    contracts.hold_sources()
    first = compile_contract(project / "Counter.vy")
    (project / "Counter.vy").write_text(COUNTER + "\nextra: public(uint256)\n")
    contracts.hold_sources()
    assert compile_contract(project / "Counter.vy") is first
    assert compile_contract(project / "steps.vy", optimize="none") is not first


def test_cache__import_changed__compiles_again_and_keeps_both(project, compilations):
    first = compile_contract(project / "Counter.vy")
    (project / "steps.vy").write_text("STEP: constant(uint256) = 2\n")
    second = compile_contract(project / "Counter.vy")
    assert first.runtime_code != second.runtime_code
    assert len(compilations) == 2
    (project / "steps.vy").write_text("STEP: constant(uint256) = 1\n")
    assert _same(compile_contract(project / "Counter.vy"), first)
    assert len(compilations) == 2


def test_cache__import_of_an_import_changed__compiles_again(project, compilations):
    (project / "steps.vy").write_text("import base\nSTEP: constant(uint256) = base.BASE\n")
    (project / "base.vy").write_text("BASE: constant(uint256) = 1\n")
    first = compile_contract(project / "Counter.vy")
    (project / "base.vy").write_text("BASE: constant(uint256) = 2\n")
    assert compile_contract(project / "Counter.vy").runtime_code != first.runtime_code
    assert len(compilations) == 2


def test_cache__import_newly_shadowed__compiles_again(packaged, tmp_path, compilations):
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    first = compile_contract("market/Counter", search_paths=[overlay])
    (overlay / "market").mkdir()
    (overlay / "market" / "steps.vy").write_text("STEP: constant(uint256) = 2\n")
    assert compile_contract("market/Counter", search_paths=[overlay]).runtime_code != first.runtime_code
    assert len(compilations) == 2


def test_cache__copied_tree__hits(project, tmp_path, compilations):
    compile_contract(project / "Counter.vy")
    shutil.copytree(project, tmp_path / "copy")
    compile_contract(tmp_path / "copy" / "Counter.vy")
    assert compilations == ["Counter"]


def test_cache__other_optimisation__compiles_again(project, compilations):
    by_level = {level: compile_contract(project / "Counter.vy", optimize=level) for level in ("gas", "none")}
    assert by_level["gas"].runtime_code != by_level["none"].runtime_code
    assert len(compilations) == 2


def test_cache__other_compiler_version__compiles_again(project, compilations, monkeypatch):
    compile_contract(project / "Counter.vy")
    monkeypatch.setattr(contracts, "_compiler_version", lambda: "0.4.4")
    compile_contract(project / "Counter.vy")
    assert len(compilations) == 2


def _damage_middle(text: str) -> str:
    middle = len(text) // 2
    return text[:middle] + ("0" if text[middle] != "0" else "1") + text[middle + 1 :]


@pytest.mark.parametrize(
    "damage",
    [lambda text: "", lambda text: text[: len(text) // 2], _damage_middle, lambda text: "\0\n[]\n{}"],
    ids=["empty", "cut short", "one character", "nonsense"],
)
def test_cache__damaged_entry__compiles_again_and_is_mended(project, cache, compilations, damage):
    first = compile_contract(project / "Counter.vy")
    (entry,) = cache.glob("*/*.json")
    entry.write_text(damage(entry.read_text()))
    assert _same(compile_contract(project / "Counter.vy"), first)
    assert _same(compile_contract(project / "Counter.vy"), first)
    assert len(compilations) == 2
    assert [path.suffix for path in cache.glob("*/*")] == [".json"]


def test_cache__that_cannot_be_written__compiles_all_the_same(project, cache, compilations):
    cache.write_text("a file, where a folder is wanted")
    assert compile_contract(project / "Counter.vy").name == "Counter"
    assert compile_contract(project / "Counter.vy").name == "Counter"
    assert len(compilations) == 2


def test_cache__two_processes_at_once__both_get_the_contract(project, cache):
    script = (
        "from pathlib import Path; from isomargin.contracts import compile_contract;"
        f"print(compile_contract(Path({str(project / 'Counter.vy')!r})).init_code.hex())"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = {process.communicate()[0].strip() for process in running}
    assert outputs == {compile_contract(project / "Counter.vy").init_code.hex()}
    assert [path.suffix for path in cache.glob("*/*")] == [".json"]


def test_cache_directory__by_environment__in_this_order(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("ISOMARGIN_CACHE", str(tmp_path / "chosen"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "shared"))
    assert cache_directory() == tmp_path / "chosen"
    monkeypatch.delenv("ISOMARGIN_CACHE")
    assert cache_directory() == tmp_path / "shared" / "isomargin"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_directory() == tmp_path / ".cache" / "isomargin"


# What is refused


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (
            "x: uint256\n@external\ndef f():\n    self.y = 1\n",
            ":4: UndeclaredDefinition: Storage variable 'y' has not been declared",
        ),
        ("def f(:\n  pass\n", ":3: SyntaxException: EOF in multi-line statement"),
        ("x: uint256 = 3 +\n", ":1: SyntaxException: invalid syntax"),
        ("x: uint\n", r":1: UnknownType: .* \(hint: Did you mean 'uint8'\?\)$"),
        ("import absent\n", ":1: ModuleNotFound: absent"),
        ("# pragma version 0.3.10\n", ":1: VersionException: .*0.3.10.*0.4.3"),
        ("# pragma optimize none\n", ": ValueError: settings conflict"),
        (
            "@external\ndef f():\n    self.a = 1\n@external\ndef g():\n    self.b = 1\n",
            r":3: UndeclaredDefinition: .*'a' has not been declared. \(and 1 more\)",
        ),
    ],
)
def test_compile_contract__bad_source__one_line_with_file_and_line(tmp_path, monkeypatch, source, complaint):
    monkeypatch.chdir(tmp_path)
    Path("Bad.vy").write_text(source)
    with pytest.raises(CompileError, match=f"^Bad.vy{complaint}") as caught:
        compile_contract(Path("Bad.vy"))
    assert "\n" not in str(caught.value)


def test_compile_contract__bad_import__names_the_imported_file(project):
    (project / "steps.vy").write_text("# steps\nSTEP: constant(uint) = 1\n")
    with pytest.raises(CompileError, match=r"steps.vy:2: UnknownType: "):
        compile_contract(project / "Counter.vy")


def test_compile_contract__after_an_error__compiles_when_mended(project):
    (project / "steps.vy").write_text("STEP: constant(uint) = 1\n")
    with pytest.raises(CompileError):
        compile_contract(project / "Counter.vy")
    (project / "steps.vy").write_text("STEP: constant(uint256) = 1\n")
    assert compile_contract(project / "Counter.vy").name == "Counter"


@pytest.mark.parametrize("name", ["market/Absent", Path("/absent/Absent.vy"), ""])
def test_compile_contract__no_such_file__says_where_it_looked(name):
    with pytest.raises(CompileError, match=r"^no Vyper source .*; looked for: ") as caught:
        compile_contract(name)
    assert str(name) in str(caught.value)


def test_compile_contract__unknown_optimisation__raises(project):
    with pytest.raises(
        CompileError, match="unknown optimisation 'fast', expected one of: gas, codesize, none"
    ):
        compile_contract(project / "Counter.vy", optimize="fast")
