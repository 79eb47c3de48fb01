"""A condition of a pack that cannot be judged on an order: its rule does not apply, and the administrator is told."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from tests.cast import Cast, later, request
from tests.rulebooks import Shelf, tables

from lianxin.directory import administration
from lianxin.directory.models import PolicyVersion
from lianxin.ledger import unjudged
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record, record_many
from lianxin.ledger.models import Clock, Journal
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order
from lianxin.rules.conditions import Condition
from lianxin.rules.policy_grid_checks import GridChecks

FAILS = "order.tags[0] == '老人'"


@pytest.fixture
def failing(base: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """A centre under a pack of which one condition fails on every order without a tag: no check has seen it."""
    monkeypatch.setattr(Condition, "problems", lambda self: [])
    monkeypatch.setattr(GridChecks, "faults", lambda self: [])
    monkeypatch.setattr(unjudged, "_written", set())
    monkeypatch.setenv("LIANXIN_POLICIES", str(tmp_path))
    book = tables()
    row = next(row for row in book["clock"] if row["kind"] == "dispatch")
    book["clock"].insert(0, row | {"id": "S98", "title": "老人优先", "when": FAILS})
    pack = Shelf(tmp_path).put(book)
    PolicyVersion.objects.create(
        centre=base.centre, pack_id=pack.id, version=pack.version, effective_from=date(2024, 1, 1)
    )
    return base


def register(cast: Cast, at: datetime) -> Order:
    act = Act("order.registered", cast.actor("agent"), at, request())
    return Order.objects.get(pk=record(act).order)


def lines() -> list[dict[str, Any]]:
    return list(Journal.objects.filter(action=unjudged.ACTION).order_by("number").values_list("payload", flat=True))


@pytest.mark.django_db(transaction=True)
def test_the_journal_says_so_once_and_the_order_goes_by_the_next_rule(
    failing: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = register(failing, nine)
    register(failing, later(nine, minutes=1))
    monkeypatch.setattr(unjudged, "_written", set())  # another process meets it too
    register(failing, later(nine, minutes=2))
    (line,) = lines()
    assert (line["pack"], line["rule"], line["condition"], line["order"]) == (first.pack, "S98", FAILS, first.number)
    assert Clock.objects.filter(order=first, kind="dispatch").exclude(rule="S98").count() == 1
    assert list(verify()) == []


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_told_with_the_next_order(failing: Cast, nine: datetime) -> None:
    with transaction.atomic():
        register(failing, nine)
        transaction.set_rollback(True)
    assert lines() == []
    second = register(failing, later(nine, minutes=1))
    assert [line["order"] for line in lines()] == [second.number]


def test_one_line_for_a_whole_batch(failing: Cast, nine: datetime) -> None:
    acts = [Act("order.registered", failing.actor("agent"), later(nine, minutes=n), request()) for n in range(5)]
    assert not [result for result in record_many(acts) if isinstance(result, Refused)]
    assert len(lines()) == 1


def test_the_administrator_reads_it_while_anything_goes_by_that_version(
    failing: Cast, nine: datetime, client: Client
) -> None:
    def told(at: datetime) -> list[str]:
        return [notice for notice in administration.notices(failing.centre, at) if "不能判断" in notice]

    assert told(nine) == []
    order = register(failing, nine)
    (sentence,) = told(nine)
    assert f"“{order.pack}”中 S98（老人优先）" in sentence
    assert order.number in sentence
    assert FAILS in sentence
    admin = failing.staff["admin"]
    admin.is_staff = True
    admin.save()
    client.force_login(admin)
    assert "S98（老人优先）" in client.get("/admin/").content.decode()
    # Another version is in force; the open order still goes by the old one.
    PolicyVersion.objects.create(centre=failing.centre, pack_id="base", effective_from=date(2025, 1, 1))
    assert told(nine) == [sentence]
    ended = {"reason": "诉求人要求撤单。", "told": "已撤单。"}
    record(Act("order.withdrawn", failing.actor("agent"), later(nine, minutes=5), ended, order=order.pk))
    assert told(nine) == []


def test_another_centre_is_not_told(failing: Cast, other: Cast, nine: datetime) -> None:
    register(failing, nine)
    assert not [notice for notice in administration.notices(other.centre, nine) if "不能判断" in notice]
