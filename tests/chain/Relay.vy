# pragma version 0.4.3
# @title A contract that calls: others, itself, copies of itself, in every way there is

interface Relay:
    def climb(floors: uint256): nonpayable
    def double(number: uint256) -> uint256: view
    def refuse(): nonpayable
    def keep(number: uint256): nonpayable

event Climbed:
    floors: uint256

event Descended:
    floors: uint256

kept: public(uint256)


@external
def climb(floors: uint256):
    log Climbed(floors=floors)
    if floors > 0:
        extcall Relay(self).climb(floors - 1)
    log Descended(floors=floors)


@external
@view
def double(number: uint256) -> uint256:
    return number * 2


@external
def keep(number: uint256):
    self.kept = number
    log Climbed(floors=number)


@external
def ask(target: address, number: uint256) -> uint256:
    return staticcall Relay(target).double(number)


@external
def clone() -> address:
    return create_minimal_proxy_to(self)


@external
def copy() -> address:
    return create_copy_of(self)


@external
def keep_in(target: address, number: uint256):
    extcall Relay(target).keep(number)


@external
def refuse():
    log Climbed(floors=99)
    assert self.kept == 77, "relay: refused"


@external
def pass_on(target: address):
    extcall Relay(target).refuse()


@external
def catch(target: address):
    log Climbed(floors=1)
    done: bool = raw_call(target, method_id("refuse()"), revert_on_failure=False)
    assert not done, "relay: was accepted"
    log Descended(floors=1)


@external
def catch_spin(target: address):
    done: bool = raw_call(target, method_id("spin()"), gas=100_000, revert_on_failure=False)
    assert not done, "relay: was accepted"


@external
def spin():
    for i: uint256 in range(1_000_000_000):
        self.kept = i


@external
def assert_bare(number: uint256):
    assert number > 10


@external
def assert_unreachable(number: uint256):
    assert number > 10, UNREACHABLE


@external
def raise_bare():
    raise


@external
def raise_custom():
    raw_revert(abi_encode(self.kept, method_id=method_id("Nope(uint256)")))


@external
def subtract(number: uint256) -> uint256:
    return self.less(number, 5) + self.less(number, 7)


@internal
@pure
def less(number: uint256, by: uint256) -> uint256:
    return number - by


@external
def inner(number: uint256):
    if number > 3:
        self.checked(number)
    self.checked(number + 1)


@internal
def checked(number: uint256):
    self.judge(number)
    self.kept = number


@internal
def judge(number: uint256):
    for i: uint256 in range(3):
        assert number != i + 1, "relay: low"


@external
@payable
def pay_on(target: address):
    send(target, msg.value)
