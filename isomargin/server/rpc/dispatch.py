"""From a body to its answer: finds the function that a request names, makes JSON of results and refusals."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from isomargin.errors import IsomarginError
from isomargin.server.rpc.parameters import Method
from isomargin.server.rpc.refusals import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    RESPONSE_TOO_LARGE,
    RpcError,
    refusal_of,
)
from isomargin.server.rpc.requests import Request, identifier_of, parse_body, read_request

__all__ = ["Dispatcher", "Limits", "error_answer"]

_log = logging.getLogger("isomargin.server")


@dataclass(frozen=True)
class Limits:
    """What one client may ask for at once.

    Attributes
    ----------
    body : int
        Bytes of a request or a batch.
    batch : int
        Requests in a batch.
    answer : int
        Bytes of the answers to one batch; what comes after them is refused unexecuted.
    backlog : int
        Messages that wait for a WebSocket client which does not read; one more and it is cut off.
    """

    body: int = 5 * 1024 * 1024
    batch: int = 1_000
    answer: int = 25 * 1024 * 1024
    backlog: int = 16_384


class Dispatcher:
    """Answers bodies; nothing a client sends makes it raise.

    Parameters
    ----------
    methods : mapping
        By name; each function is called with the session and the parameters.
    session : Any
        What functions get when a body comes without a session of its own: that of all HTTP requests.
    limits : Limits
        What one body may ask for.
    on_fault : callable
        Told of each exception that is no refusal, with the method's name: a fault of this program. By
        default it becomes one line of the log.
    """

    def __init__(
        self,
        methods: Mapping[str, Method],
        session: Any,
        *,
        limits: Limits | None = None,
        on_fault: Callable[[str, Exception], None] | None = None,
    ) -> None:
        self.session = session
        self.limits = limits or Limits()
        self._methods = dict(methods)
        self._on_fault = on_fault or _log_fault

    def answer(self, body: bytes | str, session: Any = None) -> bytes | None:
        """Execute a request or a batch, and return its answer; None if nobody waits for one."""
        try:
            content = parse_body(body)
            if isinstance(content, list):
                return self._answer_batch(content, session or self.session)
        except RpcError as error:
            return error_answer(error)
        return self._answer_one(content, session or self.session)

    def _answer_batch(self, entries: list[Any], session: Any) -> bytes | None:
        if not entries:
            raise RpcError(INVALID_REQUEST, "empty batch")
        if len(entries) > self.limits.batch:
            raise RpcError(
                INVALID_REQUEST, f"batch too large: {len(entries)} requests, at most {self.limits.batch}"
            )
        answers: list[bytes] = []
        size = 0
        for entry in entries:
            if size > self.limits.answer:
                answer = _refused_unexecuted(entry, self.limits.answer)
            else:
                answer = self._answer_one(entry, session)
            if answer is not None:
                answers.append(answer)
                size += len(answer)
        return b"[" + b",".join(answers) + b"]" if answers else None

    def _answer_one(self, entry: Any, session: Any) -> bytes | None:
        try:
            request = read_request(entry)
        except RpcError as error:
            return error_answer(error, identifier_of(entry))
        try:
            result = self._execute(request, session)
            if request.is_notification:
                return None
            return orjson.dumps({"jsonrpc": "2.0", "id": request.identifier, "result": result})
        except IsomarginError as error:
            refused = refusal_of(error)
        except Exception as error:  # a fault of ours must not end the chain of everybody else
            self._on_fault(request.method, error)
            refused = RpcError(INTERNAL_ERROR, "internal error")
        return None if request.is_notification else error_answer(refused, request.identifier)

    def _execute(self, request: Request, session: Any) -> Any:
        method = self._methods.get(request.method)
        if method is None:
            raise RpcError(
                METHOD_NOT_FOUND, f"the method {request.method[:100]} does not exist/is not available"
            )
        return method.function(session, *method.bind(request.params))


def error_answer(error: RpcError, identifier: Any = None) -> bytes:
    """Return the answer that carries an error."""
    return orjson.dumps({"jsonrpc": "2.0", "id": identifier, "error": error.as_json()})


def _refused_unexecuted(entry: Any, limit: int) -> bytes | None:
    if isinstance(entry, dict) and "id" not in entry:
        return None
    refused = RpcError(RESPONSE_TOO_LARGE, f"response too large: the batch's answers pass {limit} bytes")
    return error_answer(refused, identifier_of(entry))


def _log_fault(method: str, error: Exception) -> None:
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{place.filename.rpartition('/')[2]}:{place.lineno}"
    _log.error("internal error in %.100r at %s: %s: %.300r", method, where, type(error).__name__, str(error))
