"""The grid of limits: which rule applies in which case, found without an order."""

from pathlib import Path
from typing import Any

import pytest

from lianxin.rules import policy
from lianxin.rules.context import EVENTS, complete
from lianxin.rules.deadlines import applying
from lianxin.rules.policy_grid import MOST, Box, Grid, boxes, differences, limits, merged

HEAD = '[pack]\nid = "{name}"\ntitle = "某县"\nversion = "1"\neffective = 2026-01-01\nextends = "base"\n'
URGENCY, ROLE, DEPTH = ("order", "urgency"), ("share", "role"), ("share", "depth")


def pack(folder: Path, text: str, name: str = "county") -> policy.Pack:
    path = folder / f"{name}.toml"
    path.write_text(HEAD.format(name=name) + text, encoding="utf-8")
    return policy.load(path)


def clock(row: str, more: str, kind: str = "handle") -> str:
    return (
        f'[[clock]]\nid = "{row}"\ntitle = "某时限"\nclause = "原文"\nkind = "{kind}"\non = "share"\n'
        f'from = "dispatch"\nuntil = "audit"\n{more}\n'
    )


def said(found: list[Box]) -> set[tuple[str, str]]:
    """(facts, rule and span) of each box, as text."""
    return {
        (
            "; ".join(f"{'.'.join(place)} {'|'.join(map(str, values))}" for place, values in box.facts.items()),
            f"{box.answer.id} {box.answer.allow}" if box.answer else "-",
        )
        for box in found
    }


def test_each_cell_says_what_an_order_like_it_would_get():
    """Against the function that starts the clocks of real orders."""
    for name in policy.packs(policy.POLICIES):
        book = policy.find(name)
        grid = Grid(book)
        for kind in {rule.kind for rule in book.clocks}:
            for event in grid.events(kind):
                for cell in grid.cells(kind, event):
                    parts: dict[str, dict[str, Any]] = {"order": {}, "share": {}, "task": {}}
                    for (part, field), value in cell.facts.items():
                        parts[part][field] = value
                    found = applying(book, event, complete(**parts, event={"name": event}))
                    assert found.get(kind) is cell.rule


def test_the_limits_of_the_base_in_few_boxes():
    found = limits(policy.find("base"))
    assert said(merged(found["handle", "dispatch"])) == {
        ("order.urgency normal", "S02 5个工作日"),
        ("order.urgency urgent", "S02.urgent 1个工作日"),
    }
    assert said(merged(found["total", "dispatch"])) == {("", "S08 15个工作日")}
    contact = said(merged(found["contact", "dispatch"]))
    assert ("order.urgency urgent; share.role lead|dual|called; share.depth 0", "S01.urgent 60分钟") in contact
    assert ("share.depth 1", "-") in contact
    assert {kind for kind, _ in found} == {rule.kind for rule in policy.find("base").limits}


def test_what_only_an_event_decides_is_asked_of_that_event():
    """A pass puts an order where it may be called back, or not; a petition makes a task of its kind."""
    found = limits(policy.find("base"))
    assert said(merged(found["callback", "pass"])) == {
        ("order.state dispatched|suspended", "-"),
        ("order.state to_callback", "S05 3个工作日"),
    }
    assert set(found) >= {("return", "return_filed"), ("extension", "extension_filed")}
    assert all(event in EVENTS for _, event in found)


def test_every_field_that_a_rule_looks_at_is_an_axis(tmp_path: Path):
    text = clock("B10.heat", 'when = "order.category[1] == \'供暖\' && order.round > 2"\nallow = "2 days"')
    grid = Grid(pack(tmp_path, text))
    axes = grid.axes("handle", "dispatch")
    assert set(axes) == {URGENCY, ("order", "category"), ("order", "round")}
    assert axes["order", "round"] == (1, 2, 3)
    assert ("供暖",) * 3 in axes["order", "category"]
    hot = {URGENCY: "urgent", ("order", "category"): ("", "供暖", ""), ("order", "round"): 3}
    for change, rule in (({}, "B10.heat"), ({("order", "round"): 2}, "S02.urgent")):
        found = grid.applies("handle", "dispatch", hot | change)
        assert found is not None
        assert found.id == rule


