"""班表: a week of the rosters in force, each unit its own, holes with the matter that they became."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook
from tests.cast import later, make_cast, shanghai
from tests.desk.web import Site
from tests.proceedings.handovers import shifts

from lianxin.desk.holidays import limits
from lianxin.directory.models import Absence, Roster, Shift, Staff
from lianxin.ledger.models import Journal
from lianxin.oversight import shift_holes
from lianxin.proceedings.models import Proceeding
from lianxin.rules import policy
from lianxin.rules.worktime import Span

MONDAY = shanghai("2026-11-23 08:00")


@pytest.fixture
def site(db: None) -> Site:
    return Site(make_cast("jinan", "jinan-cg"))


@pytest.fixture
def team(site: Site) -> list[Staff]:
    return shifts(site.cast, MONDAY, days=7)


def text(answer: object) -> str:
    """What stands on the page, without its marks."""
    body = re.sub(r"<script.*?</script>", "", answer.content.decode(), flags=re.S)  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_a_week_says_who_is_on_duty_for_which_post_on_which_day(site: Site, team: list[Staff]) -> None:
    page = site.get("supervisor", "/shifts/")
    assert page.status_code == 200
    words = text(page)
    assert "08:00—16:00 dispatcher甲 16:00—24:00 dispatcher乙" in words
    assert "11-26 周四 今天" in words
    assert "dispatchers" not in words
    assert 'href="?week=2026-W47"' in page.content.decode()
    assert 'href="?week=2026-W49"' in page.content.decode()
    assert "没有生效的班表" in text(site.get("supervisor", "/shifts/?week=2026-W52")), "weeks to come are there too"
    wrong = site.get("supervisor", "/shifts/?week=nonsense")
    assert wrong.status_code == 200
    assert "周次应写作" in text(wrong)


def test_each_person_sees_his_own_shifts_first(site: Site, team: list[Staff]) -> None:
    site.cast.staff["team"] = team[0]
    words = text(site.get("team", "/shifts/"))
    mine = words[words.index("我的班次") : words.index("岗位", words.index("我的班次"))]
    assert "11-23 周一" in mine
    assert "08:00—16:00" in mine
    assert "没有您的班次" in text(site.get("agent", "/shifts/"))


def test_a_hole_is_marked_and_leads_to_what_it_became(site: Site, team: list[Staff]) -> None:
    torn = Shift.objects.filter(staff=team[1], start__gt=timezone.now()).earliest("start")
    Shift.objects.filter(pk=torn.pk).update(withdrawn=True)
    assert "无人值班" in text(site.get("supervisor", "/shifts/"))
    shift_holes.look(timezone.now())
    number = Proceeding.objects.get(kind="shift_hole").number
    page = site.get("supervisor", "/shifts/").content.decode()
    assert f'<a href="/proceedings/{number}/">无人值班</a>' in page
    Absence.objects.create(staff=team[0], start=torn.until, end=torn.until + timedelta(hours=8))
    assert "dispatcher甲已离岗" in text(site.get("supervisor", "/shifts/"))


def test_a_unit_sees_its_own_rosters_alone(site: Site, team: list[Staff]) -> None:
    shifts(site.cast, MONDAY, "clerk@town", "leads", days=7)
    assert "clerk@town甲" in text(site.get("clerk@town", "/shifts/"))
    assert "dispatcher甲" not in text(site.get("clerk@town", "/shifts/"))
    assert "clerk@town甲" not in text(site.get("clerk@heat", "/shifts/"))
    assert "clerk@town甲" in text(site.get("leader", "/shifts/"))


def test_shifts_of_a_team_over_midnight_and_of_whole_days_stand_where_one_looks(site: Site, team: list[Staff]) -> None:
    cast = site.cast
    about = {"centre": cast.centre, "post": cast.posts["agent"], "kind": "agents", "state": "in_force"}
    start = shanghai("2026-11-22 22:00")
    roster = Roster.objects.create(**about, start=start, until=later(start, days=7))
    for who in ("agent", "agent:b"):
        whose = {"roster": roster, "staff": cast.staff[who]}
        Shift.objects.create(**whose, team="一队", start=start, until=later(start, hours=8))
    Shift.objects.create(**whose, start=later(start, hours=50), until=later(start, days=4))
    Shift.objects.create(**whose, team="二队", start=later(start, hours=24), until=later(start, hours=32))
    words = text(site.get("supervisor", "/shifts/"))
    names = "、".join(cast.staff[who].name for who in ("agent", "agent:b"))
    assert f"11-22 22:00—06:00 一队：{names}" in words
    assert "全天" in words
    assert (words.count("22:00—次日06:00 二队"), words.count("二队")) == (1, 1), "on the day on which it begins alone"


def test_the_week_is_taken_as_a_sheet_and_that_is_noted(site: Site, team: list[Staff]) -> None:
    answer = site.get("supervisor", "/shifts/sheet.xlsx?week=2026-W48")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert sheet.cell(2, 3).value == "08:00—16:00 dispatcher甲 dispatcher甲\n16:00—24:00 dispatcher乙 dispatcher乙"
    noted = Journal.objects.get(action="shifts.exported")
    who = site.cast.staff["supervisor"].pk
    assert (noted.staff_id, noted.payload["view"], noted.payload["rows"]) == (who, "2026-W48", 1)
    assert site.get("clerk@town", "/shifts/sheet.xlsx").status_code == 403
    assert Journal.objects.filter(action="shifts.exported").count() == 1


def test_it_takes_few_queries_however_many_rosters(site: Site, team: list[Staff]) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert site.get("supervisor", "/shifts/").status_code == 200
        return len(queries)

    site.get("supervisor", "/shifts/")
    few = count()
    for post in ("agent", "auditor", "callback", "clerk@town", "clerk@heat"):
        shifts(site.cast, MONDAY, post, "agents", days=7)
    Shift.objects.filter(staff=team[1]).update(withdrawn=True)
    shift_holes.look(timezone.now())
    site.get("supervisor", "/shifts/")
    assert count() <= few + 1, "one more where there are holes"
    assert few <= 20


# --- holidays ---------------------------------------------------------------------------------
def test_the_holiday_sheet_says_who_is_on_duty_who_stands_in_and_by_which_telephone(site: Site) -> None:
    cast = site.cast
    Staff.objects.filter(pk=cast.staff["clerk@town"].pk).update(phone="0531-7212345")
    words = text(site.get("leader", "/shifts/holidays/"))
    assert "元旦 1月1日至3日" in words
    clerk, second = (cast.staff[f"clerk@town{side}"].name for side in ("", ":b"))
    assert f"大店镇 {clerk} 0531-7212345" in words
    assert f"替班 {second} （未登记电话）" in words
    assert "整个假期没有人值班" not in words
    for who in ("clerk", "hotline_deputy", "principal"):
        for side in ("", ":b"):
            away = {"start": shanghai("2026-12-31 18:00"), "end": shanghai("2027-01-02 09:00")}
            Absence.objects.create(staff=cast.staff[f"{who}@town{side}"], **away)
    assert "整个假期没有人值班" in text(site.get("leader", "/shifts/holidays/"))
    own = text(site.get("clerk@heat", "/shifts/holidays/"))
    assert "热力公司" in own
    assert "大店镇" not in own, "a unit sees its own line"


def test_the_holiday_sheet_goes_by_the_rosters_and_shows_their_gaps(site: Site) -> None:
    team = shifts(site.cast, shanghai("2026-12-30 08:00"), "clerk@town", "leads", days=10)
    Shift.objects.filter(pk=team[1].shifts.filter(start__gt=shanghai("2027-01-01 00:00")).earliest("start").pk).update(
        withdrawn=True
    )
    words = text(site.get("leader", "/shifts/holidays/"))
    assert "clerk@town甲" in words
    assert "2027年01月01日 16:00 至 2027年01月02日 00:00 没有人值班" in words
    sheet = load_workbook(io.BytesIO(site.get("leader", "/shifts/holidays/sheet.xlsx").content)).active
    assert sheet is not None
    assert "没有人值班" in {row[0].value: row[3].value for row in sheet.iter_rows(min_row=2)}["大店镇"]


def test_the_holiday_sheet_says_which_limits_run_by_the_rule_book(site: Site) -> None:
    words = text(site.get("leader", "/shifts/holidays/"))
    runs, stands = words.index("照常计算"), words.index("暂停计算")
    assert "60分钟到场（60分钟）" in words[runs:stands], "C44 is of the clock"
    assert "个工作日）" in words[stands:]
    assert "个工作日）" not in words[runs:stands]
    with CaptureQueriesContext(connection) as queries:
        site.get("leader", "/shifts/holidays/")
    assert len(queries) <= 20


def test_a_limit_of_office_hours_stands_still_on_a_holiday() -> None:
    pack = policy.load(policy.POLICIES / "jinan-cg.toml")
    on_spot = next(clock for clock in pack.clocks if clock.id == "C44")
    assert isinstance(on_spot.allow, Span)
    in_office = on_spot.model_copy(update={"allow": replace(on_spot.allow, office=True)})
    for clock, lengths in ((on_spot, (1, 0)), (in_office, (0, 1))):
        running, still = limits(pack.model_copy(update={"clocks": (clock,), "tasks": ()}))
        assert (len(running), len(still)) == lengths
