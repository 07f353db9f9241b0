"""Every link of the documentation leads somewhere, and its pictures stand on their own."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tests.docs.pages import PAGES, anchors, links, page
from tests.project.tree import ROOT, project_files

PICTURES = [path for path in project_files() if path.is_relative_to(ROOT / "docs") and path.suffix == ".svg"]
LIGHT = 0.8  # of the way from black to white


@pytest.mark.parametrize("name", PAGES)
def test_links__of_every_page__lead_to_a_file_and_a_heading(name):
    broken = []
    for link in links(page(name)):
        file, _, anchor = link.partition("#")
        target = (ROOT / name).parent / file if file else ROOT / name
        if "://" in link:
            broken.append(f"{link} leaves the project")
        elif not target.exists():
            broken.append(f"{link}: no such file")
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            broken.append(f"{link}: no such heading")
    assert broken == []


def test_readme__every_page_of_docs__is_linked():
    linked = set(links(page("README.md")))
    assert {name for name in PAGES if name.startswith("docs/")} - linked == set()


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_picture__shown_anywhere__has_a_light_ground_a_title_and_nothing_from_outside(picture):
    text = picture.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    title, ground = root.find(f"{space}title"), root.find(f"{space}rect")
    assert title is not None
    assert title.text
    assert ground is not None, "no rectangle behind everything else"
    _, _, width, height = (float(number) for number in root.attrib["viewBox"].split())
    assert float(ground.attrib["width"]) >= width - 2
    assert float(ground.attrib["height"]) >= height - 2
    shades = re.fullmatch(r"#(..)(..)(..)", ground.attrib["fill"])
    assert shades is not None
    assert all(int(shade, 16) >= LIGHT * 255 for shade in shades.groups())
    assert re.findall(r'(?:href|src)="(?!#)[^"]*"|url\((?!#)', text) == []


def test_pictures__of_the_documentation__are_there():
    assert PICTURES
