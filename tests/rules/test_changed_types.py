"""2,000 shipped packs in which one thing has become one of another type: `policy check` refuses each in a sentence that
names the place, or the pack works.  No traceback, whatever a program or a tired person leaves in a pack."""

from __future__ import annotations

import copy
import json
import random
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from lianxin.ops.commands.policy import command
from lianxin.rules import policy
from lianxin.rules.context import EVENTS, complete
from lianxin.rules.deadlines import starts
from lianxin.rules.policy_explain import explain, given_way
from lianxin.rules.worktime import Calendar

#: One value or two of each type that TOML has.
VALUES: tuple[Any, ...] = (
    *("x", 7, 1.5, float("nan"), True, date(2026, 1, 1), time(7, 32)),
    *(
        datetime(1979, 5, 27, 7, 32, tzinfo=UTC),
        datetime.fromisoformat("1979-05-27T07:32"),
        [],
        ["x"],
        [{}],
        {},
        {"x": 1},
    ),
)
OF_EACH_PACK, SEED = 1000, 20261128
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
Place = tuple[str | int, ...]


class Change(NamedTuple):
    """What stands at `place` of a pack becomes `value`."""

    place: Place
    value: Any


def book(name: str) -> dict[str, Any]:
    return tomllib.loads((policy.POLICIES / f"{name}.toml").read_text("utf-8"))


def nodes(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every table, list and value of a pack with where it stands."""
    if place:
        yield place, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from nodes(item, (*place, key))


def changes(name: str) -> list[Change]:
    """Each node with each other type, in a random order that is the same every time; the first of each part before
    all others, so that none is left out, however many come to a pack."""
    found = [
        Change(place, new)
        for place, old in nodes(book(name))
        for new in VALUES
        if type(new) is not type(old) or (isinstance(old, dict | list) and new != old)
    ]
    found = random.Random(SEED).sample(found, len(found))
    first = list({change.place[0]: change for change in reversed(found)}.values())
    return [*first, *(change for change in found if change not in first)][:OF_EACH_PACK]


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(key)} = {toml(item)}' for key, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, date | time):
        return value.isoformat()
    return "nan" if value != value else json.dumps(value, ensure_ascii=False)


def changed(tables: dict[str, Any], change: Change) -> str:
    tables = copy.deepcopy(tables)
    at: Any = tables
    for key in change.place[:-1]:
        at = at[key]
    at[change.place[-1]] = change.value
    return "\n".join(f"{name} = {toml(value)}" for name, value in tables.items())


def named(tables: dict[str, Any], place: Place) -> tuple[set[str], set[str]]:
    """(what the row or section of a place may be called, what the field in it)."""
    table, *below = place
    fields = {str(key) for key in below if isinstance(key, str)} or {str(table)}
    if not isinstance(tables[str(table)], list):
        return {f"[{table}]", "设置", f"规则 {table}", f"[{table}."}, fields
    row = tables[str(table)][below[0]] if below else {}
    return {f"规则 {row.get('id')}", f"[[{table}]]"}, fields if len(below) > 1 else {""}


@pytest.mark.parametrize("name", ["base", "junan-2021"])
def test_what_has_become_another_type_is_named_or_works(tmp_path: Path, name: str) -> None:
    tables = book(name)
    for other in policy.packs(policy.POLICIES):
        (tmp_path / f"{other}.toml").write_text((policy.POLICIES / f"{other}.toml").read_text("utf-8"), "utf-8")
    path = tmp_path / f"{name}.toml"
    for change in changes(name):
        path.write_text(changed(tables, change), "utf-8")
        answer = CliRunner().invoke(command, ["check", str(path)])
        assert answer.exception is None or isinstance(answer.exception, SystemExit), (change, answer.exc_info)
        if answer.exit_code:
            rows, fields = named(tables, change.place)
            lines = answer.output.splitlines()
            told = [line for line in lines if any(r in line for r in rows) and any(f in line for f in fields)]
            # A setting of which no rule speaks any more is told by its own name.
            assert told or ("sets" in change.place and "有出处的设置" in answer.output), (change, answer.output)
        else:
            use(policy.load(path))


def use(pack: policy.Pack) -> None:
    """What the product does with a pack that it took."""
    assert list(explain(pack, {}))
    assert list(given_way(pack)) or pack.base is None
    for event in EVENTS:
        for rule in pack.clocks_on(event):
            for context in islice(rule.when.samples() if rule.when else [complete()], 20):
                starts(pack, event, context, lambda _: AT, Calendar())


def test_they_are_spread_over_all_parts_and_types() -> None:
    for name in ("base", "junan-2021"):
        made = changes(name)
        assert len(made) == OF_EACH_PACK
        assert {change.place[0] for change in made} == set(book(name))
        assert {type(change.value) for change in made} == {type(value) for value in VALUES}
