"""Lines and branches against what follows from the sources by hand, at each optimisation."""

from __future__ import annotations

import pytest

from isomargin.chain import Chain, Transaction
from isomargin.contracts import compile_contract
from isomargin.errors import InputError
from tests.coverage.helpers import (
    LEVELS,
    attempt,
    branches,
    cover,
    covered,
    missed,
    outcomes,
    tried,
    unreachable,
    write,
)

pytestmark = pytest.mark.parametrize("optimize", LEVELS)

DECISIONS = """
# pragma version 0.4.3
x: uint256


@external
def choose(a: uint256) -> uint256:
    if a > 10:
        self.x = 1
    elif a == 5:
        self.x = 2
    else:
        self.x = 3
    return self.x


@external
def guard(a: uint256):
    assert a != 7
    assert a != 8, "not eight"
    self.x = a


@external
def pick(a: uint256) -> uint256:
    b: uint256 = 1 if a > 3 else 2
    return b
"""


@pytest.mark.parametrize(
    ("calls", "ran", "not_run", "decided"),
    [
        ([("choose", 11)], [7, 8, 13], [9, 10, 12], {(7, "if"): "+-", (9, "if"): "--"}),
        ([("choose", 5)], [7, 9, 10, 13], [8, 12], {(7, "if"): "-+", (9, "if"): "+-"}),
        ([("choose", 6)], [7, 9, 12, 13], [8, 10], {(7, "if"): "-+", (9, "if"): "-+"}),
        ([("choose", 6), ("choose", 5), ("choose", 99)], [7, 8, 9, 10, 12, 13], [], {
            (7, "if"): "++", (9, "if"): "++",
        }),
        ([("guard", 1)], [18, 19, 20], [], {(18, "assert"): "+-", (19, "assert"): "+-"}),
        ([("guard", 7)], [18], [19, 20], {(18, "assert"): "-+", (19, "assert"): "--"}),
        ([("guard", 8)], [18, 19], [20], {(18, "assert"): "+-", (19, "assert"): "-+"}),
        ([("pick", 4)], [25, 26], [], {(25, "ternary"): "+-"}),
        ([("pick", 3)], [25, 26], [], {(25, "ternary"): "-+"}),
        ([("pick", 3), ("pick", 4)], [25, 26], [], {(25, "ternary"): "++"}),
    ],
)  # fmt: skip
def test_decision__some_ways_taken__those_are_covered(tmp_path, optimize, calls, ran, not_run, decided):
    write(tmp_path, Decisions=DECISIONS)
    file = tried(tmp_path, "Decisions", calls, optimize=optimize)
    first = {"choose": (7, 13), "guard": (18, 20), "pick": (25, 26)}[calls[0][0]]
    assert covered(file) == ran
    assert [line for line in missed(file) if first[0] <= line <= first[1]] == not_run
    assert {key: way for key, way in branches(file).items() if first[0] <= key[0] <= first[1]} == decided


SHORT_CIRCUITS = """
# pragma version 0.4.3
@external
def both(a: bool, b: bool, c: bool) -> uint256:
    if a and b and c:
        return 1
    return 0


@external
def either(a: uint256, b: uint256) -> bool:
    return a == 1 or b == 1


@external
def mixed(a: uint256):
    assert a > 2 and (a < 5 or a == 9)
"""


@pytest.mark.parametrize(
    ("calls", "decided"),
    [
        ([("both", False, True, True)], {(4, "if"): "-+", (4, "and"): "-+", (4, "and 2"): "--"}),
        ([("both", True, False, True)], {(4, "if"): "-+", (4, "and"): "+-", (4, "and 2"): "-+"}),
        ([("both", True, True, False)], {(4, "if"): "-+", (4, "and"): "+-", (4, "and 2"): "+-"}),
        ([("both", True, True, True)], {(4, "if"): "+-", (4, "and"): "+-", (4, "and 2"): "+-"}),
        ([("either", 1, 0)], {(11, "or"): "-+"}),
        ([("either", 0, 1)], {(11, "or"): "+-"}),
        ([("mixed", 2)], {(16, "assert"): "-+", (16, "and"): "-+", (16, "or"): "--"}),
        ([("mixed", 3)], {(16, "assert"): "+-", (16, "and"): "+-", (16, "or"): "-+"}),
        ([("mixed", 9)], {(16, "assert"): "+-", (16, "and"): "+-", (16, "or"): "+-"}),
        ([("mixed", 6)], {(16, "assert"): "-+", (16, "and"): "+-", (16, "or"): "+-"}),
    ],
)
def test_and_or__operands_that_decide__are_told_apart(tmp_path, optimize, calls, decided):
    write(tmp_path, Shorts=SHORT_CIRCUITS)
    file = tried(tmp_path, "Shorts", calls, optimize=optimize)
    line = {"both": 4, "either": 11, "mixed": 16}[calls[0][0]]
    assert {key: way for key, way in branches(file).items() if key[0] == line} == decided


