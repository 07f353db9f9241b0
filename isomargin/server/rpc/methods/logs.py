"""eth_getLogs, and the filters that clients poll."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isomargin.chain import Block
from isomargin.server.node import TestNode
from isomargin.server.rpc.filters import LogQuery, logs_of_block
from isomargin.server.rpc.methods.lookup import number_of
from isomargin.server.rpc.parameters import MethodTable, each, optional, required
from isomargin.server.rpc.quantities import (
    BlockReference,
    block_reference,
    parse_address,
    parse_hash,
    parse_text,
)
from isomargin.server.rpc.refusals import INVALID_PARAMS, SERVER_ERROR, Malformed, RpcError
from isomargin.server.rpc.rendering import log_json
from isomargin.server.rpc.session import Session

__all__ = ["METHODS", "LogFilter", "parse_log_filter"]

METHODS = MethodTable()

_MOST_CHOICES = 1_000  # addresses, or topics at one position
_MOST_TOPICS = 4


class LogFilter:
    """A filter object as a client wrote it.

    Attributes
    ----------
    query : LogQuery
        What it asks for, blocks apart.
    first, last : int, str or None
        Its bounds, not yet looked up.
    block_hash : bytes or None
        The only block that it asks about.
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.first = _bound(fields, "fromBlock")
        self.last = _bound(fields, "toBlock")
        given = fields.get("blockHash")
        self.block_hash = None if given is None else _field("blockHash", parse_hash, given)
        if self.block_hash is not None and (self.first is not None or self.last is not None):
            raise Malformed("cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other")
        self.query = LogQuery(
            _field("address", _addresses, fields.get("address")),
            _field("topics", _topics, fields.get("topics")),
        )

    def resolved(self, node: TestNode) -> tuple[int, int]:
        """Return its bounds as numbers, the newest block where it names none.

        Raises
        ------
        RpcError
            If it names numbers that do not rise.
        """
        if isinstance(self.first, int) and isinstance(self.last, int) and self.first > self.last:
            raise RpcError(INVALID_PARAMS, "invalid block range params")
        first = number_of(node, "latest" if self.first is None else self.first)
        last = number_of(node, "latest" if self.last is None else self.last)
        return first, min(last, node.head.number)


def parse_log_filter(value: Any) -> LogFilter:
    """Read a filter object."""
    if not isinstance(value, Mapping):
        raise Malformed("expected a filter object")
    return LogFilter(value)


def _field(name: str, parse: Any, value: Any) -> Any:
    try:
        return parse(value)
    except Malformed as error:
        raise Malformed(f"field {name}: {error}") from None


def _bound(fields: Mapping[str, Any], name: str) -> int | str | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    reference: BlockReference = _field(name, block_reference, value)
    if isinstance(reference, bytes):
        raise Malformed(f"field {name}: expected a block number or tag")
    return reference


def _addresses(value: Any) -> frozenset[str]:
    if value is None:
        return frozenset()
    return frozenset(_few(each(parse_address)(value) if isinstance(value, list) else [parse_address(value)]))


def _topics(value: Any) -> list[bytes | list[bytes] | None]:
    if value is None:
        return []
    topics: list[bytes | list[bytes] | None] = each(_topic)(value)
    if len(topics) > _MOST_TOPICS:
        raise Malformed(f"exceed max topics: {len(topics)}, a log has at most {_MOST_TOPICS}")
    return topics


def _topic(value: Any) -> bytes | list[bytes] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        return parse_hash(value)
    if None in value or not value:
        return None  # null among the choices, or nothing to choose from, is any: as on geth
    return _few(each(parse_hash)(value))


def _few(choices: list[Any]) -> list[Any]:
    if len(choices) > _MOST_CHOICES:
        raise Malformed(f"{len(choices)} to choose from, at most {_MOST_CHOICES}")
    return choices


# Logs

_FILTER = required("filter", parse_log_filter)
_NAME = required("filter id", parse_text)


@METHODS.method("eth_getLogs", takes=[_FILTER])
def _logs(session: Session, asked: LogFilter) -> list[Any]:
    node = session.node
    if asked.block_hash is not None:
        block = node.block_by_hash(asked.block_hash)
        if block is None:
            raise RpcError(SERVER_ERROR, "unknown block")
        return logs_of_block(block, asked.query)
    return _found(node, asked.query, *asked.resolved(node))


def _found(node: TestNode, query: LogQuery, first: int, last: int) -> list[Any]:
    if first > last:
        return []
    logs = node.logs(addresses=tuple(query.addresses), topics=query.topics, first=first, last=last)
    blocks: dict[int, Block] = {}
    answers = []
    for log in logs:
        if log.block_number not in blocks:
            blocks[log.block_number] = node.chain.block(log.block_number)
        answers.append(log_json(log, blocks[log.block_number]))
    return answers


# Filters


@METHODS.method("eth_newFilter", takes=[optional("filter", parse_log_filter)])
def _new_filter(session: Session, asked: LogFilter | None) -> str:
    asked = asked or LogFilter({})
    if asked.block_hash is not None:
        raise RpcError(INVALID_PARAMS, "a filter of logs to come takes no blockHash")
    asked.resolved(session.node)  # refuses what does not rise
    query = LogQuery(
        asked.query.addresses,
        asked.query.topics,
        _lasting(session.node, asked.first),
        _lasting(session.node, asked.last),
    )
    return session.filters.add_logs(query)


def _lasting(node: TestNode, bound: int | str | None) -> int | None:
    """Return what a bound means for blocks to come: the newest block is no bound there."""
    if bound is None or bound in ("latest", "pending"):
        return None
    return number_of(node, bound)


@METHODS.method("eth_newBlockFilter")
def _new_block_filter(session: Session) -> str:
    return session.filters.add_blocks()


@METHODS.method("eth_newPendingTransactionFilter", takes=[optional("full", lambda value: value)])
def _new_pending_filter(session: Session, full: Any) -> str:
    if full not in (None, False):
        raise RpcError(INVALID_PARAMS, "a filter of pending transactions gives hashes only")
    return session.filters.add_pending()


@METHODS.method("eth_getFilterChanges", takes=[_NAME])
def _changes(session: Session, name: str) -> list[Any]:
    return session.filters.changes(name)


@METHODS.method("eth_getFilterLogs", takes=[_NAME])
def _filter_logs(session: Session, name: str) -> list[Any]:
    query, newest = session.filters.query(name), session.node.head.number
    first = newest if query.first is None else query.first
    last = newest if query.last is None else min(query.last, newest)
    return _found(session.node, query, first, last)


@METHODS.method("eth_uninstallFilter", takes=[_NAME])
def _uninstall(session: Session, name: str) -> bool:
    return session.filters.remove(name)
