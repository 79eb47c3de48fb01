"""The house stands without circles: no module needs, even for its types alone, one that needs it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import lianxin

ROOT = Path(lianxin.__file__).parent
MODULES = {
    ".".join(("lianxin", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in ROOT.rglob("*.py")
    if "migrations" not in path.parts
}


def imported(name: str, path: Path) -> Iterator[str]:
    """The modules of ours that a module imports anywhere in it: at its head, in a function, for its types."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in MODULES else base


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that reach each other."""
    reach: dict[str, set[str]] = {}
    for name in graph:
        seen, open_ = set[str](), [*graph[name]]
        while open_:
            if (one := open_.pop()) not in seen:
                seen.add(one)
                open_.extend(graph.get(one, ()))
        reach[name] = seen
    groups = {frozenset(n for n in reach[name] if name in reach.get(n, ())) for name in graph if name in reach[name]}
    return sorted(sorted(group) for group in groups)


def test_no_module_needs_one_that_needs_it() -> None:
    graph = {name: {n for n in imported(name, path) if n in MODULES and n != name} for name, path in MODULES.items()}
    assert len(graph) > 300
    assert circles(graph) == []


def test_a_circle_would_be_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
