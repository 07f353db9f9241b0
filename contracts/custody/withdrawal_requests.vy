# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Withdrawal requests
@notice Holds liquidity providers to their word: who wants to leave asks first, waits, and then has a window in
        which at most the requested shares leave. Nobody flees a loss that is already visible. The same shares
        count in one request only: moving them away takes them out of it.
"""

struct WithdrawalRequest:
    shares: uint256  # still to be redeemed
    opens: uint256  # unix seconds
    closes: uint256  # unix seconds, itself too late


event WithdrawalRequested:
    owner: indexed(address)
    shares: uint256
    opens: uint256
    closes: uint256


event WithdrawalTermsSet:
    cooldown: uint256
    window: uint256


MAX_COOLDOWN: constant(uint256) = 30 * 86400
MIN_WINDOW: constant(uint256) = 3600
MAX_WINDOW: constant(uint256) = 30 * 86400

cooldown: public(uint256)  # seconds from request to window; 0: no request is needed
withdrawal_window: public(uint256)  # seconds
withdrawal_request: public(HashMap[address, WithdrawalRequest])


@internal
def request(owner: address, shares: uint256):
    """
    @dev Replaces the owner's earlier request. The terms of the moment hold for it, whatever they become.
    """
    opens: uint256 = block.timestamp + self.cooldown
    closes: uint256 = opens + self.withdrawal_window
    self.withdrawal_request[owner] = WithdrawalRequest(shares=shares, opens=opens, closes=closes)
    log WithdrawalRequested(owner=owner, shares=shares, opens=opens, closes=closes)


@internal
def use_up(owner: address, shares: uint256):
    """
    @dev Refuses shares that no open request covers.
    """
    if self.cooldown == 0:
        return
    pending: WithdrawalRequest = self.withdrawal_request[owner]
    assert pending.shares > 0, "pool: no withdrawal request"
    assert block.timestamp >= pending.opens, "pool: cooldown"
    assert block.timestamp < pending.closes, "pool: window closed"
    assert shares <= pending.shares, "pool: above request"
    self.withdrawal_request[owner].shares = pending.shares - shares


@internal
def trim(owner: address, balance: uint256):
    """
    @dev After shares have left `owner`: the request keeps no more than are still there.
    """
    if self.withdrawal_request[owner].shares > balance:
        self.withdrawal_request[owner].shares = balance


@view
@internal
def redeemable(owner: address, balance: uint256) -> uint256:
    """
    @dev Shares of `balance` that may be redeemed now.
    """
    if self.cooldown == 0:
        return balance
    pending: WithdrawalRequest = self.withdrawal_request[owner]
    if block.timestamp < pending.opens or block.timestamp >= pending.closes:
        return 0
    return min(balance, pending.shares)


@internal
def set_terms(cooldown: uint256, window: uint256):
    assert cooldown <= MAX_COOLDOWN, "pool: cooldown too long"
    assert window >= MIN_WINDOW, "pool: window too short"
    assert window <= MAX_WINDOW, "pool: window too long"
    self.cooldown = cooldown
    self.withdrawal_window = window
    log WithdrawalTermsSet(cooldown=cooldown, window=window)
