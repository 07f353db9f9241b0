import pytest

from isomargin.scenario.expressions import ExpressionError
from isomargin.sweep.expressions import (
    Constant,
    Operation,
    Statistic,
    parse_constraint,
    parse_objective,
    statistics_of,
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("mean(margin)", "mean(margin)"),
        (" quantile( bad_debt,0.99 ) ", "quantile(bad_debt, 0.99)"),
        ("shortfall(bad_debt, .5e0)".replace(".5e0", "0.5"), "shortfall(bad_debt, 0.5)"),
        ("share(pool_return<-0.1)", "share(pool_return < -0.1)"),
        ("largest(waited_most)-smallest(waited_most)", "largest(waited_most) - smallest(waited_most)"),
        ("-(mean(margin)+1)*2/1_000", "-(mean(margin) + 1) * 2 / 1000"),
        ("mean(margin)-(1-2)", "mean(margin) - (1 - 2)"),
        ("2/(3/mean(margin))", "2 / (3 / mean(margin))"),
    ],
)
def test_parse_objective__what_can_be_written__is_read_and_reads_the_same_again(text, written):
    tree = parse_objective(text)
    assert str(tree) == written
    assert parse_objective(written) == tree


def test_parse_objective__operators__bind_and_associate_as_in_arithmetic():
    tree = parse_objective("mean(margin) - 1 - 2 * 3")
    margin = Statistic("mean", "margin")
    inner = Operation(margin, "-", Constant(1))
    assert tree == Operation(inner, "-", Operation(Constant(2), "*", Constant(3)))


def test_parse_constraint__both_sides__keep_their_comparator():
    found = parse_constraint("quantile(bad_debt, 0.99) <= 1000 + mean(insurance_end)")
    assert str(found) == "quantile(bad_debt, 0.99) <= 1000 + mean(insurance_end)"
    assert [one.column for one in statistics_of(found)] == ["bad_debt", "insurance_end"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1: expected a number or a statistic, found nothing"),
        ("maen(margin)", "column 1: unknown statistic 'maen'; did you mean \"mean\"?"),
        ("mean(margins)", "column 6: unknown outcome 'margins'; did you mean \"margin\"?"),
        ("mean(state_root)", "column 6: unknown outcome 'state_root'; expected one of bad_debt, "),
        ("mean margin", "column 6: expected mean(outcome), found 'margin'"),
        ("mean(margin", "column 12: expected ), found nothing"),
        ("quantile(bad_debt)", "column 18: expected quantile(outcome, level), found ')'"),
        ("quantile(bad_debt, 99)", "column 20: expected a level between 0 and 1, found 99"),
        ("share(bad_debt)", "column 15: expected share(outcome > number), found ')'"),
        ("share(bad_debt > x)", "column 18: expected a number, found 'x)'"),
        ("mean(margin) mean(margin)", "column 14: expected the end, found 'mean(margin)'"),
        ("1 + 2", "column 1: expected a statistic such as mean(outcome), found only numbers"),
        ("mean(margin) <= 5", "column 14: expected the end, found '<='"),
        ("__import__('os')", "column 1: unknown statistic '__import__'; expected one of mean, "),
        ("(" * 40 + "1", "column 31: nested too deeply"),
        ("1+" * 300, "column 401: expected at most 400 characters"),
    ],
)
def test_parse_objective__anything_else__is_refused_with_its_column(text, message):
    with pytest.raises(ExpressionError) as refusal:
        parse_objective(text)
    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mean(margin)", "column 13: expected one of <, <=, > and >=, found nothing"),
        ("mean(margin) == 1", "column 14: expected one of <, <=, > and >=, found '=='"),
        ("1 <= 2", "column 1: expected a statistic such as mean(outcome), found only numbers"),
        ("0 < mean(margin) < 1", "column 18: expected the end, found '<'"),
    ],
)
def test_parse_constraint__anything_else__is_refused_with_its_column(text, message):
    with pytest.raises(ExpressionError) as refusal:
        parse_constraint(text)
    assert str(refusal.value) == message
