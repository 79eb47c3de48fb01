"""Rosters: no overlap of one person, none in force with a hole, and whoever is on duty is whom work goes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from lianxin.directory import proof, rosters, snapshot
from lianxin.directory.models import Absence, Post, Roster, Shift, Staff

from .conftest import World

START, YEAR = datetime(2026, 1, 1, 0, 0, tzinfo=UTC), timedelta(days=365)
EIGHT = timedelta(hours=8)
#: The day of the year on which one is gone for good.
GONE = 180


def people(here: World, *names: str) -> list[Staff]:
    return [Staff.objects.create_user(f"jia-{name}", name=name, centre=here.centre, unit=here.town) for name in names]


def drawn(here: World, *teams: Staff, post: Post | None = None, kind: str = "rapid") -> Roster:
    """A draft of a year, the teams of one each in turn, eight hours each."""
    about = {"centre": here.centre, "post": post or here.post, "kind": kind, "start": START, "until": START + YEAR}
    roster = Roster.objects.create(**about)
    rosters.rotate(roster, [(who.name, [who.pk]) for who in teams], EIGHT)
    return roster


def on_duty(here: World, at: datetime) -> int | None:
    return snapshot.of(here.centre.pk).holder(here.post.pk, at)


def test_c24_a_roster_of_three_teams_comes_into_force_and_says_who_is_on_duty(here: World) -> None:
    one, two, three = people(here, "甲班", "乙班", "丙班")
    roster = drawn(here, one, two, three)
    assert on_duty(here, START) == here.deputy.pk, "a draft says nothing"
    rosters.enact(roster)
    for hours, who in ((0, one), (7.99, one), (8, two), (16, three), (24, one)):
        assert on_duty(here, START + timedelta(hours=hours)) == who.pk, hours
    assert on_duty(here, START - timedelta(seconds=1)) == here.deputy.pk
    assert on_duty(here, START + YEAR) == here.deputy.pk, "after its end it says nothing"
    assert all(proof.is_ours(row) for row in (*Roster.objects.all(), *Shift.objects.all()[:5]))


def test_c24_nobody_has_two_shifts_at_once(here: World) -> None:
    one, two = people(here, "甲班", "乙班")
    roster = drawn(here, one, two)
    taken = Shift.objects.filter(staff=one).earliest("start")
    about = {"centre": here.centre, "roster": roster, "staff": one}
    with pytest.raises(IntegrityError, match="shift_one_at_a_time"), transaction.atomic():
        Shift.objects.bulk_create([Shift(**about, start=taken.until - EIGHT / 2, until=taken.until + EIGHT / 2)])
    with pytest.raises(ValidationError, match="已有班次"):
        Shift(**about, start=taken.start, until=taken.until).full_clean()
    with pytest.raises(ValidationError, match=r"甲班在 .* 已有班次"):
        drawn(here, one, post=here.lead)
    taken.withdrawn = True
    taken.save()
    Shift.objects.create(**about, start=taken.start, until=taken.until)


@pytest.mark.parametrize("torn", ["withdrawn", "away", "gone"])
def test_c24_no_roster_with_a_hole_comes_into_force(here: World, torn: str) -> None:
    one, two, three = people(here, "甲班", "乙班", "丙班")
    roster = drawn(here, one, two, three)
    first = Shift.objects.filter(staff=two).earliest("start")
    if torn == "withdrawn":
        Shift.objects.filter(pk=first.pk).update(withdrawn=True)
    elif torn == "away":
        Absence.objects.create(staff=two, start=first.start - EIGHT, end=first.until)
    else:
        Staff.objects.filter(pk=two.pk).update(is_active=False)
    with pytest.raises(ValidationError, match=r"2026年01月01日 16:00 至 2026年01月02日 00:00 没有人值班"):
        rosters.enact(roster)
    roster.refresh_from_db()
    assert roster.state == "draft"


def test_c24_one_post_has_one_roster_in_force_at_a_time(here: World) -> None:
    one, two = people(here, "甲班", "乙班")
    rosters.enact(drawn(here, one))
    with pytest.raises(ValidationError, match="已有生效的班表"):
        rosters.enact(drawn(here, two))


def test_c24_a_year_with_leave_and_a_person_gone_has_no_instant_without_anybody(here: World) -> None:
    """Three teams; one is on leave for a month, one goes for good in the middle: walked hour by hour."""
    one, two, three = people(here, "甲班", "乙班", "丙班")
    rosters.enact(drawn(here, one, two, three))
    leave = START + timedelta(days=40), START + timedelta(days=70)
    Absence.objects.create(staff=one, start=leave[0], end=leave[1])
    directory = snapshot.of(here.centre.pk)
    torn = rosters.holes(Roster.objects.values_list("pk", flat=True), START)
    holes_hours = 0
    for hour in range(365 * 24):
        at = START + timedelta(hours=hour)
        if hour == GONE * 24:
            Staff.objects.filter(pk=three.pk).update(is_active=False)
            directory = snapshot.of(here.centre.pk)
            torn = rosters.holes(Roster.objects.values_list("pk", flat=True), at)
        who = directory.holder(here.post.pk, at)
        assert who is not None, at
        assert directory.serves(who, here.town.pk), at
        assert here.post.pk in {post.id for post in directory.held_by(who, at)}, (at, "who answers may act")
        in_hole = any(hole.start <= at < hole.until for hole in torn)
        holes_hours += in_hole
        assert (who in (one.pk, two.pk, three.pk)) is not in_hole, at
        assert hour < GONE * 24 or who != three.pk, at
    assert holes_hours == (365 - GONE) * 8 + 30 * 8, "only the times of who is gone or away"


def test_c24_where_nobody_is_on_duty_the_duty_lead_answers_before_the_holder(here: World) -> None:
    one, two, lead = people(here, "甲班", "乙班", "值班长")
    rosters.enact(drawn(here, one, two))
    rosters.enact(drawn(here, lead, post=here.lead, kind="leads"))
    at = START + timedelta(hours=1)
    Absence.objects.create(staff=one, start=START, end=START + YEAR)
    directory = snapshot.of(here.centre.pk)
    assert on_duty(here, at) == lead.pk
    assert here.post.pk in {post.id for post in directory.held_by(lead.pk, at)}
    assert here.post.pk not in {post.id for post in directory.held_by(lead.pk, at + EIGHT)}
    Absence.objects.create(staff=lead, start=START, end=START + YEAR)
    assert on_duty(here, at) == here.deputy.pk


def test_c24_whose_shift_is_over_acts_no_longer(here: World) -> None:
    one, two = people(here, "甲班", "乙班")
    rosters.enact(drawn(here, one, two))
    directory = snapshot.of(here.centre.pk)
    assert [post.id for post in directory.held_by(one.pk, START)] == [here.post.pk]
    assert directory.held_by(one.pk, START + EIGHT) == ()
    assert directory.changes_after(START) == START + EIGHT


def test_c24_a_roster_that_is_ended_keeps_what_was(here: World) -> None:
    one, two = people(here, "甲班", "乙班")
    roster = drawn(here, one, two)
    rosters.enact(roster)
    rosters.end(roster, START + timedelta(days=1))
    assert on_duty(here, START + EIGHT) == two.pk
    assert on_duty(here, START + timedelta(days=1)) == here.deputy.pk
    assert not Shift.objects.filter(withdrawn=False, until__gt=START + timedelta(days=1)).exists()


def test_c24_the_administrator_puts_it_in_force_and_reads_where_the_hole_is(here: World, signed_in: Client) -> None:
    one, two, _ = people(here, "甲班", "乙班", "丙班")
    roster = drawn(here, one, two)
    Shift.objects.filter(pk=Shift.objects.earliest("start").pk).update(withdrawn=True)
    asked = {"action": "enact", "_selected_action": [roster.pk]}
    page = signed_in.post("/admin/directory/roster/", asked, follow=True).content.decode()
    assert "2026年01月01日 08:00 至 2026年01月01日 16:00 没有人值班" in page
    Shift.objects.update(withdrawn=False)
    assert "已生效" in signed_in.post("/admin/directory/roster/", asked, follow=True).content.decode()
    roster.refresh_from_db()
    assert roster.state == "in_force"
    signed_in.post("/admin/directory/roster/", asked | {"action": "end"}, follow=True)
    roster.refresh_from_db()
    assert roster.until <= timezone.now()