def test_the_classes_and_sources_are_those_of_the_pack(tmp_path: Path):
    book = pack(tmp_path, clock("B10.web", 'when = "order.source != \'city\'"\nallow = "2 days"'))
    assert Grid(book).axes("handle", "dispatch")["order", "source"] == tuple(book.sources)


def test_what_an_order_carries_knows_no_share(tmp_path: Path):
    text = clock("B10.x", 'when = "order.state == \'registered\'"\nallow = "2 days"', "own_x")
    text = text.replace('on = "share"\nfrom = "dispatch"', 'on = "order"\nfrom = "register"')
    grid = Grid(pack(tmp_path, text))
    assert grid.axes("own_x", "register") == {("order", "state"): ("registered",)}


def test_two_packs_differ_where_their_limits_do(tmp_path: Path):
    old = pack(tmp_path, clock("B10", 'when = "share.role == \'assist\'"\nallow = "3 workdays"'), "old")
    new = pack(tmp_path, clock("B11", 'when = "share.role == \'assist\'"\nallow = "4 workdays"'), "new")
    found = list(differences(old, new))
    assert [(d.kind, d.event, dict(d.facts)) for d in found] == [("handle", "dispatch", {ROLE: ("assist",)})]
    assert [(d.old and d.old.id, d.new and d.new.id) for d in found] == [("B10", "B11")]
    base = policy.find("base")
    assert not list(differences(base, base))
    # Only the new one looks at the role at all.
    assert [dict(d.facts) for d in differences(base, old)] == [
        {URGENCY: ("normal",), ROLE: ("assist",)},
        {URGENCY: ("urgent",), ROLE: ("assist",)},
    ]
    # Where a town's head signs orders off (D21) the contact counts from then; the base knows nothing of the rest.
    own = {"sign_off", "see_to_it", "convene", "second_rehandle", "process_review", "unreasonable"}
    own |= {"exclude", "merge", "review"}
    assert {found.kind for found in differences(base, policy.find("junan-2021"))} == {"contact", *own}
    comes = pack(tmp_path, clock("B12", 'allow = "2 hours"', "own_arrive"), "comes")
    assert [(d.kind, d.old, d.new and d.new.id) for d in differences(base, comes)] == [("own_arrive", None, "B12")]
    assert [(d.kind, d.old and d.old.id, d.new) for d in differences(comes, base)] == [("own_arrive", "B12", None)]


def test_a_pack_that_looks_at_much_is_looked_at_from_all_sides(tmp_path: Path):
    names = ["channel", "area", "enterprise", "confidential", "upstream", "requests", "tags.size()"]
    text = " && ".join(f"order.{name} != {_other(name)}" for name in names)
    text += " && share.unit_type != 'bank' && share.depth < 5 && order.round < 9 && order.urgency == 'urgent'"
    grid = Grid(pack(tmp_path, clock("B10", f'when = "{text}"\nallow = "2 days"')))
    found = list(grid.cells("handle", "dispatch"))
    assert len(found) == MOST
    for place, values in grid.axes("handle", "dispatch").items():
        assert {cell.facts[place] for cell in found} == set(values)


def _other(name: str) -> str:
    return {"requests": "7", "tags.size()": "3"}.get(
        name, "true" if name in ("enterprise", "confidential", "upstream") else "'x'"
    )


@pytest.mark.parametrize("order", [1, -1])
def test_equal_cells_are_put_together(order: int):
    a, b = ("order", "a"), ("order", "b")
    cells = [({a: x, b: y}, "hit" if x == 1 and y != 2 else "") for x in (0, 1) for y in (0, 1, 2)][::order]
    found = {
        (tuple((place[1], *values) for place, values in sorted(box.facts.items())), box.answer) for box in boxes(cells)
    }
    hit = tuple(sorted((0, 1))[::order])
    assert ((("a", 1), ("b", *hit)), "hit") in found
    assert len(found) == 3
    assert boxes([]) == []
