# pragma version 0.4.3
"""
@title Refusals
@notice Reads the reason out of what a refused call returned, without trusting it.
"""

ERROR: constant(bytes4) = method_id("Error(string)", output_type=bytes4)
TEXT_AT: constant(uint256) = 68  # selector, offset and length come before it
MAX_ANSWER: constant(uint256) = 100  # with a text of one word


@internal
@pure
def reason(answer: Bytes[MAX_ANSWER], otherwise: String[32]) -> String[32]:
    """
    @dev The text of `Error(string)` if it is 1 to 32 printable ASCII characters: whoever reads events decodes it.
    """
    if len(answer) != MAX_ANSWER or convert(slice(answer, 0, 4), bytes4) != ERROR:
        return otherwise
    length: uint256 = extract32(answer, 36, output_type=uint256)
    if extract32(answer, 4, output_type=uint256) != 32 or length == 0 or length > 32:
        return otherwise
    text: Bytes[32] = slice(slice(answer, TEXT_AT, 32), 0, length)
    for place: uint256 in range(length, bound=32):
        character: uint256 = convert(slice(text, place, 1), uint256)
        if character < 32 or character > 126:
            return otherwise
    return convert(text, String[32])
