"""The documents say the truth about the code where a machine can see it."""

import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from lianxin.directory.roles import Role
from lianxin.ops.cli import main
from lianxin.ops.commands import lifecycle as lifecycle_command
from lianxin.rules import lifecycle, policy
from lianxin.rules.measures import GIVEN, MEASURES

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("README*.md"), *DOCS.rglob("*.md")])
DIAGRAM = re.compile(r"<!-- lifecycle: generated[^>]*-->\n```mermaid\n(.*?)\n```\n<!-- end of lifecycle -->", re.S)
GLOSSARY_ROW = re.compile(r"^\|\s*(?P<term>[^|]*[一-鿿][^|]*)\|(?P<names>[^|]*)\|(?P<meaning>[^|]*)\|$", re.M)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def test_the_diagram_of_states_is_the_one_that_the_table_draws() -> None:
    found = DIAGRAM.search((DOCS / "architecture.md").read_text("utf-8"))
    assert found, "docs/architecture.md has no diagram between its markers"
    assert found[1] == lifecycle.mermaid(), "put the output of `lianxin lifecycle` between the markers"


def test_lianxin_lifecycle_prints_the_diagram() -> None:
    result = CliRunner().invoke(lifecycle_command.command)
    assert (result.exit_code, result.output.strip()) == (0, lifecycle.mermaid())


def glossary() -> list[tuple[str, str]]:
    """(term, identifier) of every row."""
    text = (DOCS / "glossary.md").read_text("utf-8")
    rows = [row for row in GLOSSARY_ROW.finditer(text) if row["names"].strip() != "identifier"]
    return [(row["term"].strip(), name) for row in rows for name in re.findall(r"`([^`]+)`", row["names"])]


@cache
def words() -> frozenset[str]:
    """Codes that are no Python names: states, actions, roles, measures, and what the packs name."""
    packs = [policy.find(pack) for pack in policy.packs()]
    return frozenset(
        {str(state) for state in (*lifecycle.OrderState, *lifecycle.ShareState)}
        | {row.action for row in lifecycle.TABLE}
        | {str(role) for role in Role}
        | {*MEASURES, *GIVEN}
        | {name for pack in packs for name in pack.formulas}
        | {clock.kind for pack in packs for clock in pack.clocks}
    )


def resolve(path: str) -> bool:
    """Whether `orders.models.Order.round` is a module, or a name, field or annotation in one, below `lianxin`."""
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing: Any = importlib.import_module(".".join(["lianxin", *parts[:cut]]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            if not hasattr(thing, name) and name not in getattr(thing, "__annotations__", {}):
                return False
            thing = getattr(thing, name, None)
        return True
    return False


def test_the_glossary_has_rows() -> None:
    assert len(glossary()) > 100


def test_every_identifier_of_the_glossary_exists() -> None:
    unknown = [f"{term}: {name}" for term, name in glossary() if name not in words() and not resolve(name)]
    assert not unknown, "\n".join(unknown)


def test_every_action_state_role_and_measure_stands_in_the_glossary() -> None:
    named = {name for _, name in glossary()}
    wanted = {row.action for row in lifecycle.TABLE}
    wanted |= {str(state) for state in (*lifecycle.OrderState, *lifecycle.ShareState)}
    wanted |= {str(role) for role in Role} | MEASURES.keys()
    assert wanted <= named, f"not in docs/glossary.md: {sorted(wanted - named)}"


def test_no_term_stands_twice_in_a_table() -> None:
    text = (DOCS / "glossary.md").read_text("utf-8")
    for section in text.split("\n## "):
        terms = [row["term"].strip() for row in GLOSSARY_ROW.finditer(section)]
        assert len(terms) == len(set(terms)), section.splitlines()[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_the_documents_lead_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text("utf-8")) if "://" not in target]
    missing = [target for target in targets if not (page.parent / target.partition("#")[0]).exists()]
    assert not missing, f"{page.name}: {missing}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_that_a_document_names_exist(page: Path) -> None:
    known = set(main.list_commands(click.Context(main)))
    named = set(re.findall(r"(?:^|[`/])lianxin ([a-z][a-z-]*)", page.read_text("utf-8"), re.M))
    assert named <= known, f"{page.name}: {sorted(named - known)}"


def test_every_decision_is_short_and_says_what_was_decided() -> None:
    for page in sorted((DOCS / "decisions").glob("*.md")):
        lines = [line for line in page.read_text("utf-8").splitlines() if line.strip()]
        assert lines[0].startswith("# "), page.name
        assert len(lines) <= 20, f"{page.name} is too long: say it in ten lines"


def test_pictures_are_small() -> None:
    large = [p.name for p in (DOCS / "images").glob("*.png") if p.stat().st_size > 200_000]
    assert not large, f"compress {large} below 200 KB"
