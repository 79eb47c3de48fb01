"""Junan goes over to Zhoucun's rule book on a Wednesday: what came before goes on under its own, what comes after under
the new one, and the week has one bulletin."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from tests.cast import Cast, body, later, make_cast, shanghai

from lianxin.bulletins import issue
from lianxin.directory.models import PolicyVersion
from lianxin.duties import digest
from lianxin.ledger.models import Clock, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.proceedings.models import Proceeding

pytestmark = pytest.mark.django_db
TUESDAY, WEDNESDAY = shanghai("2026-11-17 09:00"), shanghai("2026-11-18 09:00")
REPLY = {"measures": "更换阀门并排气", "progress": "已完成", "result": "室温已达19℃", "answers": ["已检修"]}


@pytest.fixture
def switched() -> Cast:
    cast = make_cast()
    PolicyVersion.objects.create(
        centre=cast.centre, pack_id="zhoucun-2019", version="", effective_from=date(2026, 11, 18)
    )
    return cast


def out(cast: Cast, at: datetime, **facts: Any) -> Order:
    order = cast.register(at, **facts)
    cast.dispatch(order, at, "town")
    cast.do("clerk@town", "share.signed", order.pk, at)
    cast.do("clerk@town", "share.contacted", order.pk, at, text="已电话联系诉求人。")
    return order


def passed(cast: Cast, order: Order, at: datetime) -> None:
    cast.do("clerk@town", "share.replied", order.pk, at, **REPLY)
    cast.do("hotline_deputy@town", "share.unit_audited", order.pk, at, approved=True)
    cast.do("auditor", "share.passed", order.pk, at)


def test_old_orders_end_under_their_own_book_and_new_ones_under_the_new(switched: Cast) -> None:
    cast = switched
    old = out(cast, TUESDAY)
    new = out(cast, WEDNESDAY, cls="help")
    assert (old.pack, new.pack) == ("junan-2021@1", "zhoucun-2019@1")
    limits = {clock.order_id: (clock.rule, clock.due) for clock in Clock.objects.filter(kind="handle")}
    assert limits == {
        old.pk: ("S02", shanghai("2026-11-25 00:00")),
        new.pk: ("B10", shanghai("2026-11-24 00:00")),
    }
    # The mayor signs the old one off (D21); the new rule book knows nothing of it.
    assert Task.objects.filter(kind="sign_off").values_list("order", flat=True).get() == old.pk
    # On Thursday both are answered: the old one is closed by the audit, the new one waits for its call-back.
    thursday = later(WEDNESDAY, days=1)
    for order in (old, new):
        passed(cast, order, thursday)
    states = dict(Order.objects.values_list("pk", "state"))
    assert states == {old.pk: "closed", new.pk: "to_callback"}
    assert Share.objects.filter(state="passed").count() == 2
    assert list(verify()) == []


def test_the_week_of_the_switch_has_one_bulletin_and_the_new_books_digest(switched: Cast) -> None:
    cast = switched
    for code, title in (("deputy_head", "区政府分管领导"), ("head", "区政府主要领导"), ("party_head", "区委主要领导")):
        body(cast, code, title)
    monday = shanghai("2026-11-23 00:00")
    old, new = out(cast, TUESDAY, cls="report"), out(cast, WEDNESDAY, cls="consult")
    for order in (old, new):
        passed(cast, order, later(WEDNESDAY, days=1))
    made = issue.weekly(cast.centre, date(2026, 11, 16), date(2026, 11, 22), monday)
    text = made.bulletin.text()
    # The book of the week's last day speaks; a class that it does not have stands under its own book's title.
    assert made.bulletin.title == "热线周通报"
    assert "投诉举报类1件" in text
    assert "咨询类1件" in text
    digest.make(cast.centre.pk, monday)
    assert Proceeding.objects.filter(kind="digest_copy").count() == 3
    # Of the week before, which ended under Junan's book, there is none.
    assert digest.make(cast.centre.pk, shanghai("2026-11-16 00:00")) == 0
