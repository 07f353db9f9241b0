"""`docs/architecture.md` names the floors as the layering test holds them, and files that exist."""

from __future__ import annotations

import re

from tests.docs.pages import page, sections
from tests.project.test_layers import FLOORS
from tests.project.tree import ROOT, project_files

PAGE = page("docs/architecture.md")


def documented_floors() -> dict[str, int]:
    """Floor of each module, by the table of the page."""
    rows = re.findall(r"^\| (\d) \| (.+) \|$", sections(PAGE)["The eight floors"], re.MULTILINE)
    return {name: int(floor) for floor, names in rows for name in re.findall(r"`(\w+)`", names)}


def test_page__floors__are_those_that_modules_keep_to():
    there = {path.relative_to(ROOT / "isomargin").parts[0] for path in project_files() if is_module(path)}
    names = {part.removesuffix(".py") for part in there} & set(FLOORS)
    # units and errors share the ground floor, although one imports the other
    held = {name: max(1, FLOORS[name]) for name in names if not name.startswith("__")}
    assert documented_floors() == held


def is_module(path) -> bool:
    return path.suffix == ".py" and path.is_relative_to(ROOT / "isomargin")


def test_page__every_file_that_it_names__is_there():
    named = re.findall(r"`([\w/]+\.(?:py|vyi?|toml))`", PAGE)
    known = ["/" + str(path.relative_to(ROOT)) for path in project_files()]
    assert len(named) > 30
    assert [name for name in named if not any(path.endswith("/" + name) for path in known)] == []


def test_page__every_folder_that_it_names__is_there():
    named = re.findall(r"`((?:isomargin|contracts|tests)/[\w/]*/?)`", PAGE)
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).is_dir()] == []
