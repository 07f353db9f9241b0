# pragma version 0.4.3
"""
@title Reenterer
@notice A trader that is a contract. Whatever it is told to do it does in its own name; and each time a token calls it
        in the midst of a transfer, it makes every call that it has been prepared with and notes which went through.
"""

from . import ITokenHooks

implements: ITokenHooks

struct Attempt:
    target: address
    data: Bytes[512]


MAX_ATTEMPTS: constant(uint256) = 32

QUIET: constant(uint256) = 0
REENTERING: constant(uint256) = 1
REVERTING: constant(uint256) = 2
BURNING: constant(uint256) = 3

behaviour: public(uint256)
attempts: DynArray[Attempt, MAX_ATTEMPTS]
times_called: public(uint256)
times_entered: public(HashMap[uint256, uint256])  # by the number of the attempt
is_busy: bool
ashes: HashMap[uint256, uint256]


@external
def prepare(attempts: DynArray[Attempt, MAX_ATTEMPTS], behaviour: uint256):
    """
    @notice Chooses what happens when a token calls, and forgets what was noted.
    @param attempts Calls to make.
    @param behaviour 0 nothing, 1 make the calls, 2 revert, 3 burn all gas that is given.
    """
    self.attempts = attempts
    self.behaviour = behaviour
    self.times_called = 0
    for number: uint256 in range(MAX_ATTEMPTS):
        self.times_entered[number] = 0


@external
def act(target: address, data: Bytes[512]):
    """
    @notice Makes a call in this contract's own name; reverts as the call does.
    @param target Whom to call.
    @param data Selector and arguments.
    """
    raw_call(target, data)


@external
def tokens_to_send(sender: address, receiver: address, amount: uint256):
    """
    @notice Behaves as chosen.
    """
    self.behave()


@external
def tokens_received(sender: address, receiver: address, amount: uint256):
    """
    @notice Behaves as chosen.
    """
    self.behave()


@internal
def behave():
    self.times_called += 1
    assert self.behaviour != REVERTING, "reenterer: as told"
    if self.behaviour == BURNING:
        self.burn()
    if self.behaviour != REENTERING or self.is_busy:
        return
    self.is_busy = True
    number: uint256 = 0
    for attempt: Attempt in self.attempts:
        entered: bool = raw_call(attempt.target, attempt.data, revert_on_failure=False)
        self.times_entered[number] += convert(entered, uint256)
        number += 1
    self.is_busy = False


@internal
def burn():
    """
    @dev A word written costs twenty thousand gas: no block has enough for all of these.
    """
    for word: uint256 in range(10**6):  # coverage: ignore no block has the gas for its end
        self.ashes[word] = 1
