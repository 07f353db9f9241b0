"""pyrevm made safe: exact revert data and code, transactions that end, and marks to come back to at any time.

pyrevm runs everything inside one endless transaction. What would show of it is put right here:

* Transient storage is cleared after each transaction.
* Checkpoints are single-use and count as call depth, up to 1,024 of them. `mark` closes its checkpoint at
  once, which gives the depth back and yet leaves the checkpoint good to return to.
* A balance that is set directly does not come back with a checkpoint. `credit` transfers instead.
* Creating charges gas and calling does not; here neither does.
* The result of a failure is text with the data in it; code comes with zero bytes behind it.
* The journal grows with all that was ever kept. `tidy` goes on with a copy of the state when it is long; the
  machine before it stays for as long as a mark leads back to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from isomargin.chain.accounts import checksum_address
from isomargin.chain.randao import prev_randao
from isomargin.chain.reverts import revert_reason
from isomargin.chain.revm_moving import moved
from isomargin.errors import InputError

try:
    import pyrevm
except ImportError:
    raise InputError("engine revm needs pyrevm: pip install 'isomargin[revm]'") from None

__all__ = ["CALL_GAS", "MOST_FRAMES", "Failure", "Machine", "Refusal"]

CALL_GAS = 10**10
"""Gas of a call: enough for any view."""

MOST_FRAMES = 5_000
"""Calls, and calls within calls, after which the machine goes on with a copy of its state."""

_Account: Any = pyrevm.AccountInfo  # its own stubs leave the balance out
_UNLIMITED = 2**40
_CODE_LIMIT = 24_576  # bytes, EIP-170
_NO_CODE = keccak(b"")
_COINBASE = "0x" + "00" * 20
_BANK = checksum_address(keccak(b"isomargin revm bank")[12:])
_TILL = checksum_address(keccak(b"isomargin revm till")[12:])
_PAY_OUT = bytes.fromhex("5f35ff")  # PUSH0, CALLDATALOAD, SELFDESTRUCT: hand on the ether, run nobody's code
_HALTS = {
    "InvalidFEOpcode": "invalid instruction",
    "OpcodeNotFound": "invalid instruction",
    "NotActivated": "invalid instruction",
    "InvalidJump": "invalid jump destination",
    "StackUnderflow": "insufficient stack",
    "StackOverflow": "full stack",
    "OutOfOffset": "out of bounds read",
    "CreateCollision": "contract creation collision",
    "CreateContractStartingWithEF": "reserved bytes in code",
    "StateChangeDuringStaticCall": "write protection",
    "CallNotAllowedInsideStatic": "write protection",
    "OutOfFunds": "insufficient funds",
    "CallTooDeep": "stack depth limit",
}


class Refusal(Exception):
    """A transaction that cannot even begin."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a transaction that began did not succeed, in the words of the default engine."""

    reason: str
    data: bytes = b""


@dataclass(frozen=True, eq=False, slots=True)
class _Mark:
    """A checkpoint, and the machine that it is of: the state may have moved on to another since."""

    evm: Any
    checkpoint: Any


