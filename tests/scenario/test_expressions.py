"""Expressions: what is read, what is refused and where, and that a printed tree is read as the same tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isomargin.scenario.expression_terms import STATUSES, TERMS, describe_terms
from isomargin.scenario.expressions import (
    Comparison,
    ExpressionError,
    Name,
    Negative,
    Number,
    Operation,
    StatusWord,
    Term,
    Whole,
    parse,
    terms_of,
)
from isomargin.units import WAD

PRICE = Term("price")


def test_parse__names_and_numbers__are_exact():
    tree = parse("profit(attacker, trader-01) <= 1_000.5")
    wanted = Term("profit", (Name("attacker"), Name("trader-01")))
    assert tree == Comparison(wanted, "<=", Number(1_000 * WAD + WAD // 2))


def test_parse__differences__are_taken_from_the_left():
    one, two, three = (Number(number * WAD) for number in (1, 2, 3))
    assert parse("1 - 2 - 3 < price").left == Operation(Operation(one, "-", two), "-", three)
    assert parse("1 - (2 - 3) < price").left == Operation(one, "-", Operation(two, "-", three))


def test_parse__products__bind_before_sums():
    tree = parse("1 + 2 * price == 3")
    assert tree.left == Operation(Number(WAD), "+", Operation(Number(2 * WAD), "*", PRICE))


def test_parse__signs__bind_before_products():
    assert parse("-2 * price > - -1").left == Operation(Negative(Number(2 * WAD)), "*", PRICE)


@pytest.mark.parametrize("text", ["price<2", " price  <2 ", "price()<2", "(price) < 2", "price < 2.000"])
def test_parse__ways_of_writing__are_the_same_tree(text):
    assert parse(text) == Comparison(PRICE, "<", Number(2 * WAD))


def test_parse__arguments__are_names_numbers_or_addresses():
    address = "0x" + "aB" * 20
    [term] = terms_of(parse(f'read(market, "f", -3, {address}, \'the "big" one\') == 0'))
    assert term.arguments == (Name("market"), Name("f"), Whole(-3), Name(address), Name('the "big" one'))


def test_parse__at_start__holds_a_term():
    terms = list(terms_of(parse("pool_cash >= at_start(tokens(pool)) - 1")))
    assert [term.name for term in terms] == ["pool_cash", "at_start", "tokens"]


@pytest.mark.parametrize("status", STATUSES)
def test_parse__status__is_compared_with_a_word(status):
    assert parse(f"status(3) != {status}") == Comparison(
        Term("status", (Whole(3),)), "!=", StatusWord(status)
    )


WRONG = {
    "": "column 1: expected a number or a term, found nothing",
    "price": "column 6: expected one of <, <=, ==, !=, >= and >, found nothing",
    "price = 3": "column 7: expected one of <, <=, ==, !=, >= and >, found '='",
    "price < ": "column 9: expected a number or a term, found nothing",
    "price < 3 4": "column 11: expected the end, found '4'",
    "price < 3 < 4": "column 11: expected the end, found '<'",
    "prise < 3": "column 1: unknown term 'prise'; did you mean \"price\"?",
    "xyzzy < 3": "column 1: unknown term 'xyzzy'; expected one of price, gas_price,",
    "price(3) < 3": "column 7: expected price, found '3)'",
    "equity < 3": "column 7: expected equity(position)",
    "equity() < 3": "column 8: expected equity(position)",
    "equity(a, b) < 3": "column 11: expected equity(position), found 'b)'",
    "equity(a < 3": "column 10: expected , or ), found '<'",
    "equity(-) < 3": "column 8: expected the name of a position, found '-)'",
    "profit() < 3": "column 8: expected profit(account, ...)",
    "profit(3) < 3": "column 8: expected the name of an account, found '3)'",
    "read(market) < 3": "column 12: expected read(contract, function, [value, ...])",
    "open_interest(both) < 3": "column 15: expected long or short, found both",
    "at_start(3) < 3": "column 10: expected a term, found '3)'",
    "at_start(size(a)) < 3": "column 10: expected a term that is known at the start, found size",
    "at_start(at_start(price)) < 3": "column 10: expected a term that is known at the start, found at_start",
    "status(a) == 3": f"column 14: expected one of {', '.join(STATUSES)}, found 3",
    "status(a) < HEALTHY": "column 11: expected == or != between statuses, found <",
    "status(a) + 1 == HEALTHY": "column 1: expected an amount, found status(a), which has no number",
    "-HEALTHY == HEALTHY": "column 2: expected an amount, found HEALTHY, which has no number",
    "(price < 3": "column 8: expected ), found '<'",
    "price < 1e-19": "column 9: expected at most 18 digits behind the point, found 1e-19",
    "price < 1e60": "column 9: expected a number below 10^60, found 1e60",
    "price < $": "column 9: expected a number or a term, found '$'",
    "price < 'a'": "column 9: expected a number or a term, found \"'a'\"",
    "-" * 50 + "1 < 2": "column 41: nested too deeply",
    "1" + "+1" * 70 + " < 2": "column 123: expected at most 60 operations",
    "1 < " + "2" * 500: "column 501: expected at most 500 characters",
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_parse__wrong_text__says_where_and_what_was_expected(text):
    with pytest.raises(ExpressionError) as refusal:
        parse(text)
    assert str(refusal.value).startswith(WRONG[text])
    assert str(refusal.value).startswith(f"column {refusal.value.column}: ")


names = st.one_of(
    st.text("abcXYZ_019.-", min_size=1, max_size=8).filter(lambda text: text[0].isalpha()),
    st.text("aB1_ '.,()<-x0é", min_size=1, max_size=8),
).map(Name)
wholes = st.integers(1, 10**30).map(Whole)
numbers = st.integers(0, 10**40).map(Number)


def arguments(kind):
    """Trees of one kind of argument."""
    match kind:
        case "side":
            return st.sampled_from([Name("long"), Name("short")])
        case "position":
            return names | wholes
        case "value":
            return names | wholes | st.integers(-(10**30), -1).map(Whole)
        case "term":
            return terms(lambda signature: signature.known_at_start)
        case _:
            return names


def terms(is_wanted=lambda signature: True):
    """Trees of one term, with all arguments that it can have and up to two more."""
    chosen = [name for name, signature in TERMS.items() if is_wanted(signature) and name != "status"]

    @st.composite
    def drawn(draw):
        name = draw(st.sampled_from(chosen))
        signature = TERMS[name]
        count = draw(st.integers(signature.least, len(signature.kinds) + 2 * (signature.rest is not None)))
        return Term(name, tuple(draw(arguments(signature.kind(place))) for place in range(count)))

    return drawn()


sums = st.recursive(
    numbers | terms(),
    lambda inner: inner.map(Negative) | st.builds(Operation, inner, st.sampled_from("+-*"), inner),
    max_leaves=6,
)
comparators = st.sampled_from(["<", "<=", "==", "!=", ">=", ">"])


@given(st.builds(Comparison, sums, comparators, sums))
def test_parse__what_a_tree_prints__is_the_same_tree(tree):
    text = str(tree)
    if len(text) <= 500:
        assert parse(text) == tree
        assert str(parse(text)) == text


pieces = [*TERMS, *STATUSES, *"()+-*,<>=", "==", "<=", "1", "0.5", "1e3", "a-b", '"q"', "0xab", " ", "  "]


@given(st.text(max_size=40) | st.lists(st.sampled_from(pieces), max_size=14).map("".join))
def test_parse__any_text__is_a_tree_or_one_clear_error(text):
    refusal = None
    try:
        assert parse(str(parse(text))) == parse(text)
    except ExpressionError as error:
        refusal = error
    if refusal is not None:
        assert 1 <= refusal.column <= len(text) + 1
        assert str(refusal).startswith(f"column {refusal.column}: ")


def test_describe_terms__every_term__has_a_line_with_its_use():
    lines = describe_terms().splitlines()[2:]
    assert len(lines) == len(TERMS)
    assert "| `profit(account, ...)` |" in describe_terms()
    assert "| `read(contract, function, [value, ...])` |" in describe_terms()
