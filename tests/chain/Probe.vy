# pragma version 0.4.3
# @title A contract that shows what the machine does to it

event Noted:
    who: indexed(address)
    number: uint256
    label: indexed(String[16])

event Ticked:
    count: uint256

struct Entry:
    owner: address
    number: uint256

stored_time: public(uint256)
stored_randao: public(bytes32)
number: public(uint256)
creator: public(immutable(address))
ticks: transient(uint256)

@deploy
@payable
def __init__(number: uint256):
    assert number != 13, "probe: unlucky"
    self.number = number
    creator = msg.sender

@external
@payable
def note(number: uint256 = 1, label: String[16] = "note"):
    assert number != 13, "probe: unlucky"
    self.number = number
    self.stored_time = block.timestamp
    log Noted(who=msg.sender, number=number, label=label)

@external
def note_randao():
    self.stored_randao = block.prevrandao

@external
def tick():
    self.ticks += 1
    log Ticked(count=self.ticks)

@external
def raise_without_reason():
    raise

@external
def raise_custom():
    raw_revert(method_id("Nope(uint256)"))

@external
def spin():
    for i: uint256 in range(1_000_000_000):
        self.number = i

@external
@view
def head() -> (uint256, uint256, address):
    return block.number, block.timestamp, msg.sender

@external
@view
def chain_id() -> uint256:
    return chain.id

@external
@view
def parent_hash() -> bytes32:
    return blockhash(block.number - 1)

@external
@view
def entries(count: uint256) -> (Entry, DynArray[Entry, 4]):
    many: DynArray[Entry, 4] = []
    for i: uint256 in range(count, bound=4):
        many.append(Entry(owner=self, number=i))
    return Entry(owner=creator, number=self.number), many

@external
@view
def glutton() -> uint256:
    # memory of 200,000 words costs 3 * 200,000 + 200,000 ** 2 / 512 = 78.7 million gas
    many: uint256[200_000] = empty(uint256[200_000])
    many[199_999] = 7
    return many[199_999]

@external
@view
def refuse(number: uint256):
    assert number == 0, "probe: refused"
