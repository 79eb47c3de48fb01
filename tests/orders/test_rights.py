"""Who may do what when: `rights.csv`, written by hand, against the lifecycle table, cell by cell, both ways.

A new verb needs its row there first, thought out by a person: a row that was generated could not disagree.
"""

import csv
from itertools import product
from pathlib import Path

import pytest

from lianxin.orders.access import JOURNAL_ACTS, may
from lianxin.rules import lifecycle
from lianxin.rules.context import ROLES
from lianxin.rules.lifecycle import OrderState, ShareState

with (Path(__file__).parent / "rights.csv").open(encoding="utf-8", newline="") as file:
    ROWS = {row["action"]: row for row in csv.DictReader(file)}
POSTS = [*ROLES, "system"]
SHARE_ROLES = ["lead", "assist", "dual", "called"]
JOURNAL = {
    "bulletin.exported": "agent dispatcher auditor callback supervisor leader analyst",
    "bulletin.article_written": "leader analyst supervisor",
    "publication.issued": "leader analyst supervisor",
    "orders.imported": "dispatcher supervisor",
    "proceedings.exported": "agent dispatcher auditor callback supervisor leader analyst",
    "catalogue.written": "dispatcher supervisor leader",
    "catalogue.enacted": "supervisor leader",
    "catalogue.exported": "agent dispatcher auditor callback supervisor leader analyst",
    "units.staffing_exported": "supervisor leader analyst",
    "replies.exported": "dispatcher supervisor",
    "article.drafted": "clerk hotline_deputy principal dispatcher supervisor",
    "article.approved": "dispatcher supervisor",
    "phrase.written": "supervisor clerk hotline_deputy principal",
    "phrases.exported": "supervisor clerk hotline_deputy principal",
    "notices.resent": "hotline_deputy line_deputy principal admin",
    "notices.exported": "hotline_deputy line_deputy principal admin",
    "channel.tried": "hotline_deputy line_deputy principal admin",
    "shifts.exported": "hotline_deputy line_deputy principal supervisor leader admin",
    "looks.read": "admin",
    "looks.exported": "admin",
    "people.handed_over": "admin dispatcher supervisor hotline_deputy principal",
    "units.handed_over": "dispatcher supervisor",
    "clocks.recounted": "admin",
}


def test_every_verb_has_its_row_and_every_row_its_verb():
    assert {row.action for row in lifecycle.TABLE} == ROWS.keys()


@pytest.mark.parametrize("action", ROWS)
def test_the_code_allows_what_the_table_says_and_nothing_else(action: str):
    said, row = ROWS[action], lifecycle.find(action)
    posts, orders, shares, roles = (
        said[name].split() for name in ("posts", "order states", "share states", "share roles")
    )
    assert not set(posts) - set(POSTS)
    wrong = []
    for post, order, share, role in product(POSTS, OrderState, ShareState, SHARE_ROLES):
        wanted = (
            post in posts
            and (not orders or order in orders)
            and (not shares or share in shares)
            and (not roles or role in roles)
        )
        order_state = order if orders else None
        got = post in row.posts and lifecycle.allowed(row, order=order_state, share=share, role=role)
        if wanted != got:
            wrong.append((post, str(order), str(share), role, "table" if wanted else "code"))
    assert wrong == []
    assert bool(orders) == bool(row.states)


@pytest.mark.parametrize("act", JOURNAL)
def test_acts_beside_orders(act: str):
    assert {post for post in POSTS if may(post, act)} == set(JOURNAL[act].split())


def test_every_act_beside_orders_is_listed():
    assert JOURNAL_ACTS.keys() == JOURNAL.keys()
