"""交接 and 重算时限 on a page: what they touch is shown first, and only what was shown is done."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from tests.cast import CENTRE_POSTS, UNIT_POSTS, Cast, make_cast
from tests.desk.web import Site, said
from tests.orders.stages import REASON, reach

from lianxin.directory import snapshot
from lianxin.directory.models import Holiday, Staff
from lianxin.directory.roles import Role
from lianxin.dispatch import handover
from lianxin.ledger.models import Clock, Entry, Journal
from lianxin.ledger.verify import verify
from lianxin.orders import recounting
from lianxin.orders.models import Order, Share


@pytest.fixture
def lately() -> datetime:
    return timezone.now() - timedelta(days=2)


def named(site: Site, who: str) -> str:
    """A person as the picker calls him."""
    person = site.cast.staff[who]
    (name,) = site.get("dispatcher", "/pick/leaver/", data={"q": person.name}).json()["names"]
    return str(name)


def mark_of(page: Any) -> str:
    found = re.search(r'name="mark" value="([0-9a-f]{64})"', page.content.decode())
    assert found, said(page)
    return found[1]


def persons(site: Site, to: str = "hotline_deputy@town") -> dict[str, str]:
    return {"what": "person", "of": named(site, "clerk@town"), "to": named(site, to)}


def units(site: Site) -> dict[str, str]:
    names = {code: unit.name for code, unit in site.cast.units.items()}
    return {"what": "unit", "of": names["town"], "to": names["heat"], "basis": "duty_list", "reason": REASON}


RIGHTS = {
    **dict.fromkeys([*CENTRE_POSTS, *(f"{role}@heat" for role in UNIT_POSTS)], 403),
    **dict.fromkeys(["admin", "dispatcher", "supervisor", "hotline_deputy@heat", "principal@heat"], 200),
}


@pytest.mark.parametrize("who", RIGHTS)
def test_who_may_open_it(site: Site, who: str) -> None:
    assert site.get(who, "/handover/").status_code == RIGHTS[who]
    assert site.get(who, "/pick/leaver/").status_code == (200 if RIGHTS[who] == 200 else 404)
    assert site.get(who, "/recount/").status_code == (200 if who == "admin" else 403)
    assert site.at(who).post("/handover/", {"what": "person"}).status_code == (422 if RIGHTS[who] == 200 else 403)
    if who != "admin":
        assert site.at(who).post("/recount/", {}).status_code == 403
    linked = "/handover/" in site.get(who, "/me/").content.decode()
    assert linked == (RIGHTS[who] == 200)


def test_a_stranger_is_asked_to_sign_in(site: Site) -> None:
    assert Client().get("/handover/").status_code == Client().post("/recount/").status_code == 302


def test_a_person_hands_over_in_one_step_that_says_what_it_touches(site: Site, base: Cast, lately: datetime) -> None:
    plain, _ = reach(base, "signed", lately)
    asked, _ = reach(base, "extension_filed", lately)
    about = persons(site)
    page = site.get("admin", "/handover/", data=about)
    text = page.content.decode()
    assert page.status_code == 200, said(page)
    assert all(number in text for number in (plain.number, asked.number))
    assert plain.appeal.title not in text, "an administrator sees no order"
    assert "2 件未办结的承办件" in text
    assert "待审定的申请 1 项、待答复的询问 0 项、约定的回访 0 件" in text
    assert set(Share.objects.values_list("holder", flat=True)) == {base.staff["clerk@town"].pk}
    done = site.at("admin").post("/handover/", about | {"mark": mark_of(page)})
    assert done.status_code == 302
    assert "2 件工单已移交" in site.get("admin", done["Location"]).content.decode()
    assert set(Share.objects.values_list("holder", flat=True)) == {base.staff["hotline_deputy@town"].pk}
    line = Journal.objects.get(action="work.handed_over")
    assert (line.staff_id, line.payload["orders"]) == (base.staff["admin"].pk, 2)
    # Sent once more: nothing is left, nothing is done.
    entries = Entry.objects.count()
    again = site.at("admin").post("/handover/", about | {"mark": mark_of(page)})
    assert (again.status_code, Entry.objects.count()) == (409, entries)
    assert "没有再移交" in again.content.decode()
    assert list(verify()) == []


def test_the_dispatcher_sees_titles_and_the_lead_only_his_own_people(site: Site, base: Cast, lately: datetime) -> None:
    order, _ = reach(base, "signed", lately)
    about = persons(site)
    assert order.appeal.title in site.get("dispatcher", "/handover/", data=about).content.decode()
    assert site.get("principal@town", "/handover/", data=about).status_code == 200
    strange = site.get("principal@heat", "/handover/", data=about)
    assert (strange.status_code, order.number in strange.content.decode()) == (422, False)
    mark = mark_of(site.get("principal@town", "/handover/", data=about))
    assert site.at("principal@heat").post("/handover/", about | {"mark": mark}).status_code == 422
    assert Share.objects.get().holder == base.staff["clerk@town"]
    for kind, status in (("leaver", 200), ("heir", 200), ("closing", 404)):
        answer = site.get("principal@heat", f"/pick/{kind}/")
        assert answer.status_code == status
        if status == 200:
            people = {base.staff[f"{role}@heat{side}"].name for role in UNIT_POSTS for side in ("", ":b")}
            assert {re.split("（", name)[0] for name in answer.json()["names"]} <= people
    assert site.get("principal@town", "/handover/?what=unit").status_code == 404
    assert site.at("principal@town").post("/handover/", about | {"mark": mark}).status_code == 302
    assert Share.objects.get().holder == base.staff["hotline_deputy@town"]


@pytest.mark.parametrize("what", ["person", "unit"])
def test_what_changed_meanwhile_is_told_and_nothing_is_done(
    site: Site, base: Cast, lately: datetime, what: str
) -> None:
    reach(base, "signed", lately)
    about = persons(site) if what == "person" else units(site)
    mark = mark_of(site.get("dispatcher", "/handover/", data=about))
    later_one, _ = reach(base, "signed", lately)
    before = Entry.objects.count()
    answer = site.at("dispatcher").post("/handover/", about | {"mark": mark})
    assert (answer.status_code, Entry.objects.count()) == (409, before)
    assert "情况有变，没有移交" in answer.content.decode()
    assert later_one.number in answer.content.decode(), "what is so now is shown"
    assert site.at("dispatcher").post("/handover/", about | {"mark": mark_of(answer)}).status_code == 302
    assert Entry.objects.count() == before + 2


def test_a_petition_that_came_meanwhile_is_a_change_too(site: Site, base: Cast, lately: datetime) -> None:
    order, at = reach(base, "signed", lately)
    about = units(site)
    mark = mark_of(site.get("dispatcher", "/handover/", data=about))
    base.do("clerk@town", "extension.filed", order.pk, at, workdays=1, reason=REASON)
    assert site.at("dispatcher").post("/handover/", about | {"mark": mark}).status_code == 409
    assert Share.objects.get().unit == base.units["town"]


def test_a_unit_is_confirmed_by_who_may_reassign(site: Site, base: Cast, lately: datetime) -> None:
    order, _ = reach(base, "signed", lately)
    base.units["town"].active = False
    base.units["town"].save()
    about = units(site)
    page = site.get("admin", "/handover/", data=about)
    assert order.number in page.content.decode()
    assert "派单员或督办员" in page.content.decode()
    mark = mark_of(site.get("supervisor", "/handover/", data=about))
    assert site.at("admin").post("/handover/", about | {"mark": mark}).status_code == 403
    assert Share.objects.get().unit == base.units["town"]
    assert site.at("supervisor").post("/handover/", about | {"mark": mark}).status_code == 302
    assert Share.objects.get(ended_at=None).unit == base.units["heat"]
    assert list(verify()) == []


def test_what_cannot_go_says_why_and_stays(site: Site, base: Cast, lately: datetime) -> None:
    reach(base, "signed", lately)
    about = persons(site, to="clerk@heat")
    page = site.get("dispatcher", "/handover/", data=about).content.decode()
    assert handover.NOT_THERE in page
    assert 'name="mark"' not in page


def test_what_stands_with_a_post_is_told_and_follows_the_post(site: Site, base: Cast, lately: datetime) -> None:
    base.register(lately)
    about = {"what": "person", "of": named(site, "dispatcher"), "to": ""}
    page = site.get("admin", "/handover/", data=about).content.decode()
    assert "另有 1 件工单由其岗位负责" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": "person"},
        {"what": "person", "of": "查无此人", "to": "\x00"},
        {"what": "unit", "of": "查无此单位"},
        {"what": "unit", "of": "x" * 5000, "basis": "none", "reason": "\x00"},
    ],
)
def test_nonsense_gets_a_sentence(site: Site, wrong: dict[str, str]) -> None:
    for answer in (
        site.get("dispatcher", "/handover/", data=wrong | {"to": wrong.get("to", "也没有")}),
        site.at("dispatcher").post("/handover/", wrong),
    ):
        assert answer.status_code == 422
        assert "lx-err-msg" in answer.content.decode()
    assert site.get("dispatcher", "/handover/?what=planet").status_code == 404


def test_a_unit_does_not_take_over_from_itself(site: Site) -> None:
    about = units(site)
    answer = site.get("dispatcher", "/handover/", data=about | {"to": about["of"]})
    assert (answer.status_code, "不能是移出的单位本身" in answer.content.decode()) == (422, True)


def test_a_long_list_is_paged_and_costs_the_same(
    site: Site, base: Cast, lately: datetime, django_assert_max_num_queries: Any
) -> None:
    about = persons(site)
    for _ in range(60):
        reach(base, "signed", lately)
    with django_assert_max_num_queries(24):
        page = site.get("dispatcher", "/handover/", data=about).content.decode()
    assert ("60 件未办结的承办件" in page, page.count("data-row")) == (True, 50)
    second = site.get("dispatcher", "/handover/", data=about | {"page": "2"}).content.decode()
    assert second.count("data-row") == 10


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_hand_over_once() -> None:
    cast = make_cast("chenghe", "base")
    lately = timezone.now() - timedelta(days=2)
    for _ in range(3):
        reach(cast, "signed", lately)
    person, to = cast.staff["clerk@town"].pk, cast.staff["hotline_deputy@town"].pk
    directory, actor = snapshot.of(cast.centre.pk), cast.actor("admin")

    def make() -> handover.Plan:
        return handover.of_person(directory, person, to, lately)

    mark, results = make().mark, []
    start = threading.Barrier(2)

    def click() -> None:
        start.wait()
        try:
            results.append(handover.take_shown(make, mark, actor, timezone.now()).orders)
        except handover.Changed:
            results.append(0)
        finally:
            connections.close_all()

    both = [threading.Thread(target=click) for _ in range(2)]
    [t.start() for t in both]
    [t.join() for t in both]
    assert sorted(results) == [0, 3]
    assert Entry.objects.filter(action="order.handed_over").count() == 3


# --- recount ---------------------------------------------------------------------------------
def holiday(base: Cast, days: int = 5) -> None:
    """Days off, right where the running clocks end."""
    for n in range(1, days + 1):
        day = timezone.localdate() + timedelta(days=n)
        Holiday.objects.update_or_create(centre=base.centre, day=day, defaults={"is_workday": False, "name": "停电"})


def test_the_days_off_have_changed(site: Site, base: Cast) -> None:
    order, _ = reach(base, "signed", timezone.now())
    empty = site.get("admin", "/recount/").content.decode()
    assert ("都与现行放假安排相符" in empty, 'name="mark"' in empty) == (True, False)
    holiday(base)
    lines = list(recounting.moved(base.centre.pk))
    assert lines
    page = site.get("admin", "/recount/")
    assert f"{len(lines)} 个时限与现行放假安排不符，涉及 1 件工单" in page.content.decode()
    assert order.number in page.content.decode()
    before = Entry.objects.count()
    unseen = site.at("admin").post("/recount/", {"mark": "0" * 64})
    assert (unseen.status_code, Entry.objects.count()) == (409, before)
    assert site.at("admin").post("/recount/", {"mark": mark_of(page)}).status_code == 302
    assert {c.due for c in Clock.objects.filter(pk__in=[line.clock for line in lines])} == {
        line.new_due for line in lines
    }
    assert Journal.objects.get(action="clocks.recounted").staff_id == base.staff["admin"].pk
    again = site.at("admin").post("/recount/", {"mark": mark_of(page)})
    assert (again.status_code, Entry.objects.count()) == (409, before + 1)
    assert list(verify()) == []


def test_what_moved_meanwhile_is_told_before_it_is_done(site: Site, base: Cast) -> None:
    reach(base, "signed", timezone.now())
    holiday(base)
    mark = mark_of(site.get("admin", "/recount/"))
    holiday(base, 8)
    before = Entry.objects.count()
    answer = site.at("admin").post("/recount/", {"mark": mark})
    assert (answer.status_code, Entry.objects.count()) == (409, before)
    assert "情况有变，没有调整" in answer.content.decode()


def test_the_page_of_holidays_leads_there(site: Site, base: Cast) -> None:
    Staff.objects.filter(pk=base.staff["admin"].pk).update(is_staff=True)
    assert base.posts["admin"].role == Role.ADMIN
    listed = site.get("admin", "/admin/directory/holiday/").content.decode()
    assert 'href="/recount/"' in listed
    day = timezone.localdate() + timedelta(days=3)
    new = {"centre": base.centre.pk, "day": day.isoformat(), "is_workday": "", "name": "停电"}
    answer = site.at("admin").post("/admin/directory/holiday/add/", new, follow=True)
    assert "重算时限" in answer.content.decode()
    assert "正在计时的时限不会自己改变" in answer.content.decode()
    for table in ("staff", "unit"):
        assert "/handover/?what=" in site.get("admin", f"/admin/directory/{table}/").content.decode()


def test_an_order_of_another_centre_is_never_touched(site: Site, base: Cast, lately: datetime) -> None:
    other = make_cast("elsewhere", "base")
    order, _ = reach(other, "signed", lately)
    answer = site.get("dispatcher", "/pick/leaver/", data={"q": other.staff["clerk@town"].name}).json()["names"]
    assert not any(other.staff["clerk@town"].username in name for name in answer)
    assert Order.objects.get(pk=order.pk).centre == other.centre
