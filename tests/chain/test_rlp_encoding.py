"""The quick encoder of bytes, numbers and lists says what the rlp library says."""

from __future__ import annotations

import rlp
from hypothesis import given
from hypothesis import strategies as st

from isomargin.chain.rlp_encoding import rlp_bytes, rlp_list, rlp_number, rlp_number_in


@given(
    st.one_of(
        st.binary(max_size=3), st.binary(min_size=50, max_size=60), st.binary(min_size=250, max_size=300)
    )
)
def test_bytes__of_any_length__are_encoded_as_the_library_does(content):
    assert rlp_bytes(content) == rlp.encode(content)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_list__of_any_length__is_encoded_as_the_library_does(members):
    assert rlp_list(b"".join(map(rlp_bytes, members))) == rlp.encode(members)


@given(st.one_of(st.integers(0, 300), st.integers(0, 2**256 - 1)))
def test_number__below_2_to_the_256__is_encoded_as_the_library_does_and_comes_back(number):
    assert rlp_number(number) == rlp.encode(number, sedes=rlp.sedes.big_endian_int)
    assert rlp_number_in(rlp_number(number)) == number