LOOPS = """
# pragma version 0.4.3
x: uint256


@external
def bounded(n: uint256):
    for i: uint256 in range(n, bound=4):
        self.x += i
    self.x += 1


@external
def listed(xs: DynArray[uint256, 4]):
    for v: uint256 in xs:
        if v == 7:
            break
        if v == 8:
            continue
        self.x += v
    self.x += 1


@external
def fixed(stop: uint256):
    for i: uint256 in range(3):
        if i == stop:
            return
    self.x = 9


@external
def first(xs: DynArray[uint256, 4]) -> uint256:
    for v: uint256 in xs:
        return v + 1
    return self.x
"""


@pytest.mark.parametrize(
    ("call", "ran", "decided"),
    [
        (("bounded", 0), [7, 9], {(7, "loop"): "-+"}),
        (("bounded", 3), [7, 8, 9], {(7, "loop"): "++"}),
        (
            ("bounded", 5),
            [7],
            {(7, "loop"): "--"},
        ),  # the compiler's own check of the bound is nobody's branch
        (("listed", []), [14, 20], {(14, "loop"): "-+", (15, "if"): "--", (17, "if"): "--"}),
        (("listed", [7]), [14, 15, 16, 20], {(14, "loop"): "+-", (15, "if"): "+-", (17, "if"): "--"}),
        (("listed", [8]), [14, 15, 17, 18, 20], {(14, "loop"): "++", (15, "if"): "-+", (17, "if"): "+-"}),
        (("listed", [1, 2]), [14, 15, 17, 19, 20], {(14, "loop"): "++", (15, "if"): "-+", (17, "if"): "-+"}),
        (("fixed", 0), [25, 26, 27], {(25, "loop"): "+-", (26, "if"): "+-"}),
        (("fixed", 2), [25, 26, 27], {(25, "loop"): "+-", (26, "if"): "++"}),
        (("fixed", 3), [25, 26, 28], {(25, "loop"): "++", (26, "if"): "-+"}),
        (("first", []), [33, 35], {(33, "loop"): "-+"}),  # without a round
        (("first", [5]), [33, 34], {(33, "loop"): "+-"}),
    ],
)
def test_loop__no_round_some_or_left_early__is_seen(tmp_path, optimize, call, ran, decided):
    write(tmp_path, Loops=LOOPS)
    file = tried(tmp_path, "Loops", [call], optimize=optimize)
    first = {"bounded": (7, 9), "listed": (14, 20), "fixed": (25, 28), "first": (33, 35)}[call[0]]
    assert covered(file) == ran
    assert {key: way for key, way in branches(file).items() if first[0] <= key[0] <= first[1]} == decided


THREADED = """
# pragma version 0.4.3
x: uint256


@external
def act(a: uint256):
    self.leave(a)
    self.linger(a)


@internal
def leave(a: uint256):
    if a == 1:
        return
    if a == 2:
        self.x = 2
    return


@internal
def linger(a: uint256):
    y: uint256 = 0
    z: uint256 = 0
    if a == 3:
        pass
    else:
        y = 4
    self.x = y + z
"""


@pytest.mark.parametrize(
    ("a", "ran"),
    [
        (1, [7, 8, 13, 14, 22, 23, 24, 27, 28]),
        (2, [7, 8, 13, 15, 16, 17, 22, 23, 24, 27, 28]),
        (3, [7, 8, 13, 15, 17, 22, 23, 24, 25, 28]),
    ],
)
def test_line__without_instructions_of_its_own__follows_from_the_way_that_was_taken(
    tmp_path, optimize, a, ran
):
    write(tmp_path, Threaded=THREADED)
    file = tried(tmp_path, "Threaded", [("act", a)], optimize=optimize)
    assert covered(file) == ran
    assert sorted(covered(file) + missed(file)) == [7, 8, 13, 14, 15, 16, 17, 22, 23, 24, 25, 27, 28]
    assert unreachable(file) == []


CUT = """
# pragma version 0.4.3
DEBUG: constant(bool) = False
x: uint256


@external
def act():
    self.x = 1
    if DEBUG:
        self.x = 2
    self.x = 3


@internal
def unused():
    self.x = 4
"""


