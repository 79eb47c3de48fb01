"""Jinan's command centres around the clock: each shift is handed to the next with what is urgent, and taken over."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, later, make_cast
from tests.desk.web import Site
from tests.proceedings.handovers import accepted, as_whom, handed, shifts
from tests.proceedings.stages import abouts, actions, clocks, differences, dispatched, fresh
from tests.rulebooks import stored

from lianxin.directory.models import Staff
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry, Notice
from lianxin.orders import succession
from lianxin.oversight import handovers, shift_holes
from lianxin.proceedings.models import Proceeding
from lianxin.rules.worktime import SHANGHAI


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast("jinan", "jinan-cg")


@pytest.fixture
def team(cast: Cast, nine: datetime) -> list[Staff]:
    """Who dispatches by night and by day: the first from nine to five."""
    return shifts(cast, nine)


def only() -> Proceeding:
    return Proceeding.objects.get(kind="handover")


def test_c27_the_shift_is_handed_over_with_the_open_urgent_orders_and_the_next_takes_it_over(
    cast: Cast, team: list[Staff], nine: datetime
) -> None:
    first, second = (dispatched(cast, later(nine, hours=n), "town", urgency="urgent") for n in (1, 2))
    plain = dispatched(cast, later(nine, hours=3), "town")
    handed(cast, team[0], later(nine, hours=7.8))
    root = only()
    assert [pk for role, what, pk in abouts(root) if what == "order"] == [first.pk, second.pk]
    assert plain.pk not in [pk for _, what, pk in abouts(root) if what == "order"]
    assert Notice.objects.filter(staff=team[1], proceeding=root).exists(), "the next is told"
    assert clocks(root)[0][0] == later(nine, hours=8.25)
    succession.follow_posts(later(nine, hours=8.01))
    assert fresh(root).owner_person_id == team[1].pk
    accepted(cast, team[1], root.pk, later(nine, hours=8.1))
    assert (fresh(root).state, clocks(root)[0][1]) == ("accepted", "met")
    assert handovers.look(later(nine, hours=9)) == 0, "nothing is owed"
    assert differences() == []


def test_c27_no_urgent_order_is_left_out_and_what_came_since_is_named_too(
    cast: Cast, team: list[Staff], nine: datetime
) -> None:
    first = dispatched(cast, later(nine, hours=1), "town", urgency="urgent")
    handed(cast, team[0], later(nine, hours=2), orders=[], urgent="无", people=[], due=later(nine, days=9))
    root = only()
    told = Entry.objects.get(proceeding=root, number=1).payload
    assert (told["orders"], told["urgent"]) == ([first.pk], f"1 件：{first.number}")
    assert clocks(root)[0][0] == later(nine, hours=8.25), "nor is the time his to set"
    since = dispatched(cast, later(nine, hours=3), "town", urgency="urgent")
    accepted(cast, team[1], root.pk, later(nine, hours=8.1), orders=[], urgent="无")
    told = Entry.objects.get(proceeding=root, action="handover.accepted").payload
    assert told["orders"] == [since.pk], "handed over hours too early, it hides nothing"
    assert differences() == []


def test_c27_nobody_takes_over_from_himself_nor_before_the_change_nor_off_duty(
    cast: Cast, team: list[Staff], nine: datetime
) -> None:
    lead = shifts(cast, nine, "supervisor", "leads")[1]
    handed(cast, team[0], later(nine, hours=7.8))
    root, then = only(), later(nine, hours=8.1)
    assert [pk for _, what, pk in abouts(root) if what == "person"] == [team[1].pk], "the next alone is called"
    with pytest.raises(Refused, match="由在班人员（dispatcher乙）接班"):
        accepted(cast, lead, root.pk, then, post="supervisor")
    with pytest.raises(Refused, match="不能由交班人自己接班"):
        accepted(cast, team[0], root.pk, then)
    with pytest.raises(Refused, match="17:00换班"):
        accepted(cast, team[1], root.pk, later(nine, hours=7.9))
    off_duty = cast.staff["dispatcher"]
    with pytest.raises(Refused, match="由在班人员（dispatcher乙）接班"):
        accepted(cast, off_duty, root.pk, then)
    with pytest.raises(Refused, match="不在这个岗位"):
        accepted(cast, cast.staff["supervisor"], root.pk, then, post="supervisor")
    with pytest.raises(Refused, match="不在班表的班次上"):
        handed(cast, off_duty, later(nine, hours=9))
    with pytest.raises(Refused, match="已经交班"):
        handed(cast, team[0], later(nine, hours=7.9))
    assert fresh(root).state == "handed"
    accepted(cast, team[1], root.pk, then)


def test_c27_what_is_not_taken_over_in_time_is_the_supervisors(cast: Cast, team: list[Staff], nine: datetime) -> None:
    handed(cast, team[0], later(nine, hours=7.8))
    assert handovers.look(later(nine, hours=8.2)) == 0
    assert handovers.look(later(nine, hours=8.25)) == 1
    root = only()
    assert (root.state, root.owner_person_id) == ("late", cast.staff["supervisor"].pk)
    assert Notice.objects.filter(staff=cast.staff["supervisor"], proceeding=root).exists()
    assert handovers.look(later(nine, hours=8.3)) == 0, "once"
    accepted(cast, team[1], root.pk, later(nine, hours=8.5))
    assert actions(root)[-2:] == ["handover.lapsed", "handover.accepted"]
    assert differences() == []


def test_c27_a_shift_that_nobody_hands_over_is_the_supervisors_with_its_urgent_orders(
    cast: Cast, team: list[Staff], nine: datetime
) -> None:
    order = dispatched(cast, later(nine, hours=1), "town", urgency="urgent")
    assert handovers.look(later(nine, hours=8.2)) == 0
    assert handovers.look(later(nine, hours=8.3)) == 1
    root = only()
    assert (root.state, root.owner_person_id) == ("late", cast.staff["supervisor"].pk)
    assert ("subject", "order", order.pk) in abouts(root)
    assert handovers.look(later(nine, hours=10)) == 0, "told once"
    accepted(cast, team[1], root.pk, later(nine, hours=10))
    assert differences() == []


def test_c27_what_is_told_is_known_without_asking_once_a_post(cast: Cast, team: list[Staff], nine: datetime) -> None:
    past = later(nine, hours=8.3)
    assert handovers.look(past) == 1
    with CaptureQueriesContext(connection) as one:
        assert handovers.look(past) == 0
    for post in ("supervisor", "callback", "auditor"):
        shifts(cast, nine, post)
    assert handovers.look(past) == 3
    with CaptureQueriesContext(connection) as many:
        assert handovers.look(past) == 0
    assert len(many) == len(one)


def test_c27_a_supervisor_does_not_settle_what_he_has_handed_over_himself(cast: Cast, nine: datetime) -> None:
    leads = shifts(cast, nine, "supervisor", "leads")
    handed(cast, leads[0], later(nine, hours=7.9), "supervisor")
    assert handovers.look(later(nine, hours=8.3)) == 1
    said = {"reason": "接班人途中堵车，已电话交接。"}

    def settled(who: Staff) -> None:
        record(Act("handover.settled", as_whom(cast, who, "supervisor"), later(nine, hours=9), said, order=only().pk))

    with pytest.raises(Refused, match="自己交的班"):
        settled(leads[0])
    settled(leads[1])
    assert only().state == "settled"


def test_c27_of_a_unit_s_command_centre_what_it_has_itself(cast: Cast, nine: datetime) -> None:
    own = dispatched(cast, nine, "town", urgency="urgent")
    dispatched(cast, nine, "bureau", urgency="urgent")
    team = shifts(cast, nine, "clerk@town", "leads")
    handed(cast, team[0], later(nine, hours=7), "clerk@town")
    root = only()
    assert [pk for _, what, pk in abouts(root) if what == "order"] == [own.pk]
    succession.follow_posts(later(nine, hours=8.1))
    assert (fresh(root).owner_unit_id, fresh(root).owner_person_id) == (cast.units["town"].pk, team[1].pk)
    with pytest.raises(Refused):
        accepted(cast, cast.staff["clerk@bureau"], root.pk, later(nine, hours=8.1), "clerk@bureau")
    accepted(cast, team[1], root.pk, later(nine, hours=8.1), "clerk@town")


def test_c27_which_rosters_and_how_long_is_the_rule_books_word(cast: Cast, nine: datetime) -> None:
    shifts(cast, nine, "clerk@town", "rapid")
    assert handovers.look(later(nine, hours=8.5)) == 0, "of a team that is called out nothing is asked"
    stored(cast, "longer", shifts={"handed_over": ["rapid"], "accepted": "60 minutes"})
    assert handovers.look(later(nine, hours=8.9)) == 0
    assert handovers.look(later(nine, hours=9.1)) == 1


# --- C24: holes -------------------------------------------------------------------------------
def test_c24_a_hole_lies_with_the_duty_lead_of_its_own_unit(cast: Cast, nine: datetime) -> None:
    rapid = shifts(cast, nine, "clerk@town", "rapid")
    leads = shifts(cast, nine, "principal@town", "leads")
    other = shifts(cast, nine, "clerk@heat", "rapid")
    rapid[1].shifts.filter(start=later(nine, hours=8)).update(withdrawn=True)
    other[1].shifts.filter(start=later(nine, hours=8)).update(withdrawn=True)
    assert shift_holes.look(later(nine, hours=1)) == 2
    own, elsewhere = Proceeding.objects.filter(kind="shift_hole").order_by("owner_unit")[::-1]
    assert (own.owner_unit_id, own.owner_person_id) == (cast.units["town"].pk, leads[0].pk)
    assert elsewhere.owner_person_id == cast.staff["supervisor"].pk, "that unit has no duty lead"
    assert Notice.objects.filter(staff=leads[0], proceeding=own).exists()
    succession.follow_posts(later(nine, hours=8.1))
    assert fresh(own).owner_person_id == leads[1].pk
    said = {"reason": "已通知二队队员顶班。"}
    lead = as_whom(cast, leads[1], "principal@town")
    record(Act("shift_hole.noted", lead, later(nine, hours=8.1), said, order=own.pk))
    with pytest.raises(Refused):
        record(Act("shift_hole.noted", lead, later(nine, hours=8.1), said, order=elsewhere.pk))
    assert differences() == []


def test_c24_what_the_administrator_withdraws_is_told_at_once_and_nothing_past_is_rewritten(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    site, page, now = Site(cast), "/admin/directory/shift/", timezone.now()
    Staff.objects.filter(pk=cast.staff["admin"].pk).update(is_staff=True)
    team = shifts(cast, later(now, days=-1))
    over, to_come = (team[0].shifts.filter(**{f"start__{way}": now}).earliest("start") for way in ("lt", "gt"))
    asked = {"action": "withdraw", "_selected_action": [over.pk, to_come.pk]}
    with django_capture_on_commit_callbacks(execute=True):
        said = site.at("admin").post(page, asked, follow=True).content.decode()
    assert "已经值完" in said
    assert "没有人值班，请补排" in said
    over.refresh_from_db()
    assert not over.withdrawn
    hole = Proceeding.objects.get(kind="shift_hole")
    assert hole.due_at == to_come.start
    # Nor is a shift of a roster in force changed or deleted, or one added for what is past.
    assert site.at("admin").post(f"{page}{to_come.pk}/change/", {}).status_code == 403
    assert site.at("admin").post(f"{page}{to_come.pk}/delete/", {"post": "yes"}).status_code == 403
    new = {"roster": to_come.roster_id, "staff": cast.staff["dispatcher:b"].pk, "team": ""}
    new |= moments("start", over.start) | moments("until", over.until)
    assert "不能补排" in site.at("admin").post(f"{page}add/", new).content.decode()
    new |= moments("start", to_come.start) | moments("until", to_come.until)
    with django_capture_on_commit_callbacks(execute=True):
        assert site.at("admin").post(f"{page}add/", new).status_code == 302
    assert fresh(hole).state == "filled", "filled, it has ended at once too"


def moments(name: str, at: datetime) -> dict[str, str]:
    """As the administration asks for an instant."""
    local = at.astimezone(SHANGHAI)
    return {f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M:%S}"}


def test_the_way_that_a_proceeding_took_is_shown_and_not_what_never_befell_it(
    cast: Cast, team: list[Staff], nine: datetime
) -> None:
    def way() -> list[str]:
        page = Site(cast).get("supervisor", f"/proceedings/{only().number}/").content.decode()
        shown = page.partition('<ol class="lx-path"')[2].partition("</ol>")[0]
        return re.findall(r"<li[^>]*>([^<]+)</li>", shown)

    handed(cast, team[0], later(nine, hours=7.8))
    assert way() == ["待接班", "已接班"]
    assert handovers.look(later(nine, hours=8.25)) == 1
    assert way() == ["待接班", "未按时交接班", "已接班"]
    root = only()
    said = {"reason": "接班人迟到，已批评。"}
    record(Act("handover.settled", cast.actor("supervisor"), later(nine, hours=9), said, order=root.pk))
    assert way() == ["待接班", "未按时交接班", "已处理"]
