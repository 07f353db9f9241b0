"""From the bytes of a body to requests: the first thing that happens to whatever a client sends."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from isomargin.server.rpc.refusals import INVALID_REQUEST, PARSE_ERROR, RpcError

__all__ = ["Request", "identifier_of", "parse_body", "read_request"]


class Request(NamedTuple):
    """One call; `identifier` is what the client named it, text, number or null."""

    method: str
    params: list[Any] | dict[str, Any]
    identifier: str | int | float | None
    is_notification: bool  # it has no identifier, and nobody waits for an answer


def parse_body(body: bytes | str) -> Any:
    """Read JSON.

    Raises
    ------
    RpcError
        Parse error: no JSON, or nested deeper than the parser goes (1,024 levels).
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RpcError(PARSE_ERROR, f"parse error: {error}") from None


def read_request(entry: Any) -> Request:
    """Read one request, alone or out of a batch.

    Raises
    ------
    RpcError
        Invalid request.
    """
    if not isinstance(entry, dict):
        raise RpcError(INVALID_REQUEST, "invalid request: expected an object")
    identifier = entry.get("id")
    if not _is_identifier(identifier):
        raise RpcError(INVALID_REQUEST, "invalid request: id must be text, a number or null")
    if entry.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, 'invalid request: jsonrpc must be "2.0"')
    method = entry.get("method")
    if not isinstance(method, str) or not method:
        raise RpcError(INVALID_REQUEST, "invalid request: method must be the name of a method")
    params = entry.get("params")
    if params is not None and not isinstance(params, list | dict):
        raise RpcError(INVALID_REQUEST, "invalid request: params must be an array")
    return Request(method, params or [], identifier, "id" not in entry)


def identifier_of(entry: Any) -> str | int | float | None:
    """Return the identifier that an error about this entry is answered with: null if it has no good one."""
    identifier = entry.get("id") if isinstance(entry, dict) else None
    return identifier if _is_identifier(identifier) else None


def _is_identifier(value: Any) -> bool:
    return value is None or (isinstance(value, str | int | float) and not isinstance(value, bool))
