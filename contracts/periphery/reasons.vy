# pragma version 0.4.3
"""
@title Reasons
@notice Revert reasons as single words: a structure of words is copied at once, one that holds text is not. Pure.
"""

REVERT_BYTES: constant(uint256) = 100  # selector, offset, length, and a text of at most 32 bytes
TEXT_BEGIN: constant(uint256) = 68


@internal
@pure
def told(response: Bytes[REVERT_BYTES]) -> bytes32:
    """
    @dev By a call that reverted; a longer reason by its first 32 bytes, none by an empty word.
    """
    if len(response) < REVERT_BYTES or slice(response, 0, 4) != method_id("Error(string)", output_type=Bytes[4]):
        return empty(bytes32)
    return extract32(response, TEXT_BEGIN)


@internal
@pure
def word(text: String[32]) -> bytes32:
    """
    @dev Its bytes from the left; an empty text is an empty word.
    """
    return convert(convert(text, Bytes[32]), bytes32)


@internal
@pure
def text(word: bytes32) -> String[32]:
    """
    @dev No reason has a zero byte.
    """
    length: uint256 = 0
    rest: uint256 = convert(word, uint256)
    for byte: uint256 in range(32):
        if rest == 0:
            break
        rest = rest << 8
        length += 1
    return convert(slice(word, 0, length), String[32])
