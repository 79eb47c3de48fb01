"""The dispatch catalogue: what it proposes, how it is changed, and what of it stands in the ledger (C26)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.test_morning import replied
from tests.dispatch.catalogue import category, drafted, enacted, row, who

from lianxin.directory import snapshot
from lianxin.directory.models import Area
from lianxin.dispatch.catalogue import batches, compared
from lianxin.dispatch.catalogue.batches import Overtaken
from lianxin.dispatch.catalogue.proposing import Asked, Proposal, payload, propose
from lianxin.dispatch.models import CatalogueRow
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Entry, Journal, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.proceedings.models import Proceeding
from lianxin.rules.worktime import Span

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(db: None) -> Cast:
    return make_cast("base", "base")


def proposed(
    cast: Cast, at: datetime, about: str = "供暖温度", text: str = "", area: int | None = None
) -> list[Proposal]:
    asked = Asked(1, category(cast, about), area, text)
    return propose(snapshot.of(cast.centre.pk), [asked], at)[1]


def codes(found: list[Proposal]) -> list[str]:
    return [each.line.code for each in found]


# --- what is proposed ------------------------------------------------------------------------------
def test_c26_the_row_of_the_order_s_own_category_is_proposed_with_its_basis(base: Cast, nine: datetime) -> None:
    enacted(
        base,
        nine,
        row(base, "R1", "供暖温度", "heat", assists=["town"], limit="3 workdays"),
        row(base, "R2", "供暖", "bureau"),
        row(base, "R3", "路灯", "bureau"),
    )
    best, above = proposed(base, nine)
    assert (best.line.code, best.clear, above.line.code, above.clear) == ("R1", True, "R2", False)
    pack = snapshot.of(base.centre.pk).pack(nine)
    assert payload(best, pack) == {
        "shares": [
            {"unit": base.units["heat"].pk, "role": "lead"},
            {"unit": base.units["town"].pk, "role": "assist"},
        ],
        "basis": "duty_list",
        "basis_text": "权责清单：城镇供热管理办法（派单目录 R1“R1”）",
        "item": "R1",
    }
    # Of a category of which the catalogue says nothing, nothing is proposed, nor of an order without one.
    assert codes(proposed(base, nine, "市容环境")) == []
    assert propose(snapshot.of(base.centre.pk), [Asked(1, None, None, "")], nine) == {1: []}


def test_c26_a_word_of_the_request_decides_and_without_one_nothing_is_clear(base: Cast, nine: datetime) -> None:
    enacted(
        base,
        nine,
        row(base, "R1", "供暖温度", "heat", words="阀门、换热站"),
        row(base, "R2", "供暖温度", "bureau", words="收费"),
    )
    assert [each.clear for each in proposed(base, nine)] == [False, False]
    found = proposed(base, nine, text="反映收费不合理")
    assert (codes(found), found[0].clear, found[0].hits) == (["R2", "R1"], True, ("收费",))
    # What names words that the request has not is about something else: also where it stands alone, and a row of the
    # category above that names none comes before it.
    enacted(base, later(nine, seconds=1), row(base, "R8", "市容环境", "town", words="渣土"))
    assert [each.clear for each in proposed(base, later(nine, seconds=1), "市容环境")] == [False]
    enacted(base, later(nine, seconds=2), row(base, "R9", "供暖", "town"))
    found = proposed(base, later(nine, seconds=2))
    assert (codes(found), found[0].clear) == (["R9", "R1", "R2"], True)
    enacted(base, later(nine, seconds=3), row(base, "R9", "供暖", "town", removed=True))
    # Both are named: whoever names more is first.
    assert codes(proposed(base, later(nine, seconds=3), text="换热站阀门坏了，还收费"))[0] == "R1"
    # Two that fit alike are clear only where they send it to the same unit.
    enacted(base, later(nine, minutes=1), row(base, "R3", "路灯", "bureau"), row(base, "R4", "路灯", "town"))
    assert [each.clear for each in proposed(base, later(nine, minutes=1), "路灯")] == [False, False]
    enacted(base, later(nine, minutes=2), row(base, "R4", "路灯", "bureau"))
    assert proposed(base, later(nine, minutes=2), "路灯")[0].clear


def test_c26_of_one_item_the_row_of_the_nearest_area_speaks(base: Cast, nine: datetime) -> None:
    town = Area.objects.get(centre=base.centre, name="大店镇")
    village = Area.objects.create(centre=base.centre, parent=town, name="柳岸村")
    other = Area.objects.create(centre=base.centre, name="坊前镇")
    enacted(
        base,
        nine,
        row(base, "R1", "供暖温度", "heat"),
        row(base, "R1", "供暖温度", "bureau", area_id=town.pk),
    )
    leads = {
        area: [each.line.lead_id for each in proposed(base, nine, area=area)]
        for area in (None, town.pk, village.pk, other.pk)
    }
    heat, bureau = base.units["heat"].pk, base.units["bureau"].pk
    assert leads == {None: [heat], town.pk: [bureau], village.pk: [bureau], other.pk: [heat]}


def test_c26_who_cannot_be_given_an_order_is_not_proposed_as_clear(base: Cast, nine: datetime) -> None:
    enacted(base, nine, row(base, "R1", "供暖温度", "heat"), row(base, "R2", "路灯", None, script="请拨打供电热线。"))
    base.units["heat"].active = False
    base.units["heat"].save()
    (found,) = proposed(base, nine)
    assert (found.clear, found.unfit) == (False, "热力公司已停用")
    (none,) = proposed(base, nine, "路灯")
    assert (none.clear, none.unfit) == (False, "不属于受理范围，按引导话术告知诉求人")


def test_many_orders_are_proposed_for_in_one_statement(base: Cast, nine: datetime) -> None:
    enacted(base, nine, *(row(base, f"R{n}", "供暖温度", "heat") for n in range(5)))
    directory = snapshot.of(base.centre.pk)
    asked = [Asked(n, category(base, "供暖温度"), None, "暖气不热") for n in range(200)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(propose(directory, asked, nine)) == 200
    assert len(queries) == 1


# --- in the ledger ---------------------------------------------------------------------------------
def dispatch(cast: Cast, order: Order, at: datetime, item: str, *units: str, **more: Any) -> None:
    cast.dispatch(order, at, *(units or ("heat",)), item=item, **more)


def test_c26_a_dispatch_by_the_catalogue_says_so_and_is_due_by_its_limit(base: Cast, nine: datetime) -> None:
    enacted(base, nine, row(base, "R1", "供暖温度", "heat", limit="3 workdays"), row(base, "R2", "供暖温度", "heat"))
    order, other, plain = (base.register(nine, category=category(base, "供暖温度")) for _ in range(3))
    dispatch(base, order, nine, "R1")
    entry = Entry.objects.get(order=order, action="order.dispatched")
    assert (entry.payload["item"], entry.payload["due"]) == ("R1", "2026-11-23T16:00:00Z")
    duty = Task.objects.get(order=order, kind="catalogue_limit")
    assert Clock.objects.get(task=duty).due == shanghai("2026-11-24 00:00")
    # Answered, it is met; where the catalogue says no limit there is none, and none can be typed.
    base.do("clerk@heat", "share.signed", order.pk, nine)
    dispatch(base, other, nine, "R2", due="2026-11-19T09:00+08:00")
    dispatch(base, plain, nine, "", due="2026-11-19T09:00+08:00")
    assert not Task.objects.filter(order__in=[other, plain], kind="catalogue_limit").exists()
    assert list(verify()) == []


def test_s67_the_limit_of_a_row_lies_on_the_lead_s_clerk_until_the_unit_has_audited_its_reply(
    base: Cast, nine: datetime
) -> None:
    enacted(base, nine, row(base, "R1", "供暖温度", "heat", assists=["town"], limit="3 workdays"))
    order = base.register(nine, category=category(base, "供暖温度"))
    dispatch(base, order, nine, "R1", "heat", "town")
    duty = Task.objects.get(order=order, kind="catalogue_limit")
    assert (duty.unit_id, duty.post_role, duty.holder_id) == (
        base.units["heat"].pk,
        "clerk",
        base.staff["clerk@heat"].pk,
    )
    assert not duty.vacant, "it is the clerk's own, not in the place of a post that is not there"
    clock = Clock.objects.get(task=duty)
    assert (clock.warn_at, clock.due) == (shanghai("2026-11-21 00:00"), shanghai("2026-11-24 00:00"))
    lead = {"share": Share.objects.get(order=order, role="lead").pk}
    base.do("clerk@heat", "share.signed", order.pk, later(nine, minutes=5), **lead)
    base.do("clerk@heat", "share.contacted", order.pk, later(nine, minutes=9), text="已电话联系，约定上门。", **lead)
    replied(base, order, later(nine, hours=1), "heat", audited=False)
    duty.refresh_from_db()
    assert not duty.done_at
    base.do("hotline_deputy@heat", "share.unit_audited", order.pk, later(nine, hours=4), approved=True, **lead)
    duty.refresh_from_db()
    assert duty.done_at, "what the unit has answered is met"


def test_s65_what_the_usual_catalogue_rules_come_to(base: Cast, nine: datetime) -> None:
    rules = snapshot.of(base.centre.pk).pack(nine).catalogue
    assert (rules.stale, rules.look_back) == (Span(365, "day"), Span(92, "day"))
    enacted(base, nine, row(base, "R1", "供暖温度", "heat"))
    said = {"level": "R1", "text": "换热站产权已移交物业，不应由我单位办理。"}
    root = base.do("clerk@heat", "coordination.objected", None, nine, **said).order
    assert Proceeding.objects.get(pk=root).due_at == shanghai("2026-11-26 00:00")


def test_c26_nobody_dispatches_by_a_row_that_there_is_not(base: Cast, nine: datetime) -> None:
    enacted(base, nine, row(base, "R1", "供暖温度", "heat"))
    order = base.register(nine, category=category(base, "供暖温度"))
    for item, at in (("R9", nine), ("R1", later(nine, minutes=-1))):
        with pytest.raises(Refused) as caught:
            dispatch(base, order, at, item)
        assert "派单目录没有这一事项" in caught.value.problems["item"] or "早于" in str(caught.value)
    assert not Share.objects.filter(order=order).exists()
    dispatch(base, order, nine, "")


# --- how it is changed ------------------------------------------------------------------------------
def test_nothing_of_the_catalogue_is_written_over_and_a_draft_changes_nothing(base: Cast, nine: datetime) -> None:
    enacted(base, nine, row(base, "R1", "供暖温度", "heat"))
    batch = drafted(base, later(nine, hours=1), row(base, "R1", "供暖温度", "bureau"))
    day = later(nine, hours=2)
    assert [each.line.lead_id for each in proposed(base, day)] == [base.units["heat"].pk]
    batches.enact(batch, who(base, day), shanghai("2026-11-20 00:00"))
    # It holds from the day that was said, and what held before is still there for an act of before.
    for at, unit in ((day, "heat"), (shanghai("2026-11-19 23:59"), "heat"), (shanghai("2026-11-20 00:00"), "bureau")):
        assert [each.line.lead_id for each in proposed(base, at)] == [base.units[unit].pk], at
    kept = CatalogueRow.objects.filter(code="R1").order_by("version")
    assert [(line.version, line.lead_id) for line in kept] == [
        (1, base.units["heat"].pk),
        (2, base.units["bureau"].pk),
    ]
    lines = Journal.objects.filter(centre=base.centre, action="catalogue.enacted").order_by("number")
    assert [line.payload["rows"] for line in lines] == [1, 1]
    assert lines[1].payload["digest"] == batches.digest(batch.rows.all())


def test_a_row_that_is_taken_out_proposes_no_more_and_may_come_back(base: Cast, nine: datetime) -> None:
    enacted(base, nine, row(base, "R1", "供暖温度", "heat"))
    one, two = later(nine, hours=1), later(nine, hours=2)
    enacted(base, one, row(base, "R1", "供暖温度", "heat", removed=True))
    assert (codes(proposed(base, nine)), codes(proposed(base, one))) == (["R1"], [])
    enacted(base, two, row(base, "R1", "供暖温度", "heat"))
    assert codes(proposed(base, two)) == ["R1"]


def test_of_two_drafts_of_one_row_the_second_is_not_enacted_unseen(base: Cast, nine: datetime) -> None:
    enacted(base, nine, row(base, "R1", "供暖温度", "heat"))
    at = later(nine, hours=1)
    first = drafted(base, at, row(base, "R1", "供暖温度", "bureau"), row(base, "R5", "路灯", "bureau"))
    second = drafted(base, at, row(base, "R1", "供暖温度", "town"))
    third = drafted(base, at, row(base, "R5", "路灯", "town"))
    batches.enact(first, who(base, at), at)
    for batch in (second, third):
        with pytest.raises(Overtaken) as caught:
            batches.enact(batch, who(base, later(at, hours=1)), later(at, hours=1))
        assert [each.code for each in caught.value.rows] == [batch.rows.get().code]
    with pytest.raises(Overtaken):
        batches.enact(first, who(base, later(at, hours=1)), later(at, hours=1))
    with pytest.raises(Overtaken):
        batches.draft(first, [row(base, "R1", "供暖温度", "town")])
    assert proposed(base, later(at, hours=2))[0].line.lead_id == base.units["bureau"].pk


def test_what_says_what_is_in_force_already_is_no_change(base: Cast, nine: datetime) -> None:
    enacted(base, nine, row(base, "R1", "供暖温度", "heat"))
    batch = drafted(base, nine, row(base, "R1", "供暖温度", "heat"), row(base, "R2", "路灯", "town", removed=True))
    assert not batch.rows.exists()
    batches.draft(batch, [row(base, "R1", "供暖温度", "town")])
    batches.draft(batch, [row(base, "R1", "供暖温度", "heat")])  # set back again
    assert not batch.rows.exists()
    with pytest.raises(ValueError, match="没有改动任何条目"):
        batches.enact(batch, who(base, nine), nine)


def test_a_draft_says_which_orders_of_the_last_months_it_would_have_sent_elsewhere(
    base: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    enacted(base, later(nine, days=-40), row(base, "R1", "供暖温度", "heat"))
    about = category(base, "供暖温度")
    old = base.register(later(nine, days=-120), category=about)
    stayed, back = (base.register(later(nine, days=-3), category=about) for _ in range(2))
    lamp = base.register(later(nine, days=-3), category=category(base, "路灯"))
    for order, at in ((old, later(nine, days=-120)), *((each, later(nine, days=-3)) for each in (stayed, back, lamp))):
        base.dispatch(order, at, "heat")
    share = Share.objects.get(order=back)
    more = {"share": share.pk, "unit": base.units["bureau"].pk, "basis": "law", "reason": "属住建局职责。"}
    base.do("dispatcher", "share.reassigned", back.pk, later(nine, days=-2), **more)
    batch = drafted(base, nine, row(base, "R1", "供暖温度", "bureau"))
    directory = snapshot.of(base.centre.pk)
    found = compared.compare(directory, batch, nine, later(nine, days=-92), ())
    heat, bureau = base.units["heat"].pk, base.units["bureau"].pk
    assert found.looked == 2, "of the lamps the draft says nothing, and the old one is too old"
    assert {(one.number, one.went, one.now, one.then, one.returned) for one in found.moved} == {
        (stayed.number, (heat,), (heat,), (bureau,), False),
        (back.number, (heat,), (heat,), (bureau,), True),
    }
    assert found.came_back == 1
    # Of more than are looked at, it says how many were not.
    monkeypatch.setattr(compared, "MOST", 1)
    one = compared.compare(directory, batch, nine, later(nine, days=-92), ())
    assert (one.looked, one.older, [each.number for each in one.moved]) == (1, 1, [back.number])
    # What changes nothing of whom it goes to moves none.
    batch = drafted(base, nine, row(base, "R1", "供暖温度", "heat", limit="3 workdays"))
    assert compared.compare(directory, batch, nine, later(nine, days=-92), ()).moved == ()
