"""The node's door: JSON-RPC over HTTP and WebSocket on one port, as an ASGI application."""

from __future__ import annotations

from collections.abc import Collection

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from isomargin.server.rpc.access import AccessRules
from isomargin.server.rpc.connections import Clients
from isomargin.server.rpc.dispatch import Dispatcher, Limits, error_answer
from isomargin.server.rpc.faults import Faults, WaitingRoom
from isomargin.server.rpc.refusals import INVALID_REQUEST, RpcError

__all__ = ["create_app"]

_JSON = "application/json"
_TYPES = frozenset((_JSON, "application/json-rpc", "application/jsonrequest"))
_DRAINED = 8  # times the limit: so much of a body too large is read to its end, so that the refusal arrives
_HELP = """This is a test chain of isomargin. It answers Ethereum JSON-RPC:

  curl -H 'content-type: application/json' \\
    -d '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}' URL

or over WebSocket at the same address.
"""


def create_app(
    dispatcher: Dispatcher,
    clients: Clients,
    faults: Faults,
    waiting_room: WaitingRoom,
    *,
    allowed_hosts: Collection[str] = (),
    allowed_origins: Collection[str] = (),
) -> Starlette:
    """Return the application.

    Parameters
    ----------
    dispatcher : Dispatcher
        Answers; its limits are those of the application.
    clients : Clients
        Keeps the WebSocket connections.
    faults : Faults
        Asked before each answer.
    waiting_room : WaitingRoom
        Where HTTP requests wait for them.
    allowed_hosts, allowed_origins : collection of str
        See `AccessRules`; the machine itself is always let in.
    """
    rules = AccessRules(allowed_hosts, allowed_origins)
    entrance = _Entrance(dispatcher, clients, rules, faults, waiting_room)
    return Starlette(
        routes=[
            Route("/{path:path}", entrance.answer_http, methods=["GET", "POST", "OPTIONS"]),
            WebSocketRoute("/{path:path}", entrance.answer_websocket),
        ]
    )


class _Entrance:
    def __init__(
        self,
        dispatcher: Dispatcher,
        clients: Clients,
        rules: AccessRules,
        faults: Faults,
        waiting_room: WaitingRoom,
    ) -> None:
        self._dispatcher = dispatcher
        self._limits: Limits = dispatcher.limits
        self._clients = clients
        self._rules = rules
        self._faults = faults
        self._waiting_room = waiting_room

    # HTTP

    async def answer_http(self, request: Request) -> Response:
        if self._is_cut_off(request):
            return Response(status_code=503)  # to nobody
        if (refused := self._refusal(request)) is not None:
            return refused
        headers = _sharing_headers(request.headers.get("origin"))
        if request.method == "POST":
            response = await self._answer_post(request)
        elif request.method == "OPTIONS":
            response = Response(status_code=204)
        else:
            response = PlainTextResponse(_HELP)
        response.headers.update(headers)
        return response

    def _is_cut_off(self, request: Request | WebSocket) -> bool:
        """Cut a client off that comes while the node plays dead."""
        if self._faults.is_disconnected and request.client is not None:
            self._clients.cut((request.client.host, request.client.port))
        return self._faults.is_disconnected

    def _refusal(self, request: Request | WebSocket) -> Response | None:
        if not self._rules.allows_host(request.headers.get("host")):
            return PlainTextResponse("invalid host specified\n", 403)
        if not self._rules.allows_origin(request.headers.get("origin")):
            return PlainTextResponse("origin not allowed\n", 403)
        return None

    async def _answer_post(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind and kind not in _TYPES and not kind.startswith("text/"):
            return PlainTextResponse(f"invalid content type, only {_JSON} is supported\n", 415)
        try:
            body = await self._body(request)
        except ClientDisconnect:
            return Response(status_code=400)  # to nobody
        if body is None:
            error = RpcError(INVALID_REQUEST, f"request body too large: more than {self._limits.body} bytes")
            return Response(error_answer(error), 413, media_type=_JSON)
        if not await self._waiting_room.wait():
            return Response(status_code=503)
        answer = self._dispatcher.answer(body)
        return Response(b"" if answer is None else answer, media_type=_JSON)

    async def _body(self, request: Request) -> bytes | None:
        """Read a body; None if it is too large, after the rest was read past."""
        chunks: list[bytes] = []
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size <= self._limits.body:
                chunks.append(chunk)
            else:
                chunks.clear()
            if size > _DRAINED * self._limits.body:
                return None
        return b"".join(chunks) if size <= self._limits.body else None

    # WebSocket

    async def answer_websocket(self, websocket: WebSocket) -> None:
        if self._is_cut_off(websocket) or self._refusal(websocket) is not None:
            await websocket.close()  # before it was accepted: answered with 403
            return
        await self._clients.serve(websocket, self._dispatcher, self._faults.before_answer)


def _sharing_headers(origin: str | None) -> dict[str, str]:
    """Let the page at an origin that was let in read answers (CORS)."""
    if origin is None:
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "POST, GET, OPTIONS",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "600",
        "vary": "origin",
    }
