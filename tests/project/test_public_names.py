"""What is public: each module says so in `__all__`; the names users import are in public_names.txt."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.tree import ROOT, python_files

LIST = Path(__file__).with_name("public_names.txt")


def public_modules() -> list[Path]:
    """Modules whose dotted name has no private part; `__main__` is run, never imported."""
    return [
        path
        for path in python_files("isomargin")
        if path.stem != "__main__"
        and not any(re.match("_(?!_)", part) for part in path.relative_to(ROOT).with_suffix("").parts)
    ]


def declared_names(tree: ast.Module) -> list[str] | None:
    """The literal value of `__all__`, None where there is none."""
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=value)
                | ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value)
            ):
                return [str(name) for name in ast.literal_eval(value)]
    return None


def definitions(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Each name bound at the top level of a module, with the statement that binds it."""
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from ((leaf.id, node) for leaf in ast.walk(target) if isinstance(leaf, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from ((alias.asname or alias.name.partition(".")[0], node) for alias in aliases)


def reading_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, each by the alphabet: the order that the linter sorts into."""
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return kind, name


def faults(source: str) -> list[str]:
    """What is wrong with the public names of one module."""
    tree = ast.parse(source)
    names = declared_names(tree)
    if names is None:
        return ["has no __all__"]
    bound = dict(definitions(tree))
    found = [f"__all__ names {name}, which is not there" for name in names if name not in bound]
    if names != sorted(set(names), key=reading_order):
        found.append(f"__all__ is not sorted, expected {sorted(set(names), key=reading_order)}")
    for name, node in bound.items():
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if name not in names and not name.startswith("_"):
            found.append(f"line {node.lineno}: {name} is neither in __all__ nor private by an underscore")
        if (
            name in names
            and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not ast.get_docstring(node)
        ):
            found.append(f"line {node.lineno}: {name} is public and has no docstring")
    return found


def importable_names() -> list[str]:
    """`module.name` for each public name of `isomargin` and of what stands right below it."""
    names = []
    for path in public_modules():
        module = path.relative_to(ROOT).with_suffix("").parts
        if module[-1] == "__init__":
            module = module[:-1]
        if len(module) <= 2:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names += [".".join([*module, name]) for name in declared_names(tree) or []]
    return sorted(names)


def test_all__every_public_module__is_complete_sorted_and_documented():
    violations = [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in public_modules()
        for fault in faults(path.read_text(encoding="utf-8"))
    ]
    assert not violations, "\n" + "\n".join(violations)


def test_public_names__whole_package__are_those_listed():
    listed = LIST.read_text(encoding="utf-8").split()
    actual = importable_names()
    missing = [f"- {name}: listed, no longer public" for name in listed if name not in actual]
    new = [f"+ {name}: public, not listed" for name in actual if name not in listed]
    assert listed == actual, "\n".join(
        [
            "public_names.txt differs; if that is meant, run python -m tests.project.test_public_names:",
            *missing,
            *new,
        ]
    )


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("def price(): 'doc'", "has no __all__"),
        ("__all__ = ['price']", "__all__ names price, which is not there"),
        ("__all__ = ['b', 'a']\na = b = 1", "__all__ is not sorted, expected ['a', 'b']"),
        ("__all__ = ['Run', 'WAD', 'run']\nfrom m import Run, WAD, run", "__all__ is not sorted"),
        ("__all__ = ['a', 'a']\na = 1", "__all__ is not sorted, expected ['a']"),
        ("__all__ = []\ndef price(): 'doc'", "line 2: price is neither in __all__ nor private"),
        ("__all__ = []\nSCALE = 1", "line 2: SCALE is neither in __all__ nor private"),
        ("__all__ = ['price']\ndef price(): ...", "line 2: price is public and has no docstring"),
        ("__all__ = ['Book']\nclass Book: ...", "line 2: Book is public and has no docstring"),
    ],
)
def test_faults__module_that_breaks_it__names_it(source, fault):
    [found] = faults(source)
    assert found.startswith(fault)


def test_faults__module_that_obeys__finds_none():
    source = (
        "from m import helper\n__all__ = ['WAD', 'Book', 'price']\n"
        "WAD: int = 1\n_SECRET = 2\nclass Book: 'doc'\ndef price(): 'doc'\ndef _private(): ..."
    )
    assert faults(source) == []


if __name__ == "__main__":
    LIST.write_text("".join(f"{name}\n" for name in importable_names()), encoding="utf-8")
