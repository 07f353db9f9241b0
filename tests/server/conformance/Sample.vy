# pragma version 0.4.3
"""
@title Sample
@notice What the conformance cases call: it stores, tells, pays nobody, and fails in every way there is.
"""

event Stored:
    owner: indexed(address)
    before: indexed(uint256)
    value: uint256


stored: public(uint256)


@external
def store(new: uint256):
    log Stored(owner=msg.sender, before=self.stored, value=new)
    self.stored = new


@external
@payable
def take():
    pass


@external
@view
def caller() -> address:
    return msg.sender


@external
@view
def number() -> uint256:
    return block.number


@external
def fail_with_reason():
    raise "sample: no"


@external
def fail_with_error():
    raw_revert(abi_encode(convert(7, uint256), method_id=method_id("Refused(uint256)")))


@external
def fail_with_panic():
    raw_revert(abi_encode(convert(17, uint256), method_id=method_id("Panic(uint256)")))


@external
def fail_silently():
    raw_revert(b"")


@external
def spin():
    for i: uint256 in range(max_value(uint256)):
        self.stored += 1
