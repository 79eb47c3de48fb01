"""docs/mechanisms.md says where each rule of the founding documents lives and which test proves it. It says the truth.

A row reads `| B10 | where | tests/path.py::test_b10_x |`; several tests are separated by commas or line breaks
(`<br>`). Every test that a row names exists and carries the row's id in its name, and every test with such an id is
named by its row.  A row may name its scene too (`scenes/zhoucun/b10.toml`), which a test plays by its file
(tests/acceptance/test_scenes.py): each scene stands in the row that it is of.
"""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "mechanisms.md"
ROW = re.compile(r"^\|\s*([A-E]\d{2})\s*\|(.*)\|\s*$")
NAMED = re.compile(r"tests/[\w/.-]+\.py::[\w:]+")
SCENES = ROOT / "src/lianxin/ops/simulation/scenes"
SCENE = re.compile(r"`scenes/(\w+/\w+\.toml)`")
# test_b10_x, test_d03_and_d04_y: the ids stand at the beginning of the name, joined by underscores or "and".
IDS = re.compile(r"^test((?:_(?:and_)?[a-e]\d{2})+)(?:_|$)")


@cache
def table() -> dict[str, list[str]]:
    """The tests that each row names."""
    rows: dict[str, list[str]] = {}
    for line in TABLE.read_text("utf-8").splitlines():
        if match := ROW.match(line):
            assert match[1] not in rows, f"{match[1]} stands twice in docs/mechanisms.md"
            rows[match[1]] = NAMED.findall(match[2])
    return rows


@cache
def named_scenes() -> dict[str, list[str]]:
    """The scenes that each row names."""
    rows = filter(None, map(ROW.match, TABLE.read_text("utf-8").splitlines()))
    return {match[1]: SCENE.findall(match[2]) for match in rows}


@cache
def found_tests() -> dict[str, set[str]]:
    """Every test with ids in its name: its node id without parameters, and its ids."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        place = path.relative_to(ROOT).as_posix()
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                        found |= {f"{place}::{node.name}::{inner.name}": ids(inner.name)}
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found |= {f"{place}::{node.name}": ids(node.name)}
    return found


def ids(name: str) -> set[str]:
    match = IDS.match(name)
    return {word.upper() for word in re.findall(r"[a-e]\d{2}", match[1])} if match else set()


def test_the_table_has_rows() -> None:
    assert table()


def test_every_row_names_a_test_that_exists_and_carries_its_id() -> None:
    wrong = []
    for row, named in table().items():
        if not named and not named_scenes()[row]:
            wrong.append(f"{row} names no test")
        for name in named:
            if name not in found_tests():
                wrong.append(f"{row} names {name}, which does not exist")
            elif row not in found_tests()[name]:
                wrong.append(f"{row} names {name}, whose name lacks {row.lower()}")
    assert not wrong, "\n".join(wrong)


def test_every_test_with_an_id_stands_in_its_row() -> None:
    missing = [
        f"{name} is not in row {row}"
        for name, rows in found_tests().items()
        for row in sorted(rows)
        if name not in table().get(row, [])
    ]
    assert not missing, "\n".join(missing)


def test_every_scene_stands_in_the_row_that_it_is_of() -> None:
    there = {path.relative_to(SCENES).as_posix(): path for path in SCENES.glob("*/*.toml")}
    rows = {name: tomllib.loads(path.read_text("utf-8"))["row"] for name, path in there.items()}
    assert rows, "there are scenes"
    named = {name: row for row, names in named_scenes().items() for name in names}
    assert named == rows


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test_b10_three_workdays", {"B10"}),
        ("test_d03_and_d04_sources", {"D03", "D04"}),
        ("test_d03_d04", {"D03", "D04"}),
        ("test_before_b10", set()),
    ],
)
def test_ids_are_read_from_the_beginning_of_a_name(name: str, expected: set[str]) -> None:
    assert ids(name) == expected
