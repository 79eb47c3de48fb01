"""The digest of the week, and who gets it (B16, B17).

Each row of the opinions of Zhoucun (2019) where it bites, where it must not, and where somebody tries to get round it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.acceptance.zhoucun import REASON, REPLY, contact, out, passed
from tests.cast import Cast, body, later, shanghai
from tests.desk.web import Site
from tests.rulebooks import Shelf

from lianxin.duties import digest
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Notice
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order
from lianxin.proceedings.models import About, Proceeding

pytestmark = pytest.mark.django_db


# --- B16, B17: the digest of the week ----------------------------------------------------------------

MONDAY = shanghai("2026-11-23 00:00")


@pytest.fixture
def leaders(zhoucun: Cast) -> Cast:
    """The three to whom copies go."""
    for code, title in (("deputy_head", "区政府分管领导"), ("head", "区政府主要领导"), ("party_head", "区委主要领导")):
        body(zhoucun, code, title)
    return zhoucun


def unhappy(cast: Cast, at: datetime, layer: str = "district") -> Order:
    order, _ = out(cast, at)
    cast.do("clerk@town", "share.replied", order.pk, at, **REPLY)
    cast.do("hotline_deputy@town", "share.unit_audited", order.pk, at, approved=True)
    cast.do("auditor", "share.passed", order.pk, at)
    said = {"layer": layer, "result_grade": "dissatisfied", "process_grade": "dissatisfied", "solved": False}
    cast.do("callback", "callback.recorded", order.pk, later(at, hours=1), **said)
    return order


def digest_of(cast: Cast, at: datetime = MONDAY) -> Proceeding:
    digest.make(cast.centre.pk, at)
    return Proceeding.objects.get(kind="digest")


def listed(root: Proceeding) -> dict[str, set[str]]:
    """The numbers of its orders, by trigger."""
    found: dict[str, set[str]] = {}
    for about in About.objects.filter(proceeding=root).select_related("to_order"):
        assert about.to_order is not None
        found.setdefault(about.role, set()).add(about.to_order.number)
    return found


def test_b16_the_three_triggers_of_the_week_each_order_once_a_trigger(leaders: Cast, nine: datetime) -> None:
    cast = leaders
    dissatisfied = unhappy(cast, nine)
    late, _ = out(cast, shanghai("2026-11-16 09:00"))  # due at the end of Thursday
    back, undone = (out(cast, nine)[0] for _ in range(2))
    for order, defect in ((back, "incomplete"), (undone, "not_done")):
        cast.do("clerk@town", "share.replied", order.pk, nine, **REPLY)
        cast.do("hotline_deputy@town", "share.unit_audited", order.pk, nine, approved=True)
        cast.do("auditor", "share.sent_back", order.pk, nine, defect=defect, reason=REASON)
    old, _ = out(cast, shanghai("2026-11-10 09:00"), "bureau")
    again = cast.register(nine)
    cast.do("agent", "order.linked", again.pk, nine, number=old.number)
    root = digest_of(cast)
    assert listed(root) == {
        "unhappy": {dissatisfied.number},
        "undone": {late.number, back.number, undone.number, old.number},
        "repeated": {old.number, again.number},
    }
    assert (root.period, root.ended_at is not None) == ("2026-W47", True)
    # Looked at twice, it is made once.
    assert digest.make(cast.centre.pk, later(MONDAY, minutes=5)) == 0
    assert list(verify()) == []


def test_b16_must_not_bite_for_the_citys_calls_for_what_is_in_time_or_of_another_week(
    leaders: Cast, nine: datetime
) -> None:
    cast = leaders
    unhappy(cast, nine, "city")
    unhappy(cast, shanghai("2026-11-11 09:00"))
    in_time, _ = out(cast, shanghai("2026-11-20 09:00"))
    back, _ = out(cast, nine)
    cast.do("clerk@town", "share.replied", back.pk, nine, **REPLY)
    cast.do("hotline_deputy@town", "share.unit_audited", back.pk, nine, approved=True)
    cast.do("auditor", "share.sent_back", back.pk, nine, defect="wording", reason=REASON)
    cast.do("clerk@town", "share.replied", back.pk, nine, **REPLY)
    cast.do("hotline_deputy@town", "share.unit_audited", back.pk, nine, approved=True)
    cast.do("auditor", "share.passed", back.pk, nine)
    assert in_time.number
    assert listed(digest_of(cast)) == {}


def test_b16_is_made_on_a_monday_that_is_a_holiday_and_a_late_job_makes_the_same(leaders: Cast) -> None:
    cast = leaders
    late, _ = out(cast, shanghai("2026-09-21 09:00"))
    monday = shanghai("2026-10-05 00:00")
    # Answered on the holiday Monday itself: late it was all the same when the week ended.
    contact(cast, "clerk@town", late, later(monday, hours=9))
    passed(cast, late, later(monday, hours=10))
    root = digest_of(cast, later(monday, hours=30))
    assert (root.period, listed(root)) == ("2026-W40", {"undone": {late.number}})


def test_b16_what_joined_when_the_week_was_over_was_no_repeat_of_it(leaders: Cast, nine: datetime) -> None:
    cast = leaders
    old, again, third = (cast.register(later(nine, hours=hour)) for hour in (0, 1, 2))
    cast.do("agent", "order.linked", again.pk, later(nine, hours=3), number=old.number)
    cast.do("agent", "order.linked", third.pk, later(MONDAY, hours=9), number=old.number)
    # Of another matter by then, which took theirs in: two they were all the same when the week ended.
    other, its = (cast.register(later(MONDAY, hours=hour)) for hour in (8, 9))
    cast.do("agent", "order.linked", its.pk, later(MONDAY, hours=10), number=other.number)
    cast.do("agent", "order.linked", old.pk, later(MONDAY, hours=11), number=other.number)
    root = digest_of(cast, later(MONDAY, hours=30))
    assert listed(root)["repeated"] == {old.number, again.number}


def test_b16_what_counts_is_the_rule_books_word(leaders: Cast, nine: datetime, books: Shelf) -> None:
    def otherwise(book: dict[str, Any]) -> None:
        book["digests"] |= {"layers": ["city"], "defects": ["wording"], "repeats": 3, "read_within": "2 hours"}

    books.adopt(leaders, otherwise, "zhoucun-2019")
    unhappy(leaders, nine)
    city = unhappy(leaders, nine, "city")
    first, _ = out(leaders, shanghai("2026-11-19 09:00"))
    again = leaders.register(nine)
    leaders.do("agent", "order.linked", again.pk, nine, number=first.number)
    assert listed(digest_of(leaders)) == {"unhappy": {city.number}}
    assert {copy.due_at for copy in Proceeding.objects.filter(kind="digest_copy")} == {later(MONDAY, hours=2)}


def test_b17_three_copies_each_to_one_leader_with_his_receipt(leaders: Cast, nine: datetime) -> None:
    cast, late = leaders, out(leaders, shanghai("2026-11-16 09:00"))[0]
    digest_of(cast)
    copies = list(Proceeding.objects.filter(kind="digest_copy").order_by("pk"))
    assert [copy.unit.code for copy in copies if copy.unit] == ["deputy_head", "head", "party_head"]
    assert {copy.due_at for copy in copies} == {later(MONDAY, hours=24)}
    site = Site(cast)
    mine, other = copies[0], copies[1]
    page = site.get("principal@deputy_head", f"/proceedings/{mine.number}/")
    assert page.status_code == 200
    text = page.content.decode()
    assert late.number in text
    assert "应办未办或办理不彻底" in text
    # Nobody reads another's copy, and none of them the orders themselves.
    assert site.get("principal@deputy_head", f"/proceedings/{other.number}/").status_code == 404
    assert site.get("principal@deputy_head", f"/orders/{late.number}/").status_code == 404
    with pytest.raises(Refused, match="没有这件专办事项"):
        cast.do("principal@deputy_head", "digest_copy.read", other.pk, later(MONDAY, hours=9))
    at = later(MONDAY, hours=9)
    cast.do("principal@deputy_head", "digest_copy.read", mine.pk, at, note="请督查室盯办。")
    receipt = Entry.objects.get(proceeding=mine, action="digest_copy.read")
    assert receipt.staff_id == cast.staff["principal@deputy_head"].pk
    cast.do("supervisor", "digest_copy.handed", other.pk, at, receiver="王秘书", handed_at=at)
    states = {copy.state for copy in Proceeding.objects.filter(pk__in=(mine.pk, other.pk))}
    assert states == {"read"}
    # The third stays unread: it is listed as late, and the supervisor is told.
    record(
        Act(
            "proceeding.breached",
            cast.actor("system"),
            later(MONDAY, hours=24),
            {"clocks": [Clock.objects.get(proceeding=copies[2]).pk]},
            order=copies[2].pk,
        )
    )
    assert Clock.objects.get(proceeding=copies[2]).breached_at == later(MONDAY, hours=24)
    told = Notice.objects.filter(proceeding=copies[2]).values_list("staff", flat=True)
    assert cast.staff["supervisor"].pk in told


def test_b17_where_there_is_no_such_body_the_supervisor_hands_it_over(zhoucun: Cast) -> None:
    digest_of(zhoucun)
    copies = Proceeding.objects.filter(kind="digest_copy")
    assert {copy.owner_unit_id for copy in copies} == {zhoucun.units["centre"].pk}
    assert copies.count() == 3


def test_b17_a_rule_book_without_copies_has_no_digest(cast: Cast) -> None:
    digest.make(cast.centre.pk, MONDAY)
    assert not Proceeding.objects.exists()