class Machine:
    """A state, and what executes on it. Addresses are checksummed text, and must be addresses.

    Parameters
    ----------
    chain_id : int
        What `chain.id` gives.
    block_gas_limit : int
        Gas; a transaction may ask for as much.
    unlimited_code : bool
        Let code and init code have any size.
    most_frames : float
        After how many calls `tidy` moves the state.

    Attributes
    ----------
    gas_used : int
        Gas of what ran last, at the prices of slots that are all warm.
    moves : int
        How often the state was moved.
    """

    def __init__(
        self, chain_id: int, block_gas_limit: int, *, unlimited_code: bool, most_frames: float = MOST_FRAMES
    ) -> None:
        limit = _UNLIMITED if unlimited_code else _CODE_LIMIT
        config = pyrevm.CfgEnv(chain_id=chain_id, limit_contract_code_size=limit)
        self._has_code_limit = not unlimited_code
        self._fresh: Callable[[], Any] = lambda: pyrevm.EVM(  # its own stubs leave arguments out
            env=pyrevm.Env(cfg=config), gas_limit=max(block_gas_limit, CALL_GAS), spec_id="Cancun"
        )
        self._most_frames: float = most_frames
        self._block = pyrevm.BlockEnv()
        self.gas_used = self.moves = 0
        self._evm: Any = self._fresh()
        self._evm.insert_account_info(_BANK, _Account(balance=2**255))
        self._evm.insert_account_info(_TILL, _Account(nonce=1, code=_PAY_OUT))

    def set_block(self, number: int, timestamp: int) -> None:
        """Execute in this block from now on."""
        self._block = pyrevm.BlockEnv(number=number, timestamp=timestamp, prevrandao=prev_randao(number))
        self._evm.set_block_env(self._block)

    def tidy(self) -> None:
        """Go on with a copy of the state if much has run here; not between `begin` and its end."""
        if self._evm.journal_len <= self._most_frames:
            return
        evm = self._fresh()
        slots = moved(self._evm, evm)
        if slots is None:
            self._most_frames = math.inf  # another pyrevm: memory grows, all else is as it was
            return
        evm.set_block_env(self._block)
        self._evm = evm
        self._most_frames = max(self._most_frames, 4 * slots)  # so that moving costs a tenth of executing
        self.moves += 1

    # Going back

    def mark(self) -> object:
        """Return a mark of the present state, for `back_to`; any number of them may be kept."""
        evm = self._evm
        checkpoint = evm.snapshot()
        evm.commit()
        return _Mark(evm, checkpoint)

    def back_to(self, mark: object) -> None:
        """Return to a mark that no return to an earlier one has passed; it stays good."""
        assert isinstance(mark, _Mark)
        self._evm = evm = mark.evm
        evm.snapshot()  # reverting takes one level of depth, which the mark has given back
        evm.revert(mark.checkpoint)
        self.mark()

    def begin(self) -> object:
        """Begin what may have to be undone; one level of call depth, until it is kept or cancelled."""
        return self._evm.snapshot()

    def keep(self) -> None:
        """Let what was begun last stand."""
        self._evm.commit()

    def cancel(self, begun: object) -> None:
        """Undo all since it was begun."""
        self._evm.revert(begun)
        self._evm.reset_transient_storage()

    # Executing

    def call(
        self, sender: str, to: str, data: bytes, value: int, gas: int, price: int
    ) -> tuple[bytes, list[Any]] | Failure:
        """Run a message and return what it returned, and its logs as pyrevm has them.

        Raises
        ------
        Refusal
            If it cannot begin: too little gas or ether, or a number that does not fit.
        """
        evm = self._evm
        try:
            output = evm.message_call(sender, to, data, value, gas, price)
        except (RuntimeError, OverflowError) as error:
            return self._failure(error)
        finally:
            evm.reset_transient_storage()
        result = evm.result  # a copy each time it is asked for
        self.gas_used = result.gas_used
        return output, result.logs

    def create(
        self, sender: str, nonce: int, address: str, init_code: bytes, value: int, gas: int, price: int
    ) -> list[Any] | Failure:
        """Create the contract that `sender` and its `nonce` put at `address`, and return its logs.

        Raises
        ------
        Refusal
            As in `call`, or if the init code is too long.
        """
        evm = self._evm
        evm.insert_account_info(sender, _Account(balance=evm.get_balance(sender), nonce=nonce))
        failure = None
        try:
            evm.deploy(sender, init_code, value, gas, price)
        except (RuntimeError, OverflowError) as error:
            failure = self._failure(error)
        finally:
            evm.reset_transient_storage()
        result = evm.result
        self.gas_used = result.gas_used
        self._give_back(sender, price * result.gas_used)
        if failure is None:
            logs: list[Any] = result.logs
            return logs
        if result.reason == "CreateContractSizeLimit":
            return self._refused_code(sender, address, init_code, value, gas)
        return failure

    def _give_back(self, sender: str, fee: int) -> None:
        """Undo the fee of a creation; no journal knows of it, so nothing must remain of it."""
        if fee:
            self._evm.set_balance(_COINBASE, self._evm.get_balance(_COINBASE) - fee)
            self._evm.set_balance(sender, self._evm.get_balance(sender) + fee)

    def _refused_code(self, sender: str, address: str, init_code: bytes, value: int, gas: int) -> Failure:
        """Tell code that is too long from code of a reserved first byte, for which revm has one name.

        The creation is played again as a call of its init code, which returns the code.
        """
        evm = self._evm
        before, begun = evm.basic(address), evm.snapshot()
        evm.insert_account_info(address, _Account(before.balance, 1, None, init_code))
        try:
            code = evm.message_call(sender, address, b"", value, gas, 0)
        except RuntimeError:
            code = b""
        self.cancel(begun)
        evm.insert_account_info(address, before)
        is_reserved = code.startswith(b"\xef") or not self._has_code_limit
        return Failure(
            "reserved bytes in code" if is_reserved else f"code above the limit of {_CODE_LIMIT} bytes"
        )

    def _failure(self, error: Exception) -> Failure:
        result = self._evm.result
        if isinstance(error, OverflowError) or result is None:
            raise Refusal(_why_refused(str(error)))
        self.gas_used = result.gas_used
        if not result.is_halt:
            text = str(error)  # Revert { gas_used: 53054, output: 0x08c379a0 }
            data = bytes.fromhex(text[text.index("output: 0x") + 10 : text.rindex(" }")])
            return Failure(revert_reason(data), data)
        return Failure(_halt(result.reason))

    def view(
        self,
        sender: str,
        nonce: int,
        to: str | None,
        created: str | None,
        data: bytes,
        value: int,
        gas: int,
        price: int,
    ) -> bytes | Failure:
        """Run a message, or the creation that `sender` and `nonce` put at `created`, and undo it.

        Anyone may send it, with ether or without, a contract too.

        Raises
        ------
        Refusal
            As in `call`.
        """
        with self.shown_without_code(sender):
            begun = self._evm.snapshot()
            try:
                if funds := value + price * gas:
                    self.credit(sender, funds)
                if created is not None:
                    made = self.create(sender, nonce, created, data, value, gas, price)
                    return made if isinstance(made, Failure) else self.code_at(created)
                assert to is not None
                done = self.call(sender, to, data, value, gas, price)
                return done if isinstance(done, Failure) else done[0]
            finally:
                self.cancel(begun)

    @contextmanager
    def shown_without_code(self, address: str, *, keeps_nonce: bool = False) -> Iterator[None]:
        """Let a contract send: the machine, which refuses senders with code, is shown the hash of no code.

        `keeps_nonce` undoes what a creation adds to its nonce; a call adds nothing.
        """
        evm = self._evm
        before = evm.basic(address)
        if before.code_hash == _NO_CODE:
            yield
            return
        code = self.code_at(address)
        evm.insert_account_info(address, _Account(before.balance, before.nonce, _NO_CODE, code))
        try:
            yield
        finally:
            after = evm.basic(address)
            nonce = before.nonce if keeps_nonce else after.nonce
            evm.insert_account_info(address, _Account(after.balance, nonce, before.code_hash, before.code))

    # State

    def credit(self, address: str, amount: int) -> None:
        """Give wei out of the bank, by a transfer that runs no code and goes back with the state.

        Raises
        ------
        Refusal
            If it is more than there can be.
        """
        word = bytes.fromhex(address[2:]).rjust(32, b"\0")
        try:
            self._evm.message_call(_BANK, _TILL, word, amount, 100_000, 0)
        except RuntimeError as error:
            raise Refusal(_why_refused(str(error))) from None

    def set_balance(self, address: str, amount: int) -> None:
        """Give the difference out of the bank, or pay it back, so that it goes back with the state.

        Raises
        ------
        Refusal
            If it is more than there can be.
        """
        before = self.balance(address)
        if amount >= before:
            self.credit(address, amount - before)
            return
        with self.shown_without_code(address):
            self._evm.message_call(address, _BANK, b"", before - amount, 100_000, 0)

    def balance(self, address: str) -> int:
        """Return wei."""
        return int(self._evm.get_balance(address))

    def contract_nonce(self, address: str) -> int:
        """Return how many contracts a contract has created, and one for itself; 0 of any other address."""
        account = self._evm.basic(address)
        return 0 if account.code_hash == _NO_CODE else int(account.nonce)

    def storage_at(self, address: str, slot: int) -> int:
        """Return one storage word."""
        return int(self._evm.storage(address, slot))

    def code_at(self, address: str) -> bytes:
        """Return the runtime code, without the zero bytes that the machine has put behind it."""
        code = self._evm.get_code(address)
        if code is None:
            return b""
        wanted = self._evm.basic(address).code_hash
        for padding in (33, *range(33), *range(34, len(code))):
            if keccak(shown := bytes(code[: len(code) - padding])) == wanted:
                return shown
        raise AssertionError(f"code of {address} does not match its hash")


def _halt(reason: str) -> str:
    name = reason.partition("(")[0]
    if name == "OutOfGas":
        return "out of gas"
    return _HALTS.get(name, "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip())


def _why_refused(text: str) -> str:
    if "CreateInitCodeSizeLimit" in text:
        return f"init code above the limit of {2 * _CODE_LIMIT} bytes"
    return text.removeprefix("Transaction(").removesuffix(")").partition(". Error:")[0]
