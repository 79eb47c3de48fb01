"""Shifts drawn up in bulk: from a sheet, with what is wrong by row, and from teams that take turns."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.test import Client

from lianxin.directory import rosters
from lianxin.directory.models import Absence, Post, Roster, Shift, Staff
from lianxin.directory.sheets import Shifts
from lianxin.rules.worktime import SHANGHAI

from .conftest import World
from .test_rosters import EIGHT, START, drawn, people
from .test_sheets import said, xlsx

HEAD = ("岗位", "班组", "人员用户名", "上班时间", "下班时间")
POST = "jia-town 甲地热线岗"


def draft(here: World, days: int = 1) -> Roster:
    about = {"centre": here.centre, "post": here.post, "kind": "dispatchers", "start": START}
    return Roster.objects.create(**about, until=START + timedelta(days=days))


def times(first: int, last: int) -> tuple[str, str]:
    """From hour to hour of the roster, as people write them."""
    at = (START + timedelta(hours=hours) for hours in (first, last))
    begin, end = (f"{time.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" for time in at)
    return begin, end


def test_a_sheet_brings_shifts_in_and_twice_changes_nothing(here: World) -> None:
    one, two = people(here, "one", "two")
    roster = draft(here)
    rows = [(POST, "甲班", one.username, *times(0, 12)), (f"{POST}（经办人）", "乙班", two.username, *times(12, 24))]
    outcome = Shifts(here.centre).load(xlsx(HEAD, *rows))
    assert said(outcome) == []
    assert str(outcome) == "已新增 2 条，修改 0 条，0 条不变。"
    assert [(shift.roster, shift.staff, shift.team) for shift in Shift.objects.all()] == [
        (roster, one, "甲班"),
        (roster, two, "乙班"),
    ]
    again = Shifts(here.centre)
    assert str(again.load(io.BytesIO(again.export()))) == "已新增 0 条，修改 0 条，2 条不变。"
    # A draft is still changed; one in force is not, and takes what is to come alone.
    rows[0] = (POST, "丙班", one.username, *times(0, 12))
    assert str(Shifts(here.centre).load(xlsx(HEAD, *rows))) == "已新增 0 条，修改 1 条，1 条不变。"
    rosters.enact(roster)
    rows[0] = (POST, "丁班", one.username, *times(0, 12))
    assert said(Shifts(here.centre).load(xlsx(HEAD, *rows))) == [
        "第 2 行“上班时间”：班表已生效，班次只能新增或者撤下，不能改。"
    ]
    late = (POST, "", here.clerk.username, *times(0, 12))
    assert "不能补排已经过去的班次" in said(Shifts(here.centre).load(xlsx(HEAD, late)))[0]
    assert set(Shift.objects.values_list("team", flat=True)) == {"丙班", "乙班"}


def test_a_draft_of_the_same_time_takes_the_shifts_before_the_roster_in_force(here: World) -> None:
    one, two = people(here, "one", "two")
    in_force = draft(here)
    rosters.rotate(in_force, [("甲班", [one.pk])], EIGHT)
    rosters.enact(in_force)
    to_be = draft(here)
    assert said(Shifts(here.centre).load(xlsx(HEAD, (POST, "", two.username, *times(0, 8))))) == []
    assert Shift.objects.get(staff=two).roster == to_be


def test_where_two_posts_are_called_alike_the_role_must_be_written(here: World) -> None:
    (one,) = people(here, "one")
    draft(here)
    alike = Post.objects.create(centre=here.centre, unit=here.town, role="principal", name=here.post.name)
    Roster.objects.create(centre=here.centre, post=alike, kind="leads", start=START, until=START + timedelta(days=1))
    (told,) = said(Shifts(here.centre).load(xlsx(HEAD, (POST, "", one.username, *times(0, 8)))))
    assert f"“{POST}”在" in told
    assert said(Shifts(here.centre).load(xlsx(HEAD, (f"{POST}（主要负责人）", "", one.username, *times(0, 8))))) == []
    assert Shift.objects.get(staff=one).roster.post == alike


def test_what_is_wrong_is_told_by_row_and_nothing_is_brought_in(here: World, there: World) -> None:
    draft(here)
    one, two = people(here, "one", "two")
    wrong = [
        (POST, "", one.username, *times(0, 8)),
        (POST, "", one.username, *times(4, 12)),
        (POST, "", there.clerk.username, *times(12, 16)),
        ("jia-town 没有这个岗", "", two.username, *times(12, 16)),
        (POST, "", two.username, "2026-01-01", "后天"),
        (POST, "", two.username, *times(48, 50)),
        (POST, "", two.username, *times(20, 16)),
    ]
    told = said(Shifts(here.centre).load(xlsx(HEAD, *wrong)))
    assert [re.split("[，。]", text)[0] for text in told] == [
        "第 3 行：此人在这段时间已有班次",
        f"第 4 行“人员用户名”：没有用户名为“{there.clerk.username}”的人员",
        f"第 5 行：“jia-town 没有这个岗”在 {times(12, 16)[0]} 没有班表",
        "第 6 行“上班时间”：“2026-01-01”不是时间",
        "第 6 行“下班时间”：“后天”不是时间",
        f"第 7 行：“{POST}（经办人）”在 {times(48, 50)[0]} 没有班表",
        "第 8 行“下班时间”：下班时间必须晚于上班时间",
    ]
    assert not Shift.objects.exists()


def address(roster: Roster) -> str:
    return f"/admin/directory/roster/{roster.pk}/rotate/"


def test_c24_a_draft_is_drawn_up_from_its_teams(signed_in: Client, here: World) -> None:
    one, two, three = people(here, "one", "two", "three")
    roster = draft(here, days=2)
    page = signed_in.get(f"/admin/directory/roster/{roster.pk}/change/").content.decode()
    assert address(roster) in page
    teams = f"甲班：{one.name}、{two.username}\n\n乙班:{three.name}"
    assert signed_in.post(address(roster), {"teams": teams, "hours": "12"}).status_code == 302
    first = Shift.objects.filter(start=START)
    assert {(shift.team, shift.staff) for shift in first} == {("甲班", one), ("甲班", two)}
    assert [shift.staff for shift in Shift.objects.filter(start=START + EIGHT * 1.5)] == [three]
    assert Shift.objects.count() == 6
    rosters.enact(roster)
    # One in force is drawn up no more.
    assert signed_in.post(address(roster), {"teams": teams, "hours": "12"}).status_code == 403


def test_whoever_is_on_leave_tears_a_hole_that_is_said_when_it_is_drawn_up(signed_in: Client, here: World) -> None:
    (one,) = people(here, "one")
    Absence.objects.create(staff=one, start=START + EIGHT, end=START + 2 * EIGHT)
    answer = signed_in.post(address(draft(here)), {"teams": f"甲班：{one.name}", "hours": "8"}, follow=True)
    page = answer.content.decode()
    assert "已生成 3 个班次" in page
    assert "没有人值班，请补排" in page


@pytest.mark.parametrize(
    ("teams", "hours", "sentence"),
    [
        ("甲班 one", "8", "没有写明班组和人员"),
        ("甲班：没有此人", "8", "没有在用的人员“没有此人”"),
        ("甲班：同名", "8", "有 2 位“同名”，请写用户名"),
        ("一二三四五六七八九十一二三四五六七八九十一：one", "8", "最多 20 个字"),
        ("甲班：one", "0", "1"),
        ("甲班：one", "很久", "数字"),
        ("甲班：busy", "8", "已有班次"),
        ("甲班：one、one", "8", "“甲班”里有人写了两次"),
        ("", "8", "必填"),
    ],
)
def test_bad_teams_are_told_beside_the_field_and_nothing_is_drawn_up(
    signed_in: Client, here: World, teams: str, hours: str, sentence: str
) -> None:
    people(here, "one")
    (busy,) = people(here, "busy")
    for key in ("same1", "same2"):
        Staff.objects.create_user(f"jia-{key}", name="同名", centre=here.centre, unit=here.town)
    drawn(here, busy, post=here.lead)
    before, roster = Shift.objects.count(), draft(here)
    answer = signed_in.post(address(roster), {"teams": teams, "hours": hours})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert sentence in page
    assert not teams or teams in page, "what was typed stays"
    assert Shift.objects.count() == before


def test_nobody_draws_up_the_roster_of_another_centre(signed_in: Client, there: World) -> None:
    foreign = draft(there)
    assert signed_in.get("/admin/directory/roster/nothing/rotate/").status_code == 403
    assert signed_in.get(address(foreign)).status_code == 403
    assert signed_in.post(address(foreign), {"teams": "甲班：one", "hours": "8"}).status_code == 403


def test_more_shifts_than_anybody_wants_are_not_drawn_up(signed_in: Client, here: World) -> None:
    people(here, *(f"p{number}" for number in range(3)))
    roster = draft(here, days=365)
    teams = f"甲班：{'、'.join(f'p{number}' for number in range(3))}"
    answer = signed_in.post(address(roster), {"teams": teams, "hours": "1"})
    assert "个以上的班次" in answer.content.decode()
    assert not Shift.objects.exists()
