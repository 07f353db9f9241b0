# pragma version 0.4.3
# pragma nonreentrancy on
# @title A contract that comes back to itself, and is not let in

interface Lock:
    def enter(): nonpayable


@external
def enter():
    self.come_back()


@internal
def come_back():
    extcall Lock(self).enter()
