"""Reads a report back the way a browser's parser would, with the standard library alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_VOID = {"meta", "br", "link", "img", "input", "hr", "base", "source", "wbr"}


@dataclass
class Element:
    """An element with its attributes, its own text and its children."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, tag: str = "") -> Iterator[Element]:
        """Every element below this one, or those of one tag."""
        for child in self.children:
            if tag in ("", child.tag):
                yield child
            yield from child.all(tag)

    def by_id(self, identifier: str) -> Element:
        return next(each for each in self.all() if each.attributes.get("id") == identifier)

    @property
    def full_text(self) -> str:
        return " ".join([self.text, *(child.full_text for child in self.children)])


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        closed = self._open.pop()
        assert closed.tag == tag, f"</{tag}> closes <{closed.tag}>"

    def handle_data(self, data: str) -> None:
        self._open[-1].text += data


def read_page(html: str) -> Element:
    """The tree of a page; asserts that every element is closed where it should be."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert builder._open == [builder.root], f"still open: {[each.tag for each in builder._open[1:]]}"
    return builder.root


def read_figures(page: Element) -> dict[str, Any]:
    """The figures that the page's script draws, by key, their arrays put back where they belong."""
    embedded = json.loads(page.by_id("figures").text)
    arrays = embedded["arrays"]

    def whole(node: Any) -> Any:
        if isinstance(node, dict):
            if node.keys() == {"array"} and isinstance(node["array"], int):
                return arrays[node["array"]]
            return {key: whole(part) for key, part in node.items()}
        return [whole(part) for part in node] if isinstance(node, list) else node

    figures: dict[str, Any] = whole(embedded["figures"])
    return figures
