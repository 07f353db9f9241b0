"""How a file of the corpus is read."""

from __future__ import annotations

import pytest

from tests.server.conformance.exchanges import Exchange, read_case


def test_read_case__comments_and_two_exchanges__are_told_apart():
    case = read_case("a/b", "// about\n>> {1}\n<< {2}\n\n>> {3}\n<<\n")
    assert case.exchanges == (Exchange(2, "{1}", ("{2}",)), Exchange(5, "{3}", ("",)))
    assert not case.compares_shapes
    assert not case.uses_socket


def test_read_case__repeat__writes_out_the_next_line_alone():
    case = read_case(
        "a/b", "// repeat: @ 3 [\n// repeat: # 2 x y\n>> {@#}\n// repeat: @ 2 ,\n<< @\n>> @\n<< @"
    )
    assert [(each.request, each.answers) for each in case.exchanges] == [
        ("{[[[x yx y}", (",,",)),
        ("@", ("@",)),
    ]


def test_read_case__status_and_binary__belong_to_the_next():
    case = read_case("a/b", "// binary\n>> 1\n// status: 413\n<< $_\n>> 2\n<< 3")
    assert [(each.status, each.is_binary) for each in case.exchanges] == [(413, True), (0, False)]


def test_read_case__socket_and_speconly__are_of_the_case():
    case = read_case("a/b", "// websocket\n// speconly: shapes\n>> 1\n<< 2\n<< 3")
    assert case.uses_socket
    assert case.compares_shapes
    assert case.exchanges[0].answers == ("2", "3")


@pytest.mark.parametrize("line", ["{}", ">>{}", "<< before any request"])
def test_read_case__line_that_is_nothing__is_named(line):
    with pytest.raises(ValueError, match=r"a/b:2: expected"):
        read_case("a/b", f"// about\n{line}\n")
