# pragma version 0.4.3
"""
@title Reasons
@notice Revert reasons as single words: a structure of words is copied at once, one that holds text is not. Pure.
"""


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
    for byte: uint256 in range(32):  # coverage: ignore only an engine of a user has a reason of all 32 bytes
        if rest == 0:
            break
        rest = rest << 8
        length += 1
    return convert(slice(word, 0, length), String[32])
