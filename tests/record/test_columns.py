import pyarrow as pa
import pytest

from isomargin.errors import InputError
from isomargin.record import (
    TABLES,
    BlockRow,
    CheckRow,
    Column,
    PositionRow,
    TransactionRow,
    arrow_schema,
    columns_of,
)


def _column(row_type: type, name: str) -> Column:
    return next(column for column in columns_of(row_type) if column.name == name)


def test_schema__money_columns__are_exact_decimals_of_their_scale() -> None:
    schema = arrow_schema("blocks", token_decimals=6)

    assert schema.field("price").type == pa.decimal128(38, 18)
    assert schema.field("pool_cash").type == pa.decimal128(38, 6)
    assert arrow_schema("keepers", token_decimals=6).field("gas_cost_wei").type == pa.decimal128(38, 0)
    assert arrow_schema("blocks", token_decimals=18).field("pool_cash").type == pa.decimal128(38, 18)


def test_schema__other_columns__are_integers_texts_and_flags() -> None:
    schema = arrow_schema("transactions", token_decimals=6)

    assert [schema.field(name).type for name in ("block", "actor", "success")] == [
        pa.int64(),
        pa.string(),
        pa.bool_(),
    ]


def test_schema__only_columns_that_may_be_missing__are_nullable() -> None:
    nullable = {(table, field.name) for table in TABLES for field in arrow_schema(table, 6) if field.nullable}

    assert nullable == {
        ("transactions", "position"),
        ("transactions", "gas_used"),
        ("keepers", "gas_used"),
        ("keepers", "wasted_gas"),
        ("positions", "closed_block"),
        ("positions", "closed_at"),
        ("positions", "exit_price"),
        ("positions", "waited"),
        ("steps", "block"),
        ("steps", "index"),
        ("steps", "success"),
        ("expectations", "block"),
    }


def test_schema__every_column__explains_itself() -> None:
    for table in TABLES:
        for field in arrow_schema(table, 6):
            assert field.metadata[b"meaning"], f"{table}.{field.name}"


@pytest.mark.parametrize("price", [10**38, -(10**38)])
def test_check__amount_of_more_than_38_digits__names_the_column(price: int) -> None:
    with pytest.raises(InputError, match=r"table blocks, column price: .*38 digits"):
        _column(BlockRow, "price").check(price, "blocks")


@pytest.mark.parametrize("price", [10**38 - 1, -(10**38) + 1])
def test_check__largest_amounts__pass_and_survive_arrow(price: int) -> None:
    column = _column(BlockRow, "price")
    column.check(price, "blocks")

    array = pa.chunked_array([column.to_arrow([price], 6)])

    assert column.from_arrow(array, 6) == [price]


def test_check__integer_of_more_than_64_bits__names_the_column() -> None:
    with pytest.raises(InputError, match=r"column gas_price: .*64 bits"):
        _column(BlockRow, "gas_price").check(2**63, "blocks")


@pytest.mark.parametrize(
    ("row_type", "name", "value"),
    [
        (BlockRow, "price", 1.5),
        (BlockRow, "price", True),
        (BlockRow, "price", None),
        (BlockRow, "hash", b"\x01"),
        (TransactionRow, "success", 1),
        (CheckRow, "message", None),
    ],
)
def test_check__value_of_another_type__is_refused(row_type: type, name: str, value: object) -> None:
    with pytest.raises(InputError, match=f"column {name}: expected"):
        _column(row_type, name).check(value, "any")


def test_check__text_that_is_no_choice__is_refused_with_the_choices() -> None:
    with pytest.raises(
        InputError, match="expected open or closed or liquidated or deleveraged, found 'gone'"
    ):
        _column(PositionRow, "outcome").check("gone", "positions")