def test_line__that_the_compiler_dropped__is_unreachable_and_not_missed(tmp_path, optimize):
    write(tmp_path, Cut=CUT)
    file = tried(tmp_path, "Cut", [("act",)], optimize=optimize)
    assert covered(file) == [8, 9, 11]
    if optimize == "none":  # compiles also what a constant cuts off
        assert missed(file) == [10]
        assert unreachable(file) == [16]
        assert branches(file) == {(9, "if"): "-+"}
    else:
        assert missed(file) == []
        assert unreachable(file) == [10, 16]
        assert branches(file) == {(9, "if"): ".."}
        assert file.branch_tally.total == 0


CONSTRUCTED = """
# pragma version 0.4.3
limit: uint256


@deploy
def __init__(n: uint256):
    assert n > 0, "none"
    if n > 5:
        self.limit = 5
    else:
        self.limit = n


@external
@view
def limit_of() -> uint256:
    return self.limit
"""


def test_constructor__run_twice__its_lines_and_branches_count(tmp_path, optimize):
    write(tmp_path, Constructed=CONSTRUCTED)
    code = compile_contract(tmp_path / "Constructed.vy", optimize=optimize)
    report = cover(tmp_path, lambda chain: [chain.deploy(code, n).call("limit_of") for n in (6, 9)])
    [file] = report.files
    assert covered(file) == [7, 8, 9, 17]
    assert missed(file) == [11]
    assert branches(file) == {(7, "assert"): "+-", (8, "if"): "+-"}


def test_constructor__that_only_keeps_its_argument__ran_if_the_contract_was_made(tmp_path, optimize):
    write(tmp_path, Keeper="n: immutable(uint256)\n\n@deploy\ndef __init__(a: uint256):\n    n = a\n")
    code = compile_contract(tmp_path / "Keeper.vy", optimize=optimize)
    [file] = cover(tmp_path, lambda chain: chain.deploy(code, 5)).files
    assert covered(file) == [5]


def test_module__in_two_contracts__adds_up(tmp_path, optimize):
    shared = """
# pragma version 0.4.3
@internal
@pure
def sign(a: int256) -> int256:
    if a < 0:
        return -1
    return 1
"""
    user = """
# pragma version 0.4.3
import shared


@external
@pure
def of(a: int256) -> int256:
    return shared.sign(a)
"""
    write(tmp_path, shared=shared, First=user, Second=user + "\n\nx: public(uint256)\n")

    def run(chain: Chain) -> None:
        for name, value in (("First", 3), ("Second", -3)):
            chain.deploy(compile_contract(tmp_path / f"{name}.vy", optimize=optimize)).call("of", value)

    by_name = {file.path.stem: file for file in cover(tmp_path, run).files}
    assert covered(by_name["shared"]) == [5, 6, 7]
    assert branches(by_name["shared"]) == {(5, "if"): "++"}
    assert covered(by_name["First"]) == covered(by_name["Second"]) == [8]


def test_clone__of_an_implementation__counts_for_its_source(tmp_path, optimize):
    vault = """
# pragma version 0.4.3
x: uint256


@external
def put(a: uint256):
    if a > 1:
        self.x = a
"""
    factory = """
# pragma version 0.4.3
@external
def make(implementation: address, a: uint256):
    clone: address = create_minimal_proxy_to(implementation)
    raw_call(clone, abi_encode(a, method_id=method_id("put(uint256)")))
"""
    write(tmp_path, Vault=vault, Factory=factory)

    def run(chain: Chain) -> None:
        implementation = chain.deploy(compile_contract(tmp_path / "Vault.vy", optimize=optimize))
        maker = chain.deploy(compile_contract(tmp_path / "Factory.vy", optimize=optimize))
        attempt(maker, "make", implementation.address, 5)

    report = cover(tmp_path, run)
    by_name = {file.path.stem: file for file in report.files}
    assert covered(by_name["Vault"]) == [7, 8]
    assert branches(by_name["Vault"]) == {(7, "if"): "+-"}
    assert covered(by_name["Factory"]) == [4, 5]
    assert report.notes == ()  # the proxy is nobody's source, and no riddle


