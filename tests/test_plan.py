"""The house keeps its floors: who may import whom, and how large a room may be."""

import ast
from pathlib import Path

import pytest

import citygraph

PACKAGE = Path(citygraph.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOF = {"cli.py", "__main__.py"}


def imports(path):
    """The modules of ours that a module imports, as dotted names."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_import_goes_down_a_floor(path):
    """Build and web never import each other, and the ground imports neither."""
    room = path.relative_to(PACKAGE).parts[0]
    if room in ROOF:
        return
    forbidden = {"build": ("web", "cli"), "web": ("build", "cli")}.get(room, ("build", "web", "cli"))
    names = [name for name in imports(path) if name.startswith(tuple(f"citygraph.{wing}" for wing in forbidden))]
    assert names == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_module_is_longer_than_300_lines(path):
    """A module of more lines holds two things."""
    assert len(path.read_text("utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_module_and_public_name_says_what_it_is_for(path):
    """Modules, public classes and public functions have docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    assert [getattr(node, "name", path.name) for node in (tree, *public) if not ast.get_docstring(node)] == []
