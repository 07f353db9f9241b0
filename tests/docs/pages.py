"""Reads the project's Markdown: headings, fenced blocks, tables and links."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.project.tree import ROOT, project_files

__all__ = ["PAGES", "Block", "anchors", "blocks", "links", "page", "sections"]

PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in project_files()
    if path.suffix == ".md" and path.parent in {ROOT, ROOT / "docs"}
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^()\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and its text."""

    language: str
    text: str


def page(name: str) -> str:
    """The text of a page, by its path in the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str | None = None) -> list[Block]:
    """The fenced blocks of a text, in their order."""
    found = [Block(match[1], match[2]) for match in _FENCE.finditer(text)]
    return [block for block in found if language in (None, block.language)]


def sections(text: str) -> dict[str, str]:
    """What stands below each heading, up to the next one of any level."""
    prose = _FENCE.sub(lambda match: match[0].replace("\n#", "\n\0"), text)  # a comment in code is no heading
    parts = _HEADING.split(prose)[1:]
    return {title: body.replace("\0", "#") for title, body in zip(parts[1::3], parts[2::3], strict=True)}


def anchors(text: str) -> set[str]:
    """What a link into the page can name: headings in lower case, hyphens for spaces, no punctuation."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in sections(text)}


def links(text: str) -> list[str]:
    """The targets of all links and pictures outside of fenced blocks."""
    return _LINK.findall(_FENCE.sub("", text))
