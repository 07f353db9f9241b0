"""JSON-RPC over one WebSocket, in the shape of web3's blocking providers, which have none of their own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse
from websockets.exceptions import InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, connect

__all__ = ["SocketProvider"]

_LARGEST_ANSWER = 64 * 2**20  # bytes; the default of 1 MiB is too small for a page of logs


class SocketProvider(JSONBaseProvider):
    """One connection, made when it is needed and made again after it broke.

    Parameters
    ----------
    url : str
        ``ws://`` or ``wss://``.
    timeout : float
        Seconds to wait for the connection, and for an answer.
    """

    def __init__(self, url: str, timeout: float) -> None:
        super().__init__()
        self._url = url
        self.timeout = timeout
        self._connection: ClientConnection | None = None
        self._open = ExitStack()

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Ask for one thing."""
        answer: RPCResponse = self._exchange(self.encode_rpc_request(method, params))
        return answer

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse] | RPCResponse:
        """Ask for several things; the answers come in the order of the requests."""
        answers = self._exchange(self.encode_batch_rpc_request(requests))
        return _in_order(answers) if isinstance(answers, list) else answers

    def close(self) -> None:
        """Hang up."""
        self._connection = None
        self._open.close()

    def _exchange(self, request: bytes) -> Any:
        try:
            if self._connection is None:
                # no proxy: development nodes are on this machine or on this network
                opening = connect(self._url, open_timeout=self.timeout, max_size=_LARGEST_ANSWER, proxy=None)
                self._connection = self._open.enter_context(opening)
            self._connection.send(request.decode())
            return self.decode_rpc_response(_bytes(self._connection.recv(timeout=self.timeout)))
        except InvalidURI as error:
            raise OSError(str(error)) from None
        except (OSError, WebSocketException) as error:
            self.close()  # what still comes would answer something else
            raise error if isinstance(error, OSError) else ConnectionError(str(error)) from None


def _bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


def _in_order(answers: Sequence[Any]) -> list[Any]:
    return sorted(answers, key=lambda answer: answer["id"])
