"""Requests to a node over web3's providers: raw JSON-RPC in, results out, and every failure one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

import requests
from eth_typing import URI
from web3 import HTTPProvider, IPCProvider
from web3._utils.threads import Timeout
from web3.exceptions import Web3Exception
from web3.types import RPCEndpoint

from isomargin.chain.node_socket import SocketProvider
from isomargin.errors import ChainError

__all__ = ["NodeRefusal", "NodeRpc", "Request"]

Request = tuple[str, Sequence[Any]]
"""A method and its parameters."""

_TIMEOUT = 30.0
# Anvil works on the requests of one batch at once and keeps their order only as long as none is put
# aside, which happens from the 64th on; it reads at most 2 MB.
_BATCH_SIZE = 32
_BATCH_BYTES = 1_000_000
_NO_SUCH_METHOD = (-32601, -32004)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NodeRefusal(ChainError):
    """A request that the node answered with an error.

    Attributes
    ----------
    message : str
        The node's own words.
    data : bytes
        Revert data, if the error carries some.
    is_unknown_method : bool
        Whether the node has no such method at all.
    """

    def __init__(self, method: str, error: Any) -> None:
        fields = error if isinstance(error, Mapping) else {}
        self.message = " ".join(str(fields.get("message", error)).split())
        super().__init__(f"{method} refused: {self.message}")
        self.data = _bytes_of(fields.get("data"))
        self.is_unknown_method = fields.get("code") in _NO_SUCH_METHOD


class NodeRpc:
    """One node, one request or batch at a time.

    Parameters
    ----------
    url : str
        ``http://``, ``https://``, ``ws://``, ``wss://``, or ``ipc://`` and a path.
    start_command : str
        How to start the node that is expected there, for messages.
    timeout : float
        Seconds to wait for an answer.
    """

    def __init__(self, url: str, start_command: str, timeout: float = _TIMEOUT) -> None:
        self.url = url
        self._start_command = start_command
        self._timeout = timeout
        self.provider = _provider(url, timeout)

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Wait so long for each answer in the meantime, if that is longer than usual."""
        before = self._timeout
        self._set_timeout(max(before, seconds))
        try:
            yield
        finally:
            self._set_timeout(before)

    def _set_timeout(self, seconds: float) -> None:
        self._timeout = seconds
        if isinstance(self.provider, HTTPProvider):
            cast(dict[str, Any], self.provider._request_kwargs)["timeout"] = seconds
        elif isinstance(self.provider, IPCProvider):
            self.provider.timeout = int(seconds)
        else:
            self.provider.timeout = seconds

    def request(self, method: str, *params: Any) -> Any:
        """Ask for one thing.

        Raises
        ------
        NodeRefusal
            If the node says no.
        ChainError
            If it does not answer, or not in JSON-RPC.
        """
        return _result(method, self._ask([(method, params)])[0])

    def batch(self, wanted: Sequence[Request]) -> list[Any]:
        """Ask for several things in this order and return their results, or raise as `request` does."""
        outcomes = self.outcomes(wanted)
        for outcome in outcomes:
            if isinstance(outcome, NodeRefusal):
                raise outcome
        return outcomes

    def outcomes(self, wanted: Sequence[Request]) -> list[Any]:
        """Ask for several things in this order; where the node says no, its `NodeRefusal` is the outcome."""
        outcomes: list[Any] = []
        for chunk in _chunks(wanted):
            for (method, _), answer in zip(chunk, self._ask(chunk), strict=True):
                try:
                    outcomes.append(_result(method, answer))
                except NodeRefusal as refusal:
                    outcomes.append(refusal)
        return outcomes

    def _ask(self, wanted: Sequence[Request]) -> list[Mapping[str, Any]]:
        """Return an answer to each request, in their order."""
        named = [(RPCEndpoint(method), params) for method, params in wanted]
        try:
            answers = (
                [self.provider.make_request(*named[0])]
                if len(named) == 1
                else self.provider.make_batch_request(named)
            )
        except (OSError, Timeout, Web3Exception) as error:
            self._fail(error)
        except (ValueError, TypeError, LookupError, AttributeError):
            self._fail_to_understand()
        if isinstance(answers, Mapping) and "error" in answers:
            answers = [answers] * len(named)  # the batch as a whole was refused
        if not isinstance(answers, list) or len(answers) != len(named):
            self._fail_to_understand()
        if any(
            not isinstance(answer, Mapping) or not {"result", "error"} & set(answer) for answer in answers
        ):
            self._fail_to_understand()
        return cast(list[Mapping[str, Any]], answers)

    def _fail(self, error: Exception) -> NoReturn:
        if isinstance(error, requests.HTTPError) and error.response is not None:
            cause = f"HTTP status {error.response.status_code}"
        elif isinstance(error, requests.Timeout | Timeout | TimeoutError):
            cause = f"silent for {self._timeout:g} s"
        elif isinstance(error, requests.exceptions.InvalidURL):
            cause = "not an address"
        else:
            cause = "connection refused or broken"
        raise ChainError(
            f"no answer from {self.url} ({cause}); start a node there and run again: {self._start_command}"
        ) from None

    def _fail_to_understand(self) -> NoReturn:
        raise ChainError(
            f"what answers at {self.url} does not speak JSON-RPC; start a node there: {self._start_command}"
        ) from None


def _provider(url: str, timeout: float) -> HTTPProvider | IPCProvider | SocketProvider:
    if url.startswith(("ws://", "wss://")):
        return SocketProvider(url, timeout)
    if url.startswith("ipc://"):
        return IPCProvider(url.removeprefix("ipc://"), timeout=int(timeout))
    session = requests.Session()
    # proxies and passwords of the environment are for other hosts; looking for them costs 0.3 ms a request
    session.trust_env = urlsplit(url).hostname not in _LOOPBACK
    return HTTPProvider(
        URI(url),
        request_kwargs={"timeout": timeout},
        session=session,
        exception_retry_configuration=None,
    )


def _result(method: str, answer: Mapping[str, Any]) -> Any:
    if answer.get("error") is not None:
        raise NodeRefusal(method, answer["error"])
    return answer.get("result")


def _chunks(wanted: Sequence[Request]) -> Iterator[Sequence[Request]]:
    """Cut a long list into batches that a node takes whole and in order."""
    chunk: list[Request] = []
    size = 0
    for method, params in wanted:
        length = sum(map(_length, params))
        if chunk and (len(chunk) == _BATCH_SIZE or size + length > _BATCH_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append((method, params))
        size += length
    if chunk:
        yield chunk


def _length(param: Any) -> int:
    """Characters of a text, or of the texts in an object."""
    if isinstance(param, Mapping):
        return sum(map(_length, param.values()))
    return len(param) if isinstance(param, str) else 0


def _bytes_of(data: Any) -> bytes:
    """Read revert data, which hardhat wraps once more."""
    if isinstance(data, Mapping):
        return _bytes_of(data.get("data"))
    try:
        return bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else b""
    except ValueError:
        return b""
