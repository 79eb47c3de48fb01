"""Who may do what, to which order, in which state: `rights.csv`, written by hand, against `access.standing`, both ways.

`standing` is what the ledger, the offers of a page, its forms and the rows of queues ask.  The table says which posts
take an action, in which states, and (`whose`) on which orders those outside the centre take it: on a share of their own
unit, where their unit has a share at all, or where the order is shown to them; on no order where it says nothing.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from tests.cast import Cast, body

from lianxin.directory import snapshot
from lianxin.directory.roles import Role
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Actor
from lianxin.orders.access import Grounds, offered, standing
from lianxin.orders.models import Order, Share, Sight
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import OrderState, ShareState

with (Path(__file__).parent / "rights.csv").open(encoding="utf-8", newline="") as file:
    ROWS = {row["action"]: row for row in csv.DictReader(file)}
SHARE_ROLES = ("lead", "assist", "dual", "called")
OUTSIDE = ("clerk", "hotline_deputy", "line_deputy", "section_head", "discipline", "principal", "npc_deputy")
#: How somebody outside the centre has to do with an order: his unit's is the share in question, another share, none;
#: or it is shown to him, without or with its caller.
RELATIONS = ("own", "another", "stranger", "shown", "caller")
#: What is shown even then only with the caller.
CALLER = "caller.unmasked"


def said(action: str, post: str, relation: str, about_share: bool) -> bool:
    """What the table says, leaving states aside."""
    row = ROWS[action]
    if post not in row["posts"].split():
        return False
    if post not in OUTSIDE:
        return True
    if action == CALLER and relation in ("shown", "caller"):
        return relation == "caller"
    return {
        "": False,
        "own": relation == "own" or (relation == "another" and not about_share),
        "involved": relation != "stranger",
        "shown": relation in ("shown", "caller"),
    }[row["whose"]]


def in_state(action: str, order: str, share: str, role: str) -> bool:
    row = ROWS[action]
    wanted = ((row["order states"], order), (row["share states"], share), (row["share roles"], role))
    return all(not states or state in states.split() for states, state in wanted)


@pytest.fixture
def directory(base: Cast) -> Snapshot:
    body(base)
    return snapshot.of(base.centre.pk)


def actor(base: Cast, post: str, relation: str) -> Actor:
    """Somebody at such a post: of the centre at the centre, others at the town, or at a body."""
    if post == "system":
        return Actor.system(base.centre.pk)
    at_body = relation in ("stranger", "shown", "caller") or post == "npc_deputy"
    unit = ("npc" if at_body else "town") if post in OUTSIDE else "centre"
    return Actor(post, base.centre.pk, base.staff["agent"].pk, None, base.units[unit].pk)


def grounds(
    base: Cast, directory: Snapshot, order: str, share: str, role: str, relation: str
) -> tuple[Grounds, Share, Order]:
    """An order in that state with a share in that state, of the town, or of the bureau beside one of the town.

    A patrol has to do with what he has found himself; another's is a stranger's to him (`test_patrols`).
    """
    it = Order(pk=1, centre_id=base.centre.pk, state=order, head_number=1, found_by=base.staff["agent"])
    its = [Share(pk=1 << 16, order=it, unit=base.units["town"], state=share, role=role)]
    if relation == "another":
        its.append(Share(pk=(1 << 16) + 1, order=it, unit=base.units["bureau"], state=share, role=role))
    shown = relation in ("shown", "caller")
    sights = (
        [Sight(pk=9, order=it, what="text", caller=relation == "caller", to_unit=base.units["npc"])] if shown else []
    )
    return Grounds(it, its, directory, lambda: sights), its[-1], it


def relations(post: str) -> tuple[str, ...]:
    """The deputies have no share to their name, and the centre needs none."""
    return ("stranger", "shown", "caller") if post == "npc_deputy" else RELATIONS if post in OUTSIDE else ("own",)


def cells(action: str) -> Iterator[tuple[str, str, str, str, str]]:
    """(post, relation, state of the order, of the share, its role); a share's only where it is about one."""
    shares = tuple(ShareState) if ROWS[action]["share states"] else (ShareState.SIGNED,)
    roles = SHARE_ROLES if ROWS[action]["share roles"] else ("lead",)
    orders = tuple(OrderState) if ROWS[action]["order states"] else (OrderState.REGISTERED,)
    for post in (*Role.values, "system", "citizen"):
        yield from ((post, *rest) for rest in product(relations(post), orders, shares, roles))


@pytest.mark.parametrize("action", ROWS)
def test_the_code_lets_do_what_the_table_says_and_nothing_else(base: Cast, directory: Snapshot, action: str) -> None:
    about_share, opens = bool(ROWS[action]["share states"]), not ROWS[action]["order states"]
    missing, extra = [], []
    for post, relation, order, share, role in cells(action):
        known, its, _ = grounds(base, directory, order, share, role, relation)
        if opens:
            known = Grounds(known.order, [], directory, tuple, is_new=True)
        found = standing(actor(base, post, relation), action, known, its if about_share else None)
        wanted = said(action, post, relation, about_share) and in_state(action, order, share, role)
        if found.may and not wanted:
            extra.append((post, relation, str(order), str(share), role))
        if wanted and not found.may:
            missing.append((post, relation, str(order), str(share), role, found.why))
        assert found.may == (found.why == ""), "who may is told no reason, who may not is told one"
    assert not missing, f"the table allows, the code does not: {missing[:10]}"
    assert not extra, f"the code allows, the table does not: {extra[:10]}"


def test_each_action_has_its_line_and_each_line_its_action() -> None:
    assert {row.action for row in lifecycle.TABLE} == ROWS.keys()


def test_whose_it_is_is_said_where_posts_outside_the_centre_take_it_and_only_there() -> None:
    for action, row in ROWS.items():
        outside = bool({*row["posts"].split()} & {*OUTSIDE})
        assert outside == bool(row["whose"]), action
        assert lifecycle.find(action).whose == (row["whose"] or "centre"), action


def test_another_centre_is_a_stranger_to_everything(base: Cast, other: Cast, directory: Snapshot) -> None:
    for action in ROWS:
        known, its, _ = grounds(base, directory, "dispatched", "signed", "lead", "own")
        found = standing(other.actor("supervisor"), action, known, its)
        assert (found.against, found.why) == ("stranger", "没有这件工单")


def test_a_page_offers_what_the_table_says(base: Cast, directory: Snapshot) -> None:
    """`offered` asks the same function: for some hundred orders of chance, all that the table gives and no more."""
    chance = random.Random(12345)
    for _ in range(150):
        post = chance.choice([*Role.values])
        relation = chance.choice(relations(post))
        order, share = chance.choice([*OrderState]), chance.choice([*ShareState])
        role = chance.choice(SHARE_ROLES)
        known, its, _ = grounds(base, directory, order, share, role, relation)
        got = {row.action for row, about in offered(actor(base, post, relation), known) if about in (None, its)}
        wanted = {
            action
            for action, row in ROWS.items()
            if row["order states"]
            and said(action, post, relation, bool(row["share states"]))
            and in_state(action, order, share, role)
            and (not row["share states"] or its.is_running)
        }
        assert got == wanted, (post, relation, order, share, role)