def test_blueprint__created_by_a_contract__counts_for_its_source(tmp_path, optimize):
    child = """
# pragma version 0.4.3
x: public(uint256)


@deploy
def __init__(a: uint256):
    self.x = a
    if a == 3:
        self.x = 4
"""
    maker = """
# pragma version 0.4.3
@external
def make(blueprint: address, a: uint256):
    made: address = create_from_blueprint(blueprint, a)
"""
    write(tmp_path, Child=child, Maker=maker)

    def run(chain: Chain) -> None:
        blueprint = chain.deploy_blueprint(compile_contract(tmp_path / "Child.vy", optimize=optimize))
        attempt(
            chain.deploy(compile_contract(tmp_path / "Maker.vy", optimize=optimize)), "make", blueprint, 2
        )

    by_name = {file.path.stem: file for file in cover(tmp_path, run).files}
    assert covered(by_name["Child"]) == [7, 8]
    assert missed(by_name["Child"]) == [9]


def test_nested_call__that_reverts__its_lines_ran_up_to_the_assertion(tmp_path, optimize):
    inner = """
# pragma version 0.4.3
x: uint256


@external
def fail(a: uint256):
    self.x = a
    assert a < 3, "too much"
    self.x = 0
"""
    outer = """
# pragma version 0.4.3
y: uint256


@external
def attempt(inner: address) -> bool:
    success: bool = raw_call(
        inner, abi_encode(convert(5, uint256), method_id=method_id("fail(uint256)")), revert_on_failure=False
    )
    if not success:
        self.y = 1
    return success
"""
    write(tmp_path, Inner=inner, Outer=outer)

    def run(chain: Chain) -> None:
        target = chain.deploy(compile_contract(tmp_path / "Inner.vy", optimize=optimize))
        attempt(
            chain.deploy(compile_contract(tmp_path / "Outer.vy", optimize=optimize)),
            "attempt",
            target.address,
        )

    by_name = {file.path.stem: file for file in cover(tmp_path, run).files}
    assert covered(by_name["Inner"]) == [7, 8]
    assert missed(by_name["Inner"]) == [9]
    assert outcomes(by_name["Inner"], 8, "assert") == "-+"
    assert covered(by_name["Outer"]) == [7, 10, 11, 12]
    assert outcomes(by_name["Outer"], 10, "if") == "+-"


CHECKED = """
# pragma version 0.4.3
# pragma nonreentrancy on
@external
def less(a: uint8, xs: DynArray[uint256, 2]) -> uint256:
    b: uint8 = a - 1
    return xs[b]
"""


@pytest.mark.parametrize(("a", "ran"), [(1, [5, 6]), (0, [5]), (256, [])])
def test_checks__of_the_compiler__are_no_branches_and_stop_where_they_stand(tmp_path, optimize, a, ran):
    write(tmp_path, Checked=CHECKED)

    def run(chain: Chain) -> None:
        contract = chain.deploy(compile_contract(tmp_path / "Checked.vy", optimize=optimize))
        valid = contract.transaction("less", 0, [7], sender=chain.account("caller"))
        data = valid.data[:4] + a.to_bytes(32, "big") + valid.data[36:]
        chain.mine([Transaction(valid.sender, valid.to, data)])

    [file] = cover(tmp_path, run).files
    assert branches(file) == {}
    assert covered(file) == ran
    assert sorted(covered(file) + missed(file)) == [5, 6]


def test_call__that_mines_nothing__counts(tmp_path, optimize):
    write(tmp_path, Checked=CHECKED)
    code = compile_contract(tmp_path / "Checked.vy", optimize=optimize)
    report = cover(tmp_path, lambda chain: chain.deploy(code).call("less", 1, [7]))
    assert covered(report.files[0]) == [5, 6]


def test_ignore__with_a_reason__takes_line_and_branches_out_of_the_count(tmp_path, optimize):
    source = """
# pragma version 0.4.3
x: uint256
@external
def act(a: uint256):
    self.x = a
    if a > 3:  # coverage: ignore the caller keeps it below
        self.x = 3  # coverage: ignore as above
    self.x += 1  # not a mark: coverage: ignore
"""
    write(tmp_path, Act=source)
    file = tried(tmp_path, "Act", [("act", 1)], optimize=optimize)
    assert [(item.line, item.reason) for item in file.ignored] == [
        (6, "the caller keeps it below"),
        (7, "as above"),
    ]
    assert covered(file) == [5, 8]
    assert missed(file) == []
    assert file.branches == ()


def test_ignore__without_a_reason__is_refused(tmp_path, optimize):
    write(tmp_path, Act="# pragma version 0.4.3\n@external\ndef act():\n    pass  # coverage: ignore\n")
    with pytest.raises(InputError, match=r"Act\.vy:4: coverage: ignore needs a reason"):
        tried(tmp_path, "Act", [("act",)], optimize=optimize)
